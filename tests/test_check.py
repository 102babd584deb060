"""``sigmacast check``: findings in every form, silenced, weighed and mended."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from conftest import ROOT, RULE, detection
from sigmacast.checks import CHECKS, check_of
from sigmacast.fixing import Replacement, fixed
from sigmacast.marks import Marks

SCHEMA = json.loads((ROOT / "tests/proofs/sarif/sarif-2.1.0-rtm.4.json").read_text("utf-8"))
BAD = """\
title: Bad
id: 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
        'errorcode|contains': Denied   # kept
    condition: selection
"""


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yml"
    path.write_text(BAD, encoding="utf-8")
    return path


def findings(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def only_fields(run, *arguments: object, stdin: str | None = None):
    return run("check", "--only", "fields", *arguments, stdin=stdin)


# --- forms ---


def test_text_shows_the_line_and_underlines_the_span(run, bad):
    result = only_fields(run, bad.name)
    assert result.code == 0, "a warning is no error"
    assert result.out == (
        "bad.yml:10:9: warning[SC102]: unknown CloudTrail field errorcode (fields)\n"
        "  10 |         'errorcode|contains': Denied   # kept\n"
        "     |         ^^^^^^^^^^^^^^^^^^^^\n"
        "  help: did you mean errorCode?\n"
        "  see:  docs/diagnostics.md#sc102\n\n"
    )
    assert result.err == "1 checked, 1 warning, 1 can be mended by --fix\n"


def test_json_is_one_object_a_line(run, bad):
    assert findings(only_fields(run, "--output-format", "json", bad.name).out) == [
        {
            "v": 1,
            "path": "bad.yml",
            "rule": "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11",
            "code": "SC102",
            "severity": "warning",
            "message": "unknown CloudTrail field errorcode",
            "field": "errorcode",
            "line": 10,
            "column": 9,
            "hint": "did you mean errorCode?",
            "url": "docs/diagnostics.md#sc102",
        }
    ]


def test_sarif_is_sarif(run, bad, tmp_path):
    (tmp_path / "broken ü.yml").write_text("title: [")
    (tmp_path / "empty.yml").write_text("")
    out = run("check", "--output-format", "sarif", ".").out
    log = json.loads(out)
    Draft4Validator(SCHEMA).validate(log)
    (made,) = log["runs"]
    assert len(made["results"]) >= 3
    for result in made["results"]:
        assert made["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    (field,) = [each for each in made["results"] if each["ruleId"] == "SC102"]
    place = field["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("bad.yml")
    assert place["region"] == {
        "startLine": 10,
        "startColumn": 9,
        "endLine": 10,
        "endColumn": 29,
    }


def test_a_comment_that_silences_nothing_is_told_where_it_stands(run, bad):
    text = bad.read_text().replace("# kept", "# sigmacast: ignore[SC1002, fields, attacktga]")
    bad.write_text(f"{text}# sigmacast: ignore-file[nothing of the kind]\n---\n{text}")
    out = run("check", "--only", "comments", "--output-format", "json", bad.name).out
    assert [(each["line"], each["column"], each["hint"]) for each in findings(out)][:3] == [
        (10, 40, "did you mean SC102?"),
        (10, 40, "did you mean attacktag?"),
        (12, 1, "see sigmacast list diagnostics, list checks"),
    ]
    assert len(findings(out)) == 5, "those of the second document once"


def test_each_finding_of_sarif_has_a_line_and_a_uri(run, bad, tmp_path):
    (tmp_path / "no text.yml").write_bytes(b"\xff\0")
    out = run("check", "--output-format", "sarif", bad, tmp_path / "no text.yml").out
    places = [
        each["locations"][0]["physicalLocation"] for each in json.loads(out)["runs"][0]["results"]
    ]
    uris = {place["artifactLocation"]["uri"] for place in places}
    assert uris == {bad.as_uri(), (tmp_path / "no text.yml").as_uri()}
    assert all(place["region"]["startLine"] >= 1 for place in places)


def test_the_schema_of_sarif_refuses_what_is_none():
    assert not Draft4Validator(SCHEMA).is_valid({"version": "2.1.0", "runs": [{"tool": {}}]})


def test_github_and_junit(run, bad):
    line = only_fields(run, "--output-format", "github", bad.name).out
    assert line.startswith("::warning file=bad.yml,line=10,col=9,title=SC102::unknown")
    suites = ElementTree.fromstring(only_fields(run, "--output-format", "junit", bad.name).out)
    (suite,) = suites.findall("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert "SC102" in suite.find("testcase/failure").get("message")


def test_an_unknown_form_is_wrong_usage(run, bad):
    result = run("check", "--output-format", "sarf", bad)
    assert result.code == 2 and "did you mean 'sarif'?" in result.err


# --- what is read ---


def test_documents_that_are_no_rules_are_findings(run, tmp_path):
    (tmp_path / "a.yml").write_text("title: x\ndetection: {\n")
    (tmp_path / "b.yml").write_text(RULE.replace("condition: selection", "condition: selecton"))
    (tmp_path / "c.yml").write_text(RULE.replace("level: low", "level: lowest"))
    result = run("check", "--output-format", "json", ".")
    assert result.code == 1
    codes = {(Path(each["path"]).name, each["code"]) for each in findings(result.out)}
    assert {("a.yml", "SC002"), ("b.yml", "SC007"), ("c.yml", "SC006")} <= codes


def test_nothing_to_check(run, tmp_path):
    assert run("check", ".").code == 3
    assert run("check", "gone.yml").code == 3
    (tmp_path / "rule.yml").write_text(RULE)
    assert run("check", "gone.yml", "rule.yml").code == 1


def test_the_rules_that_ship_have_no_errors_and_no_warnings(run):
    result = run("check", "--output-format", "json", ROOT / "sigma" / "rules")
    bad = [each for each in findings(result.out) if each["severity"] == "error"]
    assert (result.code, bad) == (0, [])


def test_many_processes_find_the_same(run, tmp_path):
    for number in range(300):
        text = BAD.replace("9a8f5f4c9d11", f"{number:012d}")
        (tmp_path / f"rule{number}.yml").write_text(text)
    one, two = (only_fields(run, "--jobs", jobs, "--output-format", "json", ".") for jobs in "12")
    assert one.out == two.out and one.out.count("\n") == 300


# --- silenced and weighed ---


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# kept", "# sigmacast: ignore[SC102]"),
        ("# kept", "# sigmacast: ignore[SC999, fields]"),
        ("        'errorcode", "        # sigmacast: ignore[sc102]\n        'errorcode"),
        ("title: Bad", "# sigmacast: ignore-file[SC102]\ntitle: Bad"),
    ],
)
def test_a_comment_silences_a_finding_and_is_counted(run, tmp_path, old, new):
    (tmp_path / "bad.yml").write_text(BAD.replace(old, new))
    result = only_fields(run, "bad.yml")
    assert (result.code, result.out) == (0, "")
    assert "1 silenced by comments" in result.err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# kept", "# sigmacast: ignore[SC103]"),
        ("title: Bad", "# sigmacast: ignore[SC102]\ntitle: Bad"),
        ("title: Bad", "title: 'Bad sigmacast: ignore-file[SC102]'"),
    ],
)
def test_other_comments_silence_nothing(run, tmp_path, old, new):
    (tmp_path / "bad.yml").write_text(BAD.replace(old, new))
    assert "SC102" in only_fields(run, "bad.yml").out


def test_settings_weigh_and_leave_out(run, bad, tmp_path):
    settings = tmp_path / "sigmacast.toml"
    settings.write_text('[severities]\nSC102 = "error"\n')
    assert only_fields(run, "bad.yml").code == 1
    settings.write_text('[severities]\nfields = "off"\n')
    assert "SC102" not in run("check", "bad.yml").out
    settings.write_text('exclude = ["bad*"]\n')
    assert only_fields(run, "bad.yml").code == 3
    settings.write_text('checks = ["SC103"]\n')
    assert "SC102" not in run("check", "bad.yml").out
    for text in ('[severities]\nSC1 = "off"\n', '[severities]\nSC102 = "loud"\n'):
        settings.write_text(text)
        assert run("check", "bad.yml").code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--only", "feilds"),
        ("--profile", "mine"),
        ("--today", "yesterday"),
        ("-t", "kqll"),
    ],
)
def test_unknown_words_are_wrong_usage(run, bad, arguments):
    result = run("check", *arguments, bad)
    assert result.code == 2 and "Traceback" not in result.err


def test_each_check_is_what_the_table_says():
    for name in CHECKS:
        found = check_of(name)
        assert found.name == name
        assert (found.run is not None) or (found.whole is not None)
        assert found.codes and found.title


# --- mended ---


def test_fix_changes_the_field_and_nothing_else(run, bad):
    shown = only_fields(run, "--diff", "bad.yml")
    assert "-        'errorcode|contains': Denied   # kept\n" in shown.out
    assert "+        'errorCode|contains': Denied   # kept\n" in shown.out
    assert bad.read_text() == BAD
    result = only_fields(run, "--fix", "bad.yml")
    assert (result.code, result.out) == (0, "")
    assert bad.read_text() == BAD.replace("errorcode", "errorCode")
    again = only_fields(run, "--fix", "bad.yml")
    assert "0 findings mended" in again.err and bad.read_text() == BAD.replace("errorc", "errorC")


def test_line_ends_and_other_documents_stay(run, tmp_path):
    text = f"{BAD}---\n{BAD.replace('9d11', '9d12')}".replace("\n", "\r\n")
    (tmp_path / "two.yml").write_bytes(text.encode())
    only_fields(run, "--fix", "two.yml")
    assert (tmp_path / "two.yml").read_bytes() == text.replace("errorcode", "errorCode").encode()


def test_standard_input_is_shown_and_not_written(run):
    result = only_fields(run, "--fix", "-", stdin=BAD)
    assert "+        'errorCode|contains'" in result.out


@given(st.text("ab\n: '\"#|-é\U0001f600", max_size=60), st.data())
def test_what_is_cut_and_pasted_is_all_that_changes(text, data):
    """Of corrections in any order, in any place: what is outside of them stays."""
    places = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    made = [
        Replacement(start, end, "X") for start, end in zip(places[::2], places[1::2], strict=False)
    ]
    changed = fixed(text, data.draw(st.permutations(made)))
    expected, at = "", 0
    for each in made:
        expected += text[at : each.start] + "X"
        at = each.end
    assert changed in (expected + text[at:], text)


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_marks_count_characters_whatever_ends_the_lines(separator):
    text = separator.join(["a: 'ü😀'", "b:", "  - x", "  - y: z", ""])
    marks = Marks(text, 0)
    for route, key, value in (
        (("a",), "a", "'ü😀'"),
        (("b", 0), "x", "x"),
        (("b", 1, "y"), "y", "z"),
    ):
        place = marks.key(route)
        assert text[place.start : place.end] == key
        place = marks.value(route)
        assert text[place.start : place.end] == value
    assert marks.value(("b", 7)) is None and marks.key(("b", "q", "r")) is not None


def test_hostile_documents_end_in_a_report(run, tmp_path):
    deep = "[" * 90 + "x" + "]" * 90
    (tmp_path / "deep.yml").write_text(
        detection(f"selection:\n    eventName: {deep}\ncondition: s")
    )
    (tmp_path / "anchors.yml").write_text(
        detection(
            "a: &a\n    eventName: &n x\nb:\n    <<: *a\n    errorcode: *n\ncondition: a or b"
        )
    )
    (tmp_path / "bytes.yml").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "wide.yml").write_text(
        detection("selection:\n    eventName:\n" + "        - x\n" * 5000 + "condition: selection")
    )
    result = run("check", "--output-format", "json", ".")
    assert result.code == 1
    assert "SC900" not in result.out and "Traceback" not in result.err
