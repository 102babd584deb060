"""Comments that silence a finding which there is not, so that they silence nothing."""

from __future__ import annotations

from collections.abc import Iterator

from sigmacast.checks import names_of_findings
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.errors import nearest
from sigmacast.suppressions import comments_of

MOST_FINDINGS = 20
"""Names of one file that are told; looking for the nearest known one takes time."""


def run(subject: Subject) -> Iterator[Issue]:
    """A warning at each comment with an unknown name; a file's are told once."""
    if subject.source.document != 0:
        return
    known = names_of_findings()
    unknown = (
        (comment, name)
        for comment in comments_of(subject.source.text)
        for name in comment.names
        if name.lower() not in known
    )
    for number, (comment, name) in enumerate(unknown):
        if number == MOST_FINDINGS:
            return
        near = nearest(name, known.values())
        yield Issue(
            "SC744",
            f"'{name}' is no code, check or validator, so that the comment silences nothing",
            hint=f"did you mean {near}?" if near else "see sigmacast list diagnostics, list checks",
            span=comment.span,
        )


COMMENTS = Check("comments", "Comments that silence findings", ("SC744",), run)
