"""What a single-event EQL query selects in Elasticsearch.

Sources: elasticsearch ``x-pack/plugin/eql`` (``EqlBase.g4``, ``ExpressionBuilder``,
``QueryTranslator``, ``Verifier``) and ``x-pack/plugin/ql`` (``ExpressionTranslators``); its
documentation, ``eql/eql-syntax.md`` and ``eql/eql-function-ref.md``; our facts, ``EQL``.

- ``:``, ``like~``, ``in~``, ``regex~`` and functions with ``~`` ignore the case of ASCII letters;
  all else minds it. ``*`` and ``?`` are wildcards under ``:`` and ``like``, without an escape.
- Of several values of a field, one that fits is enough, and ``not`` and ``!=`` ask that none does
  (elasticsearch pull request 76610). A function is asked of each value, and of null where there
  is none.
- ``not`` and ``!=`` also select documents without the field: see ``eql_conditions``.
- Rejected: a field that the mapping lacks, unless optional; ``flattened`` and ``text`` fields
  (limitations); two fields compared; ``:``, ``like``, ``regex`` and text functions on what is no
  text; ``cidrMatch`` on what is no address; an ``in`` list of another type than the field.
- Unsupported: sequences, samples, pipes; a wildcard within ``stringContains`` and ``endsWith``,
  which become wildcard searches without an escape; patterns on the result of a function.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.eql_conditions import (
    Condition,
    Outcome,
    all_of,
    any_of,
    denied,
    missing,
)
from sigmacast.engines.eql_functions import FUNCTIONS
from sigmacast.engines.eql_parser import parse
from sigmacast.engines.eql_scalars import Scalar, Scalars
from sigmacast.engines.eql_tree import Call, Compare, Field, Literal, Logic, Lookup, Node, Not
from sigmacast.engines.field_tests import ValueTest, comparison, within
from sigmacast.engines.lucene_patterns import expression_test, folded, wildcard_test

CATEGORY = "event.category"
LONGEST_EXPRESSION = 1000
"""``index.max_regex_length``; a list of expressions is searched as one."""
MOST_COMBINATIONS = 10_000
"""Of the values of several fields, when a function reads more than one."""
_SWAPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def compile_query(query: str, schema: Schema) -> Predicate:
    """Whether *query* selects a document.

    Raises Rejected for what Elasticsearch answers with an error, and Unsupported for what is
    beyond this evaluator; the predicate raises Unsupported for a division by zero and the like,
    which ends the real search.
    """
    parsed = parse(query)
    compiler = _Compiler(schema)
    outcome = compiler.outcome(parsed.condition)
    if parsed.category is not None:
        category = Compare("==", Field(CATEGORY), Literal(parsed.category))
        outcome = all_of([compiler.outcome(category), outcome])
    if isinstance(outcome, Condition):
        return outcome.test
    selects = outcome is True
    return lambda document: selects


class _Compiler:
    def __init__(self, schema: Schema) -> None:
        self.scalars = Scalars(schema)

    def outcome(self, node: Node) -> Outcome:
        match node:
            case Not(inner):
                return denied(self.outcome(inner))
            case Logic(operator, terms):
                outcomes = [self.outcome(term) for term in terms]
                return all_of(outcomes) if operator == "and" else any_of(outcomes)
            case Compare(operator, left, right):
                return self.compared(operator, left, right)
            case Lookup():
                return self.looked_up(node)
            case Call("cidrmatch"):
                return self.cidr_match(node)
            case Call():
                return self.called(node)
            case Field():
                return self.compared("==", node, Literal(True), needed="boolean")
            case Literal(None):
                return None
            case Literal(bool() as value):
                return value
            case _:
                raise Rejected("a condition needs to be true or false")

    # --- comparisons ---

    def compared(self, operator: str, left: Node, right: Node, needed: str = "any") -> Outcome:
        if operator == "!=":
            return denied(self.compared("==", left, right))
        for condition, other in ((left, right), (right, left)):
            if _is_condition(condition):
                return self.compared_condition(operator, condition, other)
        first, second = self.scalars.scalar(left), self.scalars.scalar(right)
        if first.fields and second.fields:
            raise Rejected("comparisons of two fields are not supported")
        if second.fields:
            first, second, operator = second, first, _SWAPPED[operator]
        value = second.run(())
        if needed != "any" and first.kind not in (needed, "null"):
            raise Rejected(f"a condition needs to be {needed}, not {first.kind}")
        if value is None:
            return self.is_null(first) if operator == "==" else None
        if first.kind == "null":
            return None
        if not first.fields:
            return self.folded_comparison(operator, first.run(()), value)
        if first.field is not None:
            return _any_value(first, comparison(first.stored, operator, value))
        same = {first.kind, second.kind} <= {"number"} or first.kind == second.kind
        if not same:
            raise Unsupported(f"a {first.kind} compared with a {second.kind}")
        test = comparison("double" if first.kind == "number" else "keyword", operator, value)
        return _any_value(first, test)

    def compared_condition(self, operator: str, condition: Node, other: Node) -> Outcome:
        """``startsWith(…) == true`` is the call alone (``BooleanFunctionEqualsElimination``)."""
        if operator != "==" or not isinstance(other, Literal) or type(other.value) is not bool:
            raise Unsupported("a condition compared with anything but true and false")
        outcome = self.outcome(condition)
        return outcome if other.value else denied(outcome)

    def is_null(self, scalar: Scalar) -> Outcome:
        if scalar.field is not None:
            return missing(scalar.field)
        if not scalar.fields:
            return scalar.run(()) is None
        return _any_value(scalar, lambda value: value is None, takes_null=True)

    def folded_comparison(self, operator: str, left: Any, right: Any) -> Outcome:
        if isinstance(left, str) != isinstance(right, str) or bool in (type(left), type(right)):
            raise Unsupported("a comparison of two values that no field takes part in")
        return comparison("keyword" if isinstance(left, str) else "double", operator, right)(left)

    # --- lookups ---

    def looked_up(self, node: Lookup) -> Outcome:
        scalar = self.scalars.scalar(node.operand)
        constants = [self.scalars.constant(value) for value in node.values]
        if node.operator == "in" and not node.ignore_case:
            return self.is_in(scalar, constants)
        if scalar.kind not in ("string", "null"):
            raise Rejected(f"{node.operator} compares texts, not a {scalar.kind}")
        if node.operator in ("like", "regex") and None in constants:
            raise Rejected(f"{node.operator} null")
        if any(not isinstance(text, str) for text in constants if text is not None):
            raise Rejected(f"{node.operator} compares texts")
        if node.operator in ("like", "regex") and scalar.fields and scalar.field is None:
            raise Unsupported(f"{node.operator} on the result of a function")
        if node.operator == "regex":
            expression = "|".join(constants)
            if len(expression) > LONGEST_EXPRESSION:
                raise Rejected(f"an expression of more than {LONGEST_EXPRESSION} characters")
            tests = [expression_test(expression, ignore_case=node.ignore_case)]
        else:
            tests = [_text_test(node, text) for text in constants if text is not None]
        if scalar.kind == "null" or not tests:
            return None
        outcomes: list[Outcome] = [_any_value(scalar, test) for test in tests]
        return any_of(outcomes)

    def is_in(self, scalar: Scalar, values: list[Any]) -> Outcome:
        for value in values:
            kind = _kind_of(value)
            if value is None or scalar.kind in (kind, "null"):
                continue
            if scalar.kind in ("ip", "date"):
                raise Unsupported(f"a list of texts for a field of type {scalar.kind}")
            raise Rejected(f"the list holds a {kind} where {scalar.kind} is needed")
        given = [value for value in values if value is not None]
        if scalar.kind == "null" or not given:
            return None
        tests = [comparison(scalar.stored or _stored(scalar), "==", value) for value in given]
        condition = _any_value(scalar, lambda value: any(test(value) for test in tests))
        if isinstance(condition, Condition):
            return Condition(condition.test, condition.fields, nullable=False)
        return condition

    # --- functions ---

    def cidr_match(self, call: Call) -> Outcome:
        if len(call.arguments) < 2 or call.ignore_case:
            raise Rejected("cidrMatch needs an address and a block, and has no ~")
        scalar = self.scalars.scalar(call.arguments[0])
        blocks = [self.scalars.constant(argument) for argument in call.arguments[1:]]
        if scalar.kind not in ("ip", "null"):
            raise Rejected(f"cidrMatch needs a field of type ip, not {scalar.kind}")
        if any(not isinstance(each, str) for each in blocks if each is not None):
            raise Rejected("cidrMatch needs blocks as texts")
        test = within([each for each in blocks if each is not None])
        if scalar.kind == "null" or None in blocks:
            return None
        return _any_value(scalar, test)

    def called(self, call: Call) -> Outcome:
        scalar = self.scalars.scalar(call)
        if scalar.kind == "null":
            return None
        if scalar.kind != "boolean":
            raise Rejected(f"a condition needs to be boolean, not {scalar.kind}")
        text, part = (self.scalars.scalar(argument) for argument in call.arguments)
        if text.field is None or part.fields:
            return _any_value(scalar, lambda holds: holds is True)
        searched = part.run(())
        return _any_value(text, _search_test(call, searched))


def _search_test(call: Call, searched: str) -> ValueTest:
    """A text function of a field and a constant, which becomes a prefix or wildcard search."""
    wild = call.name != "startswith"
    if wild and (not searched or any(char in searched for char in "*?\\")):
        raise Unsupported(f"{call.name} of nothing, or of a wildcard, which has no escape")
    fold: Callable[[str], str] = folded if call.ignore_case else str
    sought = fold(searched)
    match call.name:
        case "startswith":
            return lambda text: fold(text).startswith(sought)
        case "endswith":
            return lambda text: fold(text).endswith(sought)
        case _:
            return lambda text: sought in fold(text)


def _text_test(node: Lookup, text: str) -> ValueTest:
    if node.operator == "like" or (node.operator == ":" and ("*" in text or "?" in text)):
        return wildcard_test(text, ignore_case=node.ignore_case, escapes=False)
    sought = folded(text)
    return lambda stored: folded(stored) == sought


def _any_value(scalar: Scalar, holds: ValueTest, *, takes_null: bool = False) -> Outcome:
    """Whether it holds of any value of the fields; a field without one is null."""
    fields = scalar.fields
    run = scalar.run
    if not fields:
        value = run(())
        return None if value is None and not takes_null else holds(value)
    if scalar.field is not None:
        name = scalar.field
        return Condition(
            lambda document: any(holds(value) for value in document.get(name, ())),
            frozenset(fields),
        )

    def test(document: Document) -> bool:
        columns = [document.get(field) or (None,) for field in fields]
        combinations = 1
        for column in columns:
            combinations *= len(column)
        if combinations > MOST_COMBINATIONS:
            raise Unsupported("so many combinations of values")
        for bound in product(*columns):
            value = run(bound)
            if (takes_null or value is not None) and holds(value):
                return True
        return False

    return Condition(test, frozenset(fields))


def _is_condition(node: Node) -> bool:
    if isinstance(node, Call):
        function = FUNCTIONS.get(node.name)
        return node.name == "cidrmatch" or (function is not None and function.result == "boolean")
    return isinstance(node, (Not, Logic, Compare, Lookup))


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _stored(scalar: Scalar) -> str:
    return {"string": "keyword", "number": "double"}.get(scalar.kind, scalar.kind)
