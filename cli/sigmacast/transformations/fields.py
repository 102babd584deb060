"""``sigmacast_known_fields``: warn of unknown CloudTrail fields, refuse what is not stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations import PreprocessingTransformation
from sigma.rule import SigmaDetectionItem, SigmaRule
from sigma.types import (
    SigmaBool,
    SigmaFieldReference,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import asks_if_present, correlation_fields, items_of
from sigmacast.schema import Field, catalogue

YES_OR_NO = ("additionalEventData.MFAUsed", "additionalEventData.MobileVersion")
STORES = {"ecs": "Elastic's AWS integration", "splunk": "Splunk's Add-on for AWS"}


@dataclass
class KnownFields(PreprocessingTransformation):
    """Compare the rule's Sigma field names with the catalogue; to run before any mapping.

    Raises Refusal SC103 for a field that *schema* (``ecs`` or ``splunk``) has no field for.
    """

    schema: Literal["ecs", "splunk"]

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Check each field that a detection names."""
        super().apply(rule)
        if isinstance(rule, SigmaCorrelationRule):
            for name in correlation_fields(rule):
                self._check(name)
            return
        for detection in rule.detection.detections.values():
            for item in items_of(detection):
                for name in _names(item):
                    self._check(name)
                _check_flag(item)
                if self.schema == "ecs":
                    _check_empty(item)

    def _check(self, name: str) -> None:
        row = catalogue().find(name)
        if row is None:
            near = catalogue().nearest(name)
            meant = f": did you mean {near}?" if near else ""
            report(
                "SC102",
                f"unknown CloudTrail field {name}{meant}",
                field=name,
                hint="see `sigmacast list fields`",
            )
        elif not getattr(row, self.schema) and not self._is_read_from_raw(row):
            raise Refusal("SC103", f"{STORES[self.schema]} stores no field for {name}", field=name)

    def _is_read_from_raw(self, row: Field) -> bool:
        """Splunk has fields for the leaves of an object only, but also the event's own text."""
        return self.schema == "splunk" and row.json_type == "object"


def _check_flag(item: SigmaDetectionItem) -> None:
    """An unquoted ``No`` is a boolean in YAML, but a text in the record."""
    if item.field in YES_OR_NO and any(isinstance(value, SigmaBool) for value in item.value):
        raise Refusal(
            "SC006",
            f"{item.field} holds the texts Yes and No, not booleans",
            field=item.field,
            hint="write 'Yes' or 'No' in quotes",
        )


def _check_empty(item: SigmaDetectionItem) -> None:
    """Elastic's pipeline drops empty texts, lists and objects before anything else."""
    row = catalogue().find(item.field) if item.field else None
    if row is None or row.spelling or row.json_type == "boolean" or item.field == "errorCode":
        return  # not CloudTrail's, or never empty
    if any(map(_asks_for_empty, item.value)):
        report(
            "SC306",
            f"Elastic drops empty values, so that {item.field} is never empty there but missing",
            field=item.field,
            hint="write null",
        )
    elif not item.value or any(map(asks_if_present, item.value)):
        report(
            "SC107",
            f"Elastic drops empty values: where {item.field} is an empty text, list or object, it "
            "counts as missing",
            field=item.field,
        )


def _asks_for_empty(value: SigmaType) -> bool:
    if isinstance(value, SigmaRegularExpression):
        return value.regexp.to_plain_regex() in ("^$", r"\A\Z")
    return isinstance(value, SigmaString) and not value.s


def _names(item: SigmaDetectionItem) -> Iterator[str]:
    if item.field is not None:
        yield item.field
    for value in item.value:
        if isinstance(value, SigmaFieldReference):
            yield value.field
