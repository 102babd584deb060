"""Where the parts of a YAML document stand in its text: keys and values by route."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import yaml

from sigmacast.diagnostics import Route
from sigmacast.yaml_reader import nodes

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, from ``start`` up to ``end``, in characters; line and column from 1."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Marks:
    """One document of a text."""

    text: str
    document: int

    def key(self, route: Route) -> Span | None:
        """The key (or the list item) that a route leads to, or the deepest place on its way."""
        found = self._find(route)
        return None if found is None else self._span(found[0])

    def value(self, route: Route) -> Span | None:
        """The value that a route leads to; None if there is none."""
        found = self._find(route)
        if found is None or found[2] != len(route):
            return None
        return self._span(found[1])

    def style(self, route: Route) -> str | None:
        """The quote of a scalar (``'`` or ``"``), ``|`` or ``>``; empty for a plain one."""
        found = self._find(route)
        if found is None or not isinstance(found[1], yaml.ScalarNode):
            return None
        return found[1].style or ""

    @cached_property
    def _root(self) -> yaml.Node | None:
        found = nodes(self.text)
        return found[self.document] if self.document < len(found) else None

    @cached_property
    def _starts(self) -> list[int]:
        """The offset of each line, as YAML counts them."""
        return line_starts(self.text)

    def _find(self, route: Route) -> tuple[yaml.Node, yaml.Node, int] | None:
        """The node of the key, that of the value, and how many steps of the route led there."""
        if self._root is None:
            return None
        key = value = self._root
        for depth, step in enumerate(route):
            if isinstance(value, yaml.MappingNode):
                pair = next((pair for pair in value.value if pair[0].value == str(step)), None)
                if pair is None:
                    return key, value, depth
                key, value = pair
            elif isinstance(value, yaml.SequenceNode) and isinstance(step, int):
                if step >= len(value.value):
                    return key, value, depth
                key = value = value.value[step]
            else:
                return key, value, depth
        return key, value, len(route)

    def _span(self, node: yaml.Node) -> Span:
        start, end = node.start_mark, node.end_mark
        return Span(
            self._starts[start.line] + start.column,
            self._starts[end.line] + end.column,
            start.line + 1,
            start.column + 1,
            end.line + 1,
            end.column + 1,
        )


def line_starts(text: str) -> list[int]:
    """Where lines begin, as YAML 1.1 ends them, and where the text ends."""
    return [0, *(found.end() for found in _LINE_END.finditer(text)), len(text)]


def lines_of(text: str) -> list[str]:
    """The lines, without their ends."""
    return _LINE_END.split(text)
