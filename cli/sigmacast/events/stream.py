"""A text of any length to JSON values, one after the other: what stands in lists comes singly."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Any

from sigmacast.events.buffer import BLANKS, LINE_SEPARATORS, SEPARATORS, TextBuffer
from sigmacast.events.content import Unreadable
from sigmacast.events.recovery import End, pass_line, pass_over
from sigmacast.events.shapes import HITS, LISTS, MAX_WRAPS, is_record
from sigmacast.events.values import (
    DECODER,
    MAX_CHARACTERS,
    MAX_DEPTH,
    MAX_VALUES,
    TOO_DEEP,
    TOO_LARGE,
    TOO_MANY,
    Refused,
    is_too_deep,
    may_hold_surrogates,
    number,
    syntax,
    writable,
)

UNFOLD_FROM = 1024 * 1024
"""Characters after which an object is read key by key, since it may hold a list of records."""

_HEAD = re.compile(
    rf'\{{\s*"(?:(?:{"|".join(sorted(LISTS))})"\s*:\s*\[|{HITS}"\s*:\s*\{{)',
)
"""An object that begins with a list of records, as CloudTrail's own files do."""
_HEAD_LENGTH = 64
_TAIL = 16
"""Characters at the end of a chunk in which an error may be due to the cut: `tru`, `-`, `\\u12`."""
_LITERALS = ("true", "false", "null", "-")


@dataclass(frozen=True, slots=True)
class Broken:
    """What stands in place of a value that cannot be read."""

    message: str
    line: int
    column: int
    record: bool
    """Whether a record is lost with it; else it is the text around records that is broken."""


class _CutOff(Refused):
    """The text ends in the middle of a value."""


@dataclass(slots=True)
class _Members:
    """An object that is read key by key."""

    found: dict[str, Any] = field(default_factory=dict)
    opened: bytearray = field(default_factory=bytearray)
    """Its brackets that are open where the reader stands."""
    unfolded: bool = False
    """Whether a list of records was found in it, so that it is none itself."""
    elsewhere: int = 0
    """Characters of it that stand in such lists."""


class ValueStream:
    """Iterates over the values of a text; each is a JSON value or a ``Broken``.

    The elements of a list, and of a list in an object of a known shape, are values of their own,
    and nothing but the one at hand is in memory. Never raises for what the text holds.
    """

    def __init__(self, chunks: Iterator[str]) -> None:
        self._buffer = TextBuffer(chunks)
        self._start: int | tuple[int, int] = 0
        self._cut_off = False
        self.level = 0
        """How many objects were unfolded around the value last given."""
        self.empty = True
        """Whether there is nothing but white space so far."""

    @property
    def failure(self) -> Unreadable | None:
        """Why the text ended too early, once it has."""
        return self._buffer.failure

    @property
    def place(self) -> tuple[int, int]:
        """Line and column, from 1, of the value last given; to be asked before the next one."""
        start = self._start
        return start if isinstance(start, tuple) else self._buffer.place(start)

    def __iter__(self) -> Iterator[Any]:
        buffer = self._buffer
        while buffer.skip(SEPARATORS):
            self.empty = False
            if buffer.text[buffer.pos] == "[":
                buffer.pos += 1
                yield from self._items(0)
                continue
            self.level = 0
            try:
                value = self._decode(UNFOLD_FROM, MAX_CHARACTERS, heads=True)
            except Refused:
                pass
            else:
                yield value
                continue
            yield from self._carefully(0, enclosed=False)

    def _items(self, level: int) -> Iterator[Any]:
        """The elements of a list, up to and with its closing bracket."""
        buffer = self._buffer
        while buffer.skip(SEPARATORS):
            char = buffer.text[buffer.pos]
            if char == "]":
                buffer.pos += 1
                return
            if char == "}":
                stray = self._is_stray()
                what = "a '}' without its '{'" if stray else "the list is not closed"
                yield Broken(f"broken JSON: {what}", *buffer.place(buffer.pos), record=False)
                if not stray:
                    return
                buffer.pos += 1
                continue
            self.level = level
            try:
                value = self._decode(UNFOLD_FROM, MAX_CHARACTERS, heads=level < MAX_WRAPS)
            except Refused:
                pass
            else:
                yield value
                continue
            yield from self._carefully(level, enclosed=True)
        end = buffer.place(buffer.pos)
        yield from self._ended("the file ends before its list of records does", end, False)

    def _carefully(self, level: int, *, enclosed: bool) -> Iterator[Any]:
        """The value at hand if it is large, broken or holds a list of records, whatever it is."""
        buffer = self._buffer
        buffer.trim()
        place = buffer.place(buffer.pos)
        members = _Members()
        try:
            if buffer.text[buffer.pos] == "{":
                yield from self._members(members, level)
                value: Any = members.found
            else:
                value = self._decode(MAX_CHARACTERS, MAX_CHARACTERS)
        except Refused as refused:
            if buffer.anchor is not None:
                # Whatever went wrong, a quote or a bracket may be missing in the member before.
                buffer.pos = buffer.anchor
                buffer.anchor = None
            columns = {place[1]} if enclosed else {place[1], 1}
            yield from self._refused(refused, members, place, columns, enclosed=enclosed)
            return
        if members.unfolded:
            return
        self.level = level
        self._start = place
        yield Broken(TOO_DEEP, *place, record=True) if is_too_deep(value) else value

    def _members(self, members: _Members, level: int) -> Iterator[Any]:
        """Read an object key by key into *members*; give the elements of its lists of records.

        Raises Refused where that cannot go on.
        """
        buffer = self._buffer
        begin = buffer.offset
        buffer.pos += 1
        members.opened += b"{"
        buffer.anchor = buffer.pos
        may_end, wants_comma = True, False
        while members.opened:
            char = self._char()
            if char == "}" and may_end:
                buffer.pos += 1
                members.opened.pop()
                buffer.anchor = buffer.pos
                wants_comma = True
            elif wants_comma:
                self._expect(",")
                may_end = wants_comma = False
            else:
                left = MAX_CHARACTERS - (buffer.offset - begin - members.elsewhere)
                if char != '"':
                    raise Refused("broken JSON: expecting a name in double quotes", at=buffer.pos)
                buffer.anchor = buffer.pos
                key = self._decode(left, left)
                self._char()
                self._expect(":")
                char = self._char()
                unfolds = level < MAX_WRAPS and not is_record(members.found)
                may_end = wants_comma = True
                inside_hits = len(members.opened) > 1
                if char == "[" and unfolds and (key == HITS if inside_hits else key in LISTS):
                    buffer.pos += 1
                    buffer.anchor = None
                    members.unfolded = True
                    members.elsewhere -= buffer.offset
                    yield from self._items(level + 1)
                    members.elsewhere += buffer.offset
                    buffer.anchor = buffer.pos
                elif char == "{" and unfolds and key == HITS and not inside_hits:
                    buffer.pos += 1
                    buffer.anchor = buffer.pos
                    members.opened += b"{"
                    members.found[key] = {}
                    wants_comma = False
                else:
                    value = self._decode(left, left)
                    if not inside_hits:
                        members.found[key] = value
        buffer.anchor = None

    def _char(self) -> str:
        """The next character that is no white space, and go there."""
        if not self._buffer.skip(BLANKS):
            raise _CutOff("broken JSON: the record does not end")
        return self._buffer.text[self._buffer.pos]

    def _expect(self, char: str) -> None:
        buffer = self._buffer
        if buffer.text[buffer.pos] != char:
            raise Refused(f"broken JSON: expecting '{char}'", at=buffer.pos)
        buffer.pos += 1

    def _refused(
        self,
        refused: Refused,
        members: _Members,
        place: tuple[int, int],
        columns: Container[int],
        *,
        enclosed: bool,
    ) -> Iterator[Broken]:
        """Say what is wrong with a value and go to where the next one is."""
        buffer = self._buffer
        line, column = buffer.place(refused.at) if refused.at is not None else place
        message = str(refused)
        record = not members.unfolded
        if enclosed or members.opened:
            end = pass_over(
                buffer,
                bytes(members.opened),
                broken=refused.broken,
                columns=columns,
                enclosed=enclosed,
            )
            if end is End.TEXT and isinstance(refused, _CutOff):
                yield from self._ended("the file ends in the middle of this record", place, record)
                return
            if end is End.TEXT:
                self._cut_off = True
                if enclosed or buffer.place(buffer.pos)[0] > line:
                    message += "; the rest of the file was given up"
            elif end is End.OUTER:
                message += "; what follows it in its list may be lost with it"
            elif end is End.BALANCED and not enclosed:
                self._pass_rest_of_line()
        else:
            pass_line(buffer)
        yield Broken(message, line, column, record)

    def _pass_rest_of_line(self) -> None:
        """Pass over what a broken value leaves on its line, unless another one starts there."""
        buffer = self._buffer
        if buffer.skip(LINE_SEPARATORS) and buffer.text[buffer.pos] not in "{[":
            pass_line(buffer)

    def _ended(self, message: str, place: tuple[int, int], record: bool) -> Iterator[Broken]:
        """Say that the text ended too early, unless that is known or has a better reason."""
        if not self._cut_off and self._buffer.failure is None:
            self._cut_off = True
            yield Broken(message, *place, record=record)

    def _is_stray(self) -> bool:
        """Whether the list goes on after the closing brace at hand."""
        buffer = self._buffer
        buffer.look_ahead(_HEAD_LENGTH)
        rest = buffer.text[buffer.pos + 1 : buffer.pos + _HEAD_LENGTH].lstrip()
        return rest.startswith("]") or (
            rest.startswith(",") and rest[1:].lstrip().startswith(("{", "["))
        )

    def _decode(self, patience: int, most: int, *, heads: bool = False) -> Any:
        """The value at hand, and go behind it; raises Refused, and then stays.

        At most *patience* characters are looked at before its end is known, and *most* after.
        With *heads*, an object that begins with a list of records is refused, to be unfolded.
        """
        buffer = self._buffer
        while True:
            text, start = buffer.text, buffer.pos
            if heads and _HEAD.match(text, start):
                raise Refused("to be unfolded", broken=False)
            try:
                value, end = DECODER.raw_decode(text, start)
            except json.JSONDecodeError as error:
                self._go_on_or_refuse(error, patience)
                continue
            except ValueError as error:
                raise Refused(number(error)) from None
            except RecursionError:
                raise Refused(TOO_DEEP, broken=False) from None
            if end + 4 > len(text) and isinstance(value, (int, float)) and not buffer.ended:
                buffer.more()  # its other digits may be in the next chunk
                continue
            break
        if end - start > most:
            raise Refused(TOO_LARGE, broken=False)
        brackets = text.count("{", start, end) + text.count("[", start, end)
        if brackets > MAX_DEPTH and is_too_deep(value):
            raise Refused(TOO_DEEP, broken=False)
        buffer.pos = end
        self._start = start
        if buffer.surrogates and may_hold_surrogates(text, start, end):
            return writable(value)
        return value

    def _has_too_many_values(self) -> bool:
        """Whether what there is of a large value would already fill the memory."""
        text, start = self._buffer.text, self._buffer.pos
        return len(text) - start > UNFOLD_FROM and (
            sum(text.count(char, start) for char in ",{[") > MAX_VALUES
        )

    def _go_on_or_refuse(self, error: json.JSONDecodeError, patience: int) -> None:
        buffer = self._buffer
        open_string = error.msg.startswith("Unterminated string")
        if not buffer.ended and (open_string or error.pos >= len(buffer.text) - _TAIL):
            if len(buffer.text) - buffer.pos > patience:
                raise Refused(TOO_LARGE, broken=False) from None
            if self._has_too_many_values():
                raise Refused(TOO_MANY, broken=False) from None
            buffer.more()
            return
        rest = buffer.text[error.pos : error.pos + _TAIL].strip()
        if buffer.ended and (open_string or any(each.startswith(rest) for each in _LITERALS)):
            raise _CutOff("broken JSON: the record does not end") from None
        raise Refused(syntax(error), at=error.pos) from None
