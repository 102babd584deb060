"""The part of a text that is being looked at, and where in the text that is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sigmacast.events.content import Unreadable
from sigmacast.events.values import may_hold_surrogates

REREAD = 64 * 1024
"""Characters that are looked at again and again while they grow.

Beyond them the waiting text has to double each time, so that the work stays linear; below, what a
pipe has given is looked at at once.
"""
MOST_AT_ONCE = 4 * 1024 * 1024
"""Characters at which that doubling ends, for the sake of memory; no record has many times more."""

SEPARATORS = re.compile("[ \t\n\r,\ufeff]*")
"""What may stand between two values: commas between lines, and the byte order marks of files that
were joined, are common enough."""
BLANKS = re.compile(r"[ \t\n\r]*")
"""White space, as JSON has it."""
LINE_SEPARATORS = re.compile(r"[ \t,]*")
"""What may stand between two values of one line."""


class TextBuffer:
    """A window on a text that comes in chunks; ``pos`` is where in ``text`` the reader stands.

    ``more`` and ``trim`` drop what lies before ``pos`` and before ``anchor``, if there is one:
    indices hold until their next call only.
    """

    __slots__ = (
        "_chunks", "_counted", "_dropped", "_line", "_line_start", "_window_line_start",
        "anchor", "ended", "failure", "pos", "surrogates", "text",
    )  # fmt: skip

    def __init__(self, chunks: Iterator[str]) -> None:
        self.text = ""
        self.pos = 0
        self.anchor: int | None = None
        """Where the reader may want to go back to; kept while it is not far behind."""
        self.ended = False
        self.failure: Unreadable | None = None
        """Why the text ended, if not because it was all."""
        self.surrogates = False
        """Whether the window may hold an escape of a surrogate."""
        self._chunks = chunks
        self._dropped = 0
        self._counted = 0
        """The index up to which lines are counted, so that no part is counted twice."""
        self._line = 1
        self._line_start = 0
        self._window_line_start = 0

    @property
    def offset(self) -> int:
        """Where the reader stands in the whole text, in characters from 0."""
        return self._dropped + self.pos

    def more(self) -> bool:
        """Drop what is not needed any more and read on; False if there is nothing to read."""
        if self.ended:
            return False
        self._drop()
        parts = [self.text]
        wanted = min(len(self.text), MOST_AT_ONCE) if len(self.text) > REREAD else 1
        while wanted > 0 and not self.ended:
            chunk = self._next_chunk()
            parts.append(chunk)
            wanted -= len(chunk)
        self.text = "".join(parts)
        self.surrogates = may_hold_surrogates(self.text)
        return len(self.text) > len(parts[0])

    def trim(self) -> None:
        """Drop what lies before ``pos`` if it is much.

        For the sake of json's errors, each of which counts lines from the beginning of the text.
        """
        if self.pos > REREAD:
            self._drop()

    def _drop(self) -> None:
        if self.anchor is not None and self.pos - self.anchor > REREAD:
            self.anchor = None
        before = self.pos if self.anchor is None else self.anchor
        self._window_line_start = self._place(before)[1]
        self.text = self.text[before:]
        self.pos -= before
        if self.anchor is not None:
            self.anchor = 0
        self._dropped += before
        self._counted = max(self._counted - before, 0)

    def _next_chunk(self) -> str:
        try:
            chunk = next(self._chunks, None)
        except Unreadable as failure:
            self.failure = failure
            chunk = None
        self.ended = chunk is None
        return chunk or ""

    def give_up(self) -> None:
        """Read no further; the text ends here."""
        self.ended = True
        self.pos = len(self.text)

    def skip(self, passed: re.Pattern[str]) -> bool:
        """Go over what *passed* matches, be it nothing; False if the text ends there."""
        while True:
            match = passed.match(self.text, self.pos)
            assert match is not None
            self.pos = match.end()
            if self.pos < len(self.text):
                return True
            if not self.more():
                return False

    def look_ahead(self, size: int) -> None:
        """Have *size* characters from ``pos`` on at hand, or all that there are."""
        while len(self.text) - self.pos < size and self.more():
            pass

    def place(self, pos: int) -> tuple[int, int]:
        """Line and column, from 1, of an index into ``text``."""
        line, start = self._place(pos)
        return line, self._dropped + pos - start + 1

    def _place(self, pos: int) -> tuple[int, int]:
        """The line of an index, and the offset at which that line starts."""
        newline = self.text.rfind("\n", self._counted, pos)
        if newline >= 0:
            self._line += self.text.count("\n", self._counted, pos)
            self._line_start = self._dropped + newline + 1
        if pos >= self._counted:
            self._counted = pos
            return self._line, self._line_start
        newline = self.text.rfind("\n", 0, pos)
        start = self._dropped + newline + 1 if newline >= 0 else self._window_line_start
        return self._line - self.text.count("\n", pos, self._counted), start
