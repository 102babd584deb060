"""A Sigma rule compiled to a predicate on raw events."""

from __future__ import annotations

import re
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionIdentifier,
    ConditionNOT,
    ConditionOR,
    ConditionSelector,
)
from sigma.exceptions import SigmaConditionError
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaNull

from sigmacast.matching.nodes import FieldTest, Group, KeywordTest, Node, Not, Reason, Selection
from sigmacast.matching.paths import Record

_FILTER = re.compile(r"^_filt_[a-z]+_")
"""What pySigma puts before the selections of a Sigma filter."""


class Matcher:
    """A rule as a predicate; ``matches`` is meant to be called for millions of events.

    ``required`` says which exact values a field must hold, for an index over many rules.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self.matches = node.predicate()

    def why(self, event: Record) -> Reason:
        """Why the rule matches an event or does not, as a tree of the rule's own parts."""
        return self._node.explain(event)

    def required(self, field: str) -> frozenset[str] | None:
        """The folded texts one of which *field* must hold in a match; None if it may hold any."""
        return self._node.required(field)

    @property
    def node(self) -> Node:
        """The rule as a tree of tests."""
        return self._node


def compile_rule(rule: SigmaRule) -> Matcher:
    """Compile a rule as pySigma built it; several conditions are alternatives.

    Raises Refusal for what has no meaning on an event or cannot be matched in bounded time, and
    pySigma's SigmaConditionError for a condition that names no selection.
    """
    conditions = [
        _condition(condition.parse(False), rule) for condition in rule.detection.parsed_condition
    ]
    return Matcher(conditions[0] if len(conditions) == 1 else Group(tuple(conditions), every=False))


def _condition(parsed: Any, rule: SigmaRule) -> Node:
    match parsed:
        case ConditionIdentifier():
            return _selection(parsed.identifier, rule)
        case ConditionSelector():
            named = parsed.resolve_referenced_detections(rule.detection)
            parts = tuple(_selection(each.identifier, rule) for each in named)
            if not parts:
                raise SigmaConditionError(f"no selection is named like '{parsed.pattern}'")
            return Group(parts, every=parsed.cond_class is ConditionAND)
        case ConditionNOT(args=[inner]):
            return Not(_condition(inner, rule))
        case ConditionAND(args=args):
            return Group(tuple(_condition(arg, rule) for arg in args), every=True)
        case ConditionOR(args=args):
            return Group(tuple(_condition(arg, rule) for arg in args), every=False)
        case _:
            raise SigmaConditionError(f"the condition has a part of kind {type(parsed).__name__}")


def _selection(name: str, rule: SigmaRule) -> Node:
    try:
        detection = rule.detection[name]
    except KeyError:
        raise SigmaConditionError(f"Detection '{name}' not defined in detections") from None
    return Selection(_FILTER.sub("", name), _detection(detection))


def _detection(detection: SigmaDetection) -> Node:
    parts = tuple(
        _detection(item) if isinstance(item, SigmaDetection) else _item(item)
        for item in detection.detection_items
    )
    if len(parts) == 1:
        return parts[0]
    return Group(parts, every=detection.item_linking is ConditionAND)


def _item(item: SigmaDetectionItem) -> Node:
    values = tuple(item.value) or (SigmaNull(),)
    every = item.value_linking is ConditionAND and len(values) > 1
    if item.field is None:
        test: Node = KeywordTest(values, every)
    else:
        test = FieldTest(item.field, values, every)
    return Not(test) if item.negated else test
