"""Whether AWS could have written a record so, as far as the catalogue of fields knows.

A query may rely on it: AWS spells event names in one way only, and writes them as one text. A made
record that breaks this shows no difference that a SIEM could ever see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sigmacast import aws
from sigmacast.schema import Field, catalogue
from sigmacast.transformations.parameter_shapes import Kind, Shape, shape_of

BODIES = frozenset(
    {"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"}
)
"""Objects whose members each operation chooses for itself."""

NULL = frozenset({"requestParameters", "responseElements"})
"""What real records have as null (36,000 of them were counted); nothing else is."""

ALWAYS_THERE = frozenset(
    {
        "eventVersion",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "eventID",
        "eventType",
        "userIdentity",
        "userIdentity.type",
    }
)
"""Members that AWS's page "CloudTrail record contents" does not call optional."""

_MISSING = object()


def implausible(record: Mapping[str, Any]) -> str | None:
    """The first field that AWS does not write as this record has it, None if there is none.

    Asked are the fields that have a row of their own outside of the request and its like: one
    value, which is never null, in the spelling that the field has. Of the request and its like,
    only that they are objects or null, and that no member is null: they are themselves, but what
    is in them never was in 36,000 real records.
    """
    for row in _rows():
        value = _at(record, row.sigma.split("."))
        if value is _MISSING:
            if row.sigma in ALWAYS_THERE:
                return row.sigma
        elif value is None or isinstance(value, list) or not spelled_right(row, value):
            return row.sigma
    for row in _answers():
        value = _at(record, row.sigma.split("."))
        if record.get("eventName") in row.events and value not in (_MISSING, *row.values):
            return row.sigma
    for row in _of_lists():
        name, _, member = row.sigma.partition(".")
        held = (each.get(member) for each in _objects(record.get(name)))
        if any(isinstance(value, (list, dict)) for value in held):
            return row.sigma
    return next((name for name in sorted(BODIES) if not _is_body(record.get(name))), None)


def _objects(listed: Any) -> list[Mapping[str, Any]]:
    elements = listed if isinstance(listed, list) else [listed]
    return [each for each in elements if isinstance(each, Mapping)]


def _is_body(body: Any) -> bool:
    return body is None or (isinstance(body, dict) and not _has_null(body))


def _has_null(body: Mapping[str, Any]) -> bool:
    waiting: list[Any] = [body]
    while waiting:
        inner = waiting.pop()
        members = inner.values() if isinstance(inner, dict) else inner
        for member in members:
            if member is None:
                return True
            if isinstance(member, (dict, list)):
                waiting.append(member)
    return False


def misshapen(record: Mapping[str, Any], fields: Iterable[str]) -> str | None:
    """The first of these fields that holds a list where the operation has one value.

    Only for made records: a model may be older than what AWS writes.
    """
    for field in fields:
        if shape_in(record, field).kind is Kind.SCALAR:
            path = field.split(".")
            if any(isinstance(each.get(path[-1]), list) for each in _holders(record, path[:-1])):
                return field
    return None


def shape_in(record: Mapping[str, Any], field: str) -> Shape:
    """The shape of a member of the record's request or the like.

    One that nothing tells to be a list is none: it has a row in the catalogue that says so, or
    the operation's model does not know it.
    """
    operation = operation_of(record)
    shape = shape_of(None if operation is None else [operation], field)
    if shape.kind is not Kind.UNKNOWN:
        return shape
    if any(row.sigma == field and row.array == "no" for row in catalogue().fields):
        return Shape(Kind.SCALAR)
    top, *path = field.split(".")
    if operation is not None and top in NULL:
        known = aws.member_at(operation, path, response=top == "responseElements")
        return shape if known is not None else Shape(Kind.SCALAR)
    return shape


def operation_of(record: Mapping[str, Any]) -> aws.Operation | None:
    """The operation that a record is of, None if there is no model of it."""
    source, name = record.get("eventSource"), record.get("eventName")
    if not isinstance(source, str) or not isinstance(name, str):
        return None
    found = aws.find_operation(source, name)
    return found if found is not None and found.modelled else None


def _holders(record: Mapping[str, Any], path: Iterable[str]) -> list[Mapping[str, Any]]:
    """The objects at a path, lists on the way looked through."""
    found: list[Mapping[str, Any]] = [record]
    for step in path:
        inner = [each.get(step) for each in found]
        found = [value for each in inner for value in _objects(each)]
    return found


def spelled_right(row: Field, value: Any) -> bool:
    """Whether a value has the spelling of its field; what no list knows is right as it is.

    Of an empty text that holds for ids and the like only (a console's accessKeyId is one).
    """
    if not isinstance(value, str) or not row.spelling or value in row.values:
        return True
    if row.spelling == "lower":
        return value == value.lower()
    if row.spelling == "upper":
        return value == value.upper()
    return value != "" and (value in _listed(row) or value.lower() not in _folded(row.sigma))


def _listed(row: Field) -> frozenset[str]:
    if row.spelling == "event names":
        return aws.event_names()
    return aws.event_sources() if row.spelling == "event sources" else frozenset(row.values)


@cache
def _folded(name: str) -> frozenset[str]:
    row = catalogue().find(name)
    return frozenset() if row is None else frozenset(each.lower() for each in _listed(row))


@cache
def _rows() -> tuple[Field, ...]:
    return tuple(
        row
        for row in catalogue().fields
        if not row.is_prefix
        and row.array == "no"
        and not row.events
        and row.sigma.partition(".")[0] not in BODIES
    )


@cache
def _answers() -> tuple[Field, ...]:
    """Fields of certain events that hold one of a few words: a console login's Yes and No."""
    rows = (row for row in catalogue().fields if row.events and row.values)
    return tuple(row for row in rows if row.ecs_type == "boolean")


@cache
def _of_lists() -> tuple[Field, ...]:
    """Members of the objects in a list that every record may have: ``resources``."""
    rows = (row for row in catalogue().fields if row.array == "yes" and not row.is_prefix)
    return tuple(row for row in rows if row.sigma.partition(".")[0] not in BODIES)


def _at(record: Mapping[str, Any], path: list[str]) -> Any:
    value: Any = record
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            return _MISSING
        value = value[step]
    return value
