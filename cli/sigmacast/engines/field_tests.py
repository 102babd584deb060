"""Tests of one stored value by its field's type, as the search behind an EQL query makes them.

A comparison becomes a ``term`` or ``range`` search (elasticsearch ``ExpressionTranslators``), and
what the field's type cannot read makes the search fail: ``"x"`` on a number, a date or an address.
Elasticsearch compares a number or a boolean with a keyword by its text (``VerifierTests``:
"Mismatched type, still ok").

Source of the types: Elasticsearch documentation, ``mapping-reference/``.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from typing import Any, TypeAlias

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.eql_functions import text_of
from sigmacast.engines.stored_values import Moment, address, block, moment

ValueTest: TypeAlias = Callable[[Any], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": python.eq,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}


def comparison(kind: str, operator: str, value: Any) -> ValueTest:
    """A test ``stored value <operator> value``; *value* is no null, *operator* not ``!=``.

    Raises Rejected for a value that the type cannot read.
    """
    match kind:
        case "keyword":
            return _compared(operator, str, text_of(value))
        case "long" | "double":
            return _compared(operator, _as_it_is, _number(value, kind))
        case "boolean":
            if operator != "==":
                raise Unsupported("an order of booleans")
            return _compared(operator, _as_it_is, _boolean(value))
        case "date":
            return _dated(operator, _moment(value))
        case "ip":
            return _addressed(operator, value)
    raise Rejected(f"cannot compare a field of type {kind}")


def within(blocks: list[str]) -> ValueTest:
    """A test whether an address is in one of these blocks; raises Rejected for what is none."""
    ranges = [_block(text) for text in blocks]

    def test(stored: Any) -> bool:
        number = address(str(stored))
        return number is not None and any(first <= number <= last for first, last in ranges)

    return test


def _compared(operator: str, read: Callable[[Any], Any], value: Any) -> ValueTest:
    compare = _COMPARE[operator]
    return lambda stored: compare(read(stored), value)


def _as_it_is(stored: Any) -> Any:
    return stored


def _number(value: Any, kind: str) -> float:
    if isinstance(value, str):
        try:
            return int(value) if kind == "long" else float(value)
        except ValueError:
            raise Rejected(f"{value!r} is no number") from None
    if isinstance(value, bool):
        raise Rejected("a boolean is no number")
    return float(value) if kind == "double" else value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false", ""):
        return bool(value == "true")
    raise Rejected(f"{value!r} is no boolean, which is true or false")


def _moment(value: Any) -> Moment:
    if isinstance(value, int) and not isinstance(value, bool):
        return Moment(value, value)
    found = moment(value) if isinstance(value, str) else None
    if found is None:
        if isinstance(value, str) and (value.startswith("now") or "||" in value):
            raise Unsupported("date math")
        raise Rejected(f"{value!r} is no date")
    return found


def _dated(operator: str, limit: Moment) -> ValueTest:
    """A date written without its last parts lasts until they end (``range-query.md``)."""

    def test(stored: Any) -> bool:
        found = moment(stored) if isinstance(stored, str) else Moment(stored, stored)
        if found is None:
            return False
        match operator:
            case "==":
                return limit.first <= found.first <= limit.last
            case "<":
                return found.first < limit.first
            case "<=":
                return found.first <= limit.last
            case ">":
                return found.first > limit.last
            case _:
                return found.first >= limit.first

    return test


def _addressed(operator: str, value: Any) -> ValueTest:
    if not isinstance(value, str):
        raise Rejected(f"{value!r} is no IP address")
    if operator == "==":
        return within([value])
    limit = address(value)
    if limit is None:
        raise Rejected(f"{value!r} is no IP address")
    compare = _COMPARE[operator]

    def test(stored: Any) -> bool:
        number = address(str(stored))
        return False if number is None else compare(number, limit)

    return test


def _block(text: str) -> tuple[int, int]:
    found = block(text)
    if found is None:
        raise Rejected(f"{text!r} is no IP address or block")
    return found
