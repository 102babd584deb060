"""``sigmacast_scope``: limit a query to CloudTrail records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sigma.conditions import SigmaCondition
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations.base import ConditionTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import SigmaCasedString, SigmaQueryExpression, SigmaString

SCOPE = "_sigmacast_scope"


@dataclass
class Scope(ConditionTransformation):
    """Put the scope before each condition, by the pipeline's variables.

    ``ecs``: ``dataset_field`` (``event.dataset``, ``data_stream.dataset`` or empty for none) and
    ``dataset``; ES|QL scopes by its ``from`` list (``esql_from``, ``esql_metadata``) instead.
    ``splunk``: ``splunk_macro``, or ``splunk_index`` and ``splunk_sourcetype``; empty is left out.
    """

    schema: Literal["ecs", "splunk"]

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Add the scope as a detection of its own and to each condition."""
        if not isinstance(rule, SigmaRule):
            return
        if self._var("backend") == "ES|QL":
            self._pipeline_state()["index"] = self._var("esql_from")
            self._pipeline_state()["metadata"] = self._var("esql_metadata")
            return
        items = self._ecs() if self.schema == "ecs" else self._splunk()
        if items:
            rule.detection.detections[SCOPE] = SigmaDetection(items)
            super().apply(rule)

    def apply_condition(self, cond: SigmaCondition) -> None:
        """Require the scope together with what the condition says."""
        cond.condition = f"{SCOPE} and ({cond.condition})"

    def _ecs(self) -> list[SigmaDetectionItem | SigmaDetection]:
        name = self._var("dataset_field")
        # The data set is written in one way only, and keyword fields mind case.
        dataset = SigmaCasedString(self._var("dataset"))
        return [SigmaDetectionItem(name, [], [dataset])] if name else []

    def _splunk(self) -> list[SigmaDetectionItem | SigmaDetection]:
        macro = self._var("splunk_macro").strip("`")
        if macro:
            # pySigma formats the expression, so literal braces are doubled.
            text = f"`{macro}`".replace("{", "{{").replace("}", "}}")
            return [SigmaDetectionItem(None, [], [SigmaQueryExpression(text, SCOPE)])]
        variables = self._pipeline.vars if self._pipeline else {}
        return [
            SigmaDetectionItem(name, [], [SigmaString(value)])
            for name, value in splunk_fields(variables).items()
        ]

    def _var(self, name: str) -> str:
        return str(self._pipeline.vars.get(name) or "") if self._pipeline else ""

    def _pipeline_state(self) -> dict[str, object]:
        return self._pipeline.state if self._pipeline else {}


def splunk_fields(variables: Mapping[str, object]) -> dict[str, str]:
    """The fields by which a Splunk search is limited, and for which a macro may stand.

    Of a pipeline's variables; what is empty limits nothing.
    """
    found = {name: str(variables.get(f"splunk_{name}") or "") for name in ("index", "sourcetype")}
    return {name: value for name, value in found.items() if value}
