"""Fields that no CloudTrail record has, in any spelling."""

from __future__ import annotations

from collections.abc import Iterator

from sigmacast.checks.base import Check, Edit, Issue, Subject
from sigmacast.schema import catalogue


def run(subject: Subject) -> Iterator[Issue]:
    """A warning for each key; one that differs in case only is mended safely."""
    if not subject.is_cloudtrail:
        return
    for test in subject.tests:
        name = test.field
        if name is None or catalogue().find(name) is not None:
            continue
        near = catalogue().nearest(name)
        same = near is not None and near.lower() == name.lower()
        yield Issue(
            "SC102",
            f"unknown CloudTrail field {name}",
            at=test.at,
            field=name,
            hint=f"did you mean {near}?" if near else "see `sigmacast list fields`",
            edit=Edit(test.at, on_value=False, text=near) if near and same else None,
        )


FIELDS = Check("fields", "Fields that CloudTrail records have", ("SC102",), run)
