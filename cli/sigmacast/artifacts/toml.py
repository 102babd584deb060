"""``toml``: a rule file as Elastic's detection-rules repository keeps them.

Source: elastic/detection-rules, ``rule.py`` and ``schemas/definitions.py`` (read 2026-08). What it
holds is the Kibana rule of :mod:`sigmacast.artifacts.rule`, in that repository's shape.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from sigmacast.artifacts import rule as kibana
from sigmacast.artifacts.base import LONGEST_STEM, Artifact, Detection, Product
from sigmacast.diagnostics import report

NO_AUTHOR = "unknown"
"""The repository asks for an author."""
UNKNOWN = "response_actions"
"""What Kibana's rules have and that repository's do not."""


def make(detection: Detection) -> Product:
    """The file."""
    import tomli_w

    rule = kibana.fields(detection)
    if rule.pop(UNKNOWN, None) is not None:
        report(
            "SC614",
            f"detection-rules has no {UNKNOWN}",
            hint="use -f rule",
            at=("deployment", "elastic", UNKNOWN),
        )
    tables = {"metadata": _metadata(detection), "rule": _shaped(detection, rule)}
    text = tomli_w.dumps(tables, multiline_strings=True)
    return Product(_file_name(detection), text, rule["rule_id"])


def _metadata(detection: Detection) -> dict[str, Any]:
    """When the rule was made and changed, and the integration that it needs."""
    created = _day(detection.text("date")) or date.today().strftime("%Y/%m/%d")
    found: dict[str, Any] = {
        "creation_date": created,
        "maturity": "production",
        "updated_date": _day(detection.text("modified")) or created,
    }
    if detection.names.is_cloudtrail:
        found["integration"] = ["aws"]
    return found


def _day(text: str) -> str | None:
    """``2026-11-24`` as ``2026/11/24``."""
    found = re.fullmatch(r"(\d{4})[-/](\d\d)[-/](\d\d)", text)
    return f"{found[1]}/{found[2]}/{found[3]}" if found else None


def _shaped(detection: Detection, rule: dict[str, Any]) -> dict[str, Any]:
    """The rule as the repository writes it.

    Left out are what its build adds (related integrations) and whether the rule runs.
    """
    made = {
        key: value for key, value in rule.items() if key not in ("enabled", "related_integrations")
    }
    made.setdefault("author", [NO_AUTHOR])
    if made["type"] == "new_terms":
        start = made.pop("history_window_start")
        made["new_terms"] = {
            "field": "new_terms_fields",
            "value": made.pop("new_terms_fields"),
            "history_window_start": [{"field": "history_window_start", "value": start}],
        }
    if made["type"] == "esql" and "\n| keep " not in made["query"] and not _groups(detection):
        made["query"] += "\n| keep *"  # the repository wants every ES|QL rule to say what it keeps
    return made


def _groups(detection: Detection) -> bool:
    return re.search(r"\|\s*stats ", detection.query) is not None


def _file_name(detection: Detection) -> str:
    """The primary tactic and the rule's name in lower case, as the repository names its files."""
    entries = detection.threat.entries
    words = f"{entries[0].tactic.name} {detection.title}" if entries else detection.title
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:LONGEST_STEM] + ".toml"


TOML = Artifact(
    "toml",
    "detection-rules files (TOML)",
    ("kql", "lucene", "eql", "esql"),
    make,
    joined=None,
    counts=("kql", "lucene"),
    first_seen=("kql", "lucene"),
)
