"""Whether a pattern with wildcards and a regular expression have a text in common.

Both are read as automata, and the pairs of their states are walked: time and memory grow with the
product of their lengths and with nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sigma.types import SigmaString

from sigmacast.matching.comparing import fold
from sigmacast.python_regex import parser, sre
from sigmacast.rule_parts import STAR

MAX_PATTERN = 100
"""Characters of a pattern; a longer one is not judged."""

Ranges: TypeAlias = tuple[tuple[int, int], ...] | None
"""The characters that an edge takes; None takes any."""
Token: TypeAlias = str | object
"""A character of a pattern, ``STAR`` or ``ONE``."""
ONE = object()


@dataclass
class Automaton:
    """The texts that an expression of plain parts fits as a whole.

    Characters, sets, groups, alternatives and repeats are such parts; the expression is one of
    ours and holds no others.
    """

    edges: list[list[tuple[Ranges, int]]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)
    last: int = 0

    @classmethod
    def of(cls, expression: str) -> Automaton:
        """Read an expression; raises ValueError for a part that is not plain."""
        made = cls()
        made.last = made._sequence(parser.parse(expression), made._state())
        return made

    def shares_text_with(self, value: SigmaString, *, cased: bool) -> bool:
        """Whether some text of these is one that a Sigma value matches; yes where it is open."""
        tokens = list(_tokens(value, cased=cased))
        if len(tokens) > MAX_PATTERN:
            return True
        waiting = [(0, 0)]
        seen = set(waiting)
        while waiting:
            at, state = waiting.pop()
            if at == len(tokens) and state == self.last:
                return True
            for step in self._steps(tokens, at, state, cased=cased):
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
        return False

    def _steps(
        self, tokens: Sequence[Token], at: int, state: int, *, cased: bool
    ) -> Iterator[tuple[int, int]]:
        yield from ((at, there) for there in self.free[state])
        if at == len(tokens):
            return
        token = tokens[at]
        if token is STAR:
            yield at + 1, state
        after = at if token is STAR else at + 1
        for ranges, there in self.edges[state]:
            if not isinstance(token, str) or _takes(ranges, token, cased=cased):
                yield after, there

    def _state(self) -> int:
        self.edges.append([])
        self.free.append([])
        return len(self.edges) - 1

    def _sequence(self, parts: Any, start: int) -> int:
        for kind, content in parts:
            start = self._part(kind, content, start)
        return start

    def _part(self, kind: Any, content: Any, start: int) -> int:
        if kind in (sre.LITERAL, sre.ANY, sre.IN):
            end = self._state()
            self.edges[start].append((_ranges(kind, content), end))
            return end
        if kind is sre.SUBPATTERN:
            return self._sequence(content[-1], start)
        if kind is sre.BRANCH:
            end = self._state()
            for alternative in content[1]:
                self.free[self._sequence(alternative, start)].append(end)
            return end
        if kind is sre.MAX_REPEAT:
            least, most, inner = content
            for _ in range(least):
                start = self._sequence(inner, start)
            if most is sre.MAXREPEAT:
                loop = self._state()
                self.free[start].append(loop)
                self.free[self._sequence(inner, loop)].append(loop)
                return loop
            end = self._state()
            for _ in range(most - least):
                self.free[start].append(end)
                start = self._sequence(inner, start)
            self.free[start].append(end)
            return end
        raise ValueError(f"{kind} is no plain part of an expression")


def _ranges(kind: Any, content: Any) -> Ranges:
    if kind is sre.ANY:
        return None
    if kind is sre.LITERAL:
        return ((content, content),)
    found = []
    for part, value in content:
        if part not in (sre.LITERAL, sre.RANGE):
            raise ValueError(f"{part} is no plain part of a set")
        found.append((value, value) if part is sre.LITERAL else value)
    return tuple(found)


def _tokens(value: SigmaString, *, cased: bool) -> Iterator[Token]:
    for part in value.s:
        if isinstance(part, str):
            yield from part if cased else fold(part)
        else:
            yield STAR if part is STAR else ONE


def _takes(ranges: Ranges, character: str, *, cased: bool) -> bool:
    if ranges is None:
        return True
    spellings = character if cased else character + character.upper()
    return any(low <= ord(each) <= high for each in spellings for low, high in ranges)
