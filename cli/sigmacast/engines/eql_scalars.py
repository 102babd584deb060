"""Expressions of EQL that give a value: fields, constants, functions, arithmetic, and their types.

Source: elasticsearch ``x-pack/plugin/eql``, ``Analyzer`` (unknown and optional fields) and the
``resolveType`` of each function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sigmacast.engines.base import Rejected, Schema, Unsupported
from sigmacast.engines.eql_functions import FUNCTIONS, Function, arithmetic
from sigmacast.engines.eql_tree import Arithmetic, Call, Field, Literal, Node

KINDS = {
    "keyword": "string",
    "ip": "ip",
    "boolean": "boolean",
    "date": "date",
    "long": "number",
    "double": "number",
}
"""What the language makes of a field's type; ``text`` and ``flattened`` cannot be used."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of a document.

    ``kind`` is string, number, boolean, ip, date, or null where it is known to be null.
    ``fields`` are the fields that ``run`` wants a value or null of, one for each mention.
    ``stored`` is the type of the field, where the expression is nothing but a field.
    """

    kind: str
    run: Callable[[Sequence[Any]], Any]
    fields: tuple[str, ...] = ()
    stored: str = ""

    @property
    def field(self) -> str | None:
        """The field, where the expression is nothing else."""
        return self.fields[0] if self.stored else None


NULL = Scalar("null", lambda _: None)


class Scalars:
    """Makes them, by the types of an index."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def scalar(self, node: Node) -> Scalar:
        """The value that *node* gives; raises Rejected where its types do not fit."""
        match node:
            case Literal(None):
                return NULL
            case Literal(value):
                return Scalar(_kind_of(value), lambda _: value)
            case Field():
                return self._field(node)
            case Call():
                return self._call(node)
            case Arithmetic(operator, left, right):
                operands = [self.scalar(left), self.scalar(right)]
                function = Function(
                    ("number", "number"), 2, "number", lambda a, b: arithmetic(operator, a, b)
                )
                return _applied(operator, function, operands)
        raise Unsupported("a condition used as a value")

    def constant(self, node: Node) -> Any:
        """The value of an expression without a mapped field; raises Rejected for others."""
        scalar = self.scalar(node)
        if scalar.fields:
            raise Rejected("comparisons with fields are not supported")
        return scalar.run(())

    def _field(self, node: Field) -> Scalar:
        stored = self._schema.type_of(node.name)
        if stored is None:
            if node.optional:
                return NULL
            raise Rejected(f"unknown column [{node.name}]")
        kind = KINDS.get(stored)
        if kind is None:
            raise Rejected(f"cannot use field [{node.name}] with unsupported type [{stored}]")
        return Scalar(kind, lambda bound: bound[0], (node.name,), stored)

    def _call(self, call: Call) -> Scalar:
        function = FUNCTIONS.get(call.name)
        if call.name == "cidrmatch":
            raise Unsupported("cidrMatch used as a value")
        if function is None:
            raise Rejected(f"unknown function [{call.name}]")
        if call.ignore_case and not function.folds:
            raise Rejected(f"{call.name} has no ~")
        operands = [self.scalar(argument) for argument in call.arguments]
        return _applied(call.name, function, operands, ignore_case=call.ignore_case)


def _applied(
    name: str, function: Function, operands: list[Scalar], *, ignore_case: bool = False
) -> Scalar:
    _check(name, function, operands)
    run = function.run
    options = {"ignore_case": ignore_case} if function.folds else {}
    parts: list[tuple[Callable[[Sequence[Any]], Any], int, int]] = []
    fields: tuple[str, ...] = ()
    for operand in operands:
        start = len(fields)
        fields += operand.fields
        parts.append((operand.run, start, len(fields)))

    def applied(bound: Sequence[Any]) -> Any:
        values = [operand(bound[start:end]) for operand, start, end in parts]
        if None in values and not function.takes_null:
            return None
        return run(*values, **options)

    if not fields and applied(()) is None:
        return NULL
    return Scalar(function.result, applied, fields)


def _check(name: str, function: Function, operands: list[Scalar]) -> None:
    most = len(function.parameters)
    if len(operands) < function.least or (len(operands) > most and not function.repeats):
        raise Rejected(f"{name} takes from {function.least} arguments, not {len(operands)}")
    for position, operand in enumerate(operands):
        wanted = function.parameters[min(position, most - 1)]
        if operand.kind in (wanted, "null"):
            continue
        if wanted != "any":
            raise Rejected(f"{name} needs a {wanted}, not a {operand.kind}")
        if operand.kind in ("ip", "date"):
            raise Unsupported(f"the text of a field of type {operand.kind}")


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"
