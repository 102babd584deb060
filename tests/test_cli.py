"""The command line: exit codes, streams, files, the JSON contract."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import ROOT, RULE, assert_text, detection

RULES = ROOT / "sigma" / "rules"
BAD = RULE.replace("condition: selection", "condition: nothing")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["convert", "-t", "kql", "rule.yml"], 0),
        (["convert", "-t", "kql", "bad.yml"], 1),
        (["convert", "-t", "kql", "bad.yml", "rule.yml"], 1),
        (["convert", "-t", "kql", "rule.yml", "missing.yml"], 1),
        (["convert", "rule.yml"], 2),
        (["convert", "-t", "kqll", "rule.yml"], 2),
        (["convert", "-t", "kql", "-p", "no_such", "rule.yml"], 2),
        (["convert", "-t", "kql", "-p", "no/such.yml", "rule.yml"], 2),
        (["convert", "-t", "kql", "--stack", "7.17", "rule.yml"], 2),
        (["convert", "-t", "kql", "--dataset-field", "x", "rule.yml"], 2),
        (["convert", "-t", "kql", "--color", "pink", "rule.yml"], 2),
        (["convert", "-t", "kql", "--bogus", "rule.yml"], 2),
        (["convert", "-t", "kql", "--vars", "missing.yml", "rule.yml"], 2),
        (["convert", "-t", "kql"], 2),
        (["convert", "-t", "kql", "missing.yml"], 3),
        (["convert", "-t", "kql", "empty/"], 3),
        (["convert", "-t", "kql", "nothing.yml"], 1),
        (["nonsense"], 2),
        (["--version"], 0),
        (["--help"], 0),
        (["list", "targets"], 0),
        (["list", "diagnostics", "SC999"], 2),
    ],
)
def test_exit_codes(run, tmp_path, arguments, code):
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "bad.yml").write_text(BAD)
    (tmp_path / "nothing.yml").write_text("")
    (tmp_path / "empty").mkdir()
    result = run(*arguments)
    assert result.code == code, result
    assert "Traceback" not in result.err


def test_a_query_stands_bare_on_a_pipe_and_talk_goes_elsewhere(run, rule_file):
    result = run("convert", "-t", "kql", rule_file)
    assert result.out == (
        'event.dataset: "aws.cloudtrail" and event.provider: "iam.amazonaws.com" '
        'and event.action: "CreateUser"\n'
    )
    assert result.err == ""


def test_with_several_targets_each_line_begins_with_its_target(run, rule_file):
    lines = run("convert", "-t", "splunk", "-t", "kql", "-t", "kql", rule_file).out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["splunk", "kql"]


def test_a_query_of_several_lines_is_folded_on_a_pipe_and_whole_in_json(run, tmp_path):
    (tmp_path / "r.yml").write_text(RULE.replace("eventName: Cr", "eventName|re: Cr"))
    line = run("convert", "-t", "splunk", "r.yml").out
    assert line.count("\n") == 1 and " | where " in line
    data = json.loads(run("convert", "-t", "splunk", "--json", "r.yml").out)
    assert "\n| where " in data["queries"][0]


def test_standard_input(run):
    result = run("convert", "-t", "kql", "-", stdin=RULE)
    assert result.code == 0 and "CreateUser" in result.out
    data = json.loads(run("convert", "-t", "kql", "--json", "-", stdin=RULE).out)
    assert data["rule"]["path"] == "-"


def test_a_bad_rule_does_not_stop_the_others(run, tmp_path):
    (tmp_path / "a_bad.yml").write_text(BAD)
    (tmp_path / "b_good.yml").write_text(RULE)
    result = run("convert", "-t", "kql", ".")
    assert result.code == 1
    assert result.out.count("\n") == 1
    assert "a_bad.yml:11:5: error[SC007]" in result.err
    assert "1 converted, 1 not" in result.err


def test_the_json_contract(run, tmp_path, update_golden):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.yml").write_text(RULE)
    (tmp_path / "rules" / "refused.yml").write_text(
        RULE.replace("eventName:", "eventName|re:").replace("9d11", "9d12")
    )
    (tmp_path / "rules" / "broken.yml").write_text("a: [")
    (tmp_path / "rules" / "warned.yml").write_text(
        RULE.replace("eventName:", "evntName:").replace("0c5b", "0c5c")
    )
    result = run("convert", "-t", "kql", "-t", "eql", "--json", "rules")
    assert result.code == 1
    assert result.err.splitlines()[-1:] == ["5 converted, 3 not"]
    for line in result.out.splitlines():
        assert list(json.loads(line)) == [
            "v", "rule", "target", "format", "queries", "diagnostics", "error",
        ]  # fmt: skip
    pretty = "".join(
        json.dumps(json.loads(line), indent=1, ensure_ascii=False) + "\n"
        for line in result.out.splitlines()
    )
    assert_text(Path(__file__).parent / "contract.json.txt", pretty, update=update_golden)


def test_output_file_and_folder(run, tmp_path, rule_file):
    assert run("convert", "-t", "kql", "-t", "eql", "-o", "out", rule_file).code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "rule.eql.txt",
        "rule.kql.txt",
    ]
    assert run("convert", "-t", "kql", "-o", "deep/er/q.txt", rule_file).out == ""
    assert "CreateUser" in (tmp_path / "deep" / "er" / "q.txt").read_text()
    assert run("convert", "-t", "kql", "--json", "-o", "out/", rule_file).code == 0
    assert json.loads((tmp_path / "out" / "rule.kql.json").read_text())["target"] == "kql"


def test_rules_of_one_file_get_a_file_each(run, tmp_path):
    (tmp_path / "two.yml").write_text(f"{RULE}---\n{RULE.replace('CreateUser', 'DeleteUser')}")
    assert run("convert", "-q", "-t", "kql", "-o", "out", "two.yml").code == 0
    texts = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert sorted(texts) == ["two.kql.2.txt", "two.kql.txt"]
    assert "DeleteUser" in texts["two.kql.2.txt"]


def test_output_that_cannot_be_written_is_a_usage_error_and_leaves_nothing(
    run, tmp_path, rule_file
):
    (tmp_path / "file").write_text("mine")
    result = run("convert", "-t", "kql", "-o", "file/q.txt", rule_file)
    assert result.code == 2 and "cannot write" in result.err
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "folder.txt").mkdir()
    assert run("convert", "-t", "kql", "-o", "folder.txt", rule_file).code == 0
    assert [path.name for path in (tmp_path / "folder.txt").iterdir()] == ["rule.kql.txt"]


def test_nothing_is_written_when_there_is_nothing_to_convert(run, tmp_path):
    assert run("convert", "-t", "kql", "-o", "q.txt", "missing.yml").code == 3
    assert not (tmp_path / "q.txt").exists()


def test_a_file_name_cannot_leave_the_folder(run, tmp_path):
    rule = RULE.replace("A user is created", "../../etc/passwd")
    assert run("convert", "-t", "kql", "-o", "out/", "-", stdin=rule).code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["etc_passwd.kql.txt"]


def test_the_same_id_twice_is_a_warning_and_both_convert(run, tmp_path):
    (tmp_path / "a.yml").write_text(RULE)
    (tmp_path / "b.yml").write_text(RULE)
    result = run("convert", "-t", "kql", "a.yml", "b.yml")
    assert result.code == 0
    assert result.out.count("\n") == 2
    assert "b.yml:2:1: warning[SC009]" in result.err
    assert run("convert", "-t", "kql", "--strict", "a.yml", "b.yml").code == 1


def test_strict_makes_a_warning_an_error(run, tmp_path):
    (tmp_path / "r.yml").write_text(RULE.replace("eventName:", "evntName:"))
    result = run("convert", "-t", "kql", "r.yml")
    assert result.code == 0 and "did you mean eventName?" in result.err
    result = run("convert", "-t", "kql", "--strict", "r.yml")
    assert result.code == 1 and result.out == "" and "error[SC102]" in result.err


def test_quiet_leaves_errors_only(run, tmp_path):
    (tmp_path / "r.yml").write_text(RULE.replace("eventName:", "evntName:"))
    (tmp_path / "bad.yml").write_text(BAD)
    err = run("convert", "-q", "-t", "kql", "r.yml", "bad.yml").err
    assert "SC102" not in err and "SC007" in err


def test_another_log_source_passes_untouched_with_a_note(run, tmp_path):
    (tmp_path / "r.yml").write_text(RULE.replace("cloudtrail", "guardduty"))
    result = run("convert", "-t", "kql", "r.yml")
    assert result.code == 0
    assert result.out == 'eventSource: "iam.amazonaws.com" and eventName: "CreateUser"\n'
    assert "note[SC101]" in result.err


@pytest.mark.parametrize(
    ("options", "target", "start"),
    [
        (
            ["--dataset-field", "data_stream.dataset"],
            "kql",
            'data_stream.dataset: "aws.cloudtrail"',
        ),
        (["--dataset-field", "none"], "kql", "event.provider"),
        (["--dataset-field", "none"], "eql", "any where event.provider"),
        (["--esql-from", "a-*,b-*"], "esql", "from a-*,b-* metadata _id, _version, _index | where"),
        (
            ["--splunk-index", "aws"],
            "splunk",
            'index="aws" sourcetype="aws:cloudtrail" eventSource',
        ),
        (["--splunk-sourcetype", ""], "splunk", "eventSource"),
        (["--splunk-macro", "cloudtrail"], "splunk", "`cloudtrail` eventSource"),
        (["--splunk-macro", "`ct(1)`"], "splunk", "`ct(1)` eventSource"),
        (["--without-pipeline"], "kql", "eventSource"),
        (["--without-pipeline"], "splunk", "eventSource"),
    ],
)
def test_scope_is_an_option(run, rule_file, options, target, start):
    result = run("convert", "-t", target, *options, rule_file)
    assert result.code == 0 and result.out.startswith(start)


def test_settings_stand_in_for_options(run, tmp_path, rule_file):
    (tmp_path / "sigmacast.toml").write_text('targets = ["splunk"]\nsplunk_index = "aws"\n')
    assert run("convert", rule_file).out.startswith('index="aws"')
    assert run("convert", "--splunk-index", "other", rule_file).out.startswith('index="other"')
    assert run("convert", "-t", "kql", rule_file).out.startswith("event.dataset")


def test_settings_are_found_upwards_from_the_first_path(run, tmp_path):
    (tmp_path / "repo" / "rules").mkdir(parents=True)
    (tmp_path / "repo" / "rules" / "r.yml").write_text(RULE)
    (tmp_path / "repo" / "pyproject.toml").write_text('[tool.sigmacast]\ntargets = ["eql"]\n')
    assert run("convert", "repo/rules").out.startswith("any where")


def test_settings_of_the_working_folder_serve_rules_elsewhere(run, tmp_path, tmp_path_factory):
    (tmp_path / "sigmacast.toml").write_text('targets = ["eql"]\n')
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "r.yml"
    elsewhere.write_text(RULE)
    assert run("convert", elsewhere).out.startswith("any where")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("target = ['kql']", "did you mean 'targets'?"),
        ("targets = 'kql'", "a list of texts"),
        ("targets = [", "sigmacast.toml"),
        ("targets = ['kqll']", "did you mean 'kql'?"),
    ],
)
def test_wrong_settings_are_usage_errors(run, tmp_path, rule_file, text, says):
    (tmp_path / "sigmacast.toml").write_text(text)
    result = run("convert", rule_file)
    assert result.code == 2 and says in result.err


def test_placeholders_take_their_values_from_a_file(run, tmp_path):
    (tmp_path / "r.yml").write_text(
        RULE.replace("eventName: CreateUser", "userIdentity.userName|expand: '%admins%'")
    )
    (tmp_path / "vars.yml").write_text("admins: [alice, 'bob*']\n")
    result = run("convert", "-t", "kql", "r.yml")
    assert result.code == 1 and "%admins%" in result.err and "--vars" in result.err
    result = run("convert", "-t", "kql", "--vars", "vars.yml", "r.yml")
    assert 'user.name: ("alice" or bob*)' in result.out


def test_lists(run):
    assert "splunk" in run("list", "targets").out
    assert "sigmacast_ecs" in run("list", "pipelines").out
    found = run("list", "fields", "--match", "useridentity.arn").out.splitlines()
    assert len(found) == 2 and "aws.cloudtrail.user_identity.arn" in found[1]
    rows = [json.loads(line) for line in run("list", "fields", "--json").out.splitlines()]
    assert {"field", "ecs", "splunk"} <= set(rows[0])
    assert "SC201" in run("list", "diagnostics").out
    assert "Cure:" in run("list", "diagnostics", "sc201").out


def test_a_terminal_gets_titles_and_colour(monkeypatch, capsys, rule_file):
    from sigmacast.converting import casters, convert
    from sigmacast.loading import load
    from sigmacast.options import Options
    from sigmacast.reports.text import titled

    (conversion,) = convert(load([rule_file]), casters(["kql"], Options()))
    plain = titled(conversion, colour=False)
    assert plain[0] == "A user is created  [kql]" and "\033" not in "".join(plain)
    coloured = titled(conversion, colour=True)
    assert '\033[32m"CreateUser"\033[0m' in coloured[1]


def test_what_a_finding_quotes_of_a_rule_does_not_reach_the_terminal_as_a_command(run, tmp_path):
    field = '"\\e[31muserNmae"'
    (tmp_path / "rule.yml").write_text(
        detection(f"selection:\n    {field}: x\ncondition: selection")
    )
    said = run("convert", "-t", "lucene", "--color", "never", "rule.yml").err
    assert "userNmae" in said and "\x1b" not in said and "\\x1b" in said
