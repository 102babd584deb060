"""``sigmacast explain``: what it says is what ``convert`` does, and no part is marked wrongly."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import sigmacast
from conftest import ROOT, RULE, assert_text, detection
from sigmacast.explaining import explain
from sigmacast.explanation.model import LEFT_OUT, UNCERTAIN, Explanation, Test
from sigmacast.options import Options
from sigmacast.targets import TARGETS

SEED = ROOT / "sigma/rules/cloud/aws/cloudtrail/aws_cloudtrail_iam_user_created_by_ec2_role.yml"


def explained(text: str, target: str, tmp_path: Path, options: Options | None = None) -> Any:
    path = tmp_path / "rule.yml"
    path.write_text(text, encoding="utf-8")
    (found,) = explain(sigmacast.load([path]), [target], options or Options())
    return found


def marked(explanation: Explanation, test: Test) -> list[str]:
    return [explanation.queries[each.query][each.start : each.end] for each in test.marks]


def the_test(explanation: Explanation, written: str) -> Test:
    (found,) = [each for each in explanation.tests if each.written == written]
    return found


def codes(test: Test) -> set[str]:
    return {each.code for each in test.findings}


@pytest.mark.parametrize("folder", ["tests/rules", "sigma/rules"])
def test_queries_findings_and_errors_are_those_of_convert(folder):
    paths = sorted((ROOT / folder).rglob("*.yml"))
    paths = paths[::9] if folder == "tests/rules" else paths
    ruleset = sigmacast.load(paths)
    conversions = list(sigmacast.convert(ruleset, list(TARGETS)))
    explanations = list(explain(ruleset, list(TARGETS), Options()))
    assert len(conversions) == len(explanations) > 50
    for conversion, found in zip(conversions, explanations, strict=True):
        assert (conversion.rule, conversion.target) == (found.rule, found.target)
        assert (conversion.queries, conversion.error) == (found.queries, found.error)
        tests = [test for part in (found, *found.parts) for test in part.tests]
        said = {*found.findings, *(each for test in tests for each in test.findings)}
        assert said == set(conversion.diagnostics)


@pytest.mark.parametrize("target", TARGETS)
def test_each_test_of_the_shipped_rules_is_marked_with_its_field(target):
    ruleset = sigmacast.load([ROOT / "sigma/rules"])
    for found in explain(ruleset, [target], Options()):
        for test in found.tests if found.queries else ():
            assert test.marks, (found.rule.path, test.written)
            for text in marked(found, test):
                assert any(field.name.split(".")[-1] in text for field in test.fields)
        for number, query in enumerate(found.queries):
            marks = {mark for test in found.tests for mark in test.marks if mark.query == number}
            spans = sorted((mark.start, mark.end) for mark in marks)
            assert all(0 <= start < end <= len(query) for start, end in spans)
            ends = [end for _, end in spans]
            assert all(end <= start for end, (start, _) in zip(ends, spans[1:], strict=False))


def test_the_seed_shows_the_way_of_each_field(tmp_path):
    found = explained(SEED.read_text(), "kql", tmp_path)
    arn = the_test(found, "userIdentity.arn|contains")
    assert arn.values == ("i-",) and arn.selection == "selection"
    assert [(each.name, each.type) for each in arn.fields] == [
        ("aws.cloudtrail.user_identity.arn", "keyword")
    ]
    assert marked(found, arn) == ["aws.cloudtrail.user_identity.arn: *i-*"]
    assert codes(arn) == {"SC303"}
    assert [step.item for step in arn.steps] == ["fields"]
    name = the_test(found, "eventName")
    assert [step.item for step in name.steps] == ["spelling", "fields"]
    assert name.known and name.known.spelling == "event names"


def test_a_missing_error_code_becomes_the_outcome_or_splunks_own_values(tmp_path):
    text = detection("a:\n    eventName: CreateUser\n    errorCode: null\ncondition: a")
    elastic = explained(text, "eql", tmp_path)
    test = the_test(elastic, "errorCode")
    assert test.values == (None,)
    assert [each.name for each in test.fields] == ["event.outcome"]
    assert marked(elastic, test) == ['event.outcome == "success"']
    splunk = explained(text, "splunk", tmp_path)
    (text,) = marked(splunk, the_test(splunk, "errorCode"))
    assert text == 'NOT errorCode=* OR errorCode IN ("success", "failure")'


def test_parameters_show_why_kql_and_esql_differ(tmp_path):
    text = detection(
        "a:\n    eventName: CreateUser\n    requestParameters.userName|contains: adm\ncondition: a"
    )
    kql, esql = (explained(text, target, tmp_path) for target in ("kql", "esql"))
    tests = [the_test(each, "requestParameters.userName|contains") for each in (kql, esql)]
    assert {each.fields[0].type for each in tests} == {"keyword"}
    assert {"SC106", "SC303"} <= codes(tests[0])
    assert "SC106" in codes(tests[1]) and "SC303" not in codes(tests[1])
    assert "rlike" in marked(esql, tests[1])[0] and "rlike" not in kql.queries[0]
    assert not codes(the_test(kql, "eventName"))


def test_a_whole_parameter_goes_to_the_flattened_field_where_the_language_reads_it(tmp_path):
    text = detection("a:\n    requestParameters.userName: adm\ncondition: a")
    types = {
        target: {each.type for each in explained(text, target, tmp_path).tests[0].fields}
        for target in ("kql", "esql")
    }
    assert types == {"kql": {"flattened"}, "esql": {"keyword"}}


def test_a_cidr_goes_to_the_field_of_type_ip(tmp_path):
    text = detection("a:\n    sourceIPAddress|cidr: [10.0.0.0/8, 192.168.0.0/16]\ncondition: a")
    found = explained(text, "esql", tmp_path)
    test = the_test(found, "sourceIPAddress|cidr")
    assert test.values == ("10.0.0.0/8", "192.168.0.0/16")
    assert [(each.name, each.type) for each in test.fields] == [("source.ip", "ip")]
    assert marked(found, test) == ['cidr_match(source.ip, "10.0.0.0/8", "192.168.0.0/16")']
    assert [step.item for step in test.steps] == ["addresses"]


@pytest.mark.parametrize("target", TARGETS)
def test_a_list_of_two_selections_is_marked_as_shared(target, tmp_path):
    text = detection(
        "a:\n    eventName: CreateUser\nb:\n    eventName: DeleteUser\ncondition: a or b"
    )
    found = explained(text, target, tmp_path)
    first, second = [each for each in found.tests if each.field == "eventName"]
    assert first.marks == second.marks and len(first.marks) == 1
    assert first.marks[0].tests == (0, 1)
    assert "CreateUser" in marked(found, first)[0] and "DeleteUser" in marked(found, first)[0]


@pytest.mark.parametrize("target", TARGETS)
def test_the_same_test_twice_is_marked_at_its_own_place(target, tmp_path):
    text = detection(
        "a:\n    eventName: CreateUser\n    awsRegion: us-east-1\n"
        "b:\n    eventName: CreateUser\n    errorCode: Denied\ncondition: a or b"
    )
    found = explained(text, target, tmp_path)
    first, second = [each for each in found.tests if each.field == "eventName"]
    region, error = the_test(found, "awsRegion"), the_test(found, "errorCode")
    places = [each.marks[0].start for each in (first, region, second, error)]
    assert places == sorted(places) and len(set(places)) == 4
    assert marked(found, first) == marked(found, second)


@pytest.mark.parametrize("target", TARGETS)
def test_a_negation_is_marked_with_its_guard(target, tmp_path):
    text = detection(
        "a:\n    eventName: CreateUser\nb:\n    userAgent: curl\ncondition: a and not b"
    )
    found = explained(text, target, tmp_path)
    (part,) = marked(found, the_test(found, "userAgent"))
    assert re.search("(?i)user_?agent", part) and "createuser" not in part.lower()
    assert found.queries[0].endswith(part) or found.queries[0].endswith(f"{part})")


def test_what_the_condition_leaves_out_is_not_marked(tmp_path):
    text = detection("a:\n    eventName: CreateUser\nb:\n    awsRegion: x\ncondition: a")
    test = the_test(explained(text, "kql", tmp_path), "awsRegion")
    assert test.marks == () and test.unmarked == LEFT_OUT


def test_nothing_is_marked_in_the_query_of_another_packages_backend(tmp_path):
    found = explained(RULE, "splunk_spl2", tmp_path)
    assert found.queries and [each.unmarked for each in found.tests] == [UNCERTAIN, UNCERTAIN]
    assert not any(each.marks for each in found.tests)
    assert [each.code for each in found.findings] == ["SC104"]


def test_a_refused_rule_shows_its_mapping_and_ends_with_why(run, tmp_path):
    text = detection("a:\n    eventName: CreateUser\n    userAgent|re: x.y\ncondition: a")
    found = explained(text, "kql", tmp_path)
    assert found.queries == () and found.error and found.error.code == "SC201"
    test = the_test(found, "userAgent|re")
    assert [each.name for each in test.fields] == ["user_agent.original"]
    assert codes(test) == {"SC201"} and codes(the_test(found, "eventName")) == set()
    shown = run("explain", "rule.yml", "-t", "kql")
    assert shown.code == 1
    last = shown.out[shown.out.index("  refused\n") :].splitlines()
    assert last[1].startswith("    error[SC201]: KQL cannot say") and "use -t" in last[2]
    assert "query" not in shown.out


def test_a_field_that_is_not_stored_is_refused_and_the_others_are_mapped(tmp_path):
    from sigmacast.schema import catalogue

    name = next(row.sigma for row in catalogue().fields if not row.ecs and not row.is_prefix)
    text = detection(f"a:\n    {name}: x\n    eventName: CreateUser\ncondition: a")
    found = explained(text, "esql", tmp_path)
    assert found.error and found.error.code == "SC103"
    assert codes(the_test(found, name)) == {"SC103"}
    assert [each.name for each in the_test(found, "eventName").fields] == ["event.action"]


def test_an_unknown_field_says_so_where_it_stands(tmp_path):
    found = explained(detection("a:\n    eventNam: x\ncondition: a"), "eql", tmp_path)
    test = the_test(found, "eventNam")
    assert codes(test) == {"SC102"} and test.known is None
    assert [(each.name, each.type) for each in test.fields] == [("eventNam", None)]


def test_a_keyword_has_no_field(run, tmp_path):
    found = explained(detection("a:\n    - kali\ncondition: a"), "lucene", tmp_path)
    test = the_test(found, "")
    assert test.field is None and test.values == ("kali",) and test.fields == ()
    assert marked(found, test) and codes(test) == {"SC307"}
    assert "field any field" in run("explain", "rule.yml", "-t", "lucene").out


CORRELATION = f"""\
{RULE}name: created
---
title: Many users
correlation:
    type: event_count
    rules: [created]
    group-by: [userIdentity.arn]
    timespan: 5m
    condition: {{gte: 3}}
"""


def test_a_correlation_explains_its_rules_and_its_keys(tmp_path):
    found = explained(CORRELATION, "esql", tmp_path)
    (part,) = found.parts
    assert part.rule.title == "A user is created"
    assert marked(part, the_test(part, "eventName")) == ['event.action == "CreateUser"']
    assert part.queries[0] in found.queries[0]
    (key,) = found.keys
    assert (key.role, key.field) == ("group by", "userIdentity.arn")
    assert [each.name for each in key.fields] == ["aws.cloudtrail.user_identity.arn"]
    assert [step.item for step in key.steps] == ["fields"]
    assert {each.code for each in found.findings} == {"SC301"}


def test_a_refused_correlation_shows_the_mapping_of_its_keys(run, tmp_path):
    found = explained(CORRELATION, "kql", tmp_path)
    assert found.error and found.error.code == "SC207" and not found.queries
    assert [each.name for each in found.keys[0].fields] == ["aws.cloudtrail.user_identity.arn"]
    assert "refers to A user is created" in run("explain", "rule.yml", "-t", "kql").out


def test_a_pipeline_of_the_user_is_among_the_steps(run, tmp_path):
    (tmp_path / "mine.yml").write_text(
        "name: mine\npriority: 90\ntransformations:\n"
        "  - id: mine\n    type: field_name_mapping\n    mapping:\n"
        "      event.action: [my.name, my.other]\n"
    )
    (tmp_path / "rule.yml").write_text(RULE)
    result = run("explain", "rule.yml", "-t", "kql", "-p", "./mine.yml", "--json")
    (line,) = result.out.splitlines()
    tests = json.loads(line)["tests"]
    name = next(each for each in tests if each["field"] == "eventName")
    assert [each["name"] for each in name["fields"]] == ["my.name", "my.other"]
    assert name["steps"][-1]["item"] == "mine"
    assert name["marks"][0]["text"] == 'my.name: "CreateUser" or my.other: "CreateUser"'


def test_options_of_convert_hold(run, rule_file):
    def tests(*options: str) -> list[Any]:
        return json.loads(run("explain", rule_file, "-t", "kql", "--json", *options).out)["tests"]

    assert [each["added_by"] for each in tests()] == [None, None, "scope"]
    assert len(tests("--dataset-field", "none")) == 2
    bare = tests("--without-pipeline")
    assert [each["fields"][0]["name"] for each in bare] == ["eventSource", "eventName"]
    assert not any(each["steps"] for each in bare)
    items = [step["item"] for each in tests("--case", "insensitive") for step in each["steps"]]
    assert "spelling" not in items and "fields" in items


def test_the_json_contract(run, tmp_path, update_golden):
    (tmp_path / "rule.yml").write_text(
        RULE.replace("CreateUser", "createuser\n        userAgent: x")
    )
    result = run("explain", "rule.yml", "-t", "kql", "--json")
    pretty = "".join(f"{json.dumps(json.loads(x), indent=1)}\n" for x in result.out.splitlines())
    assert_text(Path(__file__).parent / "contract.explain.json.txt", pretty, update=update_golden)


def test_all_five_targets_are_the_default(run, rule_file):
    result = run("explain", rule_file, "--json")
    assert [json.loads(line)["target"] for line in result.out.splitlines()] == list(TARGETS)
    assert result.code == 0 and result.err == ""


def test_people_see_the_numbers_below_the_query(run, rule_file):
    lines = run("explain", rule_file, "-t", "kql").out.splitlines()
    query, below = lines[-3], lines[-2]
    assert query.strip() == sigmacast_query(rule_file)
    start = query.index("event.action")
    assert below[start] == "2" and below[start + 1] == "~" and below[start - 2] == " "


def sigmacast_query(path: Path) -> str:
    (conversion,) = sigmacast.convert(sigmacast.load([path]), ["kql"])
    return conversion.queries[0]


def test_colour_is_asked_for(run, rule_file, monkeypatch):
    assert "\033[" in run("explain", rule_file, "-t", "kql", "--color", "always").out
    assert "\033[" not in run("explain", rule_file, "-t", "kql").out


def test_control_characters_of_a_rule_are_shown_and_not_obeyed(run, tmp_path):
    (tmp_path / "rule.yml").write_text(
        detection('a:\n    userAgent: "x\\e[31m"\ncondition: a', title='"t\\e[31m"')
    )
    assert "\033" not in run("explain", "rule.yml").out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rule.yml"], 0),
        (["rule.yml", "gone.yml"], 1),
        (["broken.yml"], 1),
        (["no_rule.yml"], 1),
        (["deep.yml"], 1),
        (["rule.yml", "-t", "kqll"], 2),
        (["rule.yml", "--case", "x"], 2),
        (["rule.yml", "-p", "gone.yml"], 2),
        (["rule.yml", "--color", "x"], 2),
        (["empty"], 3),
        (["gone.yml"], 3),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.usefixtures("rule_file")
def test_exit_codes_and_no_traceback(run, tmp_path, arguments, code, form):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.yml").write_text("title: [\n")
    (tmp_path / "no_rule.yml").write_text("- 1\n")
    nested = "(" * 90 + "a" + ")" * 90
    (tmp_path / "deep.yml").write_text(
        detection(f"a:\n    eventName: [x, {{}}]\ncondition: {nested}")
    )
    result = run("explain", *arguments, *form)
    assert result.code == code
    assert "Traceback" not in result.out + result.err


def test_strict_makes_a_warning_an_error(run):
    result = run("explain", SEED, "-t", "kql", "--strict")
    assert result.code == 1 and "  refused\n    error[SC303]" in result.out


def test_the_example_in_the_docs_is_real(run, tmp_path):
    page = (ROOT / "docs/explaining.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    text = detection("a:\n    userAgent: curl\ncondition: a", title="A user is created")
    (tmp_path / "rule.yml").write_text(
        text.replace("    a:", "    selection:").replace(": a\n", ": selection\n")
    )
    assert run("explain", "rule.yml", "-t", "kql").out == f"{shown}\n"


def test_the_docs_name_each_option_and_each_member(run):
    page = (ROOT / "docs/explaining.md").read_text(encoding="utf-8")
    contract = json.loads((Path(__file__).parent / "contract.explain.json.txt").read_text())
    for name in (*contract, *contract["tests"][0], *contract["tests"][0]["marks"][0]):
        assert f"`{name}`" in page, name
