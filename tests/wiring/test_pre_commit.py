"""The hooks, run by pre-commit itself in an environment that it makes of this repository."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import ROOT
from wiring.repositories import (
    OTHER,
    RULE,
    UNKNOWN,
    committed,
    copy_of_this,
    git,
    one_rule,
    program,
    spoil,
)

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
BOTH = [{"id": hook["id"]} for hook in HOOKS]
pytestmark = pytest.mark.slow
NO_INDEX = re.compile("No matching distribution|Could not find a version|connection|Temporary fail")


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (RULE, True),
        ("rules/cloud/aws/cloudtrail/a.yaml", True),
        ("rules-threat-hunting/cloud/a.yml", True),
        ("a.yml", False),
        ("sigma/deployments/rules/cloud/a.yml", False),
        ("sigma/regression_data/rules/cloud/a/info.yml", False),
        ("deprecated/rules/a.yml", False),
        ("rules/a.json", False),
        ("overrules.yml", False),
    ],
)
def test_the_hooks_take_rules_and_nothing_that_belongs_to_them(hook, path, wanted):
    found = re.search(hook["files"], path) and not re.search(hook["exclude"], path)
    assert bool(found) is wanted


@pytest.fixture(scope="module")
def hooked(tmp_path_factory):
    """Runs pre-commit with both hooks on files of a repository; its environment is made once."""
    pre_commit = program("pre-commit")
    if pre_commit is None or program("git") is None:
        pytest.skip("pre-commit is not installed")
    source = copy_of_this(tmp_path_factory.mktemp("hooks") / "source")
    revision = committed(source)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
        "PRE_COMMIT_HOME": str(tmp_path_factory.mktemp("home")),
        "PRE_COMMIT_COLOR": "never",
    }

    return Hooked(pre_commit, source, revision, environment)


@dataclass(frozen=True)
class Hooked:
    """pre-commit with both hooks."""

    pre_commit: str
    source: Path
    revision: str
    environment: dict[str, str]

    def __call__(
        self, folder: Path, *files: str, hooks: Sequence[dict[str, Any]] = BOTH
    ) -> subprocess.CompletedProcess[str]:
        """Run hooks on some files of a repository, or on all."""
        repository = {"repo": str(self.source), "rev": self.revision, "hooks": list(hooks)}
        config = yaml.safe_dump({"repos": [repository]})
        (folder / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
        git(folder, "add", "-A")
        chosen = ["--files", *files] if files else ["--all-files"]
        return subprocess.run(
            [self.pre_commit, "run", *chosen],
            cwd=folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def repository(tmp_path, hooked):
    one_rule(tmp_path)
    committed(tmp_path)
    result = hooked(tmp_path)
    if "pip" in result.stdout and NO_INDEX.search(result.stdout):
        pytest.skip("pre-commit finds no index of packages to make its environment from")
    assert result.returncode == 0, result.stdout + result.stderr
    return tmp_path


def results(result: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """The hooks by the first word of their names, and what pre-commit says of them."""
    return dict(re.findall(r"(?m)^(\w+) Sigma rules .*?\.+(?:\(.*\))?(\w+)$", result.stdout))


def test_a_good_rule_passes(repository, hooked):
    result = hooked(repository, RULE)
    assert result.returncode == 0 and results(result) == {"check": "Passed", "test": "Passed"}


def test_files_that_are_no_rules_run_nothing(repository, hooked):
    data = [str(path.relative_to(repository)) for path in repository.rglob("info.yml")]
    result = hooked(repository, *data)
    assert result.returncode == 0 and results(result) == {"check": "Skipped", "test": "Skipped"}


def test_a_name_that_aws_does_not_have_is_blocked(repository, hooked):
    spoil(repository, UNKNOWN)
    result = hooked(repository, RULE)
    assert result.returncode != 0
    assert results(result) == {"check": "Failed", "test": "Failed"}
    assert "SC702" in result.stdout


def test_a_rule_that_misses_its_events_is_blocked(repository, hooked):
    spoil(repository, OTHER)
    result = hooked(repository, RULE)
    assert result.returncode != 0
    assert results(result) == {"check": "Passed", "test": "Failed"}


def test_the_hook_of_the_docs_sees_a_change_of_events_alone(repository, hooked):
    text = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
    start = text.index("      - id: sigmacast-test\n        args:")
    hooks = yaml.safe_load(text[start : text.index("```", start)])
    (events,) = repository.glob("sigma/regression_data/**/*-*.json")
    shown = str(events.relative_to(repository))
    assert results(hooked(repository, shown, hooks=hooks)) == {"test": "Passed"}
    events.write_text("[]", encoding="utf-8")
    assert results(hooked(repository, shown, hooks=hooks)) == {"test": "Failed"}
    assert results(hooked(repository, shown)) == {"check": "Skipped", "test": "Skipped"}


def test_a_commit_of_a_bad_rule_is_refused(repository, hooked):
    hooked(repository)
    before = git(repository, "rev-parse", "HEAD")
    environment = hooked.environment
    install = [hooked.pre_commit, "install"]
    subprocess.run(install, cwd=repository, env=environment, check=True, capture_output=True)
    spoil(repository, UNKNOWN)
    git(repository, "add", "-A")
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    done = subprocess.run(
        ["git", *identity, "commit", "-m", "bad"],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0 and "SC702" in done.stdout + done.stderr
    assert git(repository, "rev-parse", "HEAD") == before
