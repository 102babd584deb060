"""The tree that :mod:`sigmacast.engines.spl_parser` makes: commands, and the conditions in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

__all__ = [
    "And",
    "Call",
    "Command",
    "Compare",
    "Everything",
    "Field",
    "Literal",
    "Macro",
    "Matches",
    "Node",
    "Not",
    "Or",
    "Text",
    "Value",
]


@dataclass(frozen=True)
class And:
    """All items hold."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    """Some item holds."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Not:
    """The item does not hold."""

    item: Node


@dataclass(frozen=True)
class Value:
    """Text in search: every ``*`` in it is a wildcard, case counts only within ``CASE(…)``."""

    text: str
    cased: bool = False


@dataclass(frozen=True)
class Matches:
    """``field op value`` in search; ``IN`` becomes an :class:`Or` of these."""

    field: str
    operator: str
    value: Value


@dataclass(frozen=True)
class Text:
    """A phrase in search that is looked for in the whole event."""

    value: Value


@dataclass(frozen=True)
class Everything:
    """A lone ``*``: every event, left to the commands behind it."""


@dataclass(frozen=True)
class Macro:
    """A macro in search, without its back-ticks."""

    call: str


@dataclass(frozen=True)
class Field:
    """A field in where and eval."""

    name: str


@dataclass(frozen=True)
class Literal:
    """Text or a number in where and eval."""

    value: str | float


@dataclass(frozen=True)
class Call:
    """A function in where and eval; ``'a' IN ("b")`` is the function ``in``."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Compare:
    """``left op right`` in where and eval, and the one test of regex, whose right side is PCRE."""

    left: Node
    operator: str
    right: Node


Node: TypeAlias = (
    "And | Or | Not | Matches | Text | Macro | Everything | Field | Literal | Call | Compare"
)


@dataclass(frozen=True)
class Command:
    """One command and what it was given.

    Attributes:
        name: the command.
        condition: of search, where and regex.
        assignments: of eval, as (field, value).
        searches: of multisearch, each a pipeline.
        names: of the others, as (source, name); they differ in rename, stats, and in spath, where
            the source is a path.
        by: the groups of stats.
        drops: whether fields removes its names.
        reads: the field that spath looks into, fillnull's value, a lookup's or a macro's name.
    """

    name: str
    condition: Node | None = None
    assignments: tuple[tuple[str, Node], ...] = ()
    searches: tuple[tuple[Command, ...], ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    by: tuple[str, ...] = ()
    drops: bool = False
    reads: str = ""
