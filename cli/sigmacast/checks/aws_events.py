"""Events that only some trails record, and calls that only read."""

from __future__ import annotations

from collections.abc import Iterator

from sigmacast import aws
from sigmacast.checks.aws_pins import Named, named, table
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.transformations.event_names import EVENT_NAME


def run(subject: Subject) -> Iterator[Issue]:
    """A note at each data event, and one where all calls that a rule names only read."""
    if not subject.is_cloudtrail:
        return
    values = [value for value in named(subject, EVENT_NAME) if not value.pattern]
    for value in values:
        source = _data_source(value)
        if source is not None:
            yield Issue(
                "SC705",
                f"{value.written} is a data event of {source}, which a trail records only if told",
                value.at,
                on_value=True,
                field=EVENT_NAME,
            )
    if values and all(map(_only_reads, values)) and len(values) == _count(subject):
        yield Issue(
            "SC706",
            "all calls that the rule names only read, and are many",
            values[0].at,
            on_value=True,
            field=EVENT_NAME,
        )


def _count(subject: Subject) -> int:
    return sum(len(test.values) for test in subject.tests if test.field == EVENT_NAME)


def _data_source(value: Named) -> str | None:
    """The event source whose data event a name is, among those that it can be of."""
    for source, names in table("data_events")["names"].items():
        beside = value.sources is None or value.sources == {source}
        if beside and value.text in (name.lower() for name in names):
            others = [
                owner for name in aws.spellings_of(value.text) for owner in aws.sources_of(name)
            ]
            if value.sources is not None or others == [source]:
                return str(source)
    return None


def _only_reads(value: Named) -> bool:
    operations = [
        aws.find_operation(source, name)
        for name in aws.spellings_of(value.text)
        for source in aws.sources_of(name)
        if value.sources is None or source.lower() in value.sources
    ]
    found = [operation for operation in operations if operation is not None]
    return bool(found) and all(map(aws.is_read_only, found))


AWS_EVENTS = Check("aws-events", "Data events and read-only calls", ("SC705", "SC706"), run)
