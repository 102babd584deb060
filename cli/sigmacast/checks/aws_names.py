"""Event names that AWS never writes, or not under the event source that the rule asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sigmacast.checks import aws_known
from sigmacast.checks.aws_facts import facts
from sigmacast.checks.aws_pins import PinnedTest, Pins, pinned_tests
from sigmacast.checks.aws_values import Value, Values
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.diagnostics import Severity, either
from sigmacast.matching.comparing import fold
from sigmacast.transformations.event_names import EVENT_NAME

MOST_HINTS = 20
"""Values of one rule for which the nearest name is looked for, which takes a tenth of a second."""
_UNLISTED_TYPES = frozenset({"awsserviceevent", "awsconsoleaction"})
"""Types of events whose names no service model has, in lower case."""
SHOWN = 5
"""How many event sources a message names."""


def run(subject: Subject) -> Iterator[Issue]:
    """At each value that no record beside the rule's event sources has, or not by this name."""
    if not subject.is_cloudtrail:
        return
    hints = _Hints()
    for each in pinned_tests(subject, EVENT_NAME):
        place = _Place(each.pins, _named(each), hints)
        for value in each.values:
            if value.fits is None:
                continue
            issue = _of_name(value, place) if value.is_exact else _of_pattern(value, place)
            if issue is not None:
                yield issue


def _named(each: PinnedTest) -> frozenset[str]:
    return frozenset(name for value in each.values for name in value.fits or ())


@dataclass
class _Hints:
    """Finds the nearest names, as often as a rule may ask for them."""

    left: int = MOST_HINTS

    def nearest(self, text: str, sources: Values) -> str | None:
        self.left -= 1
        return aws_known.nearest_name(text, sources) if self.left >= 0 else None


@dataclass(frozen=True)
class _Place:
    """Where a value stands: what the events can have, and all names that its test looks for."""

    pins: Pins
    named: frozenset[str]
    hints: _Hints

    @property
    def may_be_unlisted(self) -> bool:
        """Whether the rule asks for events that nobody lists: a console's, or a service's own."""
        sources, types = self.pins.sources, self.pins.types
        if sources is not None and any(map(aws_known.is_known_in_part, sources)):
            return True
        return types is not None and types <= _UNLISTED_TYPES

    def has(self, events: Iterable[str]) -> bool:
        """Whether the test has one of these names too, so that another is there to be sure."""
        return not self.named.isdisjoint(map(fold, events))


def _of_pattern(value: Value, place: _Place) -> Issue | None:
    names, sources = value.fits or frozenset(), place.pins.sources
    if place.may_be_unlisted:
        return None
    if not names:
        return _issue("SC702", f"no known event name fits '{value.written}'", value)
    if sources is None or any(not sources.isdisjoint(aws_known.sources_of(name)) for name in names):
        return None
    said = f"no event of {_listed(sources)} fits '{value.written}'"
    owners = frozenset(owner for name in names for owner in aws_known.sources_of(name))
    return _issue("SC703", said, value, weight=_weight(sources, owners))


def _of_name(value: Value, place: _Place) -> Issue | None:
    sources = place.pins.sources
    owners = aws_known.sources_of(str(value.written)) if value.fits else frozenset()
    meant = owners if sources is None else owners & sources
    if meant:
        return _written_otherwise(value, meant, place)
    allowed = _events_of_action(value, place)
    if allowed is not None:
        return None if place.has(allowed) else _action(value, allowed)
    if place.may_be_unlisted:
        return None
    if sources is None or not owners:
        return _unknown(value, place)
    return _elsewhere(value, sources, owners, place)


def _unknown(value: Value, place: _Place) -> Issue:
    near = place.hints.nearest(str(value.written), place.pins.sources)
    said = f"no AWS service has the event name '{value.written}'"
    return _issue("SC702", said, value, f"did you mean {near}?" if near else None)


def _elsewhere(
    value: Value, sources: frozenset[str], owners: frozenset[str], place: _Place
) -> Issue:
    near = place.hints.nearest(str(value.written), sources)
    hint = f"did you mean {near}?" if near else None
    if hint is None and len(owners) <= SHOWN:
        hint = f"write eventSource: {either(_in_order(owners))}"
    said = f"{value.written} is an event of {_listed(owners)}, not of {_listed(sources)}"
    return _issue("SC703", said, value, hint, _weight(sources, owners))


def _weight(sources: frozenset[str], owners: frozenset[str]) -> Severity | None:
    pairs = facts().unsettled_pairs
    unsettled = any((source, owner) in pairs for source in sources for owner in owners)
    return Severity.WARNING if unsettled else None


def _events_of_action(value: Value, place: _Place) -> tuple[str, ...] | None:
    """The events of an IAM action of that name, None if there is none."""
    sources = place.pins.sources
    for source in sorted(aws_known.action_sources() if sources is None else sources):
        events = aws_known.events_of_action(source, str(value.written))
        if events is not None:
            return events
    return None


def _action(value: Value, events: tuple[str, ...]) -> Issue:
    """An error: actions stand in policies and not in records."""
    hint = f"the event is {either(events)}" if events else "it has no event of its own"
    said = f"{value.written} is the name of an IAM action and of no event"
    return _issue("SC707", said, value, hint, Severity.ERROR)


def _written_otherwise(value: Value, owners: Iterable[str], place: _Place) -> Issue | None:
    """An operation that all services it can be of write by another name."""
    name = str(value.written)
    written: dict[str, None] = {}
    for owner in sorted(owners):
        names = aws_known.written_names(owner, name)
        if fold(name) in map(fold, names):
            return None
        written.update(dict.fromkeys(names))
    if place.has(written):
        return None
    said = f"CloudTrail writes {name} as {either(list(written))}"
    dated = all(fold(each).startswith(fold(name)) for each in written)
    or_pattern = f", or eventName|startswith: {name}" if dated else ""
    return _issue("SC707", said, value, f"write {either(list(written))}{or_pattern}")


def _listed(sources: Iterable[str]) -> str:
    found = _in_order(sources)
    more = len(found) - SHOWN
    return f"{', '.join(found[:SHOWN])} and {more} more" if more > 0 else either(found)


def _in_order(sources: Iterable[str]) -> list[str]:
    """Event sources with the likelier ones first: those of the oldest services are short."""
    return sorted(sources, key=lambda source: (len(source), source))


def _issue(
    code: str, message: str, value: Value, hint: str | None = None, weight: Severity | None = None
) -> Issue:
    return Issue(
        code,
        message,
        at=value.at,
        on_value=True,
        field=EVENT_NAME,
        hint=hint,
        severity=weight,
    )


AWS_NAMES = Check("aws-names", "Event names of AWS", ("SC702", "SC703", "SC707"), run)
