r"""Reads ``from … | where …`` of ES|QL, as Elasticsearch does.

Sources: Elasticsearch documentation, ``esql-syntax.md`` (strings, identifiers), and elasticsearch
``x-pack/plugin/esql/src/main/antlr`` (precedence: not, comparisons, and, or); our facts, "ES|QL".
"""

from __future__ import annotations

import re

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.eql_tree import Call, Compare, Field, Literal, Logic, Lookup, Node, Not
from sigmacast.engines.reading import Reader, Token, scan

LONGEST_CHAIN = 400
"""Terms joined by AND or OR (elasticsearch pull request 111186)."""
KEYWORDS = frozenset(
    "and as asc by desc false first in is last like not null nulls or rlike true".split()
)
IGNORED = ("keep", "sort", "limit")
"""Commands that neither add nor drop what a predicate could tell."""
_TOKEN = re.compile(
    r"""
    (?P<blank> [ \r\n\t]+ | //[^\r\n]* | /\*(?s:.*?)\*/ )
  | (?P<raw> \"\"\"(?s:.*?)\"\"\"\"{0,2} )
  | (?P<string> "(?:\\.|[^"\\\r\n])*" )
  | (?P<quoted> `(?:[^`]|``)*` )
  | (?P<decimal> (?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)? | \d+[eE][+-]?\d+ )
  | (?P<integer> \d+ )
  | (?P<name> [A-Za-z_@][A-Za-z0-9_]* )
  | (?P<operator> == | != | <= | >= | [=<>+\-*/%.,()\[\]|:] )
    """,
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
_SOURCE = re.compile(
    r"\s*from\s+(?P<indices>[^|\s]+(?:\s*,\s*[^|\s]+)*?)"
    r"(?:\s+metadata\s+(?P<metadata>[\w, ]+?))?\s*(?:\||$)",
    re.IGNORECASE,
)


def parse(query: str) -> list[Node]:
    """The conditions of a query's ``where`` commands, all of which have to hold.

    Raises Rejected for what Elasticsearch does not parse, and Unsupported for commands that change
    the rows.
    """
    source = _SOURCE.match(query)
    if source is None:
        raise Rejected("a query begins with from")
    tokens = [_keyword(token) for token in scan(_TOKEN, query, source.end())]
    return _Parser(Reader(tokens, len(query))).commands() if tokens else []


def _keyword(token: Token) -> Token:
    if token.kind == "name" and token.text.lower() in KEYWORDS:
        return Token("keyword", token.text.lower(), token.at)
    return token


class _Parser:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def commands(self) -> list[Node]:
        conditions: list[Node] = []
        while True:
            name = self.reader.expect("name").text.lower()
            if name == "where":
                conditions.append(self.disjunction())
            elif name in IGNORED:
                while not self.reader.sees("operator", "|") and not self.reader.sees("end"):
                    self.reader.take()
            else:
                raise Unsupported(f"the command {name}")
            if self.reader.sees("end"):
                return conditions
            self.reader.expect("operator", "|")

    def disjunction(self) -> Node:
        return self.chain("or", self.conjunction)

    def conjunction(self) -> Node:
        return self.chain("and", self.negation)

    def chain(self, operator: str, part: object) -> Node:
        terms = [part()]  # type: ignore[operator]
        while self.reader.skips("keyword", operator):
            terms.append(part())  # type: ignore[operator]
        if len(terms) > LONGEST_CHAIN:
            raise Rejected(f"more than {LONGEST_CHAIN} terms joined by {operator}")
        return terms[0] if len(terms) == 1 else Logic(operator, tuple(terms))

    def negation(self) -> Node:
        with self.reader.nested():
            if self.reader.skips("keyword", "not"):
                return Not(self.negation())
            return self.comparison()

    def comparison(self) -> Node:
        left = self.primary()
        token = self.reader.token
        if self.reader.skips("operator", *_COMPARISONS):
            return Compare(token.text, left, self.primary())
        if self.reader.skips("operator", "+", "-", "*", "/", "%"):
            raise Unsupported("arithmetic")
        if self.reader.skips("operator", ":"):
            raise Unsupported("a full-text match")
        if self.reader.skips("keyword", "is"):
            absent: Node = Compare("==", left, Literal(None))
            if self.reader.skips("keyword", "not"):
                absent = Not(absent)
            self.reader.expect("keyword", "null")
            return absent
        if self.reader.sees("keyword", "not") and self.reader.ahead(1).text in (
            "in",
            "like",
            "rlike",
        ):
            self.reader.take()
            return Not(self.lookup(left))
        return self.lookup(left)

    def lookup(self, left: Node) -> Node:
        token = self.reader.token
        if not self.reader.skips("keyword", "in", "like", "rlike"):
            return left
        if token.text == "in" or self.reader.sees("operator", "("):
            self.reader.expect("operator", "(")
            return Lookup(token.text, left, self.listed())
        return Lookup(token.text, left, (self.constant(),))

    def listed(self) -> tuple[Node, ...]:
        values = [self.disjunction()]
        while self.reader.skips("operator", ","):
            values.append(self.disjunction())
        self.reader.expect("operator", ")")
        return tuple(values)

    def primary(self) -> Node:
        token = self.reader.token
        if self.reader.skips("operator", "("):
            inner = self.disjunction()
            self.reader.expect("operator", ")")
            return inner
        if token.kind == "name" and self.reader.ahead(1).text == "(":
            self.reader.take()
            self.reader.take()
            arguments = () if self.reader.skips("operator", ")") else self.listed()
            return Call(token.text.lower(), arguments)
        if token.kind in ("name", "quoted"):
            return self.field()
        return self.constant()

    def field(self) -> Field:
        parts = [self.identifier()]
        while self.reader.skips("operator", "."):
            parts.append(self.identifier())
        return Field(".".join(parts))

    def identifier(self) -> str:
        token = self.reader.take()
        if token.kind == "name":
            return token.text
        if token.kind == "quoted":
            return token.text[1:-1].replace("``", "`")
        raise Rejected(f"expected the name of a field at {token.at}")

    def constant(self) -> Literal:
        sign = -1 if self.reader.skips("operator", "-") else 1
        token = self.reader.take()
        if token.kind == "integer" and len(token.text) < 400:
            return Literal(sign * int(token.text))
        if token.kind == "decimal":
            return Literal(sign * float(token.text))
        if sign == 1 and token.kind == "raw":
            return Literal(token.text[3:-3])
        if sign == 1 and token.kind == "string":
            return Literal(_unescaped(token))
        if sign == 1 and token.kind == "keyword" and token.text in ("true", "false", "null"):
            return Literal({"true": True, "false": False}.get(token.text))
        raise Rejected(f"expected a value at {token.at}")


def _unescaped(token: Token) -> str:
    def meaning(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise Rejected(f"the escape \\{found[1]} is not known, at {token.at}")
        return _ESCAPES[found[1]]

    return _ESCAPE.sub(meaning, token.text[1:-1])
