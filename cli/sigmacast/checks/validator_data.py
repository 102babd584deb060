"""What pySigma's validators would download, answered from our own tables.

Each of these modules loads its data when one of its names is first asked for, into a cache in the
user's home. A module that has the names gets neither as far as the network nor as far as the cache
(``offline_attack`` says why). D3FEND's names and two lists about Windows are not among our tables:
what they would decide is left open, and ``validators`` tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from sigmacast.offline_attack import use_own_attack_data
from sigmacast.resources import table

FILENAMES = "sigmahq_filename.json"
TAXONOMY = "sigmahq_taxonomy.json"


def use_own_data() -> None:
    """Give the six data modules of pySigma and pySigma-validators-sigmahq our names.

    For the rest of the process and of its forks. The names and their forms are those of pySigma 1.x
    and pySigma-validators-sigmahq 0.21.
    """
    from sigma.data import mitre_d3fend
    from sigma.validators.sigmahq.data import (
        data_filename,
        data_taxonomy,
        data_windows_eventid,
        data_windows_provider,
    )

    use_own_attack_data()
    nothing: dict[str, str] = {}
    _give(
        mitre_d3fend,
        mitre_d3fend_version="none",
        mitre_d3fend_tactics=nothing,
        mitre_d3fend_techniques=nothing,
        mitre_d3fend_artifacts=nothing,
    )
    _give(
        data_windows_eventid,
        sigmahq_category_no_eventid_version="none",
        sigmahq_category_no_eventid=(),
    )
    _give(data_windows_provider, sigmahq_provider_version="none", sigmahq_provider_name=nothing)
    prefixes = table(FILENAMES)
    _give(
        data_filename,
        sigmahq_filename_version=prefixes["version"],
        sigmahq_filename_pattern={
            key: entry["prefix"] for key, entry in _by_log_source(prefixes["pattern"])
        },
    )
    taxonomy = table(TAXONOMY)
    entries = dict(_by_log_source(taxonomy["taxonomy"]))
    _give(
        data_taxonomy,
        sigmahq_taxonomy_version=taxonomy["version"],
        sigmahq_taxonomy_fieldsname={
            key: sorted(entry["field"]["native"] + entry["field"]["custom"], key=str.casefold)
            for key, entry in entries.items()
        },
        sigmahq_taxonomy_redundant_fields={
            key: entry["field"]["redundant"] for key, entry in entries.items()
        },
        sigmahq_taxonomy_logsource_definition={
            key: entry["logsource"]["definition"] for key, entry in entries.items()
        },
    )


def _by_log_source(entries: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The entries by the keys that validators build of a log source: ``aws_None_cloudtrail``."""
    for entry in entries.values():
        parts = entry["logsource"]
        yield f"{parts['product']}_{parts['category']}_{parts['service']}", entry


def _give(module: ModuleType, **names: Any) -> None:
    for name, value in names.items():
        setattr(module, name, value)
