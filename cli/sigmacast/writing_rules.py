"""A draft to files: the rule, its deployment, and events that prove it, each in its place.

Everything is made and proven before the first file is written.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from sigmacast.authoring.answers import Answers
from sigmacast.authoring.deployment_text import deployment_text
from sigmacast.authoring.draft import Draft, file_name
from sigmacast.authoring.replacing import Replacer, identifiers
from sigmacast.authoring.rule_text import rule_text
from sigmacast.authoring.table import new_rules
from sigmacast.deployment_reader import FOLDER as DEPLOYMENTS
from sigmacast.deployment_reader import SCHEMA
from sigmacast.errors import UsageError
from sigmacast.events import EventReader, Problem
from sigmacast.findings import finding_of
from sigmacast.hunting import only_record
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.matchers import matcher as matcher_of
from sigmacast.matching.paths import getter
from sigmacast.matching.rules import Matcher
from sigmacast.output import write_whole
from sigmacast.regression import FOLDER as REGRESSION
from sigmacast.regression import INFO
from sigmacast.regression_writing import MADE, Wording, write_data
from sigmacast.rule_form import Kind, check_form
from sigmacast.synthesizing import Synthesis, Synthetic, synthesize
from sigmacast.yaml_reader import read_documents

USUAL_ROOT = "sigma"
MAX_RECORDS = 50
"""Events that a rule may be made from: each becomes one that it must match."""

_REPLACED = Wording(
    "A recorded event; accounts, keys and addresses are replaced, names are not. "
    "Near misses are made.",
    "Recorded events",
)
_KEPT = Wording("A recorded event as it was. Near misses are made.", "Recorded events")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of a rule belong; ``schema`` is the path that its deployment names."""

    rule: Path
    deployment: Path
    info: Path
    schema: str | None

    def taken(self) -> Path | None:
        """What is there already, the first of it; None if the places are free."""
        data = self.info.parent
        return next((each for each in (self.rule, self.deployment, data) if _is_there(each)), None)


@dataclass(frozen=True)
class Prepared:
    """All that will be written. ``synthesis`` without matches gives no regression data.

    ``replaced`` counts the values of the given events that were replaced; ``kept`` are the fields
    whose values stay, since the rule tests them.
    """

    places: Places
    rule: str
    deployment: str
    synthesis: Synthesis
    wording: Wording = MADE
    replaced: int = 0
    kept: tuple[str, ...] = ()


def places_of(title: str, names: Iterable[str], folder: str | None) -> Places:
    """The places of a rule of this title below *folder*, which holds ``rules/``.

    Without a folder it is ``sigma`` where that is one, else the working folder. Raises UsageError
    for a folder that is not there.
    """
    root = Path(folder or (USUAL_ROOT if os.path.isdir(USUAL_ROOT) else "."))
    if not root.is_dir():
        raise UsageError(f"--dir {root}: no such folder")
    if root.resolve().name == "rules":
        raise UsageError(
            f"--dir {root}: give the folder above rules/, which holds other folders too"
        )
    below = Path(new_rules()["file_name"]["folder"]) / file_name(title, names)
    deployment = root / DEPLOYMENTS / below.parent / f"{below.name}.yml"
    schema = root / DEPLOYMENTS / SCHEMA
    shown = Path(os.path.relpath(schema, deployment.parent)).as_posix()
    return Places(
        root / below.parent / f"{below.name}.yml",
        deployment,
        root / REGRESSION / below / INFO,
        shown if schema.is_file() else None,
    )


def records_of(
    path: str, number: int | None, answers: Answers, tell: Callable[[Problem], None]
) -> tuple[dict[str, Any], ...]:
    """The events of a file (``-``: standard input), or the one of this number.

    Of event sources and names that were given, those only. Raises UsageError where there is none,
    and where there are too many for one rule.
    """
    reader = EventReader([path], tell)
    wanted = (each.data for each in only_record(reader, number) if answers.is_about(each.data))
    found = list(islice(wanted, MAX_RECORDS + 1))
    if reader.missing:
        raise UsageError(f"--from-event {path}: no such file")
    if not found:
        which = " of these names" if reader.count and number is None else ""
        which = which if number is None else f" {number}"
        raise UsageError(f"--from-event {path}: it has no CloudTrail record{which}")
    if len(found) > MAX_RECORDS:
        raise UsageError(
            f"--from-event {path}: over {MAX_RECORDS} records; choose one with --record N, or "
            "those of an --event-name"
        )
    return tuple(found)


def prepared(
    draft: Draft,
    places: Places,
    records: Sequence[Mapping[str, Any]] = (),
    *,
    keep: bool = False,
) -> Prepared:
    """Make and prove everything; *keep* leaves the records as they are.

    Raises UsageError for a rule that is none, and for records that it does not match.
    """
    text = rule_text(draft)
    source = _source(places.rule, text)
    matcher = _matcher(source)
    for number, record in enumerate(records):
        _require_match(matcher, record, f"event {number}" if len(records) > 1 else "the event")
    (synthesis,) = synthesize(Ruleset((source,)))
    made = Prepared(places, text, deployment_text(draft, places.schema), synthesis)
    if not records:
        return made
    if keep:
        return replace(made, synthesis=_with(synthesis, records), wording=_KEPT)
    fields = tuple(dict.fromkeys(test.field for test in draft.tests))
    held = {field: _identifiers_at(field, records) for field in fields}
    replacer = Replacer(each for found in held.values() for each in found)
    changed = [replacer.record(record) for record in records]
    for record in changed:
        if not matcher.matches(record):
            raise UsageError(
                "the rule does not match the event once its accounts, keys and addresses are "
                "replaced; --keep leaves it as it is"
            )
    return replace(
        made,
        synthesis=_with(synthesis, changed),
        wording=_REPLACED,
        replaced=replacer.replaced,
        kept=tuple(field for field, found in held.items() if found),
    )


def write(made: Prepared, today: date) -> tuple[Path, ...]:
    """Write what was prepared, the rule first; returns the files, ``info.yml`` among them.

    Raises UsageError where anything is there already, and where a file cannot be written.
    """
    places = made.places
    taken = places.taken()
    if taken is not None:
        raise UsageError(f"{taken} is there already; give another --title, or remove it first")
    write_whole(places.rule, made.rule)
    write_whole(places.deployment, made.deployment)
    if not made.synthesis.matches:
        return places.rule, places.deployment
    info = write_data(made.synthesis, today, replace=False, place=places.info, wording=made.wording)
    return places.rule, places.deployment, info


def _is_there(path: Path) -> bool:
    return os.path.lexists(path)


def _source(path: Path, text: str) -> RuleSource:
    """The rule as if it were read; raises UsageError for what is none."""
    (document,) = read_documents(text)
    problem = document.problem or check_form(Kind.RULE, document.value)
    if problem is not None:
        raise UsageError(f"such a rule cannot be: {problem.message}")
    return RuleSource(str(path), 0, Kind.RULE, document.value, text)


def _matcher(source: RuleSource) -> Matcher:
    try:
        return matcher_of(source)
    except Exception as failure:  # whatever pySigma says of a modifier or a value
        finding = finding_of(failure, source)
        raise UsageError(f"such a rule cannot be: {finding.message}") from None


def _require_match(matcher: Matcher, record: Mapping[str, Any], called: str) -> None:
    if matcher.matches(record):
        return
    fields = {reason.field for reason in matcher.why(record).deciding() if reason.field}
    named = ", ".join(sorted(fields)) or "its tests"
    raise UsageError(f"{called} is none that the rule matches, because of {named}")


def _with(synthesis: Synthesis, records: Iterable[Mapping[str, Any]]) -> Synthesis:
    """The synthesis with these events in place of made ones; its near misses stay."""
    matches = tuple(
        Synthetic(f"recorded event {number}", dict(record)) for number, record in enumerate(records)
    )
    return replace(synthesis, matches=matches)


def _identifiers_at(field: str, records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Accounts, keys and addresses that the records have in a field that the rule tests."""
    name = field.rpartition(".")[2]
    return [
        each
        for record in records
        for value in getter(field)(record)
        if isinstance(value, str)
        for each in identifiers(value, name)
    ]
