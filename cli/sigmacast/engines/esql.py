"""What a ``from … | where …`` query of ES|QL selects in Elasticsearch.

Sources: Elasticsearch documentation, ``esql/`` (operators, functions, ``limitations.md``,
``esql-multivalued-fields.md``); our facts, "ES|QL". Comparisons mind case, a missing field gives
null, and so does an operator or a function on a field of several values, but for those of ``mv_``;
``where`` keeps what is true. Rejected: unknown columns, flattened fields, types that do not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.eql_tree import Call, Compare, Field, Literal, Logic, Lookup, Node, Not
from sigmacast.engines.esql_parser import parse
from sigmacast.engines.field_tests import comparison, within
from sigmacast.engines.lucene_patterns import expression_test, wildcard_test
from sigmacast.engines.three_valued import conjunction, disjunction, negation

OLDEST = (8, 19)
LONGEST_EXPRESSION = 1000
"""``index.max_regex_length``, since conditions on a field are searched in the index."""
_KINDS = {
    "keyword": "text",
    "text": "text",
    "ip": "ip",
    "boolean": "boolean",
    "date": "date",
    "long": "number",
    "double": "number",
}
_SINCE = {"contains": (9, 2), "mv_contains": (9, 2), "mv_intersects": (9, 3)}
"""The first stack that has a function."""
_Value: TypeAlias = Callable[[Document], Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """A value of each row: its type, and how to get it; several values are a tuple.

    ``stored`` is the type of the field, where the column is nothing else.
    """

    kind: str
    get: _Value
    stored: str = ""

    def single(self, document: Document) -> Any:
        """The value where there is just one, else null."""
        found = self.get(document)
        return None if isinstance(found, tuple) else found


def compile_query(query: str, schema: Schema, *, stack: tuple[int, int] = OLDEST) -> Predicate:
    """Whether *query* selects a document, on an Elastic Stack of this version.

    Raises Rejected for what Elasticsearch answers with an error, and Unsupported for what is
    beyond this evaluator.
    """
    compiler = _Compiler(schema, stack)
    conditions = [compiler.condition(node) for node in parse(query)]
    return lambda document: all(condition(document) is True for condition in conditions)


class _Compiler:
    def __init__(self, schema: Schema, stack: tuple[int, int]) -> None:
        self.schema = schema
        self.stack = stack

    # --- conditions ---

    def condition(self, node: Node) -> _Value:
        """A node as a function that is true, false or null."""
        match node:
            case Not(inner):
                test = self.condition(inner)
                return lambda document: negation(test(document))
            case Logic(operator, terms):
                parts = [self.condition(term) for term in terms]
                join = conjunction if operator == "and" else disjunction
                return lambda document: join(part(document) for part in parts)
            case Compare("==", left, Literal(None)):
                column = self.column(left)
                return lambda document: column.get(document) is None
            case Compare(operator, left, right):
                return self.compared(operator, self.column(left), self.column(right))
            case Lookup():
                return self.looked_up(node)
        column = self.column(node)
        if column.kind not in ("boolean", "null"):
            raise Rejected(f"a condition has to be boolean, not {column.kind}")
        return column.single

    def compared(self, operator: str, left: _Column, right: _Column) -> _Value:
        if "null" in (left.kind, right.kind):
            return lambda document: None
        kinds = {left.kind, right.kind}
        # A text literal is read as a date or an address where one is compared with it.
        if len(kinds) > 1 and not (kinds <= {"date", "text"} or kinds <= {"ip", "text"}):
            raise Rejected(f"{left.kind} compared with {right.kind}")
        if left.kind == "boolean" and operator not in ("==", "!="):
            raise Rejected(f"booleans have no order for {operator}")
        kind = left.stored or {"text": "keyword", "number": "double"}.get(left.kind, left.kind)

        def test(document: Document) -> bool | None:
            one, other = left.single(document), right.single(document)
            if one is None or other is None:
                return None
            if operator == "!=":
                return not comparison(kind, "==", other)(one)
            return comparison(kind, operator, other)(one)

        return test

    def looked_up(self, node: Lookup) -> _Value:
        operand = self.column(node.operand)
        if node.operator == "in":
            tests = [self.compared("==", operand, self.column(value)) for value in node.values]
            return lambda document: disjunction(test(document) for test in tests)
        if node.operator == "rlike" and len(node.values) > 1 and self.stack < (9, 2):
            raise Rejected("a list of rlike needs 9.2")
        if operand.kind not in ("text", "null"):
            raise Rejected(f"{node.operator} on {operand.kind}")
        patterns = [_constant_text(value, node.operator) for value in node.values]
        tests_of_text = [_pattern(node.operator, pattern) for pattern in patterns]

        def fits(document: Document) -> bool | None:
            text = operand.single(document)
            return None if text is None else any(test(text) for test in tests_of_text)

        return fits

    # --- columns ---

    def column(self, node: Node) -> _Column:
        match node:
            case Literal(None):
                return _Column("null", lambda document: None)
            case Literal(value):
                kind = {bool: "boolean", str: "text"}.get(type(value), "number")
                return _Column(kind, lambda document: value)
            case Field(name):
                return self.field(name)
            case Call(name, arguments):
                return self.call(name, arguments)
            case Not() | Logic() | Compare() | Lookup():
                return _Column("boolean", self.condition(node))
        raise Unsupported(type(node).__name__)

    def field(self, name: str) -> _Column:
        stored = self.schema.type_of(name)
        if stored is None:
            raise Rejected(f"unknown column {name}")
        if stored not in _KINDS:
            raise Rejected(f"{name} is of the unsupported type {stored}")
        return _Column(_KINDS[stored], lambda document: _values(document, name), stored)

    def call(self, name: str, arguments: Sequence[Node]) -> _Column:
        if self.stack < _SINCE.get(name, OLDEST):
            raise Rejected(f"{name} needs {'.'.join(map(str, _SINCE[name]))}")
        columns = [self.column(argument) for argument in arguments]
        if name == "cidr_match":
            return _cidr_match(columns, arguments)
        if name in ("is_null", "is_not_null"):
            raise Unsupported(name)
        function = _FUNCTIONS.get(name)
        if function is None:
            raise Unsupported(f"the function {name}")
        if len(columns) < function.least:
            raise Rejected(f"{name} needs {function.least} arguments")
        for column in columns:
            if function.takes and column.kind not in (function.takes, "null"):
                raise Rejected(f"{name} on {column.kind}")
        kind = function.gives or next((c.kind for c in columns if c.kind != "null"), "null")

        def apply(document: Document) -> Any:
            if function.several:
                values = [column.get(document) for column in columns]
            else:
                values = [column.single(document) for column in columns]
            if None in values and not function.takes_null:
                return None
            return function.run(*values)

        return _Column(kind, apply)


def _values(document: Document, name: str) -> Any:
    found = document.get(name, ())
    return tuple(found) if len(found) > 1 else found[0] if found else None


def _constant_text(node: Node, operator: str) -> str:
    if isinstance(node, Literal) and isinstance(node.value, str):
        return node.value
    raise Rejected(f"{operator} wants a text")


def _pattern(operator: str, pattern: str) -> Callable[[str], bool]:
    if operator == "like":
        return wildcard_test(pattern)
    if len(pattern) > LONGEST_EXPRESSION:
        raise Rejected("an expression of more than 1,000 characters")
    return expression_test(pattern)


def _cidr_match(columns: Sequence[_Column], arguments: Sequence[Node]) -> _Column:
    if len(columns) < 2:
        raise Rejected("cidr_match needs two arguments")
    if columns[0].kind not in ("ip", "null"):
        raise Rejected(f"cidr_match on {columns[0].kind}")
    test = within([_constant_text(argument, "cidr_match") for argument in arguments[1:]])

    def apply(document: Document) -> bool | None:
        value = columns[0].single(document)
        return None if value is None else test(value)

    return _Column("boolean", apply)


@dataclass(frozen=True, slots=True)
class _Function:
    """``takes`` is the type of all arguments and ``gives`` that of the result, empty for any."""

    run: Callable[..., Any]
    takes: str = ""
    gives: str = ""
    least: int = 1
    several: bool = False
    takes_null: bool = False


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _mv_contains(all_values: Any, wanted: Any) -> bool:
    held = () if all_values is None else _as_tuple(all_values)
    return wanted is None or set(_as_tuple(wanted)) <= set(held)


_FUNCTIONS = {
    "to_lower": _Function(str.lower, "text", "text"),
    "to_upper": _Function(str.upper, "text", "text"),
    "concat": _Function(lambda *texts: "".join(texts), "text", "text", least=2),
    "starts_with": _Function(str.startswith, "text", "boolean", least=2),
    "ends_with": _Function(str.endswith, "text", "boolean", least=2),
    "contains": _Function(lambda text, part: part in text, "text", "boolean", least=2),
    "length": _Function(len, "text", "number"),
    "locate": _Function(lambda text, part: text.find(part) + 1, "text", "number", least=2),
    "coalesce": _Function(
        lambda *values: next((v for v in values if v is not None), None), takes_null=True
    ),
    "mv_concat": _Function(
        lambda values, between: between.join(_as_tuple(values)), "text", "text", 2, several=True
    ),
    "mv_contains": _Function(_mv_contains, "", "boolean", 2, several=True, takes_null=True),
    "mv_count": _Function(lambda values: len(_as_tuple(values)), "", "number", several=True),
}
