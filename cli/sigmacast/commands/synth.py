"""``sigmacast synth``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Filters, Paths, Quiet, Variables


def synth(
    rules: Paths,
    write: Annotated[
        bool,
        typer.Option("--write", help="Write the events as the rule's regression data."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --write: replace regression data that is there.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, also on a terminal.")
    ] = False,
    filters: Filters = None,
    variables: Variables = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Make CloudTrail events for a rule: some that match, and near misses.

    A near miss differs from a match in one field. Each event is proven with the matcher; they are
    a start for regression data, to be replaced by real events where there are some.

    Example: sigmacast synth rule.yml --write, then sigmacast test rule.yml

    Exit codes: 0 all well, 1 a rule has no event or its data was not written, 2 wrong usage, 3 no
    rules found.
    """
    from sigmacast.errors import UsageError
    from sigmacast.loading import load
    from sigmacast.reports.synthetics import SynthesisReport
    from sigmacast.reports.terminal import Terminal
    from sigmacast.settings import filters_of, placeholders_of, setup
    from sigmacast.synthesizing import synthesize

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        if force and not write:
            raise UsageError("--force replaces what --write would not: give both")
        config = setup(rules)
        beside = filters_of(filters, config)
        ruleset = load(rules, beside)
        report = SynthesisReport(terminal, as_json=as_json)
        for synthesis in synthesize(ruleset, placeholders_of(variables, config)):
            if write:
                report.write(synthesis, replace=force)
            else:
                report.show(synthesis)
        raise typer.Exit(report.finish(ruleset))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
