"""``sigmacast_shared_fields``: ECS fields that hold more than one CloudTrail field.

Elastic's integration puts the session issuer's name into ``user.name`` for an assumed role, and the
user's own name for anybody else. A test of either is right only together with the kind of identity,
which the catalogue names (``ecs_only_if``); other differences are told (``ecs_difference``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sigma.conditions import ConditionAND
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations import PreprocessingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaCasedString, SigmaExists, SigmaNull, SigmaType

from sigmacast.diagnostics import report
from sigmacast.rule_parts import asks_for_absence, correlation_fields, items_of
from sigmacast.schema import Field, catalogue
from sigmacast.transformations.event_names import pinned_values
from sigmacast.transformations.items import Part, item, negated


@dataclass
class SharedFields(PreprocessingTransformation):
    """Add what tells two CloudTrail fields in one ECS field apart; to run before any mapping."""

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Rewrite every detection of the rule in place."""
        super().apply(rule)
        if isinstance(rule, SigmaCorrelationRule):
            for name in correlation_fields(rule):
                _tell(name)
            return
        detections = rule.detection.detections.values()
        names = {each.field for part in detections for each in items_of(part) if each.field}
        for name in sorted(names):
            _tell(name)
        _tell_of_one_field(names)
        for detection in detections:
            self._rewrite(detection, rule)

    def _rewrite(self, detection: SigmaDetection, rule: SigmaRule) -> None:
        for index, part in enumerate(detection.detection_items):
            if isinstance(part, SigmaDetection):
                self._rewrite(part, rule)
                continue
            row = catalogue().find(part.field) if part.field else None
            condition = _condition(row, rule) if row else None
            if condition is not None:
                detection.detection_items[index] = replacement = _limited(part, condition)
                self.processing_item_applied(replacement)


def _tell(name: str) -> None:
    row = catalogue().find(name)
    if row is not None and row.ecs_difference:
        report("SC305", f"{row.sigma} ({row.ecs}): {row.ecs_difference}", field=name)


def _tell_of_one_field(names: Iterable[str]) -> None:
    """Warn of fields that a document can hold one of only."""
    holders: dict[str, list[str]] = {}
    for name in sorted(names):
        row = catalogue().find(name)
        if row is not None and row.ecs_only_if:
            holders.setdefault(row.ecs, []).append(name)
    for ecs, sharing in holders.items():
        if len(sharing) > 1:
            report(
                "SC305",
                f"Elastic keeps {' and '.join(sharing)} in {ecs}, which holds one of them, so that "
                "tests of both are never true together",
            )


def _condition(row: Field, rule: SigmaRule) -> SigmaDetectionItem | None:
    """The test that has to hold beside one of the row's; None if the rule makes sure of it."""
    if not row.ecs_only_if:
        return None
    name, operator, *listed = row.ecs_only_if.split(maxsplit=2)
    values = [value.strip() for value in listed[0].split("|")]
    folded = {value.lower() for value in values}
    pinned = pinned_values(rule, name)
    if pinned and (pinned <= folded if operator == "=" else pinned.isdisjoint(folded)):
        return None
    test = item(name, *map(SigmaCasedString, values))
    return negated(test) if operator == "!=" else test  # type: ignore[return-value]


def _limited(part: SigmaDetectionItem, condition: SigmaDetectionItem) -> Part:
    """The item, with the condition on whatever of it asks for a value."""
    values: list[SigmaType] = part.value or [SigmaNull()]
    parts = [_limited_value(part, value, condition) for value in values]
    absences = [each for each in values if asks_for_absence(each)]
    if not absences:
        positive = SigmaDetectionItem(part.field, [], values, value_linking=part.value_linking)
        whole: Part = SigmaDetection([positive, condition], item_linking=ConditionAND)
    else:
        whole = SigmaDetection(list(parts), item_linking=part.value_linking)
    return negated(whole) if part.negated else whole


def _limited_value(
    part: SigmaDetectionItem, value: SigmaType, condition: SigmaDetectionItem
) -> Part:
    if not asks_for_absence(value):
        return SigmaDetection([item(part.field, value), condition], item_linking=ConditionAND)
    present = SigmaDetection(
        [item(part.field, SigmaExists(True)), condition], item_linking=ConditionAND
    )
    return negated(present)
