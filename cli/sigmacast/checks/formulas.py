"""Parsed conditions as formulas: tests joined by and and or, with negations at the tests only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionIdentifier,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)

from sigmacast.checks.parsed import single_values
from sigmacast.checks.value_sets import ValueSet


@dataclass(frozen=True, eq=False)
class Literal:
    """A test of a field: one of ``sets`` takes a value that the field holds, or (not ``holds``)
    none does. ``selection`` is where the rule has it."""

    field: str | None
    sets: tuple[ValueSet, ...]
    holds: bool
    selection: str


@dataclass(frozen=True, eq=False)
class Group:
    """Parts of which each must be true (``every``), or one."""

    parts: tuple[Formula, ...]
    every: bool


Formula: TypeAlias = Literal | Group
"""A condition with its negations at the tests."""


def formula_of(condition: Any, holds: bool = True) -> Formula:
    """A parsed condition, or with *holds* False its opposite, with its negations at the tests."""
    if isinstance(condition, ConditionNOT):
        return formula_of(condition.args[0], not holds)
    if isinstance(condition, (ConditionAND, ConditionOR)):
        every = isinstance(condition, ConditionAND)
        parts = [formula_of(each, holds) for each in condition.args if each is not None]
        group = Group(tuple(parts), every is holds)
        return group if every else _joined(group, holds)
    name = condition.field if isinstance(condition, ConditionFieldEqualsValueExpression) else None
    assert isinstance(condition, (ConditionFieldEqualsValueExpression, ConditionValueExpression))
    sets = tuple(ValueSet(name, value) for value in single_values(condition.value))
    return Literal(name, sets, holds, _selection(condition))


def _joined(group: Group, holds: bool) -> Formula:
    """Alternatives that all test one field as one test of it, which needs no case by case."""
    literals = [part for part in group.parts if isinstance(part, Literal) and part.holds is holds]
    if len(literals) < len(group.parts) or len({each.field for each in literals}) != 1:
        return group
    first = literals[0]
    return Literal(
        first.field, tuple(one for each in literals for one in each.sets), holds, first.selection
    )


def _selection(condition: Any) -> str:
    above = condition.parent
    while above is not None and not isinstance(above, ConditionIdentifier):
        above = above.parent
    return "" if above is None else str(above.identifier)
