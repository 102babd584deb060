"""The report of ``synth``: made events, what could not be made, the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

from sigmacast import exit_codes
from sigmacast.errors import UsageError
from sigmacast.loading import Ruleset
from sigmacast.regression_writing import write_data
from sigmacast.reports import jsonl, text
from sigmacast.reports.inputs import tell_missing, tell_nothing, tell_unusable
from sigmacast.reports.terminal import Terminal
from sigmacast.reports.text import BOLD, RESET
from sigmacast.synthesizing import Synthesis, Synthetic


class SynthesisReport:
    """Takes the events of one rule after the other."""

    def __init__(self, terminal: Terminal, *, as_json: bool) -> None:
        self._terminal = terminal
        self._json = as_json
        self._failed = False

    def show(self, synthesis: Synthesis) -> None:
        """The events: JSON lines on a pipe, indented under their names on a terminal."""
        for synthetic in synthesis.events:
            if self._json or not self._terminal.result_is_shown:
                line = jsonl.synthetic_line(synthesis.source, synthetic)
                self._terminal.result(line)
                continue
            for line in _titled(synthetic, colour=self._terminal.result_colour):
                self._terminal.result(line)
        self._sum_up(synthesis)

    def write(self, synthesis: Synthesis, *, replace: bool) -> None:
        """The events as the rule's regression data."""
        self._sum_up(synthesis)
        if not synthesis.matches:
            return
        try:
            info = write_data(synthesis, date.today(), replace=replace)
        except UsageError as error:
            self._failed = True
            self._terminal.error(f"sigmacast: {error}")
            return
        self._terminal.talk(f"  written: {info}")

    def finish(self, ruleset: Ruleset) -> int:
        """Say what could not be loaded; the exit code of the run."""
        tell_missing(self._terminal, ruleset.missing)
        tell_unusable(self._terminal, ruleset.unusable)
        if not ruleset.rules and not ruleset.unusable:
            return tell_nothing(self._terminal, ruleset.missing)
        failed = self._failed or bool(ruleset.missing or ruleset.unusable)
        return exit_codes.FAILED if failed else exit_codes.OK

    def _sum_up(self, synthesis: Synthesis) -> None:
        if synthesis.error is not None:
            self._failed = True
            path, colour = synthesis.source.path, self._terminal.talk_colour
            self._terminal.error(text.finding(path, synthesis.error, colour=colour))
            return
        name = text.printable(synthesis.source.ref.title or synthesis.source.path)
        matches, misses = len(synthesis.matches), len(synthesis.near_misses)
        self._terminal.talk(f"{name}: {matches} that match, {misses} near misses")
        for unreached in synthesis.unreached:
            line = text.printable(f"not reached: {unreached.branch}: {unreached.why}")
            self._terminal.talk(f"  {line}")
        if synthesis.more_branches:
            self._terminal.talk("  the rule has more ways to match than were tried")
        self._failed = self._failed or not synthesis.matches


def _titled(synthetic: Synthetic, *, colour: bool) -> Iterator[str]:
    kind = "match" if synthetic.misses is None else "near miss"
    head = text.printable(f"{kind}: {synthetic.name}")
    yield f"{BOLD}{head}{RESET}" if colour else head
    yield json.dumps(synthetic.event, indent=2, ensure_ascii=False)
    yield ""
