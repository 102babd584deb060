"""Which event names and AWS operations a rule can match at all, read off its conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.conditions import RuleProcessingCondition
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaString

from sigmacast import aws
from sigmacast.rule_parts import items_of

EVENT_NAME = "eventName"
EVENT_SOURCE = "eventSource"
_KNOWN = "_sigmacast_pinned_values"


def pinned_event_names(rule: SigmaRule) -> frozenset[str] | None:
    """The event names, in lower case, outside of which *rule* never matches.

    None if the rule does not pin them: a pattern, a negation or a branch without eventName.
    """
    return pinned_values(rule, EVENT_NAME)


@dataclass(frozen=True)
class Pins:
    """The values of eventName and eventSource, in lower case, that the events at hand can have;
    None for any."""

    names: frozenset[str] | None
    sources: frozenset[str] | None

    @classmethod
    def of(cls, rule: SigmaRule) -> Pins:
        """What the whole rule pins."""
        return cls(pinned_event_names(rule), pinned_values(rule, EVENT_SOURCE))

    def within(self, detection: SigmaDetection) -> Pins:
        """What holds for the tests of one detection, which may pin more than the whole rule."""
        names = _pinned_within(detection, EVENT_NAME)
        sources = _pinned_within(detection, EVENT_SOURCE)
        return Pins(names or self.names, sources or self.sources)

    def operations(self) -> tuple[aws.Operation, ...] | None:
        """The AWS operations that these events are of, as the catalogue has them.

        None if the names are not pinned, or if the catalogue does not know one. Without a source
        any service's operation of a name is one of them.
        """
        return _operations(self.names, self.sources)


def _pinned_within(detection: SigmaDetection, name: str) -> frozenset[str] | None:
    """The values that all events must have for which the detection's tests are all true."""
    if detection.item_linking is not ConditionAND:
        return None
    for part in detection.detection_items:
        if isinstance(part, SigmaDetectionItem) and part.field == name and not part.negated:
            texts = [v for v in part.value if isinstance(v, SigmaString)]
            whole = not any(text.contains_special() for text in texts)
            if texts and whole and len(texts) == len(part.value):
                return frozenset(text.to_plain_regex().lower() for text in texts)
    return None


@lru_cache(maxsize=1024)
def _operations(
    names: frozenset[str] | None, sources: frozenset[str] | None
) -> tuple[aws.Operation, ...] | None:
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


def pinned_values(rule: SigmaRule, name: str) -> frozenset[str] | None:
    """The values of a field, in lower case, outside of which *rule* never matches; None if it does
    not pin them. To be asked before fields are mapped.
    """
    known: dict[str, frozenset[str] | None] = rule.__dict__.setdefault(_KNOWN, {})
    if name not in known:  # parsing conditions takes time, and several steps ask
        known[name] = _found_values(rule, name)
    return known[name]


def _found_values(rule: SigmaRule, name: str) -> frozenset[str] | None:
    detections = rule.detection.detections.values()
    if not any(item.field == name for each in detections for item in items_of(each)):
        return None  # most rules of other log sources; parsing their conditions takes time
    pinned: frozenset[str] = frozenset()
    for condition in rule.detection.parsed_condition:
        values = _pinned(condition.parsed, name)
        if values is None:
            return None
        pinned |= values
    return pinned


def _pinned(node: Any, name: str) -> frozenset[str] | None:
    match node:
        case ConditionFieldEqualsValueExpression(field=field, value=SigmaString() as value):
            if field == name and not value.contains_special():
                return frozenset({value.to_plain_regex().lower()})
            return None
        case ConditionAND(args=args):
            found = [
                values for values in (_pinned(arg, name) for arg in args) if values is not None
            ]
            return frozenset.intersection(*found) if found else None
        case ConditionOR(args=args):
            branches = [_pinned(arg, name) for arg in args]
            if any(values is None for values in branches):
                return None
            return frozenset().union(*(values for values in branches if values is not None))
        case _:
            return None


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
