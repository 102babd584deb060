"""``sigmacast_address_mapping``: address ranges go to the field of type ip."""

from __future__ import annotations

from dataclasses import dataclass, field

from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaCIDRExpression


@dataclass
class AddressMapping(DetectionItemTransformation):
    """Map fields as *mapping* says where they are tested for address ranges.

    Elastic keeps an address as text and as an address, and answers ranges on the latter only.
    Everything else that names the field (other tests, keys of a correlation, listed fields) is
    left to the mapping of fields.
    """

    mapping: dict[str, str] = field(default_factory=dict)

    def apply_detection_item(
        self, detection_item: SigmaDetectionItem
    ) -> SigmaDetection | SigmaDetectionItem | None:
        """Rename the field of an item whose values are all address ranges."""
        name, values = detection_item.field, detection_item.value
        mapped = self.mapping.get(name or "")
        if mapped is None or not values:
            return None
        if not all(isinstance(value, SigmaCIDRExpression) for value in values):
            return None
        detection_item.field = mapped
        if self._pipeline is not None:
            self._pipeline.field_mappings.add_mapping(name, mapped)
        return detection_item
