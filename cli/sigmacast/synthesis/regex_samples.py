"""Short texts that a regular expression finds, one for each of its alternatives."""

from __future__ import annotations

import string
from collections.abc import Iterator
from itertools import islice, product
from typing import Any

from sigmacast.python_regex import parser, sre

MAX_SAMPLES = 16
READABLE = f"aA0 -_./:{string.ascii_letters}{string.digits}{string.punctuation}\t\n"
"""What stands for a class of characters: the first of these that is in it."""


def regex_samples(expression: str) -> Iterator[str]:
    """Candidates; whoever uses them has to try them, since anchors are not looked at."""
    try:
        parsed: Any = parser.parse(expression)
    except (RecursionError, OverflowError):
        return
    yield from islice(_sequence(list(parsed)), MAX_SAMPLES)


def _sequence(nodes: list[Any]) -> Iterator[str]:
    parts = [list(islice(_one(node), MAX_SAMPLES)) for node in nodes]
    for chosen in product(*parts):
        yield "".join(chosen)


def _one(node: Any) -> Iterator[str]:
    kind, value = node
    if kind is sre.LITERAL:
        yield chr(value)
    elif kind is sre.NOT_LITERAL:
        yield next(character for character in READABLE if ord(character) != value)
    elif kind is sre.ANY:
        yield "a"
    elif kind is sre.IN:
        yield from _character(value)
    elif kind is sre.BRANCH:
        for alternative in value[1]:
            yield from _sequence(list(alternative))
    elif kind is sre.SUBPATTERN:
        yield from _sequence(list(value[3]))
    elif kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        least, most, inner = value
        for text in _sequence(list(inner)):
            yield text * least
            if least == 0 and most > 0:
                yield text
    else:  # an anchor or a word boundary takes no character
        yield ""


def _character(members: list[Any]) -> Iterator[str]:
    negated = bool(members) and members[0][0] is sre.NEGATE
    for character in READABLE:
        # Both cases, since the expression may ignore case.
        cases = {character.lower(), character.upper()} if negated else {character}
        found = any(_is_member(ord(each), member) for each in cases for member in members)
        if found is not negated:
            yield character
            return


def _is_member(code: int, member: Any) -> bool:
    kind, value = member
    if kind is sre.LITERAL:
        return bool(code == value)
    if kind is sre.RANGE:
        return bool(value[0] <= code <= value[1])
    if kind is sre.CATEGORY:
        character = chr(code)
        word = character.isalnum() or character == "_"
        found = {
            sre.CATEGORY_DIGIT: character.isdigit(),
            sre.CATEGORY_NOT_DIGIT: not character.isdigit(),
            sre.CATEGORY_SPACE: character.isspace(),
            sre.CATEGORY_NOT_SPACE: not character.isspace(),
            sre.CATEGORY_WORD: word,
            sre.CATEGORY_NOT_WORD: not word,
        }
        return found.get(value, False)
    return False
