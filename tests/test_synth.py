"""``sigmacast synth``: made events are proven, realistic, and a start for regression data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sigmacast
from conftest import ROOT, RULE, assert_text, detection
from sigmacast.synthesis.regex_samples import regex_samples
from sigmacast.synthesizing import Synthesis, synthesize

CORPUS = ROOT.parent / "shared" / "corpus" / "sigmahq-cloudtrail"
SEED = ROOT / "sigma/rules/cloud/aws/cloudtrail/aws_cloudtrail_iam_user_created_by_ec2_role.yml"


def made(text: str, tmp_path: Path) -> Synthesis:
    path = tmp_path / "rule.yml"
    path.write_text(text, encoding="utf-8")
    (found,) = synthesize(sigmacast.load([path]))
    assert found.error is None, found.error
    return found


def at(event: Any, path: str) -> Any:
    for step in path.split("."):
        event = event[step]
    return event


def proven(found: Synthesis, filters: Any = ()) -> None:
    """The matcher is asked again, on what comes out as JSON."""
    matcher = sigmacast.matcher(found.source, filters)
    for synthetic in found.events:
        event = json.loads(json.dumps(synthetic.event))
        reason = matcher.why(event)
        assert reason.matched is (synthetic.misses is None), synthetic.name
        if synthetic.misses is not None:
            assert synthetic.misses in {test.field for test in reason.deciding()}


@pytest.mark.parametrize("folder", [ROOT / "sigma/rules", CORPUS], ids=["shipped", "corpus"])
def test_each_rule_gets_proven_matches_and_near_misses(folder):
    if not folder.exists():
        pytest.skip(f"no copy of SigmaHQ's rules at {folder}")
    for found in synthesize(sigmacast.load([folder])):
        assert found.error is None and found.matches and len(found.near_misses) >= 4
        proven(found)


def test_each_feature_gets_a_proven_match_or_says_why_not():
    ruleset = sigmacast.load([ROOT / "tests/rules"])
    without = []
    for found in synthesize(ruleset):
        if found.error is not None:
            assert found.error.code in ("SC501", "SC502", "SC205", "SC006", "SC007"), found.error
        elif not found.matches:
            assert found.unreached
            without.append(Path(found.source.path).stem)
        else:
            proven(found, ruleset.filters)
    # A contradiction has no match; the other is a keyword that no JSON text can contain.
    assert without == ["condition_contradiction", "keywords_special_characters"]


def test_the_seed_gets_an_instance_session_that_makes_a_user():
    (found,) = synthesize(sigmacast.load([SEED]))
    (match,) = found.matches
    event = match.event
    assert at(event, "userIdentity.arn").rpartition("/")[2].startswith("i-")
    assert at(event, "userIdentity.sessionContext.sessionIssuer.type") == "Role"
    assert at(event, "requestParameters.userName") and at(event, "responseElements.user.arn")
    assert event["readOnly"] is False and "errorCode" not in event
    assert {miss.misses for miss in found.near_misses} == {
        "eventSource", "eventName", "errorCode", "userIdentity.type", "userIdentity.arn",
    }  # fmt: skip
    denied = next(each for each in found.near_misses if each.misses == "errorCode").event
    assert denied["errorCode"] and denied["errorMessage"] and denied["responseElements"] is None


@pytest.mark.parametrize(
    ("selection", "path", "expected"),
    [
        # members in the shape and the type that the operation has
        ("requestParameters.userName: bob", "requestParameters.userName", "bob"),
        ("eventTime|hour: 3", "eventTime", "2026-11-25T03:30:00Z"),
        ("sourceIPAddress|cidr: 198.51.100.0/28", "sourceIPAddress", "198.51.100.7"),
        ("userAgent|startswith: curl/", "userAgent", "curl/example"),
        ("userAgent|re: '^(curl|wget)/\\d+$'", "userAgent", "curl/0"),
        ("userIdentity.type: root", "userIdentity.type", "Root"),
        ("requestParameters.path|fieldref: userIdentity.userName", "requestParameters.path",
         "example-user"),
        ("userAgent|base64: 'a b'", "userAgent", "YSBi"),
    ],
)  # fmt: skip
def test_values_of_each_kind(tmp_path, selection, path, expected):
    found = made(
        detection(
            "s:\n  eventSource: iam.amazonaws.com\n  eventName: CreateUser\n"
            f"  {selection}\ncondition: s"
        ),
        tmp_path,
    )
    proven(found)
    assert at(found.matches[0].event, path) == expected


def test_lists_and_types_are_those_of_the_operation(tmp_path):
    found = made(
        detection(
            "s:\n  eventSource: ecs.amazonaws.com\n  eventName: RegisterTaskDefinition\n"
            "  requestParameters.containerDefinitions.command|contains: SECRET\n"
            "  requestParameters.containerDefinitions.privileged: 'true'\ncondition: s"
        ),
        tmp_path,
    )
    (container,) = found.matches[0].event["requestParameters"]["containerDefinitions"]
    assert container["command"] == ["SECRET"] and container["privileged"] is True


def test_each_event_name_and_each_branch_gets_an_event(tmp_path):
    found = made(
        detection(
            "a:\n  eventSource: iam.amazonaws.com\n  eventName: [CreateUser, CreateRole]\n"
            "b:\n  eventSource: s3.amazonaws.com\n  eventName|startswith: PutBucketP\n"
            "f:\n  userIdentity.invokedBy: '*'\ncondition: 1 of a or b and not f"
        ),
        tmp_path,
    )
    proven(found)
    names = {match.event["eventName"] for match in found.matches}
    assert {"CreateUser", "CreateRole", "PutBucketPolicy"} <= names


def test_names_that_aws_does_not_have_are_said(tmp_path):
    found = made(
        detection(
            "s:\n  eventSource: iam.amazonaws.com\n  eventName: [CreateUser, CreateUsr]\n"
            "condition: s"
        ),
        tmp_path,
    )
    assert [match.event["eventName"] for match in found.matches] == ["CreateUser"]
    assert any("has no operation CreateUsr" in each.why for each in found.unreached)


def test_a_contradiction_says_what_could_not_be_met(run, tmp_path):
    (tmp_path / "r.yml").write_text(
        detection("a:\n  eventName: x\nb:\n  eventName: y\ncondition: a and b")
    )
    result = run("synth", "r.yml")
    assert (result.code, result.out) == (1, "")
    assert "not reached: a and b: no value of eventName was found that matches" in result.err


def test_output_is_json_lines_that_match_reads(run, rule_file, update_golden):
    result = run("synth", rule_file)
    assert result.code == 0
    objects = [json.loads(line) for line in result.out.splitlines()]
    assert {each["kind"] for each in objects} == {"match", "near_miss"}
    assert "A user is created: 1 that match, 8 near misses" in result.err
    again = run("match", rule_file, "-e", "-", "--json", stdin=result.out)
    assert [json.loads(line)["record"] for line in again.out.splitlines()] == [0]
    pretty = "".join(f"{json.dumps(each, indent=1)}\n" for each in objects[:2])
    assert_text(Path(__file__).parent / "contract.synth.json.txt", pretty, update=update_golden)


def test_the_same_rule_gives_the_same_events(run, rule_file):
    assert run("synth", rule_file).out == run("synth", rule_file).out


def test_write_puts_data_where_test_finds_it(run, tmp_path):
    rule = tmp_path / "sigma/rules/cloud/rule.yml"
    rule.parent.mkdir(parents=True)
    rule.write_text(RULE)
    result = run("synth", rule, "--write")
    assert (result.code, result.out) == (0, "")
    info = tmp_path / "sigma/regression_data/rules/cloud/rule/info.yml"
    assert info.is_file() and "written: " in result.err
    assert info.read_text().count("    - name: ") == 9
    tested = run("test", rule, "--require-data")
    assert tested.code == 0 and "1/1      8/8          passed" in tested.out
    again = run("synth", rule, "--write")
    assert again.code == 1 and "--force replaces it" in again.err
    assert run("synth", rule, "--write", "--force").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere.yml"], 3, "nowhere.yml: no such file"),
        (["rule.yml", "--force"], 2, "give both"),
        (["bad.yml"], 1, "bad.yml:1:1: error"),
        (["rule.yml", "bad.yml"], 1, "bad.yml"),
        (["burst.yml"], 1, "a correlation is no test of one event"),
        (["empty"], 3, "no rules found"),
    ],
)
def test_exit_codes(run, rule_file, tmp_path, arguments, code, said):
    from test_match import BURST

    (tmp_path / "bad.yml").write_text("title: x\n")
    (tmp_path / "burst.yml").write_text(BURST)
    (tmp_path / "empty").mkdir()
    result = run("synth", *arguments)
    assert result.code == code, result
    assert said in result.err


def test_standard_input_has_no_place_to_write_to(run):
    result = run("synth", "-", "--write", stdin=RULE)
    assert result.code == 1 and "standard input" in result.err
    assert run("synth", "-", stdin=RULE).code == 0


def test_a_hostile_title_or_id_leads_nowhere(run, tmp_path):
    rule = tmp_path / "rules" / "x.yml"
    rule.parent.mkdir()
    text = RULE.replace("title: A user is created", 'title: "../../x\\e[2J"')
    rule.write_text(text.replace("eventName: CreateUser", 'eventName: "../../../../x"'))
    result = run("synth", rule, "--write")
    assert "\x1b" not in result.err
    outside = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(
        path.is_relative_to(tmp_path / "regression_data") or path == rule for path in outside
    )
    assert len(outside) > 2


@pytest.mark.parametrize(
    "expression",
    [
        "^a+b?$",
        "(ab|cd)ef",
        "[^a-z]{3}",
        r"\d{2,4}\.\w+",
        "a.c",
        "[[:alpha:]]x",
        r"x\sy|z",
        "(?i)Ab",
    ],
)
def test_samples_of_expressions_are_found_by_them(expression):
    import re
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(regex_samples(expression))
        assert any(re.search(expression, sample) for sample in found)


def test_samples_of_hostile_expressions_are_few():
    for hostile in ("(a|b)" * 5000, "(" * 50 + "a|b" + ")*" * 50, "(a{1000}){1000}"):
        assert len(list(regex_samples(hostile))) <= 16
