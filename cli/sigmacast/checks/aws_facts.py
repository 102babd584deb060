"""What the checks of AWS's names know beside the catalogue of operations: tables/aws_checks.json.

The table says of each part, or of each row, where it comes from. Event names are compared in lower
case, since Sigma ignores it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sigmacast import aws
from sigmacast.resources import table as shipped_table

TABLE = "aws_checks.json"
ANY = "*"


@dataclass(frozen=True, slots=True)
class Misnamed:
    """What AWS writes in place of a name that is no event source; not ``settled`` if no record
    shows that AWS never writes the name itself."""

    sources: tuple[str, ...]
    settled: bool


@dataclass(frozen=True, slots=True)
class Hidden:
    """A parameter whose value is not in the records; ``stands`` is what is, empty for nothing.

    ``name`` is an event name in lower case, or ``*`` for any of the source.
    """

    source: str
    name: str
    path: tuple[str, ...]
    stands: str


@dataclass(frozen=True)
class Facts:
    """The table.

    ``alike`` names the event sources whose operations another one writes too, and is empty for one
    of which only some events are known. ``events`` are names that no service has in its model
    today, as they are written. ``renamed`` and ``actions`` give the event names of an operation and
    of an IAM action, none where there is no event. ``shown`` are parameters that AWS marks as
    sensitive and records show, ``unmodelled_members`` keys that records had and no model has.
    """

    alike: Mapping[str, tuple[str, ...]]
    events: Mapping[str, tuple[str, ...]]
    misnamed: Mapping[str, Misnamed]
    unsettled_pairs: frozenset[tuple[str, str]]
    renamed: Mapping[tuple[str, str], tuple[str, ...]]
    actions: Mapping[tuple[str, str], tuple[str, ...]]
    data_events: Mapping[str, frozenset[str]]
    hidden: tuple[Hidden, ...]
    shown: frozenset[tuple[str, tuple[str, ...]]]
    unmodelled_members: frozenset[str]


@cache
def facts() -> Facts:
    """The shipped table, read once."""
    table = shipped_table(TABLE)
    misnamed = table["misnamed_sources"]
    return Facts(
        alike={_source(row): _sources(row["like"]) for row in _rows(table, "sources")},
        events=_events([*_rows(table, "events"), *_rows(table, "retired")]),
        misnamed={
            name + aws.DOMAIN: Misnamed(_sources(sources), settled)
            for settled, part in ((True, "settled"), (False, "unsettled"))
            for name, sources in misnamed[part].items()
        },
        unsettled_pairs=frozenset(
            (beside + aws.DOMAIN, owner + aws.DOMAIN)
            for beside, owner in _rows(table, "unsettled_pairs")
        ),
        renamed=_by_name(_rows(table, "renamed")),
        actions=_by_name(_rows(table, "actions")),
        data_events={
            _source(row): frozenset(row["names"].lower().split())
            for row in _rows(table, "data_events")
        },
        hidden=tuple(
            Hidden(_source(row), row["name"].lower(), tuple(row["path"].split(".")), row["stands"])
            for row in _rows(table, "hidden")
        ),
        shown=frozenset(
            (_source(row), tuple(row["path"].split("."))) for row in _rows(table, "shown")
        ),
        unmodelled_members=frozenset(table["unmodelled_members"]["names"].split()),
    )


def _rows(table: Mapping[str, Any], part: str) -> list[Any]:
    rows: list[Any] = table[part]["rows"]
    return rows


def _source(row: Mapping[str, Any]) -> str:
    return str(row["source"]) + aws.DOMAIN


def _sources(names: str) -> tuple[str, ...]:
    return tuple(name + aws.DOMAIN for name in names.split())


def _events(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for row in rows:
        found[_source(row)] = (*found.get(_source(row), ()), *row["names"].split())
    return found


def _by_name(rows: Iterable[Mapping[str, Any]]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    return {
        (_source(row), name.lower()): tuple(written.split())
        for row in rows
        for name, written in row["names"].items()
    }
