"""Values of settings that have a form of their own: words, numbers, and Enterprise Security's JSON.

A check takes a value and raises :class:`Fault` where it is wrong.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

Check = Callable[[str], object]


class Fault(ValueError):
    """What is wrong with a value."""


def one_of(*names: str) -> Check:
    """A check for one of some words."""

    def check(value: str) -> None:
        if value not in names:
            raise Fault(f"{value!r} is none of {', '.join(names)}")

    return check


def like(pattern: str, what: str) -> Check:
    """A check for a regular expression."""

    def check(value: str) -> None:
        if re.fullmatch(pattern, value, re.ASCII) is None:
            raise Fault(f"{value!r} is no {what}")

    return check


def anything(value: str) -> None:
    """Any text, also none."""


def text(value: str) -> None:
    """A text with something in it."""
    if not value.strip():
        raise Fault("empty")


def line(value: str) -> None:
    """A text with something in it, on one line."""
    text(value)
    if "\n" in value:
        raise Fault("more than one line")


truth = one_of("0", "1", "true", "false")
number = like("[0-9]+", "number")
word = like(r"[\w.-]+", "word")
fields = like(r'[^\s,"]+(?:, ?[^\s,"]+)*', "list of names with commas between them")
span = like("[1-9][0-9]*[smhd]?", "span of time")


def is_true(value: str) -> bool:
    """Whether a boolean is on."""
    return value in ("1", "true")


def parse_json(value: str) -> Any:
    """JSON on one line, without a key twice."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) < len(pairs):
            raise Fault("a key twice in one object")
        return dict(pairs)

    def no_constant(name: str) -> None:
        raise Fault(f"{name} is not JSON")

    if "\n" in value:
        raise Fault("JSON on more than one line")
    try:
        return json.loads(value, object_pairs_hook=once, parse_constant=no_constant)
    except json.JSONDecodeError as error:
        raise Fault(f"not JSON: {error}") from error


Shape = dict[str, Callable[[Any], object]]
"""The keys that an object has, and what makes their values fit."""


def _record(value: Any, shape: Shape) -> None:
    if not isinstance(value, dict) or value.keys() != shape.keys():
        raise Fault(f"{value!r} is no object of {', '.join(shape)}")
    for key, fits in shape.items():
        if not fits(value[key]):
            raise Fault(f"{key}: {value[key]!r}")


def _records(value: str, shape: Shape, other: Shape | None = None) -> list[dict[str, Any]]:
    """A list of objects of a shape; those with the first key of *other* have that one."""
    found = parse_json(value)
    if not isinstance(found, list):
        raise Fault("no list")
    for each in found:
        of_other = other is not None and isinstance(each, dict) and next(iter(other)) in each
        _record(each, other if other and of_other else shape)
    return found


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_text, value))


def _is_offset(value: Any) -> bool:
    return value is None or _is_text(value)


def _is_uuid(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


_RISK_OBJECT: Shape = {
    "risk_object_field": _is_text,
    "risk_object_type": lambda value: value in ("system", "user", "other"),
    "risk_score": lambda value: type(value) is int and 0 <= value <= 100,
}
_NO_ENTITY = {"risk_object_field": "N/A", "risk_object_type": "N/A", "risk_score": 0}
_THREAT_OBJECT: Shape = {
    "threat_object_field": _is_text,
    "threat_object_type": lambda value: _is_text(value) and re.fullmatch("[a-z_]+", value),
}
_DRILLDOWN: Shape = {
    "name": _is_text,
    "search": _is_text,
    "earliest_offset": _is_offset,
    "latest_offset": _is_offset,
}
_METADATA: Shape = {
    "detection_id": _is_uuid,
    "deprecated": lambda value: value in ("0", "1"),
    "detection_version": lambda value: isinstance(value, str) and value.isdecimal(),
    "publish_time": lambda value: type(value) in (int, float) and value > 0,
}


def es_annotations(value: str) -> None:
    """An object of texts and lists of texts; ATT&CK by the ids of techniques."""
    found = parse_json(value)
    if not isinstance(found, dict):
        raise Fault("no object")
    for name, each in found.items():
        if not _is_text(each) and each != [] and not _are_texts(each):
            raise Fault(f"{name}: neither a text nor a list of texts")
    techniques = found.get("mitre_attack", [])
    for each in techniques if isinstance(techniques, list) else [techniques]:
        like(r"T[0-9]{4}(?:\.[0-9]{3})?", "technique of ATT&CK")(each)


def metadata(value: str) -> None:
    """What Enterprise Security knows a detection by."""
    _record(parse_json(value), _METADATA)


def risk(value: str) -> None:
    """Risk objects with their scores, threat objects without."""
    if not any("risk_score" in each for each in _records(value, _RISK_OBJECT, _THREAT_OBJECT)):
        raise Fault("no risk object")


def entities(value: str) -> None:
    """Risk objects, or the one that contentctl puts there in their place."""
    if parse_json(value) != [_NO_ENTITY]:
        _records(value, _RISK_OBJECT)


def drilldowns(value: str) -> list[dict[str, Any]]:
    """Searches that an analyst may open."""
    return _records(value, _DRILLDOWN)


def next_steps(value: str) -> None:
    """A text in its envelope."""
    _record(parse_json(value), {"version": lambda each: each == 1, "data": _is_text})


def artifacts(value: str) -> None:
    """Fields that hold assets and identities."""
    found = parse_json(value)
    if not isinstance(found, dict) or not found.keys() <= {"asset", "identity"}:
        raise Fault("no object of asset and identity")
    for name, each in found.items():
        if not _are_texts(each):
            raise Fault(f"{name}: no list of fields")
