"""SPL, Splunk's search language: a strict parser of the part that we write.

Nobody publishes a parser of SPL, so this one is our own. A query is an implied ``search`` clause
or ``| multisearch [search …] [search …]``, then the commands of :data:`COMMANDS` between pipes. A
command, function or aggregate that is not listed here is refused: whoever emits a new one lists it.

========================  ========================================================================
``search``                ``a=b``, ``!= < <= > >=``, ``a IN (b, "c*")``, ``NOT``, ``AND`` or
                          nothing, ``OR``, brackets, ``a=CASE(b)``, macros in back-ticks;
                          OR binds closer than AND; a value may hold ``*``, which has no escape
``where`` and ``eval``    ``'field'`` or a plain name, ``"text"``, numbers, the functions of
                          ``FUNCTIONS``, ``'a' IN ("b")``; AND binds closer than OR
========================  ========================================================================

Refused although Splunk would take it, as Unsupported: text without quotes (``a=b c`` looks for
``c`` anywhere), values and names that may need quotes, text on the left of a comparison, a dotted
name without quotes in ``where`` (its dot joins two texts), arithmetic. Not seen: whether a field
exists, and what a macro stands for.

Sources: Splunk Search Reference (search, where, regex, spath, multisearch, bin, stats, fillnull,
lookup, inputlookup, outputlookup).
"""

from __future__ import annotations

import re

from sigmacast.engines.spl_conditions import Conditions
from sigmacast.engines.spl_tokens import KEYWORDS
from sigmacast.engines.spl_tree import Command, Compare, Everything, Field, Literal, Node

__all__ = ["COMMANDS", "parse"]

_STREAMING = ("search", "where", "eval", "bin", "rename", "fields", "regex", "spath")
"""All that multisearch takes."""
_KNOWLEDGE = ("fillnull", "inputlookup", "lookup", "outputlookup")
COMMANDS = (*_STREAMING, "stats", "table", *_KNOWLEDGE)
_AGGREGATE = re.compile(
    r"c|count|dc|distinct_count|values|list|first|last|earliest|latest|min|max|sum|avg|perc\d\d?"
)
_SPAN = re.compile(r"\d+(?:s|m|h|d|w|mon)")
_PLAIN_NAME = re.compile(r"[A-Za-z_][\w.]*")
_WILD_NAME = re.compile(r"[A-Za-z_][\w.]*\.\*")
"""All members of an object, in aggregates and tables."""
_PATH = re.compile(r"[^\s\"'`()\[\],=<>!|\\]+")


def parse(query: str, *, free_text: bool = False) -> tuple[Command, ...]:
    """Read a query into its commands.

    Args:
        query: one SPL query, on one or many lines.
        free_text: allow quoted phrases that belong to no field (rules with keywords).

    Raises:
        Rejected: Splunk refuses the query.
        Unsupported: the query is none that we know.
    """
    return _Commands(query, free_text=free_text).query()


class _Commands(Conditions):
    """The pipeline; a command is read by the method of its name."""

    def query(self) -> tuple[Command, ...]:
        if self.accept("sign", "|"):
            commands = [self._generating()]
        else:
            self.accept("word", "search")
            commands = [self.read_search()]
        commands += self._piped(COMMANDS)
        if self.token.kind == "word":
            self.give_up(f"{self.token.text} is beyond us")
        if self.token.kind != "end":
            self.fail(f"{self.token.text} is too much")
        return tuple(commands)

    def _generating(self) -> Command:
        if self.accept("word", "multisearch"):
            return self.read_multisearch()
        if self.token.kind == "word" and not self.sees("word", "where", "eval", "stats", "table"):
            self.give_up(f"{self.token.text} is no beginning that we know")
        self.fail(f"{self.token.text or 'nothing'} brings no events")

    def _piped(self, allowed: tuple[str, ...]) -> list[Command]:
        commands: list[Command] = []
        while self.accept("sign", "|"):
            if self.token.kind == "macro":
                commands.append(Command("macro", reads=self.take().strip("`")))
            elif self.sees("word", *allowed):
                commands.append(getattr(self, f"read_{self.take()}")())
            elif self.token.kind == "word":
                self.give_up(f"{self.token.text} is no command that we know here")
            else:
                self.fail(f"{self.token.text or 'nothing'} is no command")
        return commands

    def read_multisearch(self) -> Command:
        searches = []
        while self.accept("sign", "["):
            if not self.accept("word", "search"):
                self.fail("expected search")
            searches.append((self.read_search(), *self._piped(_STREAMING)))
            self.expect("]")
        if len(searches) < 2:
            self.fail("multisearch needs two searches")
        return Command("multisearch", searches=tuple(searches))

    def read_search(self) -> Command:
        if self.token.text == "*" and self._ends_after_next():
            self.take()
            return Command("search", condition=Everything())
        return Command("search", condition=self.search_all())

    def _ends_after_next(self) -> bool:
        return self.sees("sign", "|", "]", ahead=1) or self.sees("end", "", ahead=1)

    def read_where(self) -> Command:
        return Command("where", condition=self.condition())

    def read_eval(self) -> Command:
        assignments: list[tuple[str, Node]] = []
        while not assignments or self.accept("sign", ","):
            name = self.eval_name()
            self.expect("=")
            assignments.append((name, self.value()))
        return Command("eval", assignments=tuple(assignments))

    def read_regex(self) -> Command:
        name, operator = "_raw", "="
        if self.token.kind != "text" or self.sees("sign", "=", "!=", ahead=1):
            if not _PLAIN_NAME.fullmatch(self.token.text):
                self.refuse_name()
            name, operator = self.take(), self.token.text
            if not self.accept("sign", "=", "!="):
                self.fail("regex needs = or !=")
        if self.token.kind != "text":
            self.give_up("an expression without quotes")
        test = Compare(Field(name), operator, Literal(self.quoted()))
        if self.sees("word", *KEYWORDS):
            self.fail("regex takes one expression")
        return Command("regex", condition=test)

    def read_spath(self) -> Command:
        given: dict[str, str] = {}
        while not self.ends():
            option = "path"
            if self.sees("sign", "=", ahead=1):
                option = self.take()
                self.take()
            if option in given or option not in ("input", "output", "path"):
                self.fail(f"spath takes no {option}, or not twice,")
            given[option] = self._path() if option == "path" else self.name()
        if "path" not in given:
            self.give_up("spath without a path")
        names = ((given["path"], given.get("output", given["path"])),)
        return Command("spath", names=names, reads=given.get("input", "_raw"))

    def _path(self) -> str:
        if self.token.kind == "text":
            return self.quoted()
        if not _PATH.fullmatch(self.token.text):
            self.fail(f"{self.token.text or 'nothing'} is no path")
        return self.take()

    def read_bin(self) -> Command:
        name = self.name()
        if not (self.accept("word", "span") and self.accept("sign", "=")):
            self.give_up("bin without span=")
        if not _SPAN.fullmatch(self.token.text):
            self.give_up(f"{self.token.text or 'nothing'} is no span that we know")
        self.take()
        return Command("bin", names=((name, name),))

    def read_stats(self) -> Command:
        columns: list[tuple[str, str]] = []
        while not columns or not (self.ends() or self.sees("word", "by", "BY")):
            self.accept("sign", ",")
            source = self.token.text
            if not _AGGREGATE.fullmatch(source):
                self.give_up(f"{source or 'nothing'} is no aggregate that we know")
            self.take()
            if self.accept("sign", "("):
                source += f"({self._wild_name()})"
                self.expect(")")
            elif source not in ("c", "count"):
                self.fail(f"{source} needs a field")
            named = self.accept("word", "as", "AS")
            columns.append((source, self._wild_name() if named else source))
        groups = self._names() if self.accept("word", "by", "BY") else []
        return Command("stats", names=tuple(columns), by=tuple(groups))

    def read_table(self) -> Command:
        return Command("table", names=tuple((name, name) for name in self._names()))

    def read_fields(self) -> Command:
        drops = self.accept("word", "-")
        if not drops:
            self.accept("word", "+")
        return Command("fields", names=tuple((name, name) for name in self._names()), drops=drops)

    def read_rename(self) -> Command:
        pairs: list[tuple[str, str]] = []
        while not pairs or self.accept("sign", ","):
            source = self.name()
            if not self.accept("word", "as", "AS"):
                self.fail("rename needs as")
            pairs.append((source, self.name()))
        return Command("rename", names=tuple(pairs))

    def read_fillnull(self) -> Command:
        if not (self.accept("word", "value") and self.accept("sign", "=")):
            self.give_up("fillnull without value=")
        if self.token.kind != "text":
            self.give_up("a value without quotes")
        value = self.quoted()
        names = tuple((name, name) for name in self._names())
        return Command("fillnull", names=names, reads=value)

    def read_lookup(self) -> Command:
        """``lookup NAME column AS field … OUTPUT column AS field``."""
        table = self.name()
        pairs = self._pairs("OUTPUT")
        if not self.accept("word", "OUTPUT"):
            self.give_up("lookup without OUTPUT")
        return Command("lookup", names=tuple(pairs + self._pairs()), reads=table)

    def _pairs(self, *before: str) -> list[tuple[str, str]]:
        pairs: list[tuple[str, str]] = []
        while not (self.ends() or self.sees("word", *before)):
            source = self.name()
            pairs.append((source, self.name() if self.accept("word", "AS") else source))
        if not pairs:
            self.fail("lookup needs columns")
        return pairs

    def read_inputlookup(self) -> Command:
        if not (self.accept("word", "append") and self.accept("sign", "=")):
            self.fail("inputlookup behind a pipe needs append=true")
        if not self.accept("word", "true"):
            self.fail("inputlookup behind a pipe needs append=true")
        return Command("inputlookup", reads=self.name())

    def read_outputlookup(self) -> Command:
        return Command("outputlookup", reads=self.name())

    def _names(self) -> list[str]:
        names = [self._wild_name()]
        while not self.ends():
            self.accept("sign", ",")
            names.append(self._wild_name())
        return names

    def _wild_name(self) -> str:
        """A name, or ``requestParameters.*``."""
        return self.take() if _WILD_NAME.fullmatch(self.token.text) else self.name()
