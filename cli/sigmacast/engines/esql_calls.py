"""Calls of ES|QL functions: whether their arguments fit, and the column that they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sigmacast.engines.base import Document, Rejected, Unsupported
from sigmacast.engines.esql_columns import Column
from sigmacast.engines.esql_functions import CASES, FUNCTIONS, OTHERS, Function
from sigmacast.engines.stored_values import block
from sigmacast.engines.three_valued import Truth


def called(name: str, arguments: Sequence[Column], stack: tuple[int, int]) -> Column:
    """The result of a function.

    Raises Rejected for a function that the stack does not have and for arguments that do not fit,
    and Unsupported for one that is not evaluated.
    """
    if name == "cidr_match":
        return _cidr_match(arguments)
    if name == "case":
        return _case(arguments)
    function = FUNCTIONS.get(name)
    if function is None:
        if name in OTHERS:
            raise Unsupported(f"the function {name}")
        raise Rejected(f"unknown function [{name}]")
    if stack < function.since:
        raise Rejected(f"unknown function [{name}] before {'.'.join(map(str, function.since))}")
    kind = _fitting_type(name, function, arguments)

    def get(document: Document) -> Any:
        if function.several:
            values = [argument.get(document) for argument in arguments]
        else:
            values = [argument.single(document) for argument in arguments]
        if not function.takes_null and any(value is None for value in values):
            return None
        return function.run(*values)

    if name in CASES:
        argument = arguments[0]
        return Column(kind, get, uncased=argument.uncased or argument, case=CASES[name])
    return Column(kind, get)


def _fitting_type(name: str, function: Function, arguments: Sequence[Column]) -> str:
    """The type of the result; raises Rejected where an argument is of the wrong one."""
    most = len(function.parameters)
    if len(arguments) < function.least or (len(arguments) > most and not function.repeats):
        raise Rejected(f"{name} does not take {len(arguments)} arguments")
    common = "null"
    for position, argument in enumerate(arguments):
        wanted = function.parameters[min(position, most - 1)]
        if wanted == "any":
            common = _common(name, common, argument)
        elif argument.kind not in (wanted, "null"):
            raise Rejected(f"{name} needs a {wanted}, not {argument.kind}")
    return common if function.result == "any" else function.result


def _common(name: str, kind: str, argument: Column) -> str:
    """The type of arguments so far and this one."""
    if argument.kind in (kind, "null"):
        return kind
    if kind == "null":
        return argument.kind
    if isinstance(argument.literal, str) and kind in ("ip", "date", "boolean"):
        raise Unsupported(f"a text that becomes a value of type {kind} in {name}")
    raise Rejected(f"{name} of values of type {kind} and {argument.kind}")


def _cidr_match(arguments: Sequence[Column]) -> Column:
    if len(arguments) < 2:
        raise Rejected(f"cidr_match does not take {len(arguments)} arguments")
    tested, *blocks = arguments
    if tested.kind not in ("ip", "null"):
        raise Rejected(f"cidr_match needs an ip, not {tested.kind}")
    if any(each.kind not in ("text", "null") for each in blocks):
        raise Rejected("cidr_match needs blocks as texts")
    if not all(isinstance(each.literal, str) for each in blocks):
        raise Unsupported("cidr_match with blocks that are no literals")
    ranges = [_range(each.literal) for each in blocks]

    def get(document: Document) -> Truth:
        number = tested.single(document)
        if number is None:
            return None
        return any(first <= number <= last for first, last in ranges)

    return Column("boolean", get)


def _range(text: str) -> tuple[int, int]:
    found = block(text)
    if found is None:
        raise Rejected(f"{text!r} is no block of addresses")
    if "/" not in text:
        # The index takes it, CIDRUtils does not, and which is asked depends on the plan.
        raise Unsupported("cidr_match with a single address")
    return found


def _case(arguments: Sequence[Column]) -> Column:
    """Conditions and values in turn, and at last, perhaps, a value for all else."""
    if len(arguments) < 2:
        raise Rejected(f"case does not take {len(arguments)} arguments")
    conditions = arguments[0 : len(arguments) // 2 * 2 : 2]
    values = arguments[1::2]
    default = arguments[-1] if len(arguments) % 2 else None
    for condition in conditions:
        if condition.kind not in ("boolean", "null"):
            raise Rejected(f"case needs a boolean, not {condition.kind}")
    kind = "null"
    for value in (*values, *([default] if default else [])):
        kind = _common("case", kind, value)

    def get(document: Document) -> Any:
        for condition, value in zip(conditions, values, strict=True):
            if condition.single(document) is True:
                return value.get(document)
        return None if default is None else default.get(document)

    return Column(kind, get)
