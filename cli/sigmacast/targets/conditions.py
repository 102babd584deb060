"""Condition trees in one normal form, so that backends render them without special cases.

pySigma's tree mirrors how a rule is written: nested AND in AND, double negation, two spellings of
"absent". The normal form has none of that. Leaves are shared with the original tree, which stays
as it is.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.types import (
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaString,
    SpecialChars,
)

Leaf: TypeAlias = ConditionFieldEqualsValueExpression | ConditionValueExpression
Node: TypeAlias = ConditionItem | Leaf


def normal_form(node: Any) -> Node | None:
    """AND in AND and OR in OR flattened, no double negation, absence as NOT exists, `*` as exists.

    A list of values of one field that all must match (``|contains|all``) stays one AND.
    """
    match node:
        case None:
            return None
        case ConditionNOT(args=[inner, *_]):
            return negation(normal_form(inner))
        case ConditionNOT():
            return None
        case ConditionAND(args=args) | ConditionOR(args=args):
            return _flat(type(node), [part for part in map(normal_form, args) if part is not None])
        case ConditionFieldEqualsValueExpression(field=name, value=SigmaNull()):
            return ConditionNOT([_exists(name)])
        case ConditionFieldEqualsValueExpression(field=name, value=SigmaString() as value) if (
            value.s and all(part is SpecialChars.WILDCARD_MULTI for part in value.s)
        ):
            return _exists(name)
        case ConditionFieldEqualsValueExpression(field=name, value=SigmaExists() as value):
            return _exists(name) if value.exists else ConditionNOT([_exists(name)])
        case ConditionFieldEqualsValueExpression(field=name, value=SigmaExpansion(values=values)):
            alternatives = [ConditionFieldEqualsValueExpression(name, value) for value in values]
            return normal_form(ConditionOR(list(alternatives)))
        case ConditionValueExpression(value=SigmaExpansion(values=values)):
            return normal_form(ConditionOR([ConditionValueExpression(value) for value in values]))
        case _:
            leaf: Leaf = node
            return leaf


def negation(node: Node | None) -> Node | None:
    """NOT *node*, without piling up negations."""
    if node is None:
        return None
    if isinstance(node, ConditionNOT):
        return node.args[0]
    return ConditionNOT([node])


def push_negation(node: Node | None, *, negated: bool = False) -> Node | None:
    """The same condition with NOT before leaves only (De Morgan).

    For languages of three truth values, where a leaf on a missing field is neither true nor false
    and NOT keeps it so: with NOT at the leaf, each leaf can guard itself. Several values of one
    field count as one leaf, since one guard does for all of them.
    """
    if negated and node is not None and guarded_field(node) is not None:
        return negation(node)
    match node:
        case ConditionNOT(args=[inner, *_]):
            return push_negation(inner, negated=not negated)
        case ConditionAND(args=args) | ConditionOR(args=args):
            kind = type(node)
            if negated:
                kind = ConditionOR if kind is ConditionAND else ConditionAND
            parts = [push_negation(arg, negated=negated) for arg in args]
            return _flat(kind, [part for part in parts if part is not None])
        case _:
            return negation(node) if negated else node


def values_of_one_field(node: Node) -> str | None:
    """The field that all parts of an AND or OR test, or None."""
    if not isinstance(node, (ConditionAND, ConditionOR)):
        return None
    fields = {
        part.field if isinstance(part, ConditionFieldEqualsValueExpression) else None
        for part in node.args
    }
    return fields.pop() if len(fields) == 1 else None


def guarded_field(node: Node) -> str | None:
    """The one field whose absence leaves the whole node without a truth value, or None."""
    leaves: list[Any] = node.args if isinstance(node, (ConditionAND, ConditionOR)) else [node]
    fields: set[str] = set()
    for leaf in leaves:
        if not isinstance(leaf, ConditionFieldEqualsValueExpression) or isinstance(
            leaf.value, (SigmaExists, SigmaFieldReference)
        ):
            return None
        fields.add(leaf.field)
    return fields.pop() if len(fields) == 1 else None


def is_exists(node: Any) -> bool:
    """Whether the leaf tests that a field exists."""
    return isinstance(node, ConditionFieldEqualsValueExpression) and isinstance(
        node.value, SigmaExists
    )


def _exists(name: str) -> ConditionFieldEqualsValueExpression:
    return ConditionFieldEqualsValueExpression(name, SigmaExists(True))


def _flat(kind: type[ConditionAND] | type[ConditionOR], parts: list[Node]) -> Node | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    if kind is ConditionAND:
        return ConditionAND(
            [
                part
                for arg in parts
                for part in (
                    arg.args
                    if isinstance(arg, ConditionAND) and values_of_one_field(arg) is None
                    else [arg]
                )
            ]
        )
    return _by_field([p for arg in parts for p in (_alternatives(arg))])


def _alternatives(node: Node) -> list[Node]:
    if not isinstance(node, ConditionOR):
        return [node]
    return [part for arg in node.args for part in _alternatives(arg)]  # type: ignore[arg-type]


def _by_field(parts: list[Node]) -> Node:
    """An OR with the alternatives of one field side by side, as one OR below it."""
    groups: dict[object, list[Node]] = {}
    for part in parts:
        key = part.field if isinstance(part, ConditionFieldEqualsValueExpression) else id(part)
        groups.setdefault(key, []).append(part)
    if len(groups) == 1:
        return ConditionOR(list(parts))
    return ConditionOR(
        [group[0] if len(group) == 1 else ConditionOR(list(group)) for group in groups.values()]
    )
