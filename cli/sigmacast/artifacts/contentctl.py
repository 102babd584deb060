"""``contentctl``: a detection of Splunk's contentctl 5, which its security_content is made with.

Source: splunk/contentctl 5.6, ``contentctl/objects`` (read 2026-11). That line is frozen, its
successor has another schema.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import yaml

from sigmacast.artifacts.base import Artifact, Detection, Product
from sigmacast.artifacts.enterprise_security import message, risk, techniques
from sigmacast.deployment import defaults
from sigmacast.diagnostics import Refusal, report

LONGEST_NAME = 67
NO_FALSE_POSITIVES = "None are known."
NO_AUTHOR = "unknown"


def make(detection: Detection) -> Product:
    """The YAML; experimental, since the tests that production asks for need Splunk's lab."""
    if detection.deployment.first_seen is not None and (
        detection.deployment.first_seen.baseline == "lookup"
    ):
        raise Refusal(
            "SC607",
            "a contentctl detection cannot bring the lookup of a baseline",
            hint="use -f app, or first_seen.baseline: search",
            at=("deployment", "first_seen", "baseline"),
        )
    name = _name(detection)
    _tell_of_name(detection, name)
    text = yaml.dump(
        _fields(detection, name),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=99,
    )
    return Product(f"{_stem(name)}.yml", text, name)


def macro(detection: Detection) -> str:
    """The macro that contentctl wants in every search."""
    return f"{_stem(_name(detection))}_filter"


def _stem(name: str) -> str:
    """The name of a file, as contentctl makes it of the detection's."""
    return re.sub(r"[ \-./]", "_", name.lower())


def _name(detection: Detection) -> str:
    """The title as contentctl takes names: no more than 67 characters, and none but plain ones."""
    title = " ".join(re.sub(r"[^A-Za-z0-9 ._-]+", " ", detection.title).split())
    return title[:LONGEST_NAME].rstrip()


def _tell_of_name(detection: Detection, name: str) -> None:
    if len(detection.title) > LONGEST_NAME:
        report(
            "SC611",
            f"contentctl takes names of {LONGEST_NAME} characters, so the rule is called '{name}' "
            "there",
            at=("title",),
        )


def _fields(detection: Detection, name: str) -> dict[str, Any]:
    deployment = detection.deployment
    usual = defaults()["splunk"]
    has_risk = bool(deployment.splunk.risk_objects)
    found: dict[str, Any] = {
        "name": name,
        "id": detection.id,
        "version": 1,
        "date": _day(detection),
        "author": detection.text("author")[:255] or NO_AUTHOR,
        "status": "experimental",
        "type": "TTP" if has_risk else "Hunting",
        "description": detection.description,
        "data_source": [],
        "search": detection.query,
        "how_to_implement": detection.names.in_text(deployment.setup or usual["setup"]).strip(),
        "known_false_positives": " ".join(
            f"{each.rstrip('.')}." for each in detection.texts("falsepositives")
        )
        or NO_FALSE_POSITIVES,
        "references": [each for each in detection.texts("references") if "://" in each],
    }
    if has_risk:
        found["rba"] = _rba(detection)
    found["tags"] = {
        "analytic_story": [],
        "asset_type": usual["asset_type"],
        "mitre_attack_id": techniques(detection),
        "product": usual["products"],
        "security_domain": deployment.splunk.security_domain,
    }
    return found


def _rba(detection: Detection) -> dict[str, Any]:
    """Risk in contentctl's own words for the same keys."""
    objects = risk(detection)
    return {
        "message": message(detection),
        "risk_objects": [
            {
                "field": each["risk_object_field"],
                "type": each["risk_object_type"],
                "score": each["risk_score"],
            }
            for each in objects
            if "risk_object_field" in each
        ],
        "threat_objects": [
            {"field": each["threat_object_field"], "type": each["threat_object_type"]}
            for each in objects
            if "threat_object_field" in each
        ],
    }


def _day(detection: Detection) -> str:
    for key in ("modified", "date"):
        text = detection.text(key).replace("/", "-")
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return text
    return date.today().isoformat()


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, which is how people read a search."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    lines = [line.rstrip() for line in value.split("\n")]
    style = "|" if len(lines) > 1 else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", "\n".join(lines), style=style)


_Dumper.add_representer(str, _text)

CONTENTCTL = Artifact(
    "contentctl",
    "contentctl detections (YAML)",
    ("splunk",),
    make,
    joined=None,
    macro=macro,
)
