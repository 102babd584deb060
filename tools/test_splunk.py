"""Run the tests that need Splunk's own tools: splunk-appinspect and contentctl.

contentctl wants a Python from 3.11 to 3.13 and an old pydantic, so they get an environment of their
own (``.venv-splunk``), made anew when pyproject.toml changes; its group ``splunk`` says what is in
it. splunk-appinspect wants the system's libmagic (Debian: libmagic1). Where the one or the other is
missing these tests are skipped, unless ``--required`` is given.
"""

from __future__ import annotations

import argparse
import ctypes.util
import subprocess
import sys

from other_pythons import ROOT, pythons, run_tests, set_up

FITTING = ((3, 11), (3, 12), (3, 13))
ENVIRONMENT = ROOT / ".venv-splunk"
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
        python = set_up(executable, ENVIRONMENT, "splunk")
    except (OSError, subprocess.SubprocessError) as error:
        print(f"tests of Splunk's tools: no environment for them: {error}", file=sys.stderr)
        return 1
    # None of the tests may be skipped there.
    return run_tests(python, "-p", "no:cacheprovider", TESTS, SIGMACAST_SPLUNK="1")


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


if __name__ == "__main__":
    sys.exit(main())
