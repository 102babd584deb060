"""``sigmacast diff``: which queries a change of rules changes, between paths and git revisions."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import RULE

TARGETS = ["kql", "eql", "esql", "lucene", "splunk"]
ID = "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11"
ROLE = RULE.replace("CreateUser", "CreateRole")
REGEX = RULE.replace("eventName: CreateUser", "eventName|re: 'Create(User|Role)'")
OTHER = RULE.replace(ID, "1d6c9f6f-7c1b-4d88-9b46-ab9f6f5d0e22").replace("A user", "Another user")


def write(path: Path | str, text: str) -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def objects(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def git(*arguments: str, folder: str | Path = ".", stdin: bytes | None = None) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit(message: str = "x") -> str:
    git("add", "-A")
    git("commit", "-q", "-m", message)
    return git("rev-parse", "HEAD")


@pytest.fixture
def repository(run):
    """A repository whose first commit has one rule; the working folder is its top."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    git("init", "-q", "-b", "main")
    write("sigma/rules/a.yml", RULE)
    commit("first")
    return run


def test_the_same_is_no_difference(run):
    write("old/a.yml", RULE)
    write("new/a.yml", RULE + "# a comment\n")
    result = run("diff", "old", "new")
    assert (result.code, result.out) == (0, "")
    assert "no query differs (1 rule compared)" in result.err
    assert run("diff", "old", "new", "--exit-code").code == 0


def test_a_changed_query_is_a_unified_diff_for_each_target(run):
    write("old/a.yml", RULE)
    write("new/a.yml", ROLE)
    result = run("diff", "old", "new", "-t", "kql", "-t", "splunk")
    assert result.code == 0 and "1 rule changed" in result.err
    kql, splunk = re.split(r"(?m)^(?=--- )", result.out)[1:]
    assert kql.splitlines()[:3] == ["--- a.yml\tkql, old", "+++ a.yml\tkql, new", "@@ -1 +1 @@"]
    removed, added = kql.splitlines()[3:]
    assert removed.startswith("-event.dataset") and "CreateUser" in removed
    assert added.startswith("+event.dataset") and "CreateRole" in added
    assert "\tsplunk, old" in splunk and '+sourcetype="aws:cloudtrail"' in splunk


def test_all_targets_are_compared_unless_some_are_named_or_configured(run):
    write("old/a.yml", RULE)
    write("new/a.yml", ROLE)
    found = objects(run("diff", "old", "new", "--output-format", "json").out)
    assert [each["target"] for each in found] == TARGETS
    write("new/sigmacast.toml", 'targets = ["esql"]\n')
    found = objects(run("diff", "old", "new", "--output-format", "json").out)
    assert [each["target"] for each in found] == ["esql"]


def test_a_line_of_json_says_it_all(run):
    write("old/a.yml", RULE)
    write("new/sub/b.yml", ROLE)
    result = run("diff", "old", "new", "-t", "kql", "--output-format", "json")
    (found,) = objects(result.out)
    assert found["old"]["queries"] != found["new"]["queries"]
    assert "CreateUser" in found["old"]["queries"][0]
    found["old"].pop("queries"), found["new"].pop("queries")
    assert found == {
        "v": 1,
        "change": "changed",
        "rule": {"id": ID, "title": "A user is created"},
        "target": "kql",
        "format": "query",
        "old": {"side": "old", "path": "a.yml"},
        "new": {"side": "new", "path": "sub/b.yml"},
        "error": None,
    }


def changes(run, old: Path | str = "old", new: Path | str = "new", *options: str) -> list[tuple]:
    result = run("diff", old, new, "-t", "kql", "--output-format", "json", *options)
    assert result.code in (0, 1), result.err
    return [
        (each["change"], each["old"]["path"], each["new"]["path"]) for each in objects(result.out)
    ]


def test_a_rule_is_found_by_its_id_wherever_it_is(run):
    write("old/a.yml", RULE)
    write("new/elsewhere/b.yml", RULE)
    assert changes(run) == []
    write("new/elsewhere/b.yml", ROLE.replace(ID, ID.upper()))
    assert changes(run) == [("changed", "a.yml", "elsewhere/b.yml")]


def test_without_an_id_a_rule_is_found_by_its_path(run):
    without = re.sub("id:.*\n", "", RULE)
    write("old/a.yml", without)
    write("new/a.yml", without.replace("CreateUser", "CreateRole"))
    write("new/b.yml", without)
    assert changes(run) == [("changed", "a.yml", "a.yml"), ("added", None, "b.yml")]


def test_a_new_id_in_the_same_file_is_the_same_rule(run):
    write("old/a.yml", RULE)
    write("new/a.yml", OTHER)
    assert changes(run) == []


def test_an_id_wins_over_a_path(run):
    write("old/a.yml", RULE)
    write("old/b.yml", OTHER.replace("CreateUser", "CreateRole"))
    write("new/a.yml", OTHER.replace("CreateUser", "CreateRole"))
    write("new/b.yml", RULE)
    assert changes(run) == []


def test_rules_of_one_file_are_told_apart(run):
    without = re.sub("id:.*\n", "", RULE)
    write("old/a.yml", f"{without}---\n{without}")
    write("new/a.yml", f"{without}---\n{without.replace('CreateUser', 'CreateRole')}")
    assert changes(run) == [("changed", "a.yml", "a.yml")]


def test_an_id_that_two_rules_have_loses_neither(run):
    write("old/a.yml", f"{RULE}---\n{RULE}")
    write("new/a.yml", f"{RULE}---\n{ROLE}")
    assert changes(run) == [("changed", "a.yml", "a.yml")]
    write("new/a.yml", RULE)
    assert changes(run) == [("removed", "a.yml", None)]


def test_two_files_are_one_rule_whatever_they_are_called(run):
    old = write("one.yml", re.sub("id:.*\n", "", RULE))
    new = write("other.yml", re.sub("id:.*\n", "", ROLE))
    assert changes(run, old, new) == [("changed", str(old), str(new))]


def test_rules_come_and_go(run):
    write("old/a.yml", RULE)
    write("new/b.yml", OTHER)
    assert changes(run) == [("added", None, "b.yml"), ("removed", "a.yml", None)]
    result = run("diff", "old", "new", "-t", "kql")
    assert result.code == 0 and "1 rule added, 1 rule removed" in result.err
    assert "--- /dev/null\tkql, old\n+++ b.yml\tkql, new\n@@ -0,0 +1 @@\n+event" in result.out
    assert "+++ /dev/null\tkql, new\n@@ -1 +0,0 @@\n-event" in result.out


def test_a_rule_that_loses_its_query_fails_the_run(run):
    write("old/a.yml", RULE)
    write("new/a.yml", REGEX)
    result = run("diff", "old", "new")
    assert result.code == 1
    assert "1 rule changed, 1 rule newly refused" in result.err
    assert "+++ a.yml\tkql, new\n@@ -1 +0,0 @@\n-event.dataset" in result.out
    assert "\\ error[SC201]: KQL cannot say regular expressions" in result.out
    (kql,) = [
        each
        for each in objects(run("diff", "old", "new", "--output-format", "json").out)
        if each["target"] == "kql"
    ]
    assert kql["change"] == "refused" and kql["error"]["code"] == "SC201"


def test_a_refusal_that_is_not_new_fails_nothing(run):
    write("old/a.yml", REGEX)
    write("new/a.yml", REGEX.replace("(User|Role)", "(User|Group)"))
    write("new/b.yml", OTHER.replace("eventName: CreateUser", "eventName|re: 'Create(User|X)'"))
    result = run("diff", "old", "new")
    assert result.code == 0 and "newly refused" not in result.err
    found = objects(run("diff", "old", "new", "--output-format", "json").out)
    by_rule = {each["target"]: each for each in found if each["new"]["path"] == "b.yml"}
    assert by_rule["kql"]["change"] == "added" and by_rule["kql"]["error"]["code"] == "SC201"
    assert not [e for e in found if e["new"]["path"] == "a.yml" and e["target"] == "kql"]


def test_a_refusal_that_is_gone_is_told(run):
    write("old/a.yml", REGEX)
    write("new/a.yml", RULE)
    assert changes(run) == [("accepted", "a.yml", "a.yml")]
    result = run("diff", "old", "new", "-t", "kql")
    assert result.code == 0 and "1 rule no longer refused" in result.err


def test_exit_code_makes_any_difference_a_failure(run):
    write("old/a.yml", RULE)
    write("new/a.yml", ROLE)
    assert run("diff", "old", "new").code == 0
    assert run("diff", "old", "new", "--exit-code").code == 1


def test_a_rule_that_cannot_be_read_any_more_fails_the_run(run):
    write("old/a.yml", RULE)
    write("new/a.yml", "title: [\n")
    result = run("diff", "old", "new", "-t", "kql")
    assert result.code == 1 and "a.yml:" in result.err and "SC002" in result.err
    back = run("diff", "new", "old", "-t", "kql")
    assert back.code == 0 and "SC002" not in back.err and "no longer refused" in back.err


def test_artifacts_are_compared_key_by_key(run):
    for side, words in (("old", "Look at it."), ("new", "Look at it twice.")):
        write(f"{side}/rules/a.yml", RULE)
        guide = f"rule: {ID}\ninvestigation:\n    guide: {words}\n"
        write(f"{side}/deployments/rules/a.yml", guide)
    assert changes(run) == []
    result = run("diff", "old", "new", "-t", "kql", "-f", "rule")
    assert result.code == 0
    lines = [line for line in result.out.splitlines() if line[:1] in "+-"][2:]
    assert len(lines) == 2 and all('"note":' in line for line in lines)
    found = objects(run("diff", "old", "new", "-f", "rule", "--output-format", "json").out)
    assert [each["target"] for each in found] == ["kql", "lucene", "eql", "esql"]
    assert {each["format"] for each in found} == {"rule"}


def test_markdown_is_a_table_with_the_diffs_below(run):
    write("old/a.yml", RULE)
    write("new/a.yml", REGEX)
    write("new/b.yml", OTHER)
    result = run("diff", "old", "new", "--output-format", "markdown")
    lines = result.out.splitlines()
    assert lines[0] == "### Queries from `old` to `new`"
    assert "| rule | kql | eql | esql | lucene | splunk |" in lines
    assert "| `A user is created` | refused | changed | changed | changed | changed |" in lines
    assert "| `Another user is created` | added | added | added | added | added |" in lines
    assert lines.count("```diff") == 10 == lines.count("```")
    assert lines.count("<details><summary><code>A user is created</code></summary>") == 1


def test_nothing_in_a_rule_leaves_its_place_in_markdown(run):
    title = "x | `y` </code></details> @everyone #1 <img src=x> ```"
    value = "````\n</details>\n# head"
    write("old/a.yml", RULE)
    hostile = RULE.replace("title: A user is created", f"title: {json.dumps(title)}")
    hostile = hostile.replace("eventName: CreateUser", f"eventName: {json.dumps(value)}")
    write("new/a.yml", hostile)
    out = run("diff", "old", "new", "-t", "kql", "--output-format", "markdown").out
    lines = out.splitlines()
    (row,) = [line for line in lines if line.startswith("| `x")]
    assert row == "| `x \\| 'y' </code></details> @everyone #1 <img src=x> '''` | changed |"
    (summary,) = [line for line in lines if line.startswith("<details>")]
    inner = summary.removeprefix("<details><summary><code>").removesuffix("</code></summary>")
    assert not set("<>") & set(inner) and "@everyone" in inner
    fence = next(line for line in lines if line.endswith("diff") and line.startswith("`"))
    ticks = fence.removesuffix("diff")
    start, end = lines.index(fence), lines.index(ticks)
    assert len(ticks) == 5 and not [line for line in lines[start + 1 : end] if ticks in line]
    assert "</details>" not in lines[start:end] and lines[-1] == "</details>"


def test_markdown_fits_into_a_comment(run):
    for number in range(400):
        rule = OTHER.replace("1d6c9f6f", f"{number:08x}").replace("Another", f"User {number}")
        write(f"new/r{number}.yml", rule)
    Path("old").mkdir()
    out = run("diff", "old", "new", "--output-format", "markdown").out
    assert 30_000 < len(out) < 65_536
    assert "rules more than fit here" in out and "400 rules added" in out.lower()
    assert out.count("<details>") == out.count("</details>") > 5


def test_control_characters_are_shown_and_not_obeyed(run):
    write("old/a.yml", RULE)
    hostile = RULE.replace("eventName: CreateUser", 'eventName: "a\\e[31mb"')
    hostile = hostile.replace("A user", '"\\e]0;x\\a').replace("created\n", 'created"\n', 1)
    write("new/a.yml", hostile)
    for form in ("text", "markdown", "json"):
        result = run("diff", "old", "new", "-t", "kql", "--output-format", form)
        assert result.code == 0 and "changed" in result.err
        assert "[31mb" in result.out and not {"\x1b", "\x07"} & set(result.out + result.err)


def test_colour_is_for_text_alone(run):
    write("old/a.yml", RULE)
    write("new/a.yml", ROLE)
    assert "\x1b[31m-" in run("diff", "old", "new", "--color", "always").out
    assert "\x1b" not in run("diff", "old", "new").out
    markdown = run("diff", "old", "new", "--color", "always", "--output-format", "markdown")
    assert "\x1b" not in markdown.out


@pytest.mark.parametrize("old", ["main", "HEAD~1", "first", "{sha}"])
def test_revisions_are_compared_by_any_of_their_names(repository, old):
    first = git("rev-parse", "HEAD")
    git("tag", "first")
    git("checkout", "-q", "-b", "work")
    write("sigma/rules/a.yml", ROLE)
    commit()
    found = changes(repository, old.format(sha=first), "HEAD")
    assert found == [("changed", "sigma/rules/a.yml", "sigma/rules/a.yml")]


def test_a_revision_is_compared_with_the_working_tree(repository):
    assert changes(repository, "main", "sigma/rules") == []
    write("sigma/rules/a.yml", ROLE)
    write("sigma/rules/new.yml", OTHER)  # git does not know it yet
    expected = [
        ("changed", "sigma/rules/a.yml", "sigma/rules/a.yml"),
        ("added", None, "sigma/rules/new.yml"),
    ]
    assert changes(repository, "main", "sigma/rules") == expected
    for arguments in (["main"], ["main", "--", "sigma/rules"], ["main", "sigma", "sigma/rules"]):
        result = repository("diff", "-t", "kql", "--output-format", "json", *arguments)
        assert len(objects(result.out)) == 2, arguments
    back = changes(repository, "sigma/rules", "main")
    assert [each[0] for each in back] == ["changed", "removed"]


def test_paths_limit_revisions(repository):
    write("sigma/rules/b.yml", OTHER)
    write("elsewhere/c.yml", RULE.replace(ID, ID.replace("0c5b", "1c5b")))
    commit()
    result = repository("diff", "HEAD~1", "HEAD", "-t", "kql", "--output-format", "json")
    assert len(objects(result.out)) == 2
    for limits, paths in (
        (["sigma/rules"], ["sigma/rules/b.yml"]),
        (["sigma/rules/b.yml"], ["sigma/rules/b.yml"]),
        (["sigma/rules/a.yml"], []),
        (["elsewhere", "sigma"], ["elsewhere/c.yml", "sigma/rules/b.yml"]),
        ([str(Path("elsewhere").resolve())], ["elsewhere/c.yml"]),
    ):
        result = repository(
            "diff", "HEAD~1", "HEAD", "-t", "kql", "--output-format", "json", "--", *limits
        )
        assert [each["new"]["path"] for each in objects(result.out)] == paths, limits


def test_the_working_folder_limits_as_well(repository, monkeypatch):
    write("other/b.yml", OTHER)
    commit()
    monkeypatch.chdir("sigma")
    assert changes(repository, "HEAD~1", "HEAD") == []
    monkeypatch.chdir("../other")
    assert changes(repository, "HEAD~1", "HEAD") == [("added", None, "other/b.yml")]


def test_ranges_are_read_as_git_reads_them(repository):
    git("checkout", "-q", "-b", "work")
    write("sigma/rules/b.yml", OTHER)
    commit()
    git("checkout", "-q", "main")
    write("sigma/rules/a.yml", ROLE)
    commit()
    for written, expected in (
        ("main..work", {"changed", "added"}),
        ("main...work", {"added"}),
        ("main...", {"changed"} - {"changed"}),
        ("work..", {"changed", "removed"}),
    ):
        result = repository("diff", written, "-t", "kql", "--output-format", "json")
        assert {each["change"] for each in objects(result.out)} == expected, written


def test_what_exists_is_a_path_before_it_is_a_revision(repository):
    git("branch", "sigma")
    write("sigma/rules/a.yml", ROLE)
    assert changes(repository, "refs/heads/sigma", "sigma") == [
        ("changed", "sigma/rules/a.yml", "sigma/rules/a.yml")
    ]
    assert changes(repository, "sigma", "sigma") == []


def test_nothing_of_the_repository_is_touched(repository):
    write("sigma/rules/a.yml", ROLE)
    commit()
    write("sigma/rules/a.yml", RULE + "# dirty\n")
    git("add", "-A")
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in Path().rglob("*")
        if path.is_file()
    }
    repository("diff", "HEAD~1", "HEAD")
    after = {
        path: (path.stat().st_mtime_ns, path.read_bytes())
        for path in Path().rglob("*")
        if path.is_file()
    }
    assert after == before


def test_what_was_written_for_it_is_gone_afterwards(repository, monkeypatch, tmp_path):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    write("sigma/rules/a.yml", REGEX)
    commit()
    assert repository("diff", "HEAD~1", "HEAD").code == 1
    assert repository("diff", "HEAD~1", "HEAD", "-f", "nonsense").code == 2
    assert list(place.iterdir()) == []


def test_deployments_and_filters_are_those_of_the_revision(repository):
    guide = f"rule: {ID}\ninvestigation:\n    guide: Look.\n"
    write("sigma/deployments/rules/a.yml", guide)
    filtering = """\
title: Known
logsource:
    product: aws
    service: cloudtrail
filter:
    rules: any
    selection:
        userIdentity.userName: alice
    condition: not selection
"""
    write("sigma/filters/known.yml", filtering)
    write("sigmacast.toml", 'filters = ["sigma/filters"]\n')
    commit()
    write("sigma/deployments/rules/a.yml", guide.replace("Look.", "Look twice."))
    commit("guide")
    write("sigma/filters/known.yml", filtering.replace("alice", "bob"))
    commit("filter")

    def diff(old, new, *options):
        result = repository(
            "diff", old, new, "-t", "kql", "--output-format", "json", *options, "--", "sigma/rules"
        )
        return objects(result.out)

    assert diff("HEAD~2", "HEAD~1") == []
    (found,) = diff("HEAD~2", "HEAD~1", "-f", "rule")
    assert "Look twice." in found["new"]["queries"][0]
    assert "Look." in found["old"]["queries"][0]
    (found,) = diff("HEAD~1", "HEAD")
    assert "alice" in found["old"]["queries"][0] and "bob" in found["new"]["queries"][0]
    assert "bob" not in found["old"]["queries"][0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuch", "HEAD"], "'nosuch' is no file or folder here, and no revision"),
        (["HEAD", "nosuch"], "'nosuch' is no file or folder here, and no revision"),
        (["nosuch..HEAD"], "'nosuch..HEAD' is no file or folder"),
        (["sigma"], "compared with what"),
        (["sigma", "sigma", "sigma"], "nothing to limit"),
        (["-", "sigma"], "standard input"),
        (["HEAD", "HEAD", "--", "/etc"], "outside of the repository"),
        (["HEAD", "HEAD", "--", "../x"], "outside of the repository"),
        (["--", "--output=owned", "HEAD"], "no revision"),
        (["--", "-x", "HEAD"], "no revision"),
        (["HEAD\n", "HEAD"], "no revision"),
        (["HEAD:sigma/rules/a.yml", "HEAD"], "no revision"),
        (["sigma", "HEAD", "-t", "nonsense"], "nonsense"),
        (["sigma", "HEAD", "--output-format", "html"], "unknown report"),
        (["sigma", "HEAD", "-f", "rule", "-t", "splunk"], "not for splunk"),
    ],
)
def test_wrong_usage_is_told(repository, arguments, said):
    result = repository("diff", *arguments)
    assert result.code == 2 and said in result.err, result.err
    assert result.out == "" and not Path("owned").exists()


def test_no_rules_is_an_exit_code_of_its_own(repository):
    Path("one").mkdir(), Path("two").mkdir()
    assert repository("diff", "one", "two").code == 3
    result = repository("diff", "HEAD", "HEAD", "--", "nothing")
    assert result.code == 3 and "nothing: neither side has it" in result.err
    result = repository("diff", "HEAD", "HEAD", "--", "nothing", "sigma")
    assert result.code == 1 and "nothing: neither side has it" in result.err


def test_outside_of_a_repository_a_revision_is_told(run, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    write("a/a.yml", RULE)
    result = run("diff", "HEAD", "a")
    assert result.code == 2 and "no git repository here" in result.err
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("diff", "HEAD", "a")
    assert result.code == 2 and "git is not installed" in result.err
    assert run("diff", "a", "a").code == 0


def tree(entries: list[tuple[str, str, str, str]]) -> str:
    """A commit of a tree that git itself would not write: modes, kinds, ids and names as given."""
    listing = "".join(f"{mode} {kind} {id}\t{name}\0" for mode, kind, id, name in entries)
    id = git("mktree", "-z", "--missing", stdin=listing.encode())
    return git("commit-tree", id, "-m", "x")


def test_no_name_in_a_revision_leads_out(repository, tmp_path):
    blob = git("hash-object", "-w", "sigma/rules/a.yml")
    link = git("hash-object", "-w", "--stdin", stdin=b"/etc/passwd")
    fine = [("100644", "blob", blob, "fine.yml")]
    inner = git("mktree", "-z", stdin=f"100644 blob {blob}\towned.yml\0".encode())
    hostile = tree(
        [
            *fine,
            ("120000", "blob", link, "link.yml"),
            ("040000", "tree", inner, ".."),
            ("160000", "commit", "1" * 40, "module.yml"),
        ]
    )
    found = changes(repository, hostile, hostile)
    assert found == []
    result = repository("diff", hostile, tree(fine), "-t", "kql")
    assert result.code == 0 and "(1 rule compared)" in result.err
    assert not list(tmp_path.parent.glob("owned.yml")) and not Path("owned.yml").exists()


def test_objects_that_are_not_there_are_told_and_not_fetched(repository):
    lonely = tree([("100644", "blob", "2" * 40, "a.yml")])
    git("config", "remote.origin.url", "https://example.com/x.git")
    git("config", "remote.origin.promisor", "true")
    git("config", "extensions.partialClone", "origin")
    git("config", "core.repositoryFormatVersion", "1")
    result = repository("diff", lonely, "HEAD")
    assert result.code == 2 and "git has no content of a.yml" in result.err


def test_nothing_that_a_repository_configures_is_run(repository, tmp_path):
    script = tmp_path / "owned.sh"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/owned\ncat\n")
    script.chmod(0o755)
    for key in (
        "core.pager",
        "core.fsmonitor",
        "diff.external",
        "filter.x.smudge",
        "tar.x.command",
    ):
        git("config", key, str(script))
    write(".gitattributes", "*.yml filter=x diff=x\n")
    write("sigma/rules/a.yml", ROLE)
    git("config", "core.fsmonitor", "false")
    commit()
    (tmp_path / "owned").unlink(missing_ok=True)
    git("config", "core.fsmonitor", str(script))
    assert changes(repository, "HEAD~1", "HEAD")[0][0] == "changed"
    assert not (tmp_path / "owned").exists()


def test_odd_file_names_are_read(repository):
    names = ["with blank.yml", "ümläut.yml", "quote\"'.yml", "-dash.yml"]
    for number, name in enumerate(names):
        write(f"sigma/rules/{name}", OTHER.replace("1d6c9f6f", f"{number:08x}"))
    commit()
    found = changes(repository, "HEAD~1", "HEAD")
    assert sorted(each[2] for each in found) == sorted(f"sigma/rules/{name}" for name in names)


@pytest.mark.skipif(sys.platform != "linux", reason="bytes in names as Linux has them")
def test_a_name_in_no_encoding_is_read(repository):
    path = os.fsdecode(b"sigma/rules/\xff.yml")
    write(path, OTHER)
    commit()
    result = repository("diff", "HEAD~1", "HEAD", "-t", "kql")
    assert result.code == 0 and "1 rule added" in result.err


def test_a_repository_below_a_link_is_found(repository, monkeypatch, tmp_path):
    write("sigma/rules/a.yml", ROLE)
    commit()
    link = tmp_path.parent / f"{tmp_path.name}-link"
    link.symlink_to(tmp_path)
    try:
        monkeypatch.chdir(link)
        assert len(changes(repository, "HEAD~1", "sigma/rules")) == 1
    finally:
        link.unlink()


def test_a_clone_without_its_objects_fetches_none(repository, monkeypatch, tmp_path_factory):
    source = tmp_path_factory.mktemp("source") / "source"
    git("config", "uploadpack.allowFilter", "true")
    git("config", "uploadpack.allowAnySHA1InWant", "true")
    write("sigma/rules/a.yml", ROLE)
    commit()
    clone = ["clone", "-q", "--filter=blob:none", "--no-checkout", f"file://{Path().resolve()}"]
    git(*clone, str(source))
    monkeypatch.chdir(source)
    result = repository("diff", "HEAD~1", "HEAD")
    assert result.code == 2 and "fetch the revision first" in result.err
    git("checkout", "-q", "HEAD")  # git itself may fetch
    assert repository("diff", "HEAD", "sigma/rules").code == 0
