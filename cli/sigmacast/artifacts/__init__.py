"""The artifacts: a table of names, each imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sigmacast.artifacts.base import Artifact, Detection, Product, Threshold
from sigmacast.errors import unknown
from sigmacast.registry import entry

__all__ = ["ARTIFACTS", "Artifact", "Detection", "Product", "Threshold", "artifact"]

ARTIFACTS: Mapping[str, str] = MappingProxyType(
    {
        "rule": "sigmacast.artifacts.rule:RULE",
        "savedsearches": "sigmacast.artifacts.savedsearches:SAVEDSEARCHES",
        "app": "sigmacast.artifacts.app:APP",
        "toml": "sigmacast.artifacts.toml:TOML",
        "dsl": "sigmacast.artifacts.dsl:DSL",
        "contentctl": "sigmacast.artifacts.contentctl:CONTENTCTL",
    }
)


def artifact(name: str) -> Artifact:
    """The artifact of that name; raises UsageError with the nearest name for an unknown one."""
    try:
        return entry(ARTIFACTS, name, Artifact)
    except KeyError:
        raise unknown("format", name, ARTIFACTS, "sigmacast list formats") from None
