r"""What a KQL query selects in Kibana.

Sources: Kibana ``kbn-es-query/src/kuery/grammar/grammar.peggy`` and ``functions/{is,range}.ts``;
our facts, "KQL". Two truth values: ``not`` also selects documents without the field. A whole value
becomes a term by the field's type; ``*`` is a wildcard in unquoted values only, and minds case.
Rejected is also a field that the mapping lacks: Kibana takes it, and it never matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.field_tests import ValueTest, comparison
from sigmacast.engines.lucene_patterns import wildcard_test

DEEPEST = 100
STAR = None
"""The wildcard among the characters of an unquoted value."""
_Text: TypeAlias = "list[str | None]"
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
_Test: TypeAlias = Callable[[Document], bool]


def compile_query(query: str, schema: Schema) -> Predicate:
    """Whether *query* selects a document.

    Raises Rejected for what Kibana or Elasticsearch answers with an error, and Unsupported for
    nested fields and analysed text.
    """
    if not query.strip(_BLANKS):
        return lambda document: True
    parser = _Parser(query, schema)
    parser.blanks()
    found = parser.alternatives(parser.condition)
    parser.end()
    return found


class _Parser:
    def __init__(self, query: str, schema: Schema) -> None:
        self.query = query
        self.schema = schema
        self.at = 0
        self.depth = 0

    # --- conditions ---

    def alternatives(self, part: Callable[[], _Test]) -> _Test:
        tests = [self.conjunction(part)]
        while self.joins("or"):
            tests.append(self.conjunction(part))
        return tests[0] if len(tests) == 1 else lambda document: any(t(document) for t in tests)

    def conjunction(self, part: Callable[[], _Test]) -> _Test:
        tests = [self.negation(part)]
        while self.joins("and"):
            tests.append(self.negation(part))
        return tests[0] if len(tests) == 1 else lambda document: all(t(document) for t in tests)

    def negation(self, part: Callable[[], _Test]) -> _Test:
        denied = _NOT.match(self.query, self.at)
        if denied is not None:  # once: the grammar has no "not not"
            self.at = denied.end()
        found = self.group(part) if self.query.startswith("(", self.at) else part()
        return found if denied is None else _denied(found)

    def group(self, part: Callable[[], _Test]) -> _Test:
        """Alternatives in brackets."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"conditions more than {DEEPEST} deep")
        self.at += 1
        self.blanks()
        found = self.alternatives(part)
        self.blanks()
        if not self.query.startswith(")", self.at):
            raise Rejected(f"expected ) at {self.at}")
        self.at += 1
        self.depth -= 1
        return found

    def condition(self) -> _Test:
        """``field: value``, a range, or a value of any field."""
        name, quoted = self.literal()
        after = self.past_blanks()
        operator = _OPERATOR.match(self.query, after)
        if operator is None:
            return self.anywhere(name, quoted)
        self.at = operator.end()
        self.blanks()
        if STAR in name:
            raise Unsupported("a wildcard in a field name")
        field = "".join(char or "" for char in name)
        kind = self.schema.type_of(field)
        if kind is None:
            raise Rejected(f"unknown field {field}")
        if operator.group() != ":":
            return self.range(field, kind, operator.group())
        if self.query.startswith("{", self.at):
            raise Unsupported("nested fields")
        part = partial(self.field_value, field, kind)
        return self.group(part) if self.query.startswith("(", self.at) else part()

    def range(self, field: str, kind: str, operator: str) -> _Test:
        value, quoted = self.literal()
        _refuse_null(value, quoted)
        if kind == "flattened":
            raise Rejected(f"a range on {field}, which is flattened")
        if kind == "text":
            raise Unsupported(f"{field} is analysed text")
        test = comparison(kind, operator, "".join(char or "*" for char in value))
        return lambda document: any(map(test, document.get(field, ())))

    def field_value(self, field: str, kind: str) -> _Test:
        value, quoted = self.literal()
        if value == [STAR] and not quoted:
            return lambda document: bool(document.get(field))
        _refuse_null(value, quoted)
        test = _value_test(field, kind, value)
        return lambda document: any(map(test, document.get(field, ())))

    def anywhere(self, value: _Text, quoted: bool) -> _Test:
        """A value of no field is looked for in all of them, as one term each."""
        if value == [STAR] and not quoted:
            return lambda document: True
        _refuse_null(value, quoted)
        text = "".join(char or "*" for char in value)
        if not quoted and re.search(r"\s", text):
            raise Unsupported("several words without a field")
        test = _text_test(value)
        return lambda document: any(
            isinstance(each, str) and test(each) for values in document.values() for each in values
        )

    # --- tokens ---

    def literal(self) -> tuple[_Text, bool]:
        """A value or a name, and whether it stands in quotes."""
        if self.query.startswith('"', self.at):
            return list(self.quoted()), True
        start, found = self.at, list(self.unquoted())
        if self.at == start:
            raise Rejected(f"a value is missing at {start}")
        first, last = 0, len(found)
        while first < last and _is_trimmed(found[first]):
            first += 1
        while last > first and _is_trimmed(found[last - 1]):
            last -= 1
        return found[first:last], False

    def unquoted(self) -> Iterator[str | None]:
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

    def quoted(self) -> str:
        end = self.at + 1
        while end < len(self.query) and self.query[end] != '"':
            end += 2 if self.query[end] == "\\" else 1
        if end >= len(self.query):
            raise Rejected("an open quote")
        inside, self.at = self.query[self.at + 1 : end], end + 1
        return _QUOTED_ESCAPE.sub(lambda found: _meaning(found[1]), inside)

    def joins(self, word: str) -> bool:
        """Read *word* and the blanks around it, which it needs, if they stand here."""
        found = _JOINERS[word].match(self.query, self.at)
        if found is not None:
            self.at = found.end()
        return found is not None

    def end(self) -> None:
        self.blanks()
        if self.at < len(self.query):
            raise Rejected(f"unexpected {self.query[self.at]} at {self.at}")

    def blanks(self) -> None:
        self.at = self.past_blanks()

    def past_blanks(self) -> int:
        after = self.at
        while after < len(self.query) and self.query[after] in _BLANKS:
            after += 1
        return after


def _is_trimmed(char: str | None) -> bool:
    return char is not None and char in _TRIMMED


def _denied(test: _Test) -> _Test:
    return lambda document: not test(document)


def _refuse_null(value: _Text, quoted: bool) -> None:
    if not quoted and value == list("null"):
        raise Rejected("null, which no search takes as a value")


def _meaning(escape: str) -> str:
    r"""What an escape stands for, given without its first backslash; ``\u`` may be a pair."""
    if escape[0] == "u":
        units = "".join(chr(int(code, 16)) for code in escape[1:].split("\\u"))
        return units.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    return _BLANK.get(escape, escape)


def _value_test(field: str, kind: str, value: _Text) -> ValueTest:
    if kind == "text":
        raise Unsupported(f"{field} is analysed text")
    if STAR not in value:
        text = "".join(char or "" for char in value)
        return comparison("keyword" if kind == "flattened" else kind, "==", text)
    if kind == "flattened":
        raise Rejected(f"a wildcard on {field}, a sub-field of a flattened field")
    if kind != "keyword":
        raise Rejected(f"a wildcard on {field}, which is of type {kind}")
    return _text_test(value)


def _text_test(value: _Text) -> Callable[[str], bool]:
    return wildcard_test(
        "".join("*" if char is STAR else f"\\{char}" if char in "*?\\" else char for char in value)
    )
