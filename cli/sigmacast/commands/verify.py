"""``sigmacast verify``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import (
    AsJson,
    Case,
    Color,
    DatasetField,
    ElasticFields,
    EsqlFrom,
    Filters,
    Paths,
    Pipelines,
    Quiet,
    SplunkIndex,
    SplunkMacro,
    SplunkSourcetype,
    Stack,
    Variables,
    WithoutPipeline,
)


def verify(
    paths: Paths,
    events: Annotated[
        list[str] | None,
        typer.Option(
            "-e",
            "--events",
            metavar="PATH",
            help="CloudTrail events to ask about: files, folders as S3 delivers them, or -; "
            "repeatable.",
        ),
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "-t",
            "--target",
            metavar="TARGET",
            help="kql, eql, esql, lucene, splunk, or 'all' for these five; repeatable. "
            "[default: all]",
        ),
    ] = None,
    pipeline: Pipelines = None,
    against_synth: Annotated[
        bool,
        typer.Option(
            "--against-synth/--no-against-synth",
            help="Also ask about events made for the rule, and variations of them.",
        ),
    ] = True,
    as_json: AsJson = False,
    filters: Filters = None,
    variables: Variables = None,
    without_pipeline: WithoutPipeline = False,
    stack: Stack = None,
    case: Case = None,
    elastic_fields: ElasticFields = None,
    dataset_field: DatasetField = None,
    esql_from: EsqlFrom = None,
    splunk_index: SplunkIndex = None,
    splunk_sourcetype: SplunkSourcetype = None,
    splunk_macro: SplunkMacro = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Prove on events that each query finds exactly what its rule matches.

    The rule's own regression data, events made for it and the events given are asked about, each
    as the SIEM stores it. A difference that the conversion announced by a warning is no failure.

    Example: sigmacast verify rules/ --events AWSLogs/ -t kql -p mine.yml

    Exit codes: 0 nothing is wrong; 1 a query is wrong, or an input could not be read; 2 wrong
    usage; 3 no rules or no events found.
    """
    from sigmacast.converting import casters
    from sigmacast.errors import UsageError
    from sigmacast.events import EventReader
    from sigmacast.loading import load
    from sigmacast.reports.terminal import Terminal
    from sigmacast.reports.verification import VerificationReport
    from sigmacast.rule_files import STDIN
    from sigmacast.settings import (
        ALL,
        filters_of,
        options_of,
        placeholders_of,
        setup,
        targets_of,
    )
    from sigmacast.verifying import verify as verify_rules

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        if STDIN in paths and STDIN in (events or []):
            raise UsageError("standard input can hold the rules or the events, not both")
        config = setup(paths)
        names = targets_of(target or config.list("targets") or [ALL], config)
        options = options_of(
            config,
            pipelines=pipeline or [],
            without_pipeline=without_pipeline,
            placeholders=placeholders_of(variables, config),
            stack=stack,
            case=case,
            elastic_fields=elastic_fields,
            dataset_field=dataset_field,
            esql_from=esql_from,
            splunk_index=splunk_index,
            splunk_sourcetype=splunk_sourcetype,
            splunk_macro=splunk_macro,
        )
        ready = casters(names, options)
        ruleset = load(paths, filters_of(filters, config))
        report = VerificationReport(terminal, as_json=as_json)
        reader = EventReader(events, report.problem) if events else None
        verification = verify_rules(
            ruleset, ready, options, reader or (), report.problem, made=against_synth
        )
        raise typer.Exit(report.finish(verification, ruleset, reader))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
