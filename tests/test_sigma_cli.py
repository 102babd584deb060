"""sigma-cli prints the same queries as we do, and refuses what we refuse."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT
from golden_cases import Case, conversions

VENV = ROOT / f".venv-sigma-cli-{sys.version_info[0]}.{sys.version_info[1]}"
RULES = ROOT / "sigma" / "rules" / "cloud" / "aws" / "cloudtrail"
PLUGINS = {
    "kql": ("kql", "sigmacast_ecs"),
    "eql": ("sigmacast_eql", "sigmacast_ecs"),
    "esql": ("sigmacast_esql", "sigmacast_ecs"),
    "lucene": ("sigmacast_lucene", "sigmacast_ecs"),
    "splunk": ("sigmacast_splunk", "sigmacast_splunk"),
}


@pytest.fixture(scope="session")
def sigma_cli() -> Path:
    """sigma-cli with us as a plug-in, in an environment of its own that is kept."""
    program = VENV / "bin" / "sigma"
    stamp = VENV / ".installed"
    project = ROOT / "pyproject.toml"
    if not stamp.exists() or stamp.stat().st_mtime < project.stat().st_mtime:
        shutil.rmtree(VENV, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        install = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet"]
        done = subprocess.run(
            [*install, "sigma-cli>=3.1,<4", "--editable", ROOT],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.skip(f"sigma-cli could not be installed: {done.stderr[-300:]}")
        stamp.touch()
    return program


def run(program: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("target", PLUGINS)
def test_sigma_cli_prints_our_queries(sigma_cli, target):
    backend, pipeline = PLUGINS[target]
    for rule in sorted(RULES.glob("*.yml")):
        (ours,) = conversions(Case(rule, target))
        done = run(sigma_cli, "convert", "-t", backend, "-p", pipeline, rule)
        if ours.error is None:
            assert done.returncode == 0, done.stderr
            assert done.stdout.strip() == ours.queries[0], rule.name
        else:
            assert done.returncode != 0, rule.name
            assert "Traceback" not in done.stderr, rule.name
            assert ours.error.message.split()[0] in done.stderr, rule.name


def test_sigma_cli_lists_us(sigma_cli):
    targets = run(sigma_cli, "list", "targets").stdout
    pipelines = run(sigma_cli, "list", "pipelines").stdout
    for backend, pipeline in PLUGINS.values():
        assert f"| {backend} " in targets and pipeline in pipelines


def test_our_pipeline_files_work_as_files(sigma_cli):
    rule = RULES / "aws_cloudtrail_iam_user_created_by_ec2_role.yml"
    path = ROOT / "pipelines" / "ecs_cloudtrail.yml"
    done = run(sigma_cli, "convert", "-t", "kql", "-p", path, rule)
    (ours,) = conversions(Case(rule, "kql"))
    assert done.stdout.strip() == ours.queries[0]
