"""What ``check`` knows of AWS: sources, names, parameters, and what it must not say."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from conftest import ROOT, detection

EVENTS = ROOT.parent / "shared" / "corpus" / "events"
CORPUS = ROOT.parent / "shared" / "corpus" / "sigmahq-cloudtrail"
AWS = ("--only", "aws-sources", "--only", "aws-names", "--only", "aws-parameters")
EVENTS_TOO = (*AWS, "--only", "aws-events")


def said(run, text: str, *options: str) -> list[dict]:
    out = run("check", "--output-format", "json", *options, "-", stdin=text).out
    return [json.loads(line) for line in out.splitlines()]


def rule(source: str | None, name: str, more: str = "") -> str:
    tests = "" if source is None else f"    eventSource: {source}\n"
    return detection(f"selection:\n{tests}    eventName: {name}\n{more}condition: selection")


@pytest.mark.parametrize(
    ("source", "name", "more", "code", "hint", "place"),
    [
        ("iam.amazonaws.com", "CreateUsr", "", "SC702", "CreateUser", (8, 20)),
        ("iam.amazon.com", "CreateUser", "", "SC701", "iam.amazonaws.com", (7, 22)),
        ("iam", "CreateUser", "", "SC701", "iam.amazonaws.com", (7, 22)),
        ("iams.amazonaws.com", "CreateUser", "", "SC701", "iam.amazonaws.com", (7, 22)),
        (
            "iam.amazonaws.com",
            "CreateUser",
            "    requestParameters.userNmae: x\n",
            "SC704",
            "userName",
            (9, 9),
        ),
        (
            "iam.amazonaws.com",
            "CreateUser",
            "    responseElements.user.usrId: x\n",
            "SC704",
            "user.userId",
            (9, 9),
        ),
        ("sts.amazonaws.com", "CreateInstanceProfile", "", "SC703", "iam.amazonaws.com", (8, 20)),
        ("s3.amazonaws.com", "ListAllMyBuckets", "", "SC707", "ListBuckets", (8, 20)),
        (
            "lambda.amazonaws.com",
            "UpdateFunctionCode",
            "",
            "SC707",
            "UpdateFunctionCode20150331v2",
            (8, 20),
        ),
    ],
)
def test_what_aws_never_writes(run, source, name, more, code, hint, place):
    found = [each for each in said(run, rule(source, name, more), *AWS) if each["code"] == code]
    (finding,) = found
    assert hint in finding["hint"]
    assert (finding["line"], finding["column"]) == place


def test_an_unknown_parameter_is_no_proof(run):
    text = rule("iam.amazonaws.com", "CreateUser", "    requestParameters.userNmae: x\n")
    assert [each["severity"] for each in said(run, text, *AWS)] == ["warning"]


@pytest.mark.parametrize(
    ("tests", "codes"),
    [
        ("eventName|startswith: Create", []),
        ("eventName|startswith: Craete", ["SC702"]),
        ("eventName|contains: OpenIDConnect", []),
        ("eventName: 'Update*Code*'", []),
        ("eventName: 'Updaet*'", ["SC702"]),
        ("eventName|endswith: 20150331v2", []),
        ("eventName|re: Creat.*", []),
        ("eventName|expand: '%names%'", []),
        ("eventName: createuser", []),
        ("eventSource|endswith: .amazonaws.com", []),
        ("eventSource|startswith: imam", ["SC701"]),
        ("eventSource|contains: iam", []),
        ("eventName: [CreateUser, DeleteUsr]", ["SC702"]),
        ("eventName: 3", []),
    ],
)
def test_patterns_fit_some_name_or_are_told(run, tests, codes):
    text = detection(f"selection:\n    {tests}\ncondition: selection")
    assert [each["code"] for each in said(run, text, *AWS)] == codes


def test_an_event_source_is_a_union_of_services(run):
    for source, name in (("s3", "CreateJob"), ("rds", "CreateDBCluster"), ("ses", "SendEmail")):
        assert said(run, rule(f"{source}.amazonaws.com", name), "--only", "aws-names") == []
    both = "selection:\n    eventSource: [iam.amazonaws.com, ec2.amazonaws.com]\n"
    names = "    eventName: [CreateUser, RunInstances]\ncondition: selection"
    assert said(run, detection(both + names), *AWS) == []


def test_a_source_pinned_by_another_selection_counts(run):
    other = "a:\n    eventSource: sts.amazonaws.com\nb:\n    eventName: CreateUser\n"
    assert [each["code"] for each in said(run, detection(f"{other}condition: a and b"), *AWS)] == [
        "SC703"
    ]
    assert said(run, detection(f"{other}condition: a or b"), *AWS) == []


def test_open_questions_are_warnings(run):
    (found,) = said(run, rule("route53.amazonaws.com", "DisableDomainTransferLock"), *AWS)
    assert (found["code"], found["severity"]) == ("SC703", "warning")


def test_what_aws_sends_is_never_flagged(run, tmp_path):
    with (ROOT / "tests" / "aws_pairs.csv").open(newline="") as file:
        pairs = [(row["service"], row["event_name"]) for row in csv.DictReader(file)]
    assert len(pairs) > 70
    for number, (service, name) in enumerate(pairs):
        (tmp_path / f"{number}.yml").write_text(rule(f"{service}.amazonaws.com", name))
    assert run("check", *AWS, ".").out == ""


@pytest.mark.skipif(not EVENTS.is_dir(), reason="the corpus is not beside the repository")
def test_no_name_in_real_events_is_flagged(run, tmp_path):
    pairs = set()
    for path in EVENTS.glob("*.json"):
        for line in run("view", "--as", "splunk", path).out.splitlines():
            event = json.loads(line)
            fields = event.get("fields", event)
            source, name = fields.get("eventSource"), fields.get("eventName")
            first = [each[0] if isinstance(each, list) else each for each in (source, name)]
            pairs.add(tuple(first))
    pairs.discard((None, None))
    assert len(pairs) > 20
    for number, (source, name) in enumerate(sorted(pairs)):
        (tmp_path / f"{number}.yml").write_text(rule(source, name))
    assert run("check", *AWS, ".").out == ""


def test_data_events_and_reading_calls_are_notes(run):
    def codes(source: str | None, name: str) -> set[str]:
        return {each["code"] for each in said(run, rule(source, name), *EVENTS_TOO)}

    assert codes("s3.amazonaws.com", "PutObject") == {"SC705"}
    assert codes("s3.amazonaws.com", "GetObject") == {"SC705", "SC706"}
    assert codes("iam.amazonaws.com", "ListUsers") == {"SC706"}
    assert codes("iam.amazonaws.com", "[ListUsers, CreateUser]") == set()
    assert codes("bedrock.amazonaws.com", "InvokeModel") <= {"SC706"}
    assert codes(None, "PutObject") in (set(), {"SC705"})


def test_hidden_values(run):
    def codes(more: str) -> list[str]:
        text = rule("rds.amazonaws.com", "ModifyDBInstance", f"    requestParameters.{more}\n")
        return [each["code"] for each in said(run, text, *AWS)]

    assert codes("masterUserPassword: secret") == ["SC708"]
    assert codes("masterUserPassword|contains: '*'") == []
    assert codes("masterUserPassword|exists: true") == []
    assert codes("dBInstanceIdentifier: x") == []


def test_other_log_sources_are_left_alone(run):
    text = rule("nonsense", "Nonsense").replace("cloudtrail", "guardduty")
    assert said(run, text, *EVENTS_TOO) == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
def test_the_findings_on_public_rules_are_those_that_are_true(run):
    out = run("check", "--output-format", "json", *AWS, CORPUS).out
    found = {
        (Path(each["path"]).stem, each["code"], each["message"].split("'")[1])
        if "'" in each["message"]
        else (Path(each["path"]).stem, each["code"], each["message"].split()[0])
        for each in map(json.loads, out.splitlines())
    }
    cache = "aws_elasticache_security_group_modified_or_deleted"
    tampering = "aws_s3_data_management_tampering"
    assert found == {
        (cache, "SC702", "AuthorizeCacheSecurityGroupEgress"),
        (cache, "SC702", "RevokeCacheSecurityGroupEgress"),
        (tampering, "SC707", "PutEncryptionConfiguration"),
        (tampering, "SC707", "PutLifecycleConfiguration"),
        (tampering, "SC707", "PutReplicationConfiguration"),
        (tampering, "SC707", "ReplicateObject"),
        (
            "aws_route_53_domain_transferred_lock_disabled",
            "SC703",
            "DisableDomainTransferLock",
        ),
    }
