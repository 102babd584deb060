"""Run the tests that need Splunk's own tools: splunk-appinspect and contentctl.

contentctl wants a Python from 3.11 to 3.13 and an old pydantic, so they get an environment of their
own (``.venv-splunk``), made anew when pyproject.toml changes; its group ``splunk`` says what is in
it. splunk-appinspect wants the system's libmagic (Debian: libmagic1). Where the one or the other is
missing these tests are skipped, unless ``--required`` is given.
"""

from __future__ import annotations

import argparse
import ctypes.util
import os
import shutil
import subprocess
import sys

from other_pythons import ROOT, pythons

FITTING = ((3, 11), (3, 12), (3, 13))
ENVIRONMENT = ROOT / ".venv-splunk"
PYTHON = ENVIRONMENT / "bin" / "python"
STAMP = ENVIRONMENT / ".installed"
TESTS = "tests/splunk"


def main(arguments: list[str] | None = None) -> int:
    """The exit code of the tests; 0 where they are skipped, 1 if they must not be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--required", action="store_true", help="fail where something is missing")
    required: bool = parser.parse_args(arguments).required
    executable = newest(pythons())
    reason = missing(executable)
    if executable is None or reason is not None:
        print(f"tests of Splunk's tools skipped: {reason}", file=sys.stderr)
        return 1 if required else 0
    try:
        set_up(executable)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"tests of Splunk's tools: no environment for them: {error}", file=sys.stderr)
        return 1
    return run()


def newest(found: dict[tuple[int, int], str]) -> str | None:
    """The newest of the Pythons that Splunk's tools run on."""
    return next((found[version] for version in reversed(FITTING) if version in found), None)


def missing(executable: str | None) -> str | None:
    """What is not there, and how to get it; None if nothing is missing."""
    if executable is None:
        return "they need Python 3.11, 3.12 or 3.13"
    if ctypes.util.find_library("magic") is None:
        return "splunk-appinspect needs libmagic (Debian and Ubuntu: apt install libmagic1)"
    return None


def set_up(executable: str) -> None:
    """Make the environment if need be."""
    project = ROOT / "pyproject.toml"
    if STAMP.exists() and STAMP.stat().st_mtime >= project.stat().st_mtime:
        return
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    install = [str(PYTHON), "-m", "pip", "install", "--quiet"]
    for command in (
        [executable, "-m", "venv", str(ENVIRONMENT)],
        [*install, "--upgrade", "pip>=25.1"],
        [*install, "--editable", str(ROOT), "--group", "splunk"],
    ):
        subprocess.run(command, cwd=ROOT, check=True)
    STAMP.touch()


def run() -> int:
    """Run the tests; none of them may be skipped."""
    variables = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "SIGMACAST_SPLUNK": "1"}
    return subprocess.run(
        [str(PYTHON), "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS],
        cwd=ROOT,
        env=variables,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
