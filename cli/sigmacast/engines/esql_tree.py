"""What an ES|QL query says, before its columns are looked up.

Expressions are made of the nodes of ``eql_tree``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sigmacast.engines.eql_tree import Node

IS_NULL = "is null"
"""The operator of a Lookup for ``is null``, which, unlike ``== null``, is never null itself."""
LIST = "[]"
"""The name of a Call for ``["x", "y"]``, a constant of several values."""


@dataclass(frozen=True, slots=True)
class Where:
    """Keeps the rows of which the condition is true."""

    condition: Node


@dataclass(frozen=True, slots=True)
class Eval:
    """Adds columns, each of which the next one may name."""

    columns: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """Orders the rows by these keys."""

    keys: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """Drops all columns but these; a name is in pieces, between which anything may stand."""

    names: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """Keeps the first rows, however many."""


Command: TypeAlias = "Where | Eval | Sort | Keep | Limit"


@dataclass(frozen=True, slots=True)
class Query:
    """The commands after ``from``, and the names that its ``metadata`` asks for."""

    metadata: tuple[str, ...]
    commands: tuple[Command, ...]
