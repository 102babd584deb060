"""A rule's regression data in the form of the repository, where its CI runs data of that kind."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from sigmacast.authoring.yaml_text import INDENT, entry
from sigmacast.contribution.repository import Repository
from sigmacast.contribution.runner import runner_of
from sigmacast.contribution.table import table
from sigmacast.events import EventReader, Problem
from sigmacast.loading import RuleSource
from sigmacast.regression import FOLDER, INFO, Case, find_data, read_data
from sigmacast.regression_writing import PROVIDER
from sigmacast.testing import Outcome, Status
from sigmacast.yaml_reader import read_documents

MAX_RECORDS = 1000
MAX_BYTES = 1024 * 1024
"""What of test data a repository of rules can be asked to keep."""

_NAMESPACE = uuid.UUID("7f0b9c52-6f0f-4d0e-9d0a-2f8f5f6c1f7e")
"""Ids of ``info.yml`` are made from it and the rule's id, so that they are always the same."""


@dataclass(frozen=True)
class Attachment:
    """Files by path from the top of the repository, none where data is left out; ``told`` says
    which kind is attached, or why none is. ``events`` and ``near_misses`` count what was tested."""

    told: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    tests_path: str | None = None
    events: int = 0
    near_misses: int = 0


def attachment(
    repository: Repository,
    rule: RuleSource,
    place: str,
    outcomes: Sequence[Outcome],
    today: date,
) -> Attachment:
    """The data of *rule*, which lies where its author keeps it, for the rule at *place*.

    *outcomes* are those of its tests.
    """
    info = find_data(rule)
    if info is None:
        return Attachment("the rule has none")
    if not _is_uuid(str(rule.ref.id)):  # it becomes the name of a file
        return Attachment("left out, since the rule's id is no UUID")
    data = read_data(info)
    failed = next((each for each in outcomes if each.status is not Status.PASSED), None)
    if data.problems or failed is not None:
        said = failed and (failed.message or (failed.finding and failed.finding.message))
        why = said or "it cannot be read"
        return Attachment(f"left out, since its tests fail here (sigmacast test): {why}")
    cases = [case for case in data.cases if case.must_match]
    records, whole = _records(cases)
    misses = len(data.cases) - len(cases)
    kind, why = _kind(repository, len(records))
    if not whole:
        kind, why = None, "it has no events, or too many or too large ones"
    if kind is None:
        return Attachment(f"left out, since {why}", events=len(records), near_misses=misses)
    folder = f"{FOLDER}/{PurePosixPath(place).with_suffix('')}"
    events = f"{folder}/{rule.ref.id}.{kind}"
    matched = sum(case.match_count or 0 for case in cases)
    is_counted = all(case.match_count is not None for case in cases)
    name = "; ".join(case.name for case in cases)
    about = [*_info(rule, info, name, kind, events, today)]
    about += [f"{INDENT}  match_count: {matched}"] if is_counted else []
    files = {
        events: _written(records, kind),
        f"{folder}/{INFO}": "\n".join([*about, ""]).encode(),
    }
    told = f"attached as {kind}, which the repository's runner runs"
    if misses:
        told += f"; {misses} near misses stay here, since its form has no place for them"
    return Attachment(told, files, f"{folder}/{INFO}", len(records), misses)


def _kind(repository: Repository, records: int) -> tuple[str | None, str]:
    """The type of data that the runner runs and that can hold so many records, or why none."""
    facts = table()["regression"]
    runner = runner_of(repository)
    if runner is None:
        return None, f"{facts['runner']} is not there or cannot be read"
    wanted = ([facts["single"]] if records == 1 else []) + list(facts["lines"])
    kind = next((each for each in wanted if each in runner.types), None)
    if kind is None:
        runs = ", ".join(sorted(runner.types)) or "no type that we can tell"
        return None, f"{facts['runner']} runs {runs}, and {' or '.join(wanted)} is needed"
    if not runner.is_known:
        return None, f"{facts['runner']} reads another form of {INFO}"
    return kind, ""


def _records(cases: Sequence[Case]) -> tuple[list[Mapping[str, Any]], bool]:
    """The events of all cases, and whether they are all of them."""
    problems: list[Problem] = []
    found: list[Mapping[str, Any]] = []
    size = 0
    for event in EventReader([str(case.path) for case in cases], problems.append):
        size += len(json.dumps(event.data, ensure_ascii=False))
        if len(found) == MAX_RECORDS or size > MAX_BYTES:
            return found, False
        found.append(event.data)
    return found, bool(found) and not problems


def _written(records: Sequence[Mapping[str, Any]], kind: str) -> bytes:
    if kind == table()["regression"]["single"]:
        text = json.dumps(records[0], indent=4, ensure_ascii=False)
    else:
        lines = (json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in records)
        text = "\n".join(lines)
    return f"{text}\n".encode("utf-8", "replace")


def _info(
    rule: RuleSource, info: Path, name: str, kind: str, events: str, today: date
) -> Iterator[str]:
    """``info.yml`` in SigmaHQ's form, up to the number of matches."""
    known = _known(info)
    author = known.get("author") or rule.data.get("author") or "unknown"
    yield entry("id", known.get("id") or str(uuid.uuid5(_NAMESPACE, str(rule.ref.id))))
    yield entry("description", known.get("description") or "N/A")
    yield f"date: {known.get('date') or today.isoformat()}"
    yield entry("author", str(author))
    yield "rule_metadata:"
    yield f"{INDENT}- {entry('id', str(rule.ref.id))}"
    yield f"{INDENT}  {entry('title', str(rule.ref.title))}"
    yield "regression_tests_info:"
    yield f"{INDENT}- {entry('name', name)}"
    yield f"{INDENT}  type: {kind}"
    yield f"{INDENT}  {entry('provider', PROVIDER)}"
    yield f"{INDENT}  {entry('path', events)}"


def _known(info: Path) -> Mapping[str, str]:
    """What our own ``info.yml`` says at its top, where each is what it should be."""
    value = next(read_documents(info.read_text(encoding="utf-8-sig"))).value
    found = {key: each for key, each in value.items() if isinstance(each, str) and each}
    if not _is_uuid(found.get("id", "")):
        found.pop("id", None)
    try:
        date.fromisoformat(found.get("date", ""))
    except ValueError:
        found.pop("date", None)
    return found


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False
