"""The report of ``match``: hits as a table or as JSON lines, problems said, the exit code."""

from __future__ import annotations

from collections.abc import Sequence

from sigmacast import exit_codes
from sigmacast.diagnostics import counted
from sigmacast.events import Event, EventReader, Problem
from sigmacast.hunting import Hit, Hunt, principal
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.matchers import CompiledRules
from sigmacast.matching.nodes import Reason
from sigmacast.reports import jsonl, text, why
from sigmacast.reports.inputs import tell_missing, tell_unusable
from sigmacast.reports.terminal import Terminal

HEADS = ("TIME", "LEVEL", "RULE", "EVENT", "WHO", "FROM", "RECORD")
WIDEST = 60
"""Characters of a cell; the record itself has the whole value."""

HELD_BACK = 200
"""Rows that are kept to find the widths of the columns; what comes later is printed at once."""


class HitReport:
    """Takes hits one by one."""

    def __init__(self, terminal: Terminal, *, as_json: bool) -> None:
        self._terminal = terminal
        self._json = as_json
        self._rows: list[tuple[str, ...]] = []
        self._widths: list[int] | None = None
        self._unreadable = False
        self._hits = 0

    def problem(self, problem: Problem) -> None:
        """Say what could not be read."""
        self._unreadable = True
        colour = self._terminal.talk_colour
        self._terminal.error(text.finding(problem.file, problem.diagnostic, colour=colour))

    def add(self, hit: Hit) -> None:
        """Show one hit."""
        self._hits += 1
        if self._json:
            self._terminal.result(jsonl.hit_line(hit))
            return
        row = _row(hit)
        if self._widths is not None:
            self._terminal.result(_aligned(row, self._widths))
            return
        self._rows.append(row)
        if len(self._rows) == HELD_BACK:
            self._show_rows()

    def explain(self, source: RuleSource, event: Event, reason: Reason) -> None:
        """Show why a rule matches one event or does not."""
        if self._json:
            self._terminal.result(jsonl.why_line(source, event, reason))
            return
        verb = "matches" if reason.matched else "does not match"
        title = text.printable(source.ref.title or source.path)
        self._terminal.result(f"{title}: {verb} record {event.record} of {event.file}")
        for line in why.tree(reason, colour=self._terminal.result_colour):
            self._terminal.result(line)

    def finish(
        self,
        ruleset: Ruleset,
        rules: CompiledRules,
        reader: EventReader,
        hunt: Hunt | None = None,
    ) -> int:
        """Say what was left out; the exit code of the run."""
        self._show_rows()
        failed = self._said_of_rules(ruleset, rules)
        tell_missing(self._terminal, reader.missing)
        for kind, count in sorted(reader.skipped.items()):
            self._terminal.talk(f"{count} left out: {kind}")
        if hunt is not None and hunt.untimed:
            untimed = counted(hunt.untimed, "event")
            self._terminal.talk(f"{untimed} without a readable eventTime left out of correlations")
        if not rules.matchers and not failed:
            self._terminal.error("sigmacast: no CloudTrail rules found at the paths given")
            return exit_codes.NOTHING
        if not reader.count and not reader.unreadable:
            self._terminal.error("sigmacast: no events found at the paths given")
            return exit_codes.NOTHING
        if rules.matchers:
            self._terminal.talk(
                f"{counted(self._hits, 'hit')}, {counted(reader.count, 'event')}, "
                + counted(len(rules.shown) + len(rules.correlations), "rule")
            )
        unreadable = self._unreadable or bool(reader.missing or ruleset.missing)
        return exit_codes.FAILED if failed or unreadable else exit_codes.OK

    def _said_of_rules(self, ruleset: Ruleset, rules: CompiledRules) -> bool:
        """Whether a rule could not be used; each such rule is said."""
        colour = self._terminal.talk_colour
        tell_missing(self._terminal, ruleset.missing)
        tell_unusable(self._terminal, ruleset.unusable)
        for source, finding in rules.refused:
            self._terminal.error(text.finding(source.path, finding, colour=colour))
        if rules.other_log_sources:
            count = len(rules.other_log_sources)
            self._terminal.talk(f"{counted(count, 'rule')} for other log sources left out")
        return bool(ruleset.unusable or rules.refused)

    def _show_rows(self) -> None:
        if self._rows:
            lines = [HEADS, *self._rows]
            self._widths = [max(len(row[i]) for row in lines) for i in range(len(HEADS))]
            for row in lines:
                self._terminal.result(_aligned(row, self._widths))
            self._rows = []


def _row(hit: Hit) -> tuple[str, ...]:
    record = hit.event.data
    level = hit.source.data.get("level")
    cells = (
        record.get("eventTime"),
        level if isinstance(level, str) else "",
        hit.source.ref.title or hit.source.path,
        record.get("eventName"),
        principal(record),
        record.get("sourceIPAddress"),
        f"{hit.event.file}:{hit.event.record}",
    )
    return (*(_cell(cell) for cell in cells[:-1]), text.printable(str(cells[-1])))


def _cell(value: object) -> str:
    written = text.printable("" if value is None else str(value))
    return written if len(written) <= WIDEST else f"{written[: WIDEST - 1]}…"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
