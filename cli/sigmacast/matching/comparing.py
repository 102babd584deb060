"""How values of an event compare with those of a rule: as text, as numbers, without case.

An object is compared by its compact JSON text, a boolean by ``true`` or ``false``, a number by its
value, also where the event writes it as text (CloudTrail has both).
"""

from __future__ import annotations

import json
import re
from typing import Any

_NUMBER = re.compile(r"[-+]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][-+]?\d{1,3})?")
_INTEGER = re.compile(r"[-+]?\d{1,300}")


def text(value: Any) -> str:
    """The text of a value."""
    if type(value) is str:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return compact(value)
    return str(value)


def compact(value: Any) -> str:
    """Compact JSON text, keys in the order of the event."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def fold(written: str) -> str:
    """A text without its case: two texts are the same to Sigma if these are equal."""
    return written.lower()


def number(value: Any) -> int | float | None:
    """The number that a value is or writes as text; None for anything else, booleans included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return int(value) if _INTEGER.fullmatch(value) else float(value)
    return None
