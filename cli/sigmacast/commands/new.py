"""``sigmacast new``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Quiet, Today


def new(
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="Title of the rule.")] = None,
    event_source: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE", help="Such as iam.amazonaws.com; repeatable."),
    ] = None,
    event_name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Such as CreateUser; repeatable."),
    ] = None,
    level: Annotated[
        str | None, typer.Option(metavar="informational|low|medium|high|critical")
    ] = None,
    author: Annotated[str | None, typer.Option(metavar="NAME", help="Who writes the rule.")] = None,
    attack: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", help="ATT&CK technique, such as T1136.003; tactics are added; repeatable."
        ),
    ] = None,
    description: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="What it detects. [default: a sentence made from its tests]"
        ),
    ] = None,
    field: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=VALUE",
            help="A further test, with modifiers as Sigma has them; null means absent. With "
            "--from-event FIELD alone takes the event's value. Repeatable.",
        ),
    ] = None,
    from_event: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Make the rule from CloudTrail records; - for standard input."
        ),
    ] = None,
    record: Annotated[
        str | None, typer.Option(metavar="N", help="Only the record of this number, from 0.")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD", help="Do not test this field of the event; repeatable."),
    ] = None,
    keep: Annotated[
        bool,
        typer.Option("--keep", help="Keep accounts, keys and addresses of the event in its data."),
    ] = False,
    directory: Annotated[
        str | None,
        typer.Option(
            "--dir",
            metavar="FOLDER",
            help="The folder that holds rules/. [default: sigma if there is one, else .]",
        ),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take names that AWS's catalogue does not have as they are."),
    ] = False,
    today: Today = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Write a new rule, with its deployment and its regression data, and check and test it.

    On a terminal it asks for what no option says. Nothing that is there is overwritten.

    Example: sigmacast new --from-event event.json --title "AWS IAM User Created" --level medium
    --author "Your Name" --attack T1136.003

    Exit codes: 0 written, checked and tested; 1 written, and an error was found or no event could
    be made; 2 wrong usage, nothing was written.
    """
    from sigmacast.authoring.answers import Answers, draft_of, strange
    from sigmacast.checking import check
    from sigmacast.commands.asking import asked, can_ask
    from sigmacast.errors import UsageError
    from sigmacast.loading import load
    from sigmacast.reports.terminal import Terminal
    from sigmacast.reports.written import WritingReport
    from sigmacast.rule_files import STDIN
    from sigmacast.settings import check_options_of, day_of, number_of, policy_of, setup
    from sigmacast.testing import run
    from sigmacast.writing_rules import places_of, prepared, records_of, write

    terminal = Terminal(color, quiet)
    report = WritingReport(terminal)
    try:
        terminal.check()
        day = day_of(today)
        config = setup([directory or "."])
        answers = Answers(
            title=title,
            sources=tuple(event_source or ()),
            names=tuple(event_name or ()),
            level=level,
            author=author or config.text("author"),
            techniques=tuple(attack or ()),
            description=description,
            fields=tuple(field or ()),
            leave_out=tuple(leave_out or ()),
        )
        if from_event is None and (record is not None or keep):
            raise UsageError("--record and --keep are about an event: give --from-event too")
        number = number_of("--record", record)
        missing = answers.missing(from_event=from_event is not None)
        asks = bool(missing) and from_event != STDIN and can_ask()
        if missing and not asks:
            raise UsageError(f"{', '.join(missing)} must be given where nobody can be asked")
        records = (
            () if from_event is None else records_of(from_event, number, answers, report.problem)
        )
        if asks:
            answers = asked(answers, records)
        draft, told = draft_of(answers, records, day)
        places = places_of(draft.title, draft.names, directory)
        report.names(told, strange(draft, answers, records), force=force)
        made = prepared(draft, places, records, keep=keep)
        report.files(write(made, day))
        report.events(made)
        ruleset = load([places.rule])
        options = check_options_of(config, None, today, [], [], None)
        checked = list(check(ruleset, options, policy_of(config, [])))
        raise typer.Exit(report.finish(made, checked, run(ruleset, {}, [], report.problem)))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
