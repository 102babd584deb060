"""Findings about a rule: exceptions in the user's words, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sigma.exceptions import (
    SigmaConditionError,
    SigmaError,
    SigmaFeatureNotSupportedByBackendError,
    SigmaPlaceholderError,
    SigmaRuleNotFoundError,
    SigmaTransformationError,
)

from sigmacast.diagnostics import CODES, Diagnostic, Refusal, Route, make
from sigmacast.errors import nearest
from sigmacast.loading import RuleSource
from sigmacast.rule_form import Kind

if TYPE_CHECKING:
    from sigma.conversion.base import Backend

CONDITION: Route = ("detection", "condition")

_CODES: Mapping[type[Exception], tuple[str, Route]] = {
    SigmaConditionError: ("SC007", CONDITION),
    SigmaRuleNotFoundError: ("SC008", ()),
    SigmaPlaceholderError: ("SC205", ()),
    SigmaTransformationError: ("SC208", ()),
    SigmaFeatureNotSupportedByBackendError: ("SC201", ()),
    NotImplementedError: ("SC201", ()),
    SigmaError: ("SC006", ()),
}


def finding_of(failure: Exception, source: RuleSource) -> Diagnostic:
    """What to tell of an exception that a rule brought about; SC900 for one nobody foresaw."""
    if isinstance(failure, Refusal):
        return failure.finding
    if isinstance(failure, RecursionError):
        return make(
            "SC005",
            "the condition or an expression in it is nested too deep",
            hint=CODES["SC005"].cure,
            at=CONDITION,
        )
    for kind, (code, route) in _CODES.items():
        if isinstance(failure, kind):
            hint = CODES[code].cure
            message = " ".join(str(failure).split())
            if kind is SigmaConditionError:
                hint = _condition_hint(message, source) or hint
                message = _OFFSET.sub("", message)
            return make(code, message, hint=hint, at=route or _route_of_attribute(failure, source))
    return make(
        "SC900",
        f"this is a defect in sigmacast: {type(failure).__name__}: {failure}",
        hint="please report it with the rule",
    )


_OFFSET = re.compile(r",? *\(at char \d+\), \(line:\d+, col:\d+\)")
"""Where pySigma's parser stopped: an offset in the condition with our scope added, so no help."""


def _condition_hint(message: str, source: RuleSource) -> str | None:
    """What a condition that cannot be understood most likely meant."""
    detection = source.data.get("detection", {})
    if re.search(r"\b(?:AND|OR|NOT)\b", str(detection.get("condition"))):
        return "write and, or, not in lower case"
    named = message.split("'")[1] if message.count("'") >= 2 else ""
    selections = [name for name in detection if name != "condition"]
    guess = nearest(named, selections) if named and "not defined" in message else None
    return f"did you mean '{guess}'?" if guess else None


_ATTRIBUTES = {"identifier": "id", "tag": "tags", "modified": "modified", "timespan": "correlation"}


def _route_of_attribute(failure: Exception, source: RuleSource) -> Route:
    """The attribute that one of pySigma's errors is named after (SigmaLevelError: level)."""
    word = type(failure).__name__.removeprefix("Sigma").removesuffix("Error").lower()
    key = _ATTRIBUTES.get(word, word)
    return (key,) if key in source.data else ()


def located(finding: Diagnostic, source: RuleSource, backend: Backend | None = None) -> Diagnostic:
    """The finding with Sigma's name of its field, and its line and column in the file.

    *backend* knows what fields were called before they were mapped.
    """
    if finding.line is not None:
        return finding
    name = _sigma_name(finding.field, backend)
    route = finding.at or _route_of_field(source.data, name) or (_body(source),)
    place = source.position(route) if route else None
    line, column = place or (None, None)
    message = finding.message
    if name is not None and finding.field is not None and name != finding.field:
        message = message.replace(finding.field, f"{name} ({finding.field})", 1)
    return replace(finding, message=message, field=name, at=route, line=line, column=column)


def _body(source: RuleSource) -> str:
    """Where the meaning of a document begins, for findings that know no nearer place."""
    return "correlation" if source.kind is Kind.CORRELATION else "detection"


def _sigma_name(field: str | None, backend: Backend | None) -> str | None:
    """The name that the rule used for a mapped field."""
    if field is None:
        return None
    last = getattr(backend, "last_processing_pipeline", None)
    sources = last.field_mappings.target_fields.get(field) if last else None
    return sorted(str(name) for name in sources)[0] if sources else field


def _route_of_field(data: Mapping[str, Any], field: str | None) -> Route:
    """Where a rule first names a field; without one, where its keywords begin."""

    def search(value: Any, route: Route) -> Route | None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if str(key).split("|")[0] == (field or ""):
                    return (*route, str(key))
                found = search(inner, (*route, str(key)))
                if found:
                    return found
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                found = search(inner, (*route, index))
                if found:
                    return found
                if field is None and len(route) == 2 and not isinstance(inner, (dict, list)):
                    return (*route, index)
        elif value == field and route[0] == "correlation":
            return route
        return None

    bodies = ("detection", "correlation") if field is not None else ("detection",)
    return next(filter(None, (search(data.get(body), (body,)) for body in bodies)), ())
