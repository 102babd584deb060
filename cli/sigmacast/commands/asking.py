"""Questions of ``new`` on a terminal, for what no option has said."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from sigmacast.errors import UsageError

if TYPE_CHECKING:
    from sigmacast.authoring.answers import Answers
    from sigmacast.authoring.draft import FieldTest
    from sigmacast.authoring.proposals import Proposal

Records = Sequence[Mapping[str, Any]]


def can_ask() -> bool:
    """Whether somebody can answer: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def asked(answers: Answers, records: Records) -> Answers:
    """The answers with all that was not said yet; an answer that cannot be is asked for again."""
    from sigmacast.authoring.draft import level_of, line_of, title_of

    if records and answers.chosen is None:
        answers = replace(answers, chosen=_chosen(records))
    if answers.title is None:
        answers = replace(answers, title=_line("Title", title_of))
    if not records:
        answers = _names(answers)
        answers = _further_tests(answers)
    if answers.level is None:
        answers = replace(answers, level=_line("Level", level_of, "medium"))
    if answers.author is None:
        answers = replace(answers, author=_line("Author", lambda said: line_of("Author", said)))
    if not answers.techniques:
        ids = _line("ATT&CK techniques, such as T1136.003 (may be empty)", _techniques, "")
        answers = replace(answers, techniques=tuple(ids.replace(",", " ").split()))
    if answers.description is None:
        said = _line("What it detects (empty: a sentence made from its tests)", _description, "")
        answers = replace(answers, description=said or None)
    return answers


def _chosen(records: Records) -> tuple[FieldTest, ...]:
    """The tests that are picked among those that the event offers, by their numbers."""
    from sigmacast.authoring.proposals import proposals

    offered = proposals(records)
    for number, proposal in enumerate(offered, start=1):
        typer.echo(f"{number:4} {'*' if proposal.chosen else ' '} {_shown(proposal)}", err=True)
    usual = " ".join(str(n) for n, each in enumerate(offered, start=1) if each.chosen)
    said = _line("Tests", lambda given: _numbers(given, len(offered)), usual)
    return tuple(offered[int(number) - 1].test for number in said.split())


def _numbers(given: str, most: int) -> str:
    """Numbers of the list, in order and without repeats; raises UsageError for anything else."""
    words = given.replace(",", " ").split()
    if not words or not all(
        word.isascii() and word.isdigit() and len(word) < 6 and 1 <= int(word) <= most
        for word in words
    ):
        raise UsageError(f"numbers from 1 to {most}, with blanks between")
    return " ".join(map(str, sorted(set(map(int, words)))))


def _shown(proposal: Proposal) -> str:
    from sigmacast.authoring.yaml_text import tested

    first, *others = tested(proposal.test.key, proposal.test.values)
    return " ".join([first, *(each.strip() for each in others)])


def _names(answers: Answers) -> Answers:
    """Event source and names; what AWS does not have is told, and taken if it is wanted."""
    from sigmacast.authoring.draft import NAME, SOURCE, FieldTest

    while not answers.sources:
        said = _line("Event source, such as iam.amazonaws.com", _not_empty).split()
        sources = FieldTest(SOURCE, tuple(said))
        answers = _if_wanted(answers, [sources], sources=tuple(said))
    sources = FieldTest(SOURCE, answers.sources)
    while not answers.names:
        said = _line("Event names, such as CreateUser", _not_empty).replace(",", " ").split()
        names = FieldTest(NAME, tuple(said))
        answers = _if_wanted(answers, [sources, names], names=tuple(said))
    return answers


def _if_wanted(answers: Answers, tests: Sequence[FieldTest], **given: tuple[str, ...]) -> Answers:
    """The answers with what was given, unless its tests are strange and it was a mistake."""
    from sigmacast.authoring.names import strange_names

    strange = [each for each in strange_names(tests) if each not in answers.accepted]
    for each in strange:
        typer.echo(each, err=True)
    if strange and _line("Take it as it is", _yes_or_no, "n").startswith("n"):
        return answers
    return replace(answers, accepted=answers.accepted | set(strange), **given)  # type: ignore[arg-type]


def _further_tests(answers: Answers) -> Answers:
    """Tests beside the event's names, one after the other, until an empty line."""
    example = "errorCode=null for calls that succeeded"
    while said := _line(f"Another test, such as {example} (empty: none)", _test, ""):
        answers = replace(answers, fields=(*answers.fields, said))
        example = "requestParameters.policyArn|endswith=AdministratorAccess"
    return answers


def _test(given: str) -> str:
    from sigmacast.authoring.values import parted

    if given and parted(given)[1] is None:
        raise UsageError("a test is FIELD=VALUE")
    return given


def _techniques(given: str) -> str:
    from sigmacast.authoring.names import techniques_of

    techniques_of(given.replace(",", " ").split())
    return given


def _description(given: str) -> str:
    from sigmacast.authoring.draft import description_of

    return description_of(given) if given.strip() else ""


def _not_empty(given: str) -> str:
    from sigmacast.authoring.draft import line_of

    return line_of("the answer", given)


def _line(question: str, check: Callable[[str], str], default: str | None = None) -> str:
    """An answer that passes; *check* raises UsageError for any other, which is shown.

    Not by Typer's own prompt, which writes a blank to standard output.
    """
    shown = f" [{default}]" if default else ""
    while True:
        typer.echo(f"{question}{shown}: ", nl=False, err=True)
        try:
            said = input().strip() or default
        except EOFError:
            raise typer.Abort from None
        if said is None:
            continue
        try:
            return check(said)
        except UsageError as error:
            typer.echo(f"  {error}", err=True)


def _yes_or_no(given: str) -> str:
    answer = given.lower()
    if answer not in ("y", "yes", "n", "no"):
        raise UsageError("y or n")
    return answer
