r"""What a Lucene ``query_string`` query selects in Elasticsearch.

Sources: elasticsearch ``QueryStringQueryParser.java`` and its documentation,
``query-dsl-query-string-query.md``; our facts, "Lucene query_string"; for the syntax see
``lucene_parser``. The default field is all of them: a value of no field is one term in each.
Rejected is also a field that the mapping lacks: Elasticsearch takes it, and it never matches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.field_tests import ValueTest, comparison
from sigmacast.engines.lucene_parser import Clause, Group, Leaf, Node, Token, parse
from sigmacast.engines.lucene_patterns import expression_test, wildcard_test

LONGEST_EXPRESSION = 1000
"""``index.max_regex_length``."""
EXISTS = "_exists_"
_Test: TypeAlias = Callable[[Document], bool]


def compile_query(query: str, schema: Schema) -> Predicate:
    """Whether *query* selects a document.

    Raises Rejected for what Elasticsearch answers with an error, and Unsupported for fuzzy and
    proximity searches, boosts and analysed text.
    """
    if not query.strip():
        raise Rejected("a blank query")
    return _test(parse(query), schema)


def _test(node: Node, schema: Schema) -> _Test:
    if isinstance(node, Group):
        return _combined(node.clauses, [_test(clause.node, schema) for clause in node.clauses])
    if node.field is None:
        return _anywhere(node.token)
    if node.field == "*":  # the parser lets *:* through alone
        return lambda document: True
    return _field_test(node, node.field, schema)


def _combined(clauses: list[Clause], tests: list[_Test]) -> _Test:
    """All that must, none that must not; one that should, unless something must.

    Where all must not, Elasticsearch adds all documents (``fixNegativeQueryIfNeeded``).
    """
    pairs = list(zip(clauses, tests, strict=True))
    must = [test for clause, test in pairs if clause.required]
    must_not = [test for clause, test in pairs if clause.prohibited]
    should = [test for clause, test in pairs if not clause.required and not clause.prohibited]

    def test(document: Document) -> bool:
        if any(each(document) for each in must_not) or not all(each(document) for each in must):
            return False
        return bool(must) or not should or any(each(document) for each in should)

    return test


def _field_test(leaf: Leaf, field: str, schema: Schema) -> _Test:
    token = leaf.token
    if field == EXISTS:
        if token.kind not in ("term", "quoted"):
            raise Unsupported("_exists_ of no single field")
        _kind(token.text, schema)
        return _exists(token.text)
    kind = _kind(field, schema)
    if token.kind == "star":
        return _exists(field)
    if kind == "text":
        raise Unsupported(f"{field} is analysed text")
    test = _value_test(token, field, kind)
    return lambda document: any(map(test, document.get(field, ())))


def _exists(field: str) -> _Test:
    return lambda document: bool(document.get(field))


def _kind(field: str, schema: Schema) -> str:
    if "*" in field:
        raise Unsupported("a wildcard in a field name")
    kind = schema.type_of(field)
    if kind is None:
        raise Rejected(f"unknown field {field}")
    return kind


def _value_test(token: Token, field: str, kind: str) -> ValueTest:
    match token.kind:
        case "quoted":
            return _equal(token.text, kind)
        case "term":
            return _term(token, field, kind)
        case "range":
            return _range(field, kind, _bounds(token))
        case "expression":
            if kind != "keyword":
                raise Rejected(f"a regular expression on {field}, which is of type {kind}")
            return _expression(token.text)
    if kind == "flattened" and token.kind != "prefix":
        raise Rejected(f"a wildcard on {field}, a sub-field of a flattened field")
    if kind not in ("keyword", "flattened"):
        raise Rejected(f"a wildcard on {field}, which is of type {kind}")
    return _pattern(token)


def _equal(text: str, kind: str) -> ValueTest:
    return comparison("keyword" if kind == "flattened" else kind, "==", text)


def _term(token: Token, field: str, kind: str) -> ValueTest:
    """A word, or behind ``<`` or ``>``, escaped or not, a range with one bound."""
    text = token.text
    if len(text) < 2 or text[0] not in "<>":
        return _equal(text, kind)
    operator = text[:2] if len(text) > 2 and text[1] == "=" else text[0]
    return _range(field, kind, [(operator, text[len(operator) :])])


def _bounds(token: Token) -> list[tuple[str, str]]:
    return [
        (">=" if token.low_included else ">", token.text),
        ("<=" if token.high_included else "<", token.high),
    ]


def _range(field: str, kind: str, bounds: list[tuple[str, str]]) -> ValueTest:
    """A test by operators and bounds, of which ``*`` is none; one value must pass them all."""
    bounds = [(operator, text) for operator, text in bounds if text != "*"]
    if kind == "flattened" and len(bounds) < 2:
        raise Rejected(f"a one-sided range on {field}, which is flattened")
    stored = "keyword" if kind == "flattened" else kind
    tests = [comparison(stored, operator, text) for operator, text in bounds]
    return lambda value: all(test(value) for test in tests)


def _expression(pattern: str) -> ValueTest:
    if len(pattern) > LONGEST_EXPRESSION:
        raise Rejected(f"a regular expression of more than {LONGEST_EXPRESSION:,} characters")
    return expression_test(pattern)


def _pattern(token: Token) -> ValueTest:
    if token.kind == "prefix":
        start = token.text
        return lambda value: str(value).startswith(start)
    return wildcard_test(token.text)


def _anywhere(token: Token) -> _Test:
    """A value of no field: one whole text of any field passes the test."""
    match token.kind:
        case "star":
            return lambda document: True
        case "range":
            raise Unsupported("a range without a field")
        case "term" | "quoted":
            test = _equal(token.text, "keyword")
        case "expression":
            test = _expression(token.text)
        case _:
            test = _pattern(token)
    return lambda document: any(
        isinstance(value, str) and test(value) for values in document.values() for value in values
    )
