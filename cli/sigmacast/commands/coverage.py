"""``sigmacast coverage``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Paths, Quiet


def coverage(
    rules: Paths,
    layer: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Also write a layer for the ATT&CK Navigator."),
    ] = None,
    attack: Annotated[
        str,
        typer.Option(
            metavar="v18|v19",
            help="Version of ATT&CK; tags written for the other one are translated.",
        ),
    ] = "v19",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for each technique.")
    ] = False,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Show which ATT&CK techniques rules are tagged with, and how many rules each has.

    A sub-technique counts for itself, not for its parent. Rules of any log source count.

    Example: sigmacast coverage rules/ --layer coverage.json

    Exit codes: 0 all was read; 1 a file could not be read; 2 wrong usage; 3 no rules found.
    """
    from pathlib import Path

    from sigmacast.covering import cover
    from sigmacast.errors import UsageError
    from sigmacast.loading import load
    from sigmacast.output import write_whole
    from sigmacast.reports.coverage import CoverageReport
    from sigmacast.reports.coverage import layer as layer_of
    from sigmacast.reports.terminal import Terminal

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        ruleset = load(rules)
        covered = cover(ruleset, attack)
        report = CoverageReport(terminal, as_json=as_json)
        if layer is not None and covered.rules:
            write_whole(Path(layer), layer_of(covered))
        raise typer.Exit(report.finish(covered, ruleset))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
