"""Whether a condition can be true at all, by reasoning that holds for every event.

A condition is searched for a way to be true, with what each field has been found to hold so far;
a way ends where two tests exclude each other. The search is bounded: what takes longer counts as
possible, as does what nothing here knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sigmacast.checks.formulas import Formula, Group, Literal
from sigmacast.checks.value_sets import ValueSet

MAX_STEPS = 30_000
"""Comparisons of two short values that one rule may cost; a long one counts for several."""
MAX_COMPARED = 20
"""Choices of which the one with the fewest parts is taken first."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known of the events: which fields have one value at most, which are never absent."""

    has_one_value: Callable[[str], bool] = field(default=lambda _: False)
    is_always_present: Callable[[str], bool] = field(default=lambda _: False)


@dataclass(frozen=True, eq=False)
class Conflict:
    """Tests that exclude each other; one alone where no event meets it."""

    tests: tuple[Literal, ...]


class _GiveUp(Exception):
    """The search takes too long."""


_Pending: TypeAlias = "tuple[Formula, _Pending] | None"
"""What has yet to be true, as a list that shares its end."""


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """A test, those of its sets that the other tests of its field leave, and these tests."""

    test: Literal
    sets: tuple[ValueSet, ...]
    by: tuple[Literal, ...] = ()

    @property
    def reasons(self) -> tuple[Literal, ...]:
        """The test and what has narrowed it."""
        return (self.test, *self.by)


_Store: TypeAlias = dict["str | None", tuple[_Narrowed, ...]]
"""What has to be true in one way, by field; never changed, but replaced."""


class Reasoner:
    """Judges the conditions of one rule, which share the time that there is."""

    def __init__(self, known: Knowledge) -> None:
        self._known = known
        self._steps = 0
        self._conflicts: list[Conflict] = []

    def conflicts(self, formula: Formula) -> tuple[Conflict, ...]:
        """Why a formula is never true: a conflict for each way to meet it; () if it may be true."""
        self._conflicts = []
        ways: list[tuple[_Pending, _Store]] = [((formula, None), {})]
        try:
            while ways:
                more = self._followed(*ways.pop())
                if more is None:
                    return ()
                ways.extend(more)
        except _GiveUp:
            return ()
        return tuple(self._conflicts)

    def _followed(self, pending: _Pending, store: _Store) -> list[tuple[_Pending, _Store]] | None:
        """The ways that one way splits into; None if it is open to the end."""
        choices: list[Group] = []
        while pending is not None:
            part, pending = pending
            self._step()
            if isinstance(part, Group):
                if part.every:
                    for each in part.parts:
                        pending = (each, pending)
                else:
                    choices.append(part)
                continue
            store, conflict = self._with(part, store)
            if conflict is not None:
                self._conflicts.append(conflict)
                return []
        if not choices:
            return None
        rest: _Pending = None
        smallest, possible = self._smallest(choices, store)
        for choice in choices:
            rest = rest if choice is smallest else (choice, rest)
        return [((part, rest), store) for part in reversed(possible)]

    def _smallest(self, choices: Sequence[Group], store: _Store) -> tuple[Group, list[Formula]]:
        """The choice with the fewest parts that are not excluded at once, and these."""
        best: tuple[Group, list[Formula]] | None = None
        for choice in choices[:MAX_COMPARED]:
            possible = [part for part in choice.parts if not self._is_excluded(part, store)]
            if best is None or len(possible) < len(best[1]):
                best = choice, possible
            if len(possible) < 2:
                break
        assert best is not None
        if not best[1]:
            self._conflicts.extend(
                conflict
                for part in best[0].parts
                if (conflict := self._excluding(part, store)) is not None
            )
        return best

    def _is_excluded(self, part: Formula, store: _Store) -> bool:
        return self._excluding(part, store) is not None

    def _excluding(self, part: Formula, store: _Store) -> Conflict | None:
        """A conflict of a test with what has to be true, or of one of several that must be."""
        tests: Iterable[Formula] = (part,)
        if isinstance(part, Group):
            tests = part.parts if part.every else ()
        for test in tests:
            if isinstance(test, Literal):
                _, conflict = self._with(test, store)
                if conflict is not None:
                    return conflict
        return None

    def _with(self, test: Literal, store: _Store) -> tuple[_Store, Conflict | None]:
        """What has to be true with one test more, or the conflict that it brings."""
        name = test.field
        present = name is not None and self._known.is_always_present(name)
        sets = test.sets
        if test.holds and present:
            sets = tuple(each for each in sets if not each.is_absence)
        if (test.holds and not sets) or (
            not test.holds and present and any(each.is_presence for each in sets)
        ):
            return store, Conflict((test,))
        tests = [*store.get(name, ()), _Narrowed(test, sets)]
        conflict = self._narrow(tests) or self._neither(tests)
        return ({**store, name: tuple(tests)} if conflict is None else store), conflict

    def _narrow(self, tests: list[_Narrowed]) -> Conflict | None:
        """Leave each test the sets that the others allow; the last one is new.

        Gives the first conflict, a test that is left none.
        """
        name = tests[0].test.field
        single = name is not None and self._known.has_one_value(name)
        everything = range(len(tests))
        holding = [at for at in everything if tests[at].test.holds]
        changed = [len(tests) - 1]
        while changed:
            at = changed.pop()
            # Tests that must miss say nothing of each other.
            for there in everything if tests[at].test.holds else holding:
                self._step()
                for here, by in ((at, there), (there, at)):
                    one, other = tests[here], tests[by]
                    if here == by or not one.test.holds:
                        continue
                    kept = self._kept(one.sets, other, single=single)
                    reasons = tuple(dict.fromkeys((*one.by, *other.reasons)))
                    if not kept:
                        return Conflict(tuple(dict.fromkeys((one.test, *reasons))))
                    if len(kept) < len(one.sets):
                        tests[here] = _Narrowed(one.test, kept, reasons)
                        changed.append(here)
        return None

    def _neither(self, tests: Sequence[_Narrowed]) -> Conflict | None:
        """The tests that forbid presence and absence of a field, if the new one makes it so."""
        new = tests[-1]
        if new.test.holds or new.test.field is None:
            return None
        for forbids, others in ((_presence, _absence), (_absence, _presence)):
            if forbids(new):
                self._step(len(tests))
                found = next((each for each in tests if not each.test.holds and others(each)), None)
                if found is not None:
                    return Conflict(tuple(dict.fromkeys((new.test, found.test))))
        return None

    def _kept(
        self,
        sets: tuple[ValueSet, ...],
        other: _Narrowed,
        *,
        single: bool,
    ) -> tuple[ValueSet, ...]:
        """The sets of values of which some may be there, if the other test is to be met as well.

        Several values of a field may each fit one test; absence fits no test of a value.
        """
        others = other.sets
        self._step(1 + (len(sets) + len(others)) // 16)
        keys = {each.key for each in others}
        if not other.test.holds:
            fresh = (each for each in sets if each.key not in keys)
            return tuple(each for each in fresh if not self._is_within(each, others))
        if single:
            return tuple(
                each for each in sets if each.key in keys or not self._excludes(each, others)
            )
        absent = any(each.is_absence for each in others)
        present = not all(each.is_absence for each in others)
        return tuple(each for each in sets if (absent if each.is_absence else present))

    def _is_within(self, one: ValueSet, others: Iterable[ValueSet]) -> bool:
        for other in others:
            self._step(one.weight * other.weight)
            if one.within(other):
                return True
        return False

    def _excludes(self, one: ValueSet, others: Iterable[ValueSet]) -> bool:
        for other in others:
            self._step(one.weight * other.weight)
            if not one.excludes(other):
                return False
        return True

    def _step(self, weight: int = 1) -> None:
        self._steps += weight
        if self._steps > MAX_STEPS:
            raise _GiveUp


def _presence(test: _Narrowed) -> bool:
    """Whether any value of the field is among what a test asks for."""
    return any(each.is_presence for each in test.sets)


def _absence(test: _Narrowed) -> bool:
    """Whether the field's absence is among what a test asks for."""
    return any(each.is_absence for each in test.sets)
