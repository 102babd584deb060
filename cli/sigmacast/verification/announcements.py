"""Which differences between a rule and its query a conversion has announced.

A diagnostic announces a difference if it is a warning or one of the notes below, speaks of a field
that decides here, and, where that can be told, the event shows just what it warns of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from sigma.types import SigmaCasedString, SigmaExpansion, SigmaString, SigmaType

from sigmacast.diagnostics import Diagnostic, Severity
from sigmacast.matching.nodes import FieldTest, Node
from sigmacast.matching.paths import getter
from sigmacast.verification.fields import field_tests
from sigmacast.verification.plausible import BODIES
from sigmacast.views.ecs import DROPPED_TEXTS

Record: TypeAlias = Mapping[str, Any]
Shows: TypeAlias = Callable[[Node, Record, str], bool]
"""Whether an event shows, in this field, what a code warns of."""

SILENT = frozenset({"SC009", "SC010", "SC405"})
"""Warnings that are about something else than what a query finds."""


def announcing(
    diagnostics: Iterable[Diagnostic], node: Node, record: Record, fields: Sequence[str]
) -> tuple[str, ...]:
    """The codes that announce a difference at this record; *fields* are those that decide it."""
    return tuple(
        dict.fromkeys(
            found.code
            for found in diagnostics
            if _announces(found) and _shows(found, node, record, fields)
        )
    )


def _shows(found: Diagnostic, node: Node, record: Record, fields: Sequence[str]) -> bool:
    if not fields:  # a keyword decides, which has no field
        return found.field is None
    return any(
        _SHOWN.get(found.code, _always)(node, record, field)
        for field in fields
        if found.field is None or _is_of(found.field, field)
    )


def _announces(found: Diagnostic) -> bool:
    if found.code in SILENT:
        return False
    return found.severity is Severity.WARNING or found.code in _SHOWN


def _is_of(told: str, field: str) -> bool:
    """Whether what was told of one field is about another, too: an object holds its members."""
    return field == told or field.startswith(f"{told}.") or told.startswith(f"{field}.")


def _always(node: Node, record: Record, field: str) -> bool:  # noqa: ARG001
    return True


def _by_case(node: Node, record: Record, field: str) -> bool:
    """Whether a test of the field comes out otherwise if it minds case."""
    tests = [test for test in field_tests(node) if test.field == field]
    minding = (FieldTest(field, tuple(map(_cased, t.values)), t.every) for t in tests)
    pairs = zip(tests, minding, strict=True)
    return any(test.meets(record) != cased.meets(record) for test, cased in pairs)


def _cased(value: SigmaType) -> SigmaType:
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_cased(each) for each in value.values])
    if type(value) is SigmaString:
        return SigmaCasedString.from_sigma_string(value)
    return value


def _is_empty_there(node: Node, record: Record, field: str) -> bool:  # noqa: ARG001
    """Whether the field, or what it would be in, holds something that Elastic drops."""
    path = field.split(".")
    above: Any = record
    for step in path[:-1]:
        above = above.get(step) if isinstance(above, Mapping) else None
    beside = above.get(path[-1]) if isinstance(above, Mapping) else None
    return beside == [] or any(map(_is_dropped, getter(field)(record)))


def _is_dropped(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_dropped, value.values()))
    if isinstance(value, list):
        return all(map(_is_dropped, value))
    return value is None or value in DROPPED_TEXTS


def _stands_elsewhere(node: Node, record: Record, field: str) -> bool:  # noqa: ARG001
    """Whether the object has the member's name more than once, or deeper than the rule says."""
    top, *keys = field.split(".")
    if top not in BODIES or not keys:
        return False
    count = 0
    direct = len(getter(field)(record))
    waiting = [record.get(top)]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            count += keys[-1] in value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return count > (direct > 0)


def _is_in_lists(node: Node, record: Record, field: str) -> bool:  # noqa: ARG001
    """Whether the field, or what it is in, is a list."""
    waiting: list[Any] = [record]
    for step in field.split("."):
        inner = [value.get(step) for value in waiting if isinstance(value, Mapping)]
        if any(isinstance(value, list) for value in inner):
            return True
        waiting = inner
    return False


_SHOWN: Mapping[str, Shows] = {
    "SC105": _by_case,
    "SC106": _stands_elsewhere,
    "SC107": _is_empty_there,
    "SC111": _is_in_lists,
    "SC114": _is_empty_there,
    "SC115": _always,
    "SC303": _by_case,
}
"""What the event must show for a code to announce the difference. SC106 also tells of long texts,
which ``verifying`` finds out by storing the event without limits."""
