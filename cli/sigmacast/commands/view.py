"""``sigmacast view``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Quiet


def view(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="CloudTrail events: files, folders as S3 delivers them, or - for standard input.",
        ),
    ],
    schema: Annotated[
        str | None,
        typer.Option("--as", metavar="ecs|splunk", help="The SIEM that stores the events."),
    ] = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Show CloudTrail events as a SIEM stores them: which fields a query can name.

    ecs is Elastic's AWS integration, splunk the Splunk Add-on for AWS. Each event is one JSON
    object on one line, field name to list of values.

    Example: sigmacast view events.json --as ecs

    Exit codes: 0 all was read; 1 an input could not be read; 2 wrong usage; 3 no events found.
    """
    from sigmacast.errors import UsageError
    from sigmacast.events import EventReader
    from sigmacast.reports.terminal import Terminal
    from sigmacast.reports.views import ViewReport
    from sigmacast.views import view_of

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        make_document = view_of(schema)
        report = ViewReport(terminal)
        reader = EventReader(files, report.problem)
        for event in reader:
            report.show(make_document(event.data))
        raise typer.Exit(report.finish(reader))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
