"""Runs the programs of this environment, without network."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

NOWHERE = "http://127.0.0.1:9"
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
TIMEOUT = 300
"""Seconds; each of the tools takes about three."""


@cache
def isolation() -> tuple[str, ...]:
    """What to put before a command so that it has no network; nothing where the kernel forbids."""
    command = ("unshare", "-rn")
    try:
        subprocess.run([*command, "true"], capture_output=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        return ()
    return command


def run(program: str, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program that is installed beside this Python; its output is captured as one text."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("SIGMACAST")}
    variables |= {name: NOWHERE for each in PROXIES for name in (each, each.upper())}
    variables |= {"HOME": str(cwd), "NO_COLOR": "1", "PYTHONUTF8": "1", "COLUMNS": "200"}
    return subprocess.run(
        [*isolation(), str(Path(sys.executable).with_name(program)), *map(str, arguments)],
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=TIMEOUT,
        check=False,
    )


def sigmacast(*arguments: str | Path, cwd: Path, refusals: str | None = None) -> int:
    """Run sigmacast, which has to succeed, but for rules that it refuses with a given code.

    Returns:
        How many rules it refused.
    """
    done = run("sigmacast", *arguments, cwd=cwd)
    codes = re.findall(r": error\[(\w+)\]", done.stdout)
    assert set(codes) <= {refusals}, done.stdout
    assert done.returncode == (1 if codes else 0), done.stdout
    return len(codes)
