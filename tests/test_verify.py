"""``sigmacast verify``: each query against its rule, on events as the SIEM stores them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ROOT, RULE, assert_text, detection
from sigmacast.converting import Conversion, casters
from sigmacast.diagnostics import make
from sigmacast.loading import load
from sigmacast.matchers import matcher
from sigmacast.options import Options
from sigmacast.synthesizing import synthesize
from sigmacast.verification.announcements import announcing
from sigmacast.verification.fields import fields_of
from sigmacast.verification.plausible import implausible, misshapen
from sigmacast.verification.proofs import Verdict
from sigmacast.verification.variations import variations
from sigmacast.verifying import verify

REAL = ROOT.parent / "shared" / "corpus" / "events"
ALL = ["kql", "eql", "esql", "lucene", "splunk"]

EVENT: dict[str, Any] = {
    "eventVersion": "1.11",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"},
    "eventTime": "2026-11-25T10:30:00Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": "aws-cli/2.15",
    "requestParameters": {"userName": "bob"},
    "responseElements": None,
    "eventID": "c64c4ded",
    "eventType": "AwsApiCall",
}
AGENT = detection("s:\n  eventName: CreateUser\n  userAgent|contains: aws-cli\ncondition: s")

BROKEN = """\
name: broken
priority: 90
transformations:
    - type: field_name_mapping
      mapping:
          user_agent.original: aws.cloudtrail.error_message
"""


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def verdicts(text: str) -> dict[str, str]:
    return {line["target"]: line["verdict"] for line in lines(text)}


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.json"
    other = EVENT | {"eventName": "DeleteUser", "userAgent": "Boto3"}
    path.write_text(json.dumps({"Records": [other, EVENT]}))
    return path


def test_a_good_rule_is_exact_on_each_target(run, rule_file, events):
    result = run("verify", rule_file, "--events", events, "--json")
    assert result.code == 0, result.out + result.err
    assert verdicts(result.out) == dict.fromkeys(ALL, "exact")
    for line in lines(result.out):
        assert line["events"] > line["matches"] > 0 and line["queries"]


def test_a_broken_pipeline_is_found(run, tmp_path, events):
    (tmp_path / "rule.yml").write_text(AGENT)
    (tmp_path / "broken.yml").write_text(BROKEN)
    arguments = ("verify", "rule.yml", "-t", "eql", "-e", events, "--no-against-synth")
    assert run(*arguments).code == 0
    result = run(*arguments, "-p", "broken.yml")
    assert result.code == 1
    assert "1 missed, 0 too many, of 2 events" in result.out
    assert "the rule finds it, the query does not: events.json:1" in result.out
    assert "userAgent: rule '*aws-cli*', event 'aws-cli/2.15'" in result.out
    assert "query: any where" in result.out and "error_message" in result.out
    (line,) = lines(run(*arguments, "-p", "broken.yml", "--json").out)
    assert (line["verdict"], line["missed"], line["extra"]) == ("wrong", 1, 0)
    (difference,) = line["differences"]
    assert difference["record"] == 1 and difference["file"] == str(events)
    assert difference["event"] == EVENT and difference["rule_matches"] is True


def test_a_query_that_finds_too_much_is_found_without_events(run, tmp_path):
    """The made near misses show it: the pipeline drops the test of the agent."""
    (tmp_path / "rule.yml").write_text(AGENT)
    (tmp_path / "drops.yml").write_text(
        "name: drops\npriority: 90\ntransformations:\n    - type: drop_detection_item\n"
        "      field_name_conditions:\n          - type: include_fields\n"
        "            fields: [user_agent.original]\n"
    )
    result = run("verify", "rule.yml", "-t", "eql", "-p", "drops.yml")
    assert result.code == 1
    assert "the query finds it, the rule does not: made event:" in result.out
    assert "    event: {" in result.out
    (line,) = lines(run("verify", "rule.yml", "-t", "eql", "-p", "drops.yml", "--json").out)
    assert line["missed"] == 0 and line["extra"] > 0
    deciding = {test["field"] for each in line["differences"] for test in each["deciding"]}
    assert deciding == {"userAgent"}


def test_a_query_that_the_siem_refuses_is_wrong(run, tmp_path):
    (tmp_path / "rule.yml").write_text(AGENT)
    (tmp_path / "ip.yml").write_text(BROKEN.replace("aws.cloudtrail.error_message", "no.field"))
    result = run("verify", "rule.yml", "-t", "esql", "-p", "ip.yml")
    assert result.code == 1 and "the query is refused" in result.out and "no.field" in result.out


def test_a_refused_rule_is_told_and_is_no_failure(run, tmp_path):
    (tmp_path / "rule.yml").write_text(
        detection("s:\n  eventName: CreateUser\n  userAgent|re: a.b\ncondition: s")
    )
    result = run("verify", "rule.yml", "-t", "kql", "-t", "eql")
    assert result.code == 0, result.out
    assert "refused (SC201)" in result.out
    first, second = lines(run("verify", "rule.yml", "-t", "kql", "-t", "eql", "--json").out)
    assert first["verdict"] == "refused" and "regular expressions" in first["because"]
    assert first["queries"] == [] and second["verdict"] == "exact"


def test_an_announced_difference_is_no_failure(run, tmp_path):
    """KQL minds the case of a free text, and SC303 says so."""
    (tmp_path / "rule.yml").write_text(AGENT)
    result = run("verify", "rule.yml", "-t", "kql")
    assert result.code == 0, result.out
    assert "announced (SC303)" in result.out
    (line,) = lines(run("verify", "rule.yml", "-t", "kql", "--json").out)
    assert line["verdict"] == "announced" and line["missed"] == line["extra"] == 0
    assert set(line["announced"]) == {"SC303"}
    assert all(each["announced_by"] == ["SC303"] for each in line["differences"])


def test_a_difference_elsewhere_is_not_announced_by_a_warning(run, tmp_path, events):
    """SC303 speaks of the case of userAgent; that another field is wrong it does not say."""
    text = detection(
        "s:\n  eventName: CreateUser\n  userAgent|contains: aws-cli\n"
        "  userIdentity.arn: 'arn:aws:iam::111122223333:user/ann'\ncondition: s"
    )
    (tmp_path / "rule.yml").write_text(text)
    mapping = BROKEN.replace("user_agent.original", "aws.cloudtrail.user_identity.arn")
    (tmp_path / "broken.yml").write_text(mapping)
    result = run("verify", "rule.yml", "-t", "kql", "-e", events, "-p", "broken.yml")
    assert result.code == 1, result.out


def test_regression_data_are_asked_about(run, tmp_path):
    folder = tmp_path / "sigma" / "rules"
    folder.mkdir(parents=True)
    (folder / "rule.yml").write_text(AGENT)
    data = tmp_path / "sigma" / "regression_data" / "rules" / "rule"
    data.mkdir(parents=True)
    (data / "info.yml").write_text(
        "id: 7b57d8ce-60ee-4db3-a521-a321f4ec92b6\nregression_tests_info:\n"
        "    - name: x\n      type: json\n      provider: AWS CloudTrail\n"
        "      path: regression_data/rules/rule/match.json\n"
    )
    odd = EVENT | {"eventName": ["CreateUser"]}
    (data / "match.json").write_text(json.dumps([EVENT, odd]))
    (tmp_path / "broken.yml").write_text(BROKEN)
    arguments = ("verify", "sigma/rules/rule.yml", "-t", "eql", "--no-against-synth")
    result = run(*arguments, "-p", "broken.yml")
    assert result.code == 1
    assert "does not: sigma/regression_data/rules/rule/match.json:0" in result.out
    assert "1 record of regression data left out: AWS never writes eventName so" in result.err


def test_without_any_event_nothing_is_proven(run, rule_file):
    (line,) = lines(run("verify", rule_file, "-t", "kql", "--no-against-synth", "--json").out)
    assert (line["verdict"], line["because"]) == ("unproven", "there was no event to ask about")


def test_correlations_are_unproven_or_refused(run, tmp_path):
    (tmp_path / "burst.yml").write_text(
        RULE.replace("title: A user", "name: created\ntitle: A user")
        + "---\ntitle: Many\ncorrelation:\n    type: event_count\n    rules: [created]\n"
        "    group-by: [userIdentity.arn]\n    timespan: 1m\n    condition: {gte: 2}\n"
    )
    result = run("verify", "burst.yml", "-t", "kql", "-t", "splunk")
    assert result.code == 0, result.out
    assert "unproven splunk: a correlation counts events" in result.out
    assert "refused (SC207)" in result.out


def test_a_backend_without_evaluator_is_unproven(tmp_path, monkeypatch):
    """As all that the evaluators do not know: said, and no failure."""
    from sigmacast.engines import kql
    from sigmacast.engines.base import Unsupported

    def cannot(query, schema):
        raise Unsupported("this is beyond me")

    monkeypatch.setattr(kql, "compile_query", cannot)
    (tmp_path / "rule.yml").write_text(AGENT)
    options = Options()
    found = verify(load([tmp_path / "rule.yml"]), casters(["kql"], options), options)
    (proof,) = found.proofs
    assert (proof.verdict, proof.because) == (Verdict.UNPROVEN, "this is beyond me")


def test_a_defect_of_an_evaluator_is_no_traceback(tmp_path, monkeypatch):
    from sigmacast.engines import kql

    def breaks(query, schema):
        return lambda document: 1 // 0

    monkeypatch.setattr(kql, "compile_query", breaks)
    (tmp_path / "rule.yml").write_text(AGENT)
    options = Options()
    (proof,) = verify(load([tmp_path / "rule.yml"]), casters(["kql"], options), options).proofs
    assert proof.verdict is Verdict.UNPROVEN and "ZeroDivisionError" in (proof.because or "")


@pytest.mark.parametrize(("finds_user", "verdict"), [(True, "unproven"), (False, "wrong")])
def test_an_event_beyond_the_evaluator_hides_no_other(
    run, rule_file, tmp_path, monkeypatch, finds_user, verdict
):
    """The first event cannot be decided; the second still shows whether the query is wrong."""
    from sigmacast.engines import kql
    from sigmacast.engines.base import Unsupported

    def compile_query(query, schema):
        def selects(document):
            if document["event.action"] == ["DeleteUser"]:
                raise Unsupported("no source settles this")
            return finds_user

        return selects

    monkeypatch.setattr(kql, "compile_query", compile_query)
    (tmp_path / "two.json").write_text(json.dumps([EVENT | {"eventName": "DeleteUser"}, EVENT]))
    asked = ("-t", "kql", "-e", "two.json", "--no-against-synth", "--json")
    (line,) = lines(run("verify", rule_file, *asked).out)
    assert line["verdict"] == verdict and line["events"] == 1
    assert line["because"] == "no source settles this"


def test_the_next_event_is_read_after_all_were_asked_about_the_one_before(rule_file, monkeypatch):
    from sigmacast.engines import kql
    from sigmacast.events import Event

    asked: list[str] = []

    def compile_query(query, schema):
        def selects(document):
            asked.extend(document["event.action"])
            return document["event.action"] == ["CreateUser"]

        return selects

    monkeypatch.setattr(kql, "compile_query", compile_query)
    before: list[list[str]] = []

    def stream():
        for number, name in enumerate(["GetUser", "CreateUser"]):
            before.append(list(asked))
            yield Event(EVENT | {"eventName": name}, "x.json", number)

    options = Options()
    verify(load([rule_file]), casters(["kql"], options), options, stream(), made=False)
    assert before == [[], ["GetUser"]] and asked == ["GetUser", "CreateUser"]


def test_a_rule_for_all_of_aws_goes_without_pipeline_and_says_so(run, tmp_path):
    """SC101 tells that Sigma's names went into the query, which no index has."""
    (tmp_path / "rule.yml").write_text(RULE.replace("    service: cloudtrail\n", ""))
    (line,) = lines(run("verify", "rule.yml", "-t", "kql", "--json").out)
    assert line["verdict"] == "announced"
    assert line["because"].startswith("SC101: the query is refused: unknown field event")


def test_what_no_source_settles_of_splunk_is_told_apart(run, tmp_path):
    """Whether an empty text makes a field there is not known, so neither is what this finds."""
    text = "s:\n  eventSource: iam.amazonaws.com\n  eventName: CreateUser\n"
    (tmp_path / "rule.yml").write_text(
        detection(text + "  requestParameters.path: '*'\ncondition: s")
    )
    empty = EVENT | {"requestParameters": {"path": ""}}
    (tmp_path / "empty.json").write_text(json.dumps([empty, EVENT]))
    asked = ("-t", "splunk", "-e", "empty.json", "--no-against-synth", "--json")
    (line,) = lines(run("verify", "rule.yml", *asked).out)
    assert line["verdict"] == "announced"
    assert line["announced"] in ({"unsettled": 1}, {"SC114": 1})  # the latter where it is told


def test_no_query_of_a_shipped_rule_is_wrong(run):
    result = run("verify", ROOT / "sigma" / "rules", "--json")
    found = lines(result.out)
    wrong = [(each["rule"]["path"], each["target"]) for each in found if each["verdict"] == "wrong"]
    assert not wrong and result.code == 0
    assert sum(each["verdict"] == "exact" for each in found) > len(found) / 3


def test_a_conversion_that_crashed_is_wrong(rule_file, monkeypatch):
    from sigmacast import verifying

    def crashed(ruleset, targets):
        error = make("SC900", "stopped")
        for rule in ruleset.rules:
            yield Conversion(rule.ref, "kql", "query", (), (error,), error)

    monkeypatch.setattr(verifying, "convert", crashed)
    options = Options()
    (proof,) = verify(load([rule_file]), casters(["kql"], options), options).proofs
    assert (proof.verdict, proof.because) == (Verdict.WRONG, "SC900: stopped")


@pytest.mark.parametrize(
    "options",
    [
        ("--splunk-index", "main", "-t", "splunk"),
        ("--splunk-sourcetype", "trail", "-t", "splunk"),
        ("--dataset-field", "data_stream.dataset", "-t", "kql"),
        ("--elastic-fields", "text", "-t", "lucene"),
        ("--elastic-fields", "flattened", "-t", "lucene"),
        ("--stack", "9.x", "-t", "esql"),
        ("--case", "insensitive", "-t", "eql"),
    ],
)
def test_the_options_of_convert_hold_here(run, tmp_path, options):
    (tmp_path / "rule.yml").write_text(
        detection("s:\n  eventName: CreateUser\n  requestParameters.userName: '1234'\ncondition: s")
    )
    result = run("verify", "rule.yml", "--json", *options)
    assert result.code == 0, result.out
    (line,) = lines(result.out)
    assert line["verdict"] in ("exact", "announced") and line["matches"] > 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["rule.yml", "-t", "kqk"], 2, "unknown target 'kqk'; did you mean 'kql'?"),
        (["rule.yml", "-p", "nowhere.yml"], 2, "nowhere.yml"),
        (["-", "-e", "-"], 2, "not both"),
        (["nowhere.yml"], 3, "nowhere.yml: no such file"),
        (["rule.yml", "-t", "kql", "-e", "nowhere.json"], 3, "nowhere.json: no such file"),
        (["rule.yml", "-t", "kql", "-e", "broken.json"], 1, "broken.json"),
        (["rule.yml", "bad.yml", "-t", "kql"], 1, "bad.yml:1:1"),
        (["rule.yml", "nowhere.yml", "-t", "kql"], 1, "nowhere.yml: no such file"),
        (["windows.yml", "-t", "kql"], 3, "no CloudTrail rules found"),
        (["rule.yml", "windows.yml", "-t", "kql"], 0, "1 rule for other log sources"),
        (["rule.yml", "--stack", "7"], 2, "unknown stack"),
    ],
)
def test_exit_codes(run, rule_file, tmp_path, arguments, code, said):
    (tmp_path / "broken.json").write_text('[{"eventName": ')
    (tmp_path / "bad.yml").write_text("title: x\n")
    windows = RULE.replace("product: aws", "product: windows").replace("cloudtrail", "security")
    (tmp_path / "windows.yml").write_text(windows)
    result = run("verify", *arguments)
    assert result.code == code, result
    assert said in result.err


def test_json_keeps_the_contract(run, tmp_path, events, update_golden):
    """One line for each verdict: exact, wrong with its event, refused."""
    (tmp_path / "rule.yml").write_text(AGENT)
    (tmp_path / "broken.yml").write_text(BROKEN)
    (tmp_path / "re.yml").write_text(AGENT.replace("|contains: aws-cli", "|re: aws.cli"))
    asked = ("-e", "events.json", "--no-against-synth", "--json")
    shown = [
        run("verify", "rule.yml", "-t", "eql", *asked).out,
        run("verify", "rule.yml", "-t", "eql", "-p", "broken.yml", *asked).out,
        run("verify", "re.yml", "-t", "kql", *asked).out,
    ]
    contract = Path(__file__).parent / "contract.verify.json.txt"
    assert_text(contract, "".join(shown), update=update_golden)


def test_each_option_is_documented(run):
    import re

    page = (ROOT / "docs" / "verifying.md").read_text(encoding="utf-8")
    for option in set(re.findall(r"--[a-z-]+", run("verify", "--help").out)) - {"--help"}:
        assert option in page, option


# Variations


def varied(text: str, tmp_path: Path) -> dict[str, dict]:
    """The variations of a rule's made matches: what was done, and the record."""
    (tmp_path / "rule.yml").write_text(text)
    rules = load([tmp_path / "rule.yml"])
    (source,) = rules.rules
    fields = fields_of(matcher(source).node)
    (made,) = synthesize(rules)
    return {
        f"{each.field} {each.what}": each.record
        for match in made.matches
        for each in variations(match.event, fields)
    }


def test_what_aws_spells_in_one_way_is_not_varied(tmp_path):
    text = "s:\n  eventSource: iam.amazonaws.com\n  eventName: CreateUser\n"
    text += "  userIdentity.type: Root\n  errorCode: AccessDenied\ncondition: s"
    found = varied(detection(text), tmp_path)
    assert found.keys() == {"errorCode is missing"}


def test_free_texts_are_varied(tmp_path):
    found = varied(AGENT, tmp_path)
    agents = {
        what.removeprefix("userAgent "): record.get("userAgent") for what, record in found.items()
    }
    assert agents["is missing"] is None
    (made,) = {agent[1:] for what, agent in agents.items() if what == "has more before it"}
    assert made.startswith("aws-cli")
    assert agents["is in another case"] == made.swapcase()
    assert agents["has more behind it"] == f"{made}y"
    assert all(implausible(record) is None for record in found.values())


def test_members_of_a_request_are_varied_as_the_operation_has_them(tmp_path):
    text = "s:\n  eventSource: iam.amazonaws.com\n  eventName: CreateRole\n"
    found = varied(detection(text + "  requestParameters.roleName: admin\ncondition: s"), tmp_path)
    at = "requestParameters.roleName"
    requests = {
        what.removeprefix(f"{at} "): record["requestParameters"] for what, record in found.items()
    }
    assert "roleName" not in requests["is missing"]
    assert requests["is an empty text"]["roleName"] == ""
    assert requests["is below a requestParameters that is null"] is None
    assert requests["has more behind it"]["roleName"] == "adminy"
    assert len(requests["is long"]["roleName"]) > 8191
    # A role has one name, so that there is no list of them; its description may hold anything.
    assert not [what for what in requests if "list" in what]
    spoofed = requests["is missing, and description is the text 'a, roleName=admin, b'"]
    assert spoofed["description"] == "a, roleName=admin, b" and "roleName" not in spoofed


def test_operations_that_nobody_knows_may_have_lists(tmp_path):
    text = "s:\n  eventSource: iam.amazonaws.com\n  eventName: DoSomethingNew\n"
    found = varied(detection(text + "  requestParameters.thing: x\ncondition: s"), tmp_path)
    assert found["requestParameters.thing is a list of it and another"]["requestParameters"][
        "thing"
    ] == ["x", "z"]


def test_the_number_of_variations_is_bounded(tmp_path, monkeypatch):
    from sigmacast import verifying

    monkeypatch.setattr(verifying, "MAX_VARIATIONS", 3)
    (tmp_path / "rule.yml").write_text(AGENT)
    rules = load([tmp_path / "rule.yml"])
    (made,) = synthesize(rules)
    options = Options()
    (proof,) = verify(rules, casters(["eql"], options), options).proofs
    plausible = [each for each in made.events if implausible(each.event) is None]
    assert proof.events == len(plausible) + 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({}, None),
        ({"eventName": "createuser"}, "eventName"),
        ({"eventName": None}, "eventName"),
        ({"eventName": ["CreateUser"]}, "eventName"),
        ({"eventName": "DoSomethingNew"}, None),
        ({"errorCode": "accessdenied"}, "errorCode"),
        ({"errorCode": "SomethingNew"}, None),
        ({"errorCode": ""}, "errorCode"),
        ({"awsRegion": "US-EAST-1"}, "awsRegion"),
        ({"requestParameters": None}, None),
        ({"requestParameters": {"a": [{"b": None}]}}, "requestParameters"),
        ({"userIdentity": {"type": "Root", "accessKeyId": ""}}, None),
        ({"userIdentity": {}}, "userIdentity.type"),
        ({"requestParameters": "userName=bob"}, "requestParameters"),
        ({"resources": [{"ARN": "arn:aws:s3:::a"}]}, None),
        ({"resources": [{"ARN": ["arn:aws:s3:::a"]}]}, "resources.ARN"),
        ({"eventName": "ConsoleLogin", "additionalEventData": {"MFAUsed": "Yes"}}, None),
        (
            {"eventName": "ConsoleLogin", "additionalEventData": {"MFAUsed": "yes"}},
            "additionalEventData.MFAUsed",
        ),
    ],
)
def test_what_aws_would_not_write(changes, field):
    assert implausible(EVENT | changes) == field


@pytest.mark.parametrize(
    ("changes", "field", "found"),
    [
        ({"requestParameters": {"userName": ["bob"]}}, "requestParameters.userName", True),
        ({"requestParameters": {"userName": "bob"}}, "requestParameters.userName", False),
        ({"requestParameters": {"tags": [{"key": "a"}]}}, "requestParameters.tags", False),
        ({"requestParameters": {"tags": [{"key": ["a"]}]}}, "requestParameters.tags.key", True),
        # No operation has the first, no model knows the second.
        ({"requestParameters": {"odd": ["x"]}}, "requestParameters.odd", True),
        ({"eventName": "New", "requestParameters": {"odd": ["x"]}}, "requestParameters.odd", False),
    ],
)
def test_a_list_where_the_operation_has_one_value_is_made_by_nobody(changes, field, found):
    assert misshapen(EVENT | changes, [field]) == (field if found else None)


# What counts as announced


@pytest.mark.parametrize(
    ("code", "told_of", "changes", "announced"),
    [
        ("SC303", "userAgent", {"userAgent": "AWS-CLI/2"}, True),
        ("SC303", "userAgent", {"userAgent": "aws-cli/2"}, False),  # case does not matter here
        ("SC303", "userIdentity.arn", {"userAgent": "AWS-CLI/2"}, False),  # another field
        ("SC303", None, {"userAgent": "AWS-CLI/2"}, True),
        ("SC305", "userAgent", {"userAgent": "aws-cli/2"}, True),
        ("SC107", "userAgent", {"userAgent": ""}, True),
        ("SC107", "userAgent", {"userAgent": "aws-cli/2"}, False),
        ("SC111", "userAgent", {"userAgent": ["aws-cli/2"]}, True),
        ("SC111", "userAgent", {"userAgent": "aws-cli/2"}, False),
        ("SC009", None, {"userAgent": "AWS-CLI/2"}, False),  # is about ids
        ("SC108", "userAgent", {"userAgent": "AWS-CLI/2"}, False),  # a note that changes nothing
    ],
)
def test_which_diagnostics_announce_which_difference(tmp_path, code, told_of, changes, announced):
    (tmp_path / "rule.yml").write_text(AGENT)
    node = matcher(load([tmp_path / "rule.yml"]).rules[0]).node
    told = [make(code, "said", field=told_of)]
    codes = announcing(told, node, EVENT | changes, ["userAgent"])
    assert codes == ((code,) if announced else ())


@pytest.mark.parametrize(
    ("request_parameters", "announced"),
    [
        ({"deep": {"userName": "bob"}}, True),
        ({"userName": "bob", "list": [{"userName": "x"}]}, True),
        ({"userName": "bob"}, False),
        ({"note": "userName=bob"}, False),
    ],
)
def test_the_note_on_texts_of_objects_announces_what_it_says(
    tmp_path, request_parameters, announced
):
    text = detection("s:\n  requestParameters.userName: bob\ncondition: s")
    (tmp_path / "rule.yml").write_text(text)
    node = matcher(load([tmp_path / "rule.yml"]).rules[0]).node
    record = EVENT | {"requestParameters": request_parameters}
    codes = announcing([make("SC106", "said")], node, record, ["requestParameters.userName"])
    assert codes == (("SC106",) if announced else ())


def test_an_event_longer_than_the_siem_searches_is_told_apart(run, tmp_path):
    text = "s:\n  eventSource: iam.amazonaws.com\n  eventName: CreateRole\n"
    text += "  requestParameters.roleName: admin\ncondition: s"
    (tmp_path / "rule.yml").write_text(detection(text))
    first, second = lines(run("verify", "rule.yml", "-t", "splunk", "-t", "eql", "--json").out)
    assert "limit" in first["announced"] and first["verdict"] == "announced"
    assert "SC106" in second["announced"]  # which says it of the text of the object


@pytest.mark.skipif(not REAL.is_dir(), reason="the real events are not beside the repository")
def test_real_events_are_streamed_over_the_shipped_rules(run):
    result = run("verify", ROOT / "sigma" / "rules", "-e", REAL, "--no-against-synth", "--json")
    found = lines(result.out)
    assert len(found) % len(ALL) == 0 and found
    assert {line["verdict"] for line in found} <= {each.value for each in Verdict}
    assert min(line["events"] for line in found if line["verdict"] == "exact") > 100
