"""Where results and talk go: standard output and standard error, with or without colour."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TextIO

from sigmacast.errors import UsageError

COLOURS = ("auto", "always", "never")


@dataclass(frozen=True)
class Terminal:
    """Results on stdout, all talk on stderr, which ``quiet`` silences but for errors."""

    colour: str = "auto"
    quiet: bool = False

    def check(self) -> None:
        """Raise UsageError for an unknown choice of colour."""
        if self.colour not in COLOURS:
            raise UsageError(f"unknown colour '{self.colour}'; use {', '.join(COLOURS)}")

    def result(self, line: str) -> None:
        """A line of the result."""
        _write(sys.stdout, line)

    def talk(self, line: str) -> None:
        """Something said beside the result."""
        if not self.quiet:
            self.error(line)

    def error(self, line: str) -> None:
        """What went wrong; never silenced."""
        sys.stdout.flush()
        _write(sys.stderr, line)

    @property
    def result_is_shown(self) -> bool:
        """Whether somebody reads stdout on a terminal."""
        return sys.stdout.isatty()

    @property
    def result_colour(self) -> bool:
        """Whether stdout takes colour."""
        return self._coloured(sys.stdout)

    @property
    def talk_colour(self) -> bool:
        """Whether stderr takes colour."""
        return self._coloured(sys.stderr)

    def _coloured(self, stream: TextIO) -> bool:
        if self.colour != "auto":
            return self.colour == "always"
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return False
        return stream.isatty()


def _write(stream: TextIO, line: str) -> None:
    """A line; what the stream cannot encode (the name of a file, for example) is escaped."""
    try:
        stream.write(line + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
