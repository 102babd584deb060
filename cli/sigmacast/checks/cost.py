"""Tests that are slow on the SIEMs, as their vendors say (``tables/search_costs.json``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sigma.types import SigmaRegularExpression, SigmaString, SigmaType

from sigmacast.checks.base import Check, Issue, Subject, Test
from sigmacast.checks.parsed import parsed_values, single_values
from sigmacast.resources import table
from sigmacast.rule_parts import asks_if_present
from sigmacast.schema import catalogue
from sigmacast.transformations.event_names import Pins
from sigmacast.transformations.splunk_names import RawPath, is_below, known_names

TABLE = "search_costs.json"


def run(subject: Subject) -> Iterator[Issue]:
    """Notes, one of a kind for each test, at its key."""
    if not subject.is_cloudtrail:
        return
    pins = _PinsOfSelections(subject)
    for test in subject.tests:
        values = [each for value, _ in parsed_values(test) for each in single_values(value)]
        asked = [each for each in values if not asks_if_present(each)]
        if not asked:
            continue
        whole = _whole_event(pins, test)
        if whole is not None:
            yield Issue("SC732", whole, at=test.at, field=test.field)
        elif _is_free_text(test.field) and any(map(_begins_anywhere, asked)):
            yield _leading_wildcard(test)
        patterns = len(asked) if test.field is None else sum(map(_is_pattern, asked))
        if patterns > _table()["many_patterns"]["most"]:
            said = f"{patterns} patterns are tried on each value ({_sources('many_patterns')})"
            yield Issue("SC733", said, at=test.at, field=test.field)


class _PinsOfSelections:
    """The event names and sources that each selection of a rule can match."""

    def __init__(self, subject: Subject) -> None:
        self._rule = subject.rule
        self._found: dict[str, Pins] = {}

    def of(self, selection: str) -> Pins:
        """What one selection pins, or else the whole rule."""
        if self._rule is None:
            return Pins(None, None)
        if selection not in self._found:
            detection = self._rule.detection.detections[selection]
            self._found[selection] = Pins.of(self._rule).within(detection)
        return self._found[selection]


def _leading_wildcard(test: Test) -> Issue:
    assert test.field is not None
    hint = "give the beginning of the value where it is known"
    if is_below(test.field):  # Elastic looks for it within the text of the whole object
        hint = "give the whole value where it is known"
    said = f"the values of {test.field} may begin with anything ({_sources('leading_wildcard')})"
    return Issue("SC731", said, at=test.at, field=test.field, hint=hint)


def _whole_event(pins: _PinsOfSelections, test: Test) -> str | None:
    """Why a test needs the text of whole events; None if it does not."""
    sources = _sources("whole_events")
    if test.field is None:
        return f"keywords are looked for in whole events ({sources})"
    if catalogue().is_object(test.field) or _is_object_below(pins, test):
        return (
            f"Splunk has fields for the members of {test.field} only, and reads the object from "
            f"the text of each event ({sources})"
        )
    return None


def _is_object_below(pins: _PinsOfSelections, test: Test) -> bool:
    """Whether AWS's own description of the rule's calls has an object in that place."""
    if test.field is None or not is_below(test.field):
        return False
    names, _ = known_names(test.field, pins.of(test.selection).operations())
    return any(isinstance(name, RawPath) for name in names)


def _is_free_text(field: str | None) -> bool:
    fields = _table()["free_texts"]["fields"]
    return field is not None and (field in fields or field.partition(".")[0] in fields)


def _begins_anywhere(value: SigmaType) -> bool:
    return isinstance(value, SigmaString) and bool(value.s) and not isinstance(value.s[0], str)


def _is_pattern(value: SigmaType) -> bool:
    if isinstance(value, SigmaRegularExpression):
        return True
    return isinstance(value, SigmaString) and value.contains_special()


def _sources(kind: str) -> str:
    """The vendors' documents on a kind of test."""
    documents = _table()[kind]
    return "; ".join(documents[vendor] for vendor in ("elastic", "splunk") if vendor in documents)


def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = table(TABLE)
    return found


COST = Check("cost", "Tests that are slow on the SIEMs", ("SC731", "SC732", "SC733"), run)
