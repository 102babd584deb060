"""What stands at a path in a JSON text, as spath and json_extract look for it.

Source: Splunk Search Reference 9.4, spath: steps are separated by dots, ``{}`` after a step means
all elements of a list. The text is not made anew: an object found is the text as it stands there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sigmacast.engines.base import Unsupported

__all__ = ["Found", "look_up", "steps_of"]

MOST_STEPS = 50
"""Each step reads the text once more."""

_BLANK = re.compile(r"[ \t\n\r]*")
_STEP = re.compile(r"([^{}]+)((?:\{\})*)")
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class Found(NamedTuple):
    """A value: ``text`` as JSON writes it, where that ends, and for a text what it says."""

    text: str
    end: int
    says: str | None


def steps_of(path: str) -> list[str]:
    """A path as keys, and ``{}`` for all elements.

    Raises Unsupported for an index, for an attribute, and for more than fifty steps.
    """
    steps: list[str] = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise Unsupported(f"the path {path!r}")
        steps += [match[1], *["{}"] * (len(match[2]) // 2)]
    if len(steps) > MOST_STEPS:
        raise Unsupported(f"a path of more than {MOST_STEPS} steps")
    return steps


def look_up(text: str, steps: Sequence[str]) -> list[Found]:
    """All values at the path of *steps*, in their order; none if the text is no JSON.

    Raises Unsupported for a key with a dot that may be one of the path, and for JSON too deep.
    """
    try:
        spans = [_span(text, _after(text, 0))]
        for count in range(len(steps)):
            spans = [inner for start, _ in spans for inner in _inner(text, start, steps[count:])]
        return [_found(text, start, end) for start, end in spans]
    except RecursionError:
        raise Unsupported("JSON that goes so deep") from None
    except ValueError:  # also what the decoder raises
        return []


def _inner(text: str, start: int, steps: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the values begin and end that the first of *steps* leads to."""
    if steps[0] == "{}":
        if text[start] == "[":
            yield from _elements(text, start)
        return
    if text[start] != "{":
        return
    rest = ".".join(step for step in steps if step != "{}")
    for key, span in _members(text, start):
        if "." in key and f"{rest}.".startswith(f"{key}."):
            raise Unsupported(f"the key {key!r}, whose dot may be one of the path")
        if key == steps[0]:
            yield span


def _members(text: str, start: int) -> Iterator[tuple[str, tuple[int, int]]]:
    at = _after(text, start + 1)
    while text[at : at + 1] == '"':
        key, at = _DECODER.raw_decode(text, at)
        at = _after(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("no colon")
        span = _span(text, _after(text, at + 1))
        yield key, span
        at = _after(text, span[1])
        at = _after(text, at + 1) if text[at : at + 1] == "," else at


def _elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    at = _after(text, start + 1)
    while text[at : at + 1] not in ("]", ""):
        span = _span(text, at)
        yield span
        at = _after(text, span[1])
        at = _after(text, at + 1) if text[at : at + 1] == "," else at


def _span(text: str, start: int) -> tuple[int, int]:
    return start, _DECODER.raw_decode(text, start)[1]


def _found(text: str, start: int, end: int) -> Found:
    says = _DECODER.raw_decode(text, start)[0] if text[start] == '"' else None
    return Found(text[start:end], end, says)


def _after(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at
