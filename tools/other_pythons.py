"""Run the tests under the lowest and the newest Python found here, beside the one in use.

Looked for: ``python3.N`` on the PATH and the versions of pyenv, from 3.10 on. Each gets an
environment of its own (``.venv-3.N``), made anew when pyproject.toml changes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOWEST = (3, 10)
NEWEST_TRIED = 20


def main() -> int:
    """The first exit code that is not 0, else 0."""
    found = pythons()
    here = sys.version_info[:2]
    wanted = [version for version in dict.fromkeys((min(found), max(found))) if version != here]
    for version in wanted:
        name = f"{version[0]}.{version[1]}"
        print(f"--- the same tests under Python {name}", flush=True)
        code = run(found[version], ROOT / f".venv-{name}")
        if code:
            return code
    return 0


def pythons() -> dict[tuple[int, int], str]:
    """Version to executable, of those that really run."""
    found = {sys.version_info[:2]: sys.executable}
    folders = sorted((Path.home() / ".pyenv" / "versions").glob("3.*"))
    candidates = [str(folder / "bin" / "python") for folder in folders]
    candidates += [
        path
        for minor in range(LOWEST[1], NEWEST_TRIED)
        if (path := shutil.which(f"python3.{minor}"))
    ]
    for candidate in candidates:
        version = version_of(candidate)
        if version is not None and version >= LOWEST:
            found.setdefault(version, candidate)
    return found


def version_of(executable: str) -> tuple[int, int] | None:
    """The version an executable reports, or None if it does not run."""
    code = "import sys, venv; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run(
            [executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor = answer.stdout.split()
    return int(major), int(minor)


def run(executable: str, environment: Path) -> int:
    """Set up *environment* if need be, and run the tests in it."""
    python = set_up(executable, environment, "test")
    return run_tests(python, "-n", "auto", "--dist", "loadfile", "-m", "not slow")


def set_up(executable: str, environment: Path, group: str) -> Path:
    """The Python of an environment with the project and a group of its dependencies.

    It is made where it is missing or older than pyproject.toml; raises OSError and
    subprocess.SubprocessError where that fails.
    """
    python = environment / "bin" / "python"
    stamp = environment / ".installed"
    project = ROOT / "pyproject.toml"
    if stamp.exists() and stamp.stat().st_mtime >= project.stat().st_mtime:
        return python
    shutil.rmtree(environment, ignore_errors=True)
    install = [str(python), "-m", "pip", "install", "--quiet"]
    for command in (
        [executable, "-m", "venv", str(environment)],
        [*install, "--upgrade", "pip>=25.1"],
        [*install, "--editable", str(ROOT), "--group", group],
    ):
        subprocess.run(command, cwd=ROOT, check=True)
    stamp.touch()
    return python


def run_tests(python: Path, *arguments: str, **variables: str) -> int:
    """The exit code of pytest there."""
    return subprocess.run(
        [str(python), "-m", "pytest", "-q", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables},
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
