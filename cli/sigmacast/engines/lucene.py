r"""What a Lucene ``query_string`` query selects in Elasticsearch.

Sources: Elasticsearch documentation, ``query-dsl-query-string-query.md``; Lucene's classic
``QueryParserBase.addClause`` (how AND, OR, NOT, + and - combine) and ``QueryParser.jj`` (tokens);
our facts, "Lucene query_string". The default operator is OR, the default field all of them.
Rejected is also a field that the mapping lacks: Elasticsearch takes it, and it never matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.field_tests import ValueTest, comparison
from sigmacast.engines.lucene_patterns import expression_test, wildcard_test

DEEPEST = 100
LONGEST_EXPRESSION = 1000
"""``index.max_regex_length``."""
_Test: TypeAlias = Callable[[Document], bool]
_RESERVED = set('+-!():^[]"{}~*?\\/')
_TERM_END = set('!():^[]"{}~/')
_RANGE = re.compile(r"(?P<open>[\[{])\s*(?P<low>\S+) TO (?P<high>[^\s\]}]+)\s*(?P<close>[\]}])")
_WORD = re.compile(r"(AND|OR|NOT|&&|\|\|)(?=[\s()]|$)")


@dataclass
class _Clause:
    """A part of a Boolean query, and whether it must hold, must not, or should."""

    test: _Test
    required: bool
    prohibited: bool


def compile_query(query: str, schema: Schema) -> Predicate:
    """Whether *query* selects a document.

    Raises Rejected for what Elasticsearch answers with an error, and Unsupported for fuzzy and
    proximity searches, boosts and analysed text.
    """
    if not query.strip():
        raise Rejected("a blank query")
    parser = _Parser(query, schema)
    found = parser.clauses(None)
    if parser.at < len(query):
        raise Rejected(f"unexpected {query[parser.at]} at {parser.at}")
    return found


class _Parser:
    def __init__(self, query: str, schema: Schema) -> None:
        self.query = query
        self.schema = schema
        self.at = 0
        self.depth = 0

    # --- Boolean structure ---

    def clauses(self, field: str | None) -> _Test:
        """Clauses up to a closing bracket or the end."""
        found: list[_Clause] = []
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"brackets more than {DEEPEST} deep")
        while True:
            self.blanks()
            if self.at == len(self.query) or self.query[self.at] == ")":
                break
            joined = self.word("AND", "&&")
            if not joined:
                self.word("OR", "||")
            negated = self.word("NOT") or self.sign("-") or self.sign("!")
            required = not negated and self.sign("+")
            if joined and found and not found[-1].prohibited:
                found[-1].required = True
            test = self.clause(field)
            found.append(_Clause(test, required or (bool(joined) and not negated), bool(negated)))
        self.depth -= 1
        if not found:
            raise Rejected(f"a clause is missing at {self.at}")
        return _combined(found)

    def clause(self, field: str | None) -> _Test:
        self.blanks()
        name = self.field_name()
        if name is not None:
            field = name
        if self.sign("("):
            inner = self.clauses(field)
            if not self.sign(")"):
                raise Rejected("an open bracket")
            return inner
        if field == "_exists_":
            return self.exists(self.term()[0])
        return self.field_test(field) if field is not None else self.anywhere()

    def field_name(self) -> str | None:
        """A name and the colon after it, if they stand here."""
        start = self.at
        if self.query[start : start + 1] in ('"', "/", "(", "[", "{", ""):
            return None
        text, pattern = self.term()
        if self.query.startswith(":", self.at):
            self.at += 1
            if pattern:
                raise Unsupported("a wildcard in a field name")
            return text
        self.at = start
        return None

    # --- clauses of a field ---

    def exists(self, field: str) -> _Test:
        self.kind_of(field)
        return lambda document: bool(document.get(field))

    def kind_of(self, field: str) -> str:
        kind = self.schema.type_of(field)
        if kind is None:
            raise Rejected(f"unknown field {field}")
        return kind

    def field_test(self, field: str) -> _Test:
        kind = self.kind_of(field)
        if kind == "text":
            raise Unsupported(f"{field} is analysed text")
        if self.query.startswith("*", self.at) and self.stands_alone(1):
            self.at += 1
            return self.exists(field)
        test = self.value_test(field, kind)
        return lambda document: any(map(test, document.get(field, ())))

    def stands_alone(self, length: int) -> bool:
        rest = self.query[self.at + length : self.at + length + 1]
        return rest in ("", ")") or rest.isspace()

    def value_test(self, field: str, kind: str) -> ValueTest:
        char = self.query[self.at : self.at + 1]
        stored = "keyword" if kind == "flattened" else kind
        if char == '"':
            return comparison(stored, "==", self.quoted())
        if char == "/":
            return self.expression(field, kind)
        if char in ("[", "{"):
            return self.range(field, kind)
        if char in (">", "<"):
            raise Unsupported("a one-sided range")
        text, pattern = self.term()
        if pattern is None:
            return comparison(stored, "==", text)
        if kind == "flattened" and not re.fullmatch(r"(?:[^*?\\]|\\.)+\*", pattern, re.DOTALL):
            raise Rejected(f"a wildcard on {field}, a sub-field of a flattened field")
        if kind not in ("keyword", "flattened"):
            raise Rejected(f"a wildcard on {field}, which is of type {kind}")
        return wildcard_test(pattern)

    def expression(self, field: str, kind: str) -> ValueTest:
        found = re.compile(r"/((?:[^/\\]|\\.)*)/", re.DOTALL).match(self.query, self.at)
        if found is None:
            raise Rejected("an open regular expression")
        self.at = found.end()
        pattern = found[1].replace("\\/", "/")
        if kind != "keyword":
            raise Rejected(f"a regular expression on {field}, which is of type {kind}")
        if len(pattern) > LONGEST_EXPRESSION:
            raise Rejected("a regular expression of more than 1,000 characters")
        return expression_test(pattern)

    def range(self, field: str, kind: str) -> ValueTest:
        found = _RANGE.match(self.query, self.at)
        if found is None:
            raise Rejected(f"a range that cannot be read at {self.at}")
        self.at = found.end()
        if kind == "flattened" and "*" in (found["low"], found["high"]):
            raise Rejected(f"a one-sided range on {field}, which is flattened")
        stored = "keyword" if kind == "flattened" else kind
        tests: list[ValueTest] = []
        if found["low"] != "*":
            tests.append(comparison(stored, ">=" if found["open"] == "[" else ">", found["low"]))
        if found["high"] != "*":
            tests.append(comparison(stored, "<=" if found["close"] == "]" else "<", found["high"]))
        return lambda value: all(test(value) for test in tests)

    def anywhere(self) -> _Test:
        """A value of no field is looked for in all of them, as one term each."""
        if self.query.startswith('"', self.at):
            text = self.quoted()
            return _in_any_field(lambda value: value == text)
        if self.query.startswith("/", self.at):
            return _in_any_field(self.expression("any field", "keyword"))
        text, pattern = self.term()
        if pattern == "*":
            return lambda document: True
        return _in_any_field(
            wildcard_test(pattern) if pattern is not None else lambda value: value == text
        )

    # --- tokens ---

    def term(self) -> tuple[str, str | None]:
        r"""An unquoted term: its text, and a pattern with ``\`` for escapes if it has wildcards."""
        text, pattern, wild = "", "", False
        while self.at < len(self.query):
            char = self.query[self.at]
            if char == "\\":
                if self.at + 1 == len(self.query):
                    raise Rejected("a backslash at the end")
                char = self.query[self.at + 1]
                text, pattern, self.at = text + char, f"{pattern}\\{char}", self.at + 2
                continue
            if char.isspace() or char in _TERM_END:
                break
            if char in "<>" and not text:
                raise Rejected(f"{char} has no escape, at {self.at}")
            wild = wild or char in "*?"
            text, pattern, self.at = text + char, pattern + char, self.at + 1
        if self.query[self.at : self.at + 1] in ("^", "~"):
            raise Unsupported("a boost, or a fuzzy search")
        if not text:
            raise Rejected(f"a term is missing at {self.at}")
        return text, pattern if wild else None

    def quoted(self) -> str:
        found = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(self.query, self.at)
        if found is None:
            raise Rejected("an open quote")
        self.at = found.end()
        if self.query[self.at : self.at + 1] in ("^", "~"):
            raise Unsupported("a boost, or a proximity search")
        return re.sub(
            r"\\(?:u([0-9a-fA-F]{4})|(.))",
            lambda escape: chr(int(escape[1], 16)) if escape[1] else escape[2],
            found[1],
            flags=re.DOTALL,
        )

    def word(self, *wanted: str) -> bool:
        self.blanks()
        found = _WORD.match(self.query, self.at)
        if found is None or found[1] not in wanted:
            return False
        self.at = found.end()
        return True

    def sign(self, wanted: str) -> bool:
        self.blanks()
        if not self.query.startswith(wanted, self.at):
            return False
        self.at += 1
        return True

    def blanks(self) -> None:
        while self.at < len(self.query) and self.query[self.at].isspace():
            self.at += 1


def _combined(clauses: list[_Clause]) -> _Test:
    """All that must, none that must not; one that should, unless something must."""
    must = [clause.test for clause in clauses if clause.required]
    must_not = [clause.test for clause in clauses if clause.prohibited]
    should = [c.test for c in clauses if not c.required and not c.prohibited]

    def test(document: Document) -> bool:
        if any(each(document) for each in must_not) or not all(each(document) for each in must):
            return False
        return bool(must) or not should or any(each(document) for each in should)

    return test


def _in_any_field(test: ValueTest) -> _Test:
    return lambda document: any(
        isinstance(value, str) and test(value) for values in document.values() for value in values
    )
