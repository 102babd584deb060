"""Rules to coverage: which techniques of ATT&CK they are tagged with."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sigmacast.attack import Attack, Tactic, Technique, attack, threat_of
from sigmacast.loading import RuleRef, Ruleset, RuleSource


@dataclass(frozen=True, slots=True)
class CoveringRule:
    """A rule that covers a technique; the level is None where the rule has none."""

    ref: RuleRef
    level: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the matrix: a technique under one tactic, with the rules that say so.

    A sub-technique has a cell of its own; its rules do not count for its parent.
    """

    tactic: Tactic
    technique: Technique
    rules: tuple[CoveringRule, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What rules cover: the cells that have a rule, by tactic in the matrix's order, then by id.

    ``rules`` counts all rules; ``untagged`` those that name neither tactic nor technique, and
    ``without_technique`` those that name tactics only. ``unknown`` are tags that this version of
    ATT&CK does not have, ``replaced`` are pairs of an id and the technique that was counted for
    it, each with the number of rules.
    """

    attack: Attack
    cells: tuple[Cell, ...]
    rules: int
    untagged: int
    without_technique: int
    unknown: tuple[tuple[str, int], ...]
    replaced: tuple[tuple[tuple[str, str], int], ...]


def cover(ruleset: Ruleset, version: str) -> Coverage:
    """The coverage of all rules that stand on their own, of any log source.

    A rule that a correlation uses counts by the correlation's tags. Raises UsageError for an
    unknown version.
    """
    matrix = attack(version)
    covering: dict[tuple[str, str], list[CoveringRule]] = {}
    unknown: Counter[str] = Counter()
    replaced: Counter[tuple[str, str]] = Counter()
    untagged = without_technique = 0
    for source in ruleset.rules:
        threat = threat_of(source.data.get("tags") or (), version)
        unknown.update(threat.unknown)
        replaced.update(threat.replaced)
        places = {
            (entry.tactic.shortname, technique.id)
            for entry in threat.entries
            for technique in entry.tagged
        }
        untagged += not threat.entries
        without_technique += bool(threat.entries) and not places
        rule = _covering_rule(source)
        for place in places:
            covering.setdefault(place, []).append(rule)
    return Coverage(
        attack=matrix,
        cells=tuple(
            Cell(tactic, matrix.techniques[id], tuple(covering[tactic.shortname, id]))
            for tactic in matrix.tactics
            for id in sorted(id for shortname, id in covering if shortname == tactic.shortname)
        ),
        rules=len(ruleset.rules),
        untagged=untagged,
        without_technique=without_technique,
        unknown=tuple(sorted(unknown.items())),
        replaced=tuple(sorted(replaced.items())),
    )


def _covering_rule(source: RuleSource) -> CoveringRule:
    level = source.data.get("level")
    return CoveringRule(source.ref, level if isinstance(level, str) else None)
