"""``splunk-appinspect``: which apps Splunk would take."""

from __future__ import annotations

import io
import json
import tarfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import ROOT
from proofs import Unproven, splunk_conf
from splunk.running import run, sigmacast

RULES = ROOT / "sigma" / "rules"

APP = {
    "default/app.conf": """\
[install]
is_configured = 0

[ui]
is_visible = 0
label = Detections for AWS

[launcher]
author = somebody
description = Detections of things that happen in AWS.
version = 1.0.0

[package]
id = aws_detections
check_for_updates = 0

[id]
name = aws_detections
version = 1.0.0
""",
    "default/savedsearches.conf": """\
[New user]
search = sourcetype="aws:cloudtrail" eventName="CreateUser" \\
| stats count by user
enableSched = 1
cron_schedule = */10 * * * *
dispatch.earliest_time = -70m@m
dispatch.latest_time = -10m@m
""",
    "metadata/default.meta": """\
[]
access = read : [ * ], write : [ admin, sc_admin ]
export = system
""",
}
FIRST_SEEN = {
    "rules/new_region.yml": """\
title: First Call In A Region
id: 5f4c1f0e-9d0e-4f0a-8f6a-0f6f5b8f5a11
status: test
description: Detects a caller's first call in a region.
author: somebody
date: 2026-01-01
tags:
    - attack.persistence
    - attack.t1136.003
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: CreateUser
    condition: selection
level: medium
""",
    "new_region.deployment.yml": """\
rule: 5f4c1f0e-9d0e-4f0a-8f6a-0f6f5b8f5a11
first_seen:
    fields: [userIdentity.arn, awsRegion]
    history: 14d
    baseline: lookup
""",
}


class AppInspectWarning(UserWarning):
    """What Splunk takes, and does not like."""


@dataclass(frozen=True)
class Verdict:
    """What an inspection found: for each result, the checks with their messages."""

    failed: dict[str, list[str]]
    warned: dict[str, list[str]]


def inspect(package: Path) -> Verdict:
    """Inspect a package, with every check there is.

    The exit code says little (0 for failures), so the report alone counts.
    """
    report = package.with_name("report.json")
    done = run(
        "splunk-appinspect",
        *("inspect", package.name, "--mode", "precert", "--skip-trusted-libraries-update"),
        *("--data-format", "json", "--output-file", report.name, "--max-messages", "all"),
        cwd=package.parent,
    )
    assert report.exists(), done.stdout
    found = json.loads(report.read_text(encoding="utf-8"))
    checks = [
        check for each in found["reports"] for group in each["groups"] for check in group["checks"]
    ]

    def with_result(*results: str) -> dict[str, list[str]]:
        return {
            check["name"]: [message["message"] for message in check["messages"]]
            for check in checks
            if check["result"] in results
        }

    verdict = Verdict(with_result("failure", "error"), with_result("warning", "future_failure"))
    summary = found["summary"]
    assert len(verdict.failed) == summary["failure"] + summary["error"]
    assert summary["success"] > 0 and checks
    return verdict


def must_pass(package: Path) -> None:
    """Nothing may fail; what Splunk merely warns of is shown in the summary of warnings."""
    verdict = inspect(package)
    assert verdict.failed == {}
    for name, messages in verdict.warned.items():
        warnings.warn(f"{name}: {'; '.join(messages)}", AppInspectWarning, stacklevel=2)


def pack(folder: Path, files: dict[str, str]) -> Path:
    package = folder / "aws_detections.tar.gz"
    with tarfile.open(package, "w:gz") as archive:
        for name, text in files.items():
            content = text.encode("utf-8")
            member = tarfile.TarInfo(f"aws_detections/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return package


def test_a_small_app_passes(tmp_path: Path) -> None:
    package = pack(tmp_path, APP)
    assert inspect(package) == Verdict({}, {})
    splunk_conf.prove_package(package)


SEARCHES = APP["default/savedsearches.conf"]
BROKEN = {
    "check_config_file_parsing": {
        "default/savedsearches.conf": f"{SEARCHES}\n[New user]\nsearch = *\n"
    },
    "check_for_sched_saved_searches_earliest_time": {
        "default/savedsearches.conf": SEARCHES.replace("dispatch.earliest_time = -70m@m\n", "")
    },
    "check_for_gratuitous_cron_scheduling": {
        "default/savedsearches.conf": SEARCHES.replace("*/10", "99")
    },
    "check_version_is_valid_semver": {
        "default/app.conf": APP["default/app.conf"].replace("1.0.0", "1.0")
    },
    "check_that_setup_has_not_been_performed": {
        "default/app.conf": APP["default/app.conf"].replace(
            "is_configured = 0", "is_configured = 1"
        )
    },
    "check_that_local_does_not_exist": {"local/app.conf": "[ui]\n"},
    "check_meta_default_write_access": {"metadata/default.meta": "[]\nexport = system\n"},
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_broken_app_is_refused(tmp_path: Path, check: str) -> None:
    package = pack(tmp_path, {**APP, **BROKEN[check]})
    assert list(inspect(package).failed) == [check]
    with pytest.raises(Unproven):
        splunk_conf.prove_package(package)


def test_the_app_of_the_shipped_rules_passes(tmp_path: Path) -> None:
    package = tmp_path / "aws_detections-1.2.3.tar.gz"
    sigmacast("convert", "-q", "-t", "splunk", "-f", "app", "-o", package, RULES, cwd=tmp_path)
    must_pass(package)
    confs = splunk_conf.prove_package(package)
    assert len(confs["savedsearches"]) >= len(list(RULES.rglob("*.yml")))


def test_the_app_of_a_rule_with_a_lookup_passes(tmp_path: Path) -> None:
    for name, text in FIRST_SEEN.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    package = tmp_path / "aws_detections.tar.gz"
    sigmacast(
        *("convert", "-q", "-t", "splunk", "-f", "app", "-o", package),
        *("--deployment", "new_region.deployment.yml", "rules"),
        cwd=tmp_path,
    )
    must_pass(package)
    assert {"collections", "transforms"} <= set(splunk_conf.prove_package(package))
