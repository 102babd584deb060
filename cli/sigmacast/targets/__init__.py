"""The targets: a table of names, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from sigmacast.errors import unknown
from sigmacast.registry import entry
from sigmacast.targets.features import Feature

if TYPE_CHECKING:
    from sigmacast.targets.base import CastBackend

__all__ = ["TARGETS", "Feature", "Target", "able_targets", "target"]


@dataclass(frozen=True, slots=True)
class Target:
    """A query language of a SIEM: its backend, its schema and the pipeline used by default."""

    name: str
    title: str
    backend: type[CastBackend]
    schema: str
    pipeline: str

    @property
    def features(self) -> frozenset[Feature]:
        """What the language can say."""
        return self.backend.features


TARGETS: Mapping[str, str] = MappingProxyType(
    {
        "kql": "sigmacast.targets.kql:KQL",
        "eql": "sigmacast.targets.eql:EQL",
        "esql": "sigmacast.targets.esql:ESQL",
        "lucene": "sigmacast.targets.lucene:LUCENE",
        "splunk": "sigmacast.targets.splunk:SPLUNK",
    }
)


def target(name: str) -> Target:
    """The target of that name; raises UsageError with the nearest name for an unknown one."""
    try:
        return entry(TARGETS, name, Target)
    except KeyError:
        raise unknown("target", name, TARGETS, "sigmacast list targets") from None


def able_targets(feature: Feature) -> list[str]:
    """The names of the targets that can say *feature*."""
    return [name for name in TARGETS if feature in target(name).features]
