"""Pipelines: made from the catalogue, in order, and never outside this machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from conftest import ROOT, RULE, converted, detection, queries
from sigmacast.options import Options
from sigmacast.schema import catalogue


@pytest.mark.parametrize("tool", ["make_pipelines", "make_docs"])
def test_what_is_generated_is_up_to_date(tool):
    subprocess.run([sys.executable, ROOT / "tools" / f"{tool}.py", "--check"], check=True)


def test_every_field_of_the_catalogue_is_mapped():
    for row in catalogue().fields:
        name = row.sigma.replace(".*", ".some")
        if row.events or not row.ecs or "LoginTo" in name:
            continue
        value = {"date": "'2024-01-01T00:00:00Z'", "boolean": "true"}.get(row.ecs_type, "1")
        (query,) = queries(detection(f"a:\n    {name}: {value}\ncondition: a"), "kql")
        assert f"{row.ecs.replace('.*', '.some')}: " in query


def test_the_catalogue_is_well_formed():
    names = [(row.sigma, row.events) for row in catalogue().fields]
    assert len(set(names)) == len(names)
    types = {"keyword", "date", "boolean", "ip", "flattened", "long", ""}
    for row in catalogue().fields:
        assert row.ecs_type in types
        assert bool(row.ecs) == bool(row.ecs_type)
        assert row.is_prefix == row.ecs.endswith(".*") or not row.ecs
        assert row.json_type in {"string", "boolean", "object", "any"}


ERROR = "a:\n    eventSource: x\n    {names}\n    errorCode: null\ncondition: a"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("eventName: CreateUser", 'event.outcome: "success"'),
        ("eventName: [CreateUser, DeleteUser]", 'event.outcome: "success"'),
        ("eventName: ConsoleLogin", "not aws.cloudtrail.error_code: *"),
        ("eventName: [CreateUser, consolelogin]", "not aws.cloudtrail.error_code: *"),
        ("eventName|startswith: Create", "not aws.cloudtrail.error_code: *"),
        ("awsRegion: x", "not aws.cloudtrail.error_code: *"),
    ],
)
def test_no_error_code_is_success_where_names_are_pinned(names, expected):
    (query,) = queries(detection(ERROR.format(names=names)), "kql")
    assert query.endswith(f" and {expected}")


def test_names_pinned_in_one_branch_only_do_not_count():
    text = "a:\n    eventName: A\nb:\n    awsRegion: B\nc:\n    errorCode: null\n"
    (query,) = queries(detection(text + "condition: (a or b) and c"), "kql")
    assert query.endswith("not aws.cloudtrail.error_code: *")
    (query,) = queries(detection(text + "condition: a and b and not c"), "kql")
    assert query.endswith('not event.outcome: "success"')


def test_console_login_flags_are_booleans():
    login = (
        "a:\n    eventName: ConsoleLogin\n    additionalEventData.MFAUsed: {value}\ncondition: a"
    )
    field = "aws.cloudtrail.console_login.additional_eventdata.mfa_used"
    for value, flag in (("'No'", "false"), ("'Yes'", "true"), ("'no'", "false")):
        for target, text in (
            ("kql", f"{field}: {flag}"),
            ("eql", f"{field} == {flag}"),
            ("esql", f"{field} == {flag}"),
            ("lucene", f"{field}:{flag}"),
        ):
            (query,) = queries(detection(login.format(value=value)), target)
            assert query.endswith(text)
    (query,) = queries(detection(login.format(value="'No'")), "splunk")
    assert query.endswith('additionalEventData.MFAUsed="No"')
    other = login.replace("ConsoleLogin", "CheckMfa").format(value="'No'")
    (query,) = queries(detection(other), "kql")
    assert query.endswith('aws.cloudtrail.flattened.additional_eventdata.MFAUsed: "No"')
    (refused,) = converted(
        detection(login.replace("MFAUsed", "MFAUsed|contains").format(value="N")), "kql"
    )
    assert refused.error.code == "SC202"


def test_further_pipelines_come_after_ours_in_the_order_given(tmp_path):
    for name, priority, source, target in (
        ("first", 90, "event.action", "one"),
        ("second", 1, "one", "two"),
    ):
        (tmp_path / f"{name}.yml").write_text(
            f"name: {name}\npriority: {priority}\ntransformations:\n"
            f"  - id: x\n    type: field_name_mapping\n    mapping:\n      {source}: {target}\n"
        )
    paths = [str(tmp_path / "first.yml"), str(tmp_path / "second.yml")]
    (query,) = queries(RULE, "kql", Options(pipelines=tuple(paths)))
    assert query.endswith('two: "CreateUser"')
    (query,) = queries(RULE, "kql", Options(pipelines=tuple(reversed(paths))))
    assert query.endswith('one: "CreateUser"')


def test_variables_of_a_pipeline_set_the_scope(tmp_path):
    path = tmp_path / "site.yml"
    path.write_text("name: site\nvars:\n  dataset_field: data_stream.dataset\n")
    (query,) = queries(RULE, "kql", Options(pipelines=(str(path),)))
    assert query.startswith("data_stream.dataset:")
    (query,) = queries(RULE, "kql", Options(pipelines=(str(path),), dataset_field="none"))
    assert query.startswith("event.provider:")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: [", "no valid YAML"),
        ("[]", "no mapping"),
        ("transformations:\n  - type: bogus\n", "bogus"),
        (
            "transformations:\n  - type: http_placeholders\n    url: http://localhost/\n",
            "leave this machine",
        ),
        (
            "transformations:\n  - type: nest\n    items:\n      - type: command_placeholders\n"
            "        command: id\n",
            "leave this machine",
        ),
    ],
)
def test_a_bad_pipeline_is_a_usage_error(run, tmp_path, rule_file, text, says):
    (tmp_path / "p.yml").write_text(text)
    result = run("convert", "-t", "kql", "-p", "p.yml", rule_file)
    assert result.code == 2 and says in result.err


def test_a_pipeline_that_refuses_a_rule_is_named(tmp_path):
    path = tmp_path / "p.yml"
    path.write_text("transformations:\n  - type: rule_failure\n    message: not for us\n")
    (conversion,) = converted(RULE, "kql", Options(pipelines=(str(path),)))
    assert conversion.error.code == "SC208" and "not for us" in conversion.error.message


def test_another_packages_backend_is_used_and_says_so(run, rule_file):
    result = run("convert", "-t", "elastalert", "-q", rule_file)
    assert result.code == 0 and "CreateUser" in result.out
    assert "SC104" in run("convert", "-t", "elastalert", rule_file).err
