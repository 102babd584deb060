"""Changes to a record that matches, one field each, after which it may match no longer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sigmacast.matching.nodes import FieldTest
from sigmacast.synthesis.branches import Branch
from sigmacast.synthesis.records import Record, copied, place, remove, value_at
from sigmacast.synthesis.solving import flipped

TRIES = 5
"""Values that are tried for a field until one turns its test around."""


@dataclass(frozen=True, slots=True)
class Change:
    """A record with one field changed, and what was done to it in words."""

    field: str
    what: str
    record: Record


def changes(branch: Branch, record: Record) -> Iterator[Change]:
    """For each field of a branch: another value, a list of it, none, null, another case."""
    for literal in branch.literals:
        if not isinstance(literal.test, FieldTest):
            continue
        field = literal.test.field
        path = field.split(".")
        current = value_at(record, path)
        for value in islice(flipped(literal, record), TRIES):
            yield Change(field, "is another", _changed(record, path, value))
        for value in islice(flipped(literal, record), 1):
            yield Change(field, "is another, in a list", _changed(record, path, [value]))
        if current is not None:
            yield Change(field, "is missing", _without(record, path))
            yield Change(field, "is null", _changed(record, path, None))
        if isinstance(current, str) and current.swapcase() != current:
            yield Change(field, "is in another case", _changed(record, path, current.swapcase()))


def _changed(record: Record, path: list[str], value: Any) -> Record:
    changed = copied(record)
    place(changed, path, value)
    if path == ["errorCode"] and value is not None:  # a refused call has a message and no answer
        changed["errorMessage"] = "The caller is not authorized to perform this action"
        changed["responseElements"] = None
    return changed


def _without(record: Record, path: list[str]) -> Record:
    changed = copied(record)
    remove(changed, path)
    return changed
