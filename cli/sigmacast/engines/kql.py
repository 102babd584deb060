r"""What a KQL query selects in Kibana.

Sources: Kibana ``kbn-es-query/src/kuery/grammar/grammar.peggy`` and ``functions/{is,range}.ts``;
our facts, "KQL". Two truth values: ``not`` also selects documents without the field. A whole value
becomes a term by the field's type; ``*`` is a wildcard in unquoted values only, and minds case.
Rejected is also a field that the mapping lacks: Kibana takes it, and it never matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
_WORD = re.compile(r"(?i)(and|or|not)(?=[\s()]|$)")
_OPERATOR = re.compile(r"<=|>=|<|>|:")
_QUOTED_ESCAPE = re.compile(r'\\(["\\trn]|u[0-9a-fA-F]{4})')
_BLANK = {"t": "\t", "r": "\r", "n": "\n"}
_Test: TypeAlias = Callable[[Document], bool]


def compile_query(query: str, schema: Schema) -> Predicate:
    """Whether *query* selects a document.

    Raises Rejected for what Kibana or Elasticsearch answers with an error, and Unsupported for
    nested fields and analysed text.
    """
    if not query.strip():
        return lambda document: True
    parser = _Parser(query, schema)
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
        while self.word("or"):
            tests.append(self.conjunction(part))
        return tests[0] if len(tests) == 1 else lambda document: any(t(document) for t in tests)

    def conjunction(self, part: Callable[[], _Test]) -> _Test:
        tests = [self.negation(part)]
        while self.word("and"):
            tests.append(self.negation(part))
        return tests[0] if len(tests) == 1 else lambda document: all(t(document) for t in tests)

    def negation(self, part: Callable[[], _Test]) -> _Test:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"conditions more than {DEEPEST} deep")
        if self.word("not"):
            found = _denied(self.negation(part))
        elif self.sign("("):
            found = self.alternatives(part)
            self.expect(")")
        else:
            found = part()
        self.depth -= 1
        return found

    def condition(self) -> _Test:
        """``field: value``, a range, or a value of any field."""
        name, quoted = self.literal()
        self.blanks()
        operator = _OPERATOR.match(self.query, self.at)
        if operator is None:
            return self.anywhere(name, quoted)
        self.at = operator.end()
        if STAR in name:
            raise Unsupported("a wildcard in a field name")
        field = "".join(char or "" for char in name)
        kind = self.schema.type_of(field)
        if kind is None:
            raise Rejected(f"unknown field {field}")
        if operator.group() != ":":
            return self.range(field, kind, operator.group())
        self.blanks()
        if self.query.startswith("{", self.at):
            raise Unsupported("nested fields")
        part = partial(self.field_value, field, kind)
        if self.sign("("):
            found = self.alternatives(part)
            self.expect(")")
            return found
        return part()

    def range(self, field: str, kind: str, operator: str) -> _Test:
        value, _ = self.literal()
        if kind == "flattened":
            raise Rejected(f"a range on {field}, which is flattened")
        test = comparison(kind, operator, "".join(char or "*" for char in value))
        return lambda document: any(map(test, document.get(field, ())))

    def field_value(self, field: str, kind: str) -> _Test:
        value, quoted = self.literal()
        if value == [STAR] and not quoted:
            return lambda document: bool(document.get(field))
        test = _value_test(field, kind, value)
        return lambda document: any(map(test, document.get(field, ())))

    def anywhere(self, value: _Text, quoted: bool) -> _Test:
        """A value of no field is looked for in all of them, as one term each."""
        if value == [STAR] and not quoted:
            return lambda document: True
        text = "".join(char or "*" for char in value)
        if not quoted and STAR not in value and re.search(r"\s", text):
            raise Unsupported("several words without a field")
        test = _text_test(value)
        return lambda document: any(
            isinstance(each, str) and test(each) for values in document.values() for each in values
        )

    # --- tokens ---

    def literal(self) -> tuple[_Text, bool]:
        """A value or a name, and whether it stands in quotes."""
        self.blanks()
        if self.query.startswith('"', self.at):
            return list(self.quoted()), True
        found: _Text = []
        while self.at < len(self.query):
            char = self.query[self.at]
            if char == "\\":
                found.extend(self.escaped())
            elif char == "*":
                found.append(STAR)
                self.at += 1
            elif char in _SPECIAL or (char.isspace() and self.next_word()):
                break
            else:
                found.append(char)
                self.at += 1
        while found and found[-1] is not None and found[-1].isspace():
            found.pop()
        if not found:
            raise Rejected(f"a value is missing at {self.at}")
        return found, False

    def next_word(self) -> bool:
        """Whether the blank here ends a value: and, or, not or a bracket follows it."""
        after = self.at
        while after < len(self.query) and self.query[after].isspace():
            after += 1
        return after == len(self.query) or _WORD.match(self.query, after) is not None

    def quoted(self) -> str:
        end = self.at + 1
        while end < len(self.query) and self.query[end] != '"':
            end += 2 if self.query[end] == "\\" else 1
        if end >= len(self.query):
            raise Rejected("an open quote")
        inside, self.at = self.query[self.at + 1 : end], end + 1
        return _QUOTED_ESCAPE.sub(lambda found: _meaning(found[1]), inside)

    def escaped(self) -> str:
        rest = self.query[self.at + 1 :]
        word = _WORD.match(rest)
        code = re.match(r"u([0-9a-fA-F]{4})", rest)
        if code:
            text, length = chr(int(code[1], 16)), 5
        elif rest[:1] in _BLANK:  # the grammar reads \n of \not as a line end
            text, length = _BLANK[rest[0]], 1
        elif word:
            text, length = word[1], len(word[1])
        elif rest[:1] and rest[0] in _SPECIAL:
            text, length = rest[0], 1
        else:
            raise Rejected(f"an escape that KQL does not know at {self.at}")
        self.at += 1 + length
        return text

    def word(self, wanted: str) -> bool:
        self.blanks()
        found = _WORD.match(self.query, self.at)
        if found is None or found[1].lower() != wanted:
            return False
        self.at = found.end()
        return True

    def sign(self, wanted: str) -> bool:
        self.blanks()
        if not self.query.startswith(wanted, self.at):
            return False
        self.at += 1
        return True

    def expect(self, wanted: str) -> None:
        if not self.sign(wanted):
            raise Rejected(f"expected {wanted} at {self.at}")

    def end(self) -> None:
        self.blanks()
        if self.at < len(self.query):
            raise Rejected(f"unexpected {self.query[self.at]} at {self.at}")

    def blanks(self) -> None:
        while self.at < len(self.query) and self.query[self.at].isspace():
            self.at += 1


def _denied(test: _Test) -> _Test:
    return lambda document: not test(document)


def _meaning(escape: str) -> str:
    return chr(int(escape[1:], 16)) if escape[0] == "u" else _BLANK.get(escape, escape)


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
