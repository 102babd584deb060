"""The report of ``coverage``: a table, JSON lines, a layer for the ATT&CK Navigator, exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sigmacast import exit_codes
from sigmacast.attack import Technique
from sigmacast.covering import Cell, Coverage, CoveringRule
from sigmacast.diagnostics import counted
from sigmacast.loading import Ruleset
from sigmacast.reports import jsonl, text
from sigmacast.reports.inputs import tell_missing, tell_nothing, tell_unusable
from sigmacast.reports.terminal import Terminal

HEADS = ("TACTIC", "TECHNIQUE", "NAME", "RULES")
FEWEST, MOST = "#c6dbef", "#2171b5"
"""Colours of the layer for a technique with one rule and for one with the most."""
LAYER, NAVIGATOR = "4.5", "4.9.0"
"""The format of the layer, and the oldest Navigator that reads it."""


class CoverageReport:
    """Shows what rules cover, and says what could not be read or counted."""

    def __init__(self, terminal: Terminal, *, as_json: bool) -> None:
        self._terminal = terminal
        self._json = as_json

    def finish(self, coverage: Coverage, ruleset: Ruleset) -> int:
        """Write the results; the exit code of the run."""
        tell_missing(self._terminal, ruleset.missing)
        tell_unusable(self._terminal, ruleset.unusable)
        if not coverage.rules and not ruleset.unusable:
            return tell_nothing(self._terminal, ruleset.missing)
        for line in _json_lines(coverage) if self._json else _table(coverage):
            self._terminal.result(line)
        for line in _talk(coverage):
            self._terminal.talk(line)
        return exit_codes.FAILED if ruleset.missing or ruleset.unusable else exit_codes.OK


def layer(coverage: Coverage) -> str:
    """A layer for the ATT&CK Navigator: the score of a technique is the number of its rules.

    A technique without rules of its own has an entry without score where a sub-technique has some,
    so that the Navigator opens it.
    """
    most = max((len(cell.rules) for cell in coverage.cells), default=0)
    value = {
        "name": "Sigma rules",
        "versions": {
            "attack": coverage.attack.version.removeprefix("v"),
            "navigator": NAVIGATOR,
            "layer": LAYER,
        },
        "domain": "enterprise-attack",
        "description": f"Techniques that {counted(coverage.rules, 'rule')} are tagged with",
        "techniques": list(_layer_entries(coverage.cells)),
        # The Navigator asks for a span, so it ends at two rules or more.
        "gradient": {"colors": [FEWEST, MOST], "minValue": 1, "maxValue": max(most, 2)},
        "legendItems": [
            {"label": "1 rule", "color": FEWEST},
            {"label": f"{max(most, 2)} rules", "color": MOST},
        ],
    }
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _layer_entries(cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    rules = {(cell.tactic.shortname, cell.technique.id): cell.rules for cell in cells}
    opened = {
        (cell.tactic.shortname, cell.technique.parent) for cell in cells if cell.technique.parent
    }
    order = {cell.tactic.shortname: number for number, cell in enumerate(cells)}
    for place in sorted(rules.keys() | opened, key=lambda each: (order[each[0]], each[1])):
        own = rules.get(place, ())
        yield {
            "techniqueID": place[1],
            "tactic": place[0],
            **({"score": len(own)} if own else {}),
            "color": "",
            "comment": "\n".join(map(_comment, own)),
            "enabled": True,
            "metadata": [],
            "links": [],
            "showSubtechniques": place in opened,
        }


def _comment(rule: CoveringRule) -> str:
    name = text.printable(rule.ref.title or rule.ref.path)
    return f"{name} ({rule.level})" if rule.level else name


def _table(coverage: Coverage) -> Iterator[str]:
    rows = [
        (cell.tactic.name, cell.technique.id, _name(cell.technique, coverage), str(len(cell.rules)))
        for cell in coverage.cells
    ]
    if rows:
        yield from text.table(rows, HEADS)
        yield ""
    yield _summary(coverage)


def _name(technique: Technique, coverage: Coverage) -> str:
    """The name; a sub-technique's alone says little, so its parent's stands before it."""
    if technique.parent is None:
        return technique.name
    return f"{coverage.attack.techniques[technique.parent].name}: {technique.name}"


def _summary(coverage: Coverage) -> str:
    covered = {cell.technique.id for cell in coverage.cells}
    known = coverage.attack.techniques
    techniques, subtechniques = (
        f"{len(covered & ids)} of {len(ids)}"
        for ids in ({id for id in known if "." not in id}, {id for id in known if "." in id})
    )
    parts = [
        f"{techniques} techniques and {subtechniques} sub-techniques of ATT&CK "
        f"{coverage.attack.version}",
        counted(coverage.rules, "rule"),
    ]
    if coverage.without_technique:
        parts.append(f"{coverage.without_technique} with tactics only")
    if coverage.untagged:
        parts.append(f"{coverage.untagged} without ATT&CK tags")
    return ", ".join(parts)


def _talk(coverage: Coverage) -> Iterator[str]:
    version = f"ATT&CK {coverage.attack.version}"
    for (id, taken), count in coverage.replaced:
        yield f"{id} counted as {taken}, which stands for it in {version}: {counted(count, 'rule')}"
    for tag, count in coverage.unknown:
        yield f"{text.printable(tag)} is unknown to {version}: {counted(count, 'rule')}"


def _json_lines(coverage: Coverage) -> Iterator[str]:
    """One line for each technique, with all tactics that it is covered under."""
    by_technique: dict[str, list[Cell]] = {}
    for cell in coverage.cells:
        by_technique.setdefault(cell.technique.id, []).append(cell)
    for id in sorted(by_technique):
        cells = by_technique[id]
        technique = cells[0].technique
        yield json.dumps(
            {
                "v": jsonl.VERSION,
                "attack": coverage.attack.version,
                "technique": {
                    "id": technique.id,
                    "name": technique.name,
                    "parent": technique.parent,
                    "url": technique.url,
                },
                "tactics": [cell.tactic.shortname for cell in cells],
                "rules": _json_rules(cells),
            },
            ensure_ascii=False,
        )


def _json_rules(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """The rules of all cells of a technique, each once and with its own tactics."""
    rules = {id(rule): rule for cell in cells for rule in cell.rules}
    tactics: dict[int, list[str]] = {number: [] for number in rules}
    for cell in cells:
        for rule in cell.rules:
            tactics[id(rule)].append(cell.tactic.shortname)
    return [
        {
            "id": rule.ref.id,
            "title": rule.ref.title,
            "path": rule.ref.path,
            "level": rule.level,
            "tactics": tactics[number],
        }
        for number, rule in rules.items()
    ]
