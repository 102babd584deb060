"""``sigmacast diff``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Filters, Jobs, Pipelines, Quiet, Stack, Variables

if TYPE_CHECKING:
    from sigmacast.converting import Conversion
    from sigmacast.loading import Ruleset


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="A file, a folder, or a git revision.")],
    new: Annotated[
        str | None,
        typer.Argument(metavar="NEW", help="The same. [default: the working tree]"),
    ] = None,
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH...", help="With revisions: only rules at these paths."),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option("-t", "--target", metavar="TARGET", help="[default: all five]"),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="ARTIFACT",
            help="Compare what SIEMs import in place of bare queries (sigmacast list formats).",
        ),
    ] = None,
    output_format: Annotated[
        str,
        typer.Option(metavar="text|markdown|json", help="Form of the report."),
    ] = "text",
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 if anything differs.")
    ] = False,
    pipeline: Pipelines = None,
    stack: Stack = None,
    filters: Filters = None,
    variables: Variables = None,
    jobs: Jobs = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Show which queries a change of rules changes, for each target.

    What exists as a file or folder is one; any other name is a revision of the git repository
    here, which is read without a checkout. Rules are matched by id, then by path.

    Example: sigmacast diff main HEAD -- sigma/rules

    Exit codes: 0 compared, whether or not anything differs; 1 a rule that had a query is refused
    now, a file could not be read, or with --exit-code anything differs; 2 wrong usage; 3 no rules.
    """
    from sigmacast.comparing import compare
    from sigmacast.converting import casters, convert
    from sigmacast.deploying import conversions_of, deploy
    from sigmacast.errors import UsageError, unknown
    from sigmacast.loading import load
    from sigmacast.reports.differences import FORMATS, report
    from sigmacast.reports.terminal import Terminal
    from sigmacast.settings import (
        all_targets_unless,
        filters_of,
        jobs_of,
        options_of,
        placeholders_of,
        plan_of,
        setup,
    )
    from sigmacast.sides import sides

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        if output_format not in FORMATS:
            raise unknown("report", output_format, FORMATS, ", ".join(FORMATS))
        places = [name for name in (new, *(paths or ())) if name is not None]
        config = setup(places or ["."])
        names = all_targets_unless(target or [], config, format)
        options = options_of(
            config,
            pipelines=pipeline or [],
            without_pipeline=False,
            placeholders=placeholders_of(variables, config),
            stack=stack,
        )
        ready = casters(names, options)
        plan = plan_of(format, names, config, None, [], None, options.stack)
        processes = jobs_of(jobs)
        beside = filters_of(filters, config)

        def made(rules: Ruleset) -> Iterable[Conversion]:
            if format is None:
                return convert(rules, ready, jobs=processes)
            return conversions_of(deploy(rules, ready, plan, jobs=processes))

        with sides(old, new, paths or [], beside, deployments=format is not None) as both:
            loaded = [(side, load(side.paths, side.filters, jobs=processes)) for side in both]
            found = compare(loaded[0], loaded[1], names, made)
            raise typer.Exit(report(found, loaded, terminal, output_format, exit_code=exit_code))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
