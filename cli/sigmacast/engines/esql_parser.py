"""Reads an expression of ES|QL, as Elasticsearch does.

Source: elasticsearch ``x-pack/plugin/esql/src/main/antlr/parser/Expression.g4`` (``not`` binds
more than ``and``, that more than ``or``; a comparison takes no other) and ``ExpressionBuilder``.

That class refuses a depth of more than 400, counted by its own calls: each ``and``, ``or``, ``not``
and bracket, and two more in a comparison. A chain ``a or b or c`` leans to the left, so its length
counts: 398 comparisons are the most. What is read here carries that depth as its *height*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.eql_tree import (
    Arithmetic,
    Call,
    Compare,
    Field,
    Literal,
    Logic,
    Lookup,
    Node,
    Not,
)
from sigmacast.engines.esql_tokens import text_of
from sigmacast.engines.esql_tree import IS_NULL, LIST
from sigmacast.engines.reading import DEEPEST_OF_ALL, Reader

_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
_LOOKUPS = ("in", "like", "rlike")
_OR, _AND = range(2)
_ADD, _MULTIPLY = range(2)


@dataclass(frozen=True, slots=True)
class _Part:
    node: Node
    height: int


_Read: TypeAlias = Callable[[], _Part]


class ExpressionParser:
    """Reads expressions where a reader stands."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def expression(self) -> Node:
        """A condition or a value; raises Rejected for a wrong one and one too deep."""
        part = self._boolean()
        if part.height > DEEPEST_OF_ALL:
            raise Rejected(f"the maximum expression depth is {DEEPEST_OF_ALL}, not {part.height}")
        return part.node

    def name(self) -> str:
        """The name of a column: identifiers and back-ticked ones, joined by dots."""
        parts = [self._identifier()]
        while self.reader.skips("operator", "."):
            parts.append(self._identifier())
        return ".".join(parts)

    # --- true or false ---

    def _boolean(self, least: int = _OR) -> _Part:
        """What stands here, up to an operator that binds less than *least*."""
        with self.reader.nested():
            if self.reader.skips("keyword", "not"):
                inner = self._boolean(_AND + 1)
                left = _Part(Not(inner.node), inner.height + 1)
            else:
                left = self._tested()
        while True:
            if least <= _AND and self.reader.sees("keyword", "and"):
                left = self._chain("and", left, _AND + 1)
            elif least <= _OR and self.reader.sees("keyword", "or"):
                left = self._chain("or", left, _AND)
            else:
                return left

    def _chain(self, operator: str, first: _Part, binding: int) -> _Part:
        terms, height = [first.node], first.height
        while self.reader.skips("keyword", operator):
            term = self._boolean(binding)
            terms.append(term.node)
            height = max(height, term.height) + 1
        return _Part(Logic(operator, tuple(terms)), height)

    def _tested(self) -> _Part:
        """A value, compared with others or not."""
        left = self._value()
        token = self.reader.token
        if self.reader.skips("operator", *_COMPARISONS):
            right = self._value()
            height = max(left.height, right.height) + 1
            left = _Part(Compare(token.text, left.node, right.node), height)
        if self.reader.sees("operator", ":"):
            raise Unsupported("a full-text search")
        if self.reader.skips("keyword", "is"):
            denied = self.reader.skips("keyword", "not")
            self.reader.expect("keyword", "null")
            absent = Lookup(IS_NULL, left.node, ())
            return _Part(Not(absent) if denied else absent, left.height + 1)
        denied = self.reader.sees("keyword", "not")
        if denied and self.reader.ahead(1).text in _LOOKUPS:
            self.reader.take()
        if not self.reader.sees("keyword", *_LOOKUPS):
            return left
        found = self._lookup(left)
        return _Part(Not(found.node), found.height) if denied else found

    def _lookup(self, left: _Part) -> _Part:
        operator = self.reader.take().text
        parts = [left]
        if operator == "in":
            self.reader.expect("operator", "(")
            parts += self._listed(self._in_list)
        elif self.reader.skips("operator", "("):
            parts += self._listed(self._string)
        else:
            parts.append(self._string())
        height = max(part.height for part in parts) + 1
        return _Part(Lookup(operator, left.node, tuple(each.node for each in parts[1:])), height)

    def _in_list(self) -> _Part:
        part = self._value()
        token = self.reader.token
        if self.reader.skips("operator", *_COMPARISONS):
            right = self._value()
            node = Compare(token.text, part.node, right.node)
            return _Part(node, max(part.height, right.height) + 1)
        return part

    def _listed(self, read: _Read) -> Iterator[_Part]:
        """One or more, up to the bracket that closes them."""
        yield read()
        while self.reader.skips("operator", ","):
            yield read()
        self.reader.expect("operator", ")")

    def _string(self) -> _Part:
        if not self.reader.sees("string") and not self.reader.sees("raw"):
            raise self.reader.unexpected("a string")
        return _Part(Literal(text_of(self.reader.take())), 0)

    # --- values ---

    def _value(self, least: int = _ADD) -> _Part:
        left = self._signed()
        while True:
            token = self.reader.token
            if least <= _ADD and self.reader.skips("operator", "+", "-"):
                right = self._value(_MULTIPLY)
            elif self.reader.skips("operator", "*", "/", "%"):
                right = self._signed()
            else:
                return left
            height = max(left.height, right.height) + 1
            left = _Part(Arithmetic(token.text, left.node, right.node), height)

    def _signed(self) -> _Part:
        signs = 0
        negative = False
        while True:
            token = self.reader.token
            if not self.reader.skips("operator", "+", "-"):
                break
            signs += 1
            negative ^= token.text == "-"
        part = self._primary()
        node = part.node
        if signs and isinstance(node, Literal) and type(node.value) in (int, float):
            node = Literal(-node.value if negative else node.value)  # type: ignore[operator]
        elif signs:
            node = Arithmetic("-" if negative else "+", Literal(0), node)
        return _Part(node, part.height + signs + 1)

    def _primary(self) -> _Part:
        part = self._unconverted()
        if self.reader.sees("operator", "::"):
            raise Unsupported("a conversion by ::")
        return part

    def _unconverted(self) -> _Part:
        reader = self.reader
        if reader.skips("operator", "("):
            inner = self._boolean()
            reader.expect("operator", ")")
            return _Part(inner.node, inner.height + 1)
        if reader.skips("operator", "["):
            return _Part(self._array(), 1)
        if not reader.sees("name") and not reader.sees("quoted"):
            return _Part(Literal(self._constant()), 1)
        if reader.ahead(1).kind == "operator" and reader.ahead(1).text == "(":
            return self._call()
        return _Part(Field(self.name()), 1)

    def _call(self) -> _Part:
        name = self._identifier().lower()
        self.reader.expect("operator", "(")
        if self.reader.sees("operator", "*"):
            raise Unsupported(f"{name}(*)")
        parts = [] if self.reader.skips("operator", ")") else list(self._listed(self._argument))
        height = max((part.height for part in parts), default=1)
        return _Part(Call(name, tuple(part.node for part in parts)), height)

    def _argument(self) -> _Part:
        if self.reader.sees("operator", "{"):
            raise Unsupported("named parameters of a function")
        return self._boolean()

    def _identifier(self) -> str:
        token = self.reader.take()
        if token.kind == "name":
            return token.text
        if token.kind == "quoted":
            return token.text[1:-1].replace("``", "`")
        raise Rejected(f"expected the name of a field at {token.at}")

    def _array(self) -> Call:
        values = [self._item()]
        while self.reader.skips("operator", ","):
            values.append(self._item())
        self.reader.expect("operator", "]")
        kinds = {float if type(each.value) is int else type(each.value) for each in values}
        if len(kinds) > 1 or type(None) in kinds:
            raise Rejected("a list of constants of several types")
        return Call(LIST, tuple(values))

    def _item(self) -> Literal:
        token = self.reader.token
        signed = self.reader.skips("operator", "-", "+")
        value = self._constant()
        if not signed:
            return Literal(value)
        if isinstance(value, str | bool | None):
            raise Rejected(f"a sign before {value!r}")
        return Literal(-value if token.text == "-" else value)

    def _constant(self) -> str | int | float | bool | None:
        token = self.reader.token
        if not self.reader.sees("keyword", "true", "false", "null") and token.kind not in (
            "integer",
            "decimal",
            "string",
            "raw",
        ):
            raise self.reader.unexpected("a value")
        self.reader.take()
        match token.kind:
            case "integer":
                if self.reader.sees("name"):
                    raise Unsupported("a span of time")
                return _integer(token.text)
            case "decimal":
                return float(token.text)
            case "keyword":
                return {"true": True, "false": False}.get(token.text)
            case _:
                return text_of(token)


def _integer(digits: str) -> int | float:
    """A whole number; one too large for an unsigned long is a double."""
    if len(digits) > 400:
        raise Rejected("a number too large for a double")
    value = int(digits)
    return value if value < 2**64 else float(digits)
