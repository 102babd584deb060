"""The functions of EQL on single values.

Source: Elasticsearch documentation, ``eql/eql-function-ref.md``. Where it is silent: lengths and
positions count UTF-16 units, as Java's strings do, and ``~`` compares as Java's
``toLowerCase`` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sigmacast.engines.base import Unsupported


@dataclass(frozen=True, slots=True)
class Function:
    """Its parameters' types, how many must be given, its result's type and what it does.

    The last parameter repeats where ``repeats`` is set. ``run`` gets no nulls unless
    ``takes_null`` is set, and as keyword ``ignore_case`` where ``folds`` is set.
    """

    parameters: tuple[str, ...]
    least: int
    result: str
    run: Callable[..., Any]
    folds: bool = False
    repeats: bool = False
    takes_null: bool = False


def arithmetic(operator: str, left: float, right: float) -> float:
    """``+ - * / %`` as Java does; whole numbers stay whole.

    Raises Unsupported for a division by zero, with which the real search fails.
    """
    whole = isinstance(left, int) and isinstance(right, int)
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
    if right == 0:
        raise Unsupported("a division by zero")
    if operator == "%":
        return int(math.fmod(left, right)) if whole else math.fmod(left, right)
    if not whole:
        return left / right
    quotient = abs(int(left)) // abs(int(right))
    return quotient if (left < 0) == (right < 0) else -quotient


def text_of(value: Any) -> str:
    """A value as Java writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != 0 and not 1e-3 <= abs(value) < 1e7:
            raise Unsupported("the text of a very large or small number")
        return repr(value)
    return str(value)


def _starts_with(text: str, start: str, *, ignore_case: bool) -> bool:
    return _folded(text, ignore_case).startswith(_folded(start, ignore_case))


def _ends_with(text: str, end: str, *, ignore_case: bool) -> bool:
    return _folded(text, ignore_case).endswith(_folded(end, ignore_case))


def _contains(text: str, part: str, *, ignore_case: bool) -> bool:
    if not text or not part:
        return False
    return _folded(part, ignore_case) in _folded(text, ignore_case)


def _index_of(text: str, part: str, start: int = 0, *, ignore_case: bool) -> int | None:
    units = _units(_folded(text, ignore_case))
    start = max(0, start)
    if start > len(units) // 2:
        return None
    searched = _units(_folded(part, ignore_case))
    found = units.find(searched, 2 * start)
    while found % 2:  # also -1, which ends it
        if found < 0:
            return None
        found = units.find(searched, found + 1)
    return found // 2


def _between(text: str, left: str, right: str, greedy: bool = False, *, ignore_case: bool) -> str:
    searched = _folded(text, ignore_case)
    start = searched.find(_folded(left, ignore_case))
    if not text or start < 0:
        return ""
    start += len(left)
    right = _folded(right, ignore_case)
    end = searched.rfind(right, start) if greedy else searched.find(right, start)
    return "" if end < 0 else text[start:end]


def _substring(text: str, start: int, end: int | None = None) -> str:
    units = _units(text)
    count = len(units) // 2
    first, last, _ = slice(start, end).indices(count)
    return units[2 * first : 2 * last].decode("utf-16-le", "surrogatepass")


def _number(text: str | None, base: int | None = None) -> float | None:
    if text is None:
        return None
    written = text.strip()
    sign, digits = (-1, written[1:]) if written[:1] == "-" else (1, written.removeprefix("+"))
    try:
        if digits[:2].lower() == "0x" and base in (None, 16):
            return sign * int(digits[2:], 16)
        if base not in (None, 10):
            return sign * int(digits, base)
        return sign * (int(digits) if digits.isdigit() else float(digits))
    except ValueError:
        raise Unsupported(f"the number of {text!r}, with which the search fails") from None


def _length(text: str) -> int:
    return len(_units(text)) // 2


def _concat(*values: Any) -> str:
    return "".join(map(text_of, values))


def _folded(text: str, ignore_case: bool) -> str:
    return text.lower() if ignore_case else text


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


_TEXT_TEST = {"parameters": ("string", "string"), "least": 2, "result": "boolean", "folds": True}


def _operator(sign: str) -> Function:
    return Function(
        ("number", "number"), 2, "number", lambda left, right: arithmetic(sign, left, right)
    )


FUNCTIONS = {
    "add": _operator("+"),
    "between": Function(
        ("string", "string", "string", "boolean"), 3, "string", _between, folds=True
    ),
    "concat": Function(("any",), 1, "string", _concat, repeats=True),
    "divide": _operator("/"),
    "endswith": Function(run=_ends_with, **_TEXT_TEST),  # type: ignore[arg-type]
    "indexof": Function(("string", "string", "number"), 2, "number", _index_of, folds=True),
    "length": Function(("string",), 1, "number", _length),
    "modulo": _operator("%"),
    "multiply": _operator("*"),
    "number": Function(("string", "number"), 1, "number", _number, takes_null=True),
    "startswith": Function(run=_starts_with, **_TEXT_TEST),  # type: ignore[arg-type]
    "string": Function(("any",), 1, "string", text_of),
    "stringcontains": Function(run=_contains, **_TEXT_TEST),  # type: ignore[arg-type]
    "substring": Function(("string", "number", "number"), 2, "string", _substring),
    "subtract": _operator("-"),
}
"""All functions but ``cidrMatch``, which is a test of a field."""

NAMES = frozenset(
    (
        "add between cidrMatch concat divide endsWith indexOf length modulo multiply number "
        "startsWith string stringContains substring subtract"
    ).split()
)
"""All functions, as they are documented; whether their case matters is not, and it has changed."""
