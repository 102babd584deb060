"""Scratch repositories: one with a good rule, and what makes it bad."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

RULES = "sigma/rules/cloud/aws/cloudtrail"
STEM = "aws_cloudtrail_iam_role_trust_opened"
RULE = f"{RULES}/{STEM}.yml"
UNKNOWN = ("'UpdateAssumeRolePolicy'", "'UpdateAssumeRolePolicies'")
"""An event name, and one that AWS does not have: an error of the check, and no match any more."""
OTHER = ("'UpdateAssumeRolePolicy'", "'CreateRole'")
"""Another event name that AWS has: the check finds nothing, and the tests fail."""
SOURCES = (
    "cli", "sigma", "pipelines", "tables", "pyproject.toml", "README.md", "LICENSE", "NOTICE",
    ".pre-commit-hooks.yaml", "action.yml",
)  # fmt: skip
"""What a package of this repository is made from, and the files that wire it."""


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def committed(folder: Path) -> str:
    """Everything in a folder as one commit of a new repository; its id."""
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


def copy_of_this(folder: Path) -> Path:
    """The package as it lies here, changes that are not committed among them."""
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def one_rule(folder: Path) -> Path:
    """A repository's working folder with one shipped rule, its deployment and its data."""
    for part in (RULE, f"sigma/deployments/{RULE.removeprefix('sigma/')}"):
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, folder / part)
    data = f"sigma/regression_data/{RULES.removeprefix('sigma/')}/{STEM}"
    shutil.copytree(ROOT / data, folder / data)
    return folder


def spoil(folder: Path, change: tuple[str, str], rule: str = RULE) -> None:
    """Change the rule's text."""
    path = folder / rule
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), encoding="utf-8")


def program(name: str) -> str | None:
    """A program beside this Python, else on the path."""
    beside = Path(sys.executable).parent / name
    return str(beside) if beside.is_file() else shutil.which(name)
