"""``sigmacast explain``."""

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
    Strict,
    Variables,
    WithoutPipeline,
)


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
    pipeline: Pipelines = None,
    as_json: AsJson = False,
    strict: Strict = False,
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
