"""Which fields of an event say what it was: tests that a rule for such events may have.

Volatile ones (ids, times, tokens, keys, addresses) are never proposed. Where several records are
given, only what they have in common is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sigmacast import aws
from sigmacast.authoring.draft import ERROR, NAME, SOURCE, FieldTest
from sigmacast.authoring.replacing import identifiers
from sigmacast.authoring.table import new_rules
from sigmacast.authoring.values import literal
from sigmacast.errors import UsageError
from sigmacast.matching.paths import getter

IDENTITY = "userIdentity.type"
RESPONSE = "responseElements"
MAX_VALUES = 20
"""Values that one test may get from records; a list of more says nothing of what they share."""
MAX_PROPOSALS = 60
MAX_DEPTH = 6
MAX_MEMBERS = 2000
"""Members of a request that are looked at; CloudTrail's records end at 256 KiB."""
LONGEST = 120
"""Characters of a value beyond which it is a document rather than a name."""

_STEP = re.compile(r"[A-Za-z][\w-]{0,60}", re.ASCII)
_AWS_OWN = re.compile(
    r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:aws:[\w/+=,.@-]+|AWS-[A-Za-z-]+", re.ASCII
)
"""What belongs to AWS itself and has the same name everywhere: managed policies, SSM documents."""
_VOLATILE = re.compile(
    r"\d{4}-\d\d-\d\d.*|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9]{9,}"
)
"""Times, UUIDs and long numbers."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A test that the records pass; ``chosen`` if it is part of what they are."""

    test: FieldTest
    chosen: bool


def proposals(records: Sequence[Mapping[str, Any]]) -> tuple[Proposal, ...]:
    """The tests for these records, those that identify them first.

    Raises UsageError where a record has no usable event source or name.
    """
    found = [
        Proposal(FieldTest(field, _names(records, field)), chosen=True) for field in (SOURCE, NAME)
    ]
    outcome = _outcome(records)
    found += [Proposal(test, chosen=True) for test in (outcome, _identity(records)) if test]
    tested = {each.test.field for each in found}
    for test, chosen in _members(records):
        if test.field not in tested and len(found) < MAX_PROPOSALS:
            tested.add(test.field)
            found.append(Proposal(test, chosen))
    return tuple(sorted(found, key=lambda each: not each.chosen))


def asked_test(records: Sequence[Mapping[str, Any]], key: str) -> FieldTest:
    """The test of a field that the user asks for, with the values that the records have.

    Raises UsageError where they do not all have one.
    """
    field = key.partition("|")[0]
    values = _common(records, field)
    if not values:
        raise UsageError(f"--field {key}: the event has no such value; give one with {field}=VALUE")
    return FieldTest(key, tuple(map(literal, values)))


def _names(records: Sequence[Mapping[str, Any]], field: str) -> tuple[str, ...]:
    names = [record.get(field) for record in records]
    for name in names:
        if not isinstance(name, str) or not name.strip() or not _is_shown(name):
            raise UsageError(f"a record has no usable {field}, so no rule can be made from it")
    distinct = tuple(dict.fromkeys(map(str, names)))
    if len(distinct) > MAX_VALUES:
        raise UsageError(
            f"the records have {len(distinct)} different values of {field}; choose one of them "
            "with --record, or give records of one kind"
        )
    return tuple(map(literal, distinct))


def _outcome(records: Sequence[Mapping[str, Any]]) -> FieldTest | None:
    """Whether the calls succeeded: by the answer that is named as the event, else by errorCode.

    Sign-ins answer so, and a failed one has no errorCode (AWS CloudTrail user guide, console
    sign-in events).
    """
    names = {str(record.get(NAME)) for record in records}
    if len(names) == 1:
        field = f"{RESPONSE}.{names.pop()}"
        if all(_STEP.fullmatch(step) for step in field.split(".")):
            answers = _common(records, field)
            if len(answers) == 1 and isinstance(answers[0], str):
                return FieldTest(field, (literal(answers[0]),))
    codes = [record.get(ERROR) for record in records]
    if all(code is None for code in codes):
        return FieldTest(ERROR, (None,))
    if all(isinstance(code, str) and _is_shown(code) for code in codes):
        distinct = list(dict.fromkeys(map(str, codes)))
        return FieldTest(ERROR, tuple(map(literal, distinct[:MAX_VALUES])))
    return None


def _identity(records: Sequence[Mapping[str, Any]]) -> FieldTest | None:
    found = [getter(IDENTITY)(record) for record in records]
    texts = [each[0] for each in found if len(each) == 1 and isinstance(each[0], str)]
    if len(texts) < len(records) or not all(map(_is_shown, texts)):
        return None
    distinct = list(dict.fromkeys(texts))
    return FieldTest(IDENTITY, tuple(map(literal, distinct))) if len(distinct) <= 3 else None


def _members(records: Sequence[Mapping[str, Any]]) -> Iterator[tuple[FieldTest, bool]]:
    """Members of requests and the like that all records have alike."""
    offered = new_rules()["offered"]
    first = records[0]
    fields = [
        path
        for part in offered["parts"]
        for path in _paths(first.get(part), part)
        if path.rpartition(".")[2].lower() not in offered["passed_over"]
    ]
    for field in dict.fromkeys([*fields, *offered["others"]]):
        values = _common(records, field)
        if len(values) != 1 or not _is_telling(values[0], field):
            continue
        yield FieldTest(field, (literal(values[0]),)), _identifies(field, values[0], first)


def _paths(value: Any, path: str) -> Iterator[str]:
    """The fields with values below a part of a record, as far as Sigma can name them."""
    waiting = [(value, path, 1)]
    seen = 0
    while waiting and seen < MAX_MEMBERS:
        current, at, depth = waiting.pop()
        seen += 1
        if isinstance(current, dict) and depth < MAX_DEPTH:
            waiting.extend(
                (inner, f"{at}.{key}", depth + 1)
                for key, inner in reversed(current.items())
                if _STEP.fullmatch(key)
            )
        elif isinstance(current, list):
            waiting.extend((inner, at, depth) for inner in current[:MAX_VALUES])
        elif current is not None and not isinstance(current, dict):
            yield at


def _common(records: Sequence[Mapping[str, Any]], field: str) -> list[Any]:
    """The values that all records have in a field alike; none where one has others."""
    each = [getter(field)(record) for record in records]
    values = each[0][:MAX_VALUES]
    same = all(found[:MAX_VALUES] == values for found in each[1:])
    return [] if not same or any(isinstance(value, (dict, list)) for value in values) else values


def _is_telling(value: Any, field: str) -> bool:
    """Whether a value may be the same the next time."""
    if isinstance(value, str):
        return (
            bool(value.strip())
            and _is_shown(value)
            and value != new_rules()["offered"]["redacted"]
            and not _VOLATILE.fullmatch(value)
            and (_is_open(value) or not identifiers(value, field.rpartition(".")[2]))
        )
    return isinstance(value, (bool, int)) and abs(value) < 10**9


def _identifies(field: str, value: Any, record: Mapping[str, Any]) -> bool:
    """Whether AWS itself gave the value its meaning, so that it is no name of somebody's own."""
    if not isinstance(value, str) or not field.startswith("requestParameters."):
        return False
    if _is_open(value) or _AWS_OWN.fullmatch(value):
        return True
    operation = aws.find_operation(str(record.get(SOURCE)), str(record.get(NAME)))
    member = operation and aws.member_at(operation, field.split(".")[1:])
    return bool(member and value in member.enum and not member.sensitive)


def _is_open(value: str) -> bool:
    """Whether a value stands for everybody, or for every address."""
    return value in new_rules()["offered"]["open"]


def _is_shown(value: str) -> bool:
    return value.isprintable() and len(value) <= LONGEST
