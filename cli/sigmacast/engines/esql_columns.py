"""Values of a row in ES|QL, their types, and how two of them compare.

Sources: Elasticsearch documentation, ``esql/esql-multivalued-fields.md``,
``esql/esql-implicit-casting.md`` (a string *literal* becomes a date, an address or a boolean beside
one; a text column does not) and the types of ``functions-operators/operators``.
"""

from __future__ import annotations

import operator as python
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from sigmacast.engines.base import Document, Rejected
from sigmacast.engines.stored_values import address, moment
from sigmacast.engines.three_valued import Truth

KINDS = {
    "keyword": "text",
    "text": "text",
    "ip": "ip",
    "boolean": "boolean",
    "date": "date",
    "long": "number",
    "double": "number",
}
"""What the language makes of a field's type; ``flattened`` cannot be used."""

Value: TypeAlias = Callable[[Document], Any]
Test: TypeAlias = Callable[[Document], Truth]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": python.eq,
    "!=": python.ne,
    "<": python.lt,
    "<=": python.le,
    ">": python.gt,
    ">=": python.ge,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A value of each row.

    ``get`` gives null as None and several values as a tuple, in ascending order; an address is its
    number, a date its milliseconds since 1970. ``literal`` is the value of a literal. ``field``
    says that it is a field and nothing else. ``uncased`` is what a ``to_lower`` or ``to_upper`` was
    asked of, and ``case`` what that does to a text.
    """

    kind: str
    get: Value
    literal: Any = None
    field: bool = False
    uncased: Column | None = None
    case: Callable[[str], str] | None = None

    def single(self, document: Document) -> Any:
        """The value where there is just one, else null."""
        found = self.get(document)
        return None if isinstance(found, tuple) else found


NULL = Column("null", lambda document: None)


def constant(kind: str, value: Any) -> Column:
    """A literal."""
    return Column(kind, lambda document: value, literal=value)


def stored(name: str, kind: str) -> Column:
    """A field of a type that is in KINDS."""
    reads: dict[str, Callable[[Any], Any]] = {"ip": address, "date": _milliseconds}
    read = reads.get(kind)

    def get(document: Document) -> Any:
        values = document.get(name, ())
        if read is not None:
            values = [value for value in map(read, values) if value is not None]
        if len(values) < 2:
            return values[0] if values else None
        return tuple(sorted(values))

    return Column(KINDS[kind], get, field=True)


def alike(left: Column, right: Column) -> tuple[Column, Column]:
    """Two columns of one type, where either may also be null.

    Raises Rejected for different types, and for a literal that is no such value.
    """
    if left.kind == right.kind or "null" in (left.kind, right.kind):
        return left, right
    if isinstance(right.literal, str) and left.kind in _CASTS:
        return left, _cast(right.literal, left.kind)
    if isinstance(left.literal, str) and right.kind in _CASTS:
        return _cast(left.literal, right.kind), right
    raise Rejected(f"a value of type {left.kind} does not compare with one of type {right.kind}")


def compared(operator: str, left: Column, right: Column) -> Test:
    """A comparison; null if either side is null or of several values."""
    left, right = alike(left, right)
    if "boolean" in (left.kind, right.kind) and operator not in ("==", "!="):
        raise Rejected(f"values of type boolean have no order for {operator}")
    holds = _COMPARE[operator]

    def test(document: Document) -> Truth:
        one = left.single(document)
        other = right.single(document)
        return None if one is None or other is None else holds(one, other)

    return test


def _milliseconds(text: Any) -> int | None:
    found = moment(text) if isinstance(text, str) else None
    return None if found is None else found.first


_CASTS: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: text.lower() == "true",
    "date": _milliseconds,
    "ip": address,
}


def _cast(text: str, kind: str) -> Column:
    value = _CASTS[kind](text)
    if value is None:
        raise Rejected(f"cannot convert string [{text}] to [{kind}]")
    return constant(kind, value)
