"""``sigmacast test``: regression data found and run, reports, baselines, watching."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from conftest import ROOT, RULE, assert_text
from sigmacast.watching import snapshot, wait_for_change

RULES = "sigma/rules/cloud/aws/cloudtrail"
DATA = "sigma/regression_data/rules/cloud/aws/cloudtrail/rule"
EVENT = {"eventVersion": "1.11", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}
ID = "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11"
INFO = f"""\
id: 5b0e7d3c-1111-4222-8333-444455556666
rule_metadata:
    - id: {ID}
      title: A user is created
regression_tests_info:
    - name: two users
      type: json
      match_count: 2
      path: regression_data/rules/cloud/aws/cloudtrail/rule/{ID}.json
near_misses:
    - name: a role instead
      misses: eventName
      path: near.json
"""


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A rule with data that passes, as SigmaHQ lays it out."""
    write(tmp_path / RULES / "rule.yml", RULE)
    write(tmp_path / DATA / "info.yml", INFO)
    write(tmp_path / DATA / f"{ID}.json", json.dumps([EVENT, EVENT]))
    write(tmp_path / DATA / "near.json", json.dumps({**EVENT, "eventName": "CreateRole"}))
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_the_shipped_rules_pass_and_each_has_data(run):
    result = run("test", ROOT / "sigma", "--require-data")
    assert result.code == 0, result.out + result.err
    assert result.out.splitlines()[-1].startswith("12 rules: 8") and "failed" not in result.out


def test_each_shipped_rule_has_matches_and_near_misses_that_say_what_they_miss():
    from sigmacast import load
    from sigmacast.regression import find_data, read_data

    for source in load([ROOT / "sigma" / "rules"]).rules:
        data = read_data(find_data(source))
        assert any(case.must_match for case in data.cases)
        near = [case for case in data.cases if not case.must_match]
        assert len(near) >= 3 and all(case.misses for case in near), source.path


def test_data_is_found_by_path_and_run(run, repository):
    result = run("test", "sigma")
    assert result.code == 0, result
    assert "A user is created  1/1      1/1          passed" in result.out
    assert result.out.splitlines()[-1] == "1 rule: 2 passed"
    assert result.err == ""


def test_a_broken_rule_fails_with_a_readable_reason(run, repository):
    rule = repository / RULES / "rule.yml"
    rule.write_text(RULE.replace("CreateUser", "CreateUsers"))
    result = run("test", "sigma")
    assert result.code == 1
    assert f"failed A user is created: two users ({DATA}/{ID}.json)" in result.out
    assert "  0 events matched, where 2 must" in result.out
    assert f"  record 0 of {DATA}/{ID}.json did not match" in result.out
    assert "eventName: rule 'CreateUsers', event 'CreateUser'" in result.out


def test_a_near_miss_that_matches_fails(run, repository):
    (repository / DATA / "near.json").write_text(json.dumps(EVENT))
    result = run("test", "sigma")
    assert result.code == 1
    assert "near miss a role instead" in result.out
    assert "1 event matched, and must not" in result.out


def test_a_near_miss_must_miss_what_it_says(run, repository):
    near = {**EVENT, "eventSource": "transfer.amazonaws.com"}
    (repository / DATA / "near.json").write_text(json.dumps(near))
    result = run("test", "sigma")
    assert result.code == 1
    assert "missed because of eventSource, not of eventName" in result.out


@pytest.mark.parametrize(
    ("count", "matching", "code"),
    [("match_count: 2", 1, 1), ("match_count: 2", 3, 1), ("match_count: 2", 2, 0), ("", 1, 0),
     ("", 0, 1), ("match_count: 0", 0, 0), ("match_count: 0", 1, 1)],
)  # fmt: skip
def test_match_count_is_honoured(run, repository, count, matching, code):
    other = {**EVENT, "eventName": "ListUsers"}
    write(repository / DATA / "info.yml", INFO.replace("match_count: 2", count))
    write(repository / DATA / f"{ID}.json", json.dumps([EVENT] * matching + [other]))
    assert run("test", "sigma").code == code


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("near.json", "nowhere.json"), "nowhere.json: there is no such"),
        (lambda text: text.replace("near.json", "../../../../../../../../x"), "leads out of"),
        (lambda text: text.replace("near.json", "/etc/passwd"), "leads out of"),
        (lambda text: text.replace(ID, "11111111-1111-4111-8111-111111111111", 1), "is for the"),
        (lambda text: text.replace("match_count: 2", "match_count: many"), "match_count must"),
        (lambda text: text.replace("      path: near.json\n", ""), "the test has no path"),
        (lambda text: text.replace("misses: eventName", "misses: {a: b}"), "misses must be"),
        (lambda text: "a: [", "did not find"),
        (lambda text: "- a\n", "must be one YAML mapping"),
        (lambda text: "id: x\n", "there is no test in it"),
        (lambda text: text.split("near_misses")[0] + "near_misses: x\n", "near_misses must be"),
        (lambda text: text.split("near_misses")[0] + "near_misses: [x]\n", "must be a mapping"),
        (lambda text: text.split("rule_metadata")[0] + "rule_metadata: x\n", "rule_metadata must"),
    ],
)
def test_bad_data_is_an_error_with_its_place(run, repository, change, said):
    write(repository / DATA / "info.yml", change(INFO))
    result = run("test", "sigma")
    assert result.code == 1
    assert said in result.out and "error[" not in result.err
    assert "SC404" in result.out


@pytest.mark.parametrize("content", ["", "[]", '[{"eventName": ', '"text"', '{"a": 1}', "\x00"])
def test_bad_events_are_an_error(run, repository, content):
    (repository / DATA / "near.json").write_text(content)
    result = run("test", "sigma")
    assert result.code == 1
    assert "error A user is created: near miss a role instead" in result.out
    assert "two users" not in result.out, "the other test passes"


def test_rules_without_data_are_reported_and_may_be_required(run, tmp_path, rule_file):
    result = run("test", rule_file)
    assert (result.code, "no data" in result.out) == (0, True)
    result = run("test", rule_file, "--require-data")
    assert result.code == 1
    assert "no data A user is created" in result.out and "sigmacast synth" in result.out


def test_a_rule_that_cannot_be_loaded_or_compiled_is_an_error(run, repository):
    rule = repository / RULES / "rule.yml"
    rule.write_text(RULE.replace("condition: selection", "condition: selektion"))
    result = run("test", "sigma")
    assert result.code == 1 and "SC007" in result.out
    rule.write_text(RULE.replace("eventName: CreateUser", "eventName|re: 'a(?=b)'"))
    result = run("test", "sigma")
    assert result.code == 1 and "SC501" in result.out


def test_events_of_other_kinds_are_skipped_by_name(run, repository):
    info = INFO.replace("type: json", "type: evtx")
    write(repository / DATA / "info.yml", info)
    result = run("test", "sigma", "--output-format", "json")
    first, second = objects(result.out)
    assert (first["status"], second["status"], result.code) == ("skipped", "passed", 0)
    assert "evtx" in first["message"]


def test_the_rules_own_path_to_its_data_counts_first(run, repository):
    (repository / DATA).rename(repository / "sigma" / "elsewhere")
    rule = repository / RULES / "rule.yml"
    write(
        repository / "sigma" / "elsewhere" / "info.yml",
        INFO.replace("regression_data/rules/cloud/aws/cloudtrail/rule/", ""),
    )
    assert "no data" in run("test", "sigma").out
    rule.write_text(RULE + "regression_tests_path: elsewhere/info.yml\n")
    assert "2 passed" in run("test", "sigma").out
    rule.write_text(RULE + "regression_tests_path: ../elsewhere/info.yml\n")
    assert "no data" in run("test", "sigma").out


def test_a_correlation_counts_its_firings(run, tmp_path):
    from test_match import BURST

    burst = BURST.replace(
        "title: Many users", "id: 9c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11\ntitle: Many users"
    )
    write(tmp_path / "rules" / "burst.yml", burst)
    arn = {"userIdentity": {"arn": "a"}}
    events = [{**EVENT, **arn, "eventTime": f"2026-11-25T10:30:{s:02}Z"} for s in (0, 10)]
    write(tmp_path / "regression_data/rules/burst/events.json", json.dumps(events))
    write(tmp_path / "regression_data/rules/burst/one.json", json.dumps(events[:1]))
    write(
        tmp_path / "regression_data/rules/burst/info.yml",
        "regression_tests_info:\n  - {name: two, match_count: 1, path: events.json}\n"
        "near_misses:\n  - {name: one, misses: eventTime, path: one.json}\n",
    )
    result = run("test", "rules")
    assert result.code == 0, result
    assert "1 rule: 2 passed" in result.out


def test_reports(run, repository, update_golden):
    """The JSON contract, JUnit and GitHub's commands, for a pass, a failure and no data."""
    write(repository / RULES / "without.yml", RULE.replace("0c5b", "1c5b").replace("A user", "B"))
    (repository / DATA / "near.json").write_text(json.dumps(EVENT))
    shown = []
    for form in ("json", "junit", "github"):
        result = run("test", "sigma", "--output-format", form)
        assert result.code == 1 and result.err == ""
        shown.append(result.out)
    ElementTree.fromstring(shown[1])
    pretty = "".join(f"{json.dumps(each, indent=1)}\n" for each in objects(shown[0]))
    text = "\n".join([pretty, *shown[1:]])
    assert_text(Path(__file__).parent / "contract.test.txt", text, update=update_golden)


def test_reports_survive_any_text(run, repository):
    title = "title: 'A %: user, <is> &\\n'"
    write(repository / RULES / "rule.yml", RULE.replace("title: A user is created", title))
    hostile = {**EVENT, "eventName": "\x1b[2J\x00\n::error::x"}
    write(repository / DATA / f"{ID}.json", json.dumps([hostile]))
    junit = run("test", "sigma", "--output-format", "junit").out
    ElementTree.fromstring(junit)
    github = run("test", "sigma", "--output-format", "github").out
    assert all(line.startswith("::error file=") for line in github.splitlines())
    assert "\x1b" not in run("test", "sigma").out


def test_a_baseline_names_what_a_noisy_rule_matches(run, repository):
    known = [
        {**EVENT, "userAgent": f"agent{n % 2}", "userIdentity": {"arn": f"arn:{n % 3}"}}
        for n in range(5)
    ]
    write(repository / "benign" / "events.json", json.dumps([*known, {**EVENT, "eventName": "x"}]))
    result = run("test", "sigma", "--baseline", "benign")
    assert result.code == 1
    assert "A user is created: 5 hits, 0 allowed" in result.out
    assert "  event names: CreateUser (5)" in result.out
    assert "  principals: arn:0 (2), arn:1 (2), arn:2 (1)" in result.out
    assert "  user agents: agent0 (3), agent1 (2)" in result.out
    assert run("test", "sigma", "--baseline", "benign", "--max-hits", "5").code == 0
    found = objects(run("test", "sigma", "--baseline", "benign", "--output-format", "json").out)
    assert found[-1]["status"] == "failed" and found[-1]["hits"] == 5
    for form in ("junit", "github"):
        assert "5 hits" in run("test", "sigma", "--baseline", "benign", "--output-format", form).out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["sigma", "--output-format", "jsom"], 2, "did you mean 'json'?"),
        (["sigma", "--max-hits", "3"], 2, "--baseline"),
        (["sigma", "--baseline", "nowhere"], 2, "nowhere: no such"),
        (["sigma", "--baseline", "benign"], 3, "holds no events"),
        (["sigma", "--baseline", "benign/x.json", "--max-hits", "-1"], 2, "--max-hits"),
        (["-"], 2, "regression data is found by a rule's path"),
        (["nowhere"], 3, "nowhere: no such file"),
        (["benign"], 3, "no rules found"),
        (["sigma", "nowhere"], 1, "nowhere: no such file"),
    ],
)
def test_exit_codes(run, repository, arguments, code, said):
    (repository / "benign").mkdir()
    result = run("test", *arguments)
    assert result.code == code, result
    assert said in result.err


def test_a_folder_of_rules_and_data_is_silent_about_the_data(run, repository):
    assert run("convert", "-t", "kql", "sigma").err == ""


def test_waiting_ends_with_a_change(tmp_path):
    write(tmp_path / "a" / "x.yml", "1")
    paths = [str(tmp_path / "a"), str(tmp_path / "nowhere")]
    for change in (
        lambda: write(tmp_path / "a" / "x.yml", "12"),
        lambda: write(tmp_path / "a" / "b" / "new.yml", ""),
        lambda: (tmp_path / "a" / "x.yml").unlink(),
    ):
        pauses = []

        def pause(seconds, change=change, pauses=pauses):
            assert len(pauses) < 2, "a change was not seen"
            pauses.append(seconds)
            if len(pauses) == 2:
                change()

        wait_for_change(paths, snapshot(paths), pause)
        assert len(pauses) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="ends the program with a signal")
def test_watch_runs_again(repository):
    program = subprocess.Popen(
        [sys.executable, "-m", "sigmacast", "test", "sigma", "--watch"],
        cwd=repository,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert program.stdout is not None
    try:
        seen = []
        while not seen or not seen[-1].startswith("1 rule:"):
            seen.append(program.stdout.readline())
        assert seen[-1] == "1 rule: 2 passed\n"
        time.sleep(0.1)
        (repository / DATA / "near.json").write_text(json.dumps(EVENT))
        seen.clear()
        while not seen or not seen[-1].startswith("1 rule:"):
            seen.append(program.stdout.readline())
        assert seen[-1] == "1 rule: 1 passed, 1 failed\n"
    finally:
        program.kill()
        program.wait()
