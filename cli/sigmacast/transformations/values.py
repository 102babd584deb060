"""``sigmacast_ecs_values``: write values in the type and form that Elasticsearch stores."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sigma.processing.transformations.base import ValueTransformation
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
)

from sigmacast.diagnostics import Refusal
from sigmacast.rule_parts import is_anything
from sigmacast.schema import ecs_type

LOGIN_FLAGS = "aws.cloudtrail.console_login.additional_eventdata."
"""Yes/No texts of a console login that Elastic stores as booleans: ``No`` is false, any other
text true (ingest pipeline of Elastic's package aws, data stream cloudtrail)."""

TLS_VERSION = "tls.version"
"""Holds ``1.2`` of ``TLSv1.2`` (the same pipeline)."""

LOGIN_TEXTS = {"yes": True, "no": False, "true": True, "false": False}
TEXTS = {"true": True, "false": False}


@dataclass
class EcsValues(ValueTransformation):
    """Booleans and numbers become text on text fields, ``true``/``No`` a boolean on boolean ones.

    To run after the mapping. Raises Refusal SC202 for a value that the field never holds.
    """

    def apply_value(self, field: str | None, val: SigmaType) -> SigmaType | None:
        """The value in the form of the mapped *field*, or None to keep it."""
        kind = ecs_type(field) if field else None
        if field == TLS_VERSION:
            return _tls_version(val)
        if kind == "boolean" and isinstance(val, SigmaString) and not is_anything(val):
            return _boolean(str(field), val)
        if kind in ("keyword", "flattened"):
            if isinstance(val, SigmaBool):
                return SigmaCasedString("true" if val.boolean else "false")
            if isinstance(val, SigmaNumber) and not isinstance(val, SigmaTimestampPart):
                return SigmaCasedString(str(val.number))
        return None


def _boolean(field: str, value: SigmaString) -> SigmaType:
    flags = LOGIN_TEXTS if field.startswith(LOGIN_FLAGS) else TEXTS
    flag = None if value.contains_special() else flags.get(value.to_plain_regex().lower())
    if flag is None:
        allowed = " or ".join(text.capitalize() for text in list(flags)[:2])
        raise Refusal(
            "SC202",
            f"{field} is a boolean in Elastic and cannot be compared with '{value}'",
            field=field,
            hint=f"write {allowed}, or -t splunk",
        )
    return SigmaBool(flag)


def _tls_version(value: SigmaType) -> SigmaType | None:
    if isinstance(value, SigmaString):
        bare = value.map_parts(
            lambda part: re.sub("(?i)^tlsv", "", part) if isinstance(part, str) else part
        )
        if not any(isinstance(part, str) and re.search("[A-Za-z]", part) for part in bare.s):
            return bare
    elif not isinstance(value, SigmaRegularExpression):
        return None
    raise Refusal(
        "SC202",
        f"{TLS_VERSION} holds the number only (1.2 of TLSv1.2), so this pattern never matches",
        field=TLS_VERSION,
        hint="write the whole version, or -t splunk",
    )
