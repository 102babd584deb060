"""``sigmacast_ecs_values``: write values in the type that Elasticsearch stores."""

from __future__ import annotations

from dataclasses import dataclass

from sigma.processing.transformations.base import ValueTransformation
from sigma.types import SigmaBool, SigmaNumber, SigmaString, SigmaTimestampPart, SigmaType

from sigmacast.diagnostics import Refusal
from sigmacast.schema import catalogue

LOGIN_FLAGS = "aws.cloudtrail.console_login.additional_eventdata."
"""Yes/No texts of a console login that Elastic stores as booleans: ``No`` is false, any other
text true (ingest pipeline of Elastic's package aws, data stream cloudtrail)."""


@dataclass
class EcsValues(ValueTransformation):
    """Booleans and numbers become text on text fields, ``true``/``No`` a boolean on boolean ones.

    To run after the mapping. Raises Refusal SC202 for a pattern on a boolean field.
    """

    def apply_value(self, field: str | None, val: SigmaType) -> SigmaType | None:
        """The value in the type of the mapped *field*, or None to keep it."""
        kind = catalogue().ecs_type(field) if field else None
        if kind == "boolean" and isinstance(val, SigmaString):
            return _boolean(str(field), val)
        if kind in ("keyword", "flattened"):
            if isinstance(val, SigmaBool):
                return SigmaString("true" if val.boolean else "false")
            if isinstance(val, SigmaNumber) and not isinstance(val, SigmaTimestampPart):
                return SigmaString(str(val.number))
        return None


def _boolean(field: str, value: SigmaString) -> SigmaType:
    text = value.to_plain_regex().lower()
    if not value.contains_special():
        if field.startswith(LOGIN_FLAGS):
            return SigmaBool(text != "no")
        if text in ("true", "false"):
            return SigmaBool(text == "true")
    raise Refusal(
        "SC202",
        f"{field} is a boolean in Elastic and cannot be compared with '{value}'",
        field=field,
        hint="write true or false, or Yes or No for a flag of a console login",
    )
