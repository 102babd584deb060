r"""Pieces of JSON as they stand in the text that Java writes of the same object.

Sigma compares a whole object by its compact JSON text, so rules look for ``"s3:GetObject"`` or
``"key":"value"``. Java's text has ``=`` for the colon, ``, `` for the comma and no quotes; what a
quote stood for becomes what stands before or after a name or a value there. Within a text, JSON's
escapes are undone: ``\"Action\"`` of a policy document is ``"Action"`` in Java's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

Border: TypeAlias = Literal["key", "value", "text", "end", "any"]
"""What stood at a quote at the fragment's border: the start of a member's name, of a value, of
either of them, the end of either, or any of these."""

BORDERS: dict[Border, str] = {
    "key": r"(\{|, )",
    "value": r"(=|\[|, )",
    "text": r"(\{|=|\[|, )",
    "end": r"(=|, |\}|\])",
    "any": r"(\{|=|\[|, |\}|\])",
}
"""As expressions."""

_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)"')
_STRUCTURE = re.compile(r"[\s:,{}\[\]]*(?:(?:true|false|null|-?\d[\d.eE+-]*)[\s:,{}\[\]]*)*")
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})')
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Piece(str):
    """Text of the object, as opposed to a border."""


def is_structured(text: str) -> bool:
    """Whether a text has anything that Java writes otherwise than JSON."""
    return '"' in text or "\\" in text


def pieces(fragment: str) -> Iterator[Piece | Border]:
    """A fragment of compact JSON as pieces of Java's text, with what its outer quotes mean."""
    parts = _split(fragment)
    if parts == ["", ""]:
        yield "any"
        return
    outside = _begins_outside(parts)
    written = False
    for index, part in enumerate(parts):
        inside = (index % 2 == 0) != outside
        if index and inside and not written:
            yield _start(parts, index)
        if inside and part:
            yield Piece(_unescaped(part))
            written = True
        elif not inside and part:
            yield Piece(_structure(part))
            written = True
        last = index == len(parts) - 1
        if inside and not last and not any(parts[index + 1 :]):
            yield "end"
            return


def _split(fragment: str) -> list[str]:
    """The fragment at its quotes, without those that JSON escapes."""
    parts, start = [], 0
    for found in _QUOTE.finditer(fragment):
        parts.append(fragment[start : found.end() - 1])
        start = found.end()
    return [*parts, fragment[start:]]


def _begins_outside(parts: list[str]) -> bool:
    """Whether the first part stands outside of a text: where the others make sense then."""
    if len(parts) == 1:
        return False
    outside, inside = parts[0::2], parts[1::2]
    if not all(map(_STRUCTURE.fullmatch, outside)):
        return False
    return any(outside) or not (any(inside) and all(map(_STRUCTURE.fullmatch, inside)))


def _start(parts: list[str], index: int) -> Border:
    """What begins with the quote before a part: a name if a colon follows its end."""
    if index == len(parts) - 1:
        return "text"
    following = parts[index + 1].lstrip()
    if not following and index + 1 == len(parts) - 1:
        return "text"
    return "key" if following.startswith(":") else "value"


def _structure(text: str) -> str:
    return "".join({":": "=", ",": ", "}.get(char, char) for char in text if not char.isspace())


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(
        lambda found: (
            chr(int(found[1][1:], 16)) if found[1][0] == "u" else _ESCAPES.get(found[1], found[1])
        ),
        text,
    )
