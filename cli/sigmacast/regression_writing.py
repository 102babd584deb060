"""Made events written as a rule's regression data, in the form that ``regression`` reads."""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from sigmacast.errors import UsageError
from sigmacast.output import write_whole
from sigmacast.regression import FOLDER, find_data, place_for_data
from sigmacast.rule_files import STDIN
from sigmacast.synthesizing import Synthesis, Synthetic

PROVIDER = "AWS CloudTrail"


@dataclass(frozen=True, slots=True)
class Wording:
    """What ``info.yml`` says of the events."""

    description: str = "Made events, proven with the matcher; replace them by real ones."
    matches: str = "Made events that match"


MADE = Wording()


def write_data(
    synthesis: Synthesis,
    today: date,
    *,
    replace: bool,
    place: Path | None = None,
    wording: Wording = MADE,
) -> Path:
    """Write the events of a rule and their ``info.yml``, which comes last; returns its place.

    That is *place* where the rule has no data yet, by default the usual one. Raises UsageError
    where data is there already and *replace* is off, and where a file cannot be written.
    """
    if synthesis.source.path == STDIN:
        raise UsageError("--write puts data beside a rule's file: give a file, not standard input")
    known = find_data(synthesis.source)
    if known is not None and not replace:
        raise UsageError(f"{known} is there already; --force replaces it")
    info = known or place or place_for_data(synthesis.source)
    stem = synthesis.source.ref.id or Path(synthesis.source.path).stem
    matches = info.parent / f"{_slug(stem)}.json"
    misses = _unique(synthesis.near_misses, info.parent / "near_misses")
    write_whole(matches, _json([each.event for each in synthesis.matches]))
    for path, miss in misses.items():
        write_whole(path, _json([miss.event]))
    write_whole(info, _info(synthesis, today, info, matches, misses, wording))
    return info


def _unique(misses: Iterable[Synthetic], folder: Path) -> dict[Path, Synthetic]:
    found: dict[Path, Synthetic] = {}
    for miss in misses:
        slug = _slug(miss.name)
        names = (slug if number == 1 else f"{slug}_{number}" for number in range(1, 10_000))
        path = next(p for name in names if (p := folder / f"{name}.json") not in found)
        found[path] = miss
    return found


def _info(
    synthesis: Synthesis,
    today: date,
    info: Path,
    matches: Path,
    misses: Mapping[Path, Synthetic],
    wording: Wording,
) -> str:
    ref, author = synthesis.source.ref, synthesis.source.data.get("author")
    root = next((up.parent for up in info.parents if up.name == FOLDER), info.parent)
    lines = [
        *_mapping(
            {
                "id": str(uuid.uuid4()),
                "description": wording.description,
                "date": today.isoformat(),
                "author": author if isinstance(author, str) else "unknown",
            }
        )
    ]
    if ref.id:
        lines += ["rule_metadata:", *_entry({"id": ref.id, "title": ref.title})]
    lines.append("regression_tests_info:")
    lines += _entry(
        {
            "name": wording.matches,
            "type": "json",
            "provider": PROVIDER,
            "match_count": len(synthesis.matches),
            "path": matches.relative_to(root).as_posix(),
        }
    )
    if misses:
        lines.append("near_misses:")
    for path, miss in misses.items():
        place = path.relative_to(root).as_posix()
        lines += _entry({"name": miss.name, "misses": miss.misses, "path": place})
    return "".join(f"{line}\n" for line in lines)


def _mapping(values: Mapping[str, Any]) -> list[str]:
    """One line for each value, quoted as YAML needs it."""
    return [
        yaml.safe_dump({key: value}, allow_unicode=True, width=math.inf).rstrip("\n")
        for key, value in values.items()
    ]


def _entry(values: Mapping[str, Any]) -> list[str]:
    """An entry of a list, laid out as SigmaHQ does, which PyYAML cannot."""
    first, *others = _mapping(values)
    return [f"    - {first}", *(f"      {line}" for line in others)]


def _json(records: list[dict[str, Any]]) -> str:
    return json.dumps(records, indent=2, ensure_ascii=False) + "\n"


def _slug(name: str) -> str:
    """A file name out of a text; nothing in it can leave the folder."""
    return re.sub(r"[^a-z0-9-]+", "_", name.lower()).strip("_")[:80] or "event"
