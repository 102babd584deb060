r"""Reads KQL; what its parts become is up to whoever reads.

Source: Kibana ``kbn-es-query/src/kuery/grammar/grammar.peggy``.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from sigmacast.engines.base import Rejected, Unsupported

__all__ = ["STAR", "Reading", "Text"]

Part = TypeVar("Part")
DEEPEST = 100
STAR = None
"""The wildcard among the characters of an unquoted value."""
Text: TypeAlias = "list[str | None]"
_SPECIAL = '\\():<>"*{}'
_BLANKS = " \t\r\n\xa0"
_TRIMMED = (
    _BLANKS
    + "\v\f\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
"""What JavaScript's ``trim`` takes off the ends of an unquoted value."""
_JOINERS = {
    word: re.compile(rf"(?i)[{_BLANKS}]+{word}[{_BLANKS}]+", re.ASCII) for word in ("and", "or")
}
_NOT = re.compile(rf"(?i)not[{_BLANKS}]+", re.ASCII)
_VALUE_END = re.compile(rf"(?i)[{_BLANKS}](?:or|and)[{_BLANKS}]|not[{_BLANKS}]", re.ASCII)
"""The grammar's ``Keyword``; ``not`` has no border on its left, so that it ends ``cannot do``."""
_OPERATOR = re.compile(r"<=|>=|<|>|:")
_CODE = r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
_QUOTED_ESCAPE = re.compile(rf'\\(["\\trn]|{_CODE})')
_ESCAPE = re.compile(rf"\\([trn]|[{re.escape(_SPECIAL)}]|{_CODE}|(?i:or|and|not))")
"""In the grammar's order: the ``\\n`` of ``\\not`` is a line end."""
_BLANK = {"t": "\t", "r": "\r", "n": "\n"}


class Reading(ABC, Generic[Part]):
    """A query read from left to right; subclasses say what conditions become.

    Raises Rejected for what Kibana does not parse, and Unsupported for nested fields.
    """

    def __init__(self, query: str) -> None:
        self.query = query
        self.at = 0
        self.depth = 0

    def read(self) -> Part:
        """The whole query."""
        if not self.query.strip(_BLANKS):
            return self.everything()
        self._blanks()
        found = self._alternatives(self._condition)
        self._end()
        return found

    # --- conditions ---

    def _alternatives(self, part: Callable[[], Part]) -> Part:
        tests = [self._conjunction(part)]
        while self._joins("or"):
            tests.append(self._conjunction(part))
        return tests[0] if len(tests) == 1 else self.any_of(tests)

    def _conjunction(self, part: Callable[[], Part]) -> Part:
        tests = [self._negation(part)]
        while self._joins("and"):
            tests.append(self._negation(part))
        return tests[0] if len(tests) == 1 else self.all_of(tests)

    def _negation(self, part: Callable[[], Part]) -> Part:
        denied = _NOT.match(self.query, self.at)
        if denied is not None:  # once: the grammar has no "not not"
            self.at = denied.end()
        found = self._group(part) if self.query.startswith("(", self.at) else part()
        return found if denied is None else self.denied(found)

    def _group(self, part: Callable[[], Part]) -> Part:
        """Alternatives in brackets."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"conditions more than {DEEPEST} deep")
        self.at += 1
        self._blanks()
        found = self._alternatives(part)
        self._blanks()
        if not self.query.startswith(")", self.at):
            raise Rejected(f"expected ) at {self.at}")
        self.at += 1
        self.depth -= 1
        return found

    def _condition(self) -> Part:
        """``field: value``, a range, or a value of any field."""
        name, quoted = self._literal()
        after = self._past_blanks()
        operator = _OPERATOR.match(self.query, after)
        if operator is None:
            return self._anywhere(name, quoted)
        self.at = operator.end()
        self._blanks()
        if STAR in name:
            raise Unsupported("a wildcard in a field name")
        field = "".join(char or "" for char in name)
        if operator.group() != ":":
            value, quoted = self._literal()
            _refuse_null(value, quoted)
            return self.range(field, operator.group(), "".join(char or "*" for char in value))
        if self.query.startswith("{", self.at):
            raise Unsupported("nested fields")
        part = partial(self._field_value, field)
        return self._group(part) if self.query.startswith("(", self.at) else part()

    def _field_value(self, field: str) -> Part:
        value, quoted = self._literal()
        if value == [STAR] and not quoted:
            return self.exists(field)
        _refuse_null(value, quoted)
        return self.equals(field, value)

    def _anywhere(self, value: Text, quoted: bool) -> Part:
        if value == [STAR] and not quoted:
            return self.everything()
        _refuse_null(value, quoted)
        return self.anywhere(value, quoted)

    # --- what parts become ---

    @abstractmethod
    def any_of(self, parts: list[Part]) -> Part:
        """Alternatives."""

    @abstractmethod
    def all_of(self, parts: list[Part]) -> Part:
        """A conjunction."""

    @abstractmethod
    def denied(self, part: Part) -> Part:
        """A negation."""

    @abstractmethod
    def everything(self) -> Part:
        """``*`` alone."""

    @abstractmethod
    def exists(self, field: str) -> Part:
        """``field: *``."""

    @abstractmethod
    def equals(self, field: str, value: Text) -> Part:
        """``field: value``, wildcards as STAR."""

    @abstractmethod
    def range(self, field: str, operator: str, value: str) -> Part:
        """``field >= value``."""

    @abstractmethod
    def anywhere(self, value: Text, quoted: bool) -> Part:
        """A value of any field."""

    # --- tokens ---

    def _literal(self) -> tuple[Text, bool]:
        """A value or a name, and whether it stands in quotes."""
        if self.query.startswith('"', self.at):
            return list(self._quoted()), True
        start, found = self.at, list(self._unquoted())
        if self.at == start:
            raise Rejected(f"a value is missing at {start}")
        first, last = 0, len(found)
        while first < last and _is_trimmed(found[first]):
            first += 1
        while last > first and _is_trimmed(found[last - 1]):
            last -= 1
        return found[first:last], False

    def _unquoted(self) -> Iterator[str | None]:
        while self.at < len(self.query):
            char = self.query[self.at]
            if char == "\\":
                escape = _ESCAPE.match(self.query, self.at)
                if escape is None:
                    raise Rejected(f"an escape that KQL does not know at {self.at}")
                self.at = escape.end()
                yield from _meaning(escape[1])
                continue
            if char == "*":
                yield STAR
            elif char in _SPECIAL or _VALUE_END.match(self.query, self.at):
                return
            else:
                yield char
            self.at += 1

    def _quoted(self) -> str:
        end = self.at + 1
        while end < len(self.query) and self.query[end] != '"':
            end += 2 if self.query[end] == "\\" else 1
        if end >= len(self.query):
            raise Rejected("an open quote")
        inside, self.at = self.query[self.at + 1 : end], end + 1
        return _QUOTED_ESCAPE.sub(lambda found: _meaning(found[1]), inside)

    def _joins(self, word: str) -> bool:
        """Read *word* and the blanks around it, which it needs, if they stand here."""
        found = _JOINERS[word].match(self.query, self.at)
        if found is not None:
            self.at = found.end()
        return found is not None

    def _end(self) -> None:
        self._blanks()
        if self.at < len(self.query):
            raise Rejected(f"unexpected {self.query[self.at]} at {self.at}")

    def _blanks(self) -> None:
        self.at = self._past_blanks()

    def _past_blanks(self) -> int:
        after = self.at
        while after < len(self.query) and self.query[after] in _BLANKS:
            after += 1
        return after


def _is_trimmed(char: str | None) -> bool:
    return char is not None and char in _TRIMMED


def _refuse_null(value: Text, quoted: bool) -> None:
    if not quoted and value == list("null"):
        raise Rejected("null, which no search takes as a value")


def _meaning(escape: str) -> str:
    r"""What an escape stands for, given without its first backslash; ``\u`` may be a pair."""
    if escape[0] == "u":
        units = "".join(chr(int(code, 16)) for code in escape[1:].split("\\u"))
        return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return _BLANK.get(escape, escape)
