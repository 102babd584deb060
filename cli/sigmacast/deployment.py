"""How a rule runs in a SIEM: what a deployment says, and the defaults of what it does not.

Fields are Sigma's: nothing here knows the schema of a SIEM. The defaults are
``tables/defaults.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sigmacast.diagnostics import Diagnostic
from sigmacast.resources import table
from sigmacast.yaml_reader import position

USUAL_LEVEL = "medium"


@dataclass(frozen=True, slots=True)
class Level:
    """What the level of a rule amounts to in the SIEMs' own scales."""

    severity: str
    """Kibana's: low, medium, high or critical."""
    risk_score: int
    interval: str
    splunk_severity: int
    """Splunk's ``alert.severity``, 1 to 6."""
    finding_severity: str
    """Enterprise Security's, informational to critical."""


@dataclass(frozen=True, slots=True)
class FirstSeen:
    """Alert only when the values of *fields* together have not been seen within *history*."""

    fields: tuple[str, ...]
    history: str
    baseline: str = "search"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One alert for the same values of *fields* within *period*."""

    fields: tuple[str, ...]
    period: str
    missing_fields: str = "suppress"


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field for whoever investigates: Sigma's name, or the SIEMs' own where Sigma has none."""

    sigma: str | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    """By product: elastic, splunk."""


@dataclass(frozen=True, slots=True)
class RiskObject:
    """Whom or what a risk is counted for."""

    field: str
    type: str
    score: int | None = None


@dataclass(frozen=True, slots=True)
class Elastic:
    """What concerns Elastic only; ``passed_through`` are keys of Kibana's rule as they stand.

    ``index`` is empty where the deployment names none.
    """

    index: tuple[str, ...]
    timestamp_override: str | None
    related_integrations: tuple[Mapping[str, str], ...]
    passed_through: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Splunk:
    """What concerns Splunk only; ``savedsearches`` are keys of savedsearches.conf."""

    security_domain: str
    index_time: bool = False
    message: str | None = None
    risk_objects: tuple[RiskObject, ...] = ()
    threat_objects: tuple[RiskObject, ...] = ()
    savedsearches: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployment:
    """All that a SIEM needs beside the query; ``path`` is None for defaults alone."""

    level: Level
    interval: str
    lookback: str
    risk_score: int
    elastic: Elastic
    splunk: Splunk
    max_alerts: int
    enabled: bool = False
    cron: str | None = None
    first_seen: FirstSeen | None = None
    suppression: Suppression | None = None
    shown: tuple[ShownField, ...] = ()
    columns: bool = False
    guide: str | None = None
    setup: str | None = None
    response: tuple[str, ...] = ()
    exceptions: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    path: str | None = None
    text: str = field(default="", repr=False)

    def placed(self, finding: Diagnostic) -> Diagnostic:
        """A finding about this document, with its file, line and column."""
        place = position(self.text, 0, finding.at) if self.path is not None else None
        if place is None:
            return finding
        return replace(finding, path=self.path, line=place[0], column=place[1])


def defaults() -> Mapping[str, Any]:
    """The table of defaults."""
    found: Mapping[str, Any] = table("defaults.json")
    return found


def level_of(name: str | None) -> Level:
    """The scales of a Sigma level; those of medium where a rule has none."""
    levels = defaults()["levels"]
    return Level(**levels.get(name, levels[USUAL_LEVEL]))


def severity(risk_score: int) -> str:
    """The severity of a risk score from 0 to 100, by Kibana's bands."""
    bands: list[tuple[str, int]] = defaults()["elastic"]["severities"]
    return next(name for name, highest in bands if risk_score <= highest)
