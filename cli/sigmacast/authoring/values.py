"""Values on their way into a rule: from an option, and from an event."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from sigmacast import aws
from sigmacast.authoring.draft import MAX_VALUE, FieldTest, key_of
from sigmacast.errors import UsageError
from sigmacast.schema import catalogue

_NUMERIC = frozenset({"lt", "lte", "gt", "gte", "minute", "hour", "day", "week", "month", "year"})
_WILDCARD = re.compile(r"[*?]|\\(?=[\\*?])")


def parted(given: str) -> tuple[str, str | None]:
    """Field with modifiers, and value, of ``FIELD=VALUE``; None where only a field is given.

    Raises UsageError for what is no field.
    """
    key, equals, value = given.partition("=")
    if not value.isprintable() or len(value) > MAX_VALUE:
        raise UsageError(f"--field {key_of(key)}: the value is no line of printable text")
    return key_of(key), value if equals else None


def typed(key: str, value: str, sources: Iterable[str], names: Iterable[str]) -> Any:
    """A value as Sigma has it: null, and true, false or a number where the field holds such.

    ``errorCode=null`` tests that there is none; a text of digits stays one, as an account id is.
    """
    field, *modifiers = key.split("|")
    if value == "null" and not modifiers:
        return None
    boolean = {"true": True, "false": False}.get(value.lower())
    if "exists" in modifiers:
        return value if boolean is None else boolean
    if _NUMERIC & set(modifiers):
        return _number(value)
    kind = _kind(field, sources, names)
    if not modifiers and kind == "boolean":
        return value if boolean is None else boolean
    if not modifiers and kind in ("integer", "float"):
        return _number(value)
    return value


def merged(tests: Iterable[FieldTest]) -> tuple[FieldTest, ...]:
    """The tests with those of one key as one, whose values stand for each other."""
    found: dict[str, list[Any]] = {}
    for test in tests:
        values = found.setdefault(test.key, [])
        values.extend(each for each in test.values if not _is_among(each, values))
    return tuple(FieldTest(key, tuple(values)) for key, values in found.items())


def literal(value: Any) -> Any:
    """A value of an event as a rule has to write it: asterisks and the like are no wildcards."""
    return _WILDCARD.sub(r"\\\g<0>", value) if isinstance(value, str) else value


def _kind(field: str, sources: Iterable[str], names: Iterable[str]) -> str | None:
    body, *path = field.split(".")
    if body in aws.BODIES and path:
        names = tuple(names)
        for source in sources:
            for name in names:
                operation = aws.find_operation(source, name)
                member = operation and aws.member_at(operation, path, aws.BODIES[body])
                if member:
                    return _element(member).type
        return None
    row = catalogue().row(field)
    return None if row is None else row.json_type


def _element(member: aws.Member) -> aws.Member:
    while member.type == "list" and member.element is not None:
        member = member.element
    return member


def _number(value: str) -> Any:
    if re.fullmatch(r"-?(?:0|[1-9][0-9]{0,17})", value):
        return int(value)
    return float(value) if re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,15}", value) else value


def _is_among(value: Any, values: Sequence[Any]) -> bool:
    return any(type(value) is type(each) and value == each for each in values)
