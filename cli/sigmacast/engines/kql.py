r"""What a KQL query selects in Kibana.

Sources: Kibana ``kbn-es-query/src/kuery/functions/{is,range}.ts``; our facts, "KQL". Two truth
values: ``not`` also selects documents without the field. A whole value becomes a term by the
field's type; ``*`` is a wildcard in unquoted values only, and minds case. Rejected is also a field
that the mapping lacks: Kibana takes it, and it never matches.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.field_tests import ValueTest, comparison
from sigmacast.engines.kql_reading import STAR, Reading, Text
from sigmacast.engines.lucene_patterns import wildcard_test

_Test: TypeAlias = Callable[[Document], bool]


def compile_query(query: str, schema: Schema) -> Predicate:
    """Whether *query* selects a document.

    Raises Rejected for what Kibana or Elasticsearch answers with an error, and Unsupported for
    nested fields and analysed text.
    """
    return _Evaluation(query, schema).read()


class _Evaluation(Reading[_Test]):
    """Conditions as predicates on documents."""

    def __init__(self, query: str, schema: Schema) -> None:
        super().__init__(query)
        self._schema = schema

    def any_of(self, parts: list[_Test]) -> _Test:
        return lambda document: any(part(document) for part in parts)

    def all_of(self, parts: list[_Test]) -> _Test:
        return lambda document: all(part(document) for part in parts)

    def denied(self, part: _Test) -> _Test:
        return lambda document: not part(document)

    def everything(self) -> _Test:
        return lambda document: True

    def exists(self, field: str) -> _Test:
        self._type(field)
        return lambda document: bool(document.get(field))

    def equals(self, field: str, value: Text) -> _Test:
        test = _value_test(field, self._type(field), value)
        return lambda document: any(map(test, document.get(field, ())))

    def range(self, field: str, operator: str, value: str) -> _Test:
        kind = self._type(field)
        if kind == "flattened":
            raise Rejected(f"a range on {field}, which is flattened")
        if kind == "text":
            raise Unsupported(f"{field} is analysed text")
        test = comparison(kind, operator, value)
        return lambda document: any(map(test, document.get(field, ())))

    def anywhere(self, value: Text, quoted: bool) -> _Test:
        """A value of no field is looked for in all of them, as one term each."""
        text = "".join(char or "*" for char in value)
        if not quoted and re.search(r"\s", text):
            raise Unsupported("several words without a field")
        test = _text_test(value)
        return lambda document: any(
            isinstance(each, str) and test(each) for values in document.values() for each in values
        )

    def _type(self, field: str) -> str:
        kind = self._schema.type_of(field)
        if kind is None:
            raise Rejected(f"unknown field {field}")
        return kind


def _value_test(field: str, kind: str, value: Text) -> ValueTest:
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


def _text_test(value: Text) -> Callable[[str], bool]:
    return wildcard_test(
        "".join("*" if char is STAR else f"\\{char}" if char in "*?\\" else char for char in value)
    )
