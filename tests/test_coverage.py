"""``coverage``: techniques by their rules, as a table, as JSON lines, as a Navigator layer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conftest import ROOT, RULE, assert_text


def tagged(title, *tags, level="low"):
    listed = "".join(f"    - {tag}\n" for tag in tags)
    tail = f"tags:\n{listed}level: {level}" if tags else f"level: {level}"
    rule = RULE.replace("A user is created", title).replace("level: low", tail)
    return re.sub("^id: .*\n", "", rule, flags=re.MULTILINE)


@pytest.fixture
def rules(tmp_path):
    """Five rules; two share a technique, one is written for v18, two name none."""
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in {
        "a": tagged("User", "attack.persistence", "attack.t1136.003", level="high"),
        "b": tagged("Two", "attack.persistence", "attack.t1136.003", "attack.t1098"),
        "c": tagged("Trail", "attack.defense-evasion", "attack.t1562.008", "attack.t9999"),
        "d": tagged("Tactic", "attack.impact", "attack.g0007"),
        "e": tagged("None", "cve.2021-1234"),
    }.items():
        (folder / f"{name}.yml").write_text(text)
    return folder


def test_a_row_for_each_technique_under_each_tactic(run, rules):
    result = run("coverage", rules)
    assert result.code == 0
    head, *lines = result.out.splitlines()
    assert head.split() == ["TACTIC", "TECHNIQUE", "NAME", "RULES"]
    assert lines == [
        "Persistence         T1098      Account Manipulation                                  1",
        "Persistence         T1136.003  Create Account: Cloud Account                         2",
        "Defense Impairment  T1685.002  Disable or Modify Tools: Disable or Modify Cloud Log  1",
        "",
        "1 of 222 techniques and 2 of 475 sub-techniques of ATT&CK v19, 5 rules, "
        "1 with tactics only, 1 without ATT&CK tags",
    ]
    assert result.err.splitlines() == [
        "T1562.008 counted as T1685.002, which stands for it in ATT&CK v19: 1 rule",
        "attack.t9999 is unknown to ATT&CK v19: 1 rule",
    ]


def test_the_other_version(run, rules):
    result = run("coverage", rules, "--attack", "v18")
    assert "Defense Evasion  T1562.008  Impair Defenses: Disable or Modify Cloud Logs" in result.out
    assert "of 216 techniques" in result.out
    assert result.err == "attack.t9999 is unknown to ATT&CK v18: 1 rule\n"


def test_quiet_leaves_the_result(run, rules):
    result = run("coverage", "-q", rules)
    assert result.err == "" and "T1136.003" in result.out


def test_the_json_contract(run, rules, update_golden):
    result = run("coverage", "--json", "rules")
    pretty = "".join(
        json.dumps(json.loads(line), indent=1, ensure_ascii=False) + "\n"
        for line in result.out.splitlines()
    )
    assert_text(Path(__file__).parent / "contract.coverage.json.txt", pretty, update=update_golden)


def test_rules_of_one_technique_may_name_different_tactics(run, tmp_path):
    (tmp_path / "a.yml").write_text(tagged("A", "attack.persistence", "attack.t1078"))
    (tmp_path / "b.yml").write_text(tagged("B", "attack.stealth", "attack.t1078"))
    (line,) = run("coverage", "--json", "a.yml", "b.yml").out.splitlines()
    found = json.loads(line)
    assert found["tactics"] == ["persistence", "stealth"]
    assert [rule["tactics"] for rule in found["rules"]] == [["persistence"], ["stealth"]]


def test_two_rules_of_one_name_are_two(run):
    both = "---\n".join([tagged("A", "attack.t1136")] * 2)
    (line,) = run("coverage", "--json", "-", stdin=both).out.splitlines()
    assert len(json.loads(line)["rules"]) == 2


def test_the_layer(run, rules, tmp_path):
    result = run("coverage", rules, "--layer", "deep/layer.json")
    assert result.code == 0 and "T1136.003" in result.out
    layer = json.loads((tmp_path / "deep" / "layer.json").read_text(encoding="utf-8"))
    assert layer["name"] and layer["domain"] == "enterprise-attack"
    assert layer["versions"] == {"attack": "19", "navigator": "4.9.0", "layer": "4.5"}
    assert layer["gradient"] == {"colors": ["#c6dbef", "#2171b5"], "minValue": 1, "maxValue": 2}
    assert [item["label"] for item in layer["legendItems"]] == ["1 rule", "2 rules"]
    entries = [
        (each["techniqueID"], each["tactic"], each.get("score"), each["showSubtechniques"])
        for each in layer["techniques"]
    ]
    assert entries == [
        ("T1098", "persistence", 1, False),
        ("T1136", "persistence", None, True),
        ("T1136.003", "persistence", 2, False),
        ("T1685", "defense-impairment", None, True),
        ("T1685.002", "defense-impairment", 1, False),
    ]
    assert layer["techniques"][2] == {
        "techniqueID": "T1136.003",
        "tactic": "persistence",
        "score": 2,
        "color": "",
        "comment": "User (high)\nTwo (low)",
        "enabled": True,
        "metadata": [],
        "links": [],
        "showSubtechniques": False,
    }


def test_a_layer_of_v18_says_so(run, rules, tmp_path):
    run("coverage", rules, "--layer", "l.json", "--attack", "v18")
    layer = json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))
    assert layer["versions"]["attack"] == "18"
    assert {each["tactic"] for each in layer["techniques"]} == {"persistence", "defense-evasion"}


def test_a_technique_and_its_subtechnique_count_apart(run, tmp_path):
    (tmp_path / "a.yml").write_text(tagged("A", "attack.t1136", "attack.t1136.003"))
    run("coverage", "a.yml", "--layer", "l.json")
    layer = json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))
    assert [(each["score"], each["showSubtechniques"]) for each in layer["techniques"]] == [
        (1, True),
        (1, False),
    ]


def test_rules_without_techniques_cover_nothing(run, rules, tmp_path):
    result = run("coverage", rules / "e.yml", "--layer", "l.json")
    assert result.code == 0
    assert result.out.splitlines() == [
        "0 of 222 techniques and 0 of 475 sub-techniques of ATT&CK v19, 1 rule, "
        "1 without ATT&CK tags"
    ]
    layer = json.loads((tmp_path / "l.json").read_text(encoding="utf-8"))
    assert layer["techniques"] == []
    assert layer["gradient"]["minValue"] < layer["gradient"]["maxValue"]


def test_a_correlation_counts_for_the_rules_it_uses(run, tmp_path):
    used = tagged("Used", "attack.t1136.003").replace("title:", "name: used\ntitle:")
    correlation = (
        "title: Many\ncorrelation:\n    type: event_count\n    rules: [used]\n"
        "    group-by: [userIdentity.arn]\n    timespan: 1h\n    condition: {gte: 5}\n"
        "tags: [attack.persistence, attack.t1098]\n"
    )
    (tmp_path / "r.yml").write_text(f"{used}---\n{correlation}")
    result = run("coverage", "r.yml")
    assert "T1098" in result.out and "T1136" not in result.out and ", 1 rule" in result.out


def test_a_tag_cannot_drive_the_terminal(run, tmp_path):
    (tmp_path / "a.yml").write_text(tagged("A", '"attack.\\e[2J"'))
    assert "\x1b" not in run("coverage", "a.yml").err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rules"], 0),
        (["rules", "--json"], 0),
        (["-"], 0),
        (["rules", "broken.yml"], 1),
        (["broken.yml"], 1),
        (["rules", "missing.yml"], 1),
        ([], 2),
        (["rules", "--attack", "v17"], 2),
        (["rules", "--color", "pink"], 2),
        (["rules", "--layer", "broken.yml/l.json"], 2),
        (["missing.yml"], 3),
        (["empty"], 3),
        (["empty", "--layer", "l.json"], 3),
    ],
)
def test_exit_codes(run, rules, tmp_path, arguments, code):
    (tmp_path / "broken.yml").write_text("a: [")
    (tmp_path / "empty").mkdir()
    result = run("coverage", *arguments, stdin=RULE)
    assert result.code == code, result
    assert not (tmp_path / "l.json").exists()


def test_what_could_not_be_read_is_said_and_the_rest_is_counted(run, rules, tmp_path):
    (tmp_path / "broken.yml").write_text("a: [")
    result = run("coverage", "rules", "broken.yml", "missing.yml")
    assert "T1136.003" in result.out
    assert (
        "broken.yml:2:1: error[SC002]" in result.err
        and "missing.yml: no such file or folder" in result.err
    )


def test_each_option_is_documented(run):
    page = (ROOT / "docs" / "coverage.md").read_text(encoding="utf-8")
    for option in set(re.findall(r"--[a-z-]+", run("coverage", "--help").out)) - {"--help"}:
        assert option in page, option
