"""The documentation says what the program does."""

from __future__ import annotations

import re

import pytest

import sigmacast
from conftest import ROOT, RULE
from sigmacast.config import FLAGS, LISTS, TABLES, TEXTS
from sigmacast.diagnostics import CODES
from sigmacast.regression import read_data
from sigmacast.targets import TARGETS

README = (ROOT / "README.md").read_text(encoding="utf-8")
SEED = ROOT / "sigma/rules/cloud/aws/cloudtrail/aws_cloudtrail_iam_user_created_by_ec2_role.yml"


def test_the_readme_is_short():
    assert len(README.splitlines()) < 150


def test_the_readme_shows_what_make_demo_prints(run):
    printed = run("convert", "-t", "all", SEED).out
    assert f"```text\n{printed}```" in README


def test_the_refusal_in_the_readme_is_real(run, tmp_path):
    (tmp_path / "rule.yml").write_text(
        "title: x\n" + "\n" * 6 + "logsource: {product: aws, service: cloudtrail}\n"
        "detection:\n    condition: a\n    a:\n        userAgent|re: x.y\n"
    )
    shown = re.search(r"```text\n(rule\.yml:.*?)```", README, re.DOTALL)
    assert shown and run("convert", "-t", "kql", "rule.yml").err.startswith(shown[1])


def test_the_library_example_runs(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(code, "README.md", "exec"), {})  # our own text
    assert "CreateUser" in capsys.readouterr().out


def test_each_link_leads_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


EXAMPLES = ROOT / "docs" / "examples"
WITHOUT_EXAMPLE = {
    "SC001": "a file that cannot be opened",
    "SC104": "another package's backend",
    "SC208": "a pipeline that refuses rules",
    "SC401": "events",
    "SC402": "events",
    "SC403": "events",
    "SC404": "a folder of regression data",
    "SC502": "events of a correlation",
    "SC900": "a defect",
}
"""Codes that no single rule shows, and what they need."""


@pytest.mark.parametrize("code", sorted(CODES))
def test_each_code_has_a_rule_that_shows_it(run, code):
    path = EXAMPLES / f"{code}.yml"
    if code in WITHOUT_EXAMPLE:
        assert not path.exists()
        return
    command = path.read_text(encoding="utf-8").splitlines()[0]
    assert command.startswith("# sigmacast ") and command.endswith(f" {code}.yml")
    *arguments, name = command.removeprefix("# sigmacast ").split()
    result = run(*arguments, str(EXAMPLES / name))
    assert code in result.err + result.out


def test_each_code_has_its_section():
    page = (ROOT / "docs" / "diagnostics.md").read_text(encoding="utf-8")
    for code in CODES.values():
        assert f"\n## {code.code}\n" in page
        assert code.why and code.cure and code.title


def test_each_setting_and_each_option_is_documented(run):
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for key in (*LISTS, *FLAGS, *TEXTS):
        assert f"\n{key} = " in page
    for key in TABLES:
        assert f"\n[{key}]" in page
    options = set(re.findall(r"--[a-z-]+", run("convert", "--help").out)) - {"--help"}
    long = {"--target": "-t", "--pipeline": "-p", "--output": "-o"}
    for option in options:
        assert long.get(option, option) in page, option


@pytest.mark.parametrize("command", ["match", "test", "synth"])
def test_each_option_of_the_commands_for_events_is_documented(run, command):
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    for option in set(re.findall(r"--[a-z-]+", run(command, "--help").out)) - {"--help"}:
        assert option in page, option


def test_the_form_of_regression_data_in_the_docs_is_read(tmp_path):
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    info = tmp_path / "regression_data/rules/cloud/aws/cloudtrail/RULE/info.yml"
    info.parent.mkdir(parents=True)
    info.write_text(text)
    for name in ("match", "denied"):
        (info.parent / f"{name}.json").write_text("{}")
    data = read_data(info)
    assert not data.problems and len(data.cases) == 2
    assert data.cases[1].misses == ("errorCode",)


def test_the_matcher_in_the_docs_works(tmp_path, monkeypatch):
    page = (ROOT / "docs" / "matching.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rule.yml").write_text(RULE)
    exec(compile(code, "matching.md", "exec"), {"sigmacast": sigmacast, "event": {}})


def test_each_target_is_in_the_tables():
    page = (ROOT / "docs" / "targets.md").read_text(encoding="utf-8")
    for name in TARGETS:
        assert f"`{name}`" in page and f"| `{name}` |" in README


def test_the_version_is_one_place():
    assert re.fullmatch(r"\d+\.\d+\.\d+", sigmacast.__version__)
