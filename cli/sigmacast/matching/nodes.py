"""A rule as a tree of tests, in the rule's own words: selections, quantifiers, fields.

Each node gives a predicate (compiled once, fast) and can explain one event (slowly, in words); both
come from the same tests, so that they cannot disagree.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sigma.types import SigmaType

from sigmacast.matching.comparing import text
from sigmacast.matching.paths import Record, getter
from sigmacast.matching.values import (
    Predicate,
    any_text_predicate,
    exact_text,
    field_predicate,
    keyword_predicate,
    shown,
)

MAX_SHOWN = 200
"""Characters of a value that an explanation shows."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a part of a rule matched an event or did not, with the parts that it is made of.

    A test of a field has ``field``, ``expected`` (the rule's values) and ``actual`` (the event's).
    """

    matched: bool
    what: str
    parts: tuple[Reason, ...] = ()
    field: str | None = None
    expected: str | None = None
    actual: str | None = None

    def deciding(self) -> tuple[Reason, ...]:
        """The tests that decided.

        Of alternatives that all missed, those that came nearest: with the fewest tests to change.
        """
        if not self.parts:
            return (self,)
        same = [part.deciding() for part in self.parts if part.matched == self.matched]
        if not same:  # a negation
            return tuple(test for part in self.parts for test in part.deciding())
        if self.what == ANY and not self.matched:
            fewest = min(map(len, same))
            same = [tests for tests in same if len(tests) == fewest]
        return tuple(dict.fromkeys(test for tests in same for test in tests))


ALL, ANY, NOT = "all of", "any of", "not"


class Node(ABC):
    """A part of a rule's condition."""

    @abstractmethod
    def predicate(self) -> Predicate:
        """A function that says whether an event is what this part says."""

    @abstractmethod
    def explain(self, event: Record) -> Reason:
        """Why an event is what this part says, or is not."""

    def required(self, field: str) -> frozenset[str] | None:  # noqa: ARG002
        """The folded texts one of which *field* must hold for this part to match; None if any."""
        return None

    @cached_property
    def meets(self) -> Predicate:
        """The predicate, compiled when it is first asked for."""
        return self.predicate()


@dataclass(frozen=True)
class Group(Node):
    """Parts of which each must match (``every``), or one."""

    parts: tuple[Node, ...]
    every: bool

    def predicate(self) -> Predicate:
        """Stops at the first part that decides."""
        return _combined([part.predicate() for part in self.parts], every=self.every)

    def explain(self, event: Record) -> Reason:
        """All parts are explained, also after the first that decides."""
        parts = tuple(part.explain(event) for part in self.parts)
        combined = all if self.every else any
        return Reason(combined(part.matched for part in parts), ALL if self.every else ANY, parts)

    def required(self, field: str) -> frozenset[str] | None:
        """What the narrowest of all requires; of alternatives what they require together."""
        found = [part.required(field) for part in self.parts]
        known = [texts for texts in found if texts is not None]
        if self.every:
            return min(known, key=len) if known else None
        return frozenset().union(*known) if len(known) == len(found) else None


@dataclass(frozen=True)
class Not(Node):
    """The part must not match."""

    part: Node

    def predicate(self) -> Predicate:
        """The opposite."""
        test = self.part.predicate()
        return lambda event: not test(event)

    def explain(self, event: Record) -> Reason:
        """The opposite, for the same reasons."""
        part = self.part.explain(event)
        return Reason(not part.matched, NOT, (part,))


@dataclass(frozen=True)
class Selection(Node):
    """A named selection of the rule."""

    name: str
    part: Node

    def predicate(self) -> Predicate:
        """A name costs nothing."""
        return self.part.predicate()

    def explain(self, event: Record) -> Reason:
        """The part's reason under the selection's name."""
        part = self.part.explain(event)
        return Reason(part.matched, f"selection {self.name}", (part,))

    def required(self, field: str) -> frozenset[str] | None:
        """What the part requires."""
        return self.part.required(field)


@dataclass(frozen=True)
class FieldTest(Node):
    """A field and the values one of which, or each of which, it must hold."""

    field: str
    values: tuple[SigmaType, ...]
    every: bool

    def predicate(self) -> Predicate:
        """Of alternatives, those without wildcards are looked up together."""
        if self.every:
            tests = [field_predicate(self.field, value) for value in self.values]
            return _combined(tests, every=True)
        texts: set[str] = set()
        tests = []
        for value in self.values:
            written = exact_text(value)
            if written is None:
                tests.append(field_predicate(self.field, value))
            else:
                texts.add(written)
        if texts:
            tests.insert(0, any_text_predicate(self.field, frozenset(texts)))
        return _combined(tests, every=False)

    def explain(self, event: Record) -> Reason:
        """The rule's values beside what the event holds."""
        joined = (" and " if self.every else " or ").join(map(shown, self.values))
        held = getter(self.field)(event)
        actual = ", ".join(f"'{text(v)}'" if isinstance(v, str) else text(v) for v in held)
        return Reason(
            self.meets(event),
            "field",
            field=self.field,
            expected=_short(joined),
            actual=_short(actual) if held else "absent",
        )

    def required(self, field: str) -> frozenset[str] | None:
        """The exact texts, if this is the field and there are only such."""
        if field != self.field:
            return None
        texts = [exact_text(value) for value in self.values]
        known = [found for found in texts if found is not None]
        if self.every:
            return frozenset(known[:1]) if known else None
        return frozenset(known) if len(known) == len(texts) else None


@dataclass(frozen=True)
class KeywordTest(Node):
    """Keywords one of which, or each of which, the record's text must contain."""

    values: tuple[SigmaType, ...]
    every: bool

    def predicate(self) -> Predicate:
        """Each keyword searches the record's compact JSON."""
        return _combined([keyword_predicate(value) for value in self.values], every=self.every)

    def explain(self, event: Record) -> Reason:
        """The keywords; the record itself is not repeated."""
        joined = (" and " if self.every else " or ").join(map(shown, self.values))
        matched = self.meets(event)
        return Reason(
            matched,
            "keyword",
            expected=_short(joined),
            actual="in the record" if matched else "not in the record",
        )


def _combined(tests: Sequence[Predicate], *, every: bool) -> Predicate:
    """One test for several; two at most, which is nearly always, without a loop."""
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        if every:
            return lambda event: first(event) and second(event)
        return lambda event: first(event) or second(event)
    if every:
        return lambda event: all(test(event) for test in tests)
    return lambda event: any(test(event) for test in tests)


def _short(written: str) -> str:
    return written if len(written) <= MAX_SHOWN else f"{written[: MAX_SHOWN - 1]}…"
