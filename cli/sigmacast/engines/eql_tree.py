"""What an EQL query says, before its fields are looked up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field; one that is *optional* (``?name``) is null where the mapping lacks it."""

    name: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A function, by its name in lower case; ``~`` after the name makes it ignore case."""

    name: str
    arguments: tuple[Node, ...]
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """``not``."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """A chain of ``and`` or of ``or``."""

    operator: str
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """``==``, ``!=``, ``<``, ``<=``, ``>`` or ``>=``."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Lookup:
    """``:``, ``like``, ``regex`` or ``in`` with their values; ``:`` always ignores case."""

    operator: str
    operand: Node
    values: tuple[Node, ...]
    ignore_case: bool = False


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``+``, ``-``, ``*``, ``/`` or ``%``; a sign is a subtraction from 0."""

    operator: str
    left: Node
    right: Node


Node: TypeAlias = "Literal | Field | Call | Not | Logic | Compare | Lookup | Arithmetic"


@dataclass(frozen=True, slots=True)
class Query:
    """``category where condition``; without a category it is ``any``."""

    category: str | None
    condition: Node
