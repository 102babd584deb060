"""What event sources and names a test stands beside: what the checks of AWS's names go by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sigmacast.checks.base import Subject, Test
from sigmacast.diagnostics import Route
from sigmacast.resources import tables_folder
from sigmacast.transformations.event_names import EVENT_NAME, EVENT_SOURCE, Pins

PATTERNS = {"contains": "*{}*", "startswith": "{}*", "endswith": "*{}"}
_PLAIN = frozenset({"all", "cased"})
"""Modifiers that leave a value what it is."""


@dataclass(frozen=True, slots=True)
class Named:
    """A value of eventSource or eventName, in lower case, as a whole or (``pattern``) with ``*``
    and ``?``; ``sources`` and ``names`` are what events of the same selection can have, None for
    any."""

    text: str
    written: str
    at: Route
    pattern: bool
    sources: frozenset[str] | None
    names: frozenset[str] | None


def named(subject: Subject, field: str) -> Iterator[Named]:
    """Each text that a rule compares *field* with; others (expressions, lists) are passed over."""
    pins = pins_of(subject)
    for test in subject.tests:
        if test.field != field:
            continue
        beside = within(subject, test, pins)
        for value, at in test.values:
            form = _form(value, test.modifiers)
            if form is not None:
                pattern = re.search(r"(?<!\\)[*?]", form) is not None
                text = form.replace("\\*", "*").replace("\\?", "?") if not pattern else form
                yield Named(text.lower(), str(value), at, pattern, beside.sources, beside.names)


def pins_of(subject: Subject) -> Pins:
    """What the whole rule pins; nothing for what is no rule."""
    return Pins(None, None) if subject.rule is None else Pins.of(subject.rule)


def within(subject: Subject, test: Test, pins: Pins) -> Pins:
    """What holds beside a test: what its own mapping pins, else the whole rule."""
    return Pins(
        _whole(subject, test, EVENT_NAME) or pins.names,
        _whole(subject, test, EVENT_SOURCE) or pins.sources,
    )


def fits(pattern: str, known: Iterable[str]) -> bool:
    """Whether a pattern in lower case fits any of the known names."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    expression = re.compile("".join(wild.get(part) or re.escape(part[-1]) for part in parts))
    return any(map(expression.fullmatch, known))


@cache
def table(name: str) -> Any:
    """A part of ``tables/aws_checks.json``, which says where it comes from."""
    return json.loads((tables_folder() / "aws_checks.json").read_text(encoding="utf-8"))[name]


def _form(value: Any, modifiers: tuple[str, ...]) -> str | None:
    """The value as a pattern; None for what is no text or has a modifier that changes it."""
    if not isinstance(value, str) or "%" in value:
        return None
    form = value
    for modifier in modifiers:
        if modifier in PATTERNS:
            form = PATTERNS[modifier].format(form)
        elif modifier not in _PLAIN:
            return None
    return form


def _whole(subject: Subject, test: Test, field: str) -> frozenset[str] | None:
    """The whole values of a field in the mapping that a test stands in."""
    found: set[str] = set()
    for other in subject.tests:
        if other.field != field or other.at[:-1] != test.at[:-1]:
            continue
        forms = [_form(value, other.modifiers) for value, _ in other.values]
        if not forms or any(form is None or re.search(r"[*?\\]", form) for form in forms):
            return None
        found.update(form.lower() for form in forms if form is not None)
    return frozenset(found) or None
