"""Shared fixtures: golden files, the command line, and the places that tests read."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


def assert_text(path: Path, text: str, *, update: bool) -> None:
    """Compare with a golden file and show the difference; write it with *update*."""
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    expected = path.read_text(encoding="utf-8") if path.exists() else ""
    if text != expected:
        difference = "".join(
            difflib.unified_diff(
                expected.splitlines(keepends=True), text.splitlines(keepends=True), "golden", "now"
            )
        )
        pytest.fail(f"{path.relative_to(ROOT)} differs (--update-golden):\n{difference}")


@dataclass(frozen=True)
class Run:
    """What a run of the program gave."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Run]:
    """Run ``sigmacast`` in an empty folder and a clean environment."""
    from sigmacast.app import app

    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "GITHUB_ACTIONS", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object, stdin: str | bytes | None = None) -> Run:
        result = CliRunner().invoke(app, [str(each) for each in arguments], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(result.exit_code, result.stdout, result.stderr)

    return call


RULE = """\
title: A user is created
id: 0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11
status: test
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventSource: iam.amazonaws.com
        eventName: CreateUser
    condition: selection
level: low
"""


@pytest.fixture
def rule_file(tmp_path: Path) -> Path:
    """A good rule in a file."""
    path = tmp_path / "rule.yml"
    path.write_text(RULE, encoding="utf-8")
    return path


def detection(text: str, title: str = "A rule") -> str:
    """A CloudTrail rule around a detection, given as the YAML below ``detection:``."""
    indented = "".join(f"    {line}\n" for line in text.strip("\n").splitlines())
    return (
        f"title: {title}\nlogsource:\n    product: aws\n    service: cloudtrail\n"
        f"detection:\n{indented}"
    )


def queries(text: str, target: str, *options: object) -> tuple[str, ...]:
    """The queries of a rule text on one target; fails on an error."""
    conversions = converted(text, target, *options)
    assert all(each.error is None for each in conversions), conversions
    return tuple(query for each in conversions for query in each.queries)


def converted(text: str, target: str, options: object = None) -> list:
    """The conversions of a rule text on one target."""
    import tempfile

    import sigmacast

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rule.yml"
        path.write_text(text, encoding="utf-8")
        return list(sigmacast.convert(sigmacast.load([path]), [target], options))
