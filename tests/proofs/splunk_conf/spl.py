"""Macros and lookups that a search names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proofs.splunk_conf.values import Fault, text

__all__ = ["expression", "lookups", "macros"]

_QUOTED = re.compile(r'(```.*?```)|("(?:\\.|[^"\\])*")|\\.', re.DOTALL)
_SPECIAL = re.compile(r"[`|\[\](),\\\"]")
_MACRO = re.compile(r"\s*([\w.:-]+)\s*(?:\((.*)\))?\s*", re.DOTALL | re.ASCII)
_LOOKUP = re.compile(
    r"(?:^|[|\[])\s*(?:lookup|inputlookup|outputlookup)\s+(?:\w+=\S+\s+)*([\w.-]+)", re.ASCII
)


def expression(search: str) -> None:
    """Raise Fault for a search that is empty, or has a quote or a back-tick that nothing closes."""
    text(search)
    macros(search)


def macros(search: str) -> set[tuple[str, int]]:
    """The macros of a search, by name and number of arguments; none inside quotes.

    Raises:
        Fault: quotes or back-ticks are not in pairs, or do not hold a macro.
    """
    parts = _masked(search).split("`")
    if len(parts) % 2 == 0:
        raise Fault("a back-tick without another")
    found = set()
    for part in parts[1::2]:
        match = _MACRO.fullmatch(part)
        if match is None:
            raise Fault(f"`{part}` is no macro")
        found.add((match[1], 0 if match[2] is None else 1 + sum(_commas(match[2]))))
    return found


def lookups(search: str) -> set[str]:
    """The lookups of a search, by their names or files."""
    return {match[1] for match in _LOOKUP.finditer(_masked(search))}


def _masked(search: str) -> str:
    """A search without its comments and quotes, whose texts keep nothing that means something."""

    def mask(found: re.Match[str]) -> str:
        return " " if found[1] else _SPECIAL.sub("", found[0])

    masked = _QUOTED.sub(mask, search)
    if '"' in masked:
        raise Fault("a quote without another")
    return masked


def _commas(arguments: str) -> Iterator[bool]:
    """Whether each character is a comma outside brackets."""
    depth = 0
    for character in arguments:
        depth += (character == "(") - (character == ")")
        yield character == "," and depth == 0
