"""Sigma strings with wildcards as tests of a text, in time that grows with the text alone.

A pattern is cut at its asterisks; the pieces are looked for one after the other, so that no
choice is ever taken back, which a regular expression would do for each asterisk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from sigma.types import SigmaString

from sigmacast.matching.comparing import fold
from sigmacast.rule_parts import STAR

TextTest: TypeAlias = Callable[[str], bool]


def literal(value: SigmaString) -> str | None:
    """The text of a value without wildcards, None for one with wildcards."""
    if all(isinstance(part, str) for part in value.s):
        return "".join(part for part in value.s if isinstance(part, str))
    return None


def pattern_test(value: SigmaString, *, cased: bool) -> TextTest:
    """A test whether a whole text is what *value* says.

    ``*`` stands for any text, ``?`` for one character. Placeholders must have their values by now.
    """
    pieces = _pieces(value, cased=cased)
    test = _test(pieces)
    return test if cased else lambda text: test(fold(text))


def _test(pieces: Sequence[_Piece]) -> TextTest:
    first, *between, last = pieces[0], *pieces[1:-1], pieces[-1]
    if len(pieces) == 1:
        return first.is_all_of
    needed = sum(piece.length for piece in pieces)
    if not first.length and not last.length and len(between) == 1:
        return between[0].is_in

    def test(text: str) -> bool:
        end = len(text) - last.length
        if len(text) < needed or not first.starts(text) or not last.stands_at(text, end):
            return False
        start = first.length
        for piece in between:
            start = piece.end_after(text, start, end)
            if start < 0:
                return False
        return True

    return test


class _Piece:
    """What stands between two asterisks: a text, or one with ``?`` in it."""

    def __init__(self, parts: Sequence[str | None]) -> None:
        self.length = sum(1 if part is None else len(part) for part in parts)
        self._text = "".join(part for part in parts if part is not None)
        self._holes: re.Pattern[str] | None = None
        if None in parts:
            written = "".join("." if part is None else re.escape(part) for part in parts)
            self._holes = re.compile(written, re.DOTALL)  # of fixed length: nothing to go back to

    def is_all_of(self, text: str) -> bool:
        return text == self._text if self._holes is None else bool(self._holes.fullmatch(text))

    def is_in(self, text: str) -> bool:
        return self._text in text if self._holes is None else bool(self._holes.search(text))

    def starts(self, text: str) -> bool:
        return self.stands_at(text, 0)

    def stands_at(self, text: str, start: int) -> bool:
        if self._holes is None:
            return text.startswith(self._text, start)
        return bool(self._holes.match(text, start))

    def end_after(self, text: str, start: int, end: int) -> int:
        """Where the first such piece within these bounds ends, -1 if there is none."""
        if self._holes is None:
            found = text.find(self._text, start, end)
            return -1 if found < 0 else found + self.length
        match = self._holes.search(text, start, end)
        return -1 if match is None else match.end()


def _pieces(value: SigmaString, *, cased: bool) -> list[_Piece]:
    pieces: list[list[str | None]] = [[]]
    for part in value.s:
        if isinstance(part, str):
            pieces[-1].append(part if cased else fold(part))
        elif part is STAR:
            pieces.append([])
        else:
            pieces[-1].append(None)
    return [_Piece(parts) for parts in pieces]
