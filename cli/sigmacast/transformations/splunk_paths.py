"""``sigmacast_splunk_paths``: names and absence of fields as Splunk's JSON extraction has them.

Names are those of :mod:`sigmacast.transformations.splunk_names`. JSON's null may be stored as the
text ``null`` (no source settles it), so that presence and absence say both, and what would fit that
text leaves it out. Source: Splunk Add-on for AWS 7.10.0, which tests for the text in places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sigma.conditions import ConditionAND, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations import PreprocessingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import (
    SigmaExists,
    SigmaFieldReference,
    SigmaNull,
    SigmaString,
    SigmaType,
)

from sigmacast.diagnostics import report
from sigmacast.rule_parts import asks_for_absence, asks_if_present, items_of
from sigmacast.schema import catalogue
from sigmacast.transformations.event_names import Pins
from sigmacast.transformations.fitting import fits_any
from sigmacast.transformations.items import Part, item, negated
from sigmacast.transformations.splunk_keys import rename_keys
from sigmacast.transformations.splunk_names import (
    FREE,
    RawPath,
    is_below,
    known_names,
    likely_names,
)

NULL = SigmaString("null")


@dataclass
class SplunkPaths(PreprocessingTransformation):
    """Rewrite fields, tests of presence and the keys of correlations; to run before the mapping.

    Reports SC111 and SC113 to SC115, SC313 for a comparison of fields that may be lists.
    """

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Rewrite every detection of the rule in place, and tell of late fields."""
        super().apply(rule)
        if isinstance(rule, SigmaCorrelationRule):
            rename_keys(rule)
            return
        detections = list(rule.detection.detections.values())
        names = {name for each in detections for part in items_of(each) for name in _fields(part)}
        pins = Pins.of(rule) if any(map(is_below, names)) else Pins(None, None)
        for detection in detections:
            self._rewrite(detection, pins)
        _tell_of_late(part for each in detections for part in items_of(each))

    def _rewrite(self, detection: SigmaDetection, pins: Pins) -> None:
        pins = pins.within(detection)
        for index, part in enumerate(detection.detection_items):
            if isinstance(part, SigmaDetection):
                self._rewrite(part, pins)
                continue
            replacement = _rewritten(part, pins)
            if replacement is not part:
                detection.detection_items[index] = replacement
                self.processing_item_applied(replacement)


def _fields(part: SigmaDetectionItem) -> Iterator[str]:
    """The fields that an item names."""
    if part.field:
        yield part.field
    for value in part.value:
        if isinstance(value, SigmaFieldReference):
            yield value.field


def _tell_of_late(items: Iterable[SigmaDetectionItem]) -> None:
    """Name the late fields once; an object is read from the event, which has no limit."""
    names = {
        name.replace("{}", "")
        for part in items
        for name in _fields(part)
        if not isinstance(name, RawPath)
    }
    rows = [(name, catalogue().find(name)) for name in sorted(names)]
    late = [
        name
        for name, row in rows
        if row is not None and row.splunk_late and not catalogue().is_object(name)
    ]
    if late:
        report(
            "SC113",
            "Splunk extracts fields from the first 5,000 characters of an event; in a longer one "
            f"these may be missing: {', '.join(late)}",
        )


def _rewritten(part: SigmaDetectionItem, pins: Pins) -> Part:
    field = part.field
    if field is None:
        return part
    values = part.value or [SigmaNull()]
    if not is_below(field) and all(_is_plain(field, value) for value in values):
        return part
    if all(isinstance(value, SigmaFieldReference) for value in values):
        names: tuple[str, ...] = (field,)
    else:
        names = _names(field, pins)
    if len(names) == 1 and all(_is_plain(field, value) for value in values):
        part.field = names[0]
        return part
    whole = _joined([_test(field, names, value, pins) for value in values], part.value_linking)
    return negated(whole) if part.negated else whole


def _is_plain(field: str, value: SigmaType) -> bool:
    """Whether only the field's name may have to change."""
    return not (
        isinstance(value, SigmaFieldReference)
        or _is_presence_test(field, value)
        or _fits_null(field, value)
    )


def _test(field: str, names: Sequence[str], value: SigmaType, pins: Pins) -> Part:
    if isinstance(value, SigmaFieldReference):
        return item(_one_name(field, pins), replace(value, field=_one_name(value.field, pins)))
    if _is_presence_test(field, value):
        present = _joined([_presence(name) for name in names], ConditionOR)
        if not catalogue().is_object(field):
            _tell_of_empty(field)
        return negated(present) if asks_for_absence(value) else present
    tests: list[Part] = [item(name, value) for name in names]
    if _fits_null(field, value):
        if isinstance(value, SigmaString) and not value.contains_special():
            _tell_of_null(field)
        else:
            tests = [
                _both(test, _is_not_null(name)) for name, test in zip(names, tests, strict=True)
            ]
    return _joined(tests, ConditionOR)


def _tell_of_empty(field: str) -> None:
    report(
        "SC114",
        f"no document says whether Splunk makes a field of an empty text: where {field} is one, it "
        "may count as missing",
        field=field,
    )


def _tell_of_null(field: str) -> None:
    report(
        "SC115",
        f"Splunk may store JSON's null in {field} as the text null, so that the query finds both",
        field=field,
    )


def _presence(name: str) -> Part:
    """A value, and not the text that null may have become."""
    present = item(name, SigmaExists(True))
    return present if _is_read_from_event(name) else _both(present, _is_not_null(name))


def _is_not_null(name: str) -> Part:
    if _is_read_from_event(name):
        return item(name, SigmaExists(True))
    return negated(item(name, NULL))


def _is_read_from_event(name: str) -> bool:
    """Whether it is in the JSON itself that the target looks for a value beside null."""
    return isinstance(name, RawPath) or catalogue().is_object(name)


def _both(one: Part, other: Part) -> Part:
    return SigmaDetection([one, other], item_linking=ConditionAND)


def _joined(parts: list[Part], linking: type[Any]) -> Part:
    return parts[0] if len(parts) == 1 else SigmaDetection(parts, item_linking=linking)


def _is_presence_test(field: str, value: SigmaType) -> bool:
    """Whether it is asked if a field is there, and null may stand for its absence."""
    row = catalogue().find(field)
    if row is None or row.spelling in ("event names", "event sources") or field == "errorCode":
        return False  # not CloudTrail's, never null, or filled by the add-on
    return asks_if_present(value)


def _fits_null(field: str, value: SigmaType) -> bool:
    """Whether a test of what may be null fits the text ``null``.

    Real records have null for whole objects alone; made ones may have it in what AWS leaves out.
    """
    may_be_null = field.partition(".")[0] in (*FREE, "userIdentity")
    return may_be_null and field != "userIdentity.type" and fits_any(value, "null")


def _names(name: str, pins: Pins) -> tuple[str, ...]:
    """What Splunk may call a field; one name where the shape is known."""
    if not is_below(name):
        return (name,)
    known, is_complete = known_names(name, pins.operations())
    if is_complete:
        return known
    report(
        "SC111",
        f"the shape of {name} is not known for the events of this rule: the query tries the names "
        "of a single value and of lists, and does not find an object",
        field=name,
    )
    return tuple(dict.fromkeys((*known, *likely_names(name))))


def _one_name(name: str, pins: Pins) -> str:
    """The name of a field to be compared with another one: of several, the plain one."""
    if not is_below(name):
        return name
    known, is_complete = known_names(name, pins.operations())
    if is_complete and len(known) == 1:
        return known[0]
    report(
        "SC313",
        f"nothing says whether {name} is a list in the events of this rule, and the query compares "
        "it as a single value",
        field=name,
    )
    return name
