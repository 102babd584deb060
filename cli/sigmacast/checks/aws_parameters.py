"""Members of requests and responses that the rule's operations do not have, or that AWS hides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sigmacast import aws
from sigmacast.checks.aws_pins import pins_of, within
from sigmacast.checks.base import Check, Issue, Subject, Test
from sigmacast.errors import nearest
from sigmacast.schema import catalogue

BODIES = {"requestParameters": False, "responseElements": True}
_PRESENCE = "exists"


def run(subject: Subject) -> Iterator[Issue]:
    """A warning at each key that none of the operations beside it has."""
    if not subject.is_cloudtrail:
        return
    pins = pins_of(subject)
    for test in subject.tests:
        top, dot, rest = (test.field or "").partition(".")
        if top not in BODIES or not dot or catalogue().row(test.field or "") is not None:
            continue
        operations = within(subject, test, pins).operations()
        if operations:
            yield from _issues(test, operations, rest.split("."), BODIES[top])


def _issues(
    test: Test, operations: Sequence[aws.Operation], path: list[str], response: bool
) -> Iterator[Issue]:
    found = [aws.member_at(each, path, response) for each in operations]
    names = ", ".join(dict.fromkeys(each.name for each in operations))
    shown = names if len(names) < 80 else f"{operations[0].name} and the others"
    body = "response" if response else "request"
    if not any(found):
        guess = _guess(operations, path, response)
        yield Issue(
            "SC704",
            f"the {body} of {shown} has no {'.'.join(path)} in AWS's model",
            test.at,
            field=test.field,
            hint=f"did you mean {guess}?" if guess else None,
        )
        return
    compared = _PRESENCE not in test.modifiers and any(
        str(value).strip("*") for value, _ in test.values if value is not None
    )
    if compared and all(member is not None and member.sensitive for member in found):
        yield Issue(
            "SC708",
            f"AWS marks {'.'.join(path)} of {shown} as sensitive, so records may hide its value",
            test.at,
            field=test.field,
        )


def _guess(operations: Sequence[aws.Operation], path: list[str], response: bool) -> str | None:
    """The member beside the unknown one that it most likely meant, with its path."""
    known: list[str] = []
    for operation in operations:
        members = operation.response if response else operation.request
        for depth in range(len(path)):
            parent = aws.member_at(operation, path[:depth], response) if depth else None
            below = members if not depth else _below(parent)
            if below and not any(member.name == path[depth] for member in below):
                known += [".".join([*path[:depth], member.name]) for member in below]
                break
    return nearest(".".join(path), known) or nearest(path[0], known)


def _below(member: aws.Member | None) -> Sequence[aws.Member]:
    while member is not None and member.type == "list":
        member = member.element
    return member.members if member is not None else ()


AWS_PARAMETERS = Check(
    "aws-parameters", "Members of AWS's requests and responses", ("SC704", "SC708"), run
)
