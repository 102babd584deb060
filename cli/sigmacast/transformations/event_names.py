"""Which event names and AWS operations a rule can match at all, read off its conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.conditions import RuleProcessingCondition
from sigma.rule import SigmaRule
from sigma.types import SigmaString

from sigmacast import aws
from sigmacast.rule_parts import items_of

EVENT_NAME = "eventName"
EVENT_SOURCE = "eventSource"


def pinned_event_names(rule: SigmaRule) -> frozenset[str] | None:
    """The event names, in lower case, outside of which *rule* never matches.

    None if the rule does not pin them: a pattern, a negation or a branch without eventName.
    """
    return pinned_values(rule, EVENT_NAME)


def pinned_operations(rule: SigmaRule) -> tuple[aws.Operation, ...] | None:
    """The AWS operations outside of whose events *rule* never matches, as the catalogue has them.

    None if the rule does not pin its event names, or pins one that the catalogue does not know.
    A rule without a pinned eventSource may match any service's operation of that name. To run
    before fields are mapped.
    """
    names = pinned_event_names(rule)
    if not names:
        return None
    sources = pinned_values(rule, EVENT_SOURCE)
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
    found = [
        aws.find_operation(source, name)
        for name in _spellings().get(folded, (folded,))
        for source in aws.sources_of(name)
    ]
    return tuple(operation for operation in found if operation is not None)


@cache
def _spellings() -> dict[str, tuple[str, ...]]:
    """Event names by their lower-case form."""
    found: dict[str, tuple[str, ...]] = {}
    for name in aws.event_names():
        found[name.lower()] = (*found.get(name.lower(), ()), name)
    return found


def pinned_values(rule: SigmaRule, name: str) -> frozenset[str] | None:
    """The values of a field, in lower case, outside of which *rule* never matches; None if it does
    not pin them."""
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
