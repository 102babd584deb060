"""The report of ``view``: documents as JSON lines, problems said, the exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sigmacast import exit_codes
from sigmacast.diagnostics import counted
from sigmacast.events import EventReader, Problem
from sigmacast.reports import text
from sigmacast.reports.inputs import tell_missing
from sigmacast.reports.terminal import Terminal


class ViewReport:
    """Takes documents one by one."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def problem(self, problem: Problem) -> None:
        """Say what could not be read."""
        colour = self._terminal.talk_colour
        self._terminal.error(text.finding(problem.file, problem.diagnostic, colour=colour))

    def show(self, document: Mapping[str, Sequence[Any]]) -> None:
        """One document, its fields in the order of their names."""
        self._terminal.result(json.dumps(document, ensure_ascii=False, sort_keys=True))

    def finish(self, reader: EventReader) -> int:
        """Say what was left out; the exit code of the run."""
        tell_missing(self._terminal, reader.missing)
        for kind, count in sorted(reader.skipped.items()):
            self._terminal.talk(f"{count} left out: {kind}")
        if not reader.count and not reader.unreadable:
            self._terminal.error("sigmacast: no events found at the paths given")
            return exit_codes.NOTHING
        self._terminal.talk(counted(reader.count, "event"))
        return exit_codes.FAILED if reader.unreadable or reader.missing else exit_codes.OK
