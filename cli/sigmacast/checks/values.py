"""Tests of CloudTrail fields whose value no record has, by the catalogue and by shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sigma.types import (
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExpansion,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    TimestampPart,
)

from sigmacast.checks.base import Check, Edit, Issue, Subject, Test
from sigmacast.checks.parsed import parsed_values
from sigmacast.checks.shapes import Shape, has_open_list, is_always_present, shape_of
from sigmacast.diagnostics import Refusal, Route, either
from sigmacast.errors import nearest
from sigmacast.matching.patterns import literal
from sigmacast.matching.values import shown, value_test
from sigmacast.rule_parts import asks_for_absence, asks_for_presence
from sigmacast.schema import Field, catalogue
from sigmacast.transformations.event_names import pinned_event_names

MAX_VALUES = 2000
"""Values of a rule that are judged; rules that people write have a few dozen."""
MAX_SHOWN = 120
"""Characters of a value that a message repeats."""
_CALENDAR: Mapping[TimestampPart, range] = {
    TimestampPart.MINUTE: range(60),
    TimestampPart.HOUR: range(24),
    TimestampPart.DAY: range(1, 32),
    TimestampPart.WEEK: range(1, 54),
    TimestampPart.MONTH: range(1, 13),
    TimestampPart.YEAR: range(1, 10_000),
}


@dataclass(frozen=True, slots=True)
class _Problem:
    """Why a value never fits; ``of_key`` if no other value would, either."""

    message: str
    hint: str | None = None
    code: str = "SC711"
    of_key: bool = False
    meant: str | None = None
    """The one listed value that was certainly meant."""


def run(subject: Subject) -> Iterator[Issue]:
    """SC711 for what cannot be, SC716 for what is not among the listed values of a field."""
    if not subject.is_cloudtrail:
        return
    tests = [test for test in subject.tests if test.field is not None]
    yield from (_empty(test) for test in tests if not test.values)
    told: set[Route] = set()
    written = ((test, *each) for test in tests for each in parsed_values(test))
    for test, value, at in islice(written, MAX_VALUES):
        assert test.field is not None
        problem = (
            None if test.at in told else _problem(test.field, _row(subject, test.field), value)
        )
        if problem is not None:
            yield _issue(test, problem, at)
            told.update([test.at] if problem.of_key else ())


def _empty(test: Test) -> Issue:
    said = f"the list of values for {test.field} is empty"
    hint = "write null if the field has to be absent"
    return Issue("SC711", said, at=test.at, field=test.field, hint=hint)


def _issue(test: Test, problem: _Problem, at: Route) -> Issue:
    meant = problem.meant if not test.modifiers else None
    return Issue(
        problem.code,
        problem.message,
        at=test.at if problem.of_key else at,
        on_value=not problem.of_key,
        field=test.field,
        hint=problem.hint,
        edit=None if meant is None else Edit(at, on_value=True, text=meant),
    )


def _row(subject: Subject, field: str) -> Field | None:
    """What the catalogue knows of exactly this field in the records that the rule is for."""
    row = catalogue().row(field)
    if row is None or not row.events:
        return row
    pinned = None if subject.rule is None else pinned_event_names(subject.rule)
    return row if pinned and pinned <= {name.lower() for name in row.events} else None


def _problem(field: str, row: Field | None, value: SigmaType) -> _Problem | None:
    if isinstance(value, SigmaExpansion):
        problems = [_problem(field, row, each) for each in value.values]
        return problems[0] if problems and all(problems) else None
    if asks_for_absence(value):
        if is_always_present(field):
            return _Problem(f"every CloudTrail record has {field}", "remove the test")
        return None
    if asks_for_presence(value):
        return None
    if _is_no_time(value):
        return _Problem(f"there is no such time: {shown(value)}", "correct the number")
    if row is not None and row.json_type == "boolean":
        return _of_boolean(field, value)
    if row is not None and row.spelling == "listed" and not has_open_list(field):
        return _of_list(field, row.values, value)
    shape = shape_of(field)
    return None if shape is None else _of_shape(field, shape, value)


def _of_boolean(field: str, value: SigmaType) -> _Problem | None:
    if _fits_any(field, value, (True, False)):
        return None
    if _asks_for_kind(value):
        return _Problem(f"{field} is true or false, never {_named(value)}", of_key=True)
    return _Problem(f"{field} is true or false, never {_named(value)}", "write true or false")


def _of_list(field: str, listed: tuple[str, ...], value: SigmaType) -> _Problem | None:
    if _fits_any(field, value, listed):
        return None
    if _asks_for_kind(value):
        return _Problem(
            f"{field} is a name such as {listed[0]}, never {_named(value)}", of_key=True
        )
    text = literal(value) if isinstance(value, SigmaString) else None
    if text == "":
        return None
    near = None if text is None else nearest(text, listed)
    hint = f"did you mean {near}?" if near else f"AWS writes {either(listed)}"
    meant = near if text and near and _letters(text) == _letters(near) else None
    said = f"{_named(value)} is none of the values of {field}"
    return _Problem(said, hint, "SC716", meant=meant)


def _of_shape(field: str, shape: Shape, value: SigmaType) -> _Problem | None:
    if shape.admits(value):
        return None
    said = f"{field} holds {shape.holds}, never {_named(value)}"
    return _Problem(said, of_key=_asks_for_kind(value))


def _fits_any(field: str, value: SigmaType, held: tuple[str, ...] | tuple[bool, ...]) -> bool:
    """Whether a test is met by one of these values; yes where it cannot be told."""
    if isinstance(value, SigmaString) and value.contains_placeholder():
        return True
    try:
        test = value_test(value, field)
    except Refusal:
        return True
    return any(map(test, held))


def _asks_for_kind(value: SigmaType) -> bool:
    """Whether a test asks for an address, a time or the size of a number."""
    return isinstance(value, (SigmaCIDRExpression, SigmaCompareExpression, SigmaTimestampPart))


def _is_no_time(value: SigmaType) -> bool:
    """Whether a part of a time is asked for that no calendar and no clock has."""
    part = value.number if isinstance(value, SigmaCompareExpression) else value
    if not isinstance(part, SigmaTimestampPart):
        return False
    known = _CALENDAR[part.timestamp_part]
    if not isinstance(value, SigmaCompareExpression):
        return part.number not in known
    first, last, limit = known[0], known[-1], part.number
    return {
        "LT": limit <= first,
        "LTE": limit < first,
        "GT": limit >= last,
        "GTE": limit > last,
    }.get(value.op.name, False)


def _letters(written: str) -> str:
    return "".join(filter(str.isalnum, written)).lower()


def _named(value: SigmaType) -> str:
    text = shown(value)
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"


VALUES = Check("values", "Values that CloudTrail fields have", ("SC711", "SC716"), run)
