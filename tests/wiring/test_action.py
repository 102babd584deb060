"""GitHub's action: its shell steps are run as a runner runs them, on scratch repositories."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

import sigmacast
from conftest import ROOT
from wiring.repositories import OTHER, RULE, UNKNOWN, copy_of_this, one_rule, spoil

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = ACTION["runs"]["steps"]
SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
"""How a runner calls ``shell: bash`` (GitHub's workflow syntax, shells)."""
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed"),
]


@dataclass
class Job:
    """What a runner knows while the action's steps run, and what came of them."""

    inputs: Mapping[str, str]
    folder: Path
    temp: Path
    site: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    action_path: Path = ROOT
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    log: str = ""
    code: int = 0

    def run(self, *only: str) -> Job:
        """Run the steps, or only those of some ids; the first that fails ends it."""
        for step in STEPS:
            if only and step.get("id") not in only:
                continue
            if (self.site is not None and step.get("id") == "install") or not self._wanted(step):
                continue
            if "uses" in step:
                given = {key: self._text(value) for key, value in step.get("with", {}).items()}
                self.used.append((step["uses"], given))
                continue
            self.code = self._shell(step)
            if self.code:
                break
        return self

    def output(self, name: str) -> str:
        """An output of the action."""
        return self._text(ACTION["outputs"][name]["value"])

    def _wanted(self, step: Mapping[str, Any]) -> bool:
        if "if" not in step:
            return True
        condition = EXPRESSION.fullmatch(step["if"])
        assert condition is not None
        left, right = condition[1].split(" == ")
        return self._value(left) == right.strip("'")

    def _text(self, text: Any) -> str:
        return EXPRESSION.sub(lambda found: self._value(found[1]), str(text))

    def _value(self, expression: str) -> str:
        first, *rest = expression.split(".")
        if first == "inputs":
            (name,) = rest
            return self.inputs.get(name, ACTION["inputs"][name]["default"])
        if first == "steps":
            id, kind, name = rest
            assert kind == "outputs" and id in {step.get("id") for step in STEPS}
            return self.outputs.get(id, {}).get(name, "")
        known = {"github.action_path": str(self.action_path), "runner.temp": str(self.temp)}
        return known[expression]

    def _shell(self, step: Mapping[str, Any]) -> int:
        assert step["shell"] == "bash"
        script = self.temp / "step.sh"
        output = self.temp / "output"
        script.write_text(step["run"], encoding="utf-8")
        output.write_text("", encoding="utf-8")
        search = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [*SHELL, str(script)],
            cwd=self.folder,
            env={
                "PATH": search,
                "HOME": str(self.temp),
                **({"PYTHONPATH": str(self.site)} if self.site else {}),
                **self.environment,
                **{name: self._text(value) for name, value in step.get("env", {}).items()},
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = output.read_text(encoding="utf-8").splitlines()
        if "id" in step:
            self.outputs[step["id"]] = dict(line.split("=", 1) for line in lines)
        self.log += done.stdout + done.stderr
        return done.returncode


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The folder that the action's own step has installed this package into."""
    place = tmp_path_factory.mktemp("installed")
    source = copy_of_this(place / "source")
    offline = {
        "PIP_TARGET": str(place / "site"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads this one the wrong way round
        "PIP_NO_INDEX": "1",
    }
    job = Job({}, place, place, environment=offline, action_path=source).run("install")
    assert job.code == 0, job.log
    return place / "site"


@pytest.fixture
def job(tmp_path, installed):
    """Runs the steps behind the installation on a repository with one good rule."""
    folder = one_rule(tmp_path / "repository")
    temp = tmp_path / "runner"
    temp.mkdir()

    def call(*changes: tuple[str, str], only: tuple[str, ...] = (), **inputs: str) -> Job:
        for change in changes:
            spoil(folder, change)
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        return Job(given, folder, temp, installed).run(*only)

    call.folder = folder
    return call


def test_it_is_a_composite_action_whose_parts_are_named():
    assert ACTION["runs"]["using"] == "composite"
    assert {"paths", "targets", "version", "fail-on"} <= set(ACTION["inputs"])
    for each in (*ACTION["inputs"].values(), *ACTION["outputs"].values()):
        assert each["description"]
    assert not [name for name, each in ACTION["inputs"].items() if "default" not in each]
    assert [step["uses"].split("@")[0] for step in STEPS if "uses" in step] == [
        "actions/setup-python",
        "github/codeql-action/upload-sarif",
    ]


def test_no_input_becomes_part_of_a_script():
    scripts = [step["run"] for step in STEPS if "run" in step]
    assert len(scripts) == 5 and not [text for text in scripts if "${{" in text]


def test_what_it_installs_is_what_runs(installed):
    code = "import sigmacast; print(sigmacast.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(installed)},
        cwd=installed,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(installed)


def test_a_released_version_is_asked_for_by_its_number(tmp_path):
    wheels = tmp_path / "wheels"
    source = copy_of_this(tmp_path / "source")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, source]
    subprocess.run(build, check=True, capture_output=True)
    offline = {
        "PIP_TARGET": str(tmp_path / "site"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
    }
    version = sigmacast.__version__
    for asked, code in ((version, 0), ("99.0.0", 1)):
        job = Job({"version": asked}, tmp_path, tmp_path, environment=offline).run("install")
        assert job.code == code, job.log
    assert (tmp_path / "site" / "sigmacast").is_dir()


@pytest.mark.parametrize("version", ["1.0; touch owned", "$(touch owned)", "--pre", "1 2", "../x"])
def test_a_version_that_is_none_is_refused(tmp_path, version):
    job = Job({"version": version}, tmp_path, tmp_path).run("install")
    assert job.code == 2 and "::error::" in job.log and not (tmp_path / "owned").exists()


def test_a_good_rule_passes_and_gives_its_files(job):
    done = job()
    assert done.code == 0, done.log
    found = json.loads(Path(done.output("sarif")).read_text(encoding="utf-8"))
    assert found["version"] == "2.1.0" and found["runs"][0]["tool"]["driver"]["name"] == "sigmacast"
    suite = ElementTree.parse(done.output("junit")).getroot()
    cases = list(suite.iter("testcase"))
    assert len(cases) > 1 and not list(suite.iter("failure"))
    queries = {path.name for path in Path(done.output("queries")).iterdir()}
    assert len(queries) == 5 and f"{Path(RULE).stem}.kql.txt" in queries
    assert done.output("errors") == "0"
    assert "tests passed" in (done.temp / "summary.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("upload", "uploads"), [("true", 1), ("false", 0)])
def test_findings_are_uploaded_before_the_job_fails_or_become_annotations(job, upload, uploads):
    done = job(UNKNOWN, upload_sarif=upload)
    assert done.code == 1
    given = [given for name, given in done.used if "upload-sarif" in name]
    assert len(given) == uploads
    for each in given:
        assert Path(each["sarif_file"]).is_file() and each["sarif_file"] == done.output("sarif")
    assert bool(re.search(r"(?m)^::error file=.*SC702", done.log)) is (upload == "false")


def test_an_error_of_the_check_fails(job):
    done = job(UNKNOWN)
    assert done.code == 1 and int(done.output("errors")) > 0
    assert "SC702" in Path(done.output("sarif")).read_text(encoding="utf-8")


def test_a_failed_test_fails(job):
    done = job(OTHER)
    assert done.code == 1 and done.output("errors") == "0"
    suite = ElementTree.parse(done.output("junit")).getroot()
    assert list(suite.iter("failure"))
    assert "::error file=" in done.log and "tests failed" in done.log


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("never", 0)])
def test_warnings_fail_where_they_are_asked_to(job, fail_on, code):
    unused = "    selection_unused:\n        userIdentity.nonsense: 'x'\n    condition:"
    done = job(("    condition:", unused), fail_on=fail_on)
    assert int(done.output("warnings")) > 0 and done.output("errors") == "0", done.log
    assert done.code == code


@pytest.mark.parametrize("change", [UNKNOWN, OTHER], ids=["unknown", "other"])
def test_never_reports_and_passes(job, change):
    done = job(change, fail_on="never")
    assert done.code == 0
    assert int(done.output("errors")) > 0 or "tests failed" in done.log


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"paths": "nowhere"}, 3),
        ({"paths": ""}, 2),
        ({"targets": "nonsense"}, 2),
        ({"fail_on": "sometimes"}, 2),
    ],
)
def test_wrong_usage_fails_even_where_nothing_else_does(job, inputs, code):
    assert job(**{"fail_on": "never", **inputs}).code == code


def test_a_path_that_is_missing_beside_others_fails(job):
    done = job(paths=f"{RULE}\nnowhere\n")
    assert done.code == 1 and "nowhere" in done.log


def test_several_paths_and_targets(job):
    folder = job.folder / "more rules"
    folder.mkdir()
    another = folder / "another_one_of_these.yml"
    text = (job.folder / RULE).read_text(encoding="utf-8")
    another.write_text(re.sub("id: .*", f"id: {uuid.uuid4()}", text, count=1), encoding="utf-8")
    done = job(paths=f"{RULE}\n\nmore rules\n", targets="kql  splunk")
    assert done.code == 0, done.log
    names = {path.name for path in Path(done.output("queries")).iterdir()}
    assert len(names) == 4 and "another_one_of_these.splunk.txt" in names


HOSTILE = [
    "$(touch owned)",
    "`touch owned`",
    "; touch owned",
    "'; touch owned; '",
    '"; touch owned; "',
]


@pytest.mark.parametrize("text", [*HOSTILE, "--output=owned", "-x"])
@pytest.mark.parametrize(
    ("name", "step"), [("paths", "check"), ("targets", "convert"), ("fail_on", "check")]
)
def test_no_input_is_run(job, name, step, text):
    done = job(only=(step,), **{name: text})
    assert done.code in (2, 3), done.log
    assert not list(job.folder.parent.rglob("owned*"))
