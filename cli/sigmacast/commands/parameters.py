"""Parameters that several commands have."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

Paths: TypeAlias = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Rule files, folders, or - for standard input."),
]
Filters: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="PATH", help="Sigma filters to apply; repeatable."),
]
Variables: TypeAlias = Annotated[
    str | None,
    typer.Option("--vars", metavar="FILE", help="YAML mapping of names to lists, for |expand."),
]
Color: TypeAlias = Annotated[
    str, typer.Option(metavar="auto|always|never", help="Colour of the output.")
]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("-q", "--quiet", help="Say nothing but errors on standard error.")
]
Pipelines: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--pipeline",
        metavar="PIPELINE",
        help="A further pySigma pipeline, by name or file, applied after ours; repeatable.",
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="One JSON object a line for each rule and target.")
]
Strict: TypeAlias = Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")]
WithoutPipeline: TypeAlias = Annotated[
    bool,
    typer.Option("--without-pipeline", help="Leave out our pipelines: no mapping, no scope."),
]
Stack: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="8.19|9.x",
        help="Elastic Stack that ES|QL and EQL must work on. [default: 8.19]",
    ),
]
Case: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="auto|insensitive|sensitive",
        help="Case of values: Sigma ignores it; auto minds it where CloudTrail knows one "
        "spelling only. [default: auto]",
    ),
]
ElasticFields: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="text,flattened",
        help="Forms in which Elastic keeps requestParameters and the like; name the one that "
        "is left if the other is switched off. [default: text,flattened]",
    ),
]
DatasetField: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="FIELD",
        help="Scope of KQL, EQL, Lucene: event.dataset, data_stream.dataset or none. "
        "[default: event.dataset]",
    ),
]
EsqlFrom: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="INDICES", help="ES|QL's from list. [default: logs-aws.cloudtrail-*]"),
]
SplunkIndex: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="INDEX", help="Splunk index. [default: none]"),
]
SplunkSourcetype: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="SOURCETYPE", help="Splunk sourcetype. [default: aws:cloudtrail]"),
]
Jobs: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="N", help="Processes for many rules. [default: one for each core]"),
]
Today: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="YYYY-MM-DD", help="The day that dates go by. [default: today]"),
]
SplunkMacro: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="MACRO", help="Splunk macro in place of index and sourcetype."),
]
