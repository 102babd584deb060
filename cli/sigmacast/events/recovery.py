"""Where reading can go on after a record that gave no value."""

from __future__ import annotations

import re
from collections.abc import Container
from enum import Enum, auto

from sigmacast.events.buffer import TextBuffer

MAX_OPEN = 1024 * 1024
"""Brackets that may be open at once while a record is passed over; beyond, the text is given up."""

_LOOK_AHEAD = 256
"""Characters in which each token below is sure to end, so that no chunk border can cut one."""
_ALIGNED = r"\n(?P<indent>[ \t\r]{0,200})(?=[{\[])"
# Inside a string the quotes would be escaped, so that this can only be the start of a record.
_EVENT = r"[,}]\s{0,80}(?P<event>\{\s{0,80}\"eventVersion\"\s{0,40}:)"
_OUTSIDE = re.compile(rf'{_ALIGNED}|{_EVENT}|["{{}}\[\]\n]')
_SCALAR = re.compile(rf'{_ALIGNED}|{_EVENT}|["{{}}\[\],\n]')
_INSIDE = re.compile(rf'\\.|{_ALIGNED}|{_EVENT}|["\n]', re.DOTALL)
# A record that is merely too large or too deep may well hold such things; brackets alone count.
_SOUND_OUTSIDE = re.compile(r'["{}\[\]]')
_SOUND_SCALAR = re.compile(r'["{}\[\],]')
_SOUND_INSIDE = re.compile(r'\\.|"', re.DOTALL)
_OPENER = {"}": b"{", "]": b"["}


class End(Enum):
    """How the passing over of a record ended."""

    BALANCED = auto()
    """Behind its last bracket."""
    OUTER = auto()
    """At a bracket that closes what the record stands in."""
    RESTART = auto()
    """At what can only be the start of another record."""
    TEXT = auto()
    """At the end of the text."""


def pass_over(
    buffer: TextBuffer,
    opened: bytes,
    *,
    broken: bool,
    columns: Container[int] = (),
    enclosed: bool = False,
) -> End:
    """Move *buffer* behind a record that gave no value, and say how that ended.

    *opened* are the brackets of the record that are open where the reader stands. A *broken* record
    is no sure guide to its own end: a newline ends a string (JSON's have none), a bracket closes
    all that were left open within it, and what starts a line in one of *columns*, or begins as
    CloudTrail's records do, is another record. In one that is not *enclosed* in a list, brackets
    without a partner mean nothing. Memory stays constant.
    """
    open_now = bytearray(opened)
    inside = False
    while True:
        if inside:
            tokens = _INSIDE if broken else _SOUND_INSIDE
        elif open_now:
            tokens = _OUTSIDE if broken else _SOUND_OUTSIDE
        else:
            tokens = _SCALAR if broken else _SOUND_SCALAR
        match = _next(buffer, tokens)
        if match is None:
            return End.TEXT
        token = match[0]
        if match.lastgroup == "event":
            buffer.pos = match.start("event")
            return End.RESTART
        buffer.pos = match.end()
        if token[0] == "\n":
            inside = False
            if match.lastgroup == "indent" and len(match["indent"]) + 1 in columns:
                return End.RESTART
        elif token == '"':
            inside = not inside
        elif token in "{[":
            open_now += token.encode()
            if len(open_now) > MAX_OPEN:
                buffer.give_up()
                return End.TEXT
        elif token in "}]":
            partner = open_now.rfind(_OPENER[token])
            if partner >= 0:
                del open_now[partner:]
                if not open_now:
                    return End.BALANCED
            elif enclosed:
                buffer.pos = match.start()
                return End.OUTER
        elif token == ",":
            buffer.pos = match.start()
            return End.BALANCED


def pass_line(buffer: TextBuffer) -> None:
    """Move *buffer* to the end of the line."""
    while True:
        found = buffer.text.find("\n", buffer.pos)
        buffer.pos = len(buffer.text) if found < 0 else found
        if found >= 0 or not buffer.more():
            return


def _next(buffer: TextBuffer, tokens: re.Pattern[str]) -> re.Match[str] | None:
    """The next token, whole; None at the end of the text."""
    while True:
        match = tokens.search(buffer.text, buffer.pos)
        safe = len(buffer.text) - _LOOK_AHEAD
        if match is not None and (buffer.ended or match.start() <= safe):
            return match
        if buffer.ended:
            buffer.pos = len(buffer.text)
            return None
        buffer.pos = max(buffer.pos, safe)
        buffer.more()
