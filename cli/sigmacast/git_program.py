"""Running git: it asks nothing, fetches nothing and answers in bounded time."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from sigmacast.errors import UsageError

TIMEOUT = 120
"""Seconds that git may take for one answer."""

# A clone without its objects would fetch them: no protocol is allowed. A question writes nothing
# into the repository, an index brought up to date included.
_FIXED = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}


class GitProgram:
    """Git in one folder, with one environment."""

    def __init__(
        self,
        folder: Path,
        *,
        missing: str,
        environment: Mapping[str, str] = os.environ,
        options: Sequence[str] = (),
    ) -> None:
        """*missing* ends the message of the UsageError that is raised where there is no git."""
        program = shutil.which("git")
        if program is None:
            raise UsageError(f"git is not installed{missing}")
        self._command = [program, *options, "-C", str(folder)]
        self._environment = {**environment, **_FIXED}

    def run(
        self, *arguments: str, given: bytes = b"", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """What git answers; *more* is environment for this call.

        Raises UsageError where git cannot be run or does not answer.
        """
        try:
            return subprocess.run(
                [*self._command, *arguments],
                input=given,
                capture_output=True,
                check=False,
                timeout=TIMEOUT,
                env={**self._environment, **(more or {})},
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"git did not answer within {TIMEOUT} seconds") from None
        except ValueError:  # a zero byte in a name
            return subprocess.CompletedProcess([], 1, b"", b"no such name")
        except OSError as error:
            raise UsageError(f"git cannot be run: {error.strerror or error}") from None

    def answering(self, *arguments: str, asked: IO[bytes]) -> subprocess.Popen[bytes]:
        """Git while it answers a file of questions, for answers that are read one by one."""
        return subprocess.Popen(
            [*self._command, *arguments],
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment,
        )


def complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first line of what git complains of, as one can show it; "" where it says nothing."""
    first = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
    return "".join(character if character.isprintable() else "?" for character in first)[:200]
