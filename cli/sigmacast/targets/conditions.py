"""Condition trees in one normal form, so that backends render them without special cases.

pySigma's tree mirrors how a rule is written: nested AND in AND, double negation, two spellings of
"absent". The normal form has none of that. Leaves are shared with the original tree, which stays
as it is.
"""

from __future__ import annotations

from typing import Any, TypeAlias, TypeGuard, cast

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
)

from sigmacast.rule_parts import is_anything

Leaf: TypeAlias = ConditionFieldEqualsValueExpression | ConditionValueExpression
Node: TypeAlias = ConditionItem | Leaf


def normal_form(node: Any) -> Node | None:
    """AND in AND and OR in OR flattened, no double negation, absence as NOT exists, `*` as exists.

    A list of values of one field that all must match (``|contains|all``) stays one AND.
    """
    # By exact type and not by pattern: this runs for each part of each rule, and pySigma's classes
    # are abstract ones, on which isinstance is slow.
    kind = type(node)
    if kind is ConditionFieldEqualsValueExpression:
        return _normal_test(node)
    if kind is ConditionAND or kind is ConditionOR:
        return _flat(kind, [part for part in map(normal_form, node.args) if part is not None])
    if kind is ConditionNOT:
        return negation(normal_form(node.args[0])) if node.args else None
    if kind is ConditionValueExpression and type(node.value) is SigmaExpansion:
        return normal_form(ConditionOR([ConditionValueExpression(v) for v in node.value.values]))
    leaf: Leaf | None = node
    return leaf


def _normal_test(test: ConditionFieldEqualsValueExpression) -> Node | None:
    value = test.value
    kind = type(value)
    if kind is SigmaString:
        if is_anything(cast("SigmaString", value)):
            return _exists(test.field)
    elif kind is SigmaNull:
        return ConditionNOT([_exists(test.field)])
    elif kind is SigmaExists:
        return _exists(test.field) if value else ConditionNOT([_exists(test.field)])
    elif kind is SigmaExpansion:
        values = cast("SigmaExpansion", value).values
        return normal_form(
            ConditionOR([ConditionFieldEqualsValueExpression(test.field, each) for each in values])
        )
    return test


def negation(node: Node | None) -> Node | None:
    """NOT *node*, without piling up negations."""
    if node is None:
        return None
    if type(node) is ConditionNOT:
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
    if type(node) is not ConditionAND and type(node) is not ConditionOR:
        return None
    first: Any = node.args[0]
    if type(first) is not ConditionFieldEqualsValueExpression:
        return None
    for part in node.args:
        if type(part) is not ConditionFieldEqualsValueExpression or part.field != first.field:
            return None
    return first.field


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


def guarded_fields(node: Any) -> list[str]:
    """The fields whose absence leaves the node without a truth value: one, or two compared."""
    if isinstance(node, ConditionFieldEqualsValueExpression) and isinstance(
        node.value, SigmaFieldReference
    ):
        return [node.field, node.value.field]
    field = guarded_field(node)
    return [] if field is None else [field]


def is_exists(node: Any) -> TypeGuard[ConditionFieldEqualsValueExpression]:
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
                    if type(arg) is ConditionAND and values_of_one_field(arg) is None
                    else [arg]
                )
            ]
        )
    return _by_field([p for arg in parts for p in (_alternatives(arg))])


def _alternatives(node: Node) -> list[Node]:
    if type(node) is not ConditionOR:
        return [node]
    return [part for arg in node.args for part in _alternatives(arg)]  # type: ignore[arg-type]


def _by_field(parts: list[Node]) -> Node:
    """An OR with the alternatives of one field side by side, as one OR below it."""
    groups: dict[object, list[Node]] = {}
    for part in parts:
        key: object = id(part)
        if type(part) is ConditionFieldEqualsValueExpression:
            key = part.field
        groups.setdefault(key, []).append(part)
    if len(groups) == 1:
        return ConditionOR(list(parts))
    return ConditionOR(
        [group[0] if len(group) == 1 else ConditionOR(list(group)) for group in groups.values()]
    )
