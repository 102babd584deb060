"""The report of ``check --fix`` and ``--diff``: files mended, or what would change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sigmacast import exit_codes
from sigmacast.checking import Checked, mendings
from sigmacast.diagnostics import Severity, counted
from sigmacast.fixing import difference
from sigmacast.loading import Ruleset
from sigmacast.output import write_whole
from sigmacast.reports.inputs import tell_missing
from sigmacast.reports.terminal import Terminal
from sigmacast.rule_files import STDIN


def apply_fixes(
    checked: Sequence[Checked], ruleset: Ruleset, terminal: Terminal, *, write: bool
) -> int:
    """Mend the files, or show what would change; the exit code of the run.

    Errors that cannot be mended fail it. Raises UsageError for a file that cannot be written.
    """
    tell_missing(terminal, ruleset.missing)
    if not checked:
        return exit_codes.NOTHING
    mended = 0
    for each in mendings(checked):
        mended += each.corrections
        if write and each.path != STDIN:
            write_whole(Path(each.path), each.after)
        else:
            changes = difference(each.path, each.before, each.after)
            terminal.result(changes.removesuffix("\n"))
    left = sum(
        finding.diagnostic.severity is Severity.ERROR and finding.replacement is None
        for each in checked
        for finding in each.findings
    )
    verb = "mended" if write else "could be mended"
    terminal.talk(f"{counted(mended, 'finding')} {verb}, {counted(left, 'error')} left")
    return exit_codes.FAILED if left or ruleset.missing else exit_codes.OK
