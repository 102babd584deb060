"""Event sources that no AWS service writes."""

from __future__ import annotations

from collections.abc import Iterator

from sigmacast.checks.aws_facts import facts
from sigmacast.checks.aws_known import nearest_source
from sigmacast.checks.aws_pins import pinned_tests
from sigmacast.checks.aws_values import Value
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.diagnostics import Severity, either
from sigmacast.matching.comparing import fold
from sigmacast.transformations.event_names import EVENT_SOURCE

MOST_HINTS = 20
"""Values of one rule for which the nearest source is looked for."""


def run(subject: Subject) -> Iterator[Issue]:
    """An error at each value that no record has, a warning where that is not settled."""
    if not subject.is_cloudtrail:
        return
    values = (value for each in pinned_tests(subject, EVENT_SOURCE) for value in each.values)
    unknown = (value for value in values if value.fits is not None and not value.fits)
    for number, value in enumerate(unknown):
        yield _issue(value, with_hint=number < MOST_HINTS)


def _issue(value: Value, *, with_hint: bool) -> Issue:
    if not value.is_exact:
        return _said(value, f"no known event source fits '{value.written}'")
    misnamed = facts().misnamed.get(fold(str(value.written)))
    if misnamed is not None:
        return _said(
            value,
            f"CloudTrail writes {either(misnamed.sources)} in place of '{value.written}'",
            f"write {either(misnamed.sources)}",
            None if misnamed.settled else Severity.WARNING,
        )
    near = nearest_source(str(value.written)) if with_hint else None
    return _said(
        value,
        f"no AWS service writes under the event source '{value.written}'",
        f"did you mean {near}?" if near else None,
    )


def _said(
    value: Value, message: str, hint: str | None = None, weight: Severity | None = None
) -> Issue:
    return Issue(
        "SC701",
        message,
        at=value.at,
        on_value=True,
        field=EVENT_SOURCE,
        hint=hint,
        severity=weight,
    )


AWS_SOURCES = Check("aws-sources", "Event sources of AWS", ("SC701",), run)
