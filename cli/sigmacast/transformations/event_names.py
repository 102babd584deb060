"""Which event names a rule can match at all, read off its conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.conditions import RuleProcessingCondition
from sigma.rule import SigmaRule
from sigma.types import SigmaString

from sigmacast.rule_parts import items_of

EVENT_NAME = "eventName"


def pinned_event_names(rule: SigmaRule) -> frozenset[str] | None:
    """The event names, in lower case, outside of which *rule* never matches.

    None if the rule does not pin them: a pattern, a negation or a branch without eventName.
    """
    detections = rule.detection.detections.values()
    if not any(item.field == EVENT_NAME for each in detections for item in items_of(each)):
        return None  # most rules of other log sources; parsing their conditions takes time
    pinned: frozenset[str] = frozenset()
    for condition in rule.detection.parsed_condition:
        names = _pinned(condition.parsed)
        if names is None:
            return None
        pinned |= names
    return pinned


def _pinned(node: Any) -> frozenset[str] | None:
    match node:
        case ConditionFieldEqualsValueExpression(field=name, value=SigmaString() as value):
            if name == EVENT_NAME and not value.contains_special():
                return frozenset({value.to_plain_regex().lower()})
            return None
        case ConditionAND(args=args):
            found = [names for names in map(_pinned, args) if names is not None]
            return frozenset.intersection(*found) if found else None
        case ConditionOR(args=args):
            branches = [_pinned(arg) for arg in args]
            if any(names is None for names in branches):
                return None
            return frozenset().union(*(names for names in branches if names is not None))
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
