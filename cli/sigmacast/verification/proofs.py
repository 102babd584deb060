"""What a verification gives: for each rule and target a verdict, and the events that show why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sigmacast.loading import RuleRef
from sigmacast.matching.nodes import Reason

MAX_SHOWN = 3
"""Differences of one rule on one target that are kept; the rest is counted."""


class Verdict(str, Enum):
    """What became of a rule on a target."""

    EXACT = "exact"
    ANNOUNCED = "announced"
    REFUSED = "refused"
    WRONG = "wrong"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Witness:
    """An event to ask about. ``record`` is its number in ``file``; a made one has ``made`` only.

    ``changed`` is the field in which it differs from another event, where that is known, and
    ``base`` that event, where it was asked about, too.
    """

    data: Mapping[str, Any]
    file: str | None = None
    record: int | None = None
    made: str | None = None
    changed: str | None = None
    base: Witness | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """An event on which rule and query differ, and the tests of the rule that decide there.

    ``rule_matches`` tells which of the two finds it; ``announced_by`` has the codes that said so.
    """

    witness: Witness
    rule_matches: bool
    reasons: tuple[Reason, ...]
    announced_by: tuple[str, ...] = ()


@dataclass
class Proof:
    """One rule on one target: what was asked, and what was found.

    ``because`` says why a query is refused, unproven, or wrong without an event.
    """

    rule: RuleRef
    target: str
    queries: tuple[str, ...] = ()
    events: int = 0
    matches: int = 0
    missed: int = 0
    extra: int = 0
    announced: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    because: str | None = None
    _settled: Verdict | None = None
    _doubted: bool = False

    @property
    def verdict(self) -> Verdict:
        """What it all comes to; an event that shows a difference weighs more than a doubt."""
        if self.missed or self.extra:
            return Verdict.WRONG
        if self._settled is not None:
            return self._settled
        if self._doubted or not self.events:
            return Verdict.UNPROVEN
        return Verdict.ANNOUNCED if self.announced else Verdict.EXACT

    @property
    def is_open(self) -> bool:
        """Whether further events are to be asked about."""
        return self._settled is None

    def settle(self, verdict: Verdict, because: str) -> None:
        """End it without further events."""
        self._settled, self.because = verdict, because

    def doubt(self, because: str) -> None:
        """An event on which the evaluator cannot tell; others may still show a difference."""
        self._doubted = True
        self.because = self.because or because

    def add(self, difference: Difference) -> None:
        """Count a difference, and keep it if it is one of the first."""
        for code in difference.announced_by:
            self.announced[code] = self.announced.get(code, 0) + 1
        if not difference.announced_by:
            self.missed += difference.rule_matches
            self.extra += not difference.rule_matches
        kept = [bool(each.announced_by) for each in self.differences]
        if kept.count(bool(difference.announced_by)) < MAX_SHOWN:
            self.differences.append(difference)


@dataclass
class Verification:
    """What a run gave: a proof for each rule and target, in the order of the conversions.

    ``implausible`` counts records of regression data that AWS would not write so, by the field;
    ``other_log_sources`` is the number of rules left out.
    """

    proofs: list[Proof] = field(default_factory=list)
    implausible: dict[str, int] = field(default_factory=dict)
    other_log_sources: int = 0
