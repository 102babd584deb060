"""Loading: what is a rule, where it stands, what is wrong with it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
import yaml

import sigmacast
from conftest import RULE, converted, detection


def load(tmp_path: Path, content: str | bytes, name: str = "rule.yml"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return sigmacast.load([path])


@pytest.mark.parametrize(
    ("content", "code", "line", "says"),
    [
        ("", "SC003", None, "empty"),
        ("# only a comment\n", "SC003", None, "empty"),
        ("a: [\n", "SC002", 2, ""),
        ("- a\n- b\n", "SC003", 1, "a list"),
        ("just text\n", "SC003", 1, "text"),
        ("42\n", "SC003", 1, "a number"),
        (b"\xff\xfe\x00", "SC001", None, "binary"),
        (b"title: caf\xe9\n", "SC001", None, "UTF-8"),
        (b"\x7fELF\x00\x01", "SC001", None, "binary"),
        (RULE + "title: again\n", "SC004", 13, "'title'"),
        (RULE.replace("eventName:", "eventSource:"), "SC004", 10, "'eventSource'"),
        ("a: " + "[" * 5000, "SC005", 1, "deeper"),
        ("a: " + "{a: " * 5000, "SC005", 1, "deeper"),
        ("- " * 3000 + "x", "SC005", 1, "deeper"),
        ("\n".join(" " * n + "a:" for n in range(300)), "SC005", 101, "deeper"),
        (RULE.replace("    condition: selection\n", ""), "SC007", 7, "no condition"),
        (RULE.replace("condition: selection", "condition: 5"), "SC007", 11, "text"),
        (RULE.replace("condition: selection", "condition: 1 of other_*"), "SC007", 11, "other_*"),
        (
            RULE.replace("condition: selection", f"condition: {'(' * 150}selection{')' * 150}"),
            "SC005",
            11,
            "deeper than 100",
        ),
        (RULE.replace("title: A user is created\n", ""), "SC006", None, "title"),
        (RULE[: RULE.index("detection:")], "SC006", None, "detection"),
        (RULE.replace("eventName: CreateUser", "eventName: {a: b}"), "SC006", 10, "a mapping"),
        ("title: !!python/object:os.system x\n", "SC002", 1, "tag"),
        ("a: &a [*a]\n", "SC005", 1, "alias"),
        ("action: sing\ntitle: x\n", "SC003", 1, "sing"),
    ],
)
def test_bad_files_are_answered_with_place_and_cause(tmp_path, content, code, line, says):
    ruleset = load(tmp_path, content)
    assert not ruleset.sources
    (unusable,) = ruleset.unusable
    assert unusable.finding.code == code
    assert says in unusable.finding.message
    if line is not None:
        assert unusable.finding.line == line


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (RULE.replace("status: test", "date: 2024-13-45"), "SC006", "2024-13-45"),
        (RULE.replace("level: low", "level: scary"), "SC006", "scary"),
        (RULE.replace("condition: selection", "condition: selectoin"), "SC007", "selectoin"),
        (RULE.replace("condition: selection", "condition: selection and"), "SC007", ""),
        (RULE.replace("eventName:", "eventName|bogus:"), "SC006", "bogus"),
        (RULE.replace("eventName: CreateUser", "eventName|re: '('"), "SC006", "'('"),
        (RULE.replace("eventName: CreateUser", "eventName|cidr: x"), "SC006", "CIDR"),
    ],
)
def test_what_only_a_built_rule_shows(text, code, says):
    (conversion,) = converted(text, "kql")
    assert conversion.error.code == code
    assert says in conversion.error.message


def test_an_undefined_selection_is_answered_with_the_nearest():
    (conversion,) = converted(RULE.replace("condition: selection", "condition: selectoin"), "kql")
    assert conversion.error.hint == "did you mean 'selection'?"
    assert (conversion.error.line, conversion.error.column) == (11, 5)


def test_aliases_that_multiply_are_bounded(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    start = time.perf_counter()
    (unusable,) = load(tmp_path, "\n".join(lines)).unusable
    assert unusable.finding.code == "SC005"
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "item",
    ["userAgent|windash|contains: '-a -b -c -d -e -f -g'", "userAgent|expand: '%a%%b%%c%%d%'"],
)
def test_modifiers_that_multiply_are_bounded(tmp_path, item):
    (unusable,) = load(tmp_path, detection(f"a:\n    {item}\ncondition: a")).unusable
    assert unusable.finding.code == "SC005" and unusable.finding.line == 7


def test_a_selection_may_be_called_rules(tmp_path):
    text = RULE.replace("selection", "rules")
    (conversion,) = converted(text, "kql")
    assert conversion.error is None
    (unusable,) = load(tmp_path, detection("rules: {}\ncondition: rules")).unusable
    assert unusable.finding.code == "SC006"


def test_conditions_that_repeat_selections_are_bounded(tmp_path):
    selections = "".join(f"s{number}:\n    eventName: x\n" for number in range(400))
    conditions = "".join("\n  - 1 of s*" for _ in range(400))
    (unusable,) = load(tmp_path, detection(f"{selections}condition:{conditions}")).unusable
    assert unusable.finding.code == "SC005"


@pytest.mark.parametrize(("letters", "stars"), [(60, 20), (800, 4), (60, 4), (1_000, 3)])
def test_selection_patterns_that_backtrack_are_bounded(tmp_path, letters, stars):
    name, pattern = "a" * letters, "a*" * stars + "b"
    start = time.perf_counter()
    text = detection(f"{name}:\n    eventName: x\ncondition: 1 of {pattern}")
    (unusable,) = load(tmp_path, text).unusable
    assert unusable.finding.code == "SC005"
    assert time.perf_counter() - start < 5


def test_patterns_with_several_asterisks_are_taken(tmp_path):
    names = "".join(f"filter_main_of_{name}_here:\n    eventName: x\n" for name in "abcdefgh")
    text = detection(f"{names}condition: 1 of filter_*_of_*_h*")
    assert not load(tmp_path, text).unusable


def test_deep_conditions_within_the_limit_convert():
    deep = "(" * 90 + "selection" + ")" * 90
    (conversion,) = converted(RULE.replace("condition: selection", f"condition: {deep}"), "kql")
    assert conversion.error is None


def test_in_a_folder_other_yaml_is_passed_over(tmp_path):
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "info.yml").write_text("id: x\nregression_tests_info: []\n")
    (tmp_path / "other.yml").write_text("id: x\n")
    (tmp_path / "broken.yaml").write_text("a: [")
    (tmp_path / "notes.txt").write_text("no YAML")
    ruleset = sigmacast.load([tmp_path])
    assert [Path(source.path).name for source in ruleset.sources] == ["rule.yml"]
    assert [Path(bad.ref.path).name for bad in ruleset.unusable] == ["broken.yaml"]
    assert ruleset.passed_over == 1, "a description of test events belongs to a rule"


def test_a_named_file_must_be_a_rule(tmp_path):
    (unusable,) = load(tmp_path, "id: x\n", "info.yml").unusable
    assert unusable.finding.code == "SC006"


def test_a_link_back_up_is_not_followed_for_ever(tmp_path):
    (tmp_path / "rule.yml").write_text(RULE)
    os.symlink(tmp_path, tmp_path / "loop")
    os.symlink(tmp_path / "gone.yml", tmp_path / "dangling.yml")
    ruleset = sigmacast.load([tmp_path])
    assert len(ruleset.sources) == 1
    assert [bad.finding.code for bad in ruleset.unusable] == ["SC001"]


def test_documents_before_a_broken_one_are_kept(tmp_path):
    ruleset = load(tmp_path, f"{RULE}---\na: [\n")
    assert len(ruleset.sources) == 1
    assert [bad.finding.code for bad in ruleset.unusable] == ["SC002"]


def test_actions_are_resolved_and_the_sources_stay_apart(tmp_path):
    text = """
action: global
title: Common
logsource:
    product: aws
    service: cloudtrail
detection:
    condition: selection
---
detection:
    selection:
        eventName: A
---
detection:
    selection:
        eventName: B
---
action: repeat
detection:
    selection:
        eventName: C
"""
    ruleset = load(tmp_path, text)
    found = [query for c in sigmacast.convert(ruleset, ["kql"]) for query in c.queries]
    assert [query.rpartition(" ")[2] for query in found] == ['"A"', '"B"', '"C"']
    again = [query for c in sigmacast.convert(ruleset, ["kql"]) for query in c.queries]
    assert again == found


def test_merge_keys_and_anchors_work(tmp_path):
    text = detection("a: &a\n    eventName: A\nb:\n    <<: *a\n    awsRegion: B\ncondition: b")
    (conversion,) = converted(text, "kql")
    assert 'event.action: "A" and cloud.region: "b"' in conversion.queries[0]


def test_a_date_as_value_is_text():
    (conversion,) = converted(detection("a:\n    eventVersion: 2024-01-01\ncondition: a"), "kql")
    assert conversion.queries[0].endswith('aws.cloudtrail.event_version: "2024-01-01"')


def test_loading_does_not_change_what_was_loaded(tmp_path):
    ruleset = load(tmp_path, RULE)
    before = repr(ruleset.sources[0].data)
    list(sigmacast.convert(ruleset, ["kql", "eql", "esql", "lucene", "splunk"]))
    assert repr(ruleset.sources[0].data) == before


def test_a_rule_with_many_findings_is_parsed_for_its_places_once(tmp_path, monkeypatch):
    fields = "".join(f"    unknown{number}: x\n" for number in range(50))
    rules = load(tmp_path, detection(f"selection:\n{fields}condition: selection", title="Many"))
    composed = []
    compose_all = yaml.compose_all

    def counted(*given, **more):
        composed.append(given)
        return compose_all(*given, **more)

    monkeypatch.setattr(yaml, "compose_all", counted)
    (conversion,) = sigmacast.convert(rules, ["lucene"])
    lines = sorted(each.line for each in conversion.diagnostics if each.code == "SC102")
    assert lines == list(range(7, 57))
    assert len(composed) == 1
