"""``contentctl``: which detections Splunk's security_content would take."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from conftest import ROOT
from proofs import splunk_conf
from splunk.running import run, sigmacast

RULES = ROOT / "sigma" / "rules"
DETECTIONS = Path("detections") / "cloud"

DETECTION = """\
name: AWS New User
id: 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11
version: 1
date: '2026-01-01'
author: somebody
status: experimental
type: Hunting
description: Somebody creates a user.
data_source: []
search: |-
  `cloudtrail` eventName=CreateUser
  | stats count by user
  | `aws_new_user_filter`
how_to_implement: Collect CloudTrail.
known_false_positives: Administrators at work.
references: []
tags:
  analytic_story: []
  asset_type: AWS Account
  mitre_attack_id:
  - T1136.003
  product:
  - Splunk Enterprise
  security_domain: threat
"""
MACRO = """\
name: cloudtrail
definition: sourcetype="aws:cloudtrail"
description: Events of CloudTrail.
"""


@pytest.fixture(scope="module")
def empty_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project without content, which knows the macro ``cloudtrail``."""
    place = tmp_path_factory.mktemp("project")
    done = run("contentctl", "init", "--bare", "--app.label", "ACME", cwd=place)
    assert done.returncode == 0, done.stdout
    assert "enrichments: false" in (place / "contentctl.yml").read_text(encoding="utf-8")
    (place / "macros" / "cloudtrail.yml").write_text(MACRO, encoding="utf-8")
    return place


@pytest.fixture
def project(empty_project: Path, tmp_path: Path) -> Path:
    return shutil.copytree(empty_project, tmp_path / "project")


def validate(project: Path) -> tuple[int, str]:
    done = run("contentctl", "validate", cwd=project)
    return done.returncode, done.stdout


def build(project: Path) -> Path:
    """The app that contentctl makes of a project."""
    done = run("contentctl", "build", cwd=project)
    assert done.returncode == 0, done.stdout
    (app,) = (path for path in (project / "dist").iterdir() if path.is_dir())
    return app


def test_a_small_detection_is_accepted(project: Path) -> None:
    (project / DETECTIONS / "aws_new_user.yml").write_text(DETECTION, encoding="utf-8")
    code, output = validate(project)
    assert code == 0, output
    # Our own proof takes what Splunk's tool writes.
    confs = splunk_conf.prove_app(build(project))
    assert any("AWS New User - Rule" in name for name in confs["savedsearches"])


BROKEN = {
    "filter macro of another": ("`aws_new_user_filter`", "`new_user_filter`", "EXACT filter macro"),
    "unknown macro": ("`cloudtrail`", "`cloud_trail`", "cloud_trail"),
    "unknown story": ("analytic_story: []", "analytic_story: [No Such Story]", "No Such Story"),
    "unknown asset": ("AWS Account", "AWS Nonsense", "Invalid Value for tags"),
    "unknown key": ("references: []", "severity: high", "severity"),
    "technique as a tag": ("T1136.003", "attack.t1136.003", "should match pattern"),
    "risk of nothing": ("type: Hunting", "type: TTP", "RBA object"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_detection_is_refused(project: Path, broken: str) -> None:
    before, after, said = BROKEN[broken]
    assert DETECTION.count(before) == 1
    assert said not in DETECTION
    text = DETECTION.replace(before, after)
    (project / DETECTIONS / "aws_new_user.yml").write_text(text, encoding="utf-8")
    code, output = validate(project)
    assert code != 0
    assert "detections/cloud/aws_new_user.yml" in output and said in output


def test_a_detection_in_a_file_of_another_name_is_refused(project: Path) -> None:
    (project / DETECTIONS / "other.yml").write_text(DETECTION, encoding="utf-8")
    code, output = validate(project)
    assert code != 0
    assert "aws_new_user.yml" in output


@pytest.mark.parametrize(
    "options", [(), ("--splunk-macro", "cloudtrail")], ids=["sourcetype", "macro"]
)
def test_the_shipped_rules_are_accepted(project: Path, options: tuple[str, ...]) -> None:
    rules = len(list(RULES.rglob("*.yml")))
    refused = sigmacast(
        *("convert", "-q", "-t", "splunk", "-f", "contentctl", *options),
        *("-o", f"{project / DETECTIONS}/", RULES),
        cwd=project,
        refusals="SC607",
    )
    made = list((project / DETECTIONS).rglob("*.yml"))
    assert len(made) >= rules - refused > 0
    code, output = validate(project)
    assert code == 0, output
    confs = splunk_conf.prove_app(build(project))
    assert len(confs["savedsearches"]) > len(made)  # and [default]
