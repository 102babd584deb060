"""Members of requests and responses that the rule's operations do not have, or that AWS hides.

Beside a mistyped event name a mistyped member of the nearest operation is told too, so that one run
tells of both; whatever has no near name there may be a member of another operation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sigmacast import aws
from sigmacast.checks import aws_known
from sigmacast.checks.aws_facts import ANY, Hidden, facts
from sigmacast.checks.aws_pins import PinnedTest, Pins, pinned_tests
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.errors import nearest
from sigmacast.matching.comparing import fold

MOST_OPERATIONS = 50
"""Operations whose members are looked at; a rule that names more is no longer about them."""
SHOWN = 3
"""How many operations a message names."""
_NO_COMPARISON = frozenset({"exists", "fieldref"})
_REDACTED = ("HIDDEN", "sensitiveData", "***")
"""Parts of what AWS writes in place of a value; a rule may well look for that."""

_POSITION = re.compile(r"\[\w*\]")
"""A place in a list, which other checks speak of."""

Path = tuple[str, ...]


def run(subject: Subject) -> Iterator[Issue]:
    """A warning at each key that none of the rule's operations has, a note at hidden values."""
    if not subject.is_cloudtrail:
        return
    for number, each in enumerate(pinned_tests(subject)):
        top, _, rest = (each.test.field or "").partition(".")
        if top not in aws.BODIES or not rest:
            continue
        path = tuple(_POSITION.sub("", rest).split("."))
        operations = operations_of(each.pins) or ()
        if operations and not _is_known(operations, path, top):
            yield _unknown(each, operations, path, top)
        else:
            yield from _hidden(each, operations, path, top)
        if not operations:
            guessed = pinned_tests(subject, guessed=True)[number]
            yield from _beside_mistyped(guessed, path, top)


@lru_cache(maxsize=1024)
def operations_of(pins: Pins) -> tuple[aws.Operation, ...] | None:
    """The operations that the events at hand are of; None if there may be others.

    Without an event source any service's operation of a name is one of them.
    """
    if not pins.names or len(pins.names) > MOST_OPERATIONS:
        return None
    found: list[aws.Operation] = []
    for name in sorted(pins.names):
        owners = aws_known.sources_of(name)
        owners = owners if pins.sources is None else owners & pins.sources
        if not owners or len(found) + len(owners) > MOST_OPERATIONS:
            return None
        for owner in sorted(owners):
            operation = aws_known.operation_of(owner, name)
            if operation is None:
                return None
            found.append(operation)
    return tuple(found)


def _is_known(operations: Iterable[aws.Operation], path: Path, body: str) -> bool:
    response = aws.BODIES[body]
    if not facts().unmodelled_members.isdisjoint(path):
        return True
    return any(aws.member_at(each, path, response) is not None for each in operations)


def _beside_mistyped(guessed: PinnedTest, path: Path, body: str) -> Iterator[Issue]:
    operations = operations_of(guessed.pins) or ()
    if operations and not _is_known(operations, path, body):
        issue = _unknown(guessed, operations, path, body)
        if issue.hint is not None:
            yield issue


def _unknown(each: PinnedTest, operations: Sequence[aws.Operation], path: Path, body: str) -> Issue:
    near = _nearest(operations, path, response=aws.BODIES[body])
    called = "response" if aws.BODIES[body] else "request"
    return Issue(
        "SC704",
        f"the {called} of {_listed(operations)} has no {'.'.join(path)} in AWS's model",
        at=each.test.at,
        field=each.test.field,
        hint=f"did you mean {body}.{near}?" if near else None,
    )


def _nearest(operations: Iterable[aws.Operation], path: Path, *, response: bool) -> str | None:
    """The nearest path that is known; all of it is right but the first key that is not known."""
    found: dict[str, int] = {}
    for operation in operations:
        depth, members = _deepest(operation, path, response)
        near = nearest(path[depth], (member.name for member in members))
        if near is not None:
            known = (*path[:depth], near, *path[depth + 1 :])
            whole = aws.member_at(operation, known, response) is not None
            found.setdefault(".".join(known if whole else known[: depth + 1]), -depth)
    return min(found, key=lambda name: found[name], default=None)


def _deepest(
    operation: aws.Operation, path: Path, response: bool
) -> tuple[int, tuple[aws.Member, ...]]:
    """How many keys of a path are known, and the members that the next one could be."""
    members = operation.response if response else operation.request
    for depth in range(len(path)):
        parent = aws.member_at(operation, path[: depth + 1], response)
        if parent is None or depth == len(path) - 1:
            return depth, members
        while parent.type == "list" and parent.element is not None:
            parent = parent.element
        members = parent.members or members
    return 0, members


def _hidden(
    each: PinnedTest, operations: Sequence[aws.Operation], path: Path, body: str
) -> Iterator[Issue]:
    """At the first value that is compared with what the records do not show."""
    compared = next((at for value, at in each.test.values if _is_compared(value)), None)
    if compared is None or not _NO_COMPARISON.isdisjoint(each.test.modifiers):
        return
    row = next((row for row in facts().hidden if _hides(row, path, each.pins)), None)
    if row is not None:
        message = f"AWS leaves the value of {'.'.join(path)} out of the records"
        hint = f"what stands there is {row.stands}" if row.stands else None
    elif operations and _is_marked(operations, path, response=aws.BODIES[body]):
        message = f"AWS marks {'.'.join(path)} of {_listed(operations)} as sensitive"
        hint = "look into a real record: the value may be hidden or left out there"
    else:
        return
    yield Issue("SC708", message, at=compared, on_value=True, field=each.test.field, hint=hint)


def _is_compared(value: Any) -> bool:
    """Whether a value is more than a question whether there is one."""
    text = str(value)
    return value is not None and bool(text.strip("*")) and not any(r in text for r in _REDACTED)


def _hides(row: Hidden, path: Path, pins: Pins) -> bool:
    """Whether a row speaks of the parameter in all events at hand."""
    if path[: len(row.path)] != row.path or (
        pins.sources is not None and row.source not in pins.sources
    ):
        return False
    if row.name == ANY:
        return pins.sources is not None or pins.names is not None
    return pins.names is not None and all(_undated(name) == row.name for name in pins.names)


def _undated(name: str) -> str:
    operation = aws_known.operation_of("lambda.amazonaws.com", name)
    return fold(operation.name) if operation is not None else name


def _is_marked(operations: Iterable[aws.Operation], path: Path, *, response: bool) -> bool:
    """Whether all operations that have the member mark it, or what it stands in, as sensitive."""
    marks = [
        any(
            member is not None
            and member.sensitive
            and (operation.source, path[: depth + 1]) not in facts().shown
            for depth in range(len(path))
            for member in [aws.member_at(operation, path[: depth + 1], response)]
        )
        for operation in operations
        if aws.member_at(operation, path, response) is not None
    ]
    return bool(marks) and all(marks)


def _listed(operations: Sequence[aws.Operation]) -> str:
    names = list(dict.fromkeys(each.name for each in operations))
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


AWS_PARAMETERS = Check(
    "aws-parameters", "Members of AWS's requests and responses", ("SC704", "SC708"), run
)
