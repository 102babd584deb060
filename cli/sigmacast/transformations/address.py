"""``sigmacast_is_cidr``: detection items that test address ranges."""

from __future__ import annotations

from dataclasses import dataclass

from sigma.processing.conditions import DetectionItemProcessingCondition
from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaCIDRExpression


@dataclass
class IsCidrCondition(DetectionItemProcessingCondition):
    """Matches items whose values are address ranges, as Elastic answers them on ip fields only."""

    def match(self, detection_item: SigmaDetectionItem) -> bool:
        """Whether each value is a CIDR expression."""
        values = detection_item.value
        return bool(values) and all(isinstance(value, SigmaCIDRExpression) for value in values)
