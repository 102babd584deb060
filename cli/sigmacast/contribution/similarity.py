"""Rules of a repository that are the same as a new one, contain it, or come near it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from sigma.exceptions import SigmaError

from sigmacast.building import build_rule
from sigmacast.contribution.aws_terms import same_names
from sigmacast.contribution.containment import Budget, Containment
from sigmacast.contribution.repository import Repository, RuleFile, log_source_key
from sigmacast.contribution.table import table
from sigmacast.contribution.terms import Leaf, Term, leaves, term_of
from sigmacast.jobs import in_slices
from sigmacast.loading import RuleSource, load
from sigmacast.matching.values import shown
from sigmacast.rule_form import Kind

ALL_STEPS = 2_000_000
"""What all comparisons of a run may cost; see ``containment``."""
CLOUDTRAIL = ("aws", None, "cloudtrail")


class Relation(str, Enum):
    """What a rule of the repository does, seen from the new one."""

    SAME = "finds the same events"
    GENERAL = "contains the new rule: it finds all of its events, and more"
    SPECIAL = "is contained in the new rule: it finds a part of its events"
    NEAR = "comes near"


@dataclass(frozen=True, slots=True)
class Similar:
    """A rule of the repository, and what it has to do with the new one.

    ``score`` is what they have in common, from 0 to 1. ``only_new`` and ``only_there`` are the
    tests that one of the two has alone. ``linked`` is the type by which the new rule names it
    below ``related``.
    """

    file: RuleFile
    source: RuleSource
    relation: Relation
    score: float
    only_new: tuple[str, ...] = ()
    only_there: tuple[str, ...] = ()
    linked: str | None = None

    @property
    def is_duplicate(self) -> bool:
        """Whether the repository has the new rule already; what it has given up does not count."""
        return self.relation is Relation.SAME and not self.file.is_retired


@dataclass(frozen=True)
class Comparison:
    """All that comes near, the nearest first; ``left_out`` rules had no meaning to compare, and
    for ``undecided`` pairs containment takes too long to find out."""

    similar: tuple[Similar, ...] = ()
    compared: int = 0
    left_out: int = 0
    undecided: int = 0


def rules_beside(
    repository: Repository, rule: RuleSource, jobs: int
) -> list[tuple[RuleFile, RuleSource]]:
    """The repository's rules for the log source of a rule."""
    by_path = {str(repository.root / each.path): each for each in _likely(repository, rule)}
    wanted = log_source_key(rule.data["logsource"])
    return [
        (by_path[source.path], source)
        for source in load(by_path, jobs=jobs).sources
        if source.kind is Kind.RULE
        and source.path in by_path
        and log_source_key(source.data["logsource"]) == wanted
    ]


def compare(
    rule: RuleSource, others: Sequence[tuple[RuleFile, RuleSource]], jobs: int
) -> Comparison:
    """Compare a rule with others of its log source; none is, if it has no meaning itself."""
    is_cloudtrail = log_source_key(rule.data["logsource"]) == CLOUDTRAIL
    try:
        ours = _term(rule, is_cloudtrail)
    except (SigmaError, RecursionError):
        return Comparison(left_out=len(others))
    linked = _links(rule)

    def work(start: int, stop: int) -> tuple[list[Similar], int, int]:
        slice_of_budget = ALL_STEPS * (stop - start) // max(len(others), 1)
        judge = _Judge(ours, Budget(slice_of_budget), is_cloudtrail, linked)
        found = [judge.similar(file, source) for file, source in others[start:stop]]
        return [each for each in found if each is not None], judge.left_out, judge.undecided

    parts = list(in_slices(work, len(others), jobs))
    similar = [each for part in parts for each in part[0]]
    order = list(Relation)
    similar.sort(key=lambda each: (order.index(each.relation), -each.score, each.file.path))
    left_out = sum(part[1] for part in parts)
    return Comparison(
        tuple(similar), len(others) - left_out, left_out, sum(part[2] for part in parts)
    )


def _likely(repository: Repository, rule: RuleSource) -> list[RuleFile]:
    own = Path(rule.path).resolve()
    return [
        each
        for each in repository.like(rule.data["logsource"])
        if repository.root / each.path != own
    ]


def _term(source: RuleSource, is_cloudtrail: bool) -> Term:
    term = term_of(build_rule(source, ()))
    return same_names(term) if is_cloudtrail else term


class _Judge:
    """Compares one rule with one other after the other."""

    def __init__(
        self, ours: Term, budget: Budget, is_cloudtrail: bool, linked: Mapping[str, str]
    ) -> None:
        self._ours = ours
        self._tests = set(leaves(ours))
        self._by_field = _by_field(self._tests)
        self._budget = budget
        self._is_cloudtrail = is_cloudtrail
        self._linked = linked
        self.left_out = 0
        self.undecided = 0

    def similar(self, file: RuleFile, source: RuleSource) -> Similar | None:
        """What the other rule has to do with ours; None if little."""
        try:
            theirs = _term(source, self._is_cloudtrail)
        except (SigmaError, RecursionError):
            self.left_out += 1
            return None
        tests = set(leaves(theirs))
        score = self._score(tests)
        relation = self._relation(theirs)
        if relation is None and score < table()["similarity"]["least"]:
            return None
        return Similar(
            file,
            source,
            relation or Relation.NEAR,
            score,
            _shown(self._tests - tests),
            _shown(tests - self._tests),
            self._linked.get(str(source.data.get("id")).lower()),
        )

    def _relation(self, theirs: Term) -> Relation | None:
        if theirs == self._ours:
            return Relation.SAME
        pair = Containment(self._budget)
        general, special = pair.within(self._ours, theirs), pair.within(theirs, self._ours)
        self.undecided += general is None or special is None
        if general and special:
            return Relation.SAME
        if general:
            return Relation.GENERAL
        return Relation.SPECIAL if special else None

    def _score(self, tests: Iterable[Leaf]) -> float:
        """The weighted mean over all fields of what the two ask of a field in common.

        0 if both name events, and no event in common.
        """
        theirs = _by_field(tests)
        facts = table()["similarity"]
        weights, usual = facts["weights"], facts["other_fields"]
        decisive = [each.get((True, facts["decisive"])) for each in (self._by_field, theirs)]
        if decisive[0] and decisive[1] and decisive[0].isdisjoint(decisive[1]):
            return 0.0
        total = common = 0.0
        for place in self._by_field.keys() | theirs.keys():
            weight = weights.get(place[1], usual)
            total += weight
            common += weight * _overlap(
                self._by_field.get(place, frozenset()), theirs.get(place, frozenset())
            )
        return common / total


def _overlap(one: frozenset[Any], other: frozenset[Any]) -> float:
    """The mean of what they share of all, and what they share of the smaller one: a name among
    twenty is half of the same, not a twentieth."""
    both = len(one & other)
    if not both:
        return 0.0
    return (both / len(one | other) + both / min(len(one), len(other))) / 2


def _by_field(tests: Iterable[Leaf]) -> dict[tuple[bool, str | None], frozenset[Any]]:
    found: dict[tuple[bool, str | None], set[Any]] = {}
    for leaf in tests:
        found.setdefault((leaf.holds, leaf.field), set()).add(leaf.key)
    return {place: frozenset(keys) for place, keys in found.items()}


def _shown(tests: Iterable[Leaf]) -> tuple[str, ...]:
    return tuple(sorted(map(_said, tests)))


def _said(leaf: Leaf) -> str:
    said = f"{leaf.field or 'text'}: {shown(leaf.test.value)}"
    return said if leaf.holds else f"not {said}"


def _links(rule: RuleSource) -> Mapping[str, str]:
    """Ids below ``related``, with the type of each."""
    return dict(_related(rule.data.get("related")))


def _related(listed: Any) -> Iterator[tuple[str, str]]:
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict) and "id" in each:
            yield str(each["id"]).lower(), str(each.get("type", "related"))
