"""Detection items made and negated by transformations."""

from __future__ import annotations

import dataclasses
from typing import TypeAlias

from sigma.conditions import ConditionAND, ConditionOR
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaType

Part: TypeAlias = "SigmaDetection | SigmaDetectionItem"


def item(name: str | None, *values: SigmaType) -> SigmaDetectionItem:
    """A test of a field, of which any value is enough."""
    return SigmaDetectionItem(name, [], list(values))


def negated(part: Part) -> Part:
    """Not the part; pushed down to items, since pySigma negates items only."""
    if isinstance(part, SigmaDetectionItem):
        return dataclasses.replace(part, negated=not part.negated, auto_modifiers=False)
    linking = ConditionAND if part.item_linking is ConditionOR else ConditionOR
    return SigmaDetection([negated(inner) for inner in part.detection_items], item_linking=linking)
