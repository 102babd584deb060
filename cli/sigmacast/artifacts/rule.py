"""``rule``: a rule of Kibana's detection engine, one line of the NDJSON that it imports.

Source: elastic/kibana, detection engine API, ``rule_schemas.schema.yaml`` and
``import_rules/rule_to_import.ts`` (read 2026-11). Only keys of that schema are written, since older
Kibana refuses others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sigmacast.artifacts.base import Artifact, Detection, Product
from sigmacast.artifacts.first_seen import window_start
from sigmacast.attack import TechniqueEntry
from sigmacast.deployment import defaults, severity
from sigmacast.diagnostics import Refusal, Route, report
from sigmacast.durations import seconds, span

LANGUAGES = {"kql": "kuery", "lucene": "lucene", "eql": "eql", "esql": "esql"}
MOST_THRESHOLD_FIELDS = 3
"""Kibana takes five from stack 9.2 on, three before (elastic/detection-rules, ``rule.py``)."""
FRAMEWORK = "MITRE ATT&CK"
SUPPRESSION: Route = ("deployment", "suppression")
METADATA = ("_id", "_version", "_index")
"""What ES|QL needs in the result, so that Kibana knows one document from another."""


def make(detection: Detection) -> Product:
    """One line of NDJSON."""
    rule = fields(detection)
    line = json.dumps(rule, ensure_ascii=False)
    return Product(f"{detection.stem}.{detection.target}.ndjson", line, rule["rule_id"])


def fields(detection: Detection) -> dict[str, Any]:
    """The rule as Kibana's API has it; raises Refusal for what a rule of its type cannot hold."""
    deployment = detection.deployment
    kind = _type(detection)
    rule: dict[str, Any] = {
        "rule_id": detection.id,
        "name": detection.title,
        "description": detection.description,
        "type": kind,
        "language": LANGUAGES[detection.target],
        "query": _query(detection, kind),
        **_of_type(detection, kind),
        "enabled": deployment.enabled,
        "interval": _interval(detection),
        "from": f"now-{_window(detection, kind)}",
        "max_signals": deployment.max_alerts,
        "severity": severity(deployment.risk_score),
        "risk_score": deployment.risk_score,
        "timestamp_override": deployment.elastic.timestamp_override,
        "tags": _tags(detection),
        "threat": threat(detection),
        "author": authors(detection),
        "license": detection.text("license"),
        "references": detection.texts("references"),
        "false_positives": detection.texts("falsepositives"),
        "note": note(detection),
        "setup": _in_text(detection, deployment.setup),
        "investigation_fields": {"field_names": shown} if (shown := detection.shown) else None,
        "related_integrations": _integrations(detection),
        "alert_suppression": _suppression(detection, kind),
        **deployment.elastic.passed_through,
    }
    return {key: value for key, value in rule.items() if value not in (None, "", [], {})} | {
        "risk_score": deployment.risk_score,
        "enabled": deployment.enabled,
    }


def threat(detection: Detection) -> list[dict[str, Any]]:
    """ATT&CK as Kibana nests it: tactics, techniques in them, sub-techniques in those."""
    return [
        {
            "framework": FRAMEWORK,
            "tactic": _named(entry.tactic),
            **(
                {"technique": [_technique(each) for each in entry.techniques]}
                if entry.techniques
                else {}
            ),
        }
        for entry in detection.threat.entries
    ]


def authors(detection: Detection) -> list[str]:
    """The people that Sigma keeps in one text."""
    return [name.strip() for name in detection.text("author").split(",") if name.strip()]


def note(detection: Detection) -> str:
    """The investigation guide and the response, in Markdown."""
    deployment = detection.deployment
    parts = []
    if deployment.guide is not None:
        parts.append(f"## Triage and analysis\n\n{_in_text(detection, deployment.guide)}")
    if deployment.response:
        steps = "\n".join(f"- {_in_text(detection, step)}" for step in deployment.response)
        parts.append(f"## Response\n\n{steps}")
    return "\n\n".join(parts)


def _type(detection: Detection) -> str:
    if detection.target in ("eql", "esql"):
        return detection.target
    if detection.threshold is not None:
        return "threshold"
    return "query" if detection.deployment.first_seen is None else "new_terms"


def _query(detection: Detection, kind: str) -> str:
    """The query; for ES|QL with the columns asked for."""
    grouped = detection.deployment.first_seen is not None
    if kind != "esql" or grouped or not detection.deployment.columns:
        return detection.query
    shown = [name for name in detection.shown if ".flattened." not in name]
    names = dict.fromkeys(["@timestamp", *METADATA, *shown])
    return f"{detection.query}\n| keep {', '.join(map(detection.quoted, names))}"


def _of_type(detection: Detection, kind: str) -> dict[str, Any]:
    deployment = detection.deployment
    own: dict[str, Any] = {}
    usual = defaults()["elastic"]["index"] if detection.names.is_cloudtrail else ()
    if kind != "esql":
        own["index"] = list(deployment.elastic.index or usual)
    if kind == "new_terms":
        assert deployment.first_seen is not None
        own["new_terms_fields"] = list(map(detection.names.name, deployment.first_seen.fields))
        own["history_window_start"] = f"now-{deployment.first_seen.history}"
    if kind == "threshold":
        own["threshold"] = _threshold(detection)
    return own


def _interval(detection: Detection) -> str:
    """How often it runs; a threshold rule often enough to look at everything."""
    interval, threshold = detection.deployment.interval, detection.threshold
    if threshold is None:
        return interval
    interval = span(min(seconds(interval), threshold.timespan))
    report(
        "SC301",
        f"Kibana counts the last {span(threshold.timespan)} every {interval}, not in a sliding "
        "window",
        at=("correlation", "timespan"),
    )
    return interval


def _window(detection: Detection, kind: str) -> str:
    """How far back one run looks."""
    if kind == "threshold":
        assert detection.threshold is not None
        return span(detection.threshold.timespan)
    return window_start(detection.deployment) if kind == "esql" else detection.deployment.lookback


def _threshold(detection: Detection) -> dict[str, Any]:
    asked = detection.threshold
    assert asked is not None
    if detection.several:
        raise Refusal(
            "SC607",
            "Kibana's threshold rules count the events of one query, and the rule has several",
            hint="join the rule's conditions by 'or'",
            at=("correlation",),
        )
    if len(asked.group_by) > MOST_THRESHOLD_FIELDS:
        raise Refusal(
            "SC607",
            f"Kibana's threshold rules group by {MOST_THRESHOLD_FIELDS} fields at most, not "
            f"{len(asked.group_by)}",
            hint="use -t esql or splunk",
            at=("correlation", "group-by"),
        )
    names = list(map(detection.names.name, asked.group_by))
    if asked.counted is None:
        return {"field": names, "value": asked.count}
    counted = {"field": detection.names.name(asked.counted), "value": asked.count}
    return {"field": names, "value": 1, "cardinality": [counted]}


def _tags(detection: Detection) -> list[str]:
    usual = defaults()["elastic"]["tags"] if detection.names.is_cloudtrail else []
    tactics = [f"Tactic: {entry.tactic.name}" for entry in detection.threat.entries]
    return list(dict.fromkeys([*usual, *detection.deployment.tags, *tactics]))


def _integrations(detection: Detection) -> list[Mapping[str, str]]:
    if not detection.names.is_cloudtrail:
        return []
    return list(detection.deployment.elastic.related_integrations)


def _suppression(detection: Detection, kind: str) -> dict[str, Any] | None:
    """Kibana's alert_suppression; for ES|QL that groups by its keys, since runs overlap."""
    asked = detection.deployment.suppression
    first_seen = detection.deployment.first_seen
    if asked is None:
        if kind != "esql":
            return None
        keys = detection.grouped_by
        if first_seen is not None:
            keys = list(map(detection.names.name, first_seen.fields))
        return _suppressed(keys[:3], detection.deployment.lookback) if keys else None
    if kind == "threshold":
        return {"duration": _duration(asked.period)}
    if not asked.fields:
        report(
            "SC614",
            "Kibana suppresses alerts by fields, and the deployment names none",
            hint="name fields under suppression",
            at=SUPPRESSION,
        )
        return None
    if kind == "eql" and detection.query.startswith(("sequence", "sample")):
        report("SC610", "Kibana suppresses alerts of EQL sequences from 8.18 on", at=SUPPRESSION)
    keys = list(map(detection.names.name, asked.fields))
    missing = {"suppress": "suppress", "alert": "doNotSuppress"}[asked.missing_fields]
    return _suppressed(keys, asked.period, missing)


def _suppressed(keys: list[str], period: str, missing: str = "suppress") -> dict[str, Any]:
    return {
        "group_by": keys,
        "duration": _duration(period),
        "missing_fields_strategy": missing,
    }


def _duration(period: str) -> dict[str, Any]:
    """Kibana's suppression knows no days."""
    value, unit = int(period[:-1]), period[-1]
    return {"value": value * 24, "unit": "h"} if unit == "d" else {"value": value, "unit": unit}


def _technique(entry: TechniqueEntry) -> dict[str, Any]:
    found = _named(entry.technique)
    if entry.subtechniques:
        found["subtechnique"] = list(map(_named, entry.subtechniques))
    return found


def _named(each: Any) -> dict[str, Any]:
    return {"id": each.id, "name": each.name, "reference": each.url}


def _in_text(detection: Detection, text: str | None) -> str:
    return "" if text is None else detection.names.in_text(text.strip())


RULE = Artifact(
    "rule",
    "Kibana detection rules (NDJSON)",
    ("kql", "lucene", "eql", "esql"),
    make,
    joined="\n",
    counts=("kql", "lucene"),
    first_seen=("kql", "lucene"),
)
