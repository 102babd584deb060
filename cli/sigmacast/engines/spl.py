"""What an SPL query of ``search`` and ``where`` selects in Splunk.

Source: our facts on Splunk, section 4 (Search Reference, Search Manual). ``search`` has two truth
values and ignores case, and of several values of a field one that fits is enough; ``where`` has
null, and keeps what is true. What no source settles (several values under ``where``, an escaped
star) is Unsupported, as are commands that count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.spl_parser import parse
from sigmacast.engines.spl_tree import (
    And,
    Call,
    Command,
    Compare,
    Everything,
    Field,
    Literal,
    Macro,
    Matches,
    Node,
    Not,
    Or,
    Text,
    Value,
)
from sigmacast.engines.stored_values import block
from sigmacast.engines.three_valued import conjunction, disjunction, negation

Expression: TypeAlias = Callable[[Document], Any]
RAW = "_raw"
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def compile_query(query: str, schema: Schema | None = None) -> Predicate:  # noqa: ARG001
    """Whether *query* selects an event; Splunk's fields have no types, so no schema is needed.

    Raises Rejected for what Splunk answers with an error, and Unsupported for what is beyond this
    evaluator; the predicate raises Unsupported for an event on which no source says what happens.
    """
    predicates = [_command(command) for command in parse(query, free_text=True)]
    return lambda document: all(selects(document) for selects in predicates)


def _command(command: Command) -> Predicate:
    match command:
        case Command("search", condition=condition) if condition is not None:
            return _search(condition)
        case Command("where", condition=condition) if condition is not None:
            truth = _expression(condition)
            return lambda document: truth(document) is True
        case Command("table" | "fields"):
            return lambda document: True
    raise Unsupported(f"the command {command.name}")


# --- search ---


def _search(node: Node) -> Predicate:
    match node:
        case Everything():
            return lambda document: True
        case And(items):
            parts = [_search(item) for item in items]
            return lambda document: all(part(document) for part in parts)
        case Or(items):
            parts = [_search(item) for item in items]
            return lambda document: any(part(document) for part in parts)
        case Not(item):
            inner = _search(item)
            return lambda document: not inner(document)
        case Matches(field, operator, value):
            return _field_test(field, operator, value)
        case Text(value):
            test = _wildcards(f"*{value.text}*", cased=value.cased)
            return lambda document: any(map(test, document.get(RAW, ())))
        case Macro(call):
            raise Unsupported(f"the macro {call}")
    raise Unsupported(f"{type(node).__name__} in search")


def _field_test(field: str, operator: str, value: Value) -> Predicate:
    if operator == "!=":
        test = _value_test("=", value)
        return lambda document: _differs(document.get(field, ()), test)
    test = _value_test(operator, value)
    return lambda document: any(map(test, document.get(field, ())))


def _differs(values: Sequence[Any], test: Callable[[str], bool]) -> bool:
    if len(values) > 1:
        raise Unsupported("!= on several values")
    return any(not test(value) for value in values)


def _value_test(operator: str, value: Value) -> Callable[[str], bool]:
    if operator != "=":
        return _ordered(operator, value.text)
    network = block(value.text) if "/" in value.text else None
    test = _wildcards(value.text, cased=value.cased)
    if network is None:
        return test
    return lambda text: test(text) or _is_within(text, network)


def _is_within(text: str, network: tuple[int, int]) -> bool:
    single = block(text) if "/" not in text else None
    return single is not None and network[0] <= single[0] <= network[1]


def _ordered(operator: str, wanted: str) -> Callable[[str], bool]:
    """Numeric if both sides are numbers, else by their text."""
    compare, number = _ORDERS[operator], _number(wanted)

    def test(text: str) -> bool:
        found = _number(text)
        if number is not None and found is not None:
            return compare(found, number)
        return compare(text, wanted)

    return test


def _wildcards(pattern: str, *, cased: bool) -> Callable[[str], bool]:
    """``*`` is the only wildcard of ``search``; a value without case is compared in lower case."""
    parts = pattern.split("*") if cased else pattern.lower().split("*")
    if len(parts) == 1:
        return lambda text: (text if cased else text.lower()) == parts[0]

    def test(text: str) -> bool:
        folded = text if cased else text.lower()
        if not folded.startswith(parts[0]) or len(folded) < len(parts[0]) + len(parts[-1]):
            return False
        at, end = len(parts[0]), len(folded) - len(parts[-1])
        if not folded.endswith(parts[-1]):
            return False
        for part in parts[1:-1]:
            found = folded.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return test


# --- where ---


def _expression(node: Node) -> Expression:
    match node:
        case And(items):
            parts = [_expression(item) for item in items]
            return lambda document: conjunction(_truth(part(document)) for part in parts)
        case Or(items):
            parts = [_expression(item) for item in items]
            return lambda document: disjunction(_truth(part(document)) for part in parts)
        case Not(item):
            inner = _expression(item)
            return lambda document: negation(_truth(inner(document)))
        case Field(name):
            return lambda document: _single(document.get(name, ()), name)
        case Literal(value):
            return lambda document: value
        case Compare(left, operator, right):
            return _comparison(_expression(left), operator, _expression(right))
        case Call("isnull" | "isnotnull" as name, (Field(field),)):
            wanted = name == "isnotnull"
            return lambda document: bool(document.get(field)) is wanted
        case Call("mvcount", (Field(field),)):
            return lambda document: len(document[field]) if document.get(field) else None
        case Call("mvfind", (Field(field), Literal(str() as pattern))):
            return _mvfind(field, pattern)
        case Call(name, arguments):
            return _call(name, [_expression(argument) for argument in arguments], arguments)
    raise Unsupported(f"{type(node).__name__} in where")


def _truth(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise Rejected("a value where a condition is wanted")


def _single(values: Sequence[Any], name: str) -> Any:
    if len(values) > 1:
        raise Unsupported(f"the several values of {name} in where")
    return values[0] if values else None


def _comparison(left: Expression, operator: str, right: Expression) -> Expression:
    def test(document: Document) -> bool | None:
        one, other = left(document), right(document)
        if one is None or other is None:
            return None
        numbers = _number(one), _number(other)
        if isinstance(other, float) and None not in numbers:
            one, other = numbers
        if operator in ("=", "=="):
            return bool(one == other)
        if operator == "!=":
            return bool(one != other)
        if None not in numbers:
            one, other = numbers
        return _ORDERS[operator](one, other)

    return test


def _mvfind(field: str, pattern: str) -> Expression:
    search = _regex(pattern)

    def find(document: Document) -> int | None:
        values = document.get(field, ())
        return next((index for index, value in enumerate(values) if search(value)), None)

    return find


def _call(name: str, given: Sequence[Expression], arguments: Sequence[Node]) -> Expression:
    match name, arguments:
        case "lower", _:
            return _of_text(given[0], str.lower)
        case "upper", _:
            return _of_text(given[0], str.upper)
        case "len", _:
            return _of_text(given[0], len)
        case "tonumber", _:
            return _of_text(given[0], _number)
        case "match", (_, Literal(str() as pattern)):
            return _of_text(given[0], _regex(pattern))
        case "like", (_, Literal(str() as pattern)):
            return _of_text(given[0], _like(pattern))
        case "cidrmatch", (Literal(str() as network), _):
            found = block(network)
            if found is None:
                raise Rejected(f"{network} is no network")
            return _of_text(given[1], lambda text: _is_within(text, found))
        case "in", _:
            return lambda document: disjunction(
                _comparison(given[0], "=", value)(document) for value in given[1:]
            )
        case "coalesce", _:
            return lambda document: next(
                (found for value in given if (found := value(document)) is not None), None
            )
        case "if", _:
            return lambda document: given[1 if given[0](document) is True else 2](document)
        case (("spath" | "json_extract"), (_, Literal(str() as path))):
            return _of_text(given[0], lambda text: _at_path(text, path))
    raise Unsupported(f"the function {name}")


def _of_text(value: Expression, function: Callable[[str], Any]) -> Expression:
    def apply(document: Document) -> Any:
        found = value(document)
        return None if found is None else function(str(found))

    return apply


def _at_path(text: str, path: str) -> str | None:
    """What stands at a path of keys in a JSON text, as its compact text."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    for key in path.split("."):
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _regex(pattern: str) -> Callable[[str], bool]:
    """PCRE, searched anywhere; what RE2 lacks is beyond us."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        search: Any = re2.compile(pattern, options).search
    except re2.error:
        raise Unsupported(f"the expression {pattern}") from None
    return lambda text: search(text.encode("utf-8", "replace").decode("utf-8")) is not None


def _like(pattern: str) -> Callable[[str], bool]:
    if "\\" in pattern:
        raise Unsupported("an escape in like")
    import re

    body = "".join({"%": "(?s:.*)", "_": "(?s:.)"}.get(char) or re.escape(char) for char in pattern)
    return _regex(f"^(?:{body})$")


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
