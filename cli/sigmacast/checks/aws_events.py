"""Events that only some trails record, and calls that only read."""

from __future__ import annotations

from collections.abc import Iterator

from sigmacast import aws
from sigmacast.checks import aws_known
from sigmacast.checks.aws_facts import facts
from sigmacast.checks.aws_pins import PinnedTest, pinned_tests
from sigmacast.checks.aws_values import EVENT_TYPE, Value
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.deployment_reader import UnusableDeployment, find_deployment, read_deployment
from sigmacast.diagnostics import either
from sigmacast.transformations.event_names import EVENT_NAME, EVENT_SOURCE

SHOWN = 3
"""How many names a message lists."""
MOST_OPERATIONS = 50
"""Names that are looked up; of more, the first word tells whether they read."""
_SAYS_SO = "data event"
_KINDS = frozenset({EVENT_TYPE, "eventCategory", "managementEvent"})
_NOT_NARROWING = frozenset({EVENT_NAME, EVENT_SOURCE, "readOnly", *_KINDS})
"""Fields that tell what is called, and not by whom, from where or for what."""


def run(subject: Subject) -> Iterator[Issue]:
    """Notes of what the rule's author may not know: where it stays silent, and where it is loud."""
    if not subject.is_cloudtrail:
        return
    names = [each for each in pinned_tests(subject, EVENT_NAME) if not each.excludes]
    data = [(each, values) for each in names if (values := _data_values(each))]
    if data and not _is_said(subject):
        for each, values in data:
            yield _data_events(each, values)
    elif names and not data and _reads_much(subject, names):
        first = next(value for each in names for value in each.values)
        said = "the rule matches any of its calls, which only read and are many"
        yield Issue("SC706", said, at=first.at, on_value=True, field=EVENT_NAME)


def _data_values(each: PinnedTest) -> list[Value]:
    """The values of a test that no event has but data events."""
    return [value for value in each.values if _data_sources(each, value)]


def _data_sources(each: PinnedTest, value: Value) -> frozenset[str]:
    """Where the names of a value are data events; none if it has others beside the pinned source.

    Without a source the most likely one counts: other services have few events of these names.
    """
    found: set[str] = set()
    for name in value.fits or ():
        owners = aws_known.sources_of(name)
        if each.pins.sources is not None:
            owners &= each.pins.sources
        those = {owner for owner in owners if name in facts().data_events.get(owner, ())}
        if not those or (each.pins.sources is not None and those != owners):
            return frozenset()
        found |= those
    # A source that writes another one's events is named where the rule names it.
    return frozenset(found - facts().alike.keys() or found)


def _data_events(each: PinnedTest, values: list[Value]) -> Issue:
    sources = sorted(frozenset().union(*(_data_sources(each, value) for value in values)))
    names = list(dict.fromkeys(str(value.written) for value in values))
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    listed = ", ".join(names[:SHOWN]) + more if more else either(names).replace(" or ", " and ")
    kind = "is a data event" if len(names) == 1 else "are data events"
    return Issue(
        "SC705",
        f"{listed} {kind} of {either(sources)}, which only trails that are told to do record",
        at=values[0].at,
        on_value=True,
        field=EVENT_NAME,
    )


def _is_said(subject: Subject) -> bool:
    """Whether the rule tells its readers, or tests for it and so knows."""
    if any(test.field in _KINDS and test.field != EVENT_TYPE for test in subject.tests):
        return True
    data = subject.source.data
    logsource = data.get("logsource")
    definition = logsource.get("definition") if isinstance(logsource, dict) else None
    texts = (data.get("description"), definition, _setup(subject))
    return any(_SAYS_SO in str(text).lower() for text in texts)


def _setup(subject: Subject) -> str | None:
    """What the rule's deployment says of how to set it up."""
    path = find_deployment(subject.source)
    try:
        return None if path is None else read_deployment(path, subject.source).setup
    except UnusableDeployment:  # told by a check of its own
        return None


def _reads_much(subject: Subject, names: list[PinnedTest]) -> bool:
    """Whether nothing but the names of reading calls tells the rule's events from others.

    A rule that a correlation counts is meant to be many.
    """
    if subject.source.part_of_correlation:
        return False
    if any(test.field not in _NOT_NARROWING for test in subject.tests):
        return False
    values = [(each, value) for each in names for value in each.values]
    return bool(values) and all(value.fits and _reads(each, value) for each, value in values)


def _reads(each: PinnedTest, value: Value) -> bool:
    names = value.fits or frozenset()
    if len(names) > MOST_OPERATIONS:
        return all(
            aws.sounds_read_only(spelled)
            for name in names
            for spelled in aws_known.spellings_of(name)
        )
    operations = [
        aws.find_operation(owner, spelled)
        for name in names
        for owner in aws_known.sources_of(name)
        if each.pins.sources is None or owner in each.pins.sources
        for spelled in aws_known.spellings_of(name)
    ]
    found = [operation for operation in operations if operation is not None]
    return bool(found) and all(map(aws.is_read_only, found))


AWS_EVENTS = Check("aws-events", "Data events and read-only calls", ("SC705", "SC706"), run)
