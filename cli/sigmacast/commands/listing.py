"""``sigmacast list``: what there is."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from sigmacast import exit_codes

app = typer.Typer(
    name="list",
    help="List targets, formats, pipelines, fields, checks or diagnostics.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Rows = list[dict[str, object]]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command()
def targets(as_json: Json = False) -> None:
    """Our targets with what they can say, and other installed pySigma backends."""
    from sigmacast.installed import installed_backends
    from sigmacast.targets import TARGETS, Feature, target

    found = [target(name) for name in TARGETS]
    rows: Rows = [
        {
            "target": each.name,
            "title": each.title,
            "pipeline": each.pipeline,
            "cannot": [feature.value for feature in Feature if feature not in each.features],
        }
        for each in found
    ]
    rows += [
        {
            "target": name,
            "title": f"{backend.name} (no schema knowledge)",
            "pipeline": None,
            "cannot": None,
        }
        for name, backend in installed_backends().items()
        if name not in TARGETS
    ]
    _show(rows, ("target", "title", "pipeline"), as_json=as_json)


@app.command()
def formats(as_json: Json = False) -> None:
    """The artifacts of convert -f, and the targets that each is made for."""
    from sigmacast.artifacts import ARTIFACTS, artifact

    found = [artifact(name) for name in ARTIFACTS]
    rows: Rows = [
        {"format": each.name, "title": each.title, "targets": list(each.targets)} for each in found
    ]
    if not as_json:
        rows = [
            {**row, "targets": ", ".join(each.targets)}
            for row, each in zip(rows, found, strict=True)
        ]
    _show(rows, ("format", "title", "targets"), as_json=as_json)


@app.command()
def pipelines(as_json: Json = False) -> None:
    """Our pipelines, and those of other installed pySigma packages."""
    from sigmacast.installed import installed_pipelines
    from sigmacast.pipelines import BUILT_IN, built_in

    rows: Rows = [{"pipeline": name, "title": str(built_in(name).name)} for name in BUILT_IN]
    rows += [
        {"pipeline": name, "title": "another package's pipeline"} for name in installed_pipelines()
    ]
    _show(rows, ("pipeline", "title"), as_json=as_json)


@app.command()
def fields(
    as_json: Json = False,
    match: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only fields with this text in a name."),
    ] = None,
) -> None:
    """The CloudTrail fields and where each SIEM stores them."""
    from sigmacast.schema import catalogue

    rows: Rows = [
        {
            "field": row.sigma,
            "type": row.json_type,
            "ecs": row.ecs or None,
            "ecs_type": row.ecs_type or None,
            "splunk": row.splunk or None,
            "events": list(row.events),
            "remarks": row.remarks or None,
        }
        for row in catalogue().fields
        if match is None
        or any(match.lower() in name.lower() for name in (row.sigma, row.ecs, row.splunk))
    ]
    _show(rows, ("field", "type", "ecs", "ecs_type", "splunk"), as_json=as_json)


@app.command()
def checks(as_json: Json = False) -> None:
    """The checks of `sigmacast check`, and the names that comments and settings know them by."""
    import textwrap

    from sigmacast.checks import CHECKS, check_of

    found = [check_of(name) for name in CHECKS]
    rows: Rows = [
        {
            "check": each.name,
            "title": each.title,
            "codes": list(each.codes),
            "aliases": list(each.aliases()),
        }
        for each in found
    ]
    _show(rows, ("check", "title", "codes"), as_json=as_json)
    for each in () if as_json else found:
        aliases = ", ".join(each.aliases())
        if aliases:
            names = textwrap.indent(textwrap.fill(aliases, 76, break_on_hyphens=False), "  ")
            typer.echo(f"\nFindings of {each.name} go by these names:\n{names}")


@app.command()
def diagnostics(
    code: Annotated[
        str | None,
        typer.Argument(metavar="[CODE]", help="Show this code in full."),
    ] = None,
    as_json: Json = False,
) -> None:
    """The diagnostics, or one of them in full."""
    from sigmacast.diagnostics import CODES
    from sigmacast.errors import unknown

    if code is not None and code.upper() not in CODES:
        error = unknown("diagnostic", code, CODES, "sigmacast list diagnostics")
        typer.echo(f"sigmacast: {error}", err=True)
        raise typer.Exit(exit_codes.USAGE)
    chosen = [CODES[code.upper()]] if code else list(CODES.values())
    rows: Rows = [
        {
            "code": each.code,
            "severity": each.severity.value,
            "title": each.title,
            "why": each.why,
            "cure": each.cure,
            "url": each.url,
        }
        for each in chosen
    ]
    if code and not as_json:
        each = chosen[0]
        typer.echo(f"{each.code} ({each.severity.value}): {each.title}\n")
        typer.echo(f"Why: {each.why}\nCure: {each.cure}\nSee: {each.url}")
        return
    _show(rows, ("code", "severity", "title"), as_json=as_json)


def _show(rows: Rows, heads: tuple[str, ...], *, as_json: bool) -> None:
    from sigmacast.reports.text import table

    if as_json:
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    else:
        lines = table([tuple(_cell(row[head]) for head in heads) for row in rows], heads)
    for line in lines:
        typer.echo(line)


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value or "-")
