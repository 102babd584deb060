"""The report of ``new``: what was written, what the checks and tests say of it, the exit code."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from sigmacast import exit_codes
from sigmacast.checking import Checked
from sigmacast.diagnostics import Severity, counted
from sigmacast.errors import UsageError
from sigmacast.events import Problem
from sigmacast.reports import text
from sigmacast.reports.terminal import Terminal
from sigmacast.testing import Results, Status
from sigmacast.writing_rules import Prepared


class WritingReport:
    """Says what becomes of one new rule: its files on standard output, all else beside it."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def problem(self, problem: Problem) -> None:
        """What cannot be read of an event file."""
        self._terminal.error(
            text.finding(problem.file, problem.diagnostic, colour=self._terminal.talk_colour)
        )

    def names(self, told: Sequence[str], strange: Sequence[str], *, force: bool) -> None:
        """What is to be known of the names in the rule; raises UsageError for strange ones.

        With *force* those are told only.
        """
        if strange and not force:
            said = "\n  ".join(map(text.printable, strange))
            raise UsageError(f"{said}\n  --force takes names as they are")
        for each in (*told, *strange):
            self._terminal.talk(text.printable(each))

    def files(self, paths: Iterable[Path]) -> None:
        """The files, one a line."""
        for path in paths:
            self._terminal.result(os.fspath(path))

    def events(self, made: Prepared) -> None:
        """What was done to given events, and what no event was found for."""
        if made.replaced:
            self._terminal.talk(
                f"replaced in the event: {made.replaced} accounts, keys, addresses and ids; names "
                "of users, roles and buckets are not: read the data before you share it"
            )
        if made.kept:
            named = ", ".join(made.kept)
            self._terminal.talk(f"kept in the event, since the rule tests it: {named}")
        for unreached in made.synthesis.unreached:
            self._terminal.talk(text.printable(f"no event was made: {unreached.why}"))
        if not made.synthesis.matches:
            self._terminal.error(
                "sigmacast: no event was found that the rule matches, so it has no regression data"
            )

    def finish(self, made: Prepared, checked: Sequence[Checked], results: Results) -> int:
        """What checks and tests say, and how to go on; the exit code of the run."""
        errors = self._say_checks(checked)
        failed = self._say_tests(results)
        rule = made.places.rule
        self._terminal.talk(f"next: complete its description, then sigmacast convert -t all {rule}")
        bad = errors or failed or not made.synthesis.matches
        return exit_codes.FAILED if bad else exit_codes.OK

    def _say_checks(self, checked: Iterable[Checked]) -> int:
        """Each finding, and their count; the number of errors."""
        findings = [finding for each in checked for finding in each.findings]
        counts = Counter(finding.diagnostic.severity for finding in findings)
        for finding in findings:
            line = text.finding(
                finding.rule.path, finding.diagnostic, colour=self._terminal.talk_colour
            )
            is_error = finding.diagnostic.severity is Severity.ERROR
            (self._terminal.error if is_error else self._terminal.talk)(line)
        parts = [counted(counts[each], each.value) for each in reversed(Severity) if counts[each]]
        self._terminal.talk(f"check: {', '.join(parts) or 'nothing found'}")
        return counts[Severity.ERROR]

    def _say_tests(self, results: Results) -> int:
        """The tests that failed, and how many passed; the number of those that failed."""
        failed = [outcome for outcome in results.outcomes if results.failed(outcome)]
        for outcome in failed:
            said = outcome.message or (outcome.finding and outcome.finding.message) or "failed"
            self._terminal.error(text.printable(f"test failed: {outcome.test}: {said}"))
        passed = sum(outcome.status is Status.PASSED for outcome in results.outcomes)
        self._terminal.talk(f"test: {passed} passed, {len(failed)} failed")
        return len(failed)
