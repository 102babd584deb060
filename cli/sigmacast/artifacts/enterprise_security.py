"""What makes a saved search a detection of Splunk Enterprise Security: findings, risk, next steps.

Sources: contentctl 5.6 (keys of correlation searches, findings and risk); Splunk Enterprise
Security 8. ES calls notable events findings now, the keys keep their old names.
"""

from __future__ import annotations

import json
from typing import Any

from sigmacast.artifacts.base import Detection
from sigmacast.deployment import RiskObject


def security_keys(detection: Detection, name: str) -> dict[str, str]:
    """The keys of the stanza of that name."""
    deployment = detection.deployment
    steps = next_steps(detection)
    found = {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.label": name,
        "action.correlationsearch.detection_type": "ebd",
        "action.correlationsearch.annotations": _json({"mitre_attack": techniques(detection)}),
        "action.notable": "1",
        "action.notable.param.rule_title": message(detection),
        "action.notable.param.rule_description": detection.description,
        "action.notable.param.security_domain": deployment.splunk.security_domain,
        "action.notable.param.severity": deployment.level.finding_severity,
    }
    if not detection.is_correlation:
        found["action.notable.param.drilldown_searches"] = _json([_drilldown(detection)])
    if steps:
        found["action.notable.param.next_steps"] = _json({"version": 1, "data": steps})
    if detection.shown:
        shown = [each for each in detection.shown if not each.endswith(".*")]
        found["action.notable.param.nes_fields"] = ",".join(shown)
    objects = risk(detection)
    if deployment.splunk.risk_objects:
        found |= {
            "action.risk": "1",
            "action.risk.param._risk": _json(objects),
            "action.risk.param._risk_message": message(detection),
            "action.risk.param._risk_score": "0",
            "action.risk.param.verbose": "0",
        }
    return found


def _drilldown(detection: Detection) -> dict[str, str]:
    """A search for the events behind a finding, by the values that are new."""
    first_seen = detection.deployment.first_seen
    keys = [] if first_seen is None else list(map(detection.names.name, first_seen.fields))
    tests = " ".join(f'{detection.quoted(key)}="${key}$"' for key in keys)
    return {
        "name": "View the events",
        "search": f"{detection.plain}\n| search {tests}" if tests else detection.plain,
        "earliest_offset": "$info_min_time$",
        "latest_offset": "$info_max_time$",
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def next_steps(detection: Detection) -> str:
    """Guide and response as Enterprise Security's next steps, in Markdown."""
    deployment = detection.deployment
    parts = [deployment.guide.strip()] if deployment.guide else []
    if deployment.response:
        steps = "\n".join(f"- {step}" for step in deployment.response)
        parts.append(f"### Response\n\n{steps}")
    return detection.names.in_text("\n\n".join(parts))


def message(detection: Detection) -> str:
    """The line that a finding shows, with tokens for the values of the result."""
    text = detection.deployment.splunk.message or detection.title
    return detection.names.in_text(text, "${}$".format)


def risk(detection: Detection) -> list[dict[str, Any]]:
    """Risk and threat objects, as ``action.risk.param._risk`` has them."""
    splunk = detection.deployment.splunk
    score = max(detection.deployment.risk_score, 1)
    return [
        *(_risk_object(detection, each, score) for each in splunk.risk_objects),
        *(
            {
                "threat_object_field": detection.names.name(each.field),
                "threat_object_type": each.type,
            }
            for each in splunk.threat_objects
        ),
    ]


def techniques(detection: Detection) -> list[str]:
    """The ids of the ATT&CK techniques, sub-techniques in place of their parents."""
    found: dict[str, None] = {}
    for entry in detection.threat.entries:
        for each in entry.techniques:
            ids = [sub.id for sub in each.subtechniques] or [each.technique.id]
            found.update(dict.fromkeys(ids))
    return list(found)


def _risk_object(detection: Detection, each: RiskObject, score: int) -> dict[str, Any]:
    return {
        "risk_object_field": detection.names.name(each.field),
        "risk_object_type": each.type,
        "risk_score": each.score or score,
    }
