"""The command ``sigmacast``: its options and commands, put together."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import Annotated, NoReturn

import typer

from sigmacast import __version__, exit_codes
from sigmacast.commands.check import check
from sigmacast.commands.contribute import contribute
from sigmacast.commands.convert import convert
from sigmacast.commands.coverage import coverage
from sigmacast.commands.diff import diff
from sigmacast.commands.explain import explain
from sigmacast.commands.listing import app as listing
from sigmacast.commands.match import match
from sigmacast.commands.new import new
from sigmacast.commands.plain import PlainCommand, PlainGroup
from sigmacast.commands.synth import synth
from sigmacast.commands.test import test
from sigmacast.commands.verify import verify
from sigmacast.commands.view import view

INTERRUPTED = 130
"""What a shell reports of a program that was stopped by a key press (128 + SIGINT)."""

app = typer.Typer(
    name="sigmacast",
    cls=PlainGroup,
    help="Write a detection once, cast it to every SIEM: Sigma rules for AWS CloudTrail as Splunk "
    "SPL and Elastic KQL, EQL, ES|QL and Lucene, tested on events.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(cls=PlainCommand)(new)
app.command(cls=PlainCommand)(convert)
app.command(cls=PlainCommand)(check)
app.command(cls=PlainCommand)(explain)
app.command(cls=PlainCommand)(test)
app.command(cls=PlainCommand)(match)
app.command(cls=PlainCommand)(synth)
app.command(cls=PlainCommand)(verify)
app.command(cls=PlainCommand)(diff)
app.command(cls=PlainCommand)(coverage)
app.command(cls=PlainCommand)(view)
app.command(cls=PlainCommand)(contribute)
app.add_typer(listing)


def _version(shown: bool) -> None:
    if shown:
        typer.echo(f"sigmacast {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Options that stand before a command."""


def main() -> None:
    """Run the command line; a reader that goes away and a key press end it quietly."""
    # Rules make many small objects that live as long as the run: looking for garbage among them
    # at Python's usual pace takes a tenth of the time.
    gc.set_threshold(20_000, 50, 100)
    # pySigma tries expressions with Python's engine, which warns of [[:alpha:]].
    warnings.filterwarnings("ignore", category=FutureWarning, module="sigma")
    code: object = exit_codes.OK
    try:
        app()
    except SystemExit as end:
        code = end.code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = exit_codes.FAILED
    except KeyboardInterrupt:
        code = INTERRUPTED
    _leave(code if isinstance(code, int) else exit_codes.OK)


def _leave(code: int) -> NoReturn:
    """End at once: taking thousands of rules apart one by one first serves nobody."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or exit_codes.FAILED
    os._exit(code)
