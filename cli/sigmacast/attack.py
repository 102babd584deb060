"""MITRE ATT&CK Enterprise in versions 18 and 19, and what a Sigma rule's tags say in each.

Read from ``tables/attack.json``, which ``tools/make_attack.py`` writes and which names its sources;
nothing is read before it is asked for. The versions differ where v19 split the tactic Defense
Evasion into Stealth (which kept the id TA0005) and Defense Impairment, and gave techniques new ids.

``threat_of`` reads tags that were written for either version:

- A technique that a version does not have is replaced by the one that stands for it: a revoked id
  by its replacement (``T1562.008`` is ``T1685.002`` in v19), and in v18 an id that came with v19 by
  the one it replaced. Where it replaced several, the one of the same name stands for it (``T1685``
  is ``T1562.001`` in v18), else none, and the tag is unknown there.
- ``attack.stealth`` and ``attack.defense-impairment`` are Defense Evasion in v18.
  ``attack.defense-evasion`` is in v19 whichever of the two the rule's techniques have, both where
  they decide nothing. ``attack.ta0005`` names a tactic of either version and is taken as such.
- A technique stands under those of its own tactics that the rule names, under all of its own if the
  rule names none of them. A tactic that no technique of the rule has stays, without techniques.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from sigmacast.errors import unknown as unknown_name
from sigmacast.resources import table

TABLE = "attack.json"
VERSIONS = ("v18", "v19")
FIRST_STACK_OF_V19 = (9, 5)
PARTS = ("techniques", "revoked", "deprecated", "groups", "software", "mitigations")
"""What the table holds of each version beside its tactics, by id."""

_SITE = "https://attack.mitre.org"
_PREFIX = "attack."
_TECHNIQUE = re.compile(r"t\d{4}(\.\d{3})?")
_TACTIC = re.compile(r"ta\d{4}")
# Groups, software, campaigns, mitigations and what describes detections: no part of a threat.
_OTHER_KINDS = re.compile(r"(g|s|c|m|ds|dc|det|an)\d{4}")


@dataclass(frozen=True, slots=True)
class Tactic:
    """A tactic; tags name it by ``shortname`` (``credential-access``)."""

    id: str
    name: str
    shortname: str

    @property
    def url(self) -> str:
        """Its page."""
        return f"{_SITE}/tactics/{self.id}/"


@dataclass(frozen=True, slots=True)
class Technique:
    """A technique or a sub-technique, with the shortnames of its tactics in the matrix's order."""

    id: str
    name: str
    tactics: tuple[str, ...]

    @property
    def url(self) -> str:
        """Its page; a sub-technique's lies below its parent's."""
        return f"{_SITE}/techniques/{self.id.replace('.', '/')}/"

    @property
    def parent(self) -> str | None:
        """The id of the technique that this is a sub-technique of, or None."""
        parent, dot, _ = self.id.partition(".")
        return parent if dot else None


@dataclass(frozen=True, slots=True)
class TechniqueEntry:
    """A technique around its sub-techniques; ``tagged`` says whether a tag names it itself."""

    technique: Technique
    subtechniques: tuple[Technique, ...]
    tagged: bool


@dataclass(frozen=True, slots=True)
class TacticEntry:
    """A tactic with the techniques that stand under it, in the order of their ids."""

    tactic: Tactic
    techniques: tuple[TechniqueEntry, ...]

    @property
    def tagged(self) -> Iterator[Technique]:
        """The techniques and sub-techniques that tags name, without mere parents."""
        for entry in self.techniques:
            if entry.tagged:
                yield entry.technique
            yield from entry.subtechniques


@dataclass(frozen=True, slots=True)
class Threat:
    """What a rule's tags say in one version of ATT&CK.

    ``entries`` follow the matrix, ``unknown`` are tags as they are written, ``replaced`` are pairs
    of the id that a tag has and of the technique that was taken for it.
    """

    entries: tuple[TacticEntry, ...]
    unknown: tuple[str, ...]
    replaced: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Attack:
    """One version of ATT&CK.

    ``release`` is exact (``18.1``). ``revoked`` leads to the technique that replaces an id, and so
    does ``replacements``, which in v18 also holds the ids that are new in v19 where one technique
    stands for them. Groups, software and mitigations are names by id.
    """

    version: str
    release: str
    tactics: tuple[Tactic, ...]
    techniques: Mapping[str, Technique]
    revoked: Mapping[str, str]
    replacements: Mapping[str, str]
    groups: Mapping[str, str]
    software: Mapping[str, str]
    mitigations: Mapping[str, str]

    @cached_property
    def _tactics(self) -> dict[str, Tactic]:
        by_id = {tactic.id: tactic for tactic in self.tactics}
        return by_id | {tactic.shortname: tactic for tactic in self.tactics}

    def tactic(self, name: str) -> Tactic | None:
        """The tactic of a shortname or an id, or None."""
        return self._tactics.get(name)

    def technique(self, id: str) -> Technique | None:
        """The technique of exactly this id, or None; ask ``replacements`` for old ones."""
        return self.techniques.get(id)


@cache
def attack(version: str = "v18") -> Attack:
    """A version of ATT&CK, read once; raises UsageError for one that is not here."""
    if version not in VERSIONS:
        raise unknown_name("ATT&CK version", version, VERSIONS, f"known: {', '.join(VERSIONS)}")
    techniques = {
        id: Technique(id, name, tuple(tactics))
        for id, (name, *tactics) in part(version, "techniques").items()
    }
    revoked = part(version, "revoked")
    return Attack(
        version=version,
        release=source(version)["version"],
        tactics=tuple(Tactic(id, *names) for id, names in table(TABLE)["tactics"][version].items()),
        techniques=MappingProxyType(techniques),
        revoked=MappingProxyType(revoked),
        replacements=MappingProxyType(_predecessors(techniques) | revoked),
        groups=MappingProxyType(part(version, "groups")),
        software=MappingProxyType(part(version, "software")),
        mitigations=MappingProxyType(part(version, "mitigations")),
    )


def source(version: str) -> dict[str, Any]:
    """Where the table has a version from: ``version``, ``date``, ``from``, perhaps ``remarks``."""
    return dict(table(TABLE)["sources"][version])


def part(version: str, name: str) -> dict[str, Any]:
    """One of ``PARTS`` as the table writes it: the newest version's, with an older one's changes.

    A technique is a list of its name and its tactics, a revoked id leads to its replacement, all
    else is a name.
    """
    changes = table(TABLE).get(version, {}).get(name, {})
    merged = {**table(TABLE)[name], **changes}
    return {id: merged[id] for id in sorted(merged) if merged[id] is not None}


def version_for(stack: str | None) -> str:
    """The version that an Elastic Stack such as 8.19 or 9.5 knows; the older one for any 9.

    Source: elastic/detection-rules, ``stack_emit.py`` (v19 from 9.5 on).
    """
    numbers = (stack or "8.19").replace("x", "0").split(".")
    return VERSIONS[tuple(map(int, numbers)) >= FIRST_STACK_OF_V19]


def threat_of(tags: Sequence[str], version: str) -> Threat:
    """What a rule's tags say of ATT&CK in a version; tags of other kinds are left out of account.

    Raises nothing for a tag, whatever it is, and UsageError for an unknown version.
    """
    matrix = attack(version)
    techniques: dict[str, Technique] = {}
    tactics: dict[str, str] = {}
    unknown: set[str] = set()
    replaced: dict[tuple[str, str], None] = {}
    for tag, name in _names(tags):
        if _TECHNIQUE.fullmatch(name):
            id = name.upper()
            found = matrix.technique(matrix.replacements.get(id, id))
            if found is None:
                unknown.add(tag)
                continue
            techniques[found.id] = found
            if found.id != id:
                replaced[id, found.id] = None
        elif not _OTHER_KINDS.fullmatch(name):
            tactics[tag] = name
    named: set[str] = set()
    for tag, name in tactics.items():
        shortnames = _shortnames(matrix, name, techniques.values())
        named.update(shortnames)
        if not shortnames:
            unknown.add(tag)
    in_order = tuple(tag for tag in dict(_names(tags)) if tag in unknown)
    return Threat(_entries(matrix, named, techniques), in_order, tuple(replaced))


def _names(tags: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Each tag of ATT&CK with what follows ``attack.``, in lower case."""
    for tag in tags:
        if isinstance(tag, str):
            lowered = tag.strip().lower()
            if lowered.startswith(_PREFIX):
                yield tag, lowered[len(_PREFIX) :]


def _shortnames(matrix: Attack, name: str, techniques: Collection[Technique]) -> Sequence[str]:
    """The tactics of a version that a tag names, by its own name or by that of another version."""
    spelled = name.upper() if _TACTIC.fullmatch(name) else name.replace("_", "-").replace(" ", "-")
    found = matrix.tactic(spelled)
    if found is not None:
        return (found.shortname,)
    elsewhere = next((t for v in VERSIONS if (t := attack(v).tactic(spelled))), None)
    if elsewhere is None:
        return ()
    retired: dict[str, list[str]] = table(TABLE)["retired_tactics"]
    successors = retired.get(elsewhere.shortname)
    if successors is None:
        return [old for old, new in retired.items() if elsewhere.shortname in new]
    had = {shortname for technique in techniques for shortname in technique.tactics}
    return [each for each in successors if each in had] or successors


def _entries(
    matrix: Attack, named: set[str], techniques: Mapping[str, Technique]
) -> tuple[TacticEntry, ...]:
    under: dict[str, dict[str, list[Technique]]] = {shortname: {} for shortname in named}
    for id in sorted(techniques):
        technique = techniques[id]
        places = [each for each in technique.tactics if each in named] or technique.tactics
        for shortname in places:
            families = under.setdefault(shortname, {})
            families.setdefault(technique.parent or id, []).append(technique)
    return tuple(
        TacticEntry(
            tactic, tuple(_entry(matrix, *each) for each in under[tactic.shortname].items())
        )
        for tactic in matrix.tactics
        if tactic.shortname in under
    )


def _entry(matrix: Attack, id: str, family: Sequence[Technique]) -> TechniqueEntry:
    subtechniques = tuple(technique for technique in family if technique.parent is not None)
    return TechniqueEntry(matrix.techniques[id], subtechniques, len(subtechniques) < len(family))


def _predecessors(techniques: Mapping[str, Technique]) -> dict[str, str]:
    """For ids that only the newest version has, which technique of an older one they replaced."""
    newest = part(VERSIONS[-1], "techniques")
    replaced: dict[str, list[str]] = {}
    for old, new in part(VERSIONS[-1], "revoked").items():
        if new not in techniques and old in techniques:
            replaced.setdefault(new, []).append(old)
    found: dict[str, str] = {}
    for new, olds in replaced.items():
        same = [old for old in olds if techniques[old].name == newest[new][0]]
        if len(olds) == 1 or len(same) == 1:
            found[new] = (same or olds)[0]
    return found
