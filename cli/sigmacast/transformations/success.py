"""``sigmacast_success``: what a missing errorCode means in each schema.

CloudTrail leaves out errorCode where a call succeeded. Elastic's integration derives
``event.outcome`` from it, but for a sign-in from elsewhere (ingest pipeline of the package aws,
data stream cloudtrail). Splunk's Add-on for AWS 7.10.0 fills errorCode itself: ``success``, or
``failure`` for a failed console login without a code (props.conf, EVAL-errorCode).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sigma.conditions import ConditionAND, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaConfigurationError
from sigma.processing.transformations import PreprocessingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import (
    SigmaCasedString,
    SigmaExists,
    SigmaNull,
    SigmaString,
    SigmaType,
)

from sigmacast.diagnostics import report
from sigmacast.rule_parts import (
    asks_for_absence,
    asks_for_presence,
    asks_if_present,
    items_of,
)
from sigmacast.transformations.event_names import pinned_event_names
from sigmacast.transformations.fitting import fits_any
from sigmacast.transformations.items import Part, item, negated

ERROR_CODE = "errorCode"
ADDED_BY_SPLUNK = ("success", "failure")


@dataclass
class Success(PreprocessingTransformation):
    """Rewrite tests on the absence or presence of errorCode.

    *schema* is ``ecs`` or ``splunk``; *sign_in_events* are the event names whose outcome does not
    follow from errorCode.
    """

    schema: Literal["ecs", "splunk"]
    sign_in_events: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.schema not in ("ecs", "splunk"):
            raise SigmaConfigurationError(f"unknown schema '{self.schema}'")

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Rewrite every detection of the rule in place."""
        super().apply(rule)
        if not isinstance(rule, SigmaRule):
            return
        detections = rule.detection.detections
        if not any(self._concerns(test) for part in detections.values() for test in items_of(part)):
            return
        if self.schema == "ecs" and not self._outcome_is_known(rule):
            return  # the plain exists test on the mapped field says it
        for detection in detections.values():
            self._rewrite(detection)

    def _concerns(self, test: SigmaDetectionItem) -> bool:
        """Whether an item needs another form."""
        if _tests_absence(test):
            return True
        return (
            self.schema == "splunk"
            and test.field == ERROR_CODE
            and any(map(_fits_invented_code, test.value))
        )

    def _outcome_is_known(self, rule: SigmaRule) -> bool:
        pinned = pinned_event_names(rule)
        if not pinned:
            return False
        return pinned.isdisjoint(name.lower() for name in self.sign_in_events)

    def _rewrite(self, detection: SigmaDetection) -> None:
        for index, part in enumerate(detection.detection_items):
            if isinstance(part, SigmaDetection):
                self._rewrite(part)
            elif self._concerns(part):
                detection.detection_items[index] = self._replacement(part)
                self.processing_item_applied(detection.detection_items[index])

    def _replacement(self, test: SigmaDetectionItem) -> Part:
        """The test with what asks for absence or presence replaced; its linking stays."""
        parts = [self._part(test.field, value) for value in test.value or [SigmaNull()]]
        whole: Part = parts[0]
        if len(parts) > 1:
            whole = SigmaDetection(list(parts), item_linking=test.value_linking)
        return negated(whole) if test.negated else whole

    def _part(self, name: str | None, value: SigmaType) -> Part:
        if asks_for_absence(value):
            return _success_in_ecs() if self.schema == "ecs" else _absence_in_splunk()
        if self.schema == "splunk" and asks_for_presence(value):
            return _presence_in_splunk()
        if self.schema == "splunk" and _is_invented_code(value):
            report(
                "SC311",
                f"CloudTrail writes no errorCode {value}; Splunk's Add-on for AWS invents it, and "
                "the query finds what the add-on means by it",
                field=ERROR_CODE,
                hint="write `errorCode: null` for calls that succeeded",
            )
            return item(name, value)
        if self.schema == "splunk" and _fits_invented_code(value):
            return _without_invented_codes(item(name, value))
        return item(name, value)


def _tests_absence(test: SigmaDetectionItem) -> bool:
    if test.field != ERROR_CODE:
        return False
    return not test.value or any(map(asks_if_present, test.value))


def _is_invented_code(value: SigmaType) -> bool:
    return isinstance(value, SigmaString) and value.to_plain().lower() in ADDED_BY_SPLUNK


def _fits_invented_code(value: SigmaType) -> bool:
    """Whether a value is one of the codes that the add-on invents, or a pattern that fits them."""
    return fits_any(value, *ADDED_BY_SPLUNK)


def _success_in_ecs() -> SigmaDetectionItem:
    return item("event.outcome", SigmaCasedString("success"))


def _absence_in_splunk() -> SigmaDetection:
    return SigmaDetection(
        [
            item(ERROR_CODE, SigmaExists(False)),
            _invented(),
        ],
        item_linking=ConditionOR,
    )


def _presence_in_splunk() -> SigmaDetection:
    return SigmaDetection(
        [
            item(ERROR_CODE, SigmaExists(True)),
            negated(_invented()),
        ],
        item_linking=ConditionAND,
    )


def _without_invented_codes(test: SigmaDetectionItem) -> SigmaDetection:
    return SigmaDetection([test, negated(_invented())], item_linking=ConditionAND)


def _invented() -> SigmaDetectionItem:
    return item(ERROR_CODE, *map(SigmaString, ADDED_BY_SPLUNK))
