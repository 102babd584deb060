"""Records beside one that a rule looks at: what a query could mistake for it, or overlook.

Each differs in one field that the rule tests, and could have been written by AWS: members of a
request have the types that AWS's service models give them, and fields that AWS spells in one way
keep it (``plausible``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sigmacast import aws
from sigmacast.schema import Field, catalogue
from sigmacast.synthesis.records import Record, copied, place, remove, value_at
from sigmacast.transformations.parameter_shapes import Kind, Shape
from sigmacast.verification.plausible import ALWAYS_THERE, BODIES, NULL, operation_of, shape_in

LONG = "x" * 9_000
"""Longer than what Elastic indexes of a request's text (8,191) and Splunk extracts from (5,000)."""

OTHER = "otherName"
"""A member for operations that no model knows."""

PROSE = ("description", "comment", "comments", "reason", "message", "note", "notes", "text")
"""Ends of the names of members that hold any text."""

ADDRESSES = ("AWS Internal", "ec2.amazonaws.com", "2001:db8::1", "10.1.2.3", "203.0.113.7")


@dataclass(frozen=True, slots=True)
class Variation:
    """A record with one field changed, and what was done to it in words."""

    field: str
    what: str
    record: Record


def variations(record: Record, fields: Sequence[str]) -> Iterator[Variation]:
    """Variations of a record in each of these fields."""
    for field in fields:
        path = field.split(".")
        if field in BODIES:
            yield from _of_body(record, field)
        elif path[0] in BODIES:
            yield from _of_member(record, field, path)
        else:
            yield from _of_envelope(record, field, path)


def _of_envelope(record: Record, field: str, path: list[str]) -> Iterator[Variation]:
    current = value_at(record, path)
    row = catalogue().find(field)
    if current is not None and field not in ALWAYS_THERE:
        yield Variation(field, "is missing", _uncoded(_without(record, path), field))
    if field == "sourceIPAddress":
        for address in ADDRESSES:
            yield Variation(field, f"is {address}", _with(record, path, address))
    if path[0] == "resources" and isinstance(record.get("resources"), list):
        other = {"ARN": "arn:aws:s3:::example", "accountId": "444455556666", "type": "AWS::X::Y"}
        changed = copied(record)
        changed["resources"].append(other)
        yield Variation(field, "has a second resource", changed)
    free = row is None or (row.json_type == "string" and not row.spelling)
    if isinstance(current, str) and free and field != "eventTime":
        yield from _of_text(record, field, path, current)


def _uncoded(record: Record, field: str) -> Record:
    """A record without errorCode: it has no errorMessage either, unless it is a sign-in's."""
    if field == "errorCode" and record.get("eventSource") != "signin.amazonaws.com":
        record.pop("errorMessage", None)
    return record


def _of_text(record: Record, field: str, path: list[str], current: str) -> Iterator[Variation]:
    """What any free text may look like instead."""
    for what, value in (
        ("is in another case", current.swapcase()),
        ("is in lower case", current.lower()),
        ("has more behind it", f"{current}y"),
        ("has more before it", f"x{current}"),
    ):
        if value != current:
            yield Variation(field, what, _with(record, path, value))


def _of_body(record: Record, name: str) -> Iterator[Variation]:
    current = record.get(name)
    if name in NULL:
        yield Variation(name, "is null", {**copied(record), name: None})
    yield Variation(name, "is missing", _without(record, [name]))
    if isinstance(current, dict):
        yield Variation(name, "is an empty object", {**copied(record), name: {}})
        yield Variation(name, "is in another case", {**copied(record), name: _swapped(current)})
        member = next(iter(_text_members(record, name)), None)
        if member is not None:
            yield Variation(name, f"has a long {member}", _with_long(record, name, member))


def _of_member(record: Record, field: str, path: list[str]) -> Iterator[Variation]:
    top = path[0]
    current = value_at(record, path)
    operation = operation_of(record)
    row = _row(record, field)
    shape = shape_in(record, field)
    if top in NULL:
        yield Variation(field, f"is below a {top} that is null", {**copied(record), top: None})
    if current is None:
        return
    yield Variation(field, "is missing", _without(record, path))
    for what, value in _empties(shape, current):
        yield Variation(field, what, _raw(record, path, value))
    if shape.kind in (Kind.LIST, Kind.UNKNOWN):
        yield Variation(field, "is a list of it", _raw(record, path, [current]))
        yield Variation(field, "is a list of it and another", _raw(record, path, [current, "z"]))
        yield Variation(field, "is a list of another and it", _raw(record, path, ["z", current]))
    if isinstance(current, str) and not _is_listed(operation, path, row):
        yield from _of_text(record, field, path, current)
        yield Variation(field, "is long", _with(record, path, f"{current} {LONG}"))
        if _is_prose(path[-1]):
            yield Variation(field, "has a comma and more", _with(record, path, f"{current}, a=b"))
    if shape.elsewhere:
        moved = _without(record, path)
        place(moved, [top, *shape.elsewhere.split(".")], current)
        yield Variation(field, f"stands at {shape.elsewhere} instead", moved)
    if isinstance(current, (str, bool)):
        yield from _beside(record, field, path, current)


def _beside(
    record: Record, field: str, path: list[str], current: str | bool
) -> Iterator[Variation]:
    """What other members could be mistaken for this one where the object is one text."""
    top, last = path[0], path[-1]
    operation = operation_of(record)
    text = current if isinstance(current, str) else str(current).lower()
    others = [name for name in _text_members(record, top) if name != path[1]]
    without = _without(record, path)
    for member in others[:1]:
        long = _with_long(record, top, member)
        yield Variation(field, f"has a long {member} before it", long)
        what = f"is missing, and {member} is the text '{last}={text}'"
        yield Variation(field, what, _with(without, [top, member], f"{last}={text}"))
    for member in [name for name in others if _is_prose(name)][:1]:
        for written in (f"a, {last}={text}, b", f"{{{last}={text}}}"):
            what = f"is missing, and {member} is the text '{written}'"
            yield Variation(field, what, _with(without, [top, member], written))
    for member in _names_that_end_like(operation, top, last):
        yield Variation(
            field, f"is missing, and {member} has its value", _with(without, [top, member], text)
        )


def _empties(shape: Shape, current: Any) -> Iterator[tuple[str, Any]]:
    unknown = shape.kind is Kind.UNKNOWN
    if isinstance(current, str) and (unknown or shape.kind in (Kind.SCALAR, Kind.DOCUMENT)):
        yield "is an empty text", ""
    if unknown or shape.kind is Kind.LIST:
        yield "is an empty list", []
    if unknown or shape.kind is Kind.OBJECT:
        yield "is an empty object", {}


def _row(record: Record, field: str) -> Field | None:
    """The row of the catalogue that is for just this field of this record."""
    name = record.get("eventName")
    return next(
        (
            row
            for row in catalogue().fields
            if row.sigma == field and (not row.events or name in row.events)
        ),
        None,
    )


def _is_listed(operation: aws.Operation | None, path: list[str], row: Field | None) -> bool:
    """Whether all values that a member can have are known."""
    if row is not None and row.spelling:
        return True
    if operation is None:
        return False
    member = aws.member_at(operation, path[1:], path[0] == "responseElements")
    return member is not None and bool(member.enum)


def _is_prose(name: str) -> bool:
    """Whether a member holds what people write, with blanks and commas; names and ids do not."""
    return name in PROSE or name.endswith(tuple(map(str.capitalize, PROSE)))


def _members(operation: aws.Operation, top: str) -> tuple[aws.Member, ...]:
    if top == "requestParameters":
        return operation.request
    return operation.response if top == "responseElements" else ()


def _text_members(record: Record, top: str) -> list[str]:
    """Members that may hold any text: the operation's own, or a made-up one for an unknown one."""
    operation = operation_of(record)
    if operation is None or top not in NULL:
        return [OTHER]
    return [
        each.name
        for each in _members(operation, top)
        if each.type == "string" and not each.enum and not each.assumed
    ]


def _names_that_end_like(operation: aws.Operation | None, top: str, last: str) -> Iterator[str]:
    """Other members whose name ends in this one: roleName for name, in any case."""
    if operation is None or top not in NULL:
        yield f"x{last}"
        return
    for member in _members(operation, top):
        alike = member.name.lower().endswith(last.lower()) and member.name != last
        if member.type == "string" and alike:
            yield member.name


def _swapped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _swapped(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_swapped(inner) for inner in value]
    return value.swapcase() if isinstance(value, str) else value


def _with(record: Record, path: Sequence[str], value: Any) -> Record:
    changed = copied(record)
    place(changed, path, value)
    return changed


def _with_long(record: Record, top: str, member: str) -> Record:
    """The record with a long member before the others; AWS promises no order of them."""
    changed = copied(record)
    body = changed.get(top)
    rest = {key: inner for key, inner in body.items() if key != member} if body else {}
    return changed | {top: {member: LONG, **rest}}


def _raw(record: Record, path: Sequence[str], value: Any) -> Record:
    """The record with just this value, in place of the one that is there."""
    changed = copied(record)
    holder: Any = changed
    for step in path[:-1]:
        holder = _first_object(holder).get(step, {})
    _first_object(holder)[path[-1]] = value
    return changed


def _first_object(value: Any) -> Record:
    while isinstance(value, list):
        value = value[0] if value else {}
    return value if isinstance(value, dict) else {}


def _without(record: Record, path: Sequence[str]) -> Record:
    changed = copied(record)
    remove(changed, path)
    return changed
