"""``sigmacast match``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Filters, Paths, Quiet, Variables


def match(
    rules: Paths,
    events: Annotated[
        list[str] | None,
        typer.Option(
            "-e",
            "--events",
            metavar="PATH",
            help="CloudTrail events: files, folders as S3 delivers them, or -; repeatable. JSON, "
            "JSON lines, gzip, and exports of EventBridge, CloudWatch Logs, Elastic and Splunk.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Explain one event against one rule, test by test.")
    ] = False,
    record: Annotated[
        str | None,
        typer.Option(metavar="N", help="Only the record of this number, from 0, in each file."),
    ] = None,
    filters: Filters = None,
    variables: Variables = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Show which CloudTrail events Sigma rules match.

    Correlations are counted over all events given and shown at the end.

    Example: sigmacast match rules/ --events AWSLogs/ --json

    Exit codes: 0 all was read, whether or not anything matched; 1 a rule or an input could not be
    read; 2 wrong usage; 3 no rules or no events found.
    """
    from sigmacast.errors import UsageError
    from sigmacast.events import EventReader
    from sigmacast.hunting import Hunt, one_event, one_rule, only_record
    from sigmacast.loading import load
    from sigmacast.matchers import compile_rules
    from sigmacast.reports.hits import HitReport
    from sigmacast.reports.terminal import Terminal
    from sigmacast.rule_files import STDIN
    from sigmacast.settings import filters_of, number_of, placeholders_of, setup

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        if not events:
            raise UsageError("no events; use --events FILE, a folder, or - for standard input")
        if STDIN in rules and STDIN in events:
            raise UsageError("standard input can hold the rules or the events, not both")
        number = number_of("--record", record)
        config = setup(rules)
        beside = filters_of(filters, config)
        ruleset = load(rules, beside)
        compiled = compile_rules(ruleset, placeholders_of(variables, config))
        report = HitReport(terminal, as_json=as_json)
        reader = EventReader(events, report.problem)
        chosen = only_record(reader, number)
        if why:
            rule = one_rule(compiled)
            event = one_event(chosen)
            if rule is not None and event is not None:
                report.explain(rule[0], event, rule[1].why(event.data))
            raise typer.Exit(report.finish(ruleset, compiled, reader))
        hunt = Hunt(compiled)
        for hit in hunt.over(chosen):
            report.add(hit)
        raise typer.Exit(report.finish(ruleset, compiled, reader, hunt))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
