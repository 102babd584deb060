"""``sigmacast check``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Filters, Jobs, Pipelines, Quiet, Stack, Today


def check(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Rule files, folders, or - for standard input."),
    ],
    output_format: Annotated[
        str,
        typer.Option(metavar="text|json|sarif|github|junit", help="Form of the report."),
    ] = "text",
    profile: Annotated[
        str | None,
        typer.Option(metavar="sigmahq", help="Validators as the SigmaHQ repository runs them."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE|CHECK", help="Only these codes or checks; repeatable."),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "-t", "--target", metavar="TARGET", help="Targets to try. [default: all five]"
        ),
    ] = None,
    pipeline: Pipelines = None,
    stack: Stack = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend in the files what can be mended safely.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")
    ] = False,
    today: Today = None,
    filters: Filters = None,
    jobs: Jobs = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Check Sigma rules while they are written, offline.

    AWS's names and parameters, CloudTrail's fields, conditions, what each target makes of the
    rule, and the conventions of pySigma's and SigmaHQ's validators.

    Example: sigmacast check rules/ --output-format sarif > findings.sarif

    A comment silences a finding: # sigmacast: ignore[SC705]

    Exit codes: 0 no errors, 1 an error was found, 2 wrong usage, 3 no rules found.
    """
    from sigmacast.checking import check as check_rules
    from sigmacast.errors import UsageError, unknown
    from sigmacast.loading import load
    from sigmacast.reports.checks import FORMATS, report
    from sigmacast.reports.fixes import apply_fixes
    from sigmacast.reports.terminal import Terminal
    from sigmacast.settings import check_options_of, filters_of, jobs_of, policy_of, setup

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        if output_format not in FORMATS:
            raise unknown("report", output_format, FORMATS, ", ".join(FORMATS))
        config = setup(paths)
        options = check_options_of(config, profile, today, target or [], pipeline or [], stack)
        policy = policy_of(config, only or [])
        processes = jobs_of(jobs)
        ruleset = load(paths, filters_of(filters, config), jobs=processes)
        checked = list(check_rules(ruleset, options, policy, jobs=processes))
        if fix or diff:
            raise typer.Exit(apply_fixes(checked, ruleset, terminal, write=fix and not diff))
        raise typer.Exit(report(checked, ruleset, terminal, output_format))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
