"""``sigmacast new``: a rule with its deployment and its events, checked and tested."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

import sigmacast
from conftest import ROOT
from sigmacast.authoring.replacing import Replacer

FOLDER = "rules/cloud/aws/cloudtrail"
WHAT = ("--event-source", "iam.amazonaws.com", "--event-name", "CreateUser")
WHO = ("--level", "medium", "--author", "Some One")
TITLE = ("--title", "AWS IAM User Created By Night")
STEM = "aws_cloudtrail_iam_user_created_by_night"

EVENT: dict[str, Any] = {
    "eventVersion": "1.11",
    "userIdentity": {
        "type": "AssumedRole",
        "principalId": "AROAQX4N7RZTB2K5LMVWC:jane.roe@corp.test",
        "arn": "arn:aws:sts::987612345670:assumed-role/ops/jane.roe@corp.test",
        "accountId": "987612345670",
        "accessKeyId": "ASIAQX4N7RZTHW6YD3PF",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": "AROAQX4N7RZTB2K5LMVWC",
                "arn": "arn:aws:iam::987612345670:role/ops",
                "accountId": "987612345670",
                "userName": "ops",
            }
        },
    },
    "eventTime": "2026-11-20T03:14:15Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "AttachRolePolicy",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "54.201.33.7",
    "userAgent": "aws-cli/2.32.7.1 Chrome/131.0.0.0",
    "requestParameters": {
        "roleName": "backup",
        "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    },
    "responseElements": None,
    "requestID": "378ad60f-5035-493a-af1c-711c627f39e1",
    "eventID": "4dc00a3f-5f3a-479f-ab05-95d882a9ebc3",
    "readOnly": False,
    "eventType": "AwsApiCall",
    "managementEvent": True,
    "recipientAccountId": "987612345670",
    "eventCategory": "Management",
}
SECRETS = (
    "987612345670",
    "ASIAQX4N7RZTHW6YD3PF",
    "AROAQX4N7RZTB2K5LMVWC",
    "54.201.33.7",
    "jane.roe",
)


def changed(**members: Any) -> dict[str, Any]:
    return json.loads(json.dumps({**EVENT, **members}))


@pytest.fixture
def event_file(tmp_path: Path):
    """Writes events into a file, as CloudTrail delivers them."""

    def write(*events: Any) -> Path:
        path = tmp_path / "events.json"
        path.write_text(json.dumps({"Records": list(events)}), encoding="utf-8")
        return path

    return write


def rule_of(root: Path = Path()) -> dict[str, Any]:
    """The only rule below a folder."""
    (path,) = (root / FOLDER).glob("*.yml")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def data_of(root: Path = Path()) -> list[dict[str, Any]]:
    """The events that the only rule must match."""
    (path,) = root.glob(f"regression_data/{FOLDER}/*/*.json")
    return json.loads(path.read_text(encoding="utf-8"))


def proven(run, folder: str | Path = ".") -> None:
    """What was written passes, and not because nothing was looked at."""
    rules = Path(folder) / "rules"
    checked = run("check", rules)
    assert checked.code == 0, checked.out + checked.err
    tested = run("test", rules, "--require-data")
    assert tested.code == 0, tested.out + tested.err
    assert "near miss" in tested.out or "passed" in tested.out + tested.err


def test_options_make_a_rule_a_deployment_and_its_data(run):
    result = run(
        "new", *TITLE, *WHAT, *WHO, "--attack", "T1136.003", "--attack", "t1078.004",
        "--field", "errorCode=null", "--today", "2026-11-26",
    )  # fmt: skip
    assert result.code == 0, result.err
    rule = f"{FOLDER}/{STEM}.yml"
    assert result.out.splitlines() == [
        rule,
        f"deployments/{rule}",
        f"regression_data/{FOLDER}/{STEM}/info.yml",
    ]
    assert "check: nothing found" in result.err and "test: 11 passed, 0 failed" in result.err
    proven(run)
    written = rule_of()
    assert uuid.UUID(written["id"]).version == 4
    assert str(written["date"]) == "2026-11-26" and written["status"] == "experimental"
    assert written["tags"] == [
        "attack.initial-access",
        "attack.persistence",
        "attack.privilege-escalation",
        "attack.stealth",
        "attack.t1078.004",
        "attack.t1136.003",
    ]
    deployment = yaml.safe_load(Path(f"deployments/{rule}").read_text(encoding="utf-8"))
    assert deployment["rule"] == written["id"]
    assert "requestParameters.userName" in deployment["investigation"]["fields"]
    assert "{{requestParameters.userName}}" in deployment["investigation"]["guide"]
    assert data_of()[0]["eventName"] == "CreateUser"


def test_the_form_is_that_of_the_shipped_rules(run):
    run("new", *TITLE, *WHAT, *WHO, "--attack", "T1136.003", "--field", "errorCode=null")
    text = Path(FOLDER, f"{STEM}.yml").read_text(encoding="utf-8")
    shipped = ROOT / "sigma" / FOLDER / "aws_cloudtrail_iam_administrator_policy_attached.yml"
    keys = re.findall(r"^(\w+):", shipped.read_text(encoding="utf-8"), re.MULTILINE)
    assert re.findall(r"^(\w+):", text, re.MULTILINE) == keys
    assert (
        "detection:\n"
        "    selection:\n"
        "        eventSource: 'iam.amazonaws.com'\n"
        "        eventName: 'CreateUser'\n"
        "        errorCode: null\n"
        "    condition: selection\n"
    ) in text
    assert "description: |\n    Detects CreateUser events of iam.amazonaws.com" in text


def test_what_it_writes_converts_and_deploys(run):
    run("new", *TITLE, *WHAT, *WHO)
    assert run("convert", "-t", "all", "rules").code == 0
    kibana = run("convert", "-t", "kql", "-f", "rule", "rules")
    assert kibana.code == 0 and "Triage and analysis" in kibana.out
    assert run("convert", "-f", "app", "-o", "app.tar.gz", "rules").code == 0
    assert "SC6" not in kibana.err


def test_several_names_and_values_are_lists(run):
    result = run(
        "new", "--title", "AWS IAM Policies Attached", "--event-source", "iam.amazonaws.com",
        "--event-name", "AttachUserPolicy", "--event-name", "AttachRolePolicy", *WHO,
        "--field", "requestParameters.policyArn|endswith=:policy/AdministratorAccess",
        "--field", "requestParameters.policyArn|endswith=:policy/PowerUserAccess",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert rule_of()["detection"]["selection"] == {
        "eventSource": "iam.amazonaws.com",
        "eventName": ["AttachUserPolicy", "AttachRolePolicy"],
        "requestParameters.policyArn|endswith": [
            ":policy/AdministratorAccess",
            ":policy/PowerUserAccess",
        ],
    }
    proven(run)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("requestParameters.isMultiRegionTrail=false", False),
        ("readOnly=false", False),
        ("errorCode=null", None),
        ("recipientAccountId=012345678901", "012345678901"),
        ("requestParameters.name=true", "true"),
        ("requestParameters.name=a=b", "a=b"),
        ("requestParameters.snsTopicName|exists=true", True),
    ],
)
def test_a_value_gets_the_type_of_its_field(run, field, value):
    result = run(
        "new", "--title", "AWS Trail Changed", "--event-source", "cloudtrail.amazonaws.com",
        "--event-name", "UpdateTrail", *WHO, "--field", field,
    )  # fmt: skip
    assert result.code == 0, result.err
    found = rule_of()["detection"]["selection"][field.partition("=")[0]]
    assert found == value and type(found) is type(value)
    proven(run)


def test_numbers_are_numbers(run):
    result = run(
        "new", "--title", "AWS Port Opened", "--event-source", "ec2.amazonaws.com",
        "--event-name", "AuthorizeSecurityGroupIngress", *WHO,
        "--field", "requestParameters.ipPermissions.items.fromPort|lte=22",
        "--field", "requestParameters.ipPermissions.items.toPort=22",
    )  # fmt: skip
    assert result.code == 0, result.err
    selection = rule_of()["detection"]["selection"]
    assert list(selection.values())[2:] == [22, 22]
    proven(run)


def test_the_root_is_sigma_where_there_is_one_and_dir_where_it_is_given(run):
    Path("sigma").mkdir()
    assert run("new", *TITLE, *WHAT, *WHO).code == 0
    assert Path("sigma", FOLDER, f"{STEM}.yml").is_file()
    Path("other").mkdir()
    assert run("new", *TITLE, *WHAT, *WHO, "--dir", "other").code == 0
    assert Path("other", FOLDER, f"{STEM}.yml").is_file()
    proven(run, "other")
    assert not Path("rules").exists()


def test_everything_stays_in_dir_below_another_folder_called_rules(run):
    root = Path("rules/mine")
    root.mkdir(parents=True)
    result = run("new", *TITLE, *WHAT, *WHO, "--dir", root)
    assert result.code == 0, result.err
    assert {path.parts[:2] for path in map(Path, result.out.splitlines())} == {("rules", "mine")}
    assert not Path("regression_data").exists()
    proven(run, root)


@pytest.mark.parametrize(("folder", "said"), [("no", "no such folder"), ("rules", "above rules/")])
def test_a_folder_that_cannot_be_the_root_is_refused(run, folder, said):
    Path("rules").mkdir()
    result = run("new", *TITLE, *WHAT, *WHO, "--dir", folder)
    assert result.code == 2 and said in result.err
    assert not list(Path().rglob("*.yml"))


def test_editors_find_the_schema_where_it_is(run):
    folder = Path("sigma/deployments")
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "sigma/deployments/deployment.schema.json", folder)
    run("new", *TITLE, *WHAT, *WHO)
    path = folder / FOLDER / f"{STEM}.yml"
    first = path.read_text(encoding="utf-8").splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert (
        named != first
        and (path.parent / named).resolve() == (folder / "deployment.schema.json").resolve()
    )


def test_without_a_schema_none_is_named(run):
    run("new", *TITLE, *WHAT, *WHO)
    assert "$schema" not in Path("deployments", FOLDER, f"{STEM}.yml").read_text(encoding="utf-8")


def test_missing_options_are_named_where_nobody_can_be_asked(run):
    result = run("new", "--title", "AWS Something", "--level", "low")
    assert result.code == 2
    assert "--event-source, --event-name, --author must be given" in result.err
    assert "--title" not in result.err and not Path("rules").exists()


@pytest.mark.parametrize("taken", ["rule", "deployment", "data"])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_what_is_there_is_never_overwritten(run, taken, force):
    path = {
        "rule": Path(FOLDER, f"{STEM}.yml"),
        "deployment": Path("deployments", FOLDER, f"{STEM}.yml"),
        "data": Path("regression_data", FOLDER, STEM, "info.yml"),
    }[taken]
    path.parent.mkdir(parents=True)
    path.write_text("mine\n", encoding="utf-8")
    result = run("new", *TITLE, *WHAT, *WHO, *force)
    assert result.code == 2 and "is there already" in result.err
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert [each for each in Path().rglob("*") if each.is_file()] == [path]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--event-source", "iam", "--event-name", "CreateUser"), "mean iam.amazonaws.com?"),
        (("--event-source", "IAM.amazonaws.com", "--event-name", "GetUser"), "as 'iam.amazonaws"),
        (("--event-source", "iam.amazon.com", "--event-name", "X"), "mean iam.amazonaws.com?"),
        (("--event-source", "iam.amazonaws.com", "--event-name", "CreateUsr"), "mean CreateUser?"),
        (("--event-source", "iam.amazonaws.com", "--event-name", "createuser"), "as 'CreateUser'"),
        (("--event-source", "iam.amazonaws.com", "--event-name", "StopLogging"), "cloudtrail.amaz"),
        (("--event-source", "s3.amazonaws.com", "--event-name", "ListBucket"), "is ListObjects"),
        (
            ("--event-source", "lambda.amazonaws.com", "--event-name", "AddPermission"),
            "AddPermission20150331v2",
        ),
        ((*WHAT, "--field", "userIdentity.tpye=Root"), "mean userIdentity.type?"),
        ((*WHAT, "--field", "requestParameters.usrName=x"), "mean requestParameters.userName?"),
    ],
)
def test_names_that_aws_does_not_have_are_told_at_once(run, options, said):
    result = run("new", *TITLE, *WHO, *options)
    assert result.code == 2 and said in result.err and "--force" in result.err
    assert not Path("rules").exists()
    forced = run("new", *TITLE, *WHO, *options, "--force")
    assert forced.code in (0, 1) and said in forced.err
    assert Path(FOLDER, f"{STEM}.yml").is_file()


def test_a_value_that_aws_never_writes_is_told(run):
    options = (
        "--title", "AWS Lambda Url", "--event-source", "lambda.amazonaws.com",
        "--event-name", "CreateFunctionUrlConfig", *WHO,
    )  # fmt: skip
    result = run("new", *options, "--field", "requestParameters.authType=NON")
    assert result.code == 2 and "did you mean 'NONE'?" in result.err
    assert run("new", *options, "--field", "requestParameters.authType=NONE").code == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--level", "huge", "--author", "me"), "unknown level 'huge'"),
        (("--level", "hihg", "--author", "me"), "did you mean 'high'?"),
        ((*WHO, "--attack", "T9999"), "no technique 'T9999'"),
        ((*WHO, "--attack", "T1136.999"), "did you mean 'T1136'?"),
        ((*WHO, "--attack", "persistence"), "no technique 'persistence'"),
        ((*WHO, "--field", "a b=c"), "FIELD=VALUE"),
        ((*WHO, "--field", "userAgent"), "say which value"),
        ((*WHO, "--field", "userAgent|nonsense=x"), "nonsense"),
        ((*WHO, "--field", "userAgent|re=("), "such a rule cannot be"),
        ((*WHO, "--field", "userAgent=a\x1b[31mb"), "printable"),
        ((*WHO, "--description", "a\x00b"), "printable"),
        ((*WHO, "--leave-out", "errorCode"), "--from-event"),
        ((*WHO, "--keep"), "--from-event"),
        ((*WHO, "--record", "0"), "--from-event"),
        ((*WHO, "--today", "tomorrow"), "--today"),
        ((*WHO, "--from-event", "missing.json"), "no such file"),
    ],
)
def test_wrong_usage_writes_nothing(run, options, said):
    result = run("new", *TITLE, *WHAT, *options)
    assert result.code == 2 and said in result.err, result.err
    assert not list(Path().rglob("*.yml"))


def test_a_technique_with_a_new_id_is_taken_under_that(run):
    result = run("new", *TITLE, *WHAT, *WHO, "--attack", "T1562.008")
    assert result.code == 0 and "T1685.002 in the place of T1562.008" in result.err
    assert "attack.t1685.002" in rule_of()["tags"] and "attack.t1562.008" not in rule_of()["tags"]


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("../../../etc/passwd", "etc_passwd"),
        ("AWS CloudTrail Logging Stopped", "logging_stopped"),
        ("C:\\aws\\..\\x.yml", "c_aws_x_yml"),
        ("Création d'un utilisateur", "creation_d_un_utilisateur"),
        ("ユーザーが作成された", "create_user"),
        ("it's: a #title {x} [y] & *z", "it_s_a_title_x_y_z"),
        ("- null", "null"),
        ("A" * 120, "a" * 75),
        ("word " * 24, "_".join(["word"] * 15)),
        ("%2e%2e/$(touch owned)`id`", "2e_2e_touch_owned_id"),
    ],
)
def test_any_title_becomes_a_file_name_that_sigmahq_takes(run, title, stem):
    result = run("new", "--title", title, *WHAT, *WHO)
    assert result.code in (0, 1), result.err
    (path,) = Path(FOLDER).iterdir()
    assert path.stem == f"aws_cloudtrail_{stem}"
    assert re.fullmatch(r"[a-z0-9_]{10,90}", path.stem)
    assert rule_of()["title"] == title.strip()
    assert run("test", "rules", "--require-data").code == 0


@pytest.mark.parametrize("title", ["A" * 121, "a\nb", "a\x1b[31mb", "  ", "a\u2028b", "a\u202eb"])
def test_a_title_that_cannot_be_shown_is_refused(run, title):
    result = run("new", "--title", title, *WHAT, *WHO)
    assert result.code == 2 and "--title" in result.err
    assert not list(Path().rglob("*.yml"))


def test_texts_of_any_kind_stay_what_they_are(run):
    author = 'O\'Brien: #1 "x" [y]'
    description = "Detects: {{userIdentity.nonsense}}\n  - 'quoted' # no comment\n\n%TAG ! x"
    value = 'it\'s: "quoted" #1 {x}'
    result = run(
        "new", *TITLE, *WHAT, "--level", "low", "--author", author, "--description", description,
        "--field", f"requestParameters.userName={value}",
    )  # fmt: skip
    assert result.code == 0, result.err
    rule = rule_of()
    assert rule["author"] == author
    assert rule["detection"]["selection"]["requestParameters.userName"] == value
    assert rule["description"].splitlines()[1] == "- 'quoted' # no comment"
    assert "SC602" not in run("convert", "-t", "kql", "-f", "rule", "rules").err
    proven(run)


def test_an_event_gives_its_telling_fields(run, event_file):
    result = run("new", *TITLE, *WHO, "--from-event", event_file(EVENT))
    assert result.code == 0, result.err
    assert rule_of()["detection"]["selection"] == {
        "eventSource": "iam.amazonaws.com",
        "eventName": "AttachRolePolicy",
        "errorCode": None,
        "userIdentity.type": "AssumedRole",
        "requestParameters.policyArn": "arn:aws:iam::aws:policy/AdministratorAccess",
    }
    assert "not tested: requestParameters.roleName (" in result.err
    proven(run)


def test_an_event_comes_from_standard_input_and_in_any_wrapping(run):
    wrapped = json.dumps({"Events": [{"EventId": "x", "CloudTrailEvent": json.dumps(EVENT)}]})
    assert run("new", *TITLE, *WHO, "--from-event", "-", stdin=wrapped).code == 0
    assert rule_of()["detection"]["selection"]["eventName"] == "AttachRolePolicy"
    proven(run)


def test_a_refused_call_is_told_by_its_error(run, event_file):
    event = changed(errorCode="AccessDenied", errorMessage="no")
    assert run("new", *TITLE, *WHO, "--from-event", event_file(event)).code == 0
    assert rule_of()["detection"]["selection"]["errorCode"] == "AccessDenied"
    proven(run)


def test_a_sign_in_is_told_by_its_answer(run, event_file):
    event = changed(
        eventSource="signin.amazonaws.com",
        eventName="ConsoleLogin",
        eventType="AwsConsoleSignIn",
        requestParameters=None,
        responseElements={"ConsoleLogin": "Failure"},
        additionalEventData={"MFAUsed": "No"},
        errorMessage="Failed authentication",
    )
    assert run("new", *TITLE, *WHO, "--from-event", event_file(event)).code == 0
    selection = rule_of()["detection"]["selection"]
    assert selection["responseElements.ConsoleLogin"] == "Failure" and "errorCode" not in selection
    proven(run)


def test_several_records_give_what_they_have_in_common(run, event_file):
    other = changed(
        eventName="AttachUserPolicy",
        requestParameters={"userName": "x", "policyArn": EVENT["requestParameters"]["policyArn"]},
    )
    assert run("new", *TITLE, *WHO, "--from-event", event_file(EVENT, other)).code == 0
    selection = rule_of()["detection"]["selection"]
    assert selection["eventName"] == ["AttachRolePolicy", "AttachUserPolicy"]
    assert "requestParameters.policyArn" in selection
    assert len(data_of()) == 2
    proven(run)


def test_names_and_numbers_choose_among_records(run, event_file):
    file = event_file(EVENT, changed(eventName="CreateRole", requestParameters={"roleName": "x"}))
    run("new", *TITLE, *WHO, "--from-event", file, "--event-name", "CreateRole")
    assert rule_of()["detection"]["selection"]["eventName"] == "CreateRole"
    Path("other").mkdir()
    run("new", *TITLE, *WHO, "--from-event", file, "--record", "0", "--dir", "other")
    assert rule_of(Path("other"))["detection"]["selection"]["eventName"] == "AttachRolePolicy"
    for options, said in (
        (("--event-name", "StopLogging"), "no CloudTrail record of these names"),
        (("--record", "7"), "no CloudTrail record 7"),
    ):
        result = run("new", "--title", "Another", *WHO, "--from-event", file, *options)
        assert result.code == 2 and said in result.err


def test_fields_are_taken_and_left_out_by_name(run, event_file):
    result = run(
        "new", *TITLE, *WHO, "--from-event", event_file(EVENT),
        "--field", "requestParameters.roleName", "--field", "userAgent|contains=aws-cli",
        "--leave-out", "userIdentity.type",
    )  # fmt: skip
    assert result.code == 0, result.err
    selection = rule_of()["detection"]["selection"]
    assert selection["requestParameters.roleName"] == "backup"
    assert selection["userAgent|contains"] == "aws-cli" and "userIdentity.type" not in selection
    proven(run)


def test_a_test_of_ones_own_takes_the_place_of_that_of_the_event(run, event_file):
    field = "userIdentity.type|startswith"
    run("new", *TITLE, *WHO, "--from-event", event_file(EVENT), "--field", f"{field}=Assumed")
    selection = rule_of()["detection"]["selection"]
    assert selection[field] == "Assumed" and "userIdentity.type" not in selection
    proven(run)


def test_a_field_that_the_event_has_is_known_whatever_the_catalogue_says(run, event_file):
    event = changed(requestParameters={"roleName": "backup", "brandNew": "thing"})
    field = ("--field", "requestParameters.brandNew")
    result = run("new", *TITLE, *WHO, "--from-event", event_file(event), *field)
    assert result.code == 0, result.err
    assert rule_of()["detection"]["selection"]["requestParameters.brandNew"] == "thing"
    given = ("--event-source", "iam.amazonaws.com", "--event-name", "AttachRolePolicy")
    without = run("new", "--title", "Another", *WHO, *given, f"{field[0]}={field[1]}=thing")
    assert without.code == 2 and "AttachRolePolicy has no brandNew" in without.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--field", "errorMessage"), "the event has no such value"),
        (("--leave-out", "userAgent"), "it is none of the tests"),
        (("--field", "userAgent=curl"), "none that the rule matches, because of userAgent"),
    ],
)
def test_what_does_not_fit_the_event_is_refused(run, event_file, options, said):
    result = run("new", *TITLE, *WHO, "--from-event", event_file(EVENT), *options)
    assert result.code == 2 and said in result.err and not Path("rules").exists()


def test_wildcards_of_an_event_are_no_wildcards_of_the_rule(run, event_file):
    for number, name in enumerate(("*", "a?b", "c:\\*", "\\\\server\\x", "end\\")):
        folder = Path(f"at{number}")
        folder.mkdir()
        event = changed(requestParameters={"roleName": name})
        result = run(
            "new", *TITLE, *WHO, "--from-event", event_file(event), "--dir", folder,
            "--field", "requestParameters.roleName",
        )  # fmt: skip
        assert result.code == 0, result.err
        (source,) = sigmacast.load([folder / "rules"]).rules
        matcher = sigmacast.matcher(source)
        assert matcher.matches(event)
        assert not matcher.matches(changed(requestParameters={"roleName": f"{name}x"}))
        assert not matcher.matches(changed(requestParameters={"roleName": "axb"}))


def test_accounts_keys_and_addresses_are_replaced_everywhere(run, event_file):
    event = changed(
        requestParameters={
            "roleName": "backup",
            "policyArn": "arn:aws:iam::987612345670:policy/mine",
            "document": json.dumps(
                {"Principal": "arn:aws:iam::555566667777:root", "Ip": "54.201.33.7/32"}
            ),
        },
        additionalEventData={"host": "ip-172-31-4-9.ec2.internal", "peer": "172.31.4.9"},
    )  # fmt: skip
    result = run("new", *TITLE, *WHO, "--from-event", event_file(event))
    assert result.code == 0 and "replaced in the event:" in result.err
    (made,) = data_of()
    text = json.dumps(made)
    assert not [
        secret for secret in (*SECRETS, "555566667777", "172.31", "172-31") if secret in text
    ]
    assert not [value for value in (event["eventID"], event["requestID"]) if value in text]
    identity = made["userIdentity"]
    assert identity["accountId"] == made["recipientAccountId"] == "111122223333"
    assert identity["arn"] == "arn:aws:sts::111122223333:assumed-role/ops/user1@example.com"
    assert identity["principalId"] == "AROADBQP57FF2AEXAMPLE:user1@example.com"
    assert identity["sessionContext"]["sessionIssuer"]["principalId"] == "AROADBQP57FF2AEXAMPLE"
    assert identity["accessKeyId"] == "ASIAIOSFODNN7EXAMPLE"
    assert made["sourceIPAddress"] == "203.0.113.1"
    document = json.loads(made["requestParameters"]["document"])
    assert document == {"Principal": "arn:aws:iam::444455556666:root", "Ip": "203.0.113.1/32"}
    assert made["additionalEventData"] == {"host": "ip-10-0-0-1.ec2.internal", "peer": "10.0.0.1"}
    # What looks alike and is none of it stays.
    assert made["userAgent"] == event["userAgent"] and made["eventTime"] == event["eventTime"]
    Path("events.json").unlink()
    written = [path for path in Path().rglob("*") if path.is_file()]
    assert len(written) > 5
    assert not [path for path in written if "987612345670" in path.read_text(encoding="utf-8")]
    proven(run)


def test_keep_leaves_the_event_as_it_was(run, event_file):
    result = run("new", *TITLE, *WHO, "--from-event", event_file(EVENT), "--keep")
    assert result.code == 0 and data_of() == [EVENT]
    proven(run)


def test_what_the_rule_tests_is_kept_and_told(run, event_file):
    result = run(
        "new", *TITLE, *WHO, "--from-event", event_file(EVENT),
        "--field", "recipientAccountId", "--field", "sourceIPAddress|cidr=54.201.0.0/16",
    )  # fmt: skip
    assert result.code == 0, result.err
    assert (
        "kept in the event, since the rule tests it: recipientAccountId, sourceIPAddress"
        in result.err
    )
    (made,) = data_of()
    assert made["recipientAccountId"] == made["userIdentity"]["accountId"] == "987612345670"
    assert made["sourceIPAddress"] == "54.201.33.7"
    assert made["userIdentity"]["accessKeyId"] == "ASIAIOSFODNN7EXAMPLE"
    proven(run)


def test_replaced_values_differ_where_the_real_ones_do():
    record = {
        "accounts": [f"{number:012}" for number in range(222222222222, 222222222232)],
        "keys": [f"AKIA{'B' * 14}{number}Z" for number in range(8)],
        "addresses": [f"8.8.4.{number}" for number in range(9)],
        "instances": [f"i-0aa0aa0aa0aa0aa0{number}" for number in range(9)],
        "ipv6": ["2600:1f18::1", "2600:1f18::2"],
    }
    made = Replacer().record(record)
    for name, values in made.items():
        assert len(set(values)) == len(values) and not set(values) & set(record[name]), name
    assert all(re.fullmatch(r"\d{12}", each) for each in made["accounts"])
    assert all(re.fullmatch(r"AKIA[A-Z0-9]{16}", each) for each in made["keys"])
    assert all(re.fullmatch(r"i-[0-9a-f]{17}", each) for each in made["instances"])


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0/0", "::/0", "127.0.0.1", "169.254.169.254", "203.0.113.9", "2001:db8::1",
        "10:30:00", "arn:aws:s3:::bucket", "arn:aws:iam::aws:policy/AdministratorAccess",
        "AKIAIOSFODNN7EXAMPLE", "111122223333", "1.234567890123", "ec2.amazonaws.com",
        "someone@example.com", "1234567890123", "AWS Internal",
    ],
)  # fmt: skip
def test_what_tells_nothing_of_anybody_stays(text):
    assert Replacer().record({"value": text}) == {"value": text}


HOSTILE: dict[str, Any] = {
    "no names": {"eventVersion": "1.11"},
    "names of other types": {"eventSource": 7, "eventName": ["CreateUser"]},
    "unprintable": {**EVENT, "eventName": "Create\x1b[31mUser"},
    "a name of many lines": {**EVENT, "eventName": "Create\nUser"},
    "a long name": {**EVENT, "eventName": "x" * 5000},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_an_event_that_no_rule_can_name_is_refused(run, event_file, name):
    result = run("new", *TITLE, *WHO, "--from-event", event_file(HOSTILE[name]), "--force")
    assert result.code == 2 and "no usable event" in result.err
    assert "\x1b" not in result.err and not Path("rules").exists()


def test_a_hostile_event_gives_a_rule_that_holds(run, event_file):
    deep: Any = "x"
    for _ in range(60):
        deep = {"a": deep}
    event = changed(
        userIdentity={"type": "Assumed'Role\": {x}", "arn": ["x"], "accountId": {"a": 1}},
        requestParameters={
            "roleName": "x': {{userIdentity.nonsense}} | $(id) # ",
            "policyArn": "\x1b[31m",
            "a|re": "(a+)+$",
            "a.b": "c",
            "../../x": "y",
            "": "z",
            "long": "x" * 100_000,
            "mail": "a" * 50_000,
            "deep": deep,
            "many": [{"k": str(number)} for number in range(5000)],
            "%TAG": "!!python/object",
            "odd": "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        },
    )
    began = time.monotonic()
    file = event_file(event)
    result = run("new", *TITLE, *WHO, "--from-event", file, "--field", "requestParameters.roleName")
    assert time.monotonic() - began < 20
    assert result.code == 0, result.err
    assert "\x1b" not in result.out + result.err
    selection = rule_of()["detection"]["selection"]
    assert selection["requestParameters.roleName"] == event["requestParameters"]["roleName"]
    assert selection["userIdentity.type"] == "Assumed'Role\": {x}"
    assert set(selection) == {
        "eventSource", "eventName", "errorCode", "userIdentity.type", "requestParameters.roleName",
    }  # fmt: skip
    assert run("test", "rules", "--require-data").code == 0
    assert "SC602" not in run("convert", "-t", "kql", "-f", "rule", "rules").err


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"[1,2]", b"\x00\x01", b'{"Records": []}'])
def test_what_holds_no_event_is_refused(run, content):
    Path("event.json").write_bytes(content)
    result = run("new", *TITLE, *WHO, "--from-event", "event.json")
    assert result.code == 2 and "no CloudTrail record" in result.err


def test_too_many_events_are_refused(run, event_file):
    result = run("new", *TITLE, *WHO, "--from-event", event_file(*[EVENT] * 51))
    assert result.code == 2 and "--record" in result.err


def test_a_rule_that_no_event_matches_is_written_and_told(run):
    result = run("new", *TITLE, *WHAT, *WHO, "--field", "eventName|startswith=Delete")
    assert result.code == 1 and "no regression data" in result.err
    assert len(result.out.splitlines()) == 2
    assert Path(FOLDER, f"{STEM}.yml").is_file() and not Path("regression_data").exists()


def test_quiet_says_nothing_of_what_went_well(run, event_file):
    result = run("new", *TITLE, *WHO, "--from-event", event_file(EVENT), "--quiet")
    assert result.code == 0 and result.err == "" and len(result.out.splitlines()) == 3


ANSWERS = [
    "AWS IAM User Created By Night", "iam", "n", "iam.amazonaws.com", "CreateUsr", "n",
    "CreateUser", "errorCode=null", "", "huge", "low", "me", "T9999", "T1136.003", "",
]  # fmt: skip


@pytest.fixture
def terminal(monkeypatch):
    """Somebody who can be asked."""
    monkeypatch.setattr("sigmacast.commands.asking.can_ask", lambda: True)


def test_a_terminal_is_asked_until_the_answers_can_be(run, terminal):
    result = run("new", stdin="".join(f"{line}\n" for line in ANSWERS))
    assert result.code == 0, result.err
    for said in (
        "did you mean iam.amazonaws.com?",
        "did you mean CreateUser?",
        "unknown level 'huge'",
        "no technique 'T9999'",
    ):
        assert said in result.err
    assert len(result.out.splitlines()) == 3, "questions do not belong to the result"
    rule = rule_of()
    assert rule["level"] == "low" and rule["author"] == "me"
    assert rule["tags"] == ["attack.persistence", "attack.t1136.003"]
    assert rule["detection"]["selection"]["errorCode"] is None
    proven(run)


def test_a_strange_name_is_taken_if_it_is_wanted(run, terminal):
    answers = ["iam.amazonaws.com", "CreateUserNow", "y", "", "", "", ""]
    options = ("--author", "me")
    result = run("new", *TITLE, *options, stdin="".join(f"{line}\n" for line in answers))
    assert result.code in (0, 1), result.err
    assert rule_of()["detection"]["selection"]["eventName"] == "CreateUserNow"


def test_a_terminal_chooses_among_the_fields_of_an_event(run, terminal, event_file):
    answers = ["0 1", "1 2 6", *TITLE[1:], "", "me", "", "What it is about, in a sentence."]
    file = event_file(EVENT)
    result = run("new", "--from-event", file, stdin="".join(f"{line}\n" for line in answers))
    assert result.code == 0, result.err
    assert "   1 * eventSource: 'iam.amazonaws.com'" in result.err
    assert "   6   requestParameters.roleName: 'backup'" in result.err
    assert "numbers from 1 to 6" in result.err
    assert rule_of()["detection"]["selection"] == {
        "eventSource": "iam.amazonaws.com",
        "eventName": "AttachRolePolicy",
        "requestParameters.roleName": "backup",
    }
    proven(run)


def test_nobody_is_asked_where_all_is_said(run, terminal):
    assert run("new", *TITLE, *WHAT, *WHO, stdin="").code == 0


def test_an_end_of_the_answers_writes_nothing(run, terminal):
    result = run("new", stdin="AWS Something\niam.amazonaws.com\n")
    assert result.code == 1 and not Path("rules").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals")
def test_a_real_terminal_is_asked(tmp_path):
    import pty

    master, slave = pty.openpty()
    command = [sys.executable, "-m", "sigmacast", "new"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, stdin=slave, cwd=tmp_path, text=True, **pipes) as process:
        os.close(slave)
        os.write(master, "".join(f"{line}\n" for line in ANSWERS).encode())
        out, err = process.communicate(timeout=60)
        os.close(master)
    assert process.returncode == 0, err
    assert out.startswith("rules/") and len(out.splitlines()) == 3
    assert "Event source" in err
    assert rule_of(tmp_path)["author"] == "me"


def test_the_author_may_stand_in_the_settings(run):
    Path("sigmacast.toml").write_text('author = "The Team"\n', encoding="utf-8")
    assert run("new", *TITLE, *WHAT, "--level", "low").code == 0
    assert rule_of()["author"] == "The Team"
