"""``sigmacast explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from sigmacast import exit_codes
from sigmacast.commands.parameters import Color, Filters, Paths, Quiet, Variables


def explain(
    rules: Paths,
    target: Annotated[
        list[str] | None,
        typer.Option(
            "-t",
            "--target",
            metavar="TARGET",
            help="kql, eql, esql, lucene, splunk or another installed backend; repeatable. "
            "[default: the configured ones, else all five]",
        ),
    ] = None,
    pipeline: Annotated[
        list[str] | None,
        typer.Option(
            "-p",
            "--pipeline",
            metavar="PIPELINE",
            help="A further pySigma pipeline, by name or file, applied after ours; repeatable.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line for each rule and target.")
    ] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
    filters: Filters = None,
    variables: Variables = None,
    without_pipeline: Annotated[
        bool,
        typer.Option("--without-pipeline", help="Leave out our pipelines: no mapping, no scope."),
    ] = False,
    stack: Annotated[
        str | None,
        typer.Option(
            metavar="8.19|9.x",
            help="Elastic Stack that ES|QL and EQL must work on. [default: 8.19]",
        ),
    ] = None,
    case: Annotated[
        str | None,
        typer.Option(
            metavar="auto|insensitive|sensitive",
            help="Case of values: Sigma ignores it; auto minds it where CloudTrail knows one "
            "spelling only. [default: auto]",
        ),
    ] = None,
    elastic_fields: Annotated[
        str | None,
        typer.Option(
            metavar="text,flattened",
            help="Forms in which Elastic keeps requestParameters and the like; name the one that "
            "is left if the other is switched off. [default: text,flattened]",
        ),
    ] = None,
    dataset_field: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="Scope of KQL, EQL, Lucene: event.dataset, data_stream.dataset or none. "
            "[default: event.dataset]",
        ),
    ] = None,
    esql_from: Annotated[
        str | None,
        typer.Option(metavar="INDICES", help="ES|QL's from list. [default: logs-aws.cloudtrail-*]"),
    ] = None,
    splunk_index: Annotated[
        str | None,
        typer.Option(metavar="INDEX", help="Splunk index. [default: none]"),
    ] = None,
    splunk_sourcetype: Annotated[
        str | None,
        typer.Option(metavar="SOURCETYPE", help="Splunk sourcetype. [default: aws:cloudtrail]"),
    ] = None,
    splunk_macro: Annotated[
        str | None,
        typer.Option(metavar="MACRO", help="Splunk macro in place of index and sourcetype."),
    ] = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Show how a rule becomes a query: field by field, for each target.

    Each test of the rule with its fields in the SIEM and their types, what each step of the
    pipeline made of it, the findings about it, and its part of the query.

    Example: sigmacast explain rule.yml -t kql -t esql

    Exit codes: 0 all well, 1 a rule does not convert, 2 wrong usage, 3 no rules found.
    """
    from sigmacast.errors import UsageError
    from sigmacast.explaining import explain as explain_rules
    from sigmacast.loading import load
    from sigmacast.reports.explanations import ExplanationReport
    from sigmacast.reports.terminal import Terminal
    from sigmacast.settings import ALL, filters_of, options_of, placeholders_of, setup, targets_of

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        config = setup(rules)
        names = targets_of(target or list(config.list("targets")) or [ALL], config)
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
        ruleset = load(rules, filters_of(filters, config))
        report = ExplanationReport(terminal, as_json=as_json)
        stopped = strict or config.flag("strict")
        for explanation in explain_rules(ruleset, names, options, strict=stopped):
            report.show(explanation)
        raise typer.Exit(report.finish(ruleset))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
