"""The ways in which a rule can match: which tests must hold in each, and which must not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, product

from sigmacast.matching.nodes import FieldTest, Group, KeywordTest, Node, Not, Selection

MAX_NAME = 120
"""Characters of a branch's name; some rules have hundreds of selections."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One test of the rule, and whether it must hold; ``selection`` is where it stands."""

    test: FieldTest | KeywordTest
    holds: bool
    selection: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to match."""

    literals: tuple[Literal, ...]

    @property
    def name(self) -> str:
        """The selections that hold, then those that must not."""
        wanted = dict.fromkeys(each.selection for each in self.literals if each.holds)
        others = dict.fromkeys(
            f"not {each.selection}" for each in self.literals if each.selection not in wanted
        )
        name = " and ".join([*wanted, *others])
        return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def branches(node: Node) -> Iterator[Branch]:
    """All ways, lazily: there may be more than anybody can try."""
    for literals in _ways(node, True, ""):
        unique = {(id(each.test), each.holds): each for each in literals}
        yield Branch(tuple(unique.values()))


def _ways(node: Node, holds: bool, selection: str) -> Iterator[tuple[Literal, ...]]:
    match node:
        case FieldTest() | KeywordTest():
            yield (Literal(node, holds, selection),)
        case Selection(name=name, part=part):
            yield from _ways(part, holds, name)
        case Not(part=part):
            yield from _ways(part, not holds, selection)
        case Group(parts=parts, every=every):
            # By De Morgan, all parts of an alternative must miss for it to miss.
            if every is holds:
                for together in product(*(_bounded(part, holds, selection) for part in parts)):
                    yield tuple(chain.from_iterable(together))
            else:
                for part in parts:
                    yield from _ways(part, holds, selection)
        case _:
            raise TypeError(f"a condition has no part of kind {type(node).__name__}")


MAX_WAYS_OF_A_PART = 64
"""``product`` keeps the ways of each part in memory; one that has more is not tried further."""


def _bounded(node: Node, holds: bool, selection: str) -> Iterator[tuple[Literal, ...]]:
    for count, way in enumerate(_ways(node, holds, selection)):
        if count == MAX_WAYS_OF_A_PART:
            return
        yield way
