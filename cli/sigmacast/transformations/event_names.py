"""Which event names and AWS operations a rule can match at all, read off its conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionItem,
    ConditionOR,
    ConditionSelector,
)
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.conditions import RuleProcessingCondition
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaRule
from sigma.types import SigmaString, SigmaType

from sigmacast import aws
from sigmacast.rule_parts import condition_tree, items_of

EVENT_NAME = "eventName"
EVENT_SOURCE = "eventSource"
_KNOWN = "_sigmacast_pinned_values"

Values = frozenset[str] | None
"""Values that a field can have, in lower case; None for any."""


def pinned_event_names(rule: SigmaRule) -> Values:
    """The event names, in lower case, outside of which *rule* never matches.

    None if the rule does not pin them: a pattern, a negation or a branch without eventName.
    """
    return pinned_values(rule, EVENT_NAME)


@dataclass(frozen=True)
class Pins:
    """The values of eventName and eventSource that the events at hand can have."""

    names: Values
    sources: Values

    @classmethod
    def of(cls, rule: SigmaRule) -> Pins:
        """What the whole rule pins."""
        return cls(pinned_event_names(rule), pinned_values(rule, EVENT_SOURCE))

    def within(self, detection: SigmaDetection) -> Pins:
        """What holds for the tests of one detection, which may pin more than the whole rule."""
        names = _of_detection(detection, EVENT_NAME)
        sources = _of_detection(detection, EVENT_SOURCE)
        return Pins(names or self.names, sources or self.sources)

    def operations(self) -> tuple[aws.Operation, ...] | None:
        """The AWS operations that these events are of, as the catalogue has them.

        None if the names are not pinned, or if the catalogue does not know one. Without a source
        any service's operation of a name is one of them.
        """
        return _operations(self.names, self.sources)


@lru_cache(maxsize=1024)
def _operations(names: Values, sources: Values) -> tuple[aws.Operation, ...] | None:
    if not names:
        return None
    found: list[aws.Operation] = []
    for name in sorted(names):
        operations = [
            operation
            for operation in _operations_named(name)
            if sources is None or operation.source in sources
        ]
        if not operations or not all(operation.modelled for operation in operations):
            return None
        found.extend(operations)
    return tuple(found)


@cache
def _operations_named(folded: str) -> tuple[aws.Operation, ...]:
    undated = aws.without_date(folded)  # of Lambda and CloudFront
    found = [
        aws.find_operation(source, name)
        for name in aws.spellings_of(folded) or aws.spellings_of(undated)
        for source in aws.sources_of(name)
    ]
    return tuple(operation for operation in found if operation is not None)


def pinned_values(rule: SigmaRule, name: str) -> Values:
    """The values of a field, in lower case, outside of which *rule* never matches; None if it does
    not pin them. To be asked before fields are mapped.
    """
    known: dict[str, Values] = rule.__dict__.setdefault(_KNOWN, {})
    if name not in known:  # several steps ask
        known[name] = _found_values(rule, name)
    return known[name]


def _found_values(rule: SigmaRule, name: str) -> Values:
    detections = rule.detection.detections
    if not any(item.field == name for each in detections.values() for item in items_of(each)):
        return None  # most rules of other log sources
    pins = {each: _of_detection(detection, name) for each, detection in detections.items()}
    return _any_of(
        _of_condition(condition_tree(condition.condition), rule.detection, pins)
        for condition in rule.detection.parsed_condition
    )


def _of_condition(node: Any, detections: SigmaDetections, pins: Mapping[str, Values]) -> Values:
    match node:
        case ConditionIdentifier(identifier=identifier):
            return pins.get(identifier)
        case ConditionSelector():
            named = node.resolve_referenced_detections(detections)
            found: Iterator[Values] = (pins[each.identifier] for each in named)
            return _joined(found, node.cond_class)
        case ConditionAND(args=args) | ConditionOR(args=args):
            found = (_of_condition(arg, detections, pins) for arg in args)
            return _joined(found, type(node))
        case _:
            return None


def _of_detection(part: SigmaDetection | SigmaDetectionItem, name: str) -> Values:
    if isinstance(part, SigmaDetection):
        parts = (_of_detection(each, name) for each in part.detection_items)
        return _joined(parts, part.item_linking)
    if part.field != name or part.negated:
        return None
    return _joined(map(_of_value, part.value), part.value_linking)


def _of_value(value: SigmaType) -> Values:
    if not isinstance(value, SigmaString) or value.contains_special():
        return None
    return frozenset({value.to_plain_regex().lower()})


def _joined(found: Iterable[Values], linking: type[ConditionItem] | None) -> Values:
    return _all_of(found) if linking is ConditionAND else _any_of(found)


def _all_of(found: Iterable[Values]) -> Values:
    pinned = [values for values in found if values is not None]
    return frozenset.intersection(*pinned) if pinned else None


def _any_of(found: Iterable[Values]) -> Values:
    """What is left by alternatives; None where there is none, or one that pins nothing."""
    pinned: frozenset[str] = frozenset()
    alternatives = list(found)
    for values in alternatives:
        if values is None:
            return None
        pinned |= values
    return pinned if alternatives else None


@dataclass
class PinsEventNamesCondition(RuleProcessingCondition):
    """Matches rules that can only match records with one of *names*."""

    names: list[str] = field(default_factory=list)

    def match(self, rule: SigmaRule | SigmaCorrelationRule) -> bool:
        """Whether the rule pins its event names, all of them among *names*."""
        if not isinstance(rule, SigmaRule):
            return False
        pinned = pinned_event_names(rule)
        return bool(pinned) and pinned is not None and pinned <= {n.lower() for n in self.names}
