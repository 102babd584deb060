"""``sigmacast check``: the validators of pySigma and SigmaHQ, and what each target says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import ROOT
from sigmacast.checks import check_of

NAME = "aws_cloudtrail_user_created.yml"
GOOD = """\
title: User Created by Somebody
id: 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11
status: experimental
description: |
    Detects that somebody creates a user.
references:
    - https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
author: sigmacast contributors
date: 2026-11-20
tags:
    - attack.persistence
    - attack.t1136.003
logsource:
    product: aws
    service: cloudtrail
detection:
    selection_name:
        eventSource: 'iam.amazonaws.com'
        eventName: 'CreateUser'
    selection_agent:
        userAgent|contains:
            - 'aws-cli'
            - 'boto'
    condition: all of selection_*
falsepositives:
    - Administrators
level: low
"""
TODAY = ("--today", "2026-11-27")
SIGMAHQ = ("--profile", "sigmahq", "-t", "splunk", *TODAY)
FINDING = re.compile(r"(\S+?)(?::(\d+):(\d+))?: (\w+)\[(SC\d+)\]: (.*) \(([\w-]+)\)")


@dataclass(frozen=True)
class Finding:
    path: str
    line: int | None
    severity: str
    code: str
    message: str
    name: str
    underlined: str | None
    help: str


def findings(out: str) -> list[Finding]:
    """The findings of the text report, with what it underlines."""
    found = []
    for block in out.split("\n\n"):
        head, *rest = block.strip("\n").split("\n")
        match = FINDING.fullmatch(head)
        if match is None:
            continue
        underlined = None
        if rest and re.match(r" +\d+ \| ", rest[0]):
            start = rest[1].index("^")
            underlined = rest[0][start : start + rest[1].count("^")]
        helped = next((line[8:] for line in rest if line.startswith("  help: ")), "")
        path, line, _, severity, code, message, name = match.groups()
        number = int(line) if line else None
        found.append(Finding(path, number, severity, code, message, name, underlined, helped))
    return found


@pytest.fixture
def check(run, tmp_path: Path) -> Callable[..., list[Finding]]:
    """Findings of validators and targets about a rule text."""

    def call(text: str, *options: str, name: str = NAME) -> list[Finding]:
        (tmp_path / name).write_text(text, encoding="utf-8")
        out = run("check", name, *options).out
        return [each for each in findings(out) if each.code in OURS]

    return call


OURS = {"SC721", "SC722", "SC741", "SC742", "SC743"}


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


# --- validators ---


def test_a_good_rule_is_clean(check):
    assert check(GOOD, *SIGMAHQ) == []


CASES = [
    # what is changed, into what, the validator, the text that it underlines
    ("author: sigmacast contributors\n", "", "sigmahq_author_existence", None),
    ("level: low\n", "", "sigmahq_level_existence", None),
    ("date: 2026-11-20\n", "", "sigmahq_date_existence", None),
    ("date: 2026-11-20\n", "modified: 2026-11-20\n", "sigmahq_modified_without_date", "2026-11-20"),
    ("date: 2026-11-20", "date: 2026-11-20\nmodified: 2026-11-20", "sigmahq_redundant_modified", 0),
    (
        "date: 2026-11-20",
        "date: 2026-11-20\nmodified: 2026-11-19",
        "sigmahq_modified_date_order",
        "2026-11-19",
    ),
    ("status: experimental", "status: stable", "sigmahq_status_to_high", "stable"),
    ("status: experimental", "status: deprecated", "sigmahq_status", "deprecated"),
    ("User Created", "Detects User Created", "sigmahq_title_start", 0),
    ("by Somebody", "by somebody", "sigmahq_title_case", "User Created by somebody"),
    ("by Somebody", "by Somebody.", "sigmahq_title_end", "User Created by Somebody."),
    ("by Somebody", "by Somebody" * 12, "sigmahq_title_length", 0),
    (
        "description: |\n    Detects that somebody creates a user.",
        "description: Short",
        "sigmahq_description_length",
        "Short",
    ),
    (
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html",
        "https://attack.mitre.org/techniques/T1136",
        "sigmahq_mitre_link",
        "https://attack.mitre.org/techniques/T1136",
    ),
    (
        "    - https://docs",
        "    - https://github.com/a/b/blob/master/c.md\n    - https://docs",
        "sigmahq_github_link",
        "https://github.com/a/b/blob/master/c.md",
    ),
    (
        "\nauthor",
        "\n    - https://a.example\n    - https://a.example\nauthor",
        "duplicate_references",
        "https://a.example",
    ),
    ("attack.persistence", "attack.persistance", "attacktag", "attack.persistance"),
    ("attack.t1136.003", "attack.t9999", "attacktag", "attack.t9999"),
    (
        "    - attack.persistence\n",
        "",
        "sigmahq_tags_techniques_without_tactics",
        "attack.t1136.003",
    ),
    ("1136.003\n", "1136.003\n    - attack.t1136.003\n", "duplicate_tag", "attack.t1136.003"),
    ("1136.003\n", "1136.003\n    - cve.2021\n", "cvetag", "cve.2021"),
    ("1136.003\n", "1136.003\n    - car.2021\n", "cartag", "car.2021"),
    ("1136.003\n", "1136.003\n    - stp.9\n", "stptag", "stp.9"),
    ("1136.003\n", "1136.003\n    - mine.x\n", "namespace_tag", "mine.x"),
    ("1136.003\n", "1136.003\n    - cve.A\n", "tag_format", "cve.A"),
    ("1136.003\n", "1136.003\n    - tlp.amber\n", "sigmahq_tags_tlp", "tlp.amber"),
    ("1136.003\n", "1136.003\n    - detection.mine\n", "detection_tag", "detection.mine"),
    (
        "1136.003\n",
        "1136.003\n    - tlp.clear\n    - tlp.red\n",
        "sigmahq_tags_unique_tlp",
        "tags",
    ),
    ("    service: cloudtrail", "    service: cloudtrail\n    x: y", "fieldname_logsource", "x"),
    ("'CreateUser'", "'CreateUser**'", "double_wildcard", "'CreateUser**'"),
    ("'CreateUser'", "'Create\\*'", "escaped_wildcard", "'Create\\*'"),
    ("- 'boto'", "- '*boto*'\n            - 'bo\\?'", "escaped_wildcard", "'bo\\?'"),
    ("eventName: 'CreateUser'", "eventName: '12'", "number_as_string", "'12'"),
    ("'CreateUser'", '"Create\\tUser"', "control_character", '"Create\\tUser"'),
    ("'CreateUser'", "'Create*'", "wildcards_instead_of_modifiers", "eventName"),
    ("eventName:", "eventName|all:", "invalid_modifier_combinations", "eventName|all"),
    ("eventName:", "eventName|contains|all:", "sigmahq_invalid_all_modifier", 0),
    ("eventName:", "event Name:", "sigmahq_space_field_name", "event Name"),
    (
        "eventName: 'CreateUser'",
        "eventName|re: 'a(?=b)'",
        "sigmahq_unsupported_regex_group_construct",
        "'a(?=b)'",
    ),
    ("- 'boto'", "- 'boto'\n            - 'BOTO'", "sigmahq_field_duplicate_value", "'BOTO'"),
    ("all of selection_*", "all of them", "all_of_them_condition", "all of them"),
    (
        "all of selection_*",
        "1 of selection_name or selection_agent",
        "sigmahq_missing_asterisk_condition",
        0,
    ),
    ("    - Administrators", "    - administrators", "sigmahq_falsepositives_capital", 0),
    ("    - Administrators", "    - None", "sigmahq_falsepositives_banned_word", "None"),
    ("    - Administrators", "    - Unkown", "sigmahq_falsepositives_typo_word", "Unkown"),
    ("level: low", "level: low\nfields:\n    - a", "sigmahq_fields_existence", "fields"),
    ("level: low", "level: low\nmine: 1", "sigmahq_unknown_field", "mine"),
    ("level: low", "level: low\nrealted: 1", "custom_attributes", "realted"),
]


@pytest.mark.parametrize(("old", "new", "name", "underlined"), CASES, ids=lambda value: str(value))
def test_each_validator_is_heard_at_its_place(check, old, new, name, underlined):
    found = [each for each in check(changed(old, new), *SIGMAHQ) if each.name == name]
    assert len(found) == 1, found
    assert found[0].severity == "error"
    assert found[0].code == ("SC742" if name.startswith("sigmahq_") else "SC741")
    assert found[0].help and "\n" not in found[0].message
    if isinstance(underlined, str):
        assert found[0].underlined == underlined
    elif underlined == 0:
        assert found[0].underlined is not None


def test_the_message_names_what_is_wrong(check):
    (found,) = check(changed("attack.t1136.003", "attack.t9999"), *SIGMAHQ)
    assert "attack.t9999" in found.message
    (found,) = check(changed("- 'boto'", "- 'boto'\n            - 'bo\\*to'"), *SIGMAHQ)
    assert found.message.endswith(": bo\\*to"), "as it is written"


def test_a_field_in_two_selections_is_found_twice(check):
    text = changed(
        "selection_agent:", "selection_more:\n        event Name: a\n    selection_agent:"
    )
    text = text.replace("eventName:", "event Name:")
    found = [each for each in check(text, *SIGMAHQ) if each.name == "sigmahq_space_field_name"]
    lines = [
        number for number, line in enumerate(text.splitlines(), start=1) if "event Name" in line
    ]
    assert [each.line for each in found] == lines


def test_nested_selections_have_their_places(check):
    text = changed(
        "        eventSource: 'iam.amazonaws.com'\n        eventName: 'CreateUser'\n",
        "        - eventSource: 'iam.amazonaws.com'\n"
        "        - eventName:\n              - 'a'\n              - 'b**c'\n",
    )
    (found,) = (each for each in check(text, *SIGMAHQ) if each.name == "double_wildcard")
    assert found.underlined == "'b**c'"


def test_old_attack_names_are_told_with_the_new_ones(check):
    text = changed("attack.persistence", "attack.defense_evasion").replace("t1136.003", "t1562.008")
    helps = {each.underlined: each.help for each in check(text) if each.name == "attacktag"}
    assert "attack.stealth" in helps["attack.defense_evasion"]
    assert "attack.t1685.002" in helps["attack.t1562.008"]


def test_groups_and_software_are_known(check):
    tags = "1136.003\n    - attack.g0016\n    - attack.s0154\n    - attack.s9999\n"
    found = [each for each in check(changed("1136.003\n", tags)) if each.name == "attacktag"]
    assert [each.underlined for each in found] == ["attack.s9999"]


def test_the_day_decides_whether_a_status_is_too_high(check):
    text = changed("status: experimental", "status: test")
    name = "sigmahq_status_to_high"
    soon = check(text, "--today", "2027-01-19")
    assert name in [each.name for each in soon], "60 days later"
    later = check(text, "--today", "2027-01-20")
    assert name not in [each.name for each in later], "61 days later"


def test_without_a_profile_conventions_are_no_errors(check):
    text = changed("by Somebody", "by somebody").replace("- attack.t1136.003", "- attack.t9999")
    found = {each.name: each.severity for each in check(text)}
    assert found["sigmahq_title_case"] == "note"
    assert found["attacktag"] == "warning"
    assert {each.severity for each in check(text, *SIGMAHQ) if each.code != "SC722"} == {"error"}


def test_sigmahq_leaves_out_what_its_configuration_leaves_out(check):
    text = changed("1136.003\n", "1136.003\n    - tlp.white\n")
    text = text.replace("service: cloudtrail", "service: mine")
    names = {each.name for each in check(text, *SIGMAHQ)}
    assert {"tlpv2_tag", "sigmahq_tags_tlp"} <= names
    assert names.isdisjoint({"tlptag", "tlpv1_tag", "sigmahq_logsource_unknown"})


@pytest.mark.parametrize("options", [(), SIGMAHQ])
def test_current_tlp_tags_are_not_taken_for_old_ones(check, options):
    found = check(changed("1136.003\n", "1136.003\n    - tlp.clear\n"), *options)
    assert not [each for each in found if each.code != "SC722"]


def test_a_selection_without_use_is_told_once(check):
    text = changed("all of selection_*", "selection_name")
    assert "dangling_detection" not in [each.name for each in check(text)]
    assert "dangling_detection" in [each.name for each in check(text, *SIGMAHQ)]


def test_file_names_are_judged_where_there_is_a_file(run, check, tmp_path):
    name = "sigmahq_filename_convention"
    found = [each for each in check(GOOD, *SIGMAHQ, name="Short.yml") if each.name == name]
    assert len(found) == 1 and found[0].line == 1 and "Short.yml" in found[0].message
    piped = run("check", "-", *SIGMAHQ, stdin=GOOD)
    assert name not in piped.out and "1 checked" in piped.err


def test_the_tree_of_a_rule_asks_for_a_tag(run, tmp_path):
    folder = tmp_path / "rules-threat-hunting"
    folder.mkdir()
    (folder / NAME).write_text(GOOD, encoding="utf-8")
    found = findings(run("check", folder, *SIGMAHQ).out)
    assert "sigmahq_tags_detection" in [each.name for each in found]
    (folder / NAME).write_text(changed("1136.003\n", "1136.003\n    - detection.threat-hunting\n"))
    found = findings(run("check", folder, *SIGMAHQ).out)
    assert "sigmahq_tags_detection" not in [each.name for each in found]


CORRELATION = """\
title: Many Users Created
id: 5a1d7d0c-5c0d-4c22-9d0a-4a55d1f7a1c2
status: experimental
description: Detects that somebody creates many users.
author: sigmacast contributors
date: 2026-11-20
correlation:
    type: temporal
    rules:
        - 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11
    group-by:
        - userIdentity.arn
    timespan: 1h
level: low
"""


def test_correlations_are_validated(check):
    name = f"correlation_{NAME}"
    found = check(f"{GOOD}---\n{CORRELATION}", *SIGMAHQ, name=name)
    names = [each.name for each in found if each.code != "SC722"]
    assert names == ["sigmahq_correlation_rules_minimum"]
    counted = CORRELATION.replace("temporal", "event_count").replace(
        "level", "    condition:\n        gte: 5\nlevel"
    )
    counted_found = check(f"{GOOD}---\n{counted}", *SIGMAHQ, name=name)
    assert {each.code for each in counted_found} <= {"SC722"}


# --- rules together ---


def test_rules_are_compared_with_each_other(run, tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    for folder in ("one", "two"):
        (tmp_path / folder / NAME).write_text(GOOD, encoding="utf-8")
    other = GOOD.replace("Somebody", "Anybody").replace("0c5b8f5e", "0c5b8f5f")
    (tmp_path / "one" / "aws_cloudtrail_other.yml").write_text(other, encoding="utf-8")
    found = [
        each for each in findings(run("check", "one", "two", *SIGMAHQ).out) if each.code in OURS
    ]
    expected = {
        "duplicate_filename": None,
        "duplicate_title": "User Created by Somebody",
        "identifier_uniqueness": "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11",
    }
    for path, elsewhere in ((f"one/{NAME}", f"two/{NAME}"), (f"two/{NAME}", f"one/{NAME}")):
        here = [each for each in found if each.path == path]
        assert {each.name: each.underlined for each in here} == expected
        assert all(each.message.endswith(f"(also in {elsewhere})") for each in here)
    assert len(found) == 2 * len(expected), "nothing about the third rule"


def test_many_processes_find_what_one_finds(run, tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    for number in range(260):
        text = GOOD.replace("0c5b8f5e", f"{number:08x}").replace("Somebody", f"Somebody {number}")
        if number % 100 == 1:
            text = text.replace("attack.t1136.003", "attack.t9999")
        if number in (5, 255):
            text = text.replace(f"Somebody {number}", "All")
        (folder / f"aws_cloudtrail_{number}.yml").write_text(text, encoding="utf-8")
    one, two = (run("check", "rules", *SIGMAHQ, "--jobs", jobs).out for jobs in ("1", "2"))
    assert one == two
    names = sorted(each.name for each in findings(one) if each.code in OURS)
    assert names == ["attacktag"] * 3 + ["duplicate_title"] * 2


# --- what cannot be judged ---


WINDOWS = GOOD.replace(
    "    product: aws\n    service: cloudtrail", "    product: windows\n    category: driver_load"
)


def test_what_lacks_data_is_said(check):
    (found,) = check(changed("1136.003\n", "1136.003\n    - d3fend.d3-aa\n"), *SIGMAHQ)
    assert (found.code, found.severity, found.name) == ("SC743", "note", "d3_fendtag")
    assert found.underlined == "d3fend.d3-aa"
    text = WINDOWS.replace("eventName: 'CreateUser'", "Provider_Name: x")
    notes = [each for each in check(text) if each.code == "SC743"]
    assert [each.name for each in notes] == ["sigmahq_category_windows_provider_name"]
    assert not [each for each in check(WINDOWS) if each.code == "SC743"]


def test_fields_of_other_log_sources_are_known_from_the_taxonomy(check):
    names = [each.message for each in check(WINDOWS) if each.name == "sigmahq_invalid_fieldname"]
    assert any("eventName" in message for message in names)
    assert "sigmahq_invalid_fieldname" not in [each.name for each in check(GOOD)]


def test_a_validator_that_stops_is_told_and_the_others_go_on(check):
    text = changed("    - Administrators", "    - ''").replace("t1136.003", "t9999")
    found = {each.name: each for each in check(text)}
    stopped = found["sigmahq_falsepositives_capital"]
    assert (stopped.code, stopped.severity) == ("SC743", "note")
    assert "attacktag" in found
    again = {each.name: each for each in check(text, *SIGMAHQ)}
    assert again["sigmahq_falsepositives_capital"].severity == "error"


def test_long_lists_do_not_keep_a_validator_busy(check):
    values = "".join(f"            - 'v{number}'\n" for number in range(2500))
    text = changed("            - 'boto'\n", values).replace("contains", "cased")
    name = "sigmahq_field_duplicate_value"
    (found,) = (each for each in check(text, "-t", "splunk") if each.name == name)
    assert found.code == "SC743" and "2000" in found.message
    shorter = changed("            - 'boto'\n", values[: len(values) // 3])
    assert name not in [each.name for each in check(shorter, "-t", "splunk")]


def test_many_findings_of_one_validator_are_counted(check):
    tags = "".join(f"    - attack.x{number}\n" for number in range(80))
    found = [
        each for each in check(changed("1136.003\n", f"1136.003\n{tags}")) if "attack" in each.name
    ]
    assert len(found) == 51 and found[0].message == "30 more findings of attacktag"


def test_a_rule_that_pysigma_refuses_has_no_conventions(run, tmp_path):
    (tmp_path / NAME).write_text(changed("level: low", "level: huge"), encoding="utf-8")
    result = run("check", NAME, *SIGMAHQ)
    assert "SC006" in result.out and "SC741" not in result.out and "SC9" not in result.out


OFFLINE = """\
import socket, sys
def refuse(*arguments, **options):
    raise AssertionError("the network was asked for")
class Refusing(socket.socket):
    __init__ = refuse
socket.socket, socket.getaddrinfo = Refusing, refuse
from sigmacast.app import main
sys.argv = ["sigmacast", *sys.argv[1:]]
main()
"""


def test_neither_network_nor_home_is_touched(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    tags = "1136.003\n    - d3fend.d3-aa\n    - attack.t1562.008\n"
    rules = {
        NAME: changed("1136.003\n", tags),
        "driver_load_mine.yml": WINDOWS.replace("eventName", "EventID"),
    }
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in rules.items():
        (folder / name).write_text(text, encoding="utf-8")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(home),
    }
    for options in ((), SIGMAHQ):
        done = subprocess.run(
            [sys.executable, "-c", OFFLINE, "check", "rules", *options],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "2 checked" in done.stderr and "Traceback" not in done.stderr
        names = {each.name for each in findings(done.stdout)}
        assert {"attacktag", "d3_fendtag", "sigmahq_invalid_fieldname"} <= names
        assert {each.code for each in findings(done.stdout)}.isdisjoint({"SC900"})
        assert list(home.iterdir()) == []


# --- names ---


def test_a_comment_silences_a_validator_by_its_name(run, check, tmp_path):
    text = changed("attack.t1136.003", "attack.t9999  # sigmacast: ignore[attacktag]")
    assert check(text, *SIGMAHQ) == []
    assert "1 silenced" in run("check", NAME, *SIGMAHQ).err


def test_settings_weigh_a_validator_by_its_name(run, check, tmp_path):
    (tmp_path / "sigmacast.toml").write_text('[severities]\nattacktag = "note"\n')
    (found,) = check(changed("attack.t1136.003", "attack.t9999"), *SIGMAHQ)
    assert found.severity == "note"


def test_names_are_those_of_the_packages():
    from sigma.validators.core import validators as core
    from sigma.validators.sigmahq import validators as sigmahq

    assert set(check_of("validators").aliases()) == {*core, *sigmahq}


def test_the_table_knows_each_validator():
    table = json.loads((ROOT / "tables" / "validators.json").read_text(encoding="utf-8"))
    names = set(check_of("validators").aliases())
    assert set(table["validators"]) == names
    assert all(each["hint"] for each in table["validators"].values())
    for left_out in table["left_out"].values():
        assert set(left_out) <= names


def test_list_checks_names_checks_and_validators(run):
    shown = run("list", "checks").out
    assert "SC741, SC742, SC743" in shown and "attacktag" in shown
    rows = [json.loads(line) for line in run("list", "checks", "--json").out.splitlines()]
    (row,) = (each for each in rows if each["check"] == "validators")
    assert row["codes"] == ["SC741", "SC742", "SC743"] and "sigmahq_title_case" in row["aliases"]


# --- targets ---


REGEX = changed("userAgent|contains:", "userAgent|re:")


def test_a_refusal_names_the_target_and_the_finding(check):
    (found,) = (each for each in check(REGEX) if each.code == "SC721")
    assert found.severity == "warning" and found.underlined == "userAgent|re"
    assert found.message.startswith("kql refuses the rule: ") and "(SC201)" in found.message
    assert "splunk" in found.help
    assert not [each for each in check(GOOD) if each.code == "SC721"]


def test_targets_with_the_same_refusal_are_one_finding(check):
    text = changed("userAgent|contains:", "userAgent|fieldref:")
    refusals = [each for each in check(text) if each.code == "SC721" and "SC201" in each.message]
    assert len(refusals) == 1 and refusals[0].message.startswith("kql, eql, lucene refuse the rule")


def test_a_difference_in_meaning_is_a_note(check):
    (found,) = (each for each in check(GOOD) if each.code == "SC722")
    assert found.severity == "note" and "(SC303)" in found.message
    assert found.message.startswith("kql: ") and found.underlined == "userAgent|contains"


def test_only_the_targets_of_the_run_are_tried(check, tmp_path):
    assert not [each for each in check(REGEX, "-t", "splunk") if each.name == "targets"]
    (tmp_path / "sigmacast.toml").write_text('targets = ["eql", "splunk"]\n')
    assert not [each for each in check(REGEX) if each.name == "targets"]
    assert [each for each in check(REGEX, "-t", "kql") if each.code == "SC721"]


def test_other_log_sources_are_tried_too(check):
    text = WINDOWS.replace("userAgent|contains:", "Image|re:")
    assert [each.underlined for each in check(text) if each.code == "SC721"] == ["Image|re"]


def test_a_pipeline_that_is_not_there_is_wrong_usage(run, tmp_path):
    (tmp_path / NAME).write_text(GOOD, encoding="utf-8")
    result = run("check", NAME, "-p", "nosuch")
    assert result.code == 2 and "nosuch" in result.err and "SC900" not in result.out


def test_what_reading_tells_is_not_told_again(run, tmp_path):
    (tmp_path / NAME).write_text(changed("all of selection_*", "nobody"), encoding="utf-8")
    found = findings(run("check", NAME).out)
    assert [each.code for each in found].count("SC007") == 1
    assert "SC721" not in [each.code for each in found]


def test_a_correlation_tells_what_its_rules_do_not(check):
    counted = CORRELATION.replace("temporal", "event_count").replace(
        "level", "    condition:\n        gte: 5\nlevel"
    )
    found = [each for each in check(f"{REGEX}---\n{counted}") if each.code == "SC721"]
    own = [each for each in found if each.underlined == "userAgent|re"]
    assert len(own) == 1, "the rule's refusal, at the rule"
    assert [each for each in found if "SC207" in each.message], "languages that cannot count"
    missing = [each for each in check(counted) if each.code == "SC721"]
    assert len(missing) == 1 and "(SC008)" in missing[0].message
