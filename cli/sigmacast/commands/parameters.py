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
