"""What ``check`` knows of AWS: sources, names, parameters, and what it must not say."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT, detection
from sigmacast import aws
from sigmacast.checks.aws_facts import facts

EVENTS = ROOT.parent / "shared" / "corpus" / "events"
CORPUS = ROOT.parent / "shared" / "corpus" / "sigmahq-cloudtrail"
PAIRS = ROOT / "tests" / "aws_pairs.csv"
CHECKS = ("aws-sources", "aws-names", "aws-parameters")
AWS = tuple(word for check in CHECKS for word in ("--only", check))
ALL = (*AWS, "--only", "aws-events")
NOTES = ("--only", "aws-events")


def said(run, text: str, *options: str) -> list[dict]:
    out = run("check", "--output-format", "json", *options, "-", stdin=text).out
    return [json.loads(line) for line in out.splitlines()]


def codes(run, text: str, *options: str) -> list[str]:
    return [each["code"] for each in said(run, text, *(options or AWS))]


def rule(source: str | None, name: str, more: str = "") -> str:
    tests = "" if source is None else f"    eventSource: {source}\n"
    return detection(f"selection:\n{tests}    eventName: {name}\n{more}condition: selection")


def selection(tests: str) -> str:
    return detection(f"selection:\n    {tests}\ncondition: selection")


# What AWS never writes


@pytest.mark.parametrize(
    ("source", "name", "more", "code", "hint", "place"),
    [
        ("iam.amazonaws.com", "CreateUsr", "", "SC702", "CreateUser", (8, 20)),
        ("iam.amazon.com", "CreateUser", "", "SC701", "iam.amazonaws.com", (7, 22)),
        ("iam", "CreateUser", "", "SC701", "iam.amazonaws.com", (7, 22)),
        ("aws.iam", "CreateUser", "", "SC701", "iam.amazonaws.com", (7, 22)),
        ("iams.amazonaws.com", "CreateUser", "", "SC701", "iam.amazonaws.com", (7, 22)),
        ("cloudwatch.amazonaws.com", "X", "", "SC701", "monitoring.amazonaws.com", (7, 22)),
        (
            "iam.amazonaws.com",
            "CreateUser",
            "    requestParameters.userNmae: x\n",
            "SC704",
            "requestParameters.userName",
            (9, 9),
        ),
        (
            "iam.amazonaws.com",
            "CreateUser",
            "    responseElements.user.usrId: x\n",
            "SC704",
            "responseElements.user.userId",
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


def test_a_name_that_is_near_nothing_has_no_guess(run):
    (found,) = said(run, rule(None, "QqqZzzXxx"), *AWS)
    assert found["code"] == "SC702" and "did you mean" not in found["hint"]


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ("eventName|startswith: Create", []),
        ("eventName|startswith: Craete", ["SC702"]),
        ("eventName|contains: OpenIDConnect", []),
        ("eventName: 'Update*Code*'", []),
        ("eventName: 'Updaet*'", ["SC702"]),
        ("eventName: 'Creat?User'", []),
        ("eventName: 'Creat??User'", ["SC702"]),
        ("eventName|endswith: 20150331v2", []),
        ("eventName|endswith: '20181031'", []),
        ("eventName|re: Creat.*", []),
        ("eventName|re: ^Craete.*", ["SC702"]),
        ("eventName|re: ^create", ["SC702"]),
        ("eventName|re|i: ^create", []),
        ("eventName|re: UpdateFunctionCode[0-9]+", []),
        ("eventName|re: (?!Craete)x", []),
        ("eventName|expand: '%names%'", []),
        ("eventName: createuser", []),
        ("eventName|cased: createuser", ["SC702"]),
        ("eventName|cased: CreateUser", []),
        ("eventName|fieldref: userAgent", []),
        ("eventName|exists: true", []),
        ("eventName|neq: CreateUsr", ["SC702"]),
        ("eventName|contains|all: [Create, User]", []),
        ("eventSource|endswith: .amazonaws.com", []),
        ("eventSource: '*.amazonaws.com'", []),
        ("eventSource: IAM.amazonaws.com", []),
        ("eventSource|startswith: imam", ["SC701"]),
        ("eventSource|contains: iam", []),
        ("eventSource|re: ^imam", ["SC701"]),
        ("eventSource: null", []),
        ("eventName: [CreateUser, DeleteUsr]", ["SC702"]),
        ("eventName: 3", []),
        ("eventName: '*'", []),
    ],
)
def test_patterns_fit_some_name_or_are_told(run, tests, expected):
    assert codes(run, selection(tests)) == expected


# Which event sources count


def test_an_event_source_is_a_union_of_services(run):
    for source, name in (("s3", "CreateJob"), ("rds", "CreateDBCluster"), ("ses", "SendEmail")):
        assert said(run, rule(f"{source}.amazonaws.com", name), "--only", "aws-names") == []
    both = "selection:\n    eventSource: [iam.amazonaws.com, ec2.amazonaws.com]\n"
    names = "    eventName: [CreateUser, RunInstances, StopLogging]\ncondition: selection"
    (found,) = said(run, detection(both + names), *AWS)
    assert found["code"] == "SC703" and found["message"].startswith("StopLogging is an event of")


APART = "a:\n    eventSource: sts.amazonaws.com\nb:\n    eventName: CreateUser\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{APART}condition: a and b", ["SC703"]),
        (f"{APART}condition: all of them", ["SC703"]),
        (f"{APART}condition: a or b", []),
        (f"{APART}condition: 1 of them", []),
        (f"{APART}condition: b and not a", []),
        # A filter is about events of the rule's source, and this one leaves none of them out.
        (f"{APART}condition: a and not b", ["SC703"]),
        (f"{APART}c:\n    userAgent: x\ncondition: a and not (b or c)", ["SC703"]),
        (f"{APART}c:\n    userAgent: x\ncondition: (a or c) and b", []),
        # One selection that stands in two places has to fit in one of them.
        (f"{APART}c:\n    eventSource: iam.amazonaws.com\ncondition: (a and b) or (c and b)", []),
        (f"{APART}condition:\n    - a and b\n    - b", []),
        (
            "a:\n    eventSource|neq: sts.amazonaws.com\nb:\n    eventName: CreateUser\n"
            "condition: a and b",
            [],
        ),
        (
            "a:\n    - eventSource: iam.amazonaws.com\n      eventName: CreateUser\n"
            "    - eventSource: sts.amazonaws.com\n      eventName: GetCallerIdentity\n"
            "condition: a",
            [],
        ),
        (
            "a:\n    - eventSource: sts.amazonaws.com\n      eventName: CreateUser\n"
            "    - eventSource: iam.amazonaws.com\n      eventName: CreateUser\ncondition: a",
            ["SC703"],
        ),
        ("a:\n    eventSource: iam*\n    eventName: RunInstances\ncondition: a", ["SC703"]),
        ("a:\n    eventSource: iam*\n    eventName: CreateUser\ncondition: a", []),
        (
            "a:\n    eventSource: iam.amazonaws.com\n    eventName|startswith: RunInst\n"
            "condition: a",
            ["SC703"],
        ),
        ("a:\n    eventSource: [iam.amazonaws.com, imam]\n    eventName: X\ncondition: a", 2),
        ("a:\n    userAgent: x\nb:\n    eventName: CreateUsr\ncondition: a", ["SC702"]),
        ("a:\n    userAgent: x\nb:\n    eventName: CreateUsr\ncondition: a and not b", ["SC702"]),
    ],
)
def test_the_sources_that_the_condition_joins_to_a_name_count(run, text, expected):
    found = codes(run, detection(text))
    assert len(found) == expected if isinstance(expected, int) else found == expected


def test_with_an_unknown_source_nothing_is_said_of_the_name(run):
    assert codes(run, rule("imam.amazonaws.com", "RunInstances")) == ["SC701"]


def test_open_questions_are_warnings(run):
    for text in (
        rule("route53.amazonaws.com", "DisableDomainTransferLock"),
        rule("bedrock-runtime.amazonaws.com", "InvokeModel"),
        rule("bedrock-agent.amazonaws.com", "CreateAgent"),
        rule("aws-marketplace.amazonaws.com", "SearchAgreements"),
    ):
        assert [each["severity"] for each in said(run, text, *AWS)] == ["warning"]
    for text in (
        rule("bedrock.amazonaws.com", "CreateAgent"),
        rule("sso.amazonaws.com", "AssociateDirectory"),
        rule("identitystore.amazonaws.com", "CreateUser"),
        rule("sso-directory.amazonaws.com", "AddMemberToGroup"),
        rule("autoscaling.amazonaws.com", "DescribeScalableTargets"),
    ):
        assert said(run, text, *AWS) == []


# What AWS sends


def test_what_aws_sends_is_never_flagged(run, tmp_path):
    with PAIRS.open(newline="", encoding="utf-8") as file:
        pairs = [(row["service"], row["event_name"]) for row in csv.DictReader(file)]
    assert len(pairs) > 150
    for number, (service, name) in enumerate(pairs):
        (tmp_path / f"{number}.yml").write_text(rule(f"{service}.amazonaws.com", name))
    assert run("check", *AWS, ".").out == ""


@pytest.mark.skipif(not EVENTS.is_dir(), reason="the corpus is not beside the repository")
def test_no_name_and_no_parameter_in_real_events_is_flagged(run, tmp_path):
    """Each event as a rule that asks for all that stands in it."""
    rules = {
        rule(event["eventSource"], event["eventName"], "".join(sorted(set(_tests(event)))))
        for event in _events()
    }
    assert len(rules) > 20
    for number, text in enumerate(sorted(rules)):
        (tmp_path / f"{number}.yml").write_text(text)
    assert run("check", *AWS, ".").out == ""


def _events() -> Iterator[dict]:
    for path in sorted(EVENTS.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        yield from found if isinstance(found, list) else found.get("Records", [found])


def _tests(event: dict) -> Iterator[str]:
    for body in ("requestParameters", "responseElements"):
        for path in _paths(event.get(body)):
            yield f"    ? '{'.'.join((body, *path))}|exists'\n    : true\n"


def _paths(value) -> Iterator[tuple[str, ...]]:
    if isinstance(value, list):
        for each in value:
            yield from _paths(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if "." not in key and "|" not in key:
                yield (key,)
                yield from ((key, *below) for below in _paths(each))


def test_events_that_nobody_lists_are_left_alone(run):
    more = "    eventType: {}\n"
    for source, name in (("cloudshell", "RedeemCode"), ("billingconsole", "GetX")):
        assert said(run, rule(f"{source}.amazonaws.com", name), *AWS) == []
    for kind, expected in (
        ("AwsServiceEvent", []),
        ("AwsConsoleAction", []),
        ("AwsApiCall", ["SC702"]),
        ("[AwsApiCall, AwsServiceEvent]", ["SC702"]),
    ):
        assert codes(run, rule("ec2.amazonaws.com", "QqqZzz", more.format(kind))) == expected


# Names that CloudTrail writes otherwise


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("lambda", "UpdateFunctionCode", ["SC707"]),
        (None, "UpdateFunctionCode", ["SC707"]),
        ("lambda", "'UpdateFunctionCode*'", []),
        ("lambda", "[UpdateFunctionCode, UpdateFunctionCode20150331v2]", []),
        ("lambda", "[UpdateFunctionCode, 'UpdateFunctionCode*']", []),
        ("lambda", "CreateEventSourceMapping", ["SC707"]),
        ("lambda", "TagResource", ["SC707"]),
        ("lambda", "CreateFunctionUrlConfig", []),
        # AppSync and CloudFront have calls of this name, and write it so.
        (None, "CreateFunction", []),
        ("lambda", "CreateFunction", ["SC707"]),
        ("s3", "PutPublicAccessBlock", ["SC707"]),
        ("s3", "[PutPublicAccessBlock, PutBucketPublicAccessBlock]", []),
        ("s3", "PutBucketLifecycleConfiguration", ["SC707"]),
        ("s3", "[PutBucketLifecycle, PutBucketLifecycleConfiguration]", []),
        ("s3", "ListObjectsV2", ["SC707"]),
        ("s3express", "ListObjectsV2", []),
        # IAM actions, of this service and not of another one that has a call of that name
        ("s3", "PutLifecycleConfiguration", ["SC707"]),
        ("elasticfilesystem", "PutLifecycleConfiguration", []),
        ("s3", "ReplicateObject", ["SC707"]),
        ("s3", "[ListObjects, ListBucket]", []),
        ("iam", "PassRole", ["SC707"]),
        (None, "PassRole", ["SC707"]),
        ("lambda", "InvokeFunction", ["SC707"]),
    ],
)
def test_other_names(run, source, name, expected):
    text = rule(f"{source}.amazonaws.com" if source else None, name)
    assert codes(run, text) == expected


def test_an_iam_action_is_an_error_and_a_missing_date_a_warning(run):
    for source, name, severity in (
        ("s3", "PutEncryptionConfiguration", "error"),
        ("lambda", "UpdateFunctionCode", "warning"),
    ):
        (found,) = said(run, rule(f"{source}.amazonaws.com", name), *AWS)
        assert found["severity"] == severity


# Parameters


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("CreateUser", "requestParameters.userName", []),
        ("CreateUser", "requestParameters.UserName", ["SC704"]),
        ("CreateUser", "requestParameters.tags.key", []),
        ("CreateUser", "requestParameters.tags[any].key", []),
        ("CreateUser", "requestParameters.tags.0.key", []),
        ("CreateUser", "requestParameters.tags.kye", ["SC704"]),
        ("CreateUser", "responseElements.userName", ["SC704"]),
        ("CreateUser", "requestParameters", []),
        ("PutUserPolicy", "requestParameters.policyDocument.Statement", []),
        # One of the operations has it.
        ("[CreateUser, CreateRole]", "requestParameters.roleName", []),
        ("[CreateUser, CreateRole]", "requestParameters.groupName", ["SC704"]),
        # Not all that the rule finds is known.
        ("[CreateUser, Quux]", "requestParameters.groupName", ["SC702"]),
        ("'Create*'", "requestParameters.nothingOfTheKind", []),
        ("CreateUser20150331", "requestParameters.nothingOfTheKind", ["SC702"]),
    ],
)
def test_parameters(run, name, field, expected):
    text = rule("iam.amazonaws.com", name, f"    {field}: x\n")
    assert codes(run, text) == expected


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("AssumeRoleWithSAML", "requestParameters.sAMLAssertionID"),
        ("AssumeRoleWithSAML", "requestParameters.principalTags.Department"),
        ("AssumeRole", "requestParameters.incomingTransitiveTags.Department"),
    ],
)
def test_parameters_that_records_have_and_the_models_lack(run, name, field):
    assert codes(run, rule("sts.amazonaws.com", name, f"    {field}: x\n")) == []


def test_parameters_of_all_services_that_have_the_name_are_known(run):
    more = "    requestParameters.{}: x\n"
    assert codes(run, rule(None, "CreateUser", more.format("brokerId"))) == []
    assert codes(run, rule("iam.amazonaws.com", "CreateUser", more.format("brokerId"))) == ["SC704"]
    assert codes(run, rule(None, "CreateAccessKey", more.format("brokerId"))) == ["SC704"]
    assert codes(run, rule(None, "ConsoleLogin", more.format("brokerId"))) == []


def test_a_mistyped_parameter_beside_a_mistyped_name_and_source_is_told_at_once(run):
    text = rule("iam.amazon.com", "CreateUsr", "    requestParameters.userNmae: x\n")
    found = said(run, text, *AWS)
    assert [(each["code"], each["line"], each["column"]) for each in found] == [
        ("SC701", 7, 22),
        ("SC702", 8, 20),
        ("SC704", 9, 9),
    ]
    assert found[2]["hint"] == "did you mean requestParameters.userName?"


def test_what_is_unlike_the_members_of_the_nearest_operation_is_left_alone(run):
    text = rule("iam.amazonaws.com", "CreateUsr", "    requestParameters.brokerId: x\n")
    assert codes(run, text) == ["SC702"]


def test_an_unknown_parameter_is_no_proof(run):
    text = rule("iam.amazonaws.com", "CreateUser", "    requestParameters.userNmae: x\n")
    assert [each["severity"] for each in said(run, text, *AWS)] == ["warning"]


def test_parameters_in_another_selection(run):
    text = "a:\n    eventName: CreateAccessKey\nb:\n    requestParameters.brokerId: x\n"
    assert codes(run, detection(f"{text}condition: a and b")) == ["SC704"]
    assert codes(run, detection(f"{text}condition: a and not b")) == ["SC704"]
    assert codes(run, detection(f"{text}condition: a or b")) == []


@pytest.mark.parametrize(
    ("source", "name", "test", "expected"),
    [
        ("rds", "ModifyDBInstance", "requestParameters.masterUserPassword: secret", ["SC708"]),
        ("rds", "ModifyDBInstance", "requestParameters.masterUserPassword|contains: '*'", []),
        ("rds", "ModifyDBInstance", "requestParameters.masterUserPassword|exists: true", []),
        ("rds", "ModifyDBInstance", "requestParameters.masterUserPassword: null", []),
        ("rds", "ModifyDBInstance", "requestParameters.masterUserPassword: HIDDEN_DUE*", []),
        ("rds", "ModifyDBInstance", "requestParameters.dBInstanceIdentifier: x", []),
        ("rds", "ModifyDBInstance", "requestParameters.masterUserPassword: ['*', x]", ["SC708"]),
        (
            "rds",
            "ModifyDBInstance",
            "responseElements.pendingModifiedValues.masterUserPassword: x",
            ["SC708"],
        ),
        ("ssm", "PutParameter", "requestParameters.value: x", ["SC708"]),
        ("ssm", "PutParameter", "requestParameters.name: x", []),
        ("ssm", "SendCommand", "requestParameters.parameters.commands: x", ["SC708"]),
        ("ec2", "ModifyInstanceAttribute", "requestParameters.userData.value: x", ["SC708"]),
        ("lambda", "CreateFunction20150331", "requestParameters.code.zipFile: x", ["SC708"]),
        ("iam", "CreateLoginProfile", "requestParameters.password: x", ["SC708"]),
        ("iam", "CreateLoginProfile", "requestParameters.userName: x", []),
        ("s3", "PutObject", "requestParameters.x-amz-server-side-encryption: x", []),
        (
            "s3",
            "PutObject",
            "requestParameters.x-amz-server-side-encryption-aws-kms-key-id: x",
            [],
        ),
    ],
)
def test_hidden_values(run, source, name, test, expected):
    assert codes(run, rule(f"{source}.amazonaws.com", name, f"    {test}\n")) == expected


def test_a_hidden_value_is_told_at_the_value(run):
    text = rule("ssm.amazonaws.com", "PutParameter", "    requestParameters.value:\n        - x\n")
    (found,) = said(run, text, *AWS)
    assert (found["line"], found["column"], found["severity"]) == (10, 15, "note")


# Data events and calls that only read


@pytest.mark.parametrize(
    ("source", "name", "more", "expected"),
    [
        ("s3", "PutObject", "", ["SC705"]),
        ("s3", "GetObject", "", ["SC705"]),
        ("s3", "[GetObject, PutObject, DeleteBucket]", "", ["SC705"]),
        (None, "PutObject", "", ["SC705"]),
        ("s3", "DeleteBucket", "", []),
        ("s3", "PutObject", "    eventCategory: Data\n", []),
        ("lambda", "Invoke", "", ["SC705"]),
        ("dynamodb", "Scan", "", ["SC705"]),
        ("kinesis", "GetRecords", "", ["SC706"]),
        ("iam", "ListUsers", "", ["SC706"]),
        ("iam", "[ListUsers, ListRoles]", "", ["SC706"]),
        ("iam", "[ListUsers, CreateUser]", "", []),
        ("iam", "ListUsers", "    userAgent: x\n", []),
        ("iam", "ListUsers", "    readOnly: true\n", ["SC706"]),
        ("ec2", "'Describe*'", "", ["SC706"]),
        (None, "'Describe*'", "", ["SC706"]),
        ("ec2", "'D*'", "", []),
        ("bedrock", "InvokeModel", "", ["SC706"]),
        ("kms", "Decrypt", "", ["SC706"]),
        ("iam", "CreateUser", "", []),
    ],
)
def test_data_events_and_reading_calls_are_notes(run, source, name, more, expected):
    text = rule(f"{source}.amazonaws.com" if source else None, name, more)
    found = said(run, text, *NOTES)
    assert [each["code"] for each in found] == expected
    assert {each["severity"] for each in found} <= {"note"}


def test_a_note_on_data_events_ends_when_the_rule_says_so(run):
    text = rule("s3.amazonaws.com", "PutObject")
    assert codes(run, text, *NOTES) == ["SC705"]
    assert codes(run, f"description: Needs data events of S3.\n{text}", *NOTES) == []
    defined = text.replace("cloudtrail\n", "cloudtrail\n    definition: Data events of S3\n")
    assert defined != text and codes(run, defined, *NOTES) == []


def test_a_note_on_data_events_ends_when_the_deployment_says_so(run, tmp_path):
    where = "rules/a.yml"
    path = tmp_path / "sigma" / where
    path.parent.mkdir(parents=True)
    rule_id = "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11"
    path.write_text(f"id: {rule_id}\n" + rule(None, "PutObject"))
    assert "SC705" in run("check", *NOTES, path).out
    deployment = tmp_path / "sigma" / "deployments" / where
    deployment.parent.mkdir(parents=True)
    deployment.write_text(f"rule: {rule_id}\nsetup: The trail has to record data events.\n")
    assert run("check", *NOTES, path).out == ""


def test_what_a_rule_excludes_is_no_reason_for_notes(run):
    text = "a:\n    eventSource: s3.amazonaws.com\nb:\n    eventName: GetObject\n"
    assert codes(run, detection(f"{text}condition: a and not b"), *NOTES) == []
    assert codes(run, detection(f"{text}condition: a and b"), *NOTES) == ["SC705"]


def test_calls_that_a_correlation_counts_are_meant_to_be_many(run, tmp_path):
    counted = rule(None, "ListUsers").replace("title: A rule", "title: A rule\nname: users")
    correlation = (
        "---\ntitle: Many\ncorrelation:\n    type: event_count\n    rules: [users]\n"
        "    group-by: [userIdentity.arn]\n    timespan: 1h\n    condition:\n        gte: 10\n"
    )
    assert codes(run, counted, *NOTES) == ["SC706"]
    (tmp_path / "rules.yml").write_text(counted + correlation)
    assert run("check", *NOTES, "rules.yml").out == ""


# Whole rules


def test_other_log_sources_are_left_alone(run):
    text = rule("nonsense", "Nonsense").replace("cloudtrail", "guardduty")
    assert said(run, text, *ALL) == []


def test_a_rule_with_a_broken_condition_is_still_read(run):
    text = detection("a:\n    eventName: CreateUsr\ncondition: a and (")
    assert "SC702" in codes(run, text)


@pytest.mark.parametrize(
    "tests",
    [
        "eventName: [" + ", ".join(f"Create{number}Thing" for number in range(3000)) + "]",
        "eventSource: [" + ", ".join(f"iam{number}.amazonaws.com" for number in range(3000)) + "]",
        "eventName: [" + ", ".join(f"'*{'a*' * 30}{number}'" for number in range(2000)) + "]",
        "eventName|re: [" + ", ".join(f"'(.*a)*(.*b)*{number}'" for number in range(2000)) + "]",
        f"eventName: {'a' * 200_000}",
        "eventName: [" + ", ".join(["UpdateFunctionCode"] * 5000) + "]",
    ],
    ids=["names", "sources", "patterns", "expressions", "long", "renamed"],
)
def test_hostile_rules_take_bounded_time(tests, tmp_path):
    from sigmacast import load
    from sigmacast.checks import CheckOptions, Subject, check_of

    path = tmp_path / "rule.yml"
    path.write_text(selection(tests))
    ruleset = load([path])
    subject = Subject(ruleset.sources[0], ruleset, CheckOptions())
    started = time.monotonic()
    found = [issue for name in CHECKS for issue in check_of(name).run(subject)]
    assert found and time.monotonic() - started < 30


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside the repository")
def test_the_findings_on_public_rules_are_those_that_are_true(run):
    out = run("check", "--output-format", "json", *ALL, CORPUS).out
    found = set()
    for each in map(json.loads, out.splitlines()):
        message = each["message"]
        name = message.split("'")[1] if "'" in message else message.split()[0]
        found.add((Path(each["path"]).stem, each["code"], name))
    cache = "aws_elasticache_security_group_modified_or_deleted"
    tampering = "aws_s3_data_management_tampering"
    assert found == {
        (cache, "SC702", "AuthorizeCacheSecurityGroupEgress"),
        (cache, "SC702", "RevokeCacheSecurityGroupEgress"),
        (tampering, "SC705", "RestoreObject"),
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


# The table


def test_the_table_fits_the_catalogue():
    """What the catalogue has itself, and names of sources that are none, are mistakes in it."""
    table = facts()
    known = aws.event_sources()
    for source, names in table.events.items():
        for name in names:
            assert source not in aws.sources_of(name), f"{source} {name} is in the catalogue"
    for misnamed, right in table.misnamed.items():
        assert misnamed not in known and set(right.sources) <= known
    for beside, owner in table.unsettled_pairs:
        assert {beside, owner} <= known
    for source, others in table.alike.items():
        assert source not in others and set(others) <= known
    for (source, name), written in (*table.renamed.items(), *table.actions.items()):
        spelled = [each for each in aws.spellings_of(name) if source in aws.sources_of(each)]
        assert bool(spelled) == ((source, name) in table.renamed), f"{source} {name}"
        for each in written:
            assert source in aws.sources_of(each) or each in table.events.get(source, ())
    for source, names in table.data_events.items():
        for name in names:
            owners = {owner for each in aws.spellings_of(name) for owner in aws.sources_of(each)}
            like = set(table.alike.get(source, ()))
            listed = name in map(str.lower, table.events.get(source, ()))
            assert source in owners or owners & like or listed, f"{source} {name}"
    for row in table.hidden:
        operations = aws.operations(row.source).values()
        named = [each for each in operations if row.name in ("*", each.name.lower())]
        assert any(
            aws.member_at(each, row.path, response) is not None
            for each in named
            for response in (False, True)
        ), row
