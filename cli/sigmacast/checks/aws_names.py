"""Event names that AWS never writes, or not under the event source beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from sigmacast import aws
from sigmacast.checks.aws_pins import Named, fits, named, table
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.diagnostics import Severity, either
from sigmacast.errors import nearest
from sigmacast.transformations.event_names import EVENT_NAME

_DATE = re.compile(r"(?:\d{8}(?:v\d+)?|\d{4}_\d\d_\d\d)\Z")
"""What Lambda and CloudFront add to the names of old operations."""


def run(subject: Subject) -> Iterator[Issue]:
    """Errors and warnings at each value that no record beside the rule's event source has."""
    if not subject.is_cloudtrail:
        return
    for value in named(subject, EVENT_NAME):
        issue = _of_pattern(value) if value.pattern else _of_name(value)
        if issue is not None:
            yield issue


def _of_pattern(value: Named) -> Issue | None:
    if fits(value.text, _names()) or fits(value.text, _dated_names()):
        return None
    return _issue("SC702", f"no known event name fits '{value.written}'", value)


def _of_name(value: Named) -> Issue | None:
    spellings = aws.spellings_of(value.text) or aws.spellings_of(_DATE.sub("", value.text))
    if not spellings:
        return _action(value) or _unknown(value)
    owners = sorted({source for name in spellings for source in aws.sources_of(name)})
    if value.sources and not value.sources & {owner.lower() for owner in owners}:
        return _action(value) or _elsewhere(value, spellings[0], owners)
    return _logged_otherwise(value, spellings, owners)


def _unknown(value: Named) -> Issue:
    guess = _nearest(value.text, value.sources)
    said = f"no AWS service has the event name '{value.written}'"
    return _issue("SC702", said, value, f"did you mean {guess}?" if guess else None)


def _elsewhere(value: Named, name: str, owners: list[str]) -> Issue:
    assert value.sources is not None
    unsettled = any(
        [source, owner] in table("unsettled_sources")["pairs"]
        for source in value.sources
        for owner in owners
    )
    beside = either(sorted(value.sources)[:3])
    shown = owners[:5]
    return _issue(
        "SC703",
        f"{name} is an event of {either(shown)}"
        + (f" and {len(owners) - len(shown)} more" if len(owners) > len(shown) else "")
        + f", not of {beside}",
        value,
        f"write eventSource: {either(owners)}" if len(owners) <= 3 else None,
        Severity.WARNING if unsettled else None,
    )


def _action(value: Named) -> Issue | None:
    """The name of an IAM action, which stands in policies and not in records."""
    for source in sorted(value.sources or _action_sources()):
        found = aws.event_names_of_action(source, value.written)
        if found is not None:
            hint = f"the event is {either(found)}" if found else "it has no event of its own"
            said = f"{value.written} is the name of an IAM action and of no event"
            return _issue("SC707", said, value, hint, Severity.ERROR)
    return None


def _logged_otherwise(value: Named, spellings: tuple[str, ...], owners: list[str]) -> Issue | None:
    """A name that all services it can be of write with a date behind it."""
    dated: dict[str, None] = {}
    for owner in owners:
        if value.sources and owner.lower() not in value.sources:
            continue
        for name in spellings:
            operation = aws.find_operation(owner, name)
            if operation is None:
                continue
            written = [each.lower() for each in operation.event_names]
            if not written or value.text in written or value.text != name.lower():
                return None
            dated.update(dict.fromkeys(operation.event_names))
    if not dated:
        return None
    return _issue(
        "SC707",
        f"CloudTrail writes {spellings[0]} with a date behind it",
        value,
        f"write {either(list(dated))}, or eventName|startswith: {spellings[0]}",
    )


def _issue(
    code: str, message: str, value: Named, hint: str | None = None, weight: Severity | None = None
) -> Issue:
    return Issue(
        code, message, value.at, on_value=True, field=EVENT_NAME, hint=hint, severity=weight
    )


@lru_cache(maxsize=1024)
def _nearest(text: str, sources: frozenset[str] | None) -> str | None:
    """The name most likely meant: of the event sources beside it first, then of any."""
    for source in sorted(sources or ()):
        guess = nearest(text, aws.operations(source))
        if guess is not None:
            return guess
    # A close name begins alike, and comparing all 20,000 takes a second.
    alike = [name for name in aws.event_names() if name[:2].lower() == text[:2]]
    return nearest(text, alike)


@cache
def _names() -> frozenset[str]:
    return frozenset(name.lower() for name in aws.event_names())


@cache
def _dated_names() -> frozenset[str]:
    """Names as Lambda and CloudFront write them."""
    sources = ("lambda.amazonaws.com", "cloudfront.amazonaws.com")
    return frozenset(
        name.lower()
        for source in sources
        for operation in aws.operations(source).values()
        for name in operation.event_names
    )


@cache
def _action_sources() -> tuple[str, ...]:
    return tuple(sorted(aws.event_sources()))


AWS_NAMES = Check("aws-names", "Event names of AWS", ("SC702", "SC703", "SC707"), run)
