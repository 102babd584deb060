"""What a body of Elasticsearch's query DSL selects, for the clauses that we write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

Document = Mapping[str, Sequence[Any]]


def selects(query: Mapping[str, Any]) -> Callable[[Document], bool]:
    """Whether a document is found; raises KeyError for a clause that is not known here."""
    ((kind, inner),) = query.items()
    return _CLAUSES[kind](inner)


def _bool(inner: Mapping[str, Any]) -> Callable[[Document], bool]:
    unknown = set(inner) - {"filter", "should", "must_not", "minimum_should_match"}
    assert not unknown, unknown
    assert ("should" in inner) == (inner.get("minimum_should_match") == 1)
    every = [selects(each) for each in inner.get("filter", ())]
    some = [selects(each) for each in inner.get("should", ())]
    none = [selects(each) for each in inner.get("must_not", ())]
    return lambda document: (
        all(test(document) for test in every)
        and (not some or any(test(document) for test in some))
        and not any(test(document) for test in none)
    )


def _term(inner: Mapping[str, Any]) -> Callable[[Document], bool]:
    ((field, given),) = inner.items()
    value = given["value"]
    if field == "source.ip":  # a term on a field of type ip may be a block
        block = ip_network(value)
        return lambda document: any(ip_address(each) in block for each in document.get(field, ()))
    return lambda document: any(_text(each) == value for each in document.get(field, ()))


def _wildcard(inner: Mapping[str, Any]) -> Callable[[Document], bool]:
    ((field, given),) = inner.items()
    parts = re.findall(r"\\.|.", given["value"], re.DOTALL)
    pattern = "".join(".*" if part == "*" else re.escape(part[-1]) for part in parts)
    expression = re.compile(pattern, re.DOTALL)
    return lambda document: any(
        expression.fullmatch(_text(each)) for each in document.get(field, ())
    )


def _exists(inner: Mapping[str, Any]) -> Callable[[Document], bool]:
    return lambda document: bool(document.get(inner["field"]))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_CLAUSES: dict[str, Callable[[Mapping[str, Any]], Callable[[Document], bool]]] = {
    "bool": _bool,
    "term": _term,
    "wildcard": _wildcard,
    "exists": _exists,
    "match_all": lambda _: lambda _: True,
}
