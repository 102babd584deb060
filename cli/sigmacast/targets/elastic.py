"""What the four Elastic languages share: Elasticsearch's field types decide which test works."""

from __future__ import annotations

from typing import ClassVar

from sigma.types import (
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaFieldReference,
    SigmaRegularExpression,
    SigmaString,
    SigmaType,
)

from sigmacast.diagnostics import Refusal
from sigmacast.schema import catalogue
from sigmacast.targets.base import CastBackend, refusal
from sigmacast.targets.features import Feature


class ElasticBackend(CastBackend):
    """Refuses tests that Elasticsearch answers with an error, or never with a match.

    Sources: Elasticsearch documentation, ``flattened`` and ``ip`` field types; EQL and ES|QL
    limitations (no flattened fields).
    """

    reads_flattened: ClassVar[bool]
    """Whether the language can test a sub-field of a ``flattened`` field at all."""

    def require(self, feature: Feature, field: str | None = None) -> None:
        """Raise Refusal unless the language has *feature*."""
        if feature not in self.features and field and catalogue().ecs_type(field) == "flattened":
            raise refusal(self.language, feature, field, able=["splunk"])
        super().require(feature, field)

    def require_type(self, field: str, value: SigmaType) -> None:
        """Raise Refusal SC202 for a test that the field's type does not support."""
        kind = catalogue().ecs_type(field)
        if kind is None:
            return
        test = _test_of(value)
        if kind == "flattened" and not self.reads_flattened:
            raise _unsupported(
                field,
                f"{self.language} cannot test {field}, a sub-field of a flattened field",
                "use -t kql, lucene or splunk" if test is None else "use -t splunk",
            )
        if kind == "flattened" and test in ("a pattern", "a comparison", "a regular expression"):
            raise _unsupported(
                field,
                f"{test} on {field} fails, since Elastic stores it in a flattened field",
                "use an exact value, or -t splunk",
            )
        if test == "an address range" and kind != "ip":
            raise _unsupported(
                field,
                f"{field} is of type {kind} and answers no address range",
                "use -t splunk",
            )
        if test == "a comparison" and kind != "long":
            raise _unsupported(
                field, f"{field} is of type {kind} and compares no numbers", "use -t splunk"
            )
        if test in ("a pattern", "a regular expression") and kind in ("date", "ip", "boolean"):
            raise _unsupported(
                field,
                f"{test} on {field} never matches, since it is of type {kind}",
                "use -t splunk",
            )


def _test_of(value: SigmaType) -> str | None:
    match value:
        case SigmaString():
            return "a pattern" if value.contains_special() else None
        case SigmaRegularExpression():
            return "a regular expression"
        case SigmaCompareExpression():
            return "a comparison"
        case SigmaCIDRExpression():
            return "an address range"
        case SigmaFieldReference():
            return "a field reference"
        case _:
            return None


def _unsupported(field: str, message: str, hint: str) -> Refusal:
    return Refusal("SC202", message, field=field, hint=hint)
