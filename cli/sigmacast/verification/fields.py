"""Which fields a compiled rule tests, and how."""

from __future__ import annotations

from collections.abc import Iterator

from sigma.types import SigmaFieldReference

from sigmacast.matching.nodes import FieldTest, Group, Node, Not, Selection


def field_tests(node: Node) -> Iterator[FieldTest]:
    """All tests of fields below a node, in the order of the rule."""
    waiting = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, FieldTest):
            yield found
        elif isinstance(found, Group):
            waiting.extend(reversed(found.parts))
        elif isinstance(found, (Not, Selection)):
            waiting.append(found.part)


def fields_of(node: Node) -> list[str]:
    """The fields that a rule asks for, each once; those that it compares with, too."""
    names: dict[str, None] = {}
    for test in field_tests(node):
        names[test.field] = None
        for value in test.values:
            if isinstance(value, SigmaFieldReference):
                names[value.field] = None
    return list(names)
