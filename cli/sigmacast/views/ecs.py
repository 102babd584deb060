"""A CloudTrail record as Elastic's AWS integration stores it, and what of that can be searched.

Sources, named in brackets below: [facts] is the project's account of package aws, data stream
cloudtrail; [pipeline] its ingest pipeline ``default.yml`` itself, as of the versions that know
``actor_target_mapping`` (elastic/integrations 0b97ab02 and later); [fields] its ``fields.yml``;
[fleet] Kibana's ``fleet/server/services/epm/elasticsearch/template/mappings.ts``.

Left out, since no rule asks for them: what is looked up (``source.geo``, ``source.as``, the parts
of ``user_agent``), ``event.category`` and ``event.type``, ``related.*``, ``*.entity.*``, what the
agent adds. Also left out is each value for which Elasticsearch refuses the whole document, such as
an object in a keyword field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_address
from typing import Any

from sigmacast.schema import Field, catalogue, ecs_type
from sigmacast.views import java_text
from sigmacast.views.ecs_derived import DERIVED, Event, at, kept_object
from sigmacast.views.times import instant

DROPPED_TEXTS = frozenset({""})
"""Texts that count as no value, wherever they stand [facts]. Newer versions of the [pipeline] drop
``-`` and ``none`` too."""

FLATTENED_BELOW = 32_766
"""Characters of an object's text from which on its flattened form is left out [facts]."""

CONSTANTS = {
    "event.module": "aws",
    "event.dataset": "aws.cloudtrail",
    "event.kind": "event",
    "data_stream.type": "logs",
    "data_stream.dataset": "aws.cloudtrail",
}
"""The same in each document: [facts], and base-fields.yml beside [fields]."""

LONG_LEAF = 8191
"""``ignore_above`` of flattened leaves in a LogsDB index, which new ones are (elastic/elasticsearch
pull request 113442); in others they have no limit."""
KEYWORD = 1024
"""``ignore_above`` of every keyword field for which [fields] names none [fleet]; those for which it
does are in the catalogue."""

TEXT_FIELDS = frozenset(
    {
        "user_agent.original.text",
        *(
            f"aws.cloudtrail.{name}.text"
            for name in (
                "request_parameters",
                "response_elements",
                "additional_eventdata",
                "service_event_details",
            )
        ),
    }
)
"""Multi-fields, the analysed copy of the keyword field before the last dot: [facts], [fields]."""


def as_ecs(record: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The document's fields, each with at least one value, by the type of the field.

    Booleans are bool, dates ISO texts in UTC with milliseconds, all else in the catalogue is text.
    """
    event: Event = _without_empty(dict(record)) or {}
    document: dict[str, list[Any]] = {name: [value] for name, value in CONSTANTS.items()}
    for row in catalogue().fields:
        if row.ecs and row.ecs not in DERIVED and _applies(row, event):
            _store(row, event, document)
    for field, derive in DERIVED.items():
        _add(document, field, _typed("keyword", derive(event)))
    return document


def as_searched(record: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields of a record's document that a query can find, with the values in the index."""
    return searchable(as_ecs(record))


def searchable(document: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """What Elasticsearch has in its index of a document: what queries see.

    Values longer than the field's ``ignore_above`` are not in it; a keyword field holds a value
    once, however often the document names it (Elasticsearch's page on multivalued fields in ES|QL);
    multi-fields are there beside their field, and have no such limit.
    """
    index: dict[str, list[Any]] = {}
    for field, values in document.items():
        _add(index, field, _indexed(field, values))
        if f"{field}.text" in TEXT_FIELDS:
            index[f"{field}.text"] = list(values)
    return index


class EcsSchema:
    """The types of the fields that ``searchable`` gives (``sigmacast.engines.base.Schema``)."""

    def type_of(self, field: str) -> str | None:
        """The type of a field, None for one that the catalogue and this module do not know."""
        if field in TEXT_FIELDS:
            return "text"
        if field in CONSTANTS or field in DERIVED:
            return "keyword"
        # The flattened field itself is not in the catalogue, only all below it.
        return ecs_type(field) or ecs_type(f"{field}.")


def _without_empty(value: Any) -> Any:
    """The value without what is empty, or None if nothing is left; objects in Java's order.

    That order depends on all members that an object had at first (``java_text``).
    """
    if isinstance(value, dict):
        members = ((key, _without_empty(value[key])) for key in java_text.hash_map_order(value))
        return {key: inner for key, inner in members if inner is not None} or None
    if isinstance(value, list):
        return [inner for inner in map(_without_empty, value) if inner is not None] or None
    return None if isinstance(value, str) and value in DROPPED_TEXTS else value


def _applies(row: Field, event: Event) -> bool:
    return not row.events or event.get("eventName") in row.events


def _store(row: Field, event: Event, document: dict[str, list[Any]]) -> None:
    """Put what a row of the catalogue stands for into the document."""
    if row.ecs_type == "flattened":
        if row.is_prefix:  # a row for one field below only adds what is known of it
            _store_flattened(row, event, document)
        return
    if row.json_type == "object":
        kept = kept_object(event, row.sigma)
        if kept is not None:
            document[row.ecs] = [java_text.map_text(kept)]
        return
    value = at(event, row.sigma, through_list=row.array == "yes")
    if row.events and row.ecs_type == "boolean":
        # A Yes or No of a console login: whatever is not No is true [facts].
        _add(document, row.ecs, [] if value is None else [value != "No"])
        return
    _add(document, row.ecs, _typed(row.ecs_type, value))
    if row.ecs_ip:
        _add(document, row.ecs_ip, _typed("ip", value))


def _store_flattened(row: Field, event: Event, document: dict[str, list[Any]]) -> None:
    kept = kept_object(event, row.sigma.removesuffix(".*"))
    if kept is None or java_text.length(java_text.map_text(kept)) >= FLATTENED_BELOW:
        return
    for path, text in _leaves(kept, ()):
        document.setdefault(row.ecs[:-1] + path, []).append(text)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What a flattened field indexes: each leaf with its path; arrays are looked through [facts].

    A value that is no object at all has none: Elasticsearch refuses it there.
    """
    if isinstance(value, list):
        for inner in value:
            if path or isinstance(inner, dict):
                yield from _leaves(inner, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif path:
        yield ".".join(path), java_text.scalar_text(value)


def _typed(kind: str, value: Any) -> list[Any]:
    """The values that a field of this type holds, without those that do not fit it."""
    if isinstance(value, list):
        return [typed for inner in value for typed in _typed(kind, inner)]
    if value is None or value == "" or isinstance(value, dict):
        return []
    if kind == "boolean":
        flag = {"true": True, "false": False}.get(value) if isinstance(value, str) else value
        return [flag] if isinstance(flag, bool) else []
    if kind == "date":
        time = instant(value)
        written = time and time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return [written] if written else []
    if kind == "ip":
        return [value] if _is_address(value) else []
    return [java_text.scalar_text(value)]


def _is_address(value: Any) -> bool:
    if not isinstance(value, str) or "%" in value:  # Elasticsearch takes no zone
        return False
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


@cache
def _limits() -> dict[str, int]:
    return {row.ecs: row.ecs_limit for row in catalogue().fields if row.ecs_limit}


def _indexed(field: str, values: list[Any]) -> list[Any]:
    kind = EcsSchema().type_of(field)
    if kind not in ("keyword", "flattened") or field in CONSTANTS:
        return list(values)
    limit = LONG_LEAF if kind == "flattened" else _limits().get(field, KEYWORD)
    return [value for value in dict.fromkeys(values) if java_text.length(value) <= limit]


def _add(document: dict[str, list[Any]], field: str, values: list[Any]) -> None:
    if values:
        document[field] = values
