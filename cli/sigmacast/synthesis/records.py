"""Whole CloudTrail records to put a rule's values in, for an operation and a kind of identity."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sigmacast.aws import (
    BODIES,
    Member,
    Operation,
    find_operation,
    is_read_only,
    operations,
    sounds_read_only,
)
from sigmacast.resources import pipelines_folder
from sigmacast.schema import catalogue
from sigmacast.synthesis.samples import FILLER, TIME

FILE = "cloudtrail_records.json"
MAX_DEPTH = 4
MAX_MEMBERS = 12
"""A response is filled this deep and this wide: enough to look like one."""

ACCOUNT = "111122223333"
_NAMESPACE = uuid.UUID("6f0d7a52-6f0e-4c0a-9d58-2b1f6d6c7e11")

Record = dict[str, Any]
Json = TypeVar("Json")


@cache
def _templates() -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads((pipelines_folder() / FILE).read_text(encoding="utf-8"))
    return found


def identity_types() -> tuple[str, ...]:
    """The kinds of identity that there are templates for."""
    return tuple(_templates()["identities"])


def identities(kind: str) -> list[Record]:
    """Whole ``userIdentity`` values of a kind; for a kind without a template one that names it."""
    found = _templates()["identities"].get(kind, [{"type": kind}])
    return copied(list(found))


def other_values(field: str, record: Mapping[str, Any]) -> list[Any]:
    """Values that a field of this record could well have had instead."""
    if field == "eventName":
        return [name for name in operations(str(record.get("eventSource"))) if len(name) < 40]
    if field == "userIdentity.type":
        return list(identity_types())
    return list(_templates()["values"].get(field, []))


def base_record(source: str, name: str, identity: Mapping[str, Any]) -> Record:
    """A successful call of an operation, with the members that AWS requires and answers."""
    record: Record = copied(_templates()["record"])
    record |= {"userIdentity": copied(dict(identity)), "eventSource": source}
    record["eventName"] = name
    record["tlsDetails"]["clientProvidedHostHeader"] = source
    if source == "signin.amazonaws.com" and name == "ConsoleLogin":
        record |= copied(_templates()["sign_in"])
        return record
    operation = find_operation(source, name)
    record["readOnly"] = is_read_only(operation) if operation else sounds_read_only(name)
    if operation is not None:
        record["requestParameters"] = _request(operation) or None
        if not record["readOnly"]:
            record["responseElements"] = _filled(operation.response, 0) or None
    return record


def with_identifiers(record: Record, seed: str) -> Record:
    """The record with ids of its own, the same ones for the same *seed*."""
    record["requestID"] = str(uuid.uuid5(_NAMESPACE, f"{seed} request"))
    record["eventID"] = str(uuid.uuid5(_NAMESPACE, f"{seed} event"))
    return record


def copied(value: Json) -> Json:
    """A JSON value of its own; several times as fast as ``copy.deepcopy``."""
    result: Any = value
    if isinstance(value, dict):
        result = {key: copied(inner) for key, inner in value.items()}
    elif isinstance(value, list):
        result = [copied(inner) for inner in value]
    return cast("Json", result)


def value_at(record: Mapping[str, Any], path: Sequence[str]) -> Any:
    """What stands at a path, the first element of each list on it; None if nothing does."""
    value: Any = record
    for step in path:
        value = _first(value)
        value = value.get(step) if isinstance(value, Mapping) else None
    return _first(value)


def place(record: Record, path: Sequence[str], value: Any) -> None:
    """Put a value at a path, in the shape that the operation has there; None leaves a null.

    What is in the way (null, or a text where an object must be) is replaced.
    """
    current: Any = record
    for depth, step in enumerate(path[:-1]):
        inner = current.get(step)
        if isinstance(inner, list):
            inner = next((each for each in inner if isinstance(each, dict)), None)
        if not isinstance(inner, dict):
            inner = {}
            listed = _is_list(record, path[: depth + 1])
            current[step] = [inner] if listed else inner
        current = inner
    typed = _typed(record, path, value)
    current[path[-1]] = [typed] if _is_list(record, path) and value is not None else typed


def remove(record: Record, path: Sequence[str]) -> None:
    """Take a member away, from each element of the lists on the way."""
    for holder in _holders(record, path[:-1]):
        holder.pop(path[-1], None)


def _holders(value: Any, path: Sequence[str]) -> Iterator[Record]:
    if isinstance(value, list):
        for element in value:
            yield from _holders(element, path)
    elif isinstance(value, dict):
        if not path:
            yield value
        else:
            yield from _holders(value.get(path[0]), path[1:])


def _first(value: Any) -> Any:
    while isinstance(value, list):
        value = value[0] if value else None
    return value


def _member_at(record: Mapping[str, Any], path: Sequence[str]) -> Member | None:
    """What the catalogue knows of a path below a request or a response."""
    if len(path) < 2 or path[0] not in BODIES:
        return None
    operation = find_operation(str(record.get("eventSource")), str(record.get("eventName")))
    if operation is None:
        return None
    members = operation.response if BODIES[path[0]] else operation.request
    found: Member | None = None
    for step in path[1:]:
        found = next((each for each in members if each.name == step), None)
        if found is None:
            return None
        inner: Member | None = found
        while inner is not None and inner.type == "list":
            inner = inner.element
        members = inner.members if inner is not None else ()
    return found


def _is_list(record: Mapping[str, Any], path: Sequence[str]) -> bool:
    if path[0] not in BODIES:
        return tuple(path) in _lists_of_objects()
    member = _member_at(record, path)
    return member is not None and member.type == "list"


@cache
def _lists_of_objects() -> frozenset[tuple[str, ...]]:
    """Where every record has a list of objects: ``resources``."""
    rows = (row for row in catalogue().fields if row.array == "yes" and not row.is_prefix)
    return frozenset(tuple(row.sigma.split(".")[:-1]) for row in rows)


def _typed(record: Mapping[str, Any], path: Sequence[str], value: Any) -> Any:
    """A text as the boolean or number that the operation has there, which Sigma compares alike."""
    member = _member_at(record, path)
    if member is None or not isinstance(value, str):
        return value
    if member.type == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if member.type == "integer" and value.isascii() and value.isdigit() and len(value) < 18:
        return int(value)
    return value


def _request(operation: Operation) -> Record:
    return {
        member.name: _sample(member, 0)
        for member in operation.request
        if member.required and not member.assumed
    }


def _filled(members: Sequence[Member], depth: int) -> Record:
    return {member.name: _sample(member, depth) for member in members[:MAX_MEMBERS]}


def _sample(member: Member, depth: int) -> Any:
    """A value of a member's type, of the kind that its name tells."""
    if depth >= MAX_DEPTH:
        return [] if member.type == "list" else {} if member.members else FILLER
    if member.type == "structure":
        return _filled(member.members, depth + 1)
    if member.type == "list":
        return [] if member.element is None else [_sample(member.element, depth + 1)]
    if member.type == "map":
        return {FILLER: FILLER}
    if member.type == "boolean":
        return False
    if member.type in ("integer", "float"):
        return 1
    if member.type == "timestamp":
        return TIME
    return member.enum[0] if member.enum else _text_of(member.name)


def _text_of(name: str) -> str:
    """A text for a name: an ARN for policyArn, example-user for userName."""
    lower = name.lower()
    if lower == "path":
        return "/"
    if lower.endswith("arn"):
        return f"arn:aws:iam::{ACCOUNT}:{FILLER}/{FILLER}-{lower.removesuffix('arn') or 'name'}"
    if lower.endswith("accountid") or lower == "ownerid":
        return ACCOUNT
    if lower.endswith(("cidrip", "cidrblock")):
        return "203.0.113.0/24"
    if lower.endswith(("document", "policy")):
        return '{"Version":"2012-10-17","Statement":[]}'
    return f"{FILLER}-{lower.removesuffix('name').removesuffix('id') or 'name'}"
