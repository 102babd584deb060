"""What a user has said of a new rule so far, and the draft that comes of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sigmacast.authoring.draft import (
    NAME,
    SOURCE,
    Draft,
    FieldTest,
    description_of,
    key_of,
    level_of,
    line_of,
    title_of,
)
from sigmacast.authoring.names import strange_names, techniques_of
from sigmacast.authoring.proposals import asked_test, proposals
from sigmacast.authoring.values import merged, parted, typed
from sigmacast.errors import UsageError

Records = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Answers:
    """Options as they were given, None or empty where they were not.

    ``fields`` are ``FIELD=VALUE``, or ``FIELD`` for the value that the event has. ``chosen`` are
    the tests that were picked from an event, None where nobody was asked. ``accepted`` are strange
    names, in the words of ``strange_names``, that the user wants all the same.
    """

    title: str | None = None
    sources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    level: str | None = None
    author: str | None = None
    techniques: tuple[str, ...] = ()
    description: str | None = None
    fields: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    chosen: tuple[FieldTest, ...] | None = None
    accepted: frozenset[str] = frozenset()

    def missing(self, *, from_event: bool) -> list[str]:
        """The options without which there is no rule."""
        needed = {
            "--title": self.title,
            "--event-source": self.sources or from_event,
            "--event-name": self.names or from_event,
            "--level": self.level,
            "--author": self.author,
        }
        return [option for option, given in needed.items() if not given]

    def is_about(self, record: Mapping[str, Any]) -> bool:
        """Whether a record is of the event sources and names that were given."""
        return (not self.sources or record.get(SOURCE) in self.sources) and (
            not self.names or record.get(NAME) in self.names
        )


def draft_of(answers: Answers, records: Records, today: date) -> tuple[Draft, list[str]]:
    """The rule to be, and what to tell of it: strange names, and techniques with a new id.

    Raises UsageError for an answer that cannot be used.
    """
    techniques, replaced = techniques_of(answers.techniques)
    draft = Draft(
        id=str(uuid.uuid4()),
        title=title_of(answers.title or ""),
        level=level_of(answers.level or ""),
        author=line_of("--author", answers.author or ""),
        date=today,
        tests=_tests(answers, records),
        techniques=techniques,
        description=None if answers.description is None else description_of(answers.description),
    )
    told = [f"ATT&CK has put {new} in the place of {old}" for old, new in replaced]
    if records and answers.chosen is None:
        told.extend(_choices(draft, records))
    return draft, told


def strange(draft: Draft, answers: Answers, records: Records) -> list[str]:
    """What no known record has and the user has not accepted; the events' own fields are known."""
    seen = _fields_of_events(answers, records)
    return [said for said in strange_names(draft.tests, seen) if said not in answers.accepted]


def _choices(draft: Draft, records: Records) -> Iterator[str]:
    """What a rule tests that was made from an event without asking, and what else it could."""
    tested = [test.field for test in draft.tests]
    yield f"tested: {', '.join(tested)} (--leave-out FIELD leaves one out)"
    others = [each.test.field for each in proposals(records) if each.test.field not in tested]
    if others:
        yield f"not tested: {', '.join(others)} (--field FIELD adds one)"


def _fields_of_events(answers: Answers, records: Records) -> frozenset[str]:
    """Fields of tests that were taken from the events."""
    if not records:
        return frozenset()
    offered = {each.test.field for each in proposals(records)}
    asked = {given.partition("|")[0] for given in answers.fields if "=" not in given}
    return frozenset(offered | asked)


def _tests(answers: Answers, records: Records) -> tuple[FieldTest, ...]:
    """The tests: those of the event or of its names, then those that were asked for."""
    if records:
        found = _of_records(answers, records)
    else:
        found = [FieldTest(SOURCE, _lines("--event-source", answers.sources))]
        found.append(FieldTest(NAME, _lines("--event-name", answers.names)))
        for each in answers.leave_out:
            raise UsageError(f"--leave-out {each}: only what --from-event proposes can be left out")
    sources = [value for test in found if test.key == SOURCE for value in test.values]
    names = [value for test in found if test.key == NAME for value in test.values]
    for given in answers.fields:
        key, value = parted(given)
        if value is not None:
            found.append(FieldTest(key, (typed(key, value, sources, names),)))
        elif records:
            found.append(asked_test(records, key))
        else:
            raise UsageError(f"--field {key}: say which value, {key}=VALUE")
    return merged(found)


def _of_records(answers: Answers, records: Records) -> list[FieldTest]:
    offered = proposals(records)
    tests = [each.test for each in offered if each.chosen]
    if answers.chosen is not None:
        tests = list(answers.chosen)
    left_out = {key_of(each) for each in answers.leave_out}
    for field in left_out - {test.field for test in tests}:
        known = ", ".join(test.field for test in tests)
        raise UsageError(f"--leave-out {field}: it is none of the tests, which are {known}")
    own = {parted(each)[0].partition("|")[0] for each in answers.fields if "=" in each}
    kept = [test for test in tests if test.field not in left_out | own]
    if not kept:
        raise UsageError("nothing is left to test")
    return kept


def _lines(option: str, given: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line_of(option, each) for each in given))
