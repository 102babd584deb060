"""``dsl``: the body of an Elasticsearch search, for KQL and Lucene.

Kibana turns KQL into a body by itself; whoever asks Elasticsearch directly needs it made. Source:
Kibana ``kbn-es-query/src/kuery/functions`` and ``build_es_query`` (read 2026-11).
"""

from __future__ import annotations

import json
from typing import Any

from sigmacast.artifacts.base import Artifact, Detection, Product
from sigmacast.engines.kql_reading import STAR, Reading, Text

RANGES = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}


def make(detection: Detection) -> Product:
    """One line of JSON."""
    if detection.target == "kql":
        query = _Body(detection.query).read()
    else:
        query = {"query_string": {"query": detection.query, "analyze_wildcard": True}}
    line = json.dumps({"query": {"bool": {"filter": [query]}}}, ensure_ascii=False)
    name = f"{detection.stem}.{detection.target}.json"
    return Product(name, line, name)


class _Body(Reading[dict[str, Any]]):
    """KQL as Elasticsearch's query DSL."""

    def any_of(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        return {"bool": {"should": parts, "minimum_should_match": 1}}

    def all_of(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        return {"bool": {"filter": parts}}

    def denied(self, part: dict[str, Any]) -> dict[str, Any]:
        return {"bool": {"must_not": [part]}}

    def everything(self) -> dict[str, Any]:
        return {"match_all": {}}

    def exists(self, field: str) -> dict[str, Any]:
        return {"exists": {"field": field}}

    def equals(self, field: str, value: Text) -> dict[str, Any]:
        if STAR in value:
            return {"wildcard": {field: {"value": _pattern(value)}}}
        return {"term": {field: {"value": "".join(char or "" for char in value)}}}

    def range(self, field: str, operator: str, value: str) -> dict[str, Any]:
        return {"range": {field: {RANGES[operator]: value}}}

    def anywhere(self, value: Text, quoted: bool) -> dict[str, Any]:
        if STAR in value:
            return {"query_string": {"query": _pattern(value)}}
        text = "".join(char or "" for char in value)
        kind = {"type": "phrase"} if quoted else {"type": "best_fields"}
        return {"multi_match": {"query": text, "lenient": True, **kind}}


def _pattern(value: Text) -> str:
    """A wildcard query's text: a literal ``*``, ``?`` or backslash is escaped."""
    return "".join(
        "*" if char is STAR else f"\\{char}" if char in "*?\\" else str(char) for char in value
    )


DSL = Artifact(
    "dsl",
    "Elasticsearch query bodies (JSON)",
    ("kql", "lucene"),
    make,
    joined="\n",
)
