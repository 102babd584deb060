"""Each test of a rule with the events that it can meet: what the condition joins to it by AND.

The sources, names and types of the events are read off the tests beside it in its selection, and
off the selections that the condition joins to its own. What stands under ``not`` is no different: a
filter too is about the events that all its tests and the rest of the condition can meet.

A value that AWS never writes says nothing of the events. Where what stands beside a mistyped name
is looked at, the nearest name that AWS has can be taken for it (*guessed*).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule

from sigmacast.checks.aws_values import (
    ALL,
    NEGATED,
    Value,
    ValueReader,
    Values,
    nearest_value,
)
from sigmacast.checks.base import DETECTION, Subject, Test
from sigmacast.diagnostics import Route
from sigmacast.rule_parts import condition_tree
from sigmacast.transformations.event_names import EVENT_NAME, EVENT_SOURCE

MOST_PINNED = 2_000
"""Values that a test may leave and still say something of the events; sets of more take time."""
MOST_GUESSED = 5
"""Values of one rule for which the nearest known one is looked for, a tenth of a second each."""
_READ = {False: "_aws_pinned_tests", True: "_aws_guessed_tests"}


@dataclass(frozen=True, slots=True)
class Pins:
    """What the events at hand can have: known sources as they are written, known names and types
    in lower case."""

    sources: Values = None
    names: Values = None
    types: Values = None

    def both(self, other: Pins) -> Pins:
        """What holds where both do. Two that exclude each other say nothing: no event meets them,
        which is told elsewhere."""
        if self == NOTHING or other == NOTHING:
            return other if self == NOTHING else self
        return Pins(
            _both(self.sources, other.sources),
            _both(self.names, other.names),
            _both(self.types, other.types),
        )

    def either(self, other: Pins) -> Pins:
        """What holds where one of them does."""
        return Pins(
            _either(self.sources, other.sources),
            _either(self.names, other.names),
            _either(self.types, other.types),
        )


NOTHING = Pins()


@dataclass(frozen=True, slots=True)
class PinnedTest:
    """A test, the events that it can meet, and whether it only excludes events.

    ``values`` are those of eventSource, eventName and eventType; empty for other fields.
    """

    test: Test
    pins: Pins
    excludes: bool
    values: tuple[Value, ...]


def pinned_tests(
    subject: Subject, field: str | None = None, *, guessed: bool = False
) -> tuple[PinnedTest, ...]:
    """The tests of a rule, or of one field of it; read once for each subject."""
    found: tuple[PinnedTest, ...] | None = subject.__dict__.get(_READ[guessed])
    if found is None:
        found = subject.__dict__[_READ[guessed]] = _Reader(subject, guessed).tests()
    return found if field is None else tuple(each for each in found if each.test.field == field)


def _both(one: Values, other: Values) -> Values:
    if one is None or other is None:
        return other if one is None else one
    return one & other or None


def _either(one: Values, other: Values) -> Values:
    return None if one is None or other is None else one | other


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a condition: ``and``, ``or`` or ``not``, or the name of a selection."""

    kind: str
    parts: tuple[_Part, ...]
    pins: Pins


@dataclass(slots=True)
class _Use:
    pins: Pins
    excludes: bool


class _Reader:
    """Reads the tests of one rule."""

    def __init__(self, subject: Subject, guessed: bool) -> None:
        self._rule = subject.rule
        self._guesses = MOST_GUESSED if guessed else 0
        self._tests = {test.at: test for test in subject.tests if test.field is not None}
        detection = subject.source.data.get(DETECTION)
        self._selections: Mapping[str, Any] = (
            {name: each for name, each in detection.items() if name != "condition"}
            if isinstance(detection, dict)
            else {}
        )
        self._values = ValueReader()
        self._known: dict[Route, Pins] = {}
        self._uses: dict[Route, _Use] = {}
        self._used: set[str] = set()

    def tests(self) -> tuple[PinnedTest, ...]:
        """All tests, in the order of the file."""
        pins = {
            name: self._said(each, (DETECTION, name)) for name, each in self._selections.items()
        }
        for condition in _conditions(self._rule, pins):
            self._visit(condition, NOTHING, excludes=False)
        for name in self._selections:
            if name not in self._used:  # no condition names it, or the rule is broken
                self._use(name, NOTHING, excludes=False)
        return tuple(
            PinnedTest(test, use.pins, use.excludes, self._values.of(test))
            for test in self._tests.values()
            if (use := self._uses.get(test.at)) is not None
        )

    def _said(self, selection: Any, at: Route) -> Pins:
        """What a selection or a part of it says of the events."""
        known = self._known.get(at)
        if known is None:
            known = self._known[at] = self._found(selection, at)
        return known

    def _found(self, selection: Any, at: Route) -> Pins:
        if isinstance(selection, Mapping):
            tests = (self._tests.get((*at, str(key))) for key in selection)
            said = (self._said_by(test) for test in tests if test is not None)
            return reduce(Pins.both, said, NOTHING)
        if isinstance(selection, list) and selection:
            parts = (self._said(each, (*at, index)) for index, each in enumerate(selection))
            return reduce(Pins.either, parts)
        return NOTHING

    def _said_by(self, test: Test) -> Pins:
        if NEGATED in test.modifiers or (ALL in test.modifiers and len(test.values) > 1):
            return NOTHING
        fits = [value.fits or self._guess(value, test) for value in self._values.of(test)]
        if not fits or not all(fits) or sum(len(each or ()) for each in fits) > MOST_PINNED:
            return NOTHING
        found = frozenset(fitting for each in fits for fitting in each or ())
        if test.field == EVENT_SOURCE:
            return Pins(sources=found)
        return Pins(names=found) if test.field == EVENT_NAME else Pins(types=found)

    def _guess(self, value: Value, test: Test) -> Values:
        """The nearest known value, if one may still be looked for."""
        if value.fits is None or not value.is_exact or not self._guesses:
            return None
        self._guesses -= 1
        return nearest_value(value, test)

    def _visit(self, part: _Part, beside: Pins, *, excludes: bool) -> None:
        if not part.parts:
            self._use(part.kind, beside, excludes=excludes)
        if part.kind == "and":
            beside = beside.both(part.pins)
        for each in part.parts:
            self._visit(each, beside, excludes=excludes != (part.kind == "not"))

    def _use(self, name: str, beside: Pins, *, excludes: bool) -> None:
        self._used.add(name)
        self._note(self._selections.get(name), (DETECTION, name), beside, excludes)

    def _note(self, selection: Any, at: Route, beside: Pins, excludes: bool) -> None:
        """Notes what the tests of a selection stand beside: in several uses, in any of them."""
        if isinstance(selection, list):
            for index, each in enumerate(selection):
                self._note(each, (*at, index), beside, excludes)
        if not isinstance(selection, Mapping):
            return
        beside = beside.both(self._said(selection, at))
        for key in selection:
            test = self._tests.get((*at, str(key)))
            if test is None:
                continue
            inverted = excludes != (NEGATED in test.modifiers)
            use = self._uses.setdefault(test.at, _Use(beside, inverted))
            use.pins = use.pins.either(beside)
            use.excludes = use.excludes and inverted


def _conditions(rule: SigmaRule | None, pins: Mapping[str, Pins]) -> Iterator[_Part]:
    """The conditions over selections that say ``pins``; none of a rule that is broken."""
    if rule is None:
        return
    for condition in rule.detection.parsed_condition:
        try:
            tree = condition_tree(condition.condition)
        except SigmaError:  # the engine tells of it
            continue
        yield _part(tree, rule, pins)


def _part(node: ConditionItem, rule: SigmaRule, pins: Mapping[str, Pins]) -> _Part:
    if isinstance(node, ConditionIdentifier):
        return _Part(node.identifier, (), pins.get(node.identifier, NOTHING))
    args: list[Any] = list(node.args)
    if isinstance(node, ConditionSelector):
        args = list(node.resolve_referenced_detections(rule.detection))
    parts = tuple(_part(each, rule, pins) for each in args if isinstance(each, ConditionItem))
    if not parts:  # such as `1 of x*` where no selection is named so
        return _Part("", (), NOTHING)
    if isinstance(node, ConditionNOT):
        return _Part("not", parts, NOTHING)
    either = isinstance(node, ConditionOR) or (
        isinstance(node, ConditionSelector) and node.cond_class is not ConditionAND
    )
    said = (part.pins for part in parts)
    return _Part(
        "or" if either else "and", parts, reduce(Pins.either if either else Pins.both, said)
    )
