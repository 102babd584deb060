"""SPL, Splunk's search language: a strict parser of the part that we write.

Nobody publishes a parser of SPL, so this one is our own. A query is an implied ``search`` clause
or ``| multisearch [search …] [search …]``, then the commands of :data:`COMMANDS` between pipes. A
command, function or aggregate that is not listed here is refused: whoever emits a new one lists it.

========================  ========================================================================
``search``                ``a=b``, ``!= < <= > >=``, ``a IN (b, "c*")``, ``NOT``, ``AND`` or
                          nothing, ``OR``, brackets, ``a=CASE(b)``, macros in back-ticks;
                          OR binds closer than AND; a value may hold ``*``, which has no escape
``where`` and ``eval``    ``'field'`` or a plain name, ``"text"``, numbers, the functions of
                          :data:`FUNCTIONS`, ``'a' IN ("b")``; AND binds closer than OR
========================  ========================================================================

Refused although Splunk would take it: free text (``a=b c`` looks for ``c`` anywhere), values and
names that may need quotes, text on the left of a comparison, a dotted name without quotes in
``where`` (its dot joins two texts), a condition that is neither true nor false. Not seen: whether
a field exists, what a macro stands for, and where Python's ``re`` differs from PCRE.

Sources: Splunk Search Reference (search, where, comparison functions, multisearch, bin, stats),
Search Manual (backslashes, CASE); names with ``{} - :`` as in the Splunk Add-on for AWS.
"""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

from sigmacast.engines.spl_tokens import KEYWORDS, Tokens
from sigmacast.engines.spl_tree import (
    And,
    Call,
    Command,
    Compare,
    Everything,
    Field,
    Literal,
    Macro,
    Matches,
    Node,
    Not,
    Or,
    Text,
    Value,
)

__all__ = ["COMMANDS", "FUNCTIONS", "parse"]


class _Function(NamedTuple):
    """Arguments by letter: f field, t text, r regex, n network, b condition, v value; + repeats."""

    arguments: str
    condition: bool = False


FUNCTIONS = {
    "cidrmatch": _Function("nv", condition=True),
    "coalesce": _Function("v+"),
    "if": _Function("bvv"),
    "in": _Function("fv+", condition=True),
    "isnotnull": _Function("f", condition=True),
    "isnull": _Function("f", condition=True),
    "json_extract": _Function("vt"),
    "len": _Function("v"),
    "like": _Function("ft", condition=True),
    "lower": _Function("v"),
    "match": _Function("fr", condition=True),
    "mvcount": _Function("f"),
    "mvfilter": _Function("b"),
    "mvfind": _Function("fr"),
    "now": _Function(""),
    "relative_time": _Function("vt"),
    "spath": _Function("vt"),
    "tonumber": _Function("v"),
    "upper": _Function("v"),
}
COMMANDS = ("search", "where", "eval", "bin", "stats", "table", "rename", "fields")
_STREAMING = ("search", "where", "eval", "bin", "rename", "fields")  # all that multisearch takes
_AGGREGATE = re.compile(
    r"c|count|dc|distinct_count|values|list|first|last|earliest|latest|min|max|sum|avg|perc\d\d?"
)
_COMPARISONS = ("=", "==", "!=", "<", "<=", ">", ">=")
_ESCAPED_STAR = re.compile(r"(?<!\\)(?:\\\\)*\\\*")
_BARE_VALUE = re.compile(r"[\w.*:/@{}$+-]+")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SPAN = re.compile(r"\d+(?:s|m|h|d|w|mon)")


def parse(query: str, *, free_text: bool = False) -> tuple[Command, ...]:
    """Read a query into its commands.

    Args:
        query: one SPL query, on one or many lines.
        free_text: allow quoted phrases that belong to no field (rules with keywords).

    Raises:
        Rejected: the query is none that we know.
    """
    return _Commands(query, free_text=free_text).query()


class _Search(Tokens):
    """The conditions of search."""

    def search_all(self) -> Node:
        items = [self.search_any()]
        while not self.ends():
            self.accept("word", "AND")
            items.append(self.search_any())
        return And(tuple(items)) if len(items) > 1 else items[0]

    def search_any(self) -> Node:
        items = self.chain(self.search_not, "OR")
        return Or(tuple(items)) if len(items) > 1 else items[0]

    def search_not(self) -> Node:
        return Not(self.search_not()) if self.accept("word", "NOT") else self.search_term()

    def search_term(self) -> Node:
        if self.accept("sign", "("):
            inner = self.search_all()
            self.expect(")")
            return inner
        if self.token.kind == "macro":
            return Macro(self.take().strip("`"))
        if self.sees("word", "IN", ahead=1):
            return self.search_in()
        if self.sees("sign", *_COMPARISONS, ahead=1):
            return self.search_comparison()
        if self.token.kind != "text":
            self.fail(f"{self.token.text or 'nothing'} is no condition")
        if not self.free_text:
            self.fail(f"{self.token.text} belongs to no field,")
        return Text(self.search_value())

    def search_in(self) -> Node:
        field = self.name()
        self.take()
        self.expect("(")
        values = [self.search_value()]
        while self.accept("sign", ","):
            values.append(self.search_value())
        self.expect(")")
        return Or(tuple(Matches(field, "=", value) for value in values))

    def search_comparison(self) -> Node:
        field, operator = self.name(), self.take()
        if operator == "==":
            self.fail("== is unknown to search")
        value = self.search_value(may_be_cased=operator == "=")
        if operator not in ("=", "!=") and "*" in value.text:
            self.fail(f"a wildcard after {operator}")
        return Matches(field, operator, value)

    def search_value(self, *, may_be_cased: bool = False) -> Value:
        text = self.token.text
        if self.token.kind == "text":
            if _ESCAPED_STAR.search(text):
                self.fail("a star cannot be escaped")
            return Value(self.quoted())
        if may_be_cased and text == "CASE" and self.sees("sign", "(", ahead=1):
            self.next += 2
            value = self.search_value()
            self.expect(")")
            return Value(value.text, cased=True)
        if not _BARE_VALUE.fullmatch(text) or text.upper() in KEYWORDS:
            self.fail(f"{text or 'nothing'} is no value without quotes")
        return Value(self.take())


class _Eval(_Search):
    """The conditions and values of where and eval."""

    def condition(self) -> Node:
        items = self.chain(self.condition_all, "OR")
        return Or(tuple(items)) if len(items) > 1 else items[0]

    def condition_all(self) -> Node:
        items = self.chain(self.condition_not, "AND")
        return And(tuple(items)) if len(items) > 1 else items[0]

    def condition_not(self) -> Node:
        return Not(self.condition_not()) if self.accept("word", "NOT") else self.comparison()

    def comparison(self) -> Node:
        if self.accept("sign", "("):
            inner = self.condition()
            self.expect(")")
            return inner
        left = self.operand()
        if isinstance(left, Call) and FUNCTIONS[left.name].condition:
            return left
        if isinstance(left, Literal):
            self.fail("text or a number on the left of a comparison")
        if self.accept("word", "IN"):
            self.expect("(")
            return self.call("in", left)
        if not self.sees("sign", *_COMPARISONS):
            self.fail("a value is no condition")
        return Compare(left, self.take(), self.value())

    def value(self) -> Node:
        found = self.operand()
        if isinstance(found, Call) and FUNCTIONS[found.name].condition:
            self.fail(f"{found.name} is a condition, no value")
        return found

    def operand(self) -> Node:
        text = self.token.text
        if self.token.kind == "text":
            return Literal(self.quoted())
        if _NUMBER.fullmatch(text):
            return Literal(float(self.take()))
        if self.token.kind == "word" and self.sees("sign", "(", ahead=1):
            if text not in FUNCTIONS:
                self.fail(f"{text} is no function that we know")
            self.next += 2
            return self.call(text)
        return Field(self.eval_name())

    def call(self, function: str, *given: Node) -> Node:
        """The arguments of a function, up to its closing bracket; IN gives the first before it."""
        kinds = FUNCTIONS[function].arguments
        least, most = len(kinds.rstrip("+")), 1000 if kinds.endswith("+") else len(kinds)
        arguments = list(given)
        while not self.accept("sign", ")"):
            if len(arguments) > len(given):
                self.expect(",")
            if len(arguments) == most:
                self.fail(f"{function} takes {most} arguments")
            arguments.append(self.argument(function, kinds[min(len(arguments), least - 1)]))
        if len(arguments) < least:
            self.fail(f"{function} needs {least} arguments")
        return Call(function, tuple(arguments))

    def argument(self, function: str, kind: str) -> Node:
        if kind == "b":
            return self.condition()
        found = self.value()
        text = found.value if isinstance(found, Literal) else None
        if kind == "f" and isinstance(found, Literal):
            self.fail(f"{function} wants a field, not {text!r},")
        if kind in "trn" and not isinstance(text, str):
            self.fail(f"{function} wants text")
        try:
            if kind == "r":
                re.compile(str(text))
            elif kind == "n":
                ipaddress.ip_network(str(text), strict=False)
        except (re.error, ValueError) as error:
            self.fail(f"{function}: {error},")
        return found


class _Commands(_Eval):
    """The pipeline; a command is read by the method of its name."""

    def query(self) -> tuple[Command, ...]:
        if self.accept("sign", "|"):
            if not self.accept("word", "multisearch"):
                self.fail(f"{self.token.text or 'nothing'} brings no events")
            commands = [self.read_multisearch()]
        else:
            self.accept("word", "search")
            commands = [self.read_search()]
        commands += self.piped(COMMANDS)
        if self.token.kind != "end":
            self.fail(f"{self.token.text} is too much")
        return tuple(commands)

    def piped(self, allowed: tuple[str, ...]) -> list[Command]:
        commands: list[Command] = []
        while self.accept("sign", "|"):
            if not self.sees("word", *allowed):
                self.fail(f"{self.token.text or 'nothing'} is no command that may stand here")
            commands.append(getattr(self, f"read_{self.take()}")())
        return commands

    def read_multisearch(self) -> Command:
        searches = []
        while self.accept("sign", "["):
            if not self.accept("word", "search"):
                self.fail("expected search")
            searches.append((self.read_search(), *self.piped(_STREAMING)))
            self.expect("]")
        if len(searches) < 2:
            self.fail("multisearch needs two searches")
        return Command("multisearch", searches=tuple(searches))

    def read_search(self) -> Command:
        if self.token.text == "*" and self.sees("sign", "|", ahead=1):
            self.take()
            return Command("search", condition=Everything())
        return Command("search", condition=self.search_all())

    def read_where(self) -> Command:
        return Command("where", condition=self.condition())

    def read_eval(self) -> Command:
        assignments: list[tuple[str, Node]] = []
        while not assignments or self.accept("sign", ","):
            name = self.eval_name()
            self.expect("=")
            assignments.append((name, self.value()))
        return Command("eval", assignments=tuple(assignments))

    def read_bin(self) -> Command:
        name = self.name()
        if not (self.accept("word", "span") and self.accept("sign", "=")):
            self.fail("bin needs span=")
        if not _SPAN.fullmatch(self.token.text):
            self.fail(f"{self.token.text or 'nothing'} is no span of time")
        self.take()
        return Command("bin", names=((name, name),))

    def read_stats(self) -> Command:
        columns: list[tuple[str, str]] = []
        while not columns or not (self.ends() or self.sees("word", "by", "BY")):
            self.accept("sign", ",")
            source = self.token.text
            if not _AGGREGATE.fullmatch(source):
                self.fail(f"{source or 'nothing'} is no aggregate that we know")
            self.take()
            if self.accept("sign", "("):
                source += f"({self.name()})"
                self.expect(")")
            elif source not in ("c", "count"):
                self.fail(f"{source} needs a field")
            columns.append((source, self.name() if self.accept("word", "as", "AS") else source))
        groups = self.names() if self.accept("word", "by", "BY") else []
        return Command("stats", names=tuple(columns), by=tuple(groups))

    def read_table(self) -> Command:
        return Command("table", names=tuple((name, name) for name in self.names()))

    def read_fields(self) -> Command:
        drops = self.accept("word", "-")
        if not drops:
            self.accept("word", "+")
        return Command("fields", names=tuple((name, name) for name in self.names()), drops=drops)

    def read_rename(self) -> Command:
        pairs: list[tuple[str, str]] = []
        while not pairs or self.accept("sign", ","):
            source = self.name()
            if not self.accept("word", "as", "AS"):
                self.fail("rename needs as")
            pairs.append((source, self.name()))
        return Command("rename", names=tuple(pairs))

    def names(self) -> list[str]:
        names = [self.name()]
        while not self.ends():
            self.accept("sign", ",")
            names.append(self.name())
        return names
