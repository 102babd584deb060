"""Rules over events: which events match, streaming; correlations at the end of the stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sigmacast.errors import UsageError
from sigmacast.events import Event
from sigmacast.loading import RuleSource
from sigmacast.matchers import CompiledCorrelation, CompiledRules
from sigmacast.matching.correlations import Firing, Occurrence
from sigmacast.matching.index import RuleIndex
from sigmacast.matching.rules import Matcher
from sigmacast.matching.values import time_of


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule matched an event, or a correlation fired at one."""

    source: RuleSource
    event: Event
    firing: Firing | None = None


@dataclass
class Hunt:
    """Compiled rules on their way over a stream of events.

    ``untimed`` counts events that a correlation could not use for want of a readable eventTime.
    """

    rules: CompiledRules
    untimed: int = 0
    _occurrences: dict[int, list[Occurrence]] = field(default_factory=dict)

    def over(self, events: Iterable[Event]) -> Iterator[Hit]:
        """The hits, in the order of the events, then those of the correlations.

        Memory grows with what the rules of correlations match, and with nothing else.
        """
        index = RuleIndex(self.rules.matchers)
        shown, sources = self.rules.shown, self.rules.sources
        counted = {
            position
            for correlation in self.rules.correlations
            for position in _positions_below(correlation)
        }
        for order, event in enumerate(events):
            for position in index.matching(event.data):
                if position in shown:
                    yield Hit(sources[position], event)
                if position in counted:
                    self._keep(position, order, event)
        for correlation in self.rules.correlations:
            for firing in self._firings(correlation):
                yield Hit(correlation.source, firing.last.source, firing)

    def _keep(self, position: int, order: int, event: Event) -> None:
        time = time_of(event.data.get("eventTime"))
        if time is None:
            self.untimed += 1
            return
        occurrence = Occurrence(time.timestamp(), order, event.data, event)
        self._occurrences.setdefault(position, []).append(occurrence)

    def _firings(self, correlation: CompiledCorrelation) -> list[Firing]:
        matched = {
            reference: self._occurrences.get(position, [])
            for reference, position in correlation.events_of.items()
        } | {
            reference: [firing.as_occurrence() for firing in self._firings(below)]
            for reference, below in correlation.firings_of.items()
        }
        return correlation.correlation.firings(matched)


def only_record(events: Iterable[Event], number: int | None) -> Iterator[Event]:
    """The events with this number in their files; all of them for None."""
    return (event for event in events if number is None or event.record == number)


def one_event(events: Iterable[Event]) -> Event | None:
    """The only event; None if there is none. Raises UsageError if there are several."""
    stream = iter(events)
    first, second = next(stream, None), next(stream, None)
    if second is not None:
        raise UsageError(
            "--why explains one event, and there are several: choose one with --record N"
        )
    return first


def one_rule(rules: CompiledRules) -> tuple[RuleSource, Matcher] | None:
    """The only rule; None if there is none. Raises UsageError if there are several."""
    if rules.correlations:
        raise UsageError("--why explains a rule on one event: give a rule that is no correlation")
    if len(rules.matchers) > 1:
        raise UsageError(f"--why explains one rule, not {len(rules.matchers)}: give its file")
    return next(zip(rules.sources, rules.matchers, strict=True), None)


def principal(record: Mapping[str, Any]) -> str:
    """Who made a call, by the best name that the record has."""
    identity = record.get("userIdentity")
    if not isinstance(identity, Mapping):
        return "unknown"
    for name in ("arn", "userName", "principalId", "invokedBy", "type"):
        value = identity.get(name)
        if isinstance(value, str) and value:
            return value
    return "unknown"


def _positions_below(correlation: CompiledCorrelation) -> Iterator[int]:
    yield from correlation.events_of.values()
    for below in correlation.firings_of.values():
        yield from _positions_below(below)
