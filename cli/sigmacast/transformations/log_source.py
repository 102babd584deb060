"""``sigmacast_log_source_note``: say that a rule passed a pipeline untouched."""

from __future__ import annotations

from dataclasses import dataclass

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations import PreprocessingTransformation
from sigma.rule import SigmaRule

from sigmacast.diagnostics import report


@dataclass
class LogSourceNote(PreprocessingTransformation):
    """Report SC101; for use with a negated ``logsource`` condition."""

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Report, and leave the rule as it is."""
        super().apply(rule)
        if isinstance(rule, SigmaRule):
            source = rule.logsource
            parts = {
                "product": source.product,
                "category": source.category,
                "service": source.service,
            }
            named = ", ".join(f"{key} {value}" for key, value in parts.items() if value)
            report(
                "SC101",
                f"the CloudTrail pipeline does not apply to {named or 'this log source'}: "
                "field names are used as they are",
                at=("logsource",),
            )
