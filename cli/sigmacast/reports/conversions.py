"""The report of ``convert``: queries out, findings said, the exit code at the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sigmacast import exit_codes
from sigmacast.converting import Conversion
from sigmacast.diagnostics import Diagnostic, Severity, counted
from sigmacast.errors import UsageError
from sigmacast.loading import RuleRef, Ruleset, RuleSource
from sigmacast.output import is_folder, write_whole
from sigmacast.reports import jsonl, text
from sigmacast.reports.inputs import tell_missing, tell_nothing, tell_passed_over, tell_stale
from sigmacast.reports.terminal import Terminal


class Report:
    """Takes conversions one by one; knows the count, the exit code and where the text goes."""

    def __init__(
        self, terminal: Terminal, targets: Sequence[str], *, as_json: bool, output: str | None
    ) -> None:
        self._terminal = terminal
        self._targets = len(set(targets))
        self._of_one_rule: list[Conversion] = []
        self._json = as_json
        self._output = output
        self._lines: list[str] = []
        self._files: dict[Path, str] = {}
        self._names: Counter[str] = Counter()
        self._failed = 0
        self._done = 0

    def add(self, conversion: Conversion) -> None:
        """Take one conversion; those of one rule come together, and are shown together."""
        self._of_one_rule.append(conversion)
        if len(self._of_one_rule) == self._targets:
            self._show()

    def _show(self) -> None:
        """Show the conversions of one rule, and say what was found."""
        conversions, self._of_one_rule = self._of_one_rule, []
        self._say(conversions)
        for conversion in conversions:
            self._show_one(conversion)

    def _show_one(self, conversion: Conversion) -> None:
        if conversion.error is None:
            self._done += 1
        else:
            self._failed += 1
        if self._output is not None and is_folder(self._output):
            self._keep(conversion)
            return
        for line in self._rendered(conversion):
            if self._output is None:
                self._terminal.result(line)
            else:
                self._lines.append(line)

    def finish(
        self, rules: Ruleset, stale: Sequence[tuple[RuleSource, Diagnostic]], *, strict: bool
    ) -> int:
        """Write what is to be written; the exit code of the run.

        Raises UsageError where the output cannot be written.
        """
        self._show()
        tell_missing(self._terminal, rules.missing)
        tell_stale(self._terminal, stale)
        tell_passed_over(self._terminal, rules.passed_over)
        if not rules.rules and not rules.unusable:
            return tell_nothing(self._terminal, rules.missing)
        self._write()
        self._sum_up(rules)
        if self._failed or rules.missing or (strict and stale):
            return exit_codes.FAILED
        return exit_codes.OK

    def _rendered(self, conversion: Conversion) -> list[str]:
        if self._json:
            return [jsonl.conversion_line(conversion)]
        if conversion.error is not None:
            return []
        if self._output is None and self._terminal.result_is_shown:
            return text.titled(conversion, colour=self._terminal.result_colour)
        return text.piped(conversion, several_targets=self._targets > 1)

    def _say(self, conversions: Sequence[Conversion]) -> None:
        """Each finding once, with the targets that it is about."""
        if self._json:
            return  # it is all in the objects
        found: dict[tuple[str, Diagnostic], list[str]] = {}
        for conversion in conversions:
            for finding in conversion.diagnostics:
                targets = found.setdefault((conversion.rule.path, finding), [])
                targets.append(conversion.target)
        for (path, finding), targets in found.items():
            about = None if finding.concerns_every_target else ", ".join(targets)
            line = text.finding(path, finding, about, colour=self._terminal.talk_colour)
            if finding.severity is Severity.ERROR:
                self._terminal.error(line)
            else:
                self._terminal.talk(line)

    def _keep(self, conversion: Conversion) -> None:
        if conversion.error is not None and not self._json:
            return
        suffix = "json" if self._json else "txt"
        name = f"{_stem(conversion.rule)}.{conversion.target}"
        self._names[name] += 1
        number = self._names[name]
        unique = name if number == 1 else f"{name}.{number}"
        path = Path(str(self._output)) / f"{unique}.{suffix}"
        lines = [jsonl.conversion_line(conversion)] if self._json else conversion.queries
        self._files[path] = "".join(f"{line}\n" for line in lines)

    def _write(self) -> None:
        if self._output is None:
            return
        if is_folder(self._output):
            if Path(self._output).is_file():
                raise UsageError(f"cannot write into {self._output}: it is a file")
            for path, content in self._files.items():
                write_whole(path, content)
        elif self._lines:
            write_whole(Path(self._output), "".join(f"{line}\n" for line in self._lines))

    def _sum_up(self, rules: Ruleset) -> None:
        parts = sum(source.part_of_correlation for source in rules.sources)
        if parts:
            self._terminal.talk(f"{counted(parts, 'rule')} converted as part of correlations only")
        if self._failed:
            self._terminal.talk(f"{self._done} converted, {self._failed} not")


def _stem(rule: RuleRef) -> str:
    """A file name from the rule's own; nothing in it can leave the folder."""
    stem = Path(rule.path).stem if rule.path != "-" else (rule.title or "rule").lower()
    return re.sub(r"[^\w.-]+", "_", stem).strip("._") or "rule"
