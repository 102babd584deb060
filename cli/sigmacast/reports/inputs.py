"""What reports say of the paths that a run was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sigmacast import exit_codes
from sigmacast.diagnostics import Diagnostic, counted
from sigmacast.loading import RuleSource, Unusable
from sigmacast.reports import text
from sigmacast.reports.terminal import Terminal


def tell_missing(terminal: Terminal, missing: Iterable[str]) -> None:
    """Name the paths that are not there."""
    for path in missing:
        terminal.error(f"sigmacast: {text.printable(path)}: no such file or folder")


def tell_nothing(terminal: Terminal, missing: Sequence[str]) -> int:
    """Say that there are no rules, unless a missing path has said why; the exit code for that."""
    if not missing:
        terminal.error("sigmacast: no rules found at the paths given")
    return exit_codes.NOTHING


def tell_unusable(terminal: Terminal, unusable: Iterable[Unusable]) -> None:
    """Say why documents cannot be used."""
    for each in unusable:
        terminal.error(text.finding(each.ref.path, each.finding, colour=terminal.talk_colour))


def tell_passed_over(terminal: Terminal, count: int) -> None:
    """Say how many YAML files of folders are no rules, if any."""
    if count:
        terminal.talk(f"{counted(count, 'YAML file')} passed over: no Sigma rules")


def tell_stale(terminal: Terminal, stale: Iterable[tuple[RuleSource, Diagnostic]]) -> None:
    """Name the filters that apply to no rule."""
    for source, finding in stale:
        terminal.talk(text.finding(source.path, finding, colour=terminal.talk_colour))
