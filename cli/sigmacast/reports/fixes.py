"""The report of ``check --fix`` and ``--diff``: files mended, or what would change."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sigmacast import exit_codes
from sigmacast.checking import Checked
from sigmacast.diagnostics import Severity
from sigmacast.fixing import difference, fixed
from sigmacast.loading import STDIN, Ruleset
from sigmacast.output import write_whole
from sigmacast.reports.terminal import Terminal


def apply_fixes(
    checked: Sequence[Checked], ruleset: Ruleset, terminal: Terminal, *, write: bool
) -> int:
    """Mend the files, or show what would change; the exit code of the run.

    Errors that cannot be mended fail it. Raises UsageError for a file that cannot be written.
    """
    for path in ruleset.missing:
        terminal.error(f"sigmacast: {path}: no such file or folder")
    if not checked:
        return exit_codes.NOTHING
    by_file: dict[str, list[Checked]] = {}
    for each in checked:
        by_file.setdefault(each.rule.path, []).append(each)
    mended = 0
    for path, documents in by_file.items():
        before = documents[0].text
        made = [
            finding.replacement
            for each in documents
            for finding in each.findings
            if finding.replacement is not None
        ]
        after = fixed(before, made)
        if after == before:
            continue
        mended += len(made)
        if write and path != STDIN:
            write_whole(Path(path), after)
        else:
            terminal.result(difference(path, before, after).removesuffix("\n"))
    left = sum(
        finding.diagnostic.severity is Severity.ERROR and finding.replacement is None
        for each in checked
        for finding in each.findings
    )
    verb = "mended" if write else "could be mended"
    terminal.talk(f"{mended} findings {verb}, {left} errors left")
    return exit_codes.FAILED if left or ruleset.missing else exit_codes.OK
