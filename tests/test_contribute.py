"""``sigmacast contribute``: into small repositories laid out as SigmaHQ's is, made here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import yaml

from conftest import ROOT

STEM = "aws_cloudtrail_iam_user_created_by_ec2_role"
SEED = ROOT / f"sigma/rules/cloud/aws/cloudtrail/{STEM}.yml"
ID = "2f8e22a3-bd9f-4f89-bc2f-026630a09b29"
TITLE = "AWS IAM User Made With EC2 Instance Role"
PLACE = "rules/cloud/aws/cloudtrail"
OTHER_ID = "b1a3c8de-93a6-4b0b-8a39-0d5b1f6f7c11"

LINTER = """\
extends: default
rules:
    comments: {require-starting-space: true, min-spaces-from-content: 1}
    comments-indentation: disable
    document-start: {present: false}
    empty-lines: {max: 2, max-start: 2, max-end: 2}
    indentation: {spaces: 4, indent-sequences: whatever}
    line-length: disable
"""
LOG_SOURCES = {
    "legit": {
        "aws": {"common": [], "empty": [], "category": {}, "service": {"cloudtrail": []}},
        "linux": {"common": ["Host"], "empty": [], "category": {}, "service": {"sshd": ["User"]}},
    },
    "addon": {"linux": {"category": {}, "service": {"sshd": ["Port"]}}},
}
TEMPLATE = """\
<!--
Please keep this text.
# No heading: it is in a comment
-->

### Summary of the Pull Request

<!-- Required -->

### Changelog

<!--
new: <title>
-->

### Example Log Event

<!-- For false positives -->

### Conventions

- Please follow them.
"""
# None of these is ever to be run: a file would appear where they are.
RUNNER = """\
import pathlib
pathlib.Path(__file__).with_name("was_run").touch()
KEYS = ("regression_tests_path", "regression_tests_info", "rule_metadata")
OPTIONAL = f"{0}.json"  # a name of a file is no type of a test: "jsonl"
def run(test):
    test_type = test.get("type", "unknown")
"""
EVTX = RUNNER + '    if test_type == "evtx":\n        return True\n    return False\n'
LINES = (
    RUNNER + '    return test.get("type") == "evtx" or test_type in {"json", "ndjson", "jsonl"}\n'
)
SINGLE = RUNNER + '    return test["type"] == "json"\n'
OTHER_FORM = LINES.replace("regression_tests_info", "test_cases")

SEED_DETECTION = """\
selection:
    eventSource: 'iam.amazonaws.com'
    eventName: 'CreateUser'
    errorCode: null
    userIdentity.type: 'AssumedRole'
    userIdentity.arn|contains: 'i-'
condition: selection
"""


def rule(detection: str, id: str = OTHER_ID, **more: str) -> str:
    """A rule in form, with a detection given as the YAML below that key."""
    facts = {
        "title": "AWS Other Rule",
        "id": id,
        "status": "test",
        "description": "Detects something else in the records of CloudTrail.",
        "author": "sigmacast contributors",
        "date": "2026-11-20",
        "tags": "\n    - attack.persistence\n    - attack.t1136.003",
        "logsource": "\n    product: aws\n    service: cloudtrail",
        **more,
    }
    head = "".join(f"{key}: {value}\n" for key, value in facts.items())
    body = "".join(f"    {line}\n" for line in detection.strip("\n").split("\n"))
    return f"{head}detection:\n{body}falsepositives:\n    - Unknown\nlevel: medium\n".replace(
        ": \n", ":\n"
    )


@pytest.fixture
def git(monkeypatch, tmp_path):
    """Run git in a folder, with an author and without the settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Somebody")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "somebody@example.com")

    def call(folder: Path, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    return call


@pytest.fixture
def shared(git, tmp_path):
    """Make a shared repository out of files by path, committed on the branch main."""

    def make(**options: object) -> Path:
        folder = tmp_path / "shared"
        files: dict[str, str] = {
            ".yamllint": LINTER,
            "tests/logsource.json": json.dumps(LOG_SOURCES),
            ".github/PULL_REQUEST_TEMPLATE.md": TEMPLATE,
            "tests/regression_tests_runner.py": options.get("runner", EVTX),
            **options.get("files", {}),
        }
        for path, text in files.items():
            if text is not None:
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_text(text, encoding="utf-8")
        git(folder, "init", "--quiet", "--initial-branch=main")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "-m", "begin")
        return folder

    return make


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, .git included, with its content and time."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def mine(tmp_path: Path, text: str, name: str = "aws_cloudtrail_my_rule.yml") -> Path:
    path = tmp_path / "mine" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_dry_run_into_an_empty_repository_shows_all_and_writes_nothing(run, shared):
    folder = shared()
    before = state(folder)
    done = run("contribute", SEED, "--repo", folder, "--dry-run")
    assert done.code == 0, done
    assert f"  {PLACE}/{STEM}.yml\n  branch {STEM}, from main\n" in done.out
    assert "compared with 0 rules for this log source" in done.out
    assert f"  the file stays byte for byte\n{SEED.read_text()}" in done.out
    assert "left out, since tests/regression_tests_runner.py runs evtx, and" in done.out
    assert f"new: {TITLE}" in done.out
    assert done.err == "nothing was written (--dry-run)\n"
    assert state(folder) == before


def test_commits_the_rule_alone_on_a_branch_of_its_own(run, shared, git):
    folder = shared()
    main = git(folder, "rev-parse", "main")
    done = run("contribute", SEED, "--repo", folder)
    assert done.code == 0, done
    assert "nothing was pushed" in done.err
    assert git(folder, "branch", "--show-current") == STEM
    assert git(folder, "rev-parse", "main") == git(folder, "rev-parse", "HEAD~1") == main
    assert git(folder, "diff", "--name-status", "main", "HEAD") == f"A\t{PLACE}/{STEM}.yml"
    assert git(folder, "log", "-1", "--format=%an %s") == f"Somebody new: {TITLE}"
    assert git(folder, "status", "--porcelain") == ""
    assert (folder / PLACE / f"{STEM}.yml").read_bytes() == SEED.read_bytes()


def test_the_runner_is_read_and_never_run(run, shared):
    folder = shared(runner=LINES)
    assert "attached as jsonl" in run("contribute", SEED, "--repo", folder).out
    assert not list(folder.rglob("was_run"))


# The first of each pair is what the repository has.
SAME = {
    "renamed and reordered": """\
        who: {userIdentity.arn|contains: I-, userIdentity.type: assumedrole}
        what:
            errorCode: null
            eventName: createuser
            eventSource: iam.amazonaws.com
        condition: all of w*
        """,
    "nested and repeated": """\
        a: {eventSource: iam.amazonaws.com, eventName: [CreateUser, CREATEUSER]}
        b: {errorCode: null, userIdentity.type: AssumedRole}
        c: {userIdentity.arn|contains: i-}
        condition: (a and (b and c)) or (a and b and c and not (not b))
        """,
    "with a part that another makes superfluous": """\
        a: {eventSource: iam.amazonaws.com, eventName: CreateUser, errorCode: null}
        b: {userIdentity.type: AssumedRole, userIdentity.arn: '*i-*'}
        c: {sourceIPAddress: 192.0.2.1}
        condition: (a and b) or (a and b and c)
        """,
}
GENERAL = {
    "without a test": "s: {eventSource: iam.amazonaws.com, eventName: CreateUser}\ncondition: s",
    "with more names": """\
        s:
            eventName: [CreateRole, CreateUser]
            errorCode: null
            userIdentity.type: AssumedRole
        condition: s
        """,
    "with a pattern": "s: {eventName|startswith: Create, errorCode: null}\ncondition: s",
    "with a filter that never concerns it": """\
        s: {eventName: CreateUser}
        f: {errorCode: '*'}
        condition: s and not f
        """,
}
SPECIAL = {
    "with a filter": SEED_DETECTION.replace("condition: selection", "")
    + "filter:\n    sourceIPAddress: 192.0.2.1\ncondition: selection and not filter",
    "with a narrower value": SEED_DETECTION.replace("contains: 'i-'", "contains: ':i-0'"),
}
APART = {
    "another event": SEED_DETECTION.replace("CreateUser", "DeleteTrail").replace("iam", "x"),
    "other tests of other events": "s: {eventName: StopLogging}\ncondition: s",
}


def unindented(text: str) -> str:
    from textwrap import dedent

    return dedent(text)


def relations(detection: str, run, shared, **more: str) -> tuple[int, str]:
    """What contributing the seed to a repository with one other rule says of that one."""
    other = rule(unindented(detection), **more)
    folder = shared(files={f"{PLACE}/aws_cloudtrail_other_rule.yml": other})
    done = run("contribute", SEED, "--repo", folder, "--dry-run")
    part = done.out.partition("\nsimilar rules\n")[2].partition("\nform\n")[0]
    assert re.search("compared with (1 rule|0 rules) for this log source", part)
    return done.code, part


@pytest.mark.parametrize("name", SAME)
def test_a_duplicate_is_found_whatever_it_is_written_like(name, run, shared):
    code, said = relations(SAME[name], run, shared)
    assert "it finds the same events" in said
    assert code == 1


@pytest.mark.parametrize("name", GENERAL)
def test_a_more_general_rule_contains_the_new_one(name, run, shared):
    code, said = relations(GENERAL[name], run, shared)
    assert "it contains the new rule" in said
    assert code == 0


@pytest.mark.parametrize("name", SPECIAL)
def test_a_rule_with_a_further_filter_is_contained(name, run, shared):
    code, said = relations(SPECIAL[name], run, shared)
    assert "it is contained in the new rule" in said
    assert "only it has" in said
    assert code == 0


@pytest.mark.parametrize("name", APART)
def test_rules_of_other_events_are_not_similar(name, run, shared):
    code, said = relations(APART[name], run, shared)
    assert said.strip() == "compared with 1 rule for this log source"
    assert code == 0


def test_a_rule_with_the_event_in_common_comes_near(run, shared):
    detection = """\
        s: {eventName: CreateUser, userAgent|contains: kali}
        condition: s
        """
    _, said = relations(detection, run, shared)
    assert "it comes near" in said
    assert "only it has userAgent: '*kali*'" in said


def test_other_log_sources_are_not_compared(run, shared):
    code, said = relations(
        SAME["renamed and reordered"], run, shared, logsource="\n    product: aws"
    )
    assert said.strip() == "compared with 0 rules for this log source"
    assert code == 0


def test_retired_rules_are_named_as_such_and_are_no_duplicates(run, shared):
    other = rule(SEED_DETECTION)
    folder = shared(files={"deprecated/aws/aws_cloudtrail_other_rule.yml": other})
    done = run("contribute", SEED, "--repo", folder, "--dry-run")
    assert "(100 % in common, deprecated)" in done.out
    assert done.code == 0


# What AWS's names make equal: each pair of detections, and whether it is the same rule.
AWS_PAIRS = [
    ("eventName: UpdateFunctionCode20150331v2", "eventName: UpdateFunctionCode", True),
    ("eventName: PutPublicAccessBlock",
     "eventName: [PutBucketPublicAccessBlock, PutAccountPublicAccessBlock]", True),
    ("eventName: CreateAccessKey",
     "eventSource: iam.amazonaws.com\neventName: CreateAccessKey", True),
    ("eventName: CreateUser", "eventSource: iam.amazonaws.com\neventName: CreateUser", False),
    ("eventName: CreateAccessKey",
     "eventSource: ec2.amazonaws.com\neventName: CreateAccessKey", False),
    ("eventName: UpdateFunctionCode", "eventName: UpdateFunctionConfiguration", False),
    ("eventName|cased: CreateAccessKey", "eventName: CreateAccessKey", False),
    ("requestParameters.x: 5", "requestParameters.x: '5'", False),
    ("requestParameters.x|re: 'a.c'", "requestParameters.x|re: 'A.c'", False),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "same"), AWS_PAIRS)
def test_names_that_aws_uses_for_the_same_are_the_same(one, other, same, run, shared, tmp_path):
    def detection(tests: str) -> str:
        return "s:\n" + "".join(f"    {line}\n" for line in tests.split("\n")) + "condition: s"

    folder = shared(files={f"{PLACE}/aws_cloudtrail_other_rule.yml": rule(detection(other))})
    path = mine(tmp_path, rule(detection(one), str(uuid.uuid4()), title="AWS My Rule"))
    done = run("contribute", path, "--repo", folder, "--dry-run")
    assert ("it finds the same events" in done.out) is same, done


ABC = "a: {eventName: CreateRole}\nb: {userAgent: x}\nc: {errorCode: y}\ncondition: "
LOGIC = [
    ("a and not (b or c)", "a and not b and not c", True),
    ("a and not (b and c)", "(not b or not c) and a", True),
    ("a and (b or (c and b))", "a and b", True),
    ("(a and b) or (a and c)", "a and (b or c)", False),
    ("a and not (b or c)", "a and not (b and c)", False),
    ("a and not b", "a and b", False),
]


@pytest.mark.parametrize(("one", "other", "same"), LOGIC)
def test_conditions_that_say_the_same_are_the_same(one, other, same, run, shared, tmp_path):
    """The fourth pair is the same, too, but only multiplied out, which is not done."""
    folder = shared(files={f"{PLACE}/aws_cloudtrail_other_rule.yml": rule(ABC + other)})
    path = mine(tmp_path, rule(ABC + one, str(uuid.uuid4()), title="AWS My Rule"))
    done = run("contribute", path, "--repo", folder, "--dry-run")
    assert ("it finds the same events" in done.out) is same, done
    assert ("the repository has the rule already" in done.err) is same


def test_large_rules_are_compared_in_bounded_time(run, shared, tmp_path):
    """Twenty alternatives of twenty values each, multiplied out, would be 20^20."""

    def large(last: str) -> str:
        parts = [
            f"s{n}:\n    requestParameters.f{n}|contains:\n"
            + "".join(f"        - 'v{n}x{m}{last}'\n" for m in range(60))
            for n in range(20)
        ]
        return "".join(parts) + "condition: all of s* or not (1 of s*)"

    folder = shared(files={f"{PLACE}/aws_cloudtrail_other_rule.yml": rule(large("a"))})
    path = mine(tmp_path, rule(large("b"), str(uuid.uuid4()), title="AWS My Rule"))
    start = time.monotonic()
    done = run("contribute", path, "--repo", folder, "--dry-run")
    assert time.monotonic() - start < 20
    assert "compared with 1 rule for this log source" in done.out


def test_related_rules_are_said_to_be(run, shared, tmp_path):
    text = SEED.read_text().replace(
        f"id: {ID}\n", f"id: {ID}\nrelated:\n    - id: {OTHER_ID}\n      type: similar\n"
    )
    folder = shared(
        files={f"{PLACE}/aws_cloudtrail_other_rule.yml": rule(GENERAL["without a test"])}
    )
    done = run("contribute", mine(tmp_path, text), "--repo", folder, "--dry-run")
    assert "in common, related: similar)" in done.out


UNTIDY = """\
---
# About the rule
level: medium
title: AWS My Rule
description: |
  First line
    further in
status: stable
id: 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11   # sigmacast: ignore[SC731]
date: 2026/11/4
author: 'sigmacast contributors'
tags: [attack.persistence, 'attack.t1136.003']
logsource:
  product: aws
  service: cloudtrail
# sigmacast: ignore[SC705]
detection:
  # what is made
  selection:
    eventSource: iam.amazonaws.com
    eventName:
    - CreateUser
    # and a group
    - "CreateGroup"
  condition: selection
falsepositives:
- Unknown{blanks}



references:
- https://example.com/a  # kept
""".replace("{blanks}", "   ")
TIDY = """\
# About the rule
title: AWS My Rule
id: 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11
status: experimental
description: |
    First line
      further in
references:
    - https://example.com/a  # kept
author: 'sigmacast contributors'
date: 2026-11-04
tags:
    - attack.persistence
    - 'attack.t1136.003'
logsource:
    product: aws
    service: cloudtrail
detection:
    # what is made
    selection:
        eventSource: iam.amazonaws.com
        eventName:
            - CreateUser
            # and a group
            - "CreateGroup"
    condition: selection
falsepositives:
    - Unknown


level: medium
"""


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_rule_is_brought_in_form_and_every_change_is_told(ends, run, shared, tmp_path):
    folder = shared()
    path = mine(tmp_path, UNTIDY.replace("\n", ends))
    done = run("contribute", path, "--repo", folder, "--force")
    assert done.code == 0, done
    assert (folder / PLACE / path.name).read_text() == TIDY
    told = [line for line in done.out.split("\n") if line.startswith("  changed: ")]
    assert "  changed: status is experimental, as for every new rule there (it was stable)" in told
    assert "  changed: comments that are for sigmacast are removed" in told
    assert "  changed: date is written 2026-11-04" in told
    assert "  changed: keys in the usual order" in told
    assert len(told) == 8 + (ends != "\n")
    assert path.read_text(encoding="utf-8") == UNTIDY  # as Python reads either end of lines


def test_the_form_of_a_formatted_rule_is_not_changed_again(run, shared, tmp_path):
    done = run("contribute", mine(tmp_path, TIDY), "--repo", shared(), "--dry-run")
    assert "the file stays byte for byte" in done.out
    assert "changed:" not in done.out


ANCHORED = """\
title: AWS My Rule
id: 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11
status: experimental
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: CreateUser
    condition: selection
falsepositives: &anchor
    - Unknown
references: *anchor
"""


def test_what_would_change_the_meaning_is_left_alone(run, shared, tmp_path):
    """An alias must follow its anchor, so that these keys cannot change places."""
    folder = shared()
    done = run("contribute", mine(tmp_path, ANCHORED), "--repo", folder, "--dry-run")
    assert "not changed, since that would change the meaning: keys in the usual order" in done.out
    assert "the file stays byte for byte" in done.out
    free = ANCHORED.replace(" *anchor", "\n    - https://example.com/a")
    done = run("contribute", mine(tmp_path, free), "--repo", folder, "--dry-run")
    assert "  changed: keys in the usual order" in done.out


def test_regression_data_is_attached_where_its_kind_is_run(run, shared, git):
    folder = shared(runner=LINES)
    done = run("contribute", SEED, "--repo", folder)
    assert done.code == 0, done
    assert (
        "attached as jsonl, which the repository's runner runs; 5 near misses stay here" in done.out
    )
    data = f"regression_data/{PLACE}/{STEM}"
    assert git(folder, "diff", "--name-only", "main", "HEAD").split("\n") == [
        f"{data}/{ID}.jsonl",
        f"{data}/info.yml",
        f"{PLACE}/{STEM}.yml",
    ]
    text = (folder / PLACE / f"{STEM}.yml").read_text()
    assert text == f"{SEED.read_text()}regression_tests_path: {data}/info.yml\n"
    assert "changed: regression_tests_path is added" in done.out
    events = [json.loads(line) for line in (folder / data / f"{ID}.jsonl").read_text().splitlines()]
    assert [event["eventName"] for event in events] == ["CreateUser"] * 3
    info = yaml.safe_load((folder / data / "info.yml").read_text())
    assert list(info) == [
        "id", "description", "date", "author", "rule_metadata", "regression_tests_info",
    ]  # fmt: skip
    assert uuid.UUID(info["id"]) != uuid.UUID(ID)
    assert info["rule_metadata"] == [{"id": ID, "title": TITLE}]
    (test,) = info["regression_tests_info"]
    assert (test["type"], test["match_count"]) == ("jsonl", 3)
    assert test["path"] == f"{data}/{ID}.jsonl"


@pytest.mark.parametrize(
    ("runner", "why"),
    [
        (EVTX, "runs evtx, and jsonl or ndjson is needed"),
        (SINGLE, "runs json, and jsonl or ndjson is needed"),
        (OTHER_FORM, "reads another form of info.yml"),
        ("def broken(:\n", "is not there or cannot be read"),
        ("(" * 5000 + ")" * 5000, "is not there or cannot be read"),
        (None, "is not there or cannot be read"),
    ],
)
def test_regression_data_is_left_out_where_it_would_break_the_ci(runner, why, run, shared):
    folder = shared(runner=runner)
    done = run("contribute", SEED, "--repo", folder)
    assert done.code == 0, done
    assert why in done.out
    assert not (folder / "regression_data").exists()
    assert "regression_tests_path" not in (folder / PLACE / f"{STEM}.yml").read_text()


def data_beside(path: Path, events: list[dict], **more: object) -> None:
    """Regression data for a rule of ``mine``."""
    folder = path.parent / "regression_data" / path.stem
    folder.mkdir(parents=True)
    (folder / "events.json").write_text(json.dumps(events))
    test = {"name": "made", "type": "json", "path": "events.json", **more}
    (folder / "info.yml").write_text(json.dumps({"regression_tests_info": [test]}))


EVENT = {
    "eventVersion": "1.08", "eventTime": "2026-11-20T10:00:00Z", "eventName": "CreateUser",
    "eventSource": "iam.amazonaws.com", "userIdentity": {"type": "IAMUser"},
}  # fmt: skip


def test_one_event_goes_as_json_and_ids_of_data_do_not_change(run, shared, tmp_path):
    path = mine(tmp_path, TIDY)
    data_beside(path, [EVENT])
    folder = shared(runner=SINGLE)
    id = yaml.safe_load(TIDY)["id"]
    shown = [run("contribute", path, "--repo", folder, "--dry-run").out for _ in range(2)]
    assert shown[0] == shown[1]
    assert "attached as json" in shown[0]
    run("contribute", path, "--repo", folder, "--force")
    data = folder / "regression_data" / PLACE / path.stem
    assert json.loads((data / f"{id}.json").read_text()) == EVENT
    assert "match_count" not in (data / "info.yml").read_text()
    assert uuid.UUID(yaml.safe_load((data / "info.yml").read_text())["id"])


def test_data_whose_test_fails_is_left_out(run, shared, tmp_path):
    path = mine(tmp_path, TIDY)
    data_beside(path, [EVENT], match_count=2)
    done = run("contribute", path, "--repo", shared(runner=LINES), "--dry-run")
    assert "left out, since its tests fail here (sigmacast test): 1 event matched" in done.out


def test_the_template_is_filled_in_and_kept(run, shared):
    out = run("contribute", SEED, "--repo", shared(), "--dry-run").out
    text = out.partition("\npull request\n")[2]
    kept = iter(text.split("\n"))
    assert all(line in kept for line in TEMPLATE.strip().split("\n"))  # all of it, in this order
    sections = text.split("\n### ")
    assert [each.split("\n")[0] for each in sections[1:]] == [
        "Summary of the Pull Request", "Changelog", "Example Log Event", "Conventions",
    ]  # fmt: skip
    assert "Detects the successful creation" in sections[1]
    assert "Tested offline on 3 events that it must match, and on 5 near misses" in sections[1]
    assert "Automation on an instance" in sections[1]
    assert sections[2].rstrip().endswith(f"-->\n\nnew: {TITLE}")
    assert "Detects" not in sections[3]


def test_without_a_template_the_text_is_ours(run, shared):
    folder = shared(files={".github/PULL_REQUEST_TEMPLATE.md": None})
    text = run("contribute", SEED, "--repo", folder, "--dry-run").out.partition("pull request\n")[2]
    assert text.startswith("### Summary\n\nDetects")
    assert f"### Changelog\n\nnew: {TITLE}\n" in text


GOOD = rule("selection:\n    eventName: CreateUser\ncondition: selection", title="AWS My Rule")
BAD = {
    "yamllint": (GOOD.replace("title: AWS", "title:   AWS"), "too many spaces after colon"),
    "log source": (GOOD.replace("cloudtrail\n", "vpcflow\n"), "aws/-/vpcflow is not in tests/logs"),
    "key of log source": (
        GOOD.replace("product: aws", "product: aws\n    vendor: x"),
        "key vendor",
    ),
    "trademark": (GOOD.replace("level:", "# See ATT&CK\nlevel:"), "'ATT&CK' is a trademark"),
    "repetition": (
        GOOD.replace("CreateUser", "\n            - CreateUser\n            - createuser"),
        "repeated in a list: createuser",
    ),
    "blank": (GOOD.replace("eventName", "event Name"), "a field name has a blank: event Name"),
    "them": (GOOD.replace("condition: selection", "condition: 1 of them"), "says 'them' where"),
    "no id": (GOOD.replace(f"id: {OTHER_ID}\n", ""), "the rule has no id"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_the_ci_would_fail_on_is_found(name, run, shared, tmp_path):
    text, said = BAD[name]
    assert text != GOOD
    more = ["--place", PLACE]
    folder = shared()
    before = state(folder)
    done = run("contribute", mine(tmp_path, text), "--repo", folder, *more)
    assert said in done.out
    assert done.code == 1
    assert "nothing was written" in done.err
    assert state(folder) == before
    clean = run("contribute", mine(tmp_path, GOOD), "--repo", folder, *more, "--dry-run")
    assert said not in clean.out


def test_findings_of_the_checks_count_as_in_the_ci(run, shared, tmp_path):
    path = mine(tmp_path, GOOD.replace("level: medium", "level: unheard"))
    done = run("contribute", path, "--repo", shared(), "--dry-run")
    assert "error[SC006]" in done.out
    assert done.code == 1


def test_fields_are_checked_where_the_repository_lists_them(run, shared, tmp_path):
    def said(field: str) -> str:
        source = "\n    product: linux\n    service: sshd"
        text = rule(f"selection:\n    {field}: x\ncondition: selection", logsource=source)
        path = mine(tmp_path, text, "lnx_sshd_my_rule.yml")
        return run("contribute", path, "--repo", folder, "--place", "rules/linux", "--dry-run").out

    folder = shared()
    assert "the field Usr is not among those of tests/logsource.json" in said("Usr")
    assert all("is not among those" not in said(each) for each in ("User", "Port", "Host"))


TREES = ("rules", "rules-threat-hunting", "deprecated", "unsupported")


@pytest.mark.parametrize("tree", TREES)
def test_ids_are_unique_in_all_trees(tree, run, shared):
    path = f"{tree}/x/aws_cloudtrail_unlike_it.yml"
    text = rule("s:\n    eventName: StopLogging\ncondition: s", ID)
    folder = shared(files={path: text})
    done = run("contribute", SEED, "--repo", folder, "--place", PLACE, "--dry-run")
    assert f"the id {ID} is that of {path}" in done.out
    assert done.code == 1


def test_exactly_the_same_detection_fails_the_repositorys_own_test(run, shared):
    def done(detection: str):
        (folder / PLACE / "aws_cloudtrail_other_rule.yml").write_text(rule(detection))
        subprocess.run(["git", "commit", "-q", "-a", "-m", "x"], cwd=folder)
        return run("contribute", SEED, "--repo", folder, "--dry-run")

    folder = shared(files={f"{PLACE}/aws_cloudtrail_other_rule.yml": rule(SEED_DETECTION)})
    assert "has exactly this detection (test_rules.py)" in done(SEED_DETECTION).out
    renamed = SEED_DETECTION.replace("selection", "other")
    assert "has exactly this detection" not in done(renamed).out
    assert done(renamed).code == 1  # it is still the same rule


def test_force_goes_on_in_spite_of_a_duplicate(run, shared, git):
    folder = shared(files={f"{PLACE}/aws_cloudtrail_other_rule.yml": rule(SEED_DETECTION)})
    assert run("contribute", SEED, "--repo", folder).code == 1
    assert git(folder, "branch", "--show-current") == "main"
    assert run("contribute", SEED, "--repo", folder, "--force").code == 0
    assert git(folder, "branch", "--show-current") == STEM


def test_the_place_is_where_rules_of_the_log_source_lie(run, shared, tmp_path):
    detection = "s:\n    eventName: {}\ncondition: s"
    places = ["rules/cloud/amazon/a", "rules/cloud/amazon/a", "rules/cloud/amazon/b"]
    files = {
        f"{place}/aws_cloudtrail_rule_{n}.yml": rule(
            detection.format(f"Stop{n}"), str(uuid.uuid4())
        )
        for n, place in enumerate(places)
    }
    folder = shared(files=files)
    said = run("contribute", SEED, "--repo", folder, "--dry-run").out
    assert f"place\n  rules/cloud/amazon/a/{STEM}.yml\n" in said
    asked = run("contribute", SEED, "--repo", folder, "--place", "rules-dfir/x/", "--dry-run").out
    assert f"place\n  rules-dfir/x/{STEM}.yml\n" in asked


def test_a_place_that_cannot_be_told_is_asked_for(run, shared, tmp_path):
    folder = shared()
    hunting = SEED.read_text().replace("tags:\n", "tags:\n    - detection.threat-hunting\n")
    done = run("contribute", mine(tmp_path, hunting), "--repo", folder, "--dry-run")
    assert done.code == 2
    assert "no rule below rules-threat-hunting is for this log source yet" in done.err


@pytest.mark.parametrize(
    "place", ["/etc", "../x", "rules/../../x", "docs", "rules/a b", ".git", ""]
)
def test_places_outside_of_the_trees_are_refused(place, run, shared):
    done = run("contribute", SEED, "--repo", shared(), "--place", place)
    assert done.code == 2
    assert "--place" in done.err


@pytest.mark.parametrize("name", ["rule.yml", "AWS_Cloudtrail_Rule.yml", "aws-cloudtrail-rule.yml"])
def test_file_names_that_no_rule_may_have_are_refused(name, run, shared, tmp_path):
    done = run("contribute", mine(tmp_path, GOOD, name), "--repo", shared(), "--force")
    assert done.code == 2
    assert "is no name for a rule there" in done.err


def test_a_name_without_the_prefix_of_its_product_is_found(run, shared, tmp_path):
    path = mine(tmp_path, GOOD, "cloudtrail_my_rule.yml")
    done = run("contribute", path, "--repo", shared(), "--dry-run")
    assert "the file name must begin with aws_" in done.out
    assert done.code == 1


def test_what_is_changed_there_already_or_no_repository_is_refused(
    run, shared, git, tmp_path, monkeypatch
):
    folder = shared(files={"rules/x/keep.txt": "x"})

    def refusal(*more: str) -> str:
        done = run("contribute", SEED, "--repo", *(more or (folder,)), "--dry-run")
        assert done.code == 2, done
        return done.err

    git(folder, "branch", STEM)
    assert f"the branch {STEM} is there already" in refusal()
    git(folder, "branch", "-D", STEM)
    (folder / "new.txt").write_text("x")
    assert "has changes (new.txt)" in refusal()
    (folder / "new.txt").unlink()
    (folder / "rules/x/keep.txt").write_text("y")
    assert "has changes (rules/x/keep.txt)" in refusal()
    git(folder, "checkout", "--quiet", "--", ".")
    below = folder / "rules"
    (below / "rules").mkdir()
    assert "lies in a git repository: give its top" in refusal(below)
    assert "no such folder" in refusal(tmp_path / "nowhere")
    plain = tmp_path / "plain"
    (plain / "rules").mkdir(parents=True)
    assert "is no git repository" in refusal(plain)
    git(plain, "init", "--quiet")
    assert "has no commit yet" in refusal(plain)
    (tmp_path / "empty").mkdir()
    assert "no repository of Sigma rules" in refusal(tmp_path / "empty")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert "git is not installed" in refusal()


def test_an_existing_file_is_never_replaced(run, shared, git):
    folder = shared(files={f"{PLACE}/{STEM}.yml": rule("s:\n    eventName: X\ncondition: s")})
    done = run("contribute", SEED, "--repo", folder, "--force")
    assert done.code == 2
    assert f"{PLACE}/{STEM}.yml is there already" in done.err


def test_a_failure_of_git_leaves_the_repository_as_it_was(run, shared, git, monkeypatch):
    folder = shared()
    monkeypatch.setenv("GIT_AUTHOR_NAME", "")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "")
    done = run("contribute", SEED, "--repo", folder)
    assert done.code == 2
    assert "git commit-tree failed" in done.err
    assert git(folder, "branch", "--format=%(refname:short)") == "main"
    assert git(folder, "status", "--porcelain") == ""


def test_a_checkout_that_fails_is_taken_back(run, shared, git):
    folder = shared()
    lock = folder / ".git" / "index.lock"
    lock.touch()  # another git is at work
    done = run("contribute", SEED, "--repo", folder)
    lock.unlink()
    assert done.code == 2
    assert "git checkout failed" in done.err
    assert git(folder, "branch", "--format=%(refname:short)") == "main"
    assert git(folder, "status", "--porcelain") == ""


@pytest.mark.skipif(os.name == "nt", reason="hooks and links of Unix")
def test_no_hook_of_the_repository_runs(run, shared):
    folder = shared()
    for name in ("post-checkout", "pre-commit", "commit-msg", "reference-transaction"):
        hook = folder / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\ntouch ../../was_run was_run\nexit 1\n")
        hook.chmod(0o755)
    assert run("contribute", SEED, "--repo", folder).code == 0
    assert not list(folder.parent.rglob("was_run"))


@pytest.mark.skipif(os.name == "nt", reason="links of Unix")
def test_links_out_of_the_repository_are_not_followed(run, shared, git, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "aws_cloudtrail_secret_rule.yml").write_text(rule(SEED_DETECTION))
    folder = shared()
    (folder / "rules").mkdir()
    (folder / "rules" / "cloud").symlink_to(outside)
    (folder / "rules" / "x").mkdir()
    (folder / "rules" / "x" / "aws_link.yml").symlink_to(outside / "aws_cloudtrail_secret_rule.yml")
    (folder / "rules-dfir").symlink_to(outside)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "links")
    for place in (PLACE, "rules-dfir/x"):
        done = run("contribute", SEED, "--repo", folder, "--place", place, "--force")
        assert done.code == 2
        assert "leads out of the repository by a link" in done.err
    done = run("contribute", SEED, "--repo", folder, "--place", "rules/x", "--dry-run")
    assert "compared with 0 rules for this log source" in done.out
    assert [path.name for path in outside.iterdir()] == ["aws_cloudtrail_secret_rule.yml"]


@pytest.mark.skipif(os.name == "nt", reason="links of Unix")
def test_settings_and_template_are_not_read_through_links(run, shared, git, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("### Summary of a secret\n")
    folder = shared(files={".github/PULL_REQUEST_TEMPLATE.md": None})
    (folder / ".github").mkdir(exist_ok=True)
    (folder / ".github" / "PULL_REQUEST_TEMPLATE.md").symlink_to(secret)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "links")
    assert "a secret" not in run("contribute", SEED, "--repo", folder, "--dry-run").out


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("extends: /etc/passwd\n", "extends a file"),
        ("extends: default\nignore-from-file: /etc/passwd\n", "reads further files"),
        ("rules: {quoted-strings: {extra-required: ['(a+)+$']}}\n", "holds expressions"),
        ("rules: {nonsense: enable}\n", 'no such rule: "nonsense"'),
        ("- a\n", "is no YAML mapping"),
    ],
)
def test_settings_of_the_linter_that_lead_elsewhere_are_not_followed(settings, why, run, shared):
    done = run("contribute", SEED, "--repo", shared(files={".yamllint": settings}), "--dry-run")
    assert done.code == 2
    assert why in done.err


def test_a_missing_linter_is_named_with_its_cure(run, shared, monkeypatch):
    folder = shared()
    monkeypatch.setitem(sys.modules, "yamllint.linter", None)
    done = run("contribute", SEED, "--repo", folder, "--dry-run")
    assert done.code == 2
    assert "pip install 'sigmacast[contribute]'" in done.err
    (folder / ".yamllint").unlink()
    subprocess.run(["git", "commit", "-q", "-a", "-m", "x"], cwd=folder, check=True)
    assert run("contribute", SEED, "--repo", folder, "--dry-run").code == 0


def test_an_id_that_is_a_path_names_no_file(run, shared, tmp_path):
    path = mine(tmp_path, TIDY.replace("0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11", "../../../../x"))
    data_beside(path, [EVENT])
    folder = shared(runner=LINES)
    done = run("contribute", path, "--repo", folder, "--force")
    assert "left out, since" in done.out
    assert not list(tmp_path.rglob("x.jsonl"))


def test_texts_cannot_write_to_the_terminal(run, shared, tmp_path):
    text = TIDY.replace("AWS My Rule", '"AWS My \\e[31mRule"')
    folder = shared(files={".github/PULL_REQUEST_TEMPLATE.md": "### Summary \x1b[2J\n"})
    done = run("contribute", mine(tmp_path, text), "--repo", folder, "--dry-run")
    assert "\x1b" not in done.out + done.err
    assert "\\x1b[2J" in done.out


@pytest.mark.parametrize(
    "text", ["{", "[]", json.dumps({"legit": {"aws": []}}), "[" * 100_000, '{"legit": {"aws": {}}}']
)
def test_broken_tables_of_log_sources_are_said_to_be(text, run, shared):
    folder = shared(files={"tests/logsource.json": text})
    done = run("contribute", SEED, "--repo", folder, "--dry-run")
    assert "tests/logsource.json of the repository is not of the known form" in done.out
    assert done.code == 1


def test_repositories_are_read_up_to_a_bound(run, shared, monkeypatch):
    files = {f"rules/x/aws_cloudtrail_rule_{n}.yml": GOOD for n in range(3)}
    files["rules/x/aws_cloudtrail_rule_long.yml"] = "#" * (1024 * 1024 + 1)
    folder = shared(files=files)
    warning = "the repository has more or larger rule files than are looked at"
    assert warning in run("contribute", SEED, "--repo", folder, "--dry-run").out
    (folder / "rules/x/aws_cloudtrail_rule_long.yml").unlink()
    subprocess.run(["git", "commit", "-q", "-a", "-m", "x"], cwd=folder, check=True)
    assert warning not in run("contribute", SEED, "--repo", folder, "--dry-run").out
    monkeypatch.setattr("sigmacast.contribution.repository.MAX_FILES", 2)
    assert warning in run("contribute", SEED, "--repo", folder, "--dry-run").out


def test_one_rule_is_asked_for(run, shared, tmp_path):
    folder = shared()

    def code(path: object, **more: object) -> tuple[int, str]:
        done = run("contribute", path, "--repo", folder, "--dry-run", **more)
        return done.code, done.err

    assert code(tmp_path / "nowhere.yml")[0] == 3
    empty = tmp_path / "none"
    empty.mkdir()
    assert code(empty)[0] == 3
    broken = mine(tmp_path, "title: [", "aws_cloudtrail_broken.yml")
    assert code(broken)[0] == 1
    several = mine(tmp_path, GOOD + "---\n" + GOOD, "aws_cloudtrail_several.yml")
    assert "one rule" in code(several)[1]
    assert code("-", stdin=GOOD) == (
        2, "sigmacast: the rule keeps its file name: give a file, not standard input\n",
    )  # fmt: skip
