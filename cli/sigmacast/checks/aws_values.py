"""The values of tests on eventSource, eventName and eventType, and what known ones they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaRegularExpression, SigmaString, SigmaType

from sigmacast.checks.aws_known import (
    fitting_names,
    fitting_sources,
    is_exact,
    nearest_name,
    nearest_source,
)
from sigmacast.checks.base import Test
from sigmacast.diagnostics import Route
from sigmacast.matching.comparing import fold
from sigmacast.transformations.event_names import EVENT_NAME, EVENT_SOURCE

EVENT_TYPE = "eventType"
ALL, NEGATED = "all", "neq"
"""Modifiers that say how values are joined, and nothing of one value."""
MOST_PATTERNS, MOST_EXPRESSIONS = 100, 20
"""How many of one rule are tried on all names; one takes up to 50 and 200 milliseconds."""
_TEXTS = frozenset(
    "contains startswith endswith cased re i ignorecase m multiline s dotall".split()
)
"""Modifiers after which a value is a text, a pattern or an expression still."""

Values = frozenset[str] | None
"""The values that a field can have, None for any."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a test: pySigma's, with modifiers applied, and the known sources or names that
    it fits (None where that cannot be told, or is all)."""

    written: Any
    at: Route
    sigma: SigmaType
    fits: Values

    @property
    def is_exact(self) -> bool:
        """Whether it is one whole text."""
        return is_exact(self.sigma)


class ValueReader:
    """Reads the values of one rule's tests, each test once."""

    def __init__(self) -> None:
        self._read: dict[Route, tuple[Value, ...]] = {}
        self._tried = {SigmaString: 0, SigmaRegularExpression: 0}

    def of(self, test: Test) -> tuple[Value, ...]:
        """The values; none of another field, or of modifiers that leave no text."""
        fitting = _FITTING.get(test.field or "")
        if fitting is None:
            return ()
        found = self._read.get(test.at)
        if found is None:
            found = self._read[test.at] = tuple(self._values(test, fitting))
        return found

    def _values(self, test: Test, fitting: Callable[[SigmaType], Values]) -> Iterator[Value]:
        modifiers = [each for each in test.modifiers if each not in (ALL, NEGATED)]
        if not _TEXTS.issuperset(modifiers):
            return
        key = "|".join((test.field or "", *modifiers))
        for written, at in test.values:
            for sigma in _sigma_values(key, written):
                yield Value(written, at, sigma, fitting(sigma) if self._may_try(sigma) else None)

    def _may_try(self, value: SigmaType) -> bool:
        """Whether a value may still be compared with all names."""
        if is_exact(value):
            return True
        kind = SigmaRegularExpression if isinstance(value, SigmaRegularExpression) else SigmaString
        self._tried[kind] += 1
        return self._tried[kind] <= _MOST[kind]


def nearest_value(value: Value, test: Test) -> Values:
    """What a value of a test that no record has most likely meant, as ``fits`` has it; or None."""
    text = str(value.written)
    if test.field == EVENT_SOURCE:
        source = nearest_source(text)
        return frozenset({source}) if source else None
    name = nearest_name(text, None) if test.field == EVENT_NAME else None
    return frozenset({fold(name)}) if name else None


def _sigma_values(key: str, written: Any) -> Iterator[SigmaType]:
    """What pySigma makes of one value; nothing of null, and of what it refuses."""
    if isinstance(written, (dict, list)) or written is None:
        return
    try:
        yield from SigmaDetectionItem.from_mapping(key, written).value
    except (SigmaError, ValueError, TypeError, AttributeError):  # the engine tells of it
        return


def _types(value: SigmaType) -> Values:
    return frozenset({fold(str(value))}) if is_exact(value) else None


_MOST = {SigmaString: MOST_PATTERNS, SigmaRegularExpression: MOST_EXPRESSIONS}
_FITTING: Mapping[str, Callable[[SigmaType], Values]] = {
    EVENT_SOURCE: fitting_sources,
    EVENT_NAME: fitting_names,
    EVENT_TYPE: _types,
}
