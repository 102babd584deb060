"""``sigmacast match``: rules over events, tables, JSON lines, explanations, exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import RULE, assert_text, detection

EVENT = {
    "eventVersion": "1.11",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann"},
    "eventTime": "2026-11-25T10:30:00Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "sourceIPAddress": "203.0.113.7",
}
OTHER = {**EVENT, "eventName": "DeleteUser", "eventTime": "2026-11-25T10:31:00Z"}

BURST = RULE.replace("title: A user is created", "title: A user is created\nname: created") + (
    "---\n"
    "title: Many users are created\n"
    "correlation:\n"
    "    type: event_count\n"
    "    rules: [created]\n"
    "    group-by: [userIdentity.arn]\n"
    "    timespan: 1m\n"
    "    condition: {gte: 2}\n"
)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.json"
    path.write_text(json.dumps([OTHER, EVENT]))
    return path


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_table_of_hits(run, rule_file, events):
    result = run("match", rule_file, "--events", events)
    assert result.code == 0
    head, row = result.out.splitlines()
    assert head.split() == ["TIME", "LEVEL", "RULE", "EVENT", "WHO", "FROM", "RECORD"]
    assert "A user is created" in row and row.endswith("events.json:1")
    assert "1 hit, 2 events, 1 rule" in result.err


def test_json_lines_keep_the_contract(run, rule_file, events, update_golden):
    result = run("match", rule_file, "--events", events, "--json")
    (hit,) = lines(result.out)
    assert list(hit) == ["v", "rule", "time", "file", "record", "event"]
    assert hit["event"] == EVENT and hit["record"] == 1 and hit["v"] == 1
    assert hit["rule"] == {
        "id": "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11",
        "title": "A user is created",
        "level": "low",
    }


def test_nothing_matched_is_no_failure(run, rule_file, tmp_path):
    (tmp_path / "e.json").write_text(json.dumps(OTHER))
    result = run("match", rule_file, "-e", "e.json")
    assert (result.code, result.out) == (0, "")


def test_events_from_standard_input_and_several_places(run, rule_file, events):
    result = run(
        "match", rule_file, "-e", "-", "-e", events, "--json", stdin=json.dumps(EVENT) + "\n"
    )
    assert [(hit["file"], hit["record"]) for hit in lines(result.out)] == [
        ("-", 0),
        (str(events), 1),
    ]


def test_what_match_prints_can_be_matched_again(run, rule_file, events):
    first = run("match", rule_file, "-e", events, "--json").out
    again = run("match", rule_file, "-e", "-", "--json", stdin=first)
    assert lines(again.out)[0]["event"] == EVENT


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["rule.yml"], 2, "no events; use --events"),
        (["-", "-e", "-"], 2, "not both"),
        (["rule.yml", "-e", "nowhere.json"], 3, "nowhere.json: no such file"),
        (["nowhere.yml", "-e", "events.json"], 3, "nowhere.yml: no such file"),
        (["rule.yml", "-e", "empty"], 3, "no events found"),
        (["rule.yml", "-e", "events.json", "-e", "broken.json"], 1, "broken.json"),
        (["rule.yml", "-e", "events.json", "-e", "nowhere.json"], 1, "no such file"),
        (["rule.yml", "bad.yml", "-e", "events.json"], 1, "bad.yml:1:1"),
        (["windows.yml", "-e", "events.json"], 3, "no CloudTrail rules found"),
        (["rule.yml", "windows.yml", "-e", "events.json"], 0, "1 rule for other log sources"),
        (["rule.yml", "-e", "events.json", "--record", "x"], 2, "--record takes a number"),
        (["rule.yml", "rule2.yml", "-e", "events.json", "--why"], 2, "one rule, not 2"),
        (["rule.yml", "-e", "events.json", "--why"], 2, "--record N"),
        (["burst.yml", "-e", "events.json", "--why"], 2, "no correlation"),
        (["hostile.yml", "-e", "events.json"], 1, "error[SC501]"),
    ],
)
def test_exit_codes(run, rule_file, events, tmp_path, arguments, code, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text('[{"eventName": ')
    (tmp_path / "bad.yml").write_text("title: x\n")
    (tmp_path / "rule2.yml").write_text(RULE.replace("0c5b", "1c5b"))
    (tmp_path / "burst.yml").write_text(BURST)
    (tmp_path / "hostile.yml").write_text(
        detection("s:\n  userAgent|re: '(a+)+(?=b)'\ncondition: s")
    )
    (tmp_path / "windows.yml").write_text(
        RULE.replace("product: aws", "product: windows").replace("cloudtrail", "security")
    )
    result = run("match", *arguments)
    assert result.code == code, result
    assert said in result.err


def test_a_broken_record_stops_nothing(run, rule_file, tmp_path):
    (tmp_path / "e.jsonl").write_text(f'{{"eventName": nothing}}\n{json.dumps(EVENT)}\n')
    result = run("match", rule_file, "-e", "e.jsonl", "--json")
    assert result.code == 1
    assert [hit["record"] for hit in lines(result.out)] == [1]
    assert "e.jsonl:1:" in result.err and "error[SC402]: record 0" in result.err


def test_why_explains_a_miss(run, rule_file, events):
    result = run("match", rule_file, "-e", events, "--why", "--record", "0")
    assert result.code == 0
    title, *tree = result.out.splitlines()
    assert title == f"A user is created: does not match record 0 of {events}"
    assert any(
        line.strip()[2:] == "eventName: rule 'CreateUser', event 'DeleteUser'" for line in tree
    )


def test_why_as_json(run, rule_file, events):
    (found,) = lines(run("match", rule_file, "-e", events, "--why", "--record", "1", "--json").out)
    assert found["matched"] is True
    assert found["why"]["what"] == "selection selection"
    leaf = found["why"]["parts"][0]["parts"][1]
    assert leaf["field"] == "eventName" and leaf["actual"] == "'CreateUser'"


def test_correlations_come_at_the_end(run, tmp_path):
    (tmp_path / "burst.yml").write_text(BURST)
    later = {**EVENT, "eventTime": "2026-11-25T10:30:40Z"}
    untimed = {**EVENT, "eventTime": "yesterday"}
    (tmp_path / "e.json").write_text(json.dumps([later, OTHER, untimed, EVENT]))
    result = run("match", "burst.yml", "-e", "e.json", "--json")
    (hit,) = lines(result.out)
    assert hit["rule"]["title"] == "Many users are created"
    assert hit["time"] == later["eventTime"] and hit["record"] == 0
    assert hit["correlation"] == {
        "group": {"userIdentity.arn": "arn:aws:iam::111122223333:user/ann"},
        "events": [{"file": "e.json", "record": 3}, {"file": "e.json", "record": 0}],
    }
    assert "1 event without a readable eventTime" in result.err


def test_filters_and_placeholders_apply(run, tmp_path, events):
    (tmp_path / "rule.yml").write_text(
        detection("s:\n  userIdentity.arn|endswith|expand: '/%people%'\ncondition: s")
    )
    (tmp_path / "vars.yml").write_text("people: [ann, bob]\n")
    (tmp_path / "filter.yml").write_text(
        "title: no deletions\nlogsource: {product: aws, service: cloudtrail}\n"
        "filter:\n  rules: any\n  f:\n    eventName: DeleteUser\n  condition: not f\n"
    )
    both = run("match", "rule.yml", "-e", events, "--vars", "vars.yml", "--json")
    assert len(lines(both.out)) == 2
    one = run(
        "match", "rule.yml", "-e", events, "--vars", "vars.yml", "--filter", "filter.yml", "--json"
    )
    assert [hit["record"] for hit in lines(one.out)] == [1]
    without = run("match", "rule.yml", "-e", events)
    assert without.code == 1 and "SC205" in without.err


def test_control_characters_of_an_event_are_shown_and_not_obeyed(run, rule_file, tmp_path):
    hostile = {**EVENT, "sourceIPAddress": "\x1b[2J\u202e", "userIdentity": {"arn": "a\nb"}}
    (tmp_path / "e.json").write_text(json.dumps(hostile))
    result = run("match", rule_file, "-e", "e.json")
    assert "\x1b" not in result.out and "\u202e" not in result.out
    assert "\\x1b[2J\\u202e" in result.out and "a\\nb" in result.out


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes on Linux only")
def test_a_file_name_that_is_no_text_is_escaped(rule_file, tmp_path):
    """In a process of its own: pytest's streams are not a terminal's."""
    name = os.fsencode(tmp_path) + b"/e\xff.json"
    with open(name, "w") as file:
        json.dump(EVENT, file)
    for form in ([], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-m", "sigmacast", "match", rule_file, "-e", name, *form],
            capture_output=True,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        )
        assert done.returncode == 0 and b"Traceback" not in done.stderr
        assert b"udcff" in done.stdout


def test_many_hits_stream_in_the_columns_of_the_first(run, rule_file, tmp_path):
    (tmp_path / "e.jsonl").write_text((json.dumps(EVENT) + "\n") * 500)
    result = run("match", rule_file, "-e", "e.jsonl")
    assert len(result.out.splitlines()) == 501


def test_each_event_meets_each_rule_once(run, rule_file, events, tmp_path):
    again = run("match", rule_file, rule_file, "-e", events, "--json")
    assert len(lines(again.out)) == 2, "a rule given twice is two rules, each with one hit"


def test_the_contract_of_all_reports(run, tmp_path, update_golden):
    (tmp_path / "burst.yml").write_text(BURST)
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "e.json").write_text(json.dumps([EVENT, {**EVENT, "requestID": "2"}]))
    objects = [
        *lines(run("match", "burst.yml", "-e", "e.json", "--json").out),
        *lines(run("match", "rule.yml", "-e", "e.json", "--why", "--record", "0", "--json").out),
    ]
    pretty = "".join(f"{json.dumps(each, indent=1)}\n" for each in objects)
    assert_text(Path(__file__).parent / "contract.match.json.txt", pretty, update=update_golden)
