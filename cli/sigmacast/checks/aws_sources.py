"""Event sources that no AWS service writes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sigmacast import aws
from sigmacast.checks.aws_pins import fits, named
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.errors import nearest
from sigmacast.transformations.event_names import EVENT_SOURCE

DOMAIN = ".amazonaws.com"


def run(subject: Subject) -> Iterator[Issue]:
    """An error at each value that no record has."""
    if not subject.is_cloudtrail:
        return
    for value in named(subject, EVENT_SOURCE):
        if value.pattern:
            if not fits(value.text, _known()):
                said = f"no known event source fits '{value.written}'"
                yield Issue("SC701", said, value.at, on_value=True, field=EVENT_SOURCE)
        elif value.text not in _known():
            guess = _guess(value.text)
            yield Issue(
                "SC701",
                f"no AWS service writes under the event source '{value.written}'",
                value.at,
                on_value=True,
                field=EVENT_SOURCE,
                hint=f"did you mean {guess}?" if guess else None,
            )


@cache
def _known() -> frozenset[str]:
    return frozenset(source.lower() for source in aws.event_sources())


def _guess(text: str) -> str | None:
    """The nearest source: by the service where only the domain is wrong or missing."""
    service = text.partition(".")[0] + DOMAIN
    return service if service in _known() else nearest(text, _known())


AWS_SOURCES = Check("aws-sources", "Event sources of AWS", ("SC701",), run)
