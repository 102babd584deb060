"""One JSON text to one value, with the bounds that keep a hostile one harmless."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

MAX_CHARACTERS = 16 * 1024 * 1024
"""The length of a record's text; CloudTrail's own end at 256 KiB."""
MAX_DEPTH = 100
"""Levels of lists and objects in a record, itself included."""
MAX_VALUES = 500_000
"""Values in one record, roughly: a list of empty lists takes fifty times its text in memory."""

_ESCAPE = re.compile(r"\\u[dD]")
_LONE = re.compile("[\ud800-\udfff]")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
"""Python's own, but without NaN and Infinity, which no JSON writer may repeat.

Raises JSONDecodeError, or another ValueError for numbers, or RecursionError.
"""


class Refused(Exception):
    """A text that gives no value, and the index of the cause in it, where that is known.

    ``broken`` tells bad syntax, after which nothing is sure, from what is merely too much.
    """

    def __init__(self, message: str, *, broken: bool = True, at: int | None = None) -> None:
        super().__init__(message)
        self.broken = broken
        self.at = at


TOO_MANY = f"more than {MAX_VALUES} values"
TOO_LARGE = f"larger than {MAX_CHARACTERS // 1024 // 1024} MiB"
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


def parse(text: str) -> Any:
    """The value of a whole text; raises Refused."""
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Refused(f"{syntax(error)} (line {error.lineno}, column {error.colno})") from None
    except ValueError as error:
        raise Refused(number(error)) from None
    except RecursionError:
        raise Refused(TOO_DEEP, broken=False) from None
    if is_too_deep(value):
        raise Refused(TOO_DEEP, broken=False)
    return writable(value) if may_hold_surrogates(text) else value


def syntax(error: json.JSONDecodeError) -> str:
    """The parser's complaint as ours."""
    complaint = error.msg.removesuffix(" at")
    return f"broken JSON: {complaint[:1].lower()}{complaint[1:]}"


def number(error: ValueError) -> str:
    """The complaint about a number that Python does not take."""
    text = str(error)
    return f"broken JSON: {'an integer of too many digits' if 'digits' in text else text}"


def is_too_deep(value: Any) -> bool:
    """Whether lists and objects are nested more than ``MAX_DEPTH`` levels; level by level."""
    row = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        row = [
            child
            for node in row
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not row:
            return False
    return True


def may_hold_surrogates(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether a part of a JSON text holds the escape of a surrogate, lone or not."""
    return _ESCAPE.search(text, start, len(text) if end is None else end) is not None


def writable(value: Any) -> Any:
    """The value with lone surrogates, which UTF-8 cannot hold, replaced by U+FFFD."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [writable(each) for each in value]
    if isinstance(value, dict):
        return {writable(key): writable(each) for key, each in value.items()}
    return value
