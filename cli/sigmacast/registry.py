"""Tables of names, whose objects are imported only when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TypeVar

Entry = TypeVar("Entry")


def entry(table: Mapping[str, str], name: str, kind: type[Entry]) -> Entry:
    """The object of a name, which the table has as ``module:attribute``; raises KeyError."""
    module, attribute = table[name].split(":")
    found = getattr(import_module(module), attribute)
    assert isinstance(found, kind)
    return found
