"""Write ``tables/attack.json`` from MITRE's STIX bundles (``make attack STIX=... [V18=...]``).

    python tools/make_attack.py enterprise-attack-19.json [--v18 enterprise-attack-18.json]

The bundles are those of ``mitre-attack/attack-stix-data`` (STIX 2.1) or ``mitre/cti`` (STIX 2.0).
Without ``--v18`` what the table has of version 18 is kept. The same bundles always give the same
bytes. The exit code is 1 if a file is no bundle of ATT&CK Enterprise.

The table holds the newest version whole, and of version 18 what differs; there, null means that it
has no such id. A technique is a list of its name and the shortnames of its tactics.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sigmacast.attack import PARTS, TABLE, attack, part, source
from sigmacast.resources import tables_folder

Object = Mapping[str, Any]

ABOUT = (
    "Tactics, techniques, groups, software and mitigations of MITRE ATT&CK Enterprise: ids, names "
    "and tactics. © 2026 The MITRE Corporation. This work is reproduced and distributed with the "
    "permission of The MITRE Corporation. The MITRE Corporation (MITRE) hereby grants you a "
    "non-exclusive, royalty-free license to use ATT&CK® for research, development, and commercial "
    "purposes. Any copy you make for such purposes is authorized provided that you reproduce "
    "MITRE's copyright designation and this license in any such copy."
)
OLDER, NEWER = "v18", "v19"
NAMED = {
    "intrusion-set": "groups",
    "malware": "software",
    "tool": "software",
    "course-of-action": "mitigations",
}
"""Types of STIX objects of which only the name is kept, and the part of the table for each."""


class NoBundle(Exception):
    """A file that is no STIX bundle of ATT&CK Enterprise; the message says why."""


@dataclass(frozen=True)
class Snapshot:
    """One version of ATT&CK: its source, its tactics by id in the matrix's order, its parts."""

    source: Mapping[str, Any]
    tactics: Mapping[str, Sequence[str]]
    parts: Mapping[str, Mapping[str, Any]]


def main(arguments: Sequence[str]) -> int:
    """Write the table; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write tables/attack.json from STIX bundles.")
    parser.add_argument("newest", type=Path, help="enterprise-attack.json of version 19")
    parser.add_argument("--v18", type=Path, help="that of version 18; without it the table's own")
    parser.add_argument("--output", type=Path, default=tables_folder() / TABLE)
    options = parser.parse_args(arguments)
    try:
        newer = read_bundle(options.newest)
        older = read_bundle(options.v18) if options.v18 else kept(OLDER)
    except NoBundle as error:
        print(error, file=sys.stderr)
        return 1
    options.output.write_text(written(table(newer, older)) + "\n", encoding="utf-8", newline="\n")
    return 0


def read_bundle(path: Path) -> Snapshot:
    """What a STIX bundle holds; raises NoBundle."""
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"))
        return snapshot(bundle["objects"], path.name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoBundle(f"{path}: no STIX bundle of ATT&CK Enterprise: {error!r}") from None


def snapshot(objects: Sequence[Object], name: str) -> Snapshot:
    """One version from the objects of its bundle; *name* is the bundle's, for the sources."""
    living = [each for each in objects if not _is_gone(each)]
    tactics = _tactics(living)
    order = [shortname for _, shortname in tactics.values()]
    techniques: dict[str, Any] = {}
    parts: dict[str, dict[str, Any]] = {each: {} for each in PARTS}
    for each in living:
        if each["type"] == "attack-pattern":
            shortnames = sorted(_phases(each), key=order.index)
            techniques[_attack_id(each)] = [each["name"], *shortnames]
        elif each["type"] in NAMED and _attack_id(each):
            parts[NAMED[each["type"]]][_attack_id(each)] = each["name"]
    for each in objects:
        if each["type"] == "attack-pattern" and each.get("x_mitre_deprecated"):
            parts["deprecated"][_attack_id(each)] = each["name"]
    parts["techniques"] = techniques
    parts["revoked"] = _revoked(objects, techniques)
    return Snapshot(_source(living, name), tactics, parts)


def kept(version: str) -> Snapshot:
    """A version as the present table has it."""
    tactics = {each.id: [each.name, each.shortname] for each in attack(version).tactics}
    return Snapshot(source(version), tactics, {name: part(version, name) for name in PARTS})


def table(newer: Snapshot, older: Snapshot) -> dict[str, Any]:
    """The table's contents, all in the order in which they are written."""
    return {
        "about": ABOUT,
        "sources": {OLDER: older.source, NEWER: newer.source},
        "tactics": {OLDER: older.tactics, NEWER: newer.tactics},
        "retired_tactics": _retired(newer, older),
        **{name: _sorted(newer.parts[name]) for name in PARTS},
        OLDER: {name: _difference(newer.parts[name], older.parts[name]) for name in PARTS},
    }


def written(value: Any, indent: str = "") -> str:
    """JSON with each entry of a mapping on a line of its own, so that versions can be compared."""
    if not isinstance(value, Mapping) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = f"{indent} "
    entries = (f"{inner}{json.dumps(key)}: {written(each, inner)}" for key, each in value.items())
    return "{\n" + ",\n".join(entries) + f"\n{indent}}}"


def _tactics(living: Iterable[Object]) -> dict[str, Sequence[str]]:
    by_stix_id = {each["id"]: each for each in living if each["type"] == "x-mitre-tactic"}
    matrix = next((each for each in living if each["type"] == "x-mitre-matrix"), None)
    if matrix is None or not by_stix_id:
        raise ValueError("it has no matrix or no tactics")
    ordered = [by_stix_id[ref] for ref in matrix["tactic_refs"] if ref in by_stix_id]
    return {_attack_id(each): [each["name"], each["x_mitre_shortname"]] for each in ordered}


def _revoked(objects: Sequence[Object], techniques: Mapping[str, Any]) -> dict[str, str]:
    """Revoked ids with the technique at the end of their chain; without such an end, left out."""
    patterns = {
        each["id"]: _attack_id(each) for each in objects if each["type"] == "attack-pattern"
    }
    links = {
        patterns[each["source_ref"]]: patterns[each["target_ref"]]
        for each in objects
        if each["type"] == "relationship"
        and each["relationship_type"] == "revoked-by"
        and each["source_ref"] in patterns
        and each["target_ref"] in patterns
        and not _is_gone(each)
    }
    found: dict[str, str] = {}
    for old in links.keys() - techniques.keys():
        end, passed = links[old], {old}
        while end not in techniques and end in links and end not in passed:
            passed.add(end)
            end = links[end]
        if end in techniques:
            found[old] = end
    return found


def _source(living: Iterable[Object], name: str) -> dict[str, str]:
    collection = next((each for each in living if each["type"] == "x-mitre-collection"), {})
    return {
        "version": str(collection.get("x_mitre_version", "unknown")),
        "date": str(collection.get("modified", "unknown"))[:10],
        "from": f"MITRE's STIX bundle {name}",
    }


def _retired(newer: Snapshot, older: Snapshot) -> dict[str, list[str]]:
    """Tactics that only the older version has, with the new ones that their techniques have now."""
    before = [shortname for _, shortname in older.tactics.values()]
    now = [shortname for _, shortname in newer.tactics.values()]
    found: dict[str, list[str]] = {}
    for gone in (each for each in before if each not in now):
        had: set[str] = set()
        for id, (_, *shortnames) in older.parts["techniques"].items():
            if gone in shortnames:
                id = newer.parts["revoked"].get(id, id)
                had.update(newer.parts["techniques"].get(id, [""])[1:])
        found[gone] = [each for each in now if each in had and each not in before]
    return found


def _difference(newer: Mapping[str, Any], older: Mapping[str, Any]) -> dict[str, Any]:
    ids = sorted(newer.keys() | older.keys())
    return {id: older.get(id) for id in ids if older.get(id) != newer.get(id)}


def _sorted(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {id: entries[id] for id in sorted(entries)}


def _is_gone(each: Object) -> bool:
    return bool(each.get("revoked") or each.get("x_mitre_deprecated"))


def _attack_id(each: Object) -> str:
    """The id that people use; a mobile or ICS object has none here."""
    references = each.get("external_references", [])
    ids = (ref.get("external_id") for ref in references if ref["source_name"] == "mitre-attack")
    return next((id for id in ids if id), "")


def _phases(each: Object) -> list[str]:
    phases = each.get("kill_chain_phases", [])
    return [ph["phase_name"] for ph in phases if ph["kill_chain_name"] == "mitre-attack"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
