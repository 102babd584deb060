"""``sigmacast test``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Filters, Quiet, Variables


def test(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Rule files and folders."),
    ],
    output_format: Annotated[
        str,
        typer.Option(metavar="text|json|junit|github", help="Form of the report."),
    ] = "text",
    require_data: Annotated[
        bool,
        typer.Option("--require-data", help="Fail if a rule has no regression data."),
    ] = False,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="Events known to be harmless: fail if a rule matches too many; repeatable.",
        ),
    ] = None,
    max_hits: Annotated[
        str | None,
        typer.Option(
            "--max-hits", metavar="N", help="Baseline events a rule may match. [default: 0]"
        ),
    ] = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Run again whenever a file changes, until stopped.")
    ] = False,
    filters: Filters = None,
    variables: Variables = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Run the regression data of Sigma rules.

    For rules/x.yml it is regression_data/rules/x/info.yml: events that the rule must match, and
    near misses that it must not.

    Example: sigmacast test sigma/ --require-data --output-format junit > report.xml

    Exit codes: 0 all passed, 1 a test failed or could not be run, 2 wrong usage, 3 no rules found.
    """
    from sigmacast.errors import UsageError, unknown
    from sigmacast.loading import load
    from sigmacast.reports import text
    from sigmacast.reports.terminal import Terminal
    from sigmacast.reports.tests import FORMATS, report
    from sigmacast.rule_files import STDIN
    from sigmacast.settings import filters_of, number_of, placeholders_of, setup
    from sigmacast.testing import run, watched_paths
    from sigmacast.watching import snapshot, wait_for_change

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        if output_format not in FORMATS:
            raise unknown("report", output_format, FORMATS, ", ".join(FORMATS))
        if STDIN in paths:
            raise UsageError("regression data is found by a rule's path: give files or folders")
        allowed = number_of("--max-hits", max_hits)
        if allowed is not None and not baseline:
            raise UsageError("--max-hits counts what --baseline finds: give both")
        config = setup(paths)
        beside = filters_of(filters, config)
        while True:
            ruleset = load(paths, beside)
            watched = watched_paths(ruleset, [*paths, *beside, *(baseline or [])])
            before = snapshot(watched) if watch else {}
            results = run(
                ruleset,
                placeholders_of(variables, config),
                baseline or [],
                lambda problem: terminal.error(
                    text.finding(problem.file, problem.diagnostic, colour=terminal.talk_colour)
                ),
                max_hits=allowed or 0,
                require_data=require_data,
            )
            code = report(results, ruleset, terminal, output_format)
            if not watch:
                raise typer.Exit(code)
            terminal.talk("waiting for a change (Ctrl-C ends)")
            wait_for_change(watched, before)
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
