"""The catalogue of CloudTrail fields (``pipelines/cloudtrail.csv``) and how to ask it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from sigmacast.errors import nearest
from sigmacast.resources import pipelines_folder

CATALOGUE = "cloudtrail.csv"


@dataclass(frozen=True, slots=True)
class Field:
    """One CloudTrail field, or with a name that ends in ``.*`` all fields below a path.

    ``ecs`` and ``splunk`` are empty where the target stores no such field; ``ecs_ip`` is the
    field of type ip beside a text field, ``ecs_limit`` the number of characters up to which a value
    can be searched (``ignore_above``; 0 where no value comes near it). ``ecs_only_if`` is when the
    ECS field holds this one and not another (``userIdentity.type = A | B``, or ``!=``), and
    ``ecs_difference`` what else it may hold, in words. ``splunk_late`` fields stand late in a
    record, behind what Splunk extracts of a long one. ``events`` limits the row to records of
    these names. ``spelling`` says how AWS always writes the values: ``lower``, ``upper``,
    ``listed``, ``event names`` or ``event sources``; empty is free text. ``values`` are known ones.
    """

    sigma: str
    json_type: str
    array: str
    ecs: str
    ecs_type: str
    ecs_limit: int
    ecs_ip: str
    ecs_only_if: str
    ecs_difference: str
    splunk: str
    splunk_late: bool
    events: tuple[str, ...]
    spelling: str
    values: tuple[str, ...]
    remarks: str

    @property
    def is_prefix(self) -> bool:
        """Whether the row stands for all fields below a path."""
        return self.sigma.endswith(".*")


@dataclass(frozen=True)
class Catalogue:
    """All rows, in the order of the file."""

    fields: tuple[Field, ...]

    @cached_property
    def _by_sigma(self) -> dict[str, Field]:
        return {row.sigma: row for row in self.fields if not row.is_prefix}

    @cached_property
    def _prefixes(self) -> tuple[Field, ...]:
        return tuple(row for row in self.fields if row.is_prefix)

    @cached_property
    def _ecs_types(self) -> dict[str, str]:
        types = {row.ecs: row.ecs_type for row in self.fields if row.ecs and not row.is_prefix}
        types |= {row.ecs_ip: "ip" for row in self.fields if row.ecs_ip}
        return types

    @cached_property
    def _ecs_prefixes(self) -> tuple[tuple[str, str], ...]:
        return tuple((row.ecs[:-1], row.ecs_type) for row in self._prefixes if row.ecs)

    def find(self, sigma: str) -> Field | None:
        """The row of a Sigma field name, by exact name first and by path then."""
        row = self._by_sigma.get(sigma)
        if row is not None and not row.events:
            return row
        return next((p for p in self._prefixes if sigma.startswith(p.sigma[:-1])), row)

    def ecs_type(self, ecs: str) -> str | None:
        """The Elasticsearch type of an ECS field, or None if the catalogue does not know it."""
        found = self._ecs_types.get(ecs)
        if found is not None:
            return found
        return next((kind for path, kind in self._ecs_prefixes if ecs.startswith(path)), None)

    def row(self, sigma: str) -> Field | None:
        """The row of exactly this Sigma field, for some records only if it says so."""
        return self._by_sigma.get(sigma)

    def is_object(self, sigma: str) -> bool:
        """Whether a Sigma field is an object that AWS fills as it likes."""
        row = self.row(sigma)
        return row is not None and row.json_type == "object"

    def may_repeat(self, ecs: str) -> bool:
        """Whether a document may hold several values of an ECS field."""
        return ecs in self._repeated

    @cached_property
    def _repeated(self) -> frozenset[str]:
        return frozenset(row.ecs for row in self.fields if row.array == "yes" and row.ecs)

    def nearest(self, sigma: str) -> str | None:
        """The known field that an unknown name most likely meant."""
        return nearest(sigma, (row.sigma.removesuffix(".*") for row in self.fields))


@lru_cache(maxsize=4096)
def ecs_type(ecs: str) -> str | None:
    """``Catalogue.ecs_type`` of the shipped catalogue; asked for each test of each rule."""
    return catalogue().ecs_type(ecs)


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read once."""
    path = pipelines_folder() / CATALOGUE
    with path.open(encoding="utf-8", newline="") as file:
        return Catalogue(tuple(map(_field, csv.DictReader(file))))


def _field(row: dict[str, Any]) -> Field:
    values = tuple(value.strip() for value in row["values"].split("|") if value.strip())
    limit = int(row["ecs_limit"] or 0)
    events = tuple(row["events"].split())
    late = row["splunk_late"] == "yes"
    parsed = {"ecs_limit": limit, "splunk_late": late, "events": events, "values": values}
    return Field(**{**row, **parsed})
