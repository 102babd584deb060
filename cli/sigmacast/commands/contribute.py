"""``sigmacast contribute``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Jobs, Quiet, Today


def contribute(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="The file of one rule.")],
    repo: Annotated[
        str,
        typer.Option(metavar="DIR", help="A clone of the repository, laid out as SigmaHQ's is."),
    ],
    place: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="Where the rule goes. [default: where rules for its log source lie]",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show everything, and write nothing.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Go on in spite of findings and of a duplicate.")
    ] = False,
    today: Today = None,
    jobs: Jobs = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Prepare a rule for a shared repository, as a commit on a branch of its own.

    The rule is checked as the repository's CI checks it, compared with the rules that are there,
    and brought in their form; the text of the pull request is printed. Nothing is pushed.

    Example: sigmacast contribute rules/aws_cloudtrail_x.yml --repo ../sigma --dry-run

    Exit codes: 0 prepared, 1 findings that the CI would fail on, or a duplicate, 2 wrong usage
    (a changed working tree among them), 3 no rule found.
    """
    from sigmacast.contributing import Wanted
    from sigmacast.contributing import contribute as prepare
    from sigmacast.errors import UsageError
    from sigmacast.loading import load
    from sigmacast.reports.contribution import report, report_unusable
    from sigmacast.reports.terminal import Terminal
    from sigmacast.settings import day_of, jobs_of

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        wanted = Wanted(place, day_of(today), dry_run, force, jobs_of(jobs))
        ruleset = load([rule])
        unusable = report_unusable(ruleset, terminal)
        if unusable is not None:
            raise typer.Exit(unusable)
        raise typer.Exit(report(prepare(ruleset, repo, wanted), terminal))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
