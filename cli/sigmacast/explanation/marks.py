"""Places the texts of tests in the finished query."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sigma.types import (
    SigmaExists,
)

from sigmacast.explanation.course import Course
from sigmacast.explanation.model import NOBODY, Labels, Mark
from sigmacast.explanation.tracing import Written


class Owners:
    """Whose a leaf of the condition is."""

    def __init__(self, course: Course) -> None:
        self._found = course.holders()

    def of(self, leaves: Iterable[Any]) -> Labels:
        """The labels of the tests that these leaves stand for."""
        return frozenset(label for leaf in leaves for label in self._of_one(leaf))

    def _of_one(self, leaf: Any) -> Labels:
        name = getattr(leaf, "field", None)
        found = self._found.get((name, id(leaf.value)))
        if found is None and isinstance(leaf.value, SigmaExists):
            found = self._found.get((name, "presence"))
        if found is None:
            found = self._found.get((name, "any"), NOBODY)
            return found if len(found) == 1 else NOBODY
        return found


def marks_of(roots: list[Written], queries: tuple[str, ...], owners: Owners) -> list[Mark]:
    """Where each test stands in the queries; none where texts and queries do not pair."""
    marks: list[Mark] = []
    written = [root for root in roots if root.texts]
    if len(written) != len(queries):
        return marks
    for number, (root, query) in enumerate(zip(written, queries, strict=True)):
        (whole,) = root.texts
        if query.count(whole) == 1:
            _place(root, whole, query.index(whole), number, owners, marks)
    return marks


def _place(
    note: Written, whole: str, start: int, number: int, owners: Owners, marks: list[Mark]
) -> None:
    """Mark the text of a node, or within it those of the nodes below.

    A text is looked for after the one before it, and only if it stands in *whole* as often as the
    nodes below account for: what a backend wrote and did not use cannot be taken for another.
    """
    labels = owners.of(_all_leaves(note))
    if len(labels) < 2:
        if labels:
            marks.append(Mark(number, start, start + len(whole), tuple(labels)))
        return
    pieces = [(each, text) for each in note.inner for text in each.texts if text]
    cursor = 0
    for each, text in pieces:
        at = whole.find(text, cursor)
        if at < 0 or whole.count(text) != sum(other.count(text) for _, other in pieces):
            continue
        cursor = at + len(text)
        if len(each.texts) == 1:
            _place(each, text, start + at, number, owners, marks)
            continue
        alone = [inner for inner in each.inner if inner.texts == (text,)]
        listed = [leaf for leaf in each.leaves if not _is_alone(leaf, each)]
        found = owners.of(alone[0].leaves if alone else listed)
        marks.append(Mark(number, start + at, start + cursor, tuple(sorted(found))))
    if not pieces:
        marks.append(Mark(number, start, start + len(whole), tuple(sorted(labels))))


def _is_alone(leaf: Any, note: Written) -> bool:
    return any(leaf is each.leaves[0] and each.texts[0] in note.texts for each in note.inner)


def _all_leaves(note: Written) -> list[Any]:
    return note.leaves or [leaf for each in note.inner for leaf in _all_leaves(each)]
