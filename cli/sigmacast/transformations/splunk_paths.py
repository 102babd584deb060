"""``sigmacast_splunk_paths``: names and absence of fields as Splunk's JSON extraction has them.

A key that holds a list gets ``{}`` in the name (``ipPermissions.items{}.toPort``), so the shapes of
AWS's requests and responses decide; where they are not known, each likely name is tried. JSON's
null may be stored as the text ``null`` (no source settles it), so that presence and absence say
both. Sources: Splunk Add-on for AWS 7.10.0; props.conf.spec, ``KV_MODE``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sigma.conditions import ConditionAND, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations import PreprocessingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaExists, SigmaNull, SigmaString, SigmaType

from sigmacast import aws
from sigmacast.diagnostics import report
from sigmacast.rule_parts import is_anything, items_of
from sigmacast.schema import catalogue
from sigmacast.transformations.event_names import Pins
from sigmacast.transformations.items import Part, item, negated

BODIES = {"requestParameters": False, "responseElements": True}
"""The objects that the catalogue of AWS operations has shapes of: is it the response."""
FREE = (*BODIES, "additionalEventData", "serviceEventDetails")
MOST_NAMES = 4
NULL = SigmaString("null")


@dataclass
class SplunkPaths(PreprocessingTransformation):
    """Rewrite fields and tests of presence; to run before the mapping of names."""

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Rewrite every detection of the rule in place, and tell of late fields."""
        super().apply(rule)
        if not isinstance(rule, SigmaRule):
            return
        detections = list(rule.detection.detections.values())
        names = {each.field for part in detections for each in items_of(part) if each.field}
        _tell_of_late(names)
        pins = Pins.of(rule) if any(map(_is_below, names)) else Pins(None, None)
        for detection in detections:
            self._rewrite(detection, pins)

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


def _tell_of_late(names: Iterable[str]) -> None:
    rows = [(name, catalogue().find(name)) for name in sorted(names)]
    late = [name for name, row in rows if row is not None and row.splunk_late]
    if late:
        report(
            "SC113",
            "Splunk extracts fields from the first 5,000 characters of an event; in a longer one "
            f"these may be missing: {', '.join(late)}",
        )


def _rewritten(part: SigmaDetectionItem, pins: Pins) -> Part:
    if part.field is None:
        return part
    names = _names(part.field, pins)
    values = part.value or [SigmaNull()]
    if names == (part.field,) and not any(_is_presence_test(part.field, v) for v in values):
        return part
    if len(names) == 1 and not any(_is_presence_test(part.field, value) for value in values):
        part.field = names[0]
        return part
    tests = [_test(part.field, names, value) for value in values]
    whole = _joined(tests, part.value_linking)
    return negated(whole) if part.negated else whole


def _test(field: str, names: Sequence[str], value: SigmaType) -> Part:
    if not _is_presence_test(field, value):
        return _joined([item(name, value) for name in names], ConditionOR)
    report(
        "SC114",
        f"no document says whether Splunk makes a field of an empty text: where {field} is one, it "
        "may count as missing",
        field=field,
    )
    present = _joined([_presence(name) for name in names], ConditionOR)
    absent = isinstance(value, SigmaNull) or (isinstance(value, SigmaExists) and not value.exists)
    return negated(present) if absent else present


def _presence(name: str) -> Part:
    """A value, and not the text that null may have become."""
    return SigmaDetection(
        [item(name, SigmaExists(True)), negated(item(name, NULL))], item_linking=ConditionAND
    )


def _joined(parts: list[Part], linking: type[Any]) -> Part:
    return parts[0] if len(parts) == 1 else SigmaDetection(parts, item_linking=linking)


def _is_presence_test(field: str, value: SigmaType) -> bool:
    """Whether it is asked if a field is there, and null may stand for its absence."""
    row = catalogue().find(field)
    if row is None or row.spelling in ("event names", "event sources") or field == "errorCode":
        return False  # not CloudTrail's, never null, or filled by the add-on
    if isinstance(value, SigmaString):
        return is_anything(value)
    return isinstance(value, (SigmaNull, SigmaExists))


def _is_below(name: str) -> bool:
    return name.partition(".")[0] in FREE and "." in name


def _names(name: str, pins: Pins) -> tuple[str, ...]:
    """What Splunk may call a field; one name where the shape is known."""
    top, _, rest = name.partition(".")
    if not _is_below(name) or catalogue().row(name) is not None:
        return (name,)
    found = _found_names(top, tuple(rest.split(".")), pins.operations())
    known = tuple(dict.fromkeys(each for each in found if each is not None))
    if known and None not in found:
        return known
    report(
        "SC111",
        f"the shape of {name} is not known for the events of this rule, so that the query tries "
        "the names that it would have with a list",
        field=name,
    )
    return tuple(dict.fromkeys((*known, *_guesses(name))))


def _found_names(
    top: str, path: tuple[str, ...], operations: Sequence[aws.Operation] | None
) -> list[str | None]:
    """The names by the shapes of the operations; None for one that does not tell."""
    if not operations or top not in BODIES:
        return []
    return [_named(each.source, each.name, top, path) for each in operations]


@lru_cache(maxsize=4096)
def _named(source: str, operation: str, top: str, path: tuple[str, ...]) -> str | None:
    """The name of a field with ``{}`` after each list; None where the shape does not tell."""
    found = aws.find_operation(source, operation)
    if found is None:
        return None
    members: Sequence[aws.Member] = found.response if BODIES[top] else found.request
    name = top
    for position, key in enumerate(path):
        member = next((each for each in members if each.name == key), None)
        if member is None:
            return None
        name += f".{key}"
        while member.type == "list" and member.element is not None:
            name, member = f"{name}{{}}", member.element
        if member.type in ("map", "document"):
            return ".".join([name, *path[position + 1 :]])
        members = member.members
    return name


def _guesses(name: str) -> tuple[str, ...]:
    """The plain name, and with one list at the end or on the way."""
    keys = name.split(".")
    lists = [len(keys) - 1, *range(1, len(keys) - 1)]
    guesses = [".".join([*keys[:at], f"{keys[at]}{{}}", *keys[at + 1 :]]) for at in lists]
    return (name, *guesses[: MOST_NAMES - 1])
