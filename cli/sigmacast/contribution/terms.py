"""What a rule asks of events, without what changes nothing: a term that equal rules share.

Gone are the names and the order of selections, repetitions, the depth of and in and, and parts that
others make superfluous (``a or (a and b)`` is ``a``). Negations stand at the tests. Nothing is
multiplied out, so that a term is never larger than its rule. Values count without case unless the
rule minds it; numbers and texts stay different.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from sigma.rule import SigmaRule
from sigma.types import SigmaExpansion, SigmaType

from sigmacast.checks.value_sets import ValueSet
from sigmacast.matching.nodes import FieldTest, KeywordTest, Node, Selection
from sigmacast.matching.nodes import Group as NodeGroup
from sigmacast.matching.nodes import Not as NodeNot
from sigmacast.matching.rules import compile_rule

MAX_COMPARED_GROUPS = 200
"""Groups of one group beyond which none is looked for in another: that takes their square."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that a field has, or that a record's text holds (``field`` None); the opposite
    without ``holds``."""

    field: str | None
    key: tuple[Any, ...]
    holds: bool
    test: ValueSet = dataclasses.field(compare=False, repr=False)

    @classmethod
    def of(cls, name: str | None, value: SigmaType, *, holds: bool = True) -> Leaf:
        """A test as a term."""
        test = ValueSet(name, value)
        return cls(name, test.key, holds, test)


@dataclass(frozen=True, slots=True)
class Group:
    """At least two parts of which each must hold (``every``), or one."""

    every: bool
    parts: frozenset[Term]


Term: TypeAlias = Leaf | Group


def term_of(rule: SigmaRule) -> Term:
    """A rule's term; raises what ``compile_rule`` raises for a rule without a meaning on events."""
    return _term(compile_rule(rule).node, True)


def joined(every: bool, terms: Iterable[Term]) -> Term:
    """Terms of which each must hold, or one; flat, and without superfluous parts."""
    parts: set[Term] = set()
    for term in terms:
        if isinstance(term, Group) and term.every is every:
            parts |= term.parts
        else:
            parts.add(term)
    kept = [part for part in parts if not _is_superfluous(part, parts)]
    groups = [part for part in kept if isinstance(part, Group)]
    if 1 < len(groups) <= MAX_COMPARED_GROUPS:
        kept = [
            part
            for part in kept
            if not (isinstance(part, Group) and any(each.parts < part.parts for each in groups))
        ]
    return kept[0] if len(kept) == 1 else Group(every, frozenset(kept))


def leaves(term: Term) -> Iterator[Leaf]:
    """All tests of a term."""
    if isinstance(term, Leaf):
        yield term
    else:
        for part in term.parts:
            yield from leaves(part)


def changed(term: Term, leaf: Callable[[Leaf], Term], group: Callable[[Group], Term]) -> Term:
    """The term with other leaves, and then other groups."""
    if isinstance(term, Leaf):
        return leaf(term)
    made = joined(term.every, (changed(part, leaf, group) for part in term.parts))
    return group(made) if isinstance(made, Group) else made


def _is_superfluous(part: Term, parts: set[Term]) -> bool:
    """Whether one of the other parts is among those of this group: that one alone decides."""
    return isinstance(part, Group) and not part.parts.isdisjoint(parts)


def _term(node: Node, holds: bool) -> Term:
    match node:
        case Selection():
            return _term(node.part, holds)
        case NodeNot():
            return _term(node.part, not holds)
        case NodeGroup():
            return joined(node.every is holds, (_term(each, holds) for each in node.parts))
        case FieldTest():
            return _tests(node.field, node.values, node.every, holds)
        case KeywordTest():
            return _tests(None, node.values, node.every, holds)
    raise TypeError(f"a rule has no part of kind {type(node).__name__}")


def _tests(name: str | None, values: Iterable[SigmaType], every: bool, holds: bool) -> Term:
    return joined(every is holds, (_test(name, value, holds) for value in values))


def _test(name: str | None, value: SigmaType, holds: bool) -> Term:
    if isinstance(value, SigmaExpansion):
        return _tests(name, value.values, False, holds)
    return Leaf.of(name, value, holds=holds)
