"""Whether one rule's events are all among another's, proven from their terms alone.

A yes is proven by the matcher's own meaning of the tests; a no only means that no proof was found.
"""

from __future__ import annotations

from sigmacast.contribution.terms import Group, Leaf, Term

MAX_STEPS = 20_000
"""Comparisons of two short values that one question may cost; a long one counts for several."""


class Budget:
    """The steps that all questions of a run may cost together."""

    def __init__(self, steps: int) -> None:
        self.steps = steps


class _GiveUp(Exception):
    """The question takes too long."""


class Containment:
    """Answers questions about one pair of terms."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._steps = min(MAX_STEPS, budget.steps)
        self._known: dict[tuple[Term, Term], bool] = {}

    def within(self, one: Term, other: Term) -> bool | None:
        """Whether each event that *one* takes is taken by *other*; None where it takes too long."""
        before = self._steps
        try:
            return self._within(one, other)
        except (_GiveUp, RecursionError):
            return None
        finally:
            self._budget.steps -= before - self._steps

    def _within(self, one: Term, other: Term) -> bool:
        if one == other:
            return True
        known = self._known.get((one, other))
        if known is None:
            known = self._known[one, other] = self._found(one, other)
        return known

    def _found(self, one: Term, other: Term) -> bool:
        self._spend(1)
        if isinstance(one, Group) and not one.every:
            rest = one.parts
            if isinstance(other, Group) and not other.every:
                rest = rest - other.parts  # each of these is an alternative there, too
            return all(self._within(part, other) for part in rest)
        if isinstance(other, Group) and other.every:
            return all(self._within(one, part) for part in other.parts)
        if isinstance(one, Group) and any(self._within(part, other) for part in one.parts):
            return True
        if isinstance(other, Group):
            return any(self._within(one, part) for part in other.parts)
        return isinstance(one, Leaf) and one.field == other.field and self._tests(one, other)

    def _tests(self, one: Leaf, other: Leaf) -> bool:
        """The same for two tests of one field, which may hold several values at once."""
        mine, theirs = one.test, other.test
        self._spend(mine.weight * theirs.weight)
        if one.holds and other.holds:
            return mine.within(theirs)
        if not one.holds and not other.holds:
            return theirs.within(mine)
        if one.field is None:
            return False
        if one.holds:  # a field with a value is not absent, and the other way round
            return mine.is_absence is not theirs.is_absence
        return mine.is_absence and theirs.is_presence

    def _spend(self, steps: int) -> None:
        self._steps -= steps
        if self._steps < 0:
            raise _GiveUp
