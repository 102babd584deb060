"""``sigmacast convert``."""

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
    Jobs,
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

TARGETS_HELP = (
    "kql, eql, esql, lucene, splunk, or 'all' for these five; repeatable. "
    "Also any other installed pySigma backend by its name."
)


def convert(
    paths: Paths,
    target: Annotated[
        list[str] | None,
        typer.Option("-t", "--target", metavar="TARGET", help=TARGETS_HELP),
    ] = None,
    pipeline: Pipelines = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE_OR_DIR",
            help="Write to this file, or one file for each rule and target into this folder "
            "(a path that ends in /, is a folder or has no suffix).",
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            "-f",
            "--format",
            metavar="ARTIFACT",
            help="What a SIEM imports, in place of bare queries: rule, savedsearches, app, toml, "
            "dsl, contentctl (sigmacast list formats).",
        ),
    ] = None,
    first_seen: Annotated[
        bool | None,
        typer.Option(
            "--first-seen/--no-first-seen",
            help="First-seen logic of the rule's deployment, also in a bare query; or leave it "
            "out. [default: in artifacts only]",
        ),
    ] = None,
    deployment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="Deployments to use in place of those found beside the rules; repeatable.",
        ),
    ] = None,
    attack: Annotated[
        str | None,
        typer.Option(
            metavar="v18|v19",
            help="ATT&CK version: v18 for Elastic Stacks below 9.5, v19 from there. "
            "[default: by --stack]",
        ),
    ] = None,
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
    jobs: Jobs = None,
    color: Color = "auto",
    quiet: Quiet = False,
) -> None:
    """Convert Sigma rules to queries, or with -f to what a SIEM imports.

    Results go to standard output, all talk to standard error. Settings may stand in
    sigmacast.toml or [tool.sigmacast].

    Example: sigmacast convert -t kql -t splunk rules/

    Example: sigmacast convert -t kql -f rule -o rules.ndjson rules/

    Exit codes: 0 all well, 1 a rule did not convert, 2 wrong usage, 3 no rules found.
    """
    from sigmacast.converting import casters, unused_filters
    from sigmacast.converting import convert as convert_rules
    from sigmacast.errors import UsageError
    from sigmacast.loading import load
    from sigmacast.reports.conversions import Report
    from sigmacast.reports.terminal import Terminal
    from sigmacast.settings import (
        filters_of,
        jobs_of,
        options_of,
        placeholders_of,
        plan_of,
        setup,
        targets_of,
    )

    terminal = Terminal(color, quiet)
    try:
        terminal.check()
        config = setup(paths)
        names = targets_of(target or [], config, format)
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
        processes = jobs_of(jobs)
        beside = filters_of(filters, config)
        rules = load(paths, beside, jobs=processes)
        stale = unused_filters(rules)
        stopped = strict or config.flag("strict")
        if format is not None or first_seen:
            from sigmacast.deploying import conversions_of, deploy
            from sigmacast.reports.artifacts import ArtifactReport

            plan = plan_of(
                format, names, config, first_seen, deployment or [], attack, options.stack
            )
            made = deploy(rules, ready, plan, strict=stopped, jobs=processes)
            if plan.artifact is not None:
                artifacts = ArtifactReport(terminal, plan.artifact, as_json=as_json, output=output)
                for deployed in made:
                    artifacts.add(deployed)
                raise typer.Exit(artifacts.finish(rules, stale, strict=stopped))
            conversions = conversions_of(made)
        else:
            conversions = convert_rules(rules, ready, strict=stopped, jobs=processes)
        report = Report(terminal, names, as_json=as_json, output=output)
        for conversion in conversions:
            report.add(conversion)
        raise typer.Exit(report.finish(rules, stale, strict=stopped))
    except UsageError as error:
        terminal.error(f"sigmacast: {error}")
        raise typer.Exit(exit_codes.USAGE) from None
