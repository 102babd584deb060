"""Conditions of EQL on a document, and how Elasticsearch folds them before it searches.

A condition on a mapped field is true or false of a document, never null: it becomes a search, and
``not`` becomes ``must_not`` (elasticsearch ``ExpressionTranslators.Nots``), which also finds the
documents without the field. Null comes only from the word ``null`` and from an optional field
that the mapping lacks; it is known before the search, and Elasticsearch folds it away
(``OptimizerRules.PruneFilters``, ``PropagateNullable``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sigmacast.engines.base import Document, Predicate
from sigmacast.engines.three_valued import Truth, negation


@dataclass(frozen=True, slots=True)
class Condition:
    """A test of a document, and what the optimizer has to know of it.

    ``fields`` are those that it reads; ``absent`` is the field that it says is missing.
    ``nullable`` says that it were null if one of its fields were (not so for AND, OR, ``in``).
    """

    test: Predicate
    fields: frozenset[str] = frozenset()
    nullable: bool = True
    absent: str | None = None


Outcome: TypeAlias = "Condition | Truth"
"""A condition, or what is true, false or null of every document."""


def exists(field: str) -> Condition:
    """``field != null``."""
    return Condition(lambda document: bool(document.get(field)), frozenset({field}), nullable=False)


def missing(field: str) -> Condition:
    """``field == null``."""
    return Condition(
        lambda document: not document.get(field), frozenset({field}), nullable=False, absent=field
    )


def denied(outcome: Outcome) -> Outcome:
    """``not``."""
    if not isinstance(outcome, Condition):
        return negation(outcome)
    if outcome.absent is not None:
        return exists(outcome.absent)
    test = outcome.test
    return Condition(lambda document: not test(document), outcome.fields, outcome.nullable)


def all_of(outcomes: list[Outcome]) -> Outcome:
    """``and``. Beside ``f == null``, a condition on f is null, and so is the whole."""
    if any(outcome is False for outcome in outcomes):
        return False
    conditions = [outcome for outcome in outcomes if isinstance(outcome, Condition)]
    absent = {each.absent for each in conditions if each.absent is not None}
    if any(outcome is None for outcome in outcomes) or any(
        each.nullable and each.fields & absent for each in conditions
    ):
        return None
    if len(conditions) < 2:
        return conditions[0] if conditions else True
    tests = [each.test for each in conditions]

    def test(document: Document) -> bool:
        for each in tests:  # not all(): a generator would double the depth of the stack
            if not each(document):
                return False
        return True

    return Condition(test, _fields(conditions), nullable=False)


def any_of(outcomes: list[Outcome]) -> Outcome:
    """``or``; what is null or false does not count beside others."""
    if any(outcome is True for outcome in outcomes):
        return True
    conditions = [outcome for outcome in outcomes if isinstance(outcome, Condition)]
    if len(conditions) < 2:
        if conditions:
            return conditions[0]
        return None if any(outcome is None for outcome in outcomes) else False
    tests = [each.test for each in conditions]

    def test(document: Document) -> bool:
        for each in tests:
            if each(document):
                return True
        return False

    return Condition(test, _fields(conditions), nullable=False)


def _fields(conditions: list[Condition]) -> frozenset[str]:
    return frozenset().union(*(each.fields for each in conditions))
