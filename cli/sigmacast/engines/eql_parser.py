r"""Reads a single-event query of EQL, as Elasticsearch does.

Sources: elasticsearch ``x-pack/plugin/eql/src/main/antlr/EqlBase.g4`` (precedence, tokens;
keywords are in lower case only) and its documentation, ``eql/eql-syntax.md`` (strings). Strings
know ``\n \r \t \\ \" \u{…}``; the grammar also reads ``\b \f \'``, which are not documented.
"""

from __future__ import annotations

import re

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.eql_functions import NAMES
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
    Query,
)
from sigmacast.engines.reading import DEEPEST, Reader, Token, scan

KEYWORDS = frozenset(
    (
        "and any by false in in~ join like like~ maxspan not null of or regex regex~ sample "
        "sequence true until where with"
    ).split()
)
_TOKEN = re.compile(
    r"""
    (?P<blank> [ \r\n\t]+ | //[^\r\n]* | /\*(?:(?!/\*|\*/)(?s:.))*\*/ )
  | (?P<comment> /\* )
  | (?P<raw> \"\"\"[^\r\n]*?\"\"\"\"{0,2} )
  | (?P<string> "(?:\\.|[^"\\\r\n])*" )
  | (?P<old> \?["'] | ' )
  | (?P<quoted> `(?:[^`]|``)*` )
  | (?P<decimal> (?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)? | \d+[eE][+-]?\d+ )
  | (?P<integer> \d+ )
  | (?P<tilde> [A-Za-z][A-Za-z0-9_]*~ )
  | (?P<name> [A-Za-z_@][A-Za-z0-9_]* )
  | (?P<operator> == | != | <= | >= | [:=<>+\-*/%.,()\[\]|?!] )
    """,
    re.VERBOSE | re.ASCII,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9A-Fa-f]*)\}|(.))")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}
_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
_LOOKUPS = {"like": "like", "like~": "like", "regex": "regex", "regex~": "regex"}

# How strongly operators bind; each side of one reads what binds more.
_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _SIGN = range(7)


def parse(query: str) -> Query:
    """The tree of a query.

    Raises Rejected for what Elasticsearch does not parse, and Unsupported for sequences, samples
    and pipes.
    """
    reader = Reader([_known(token, query) for token in scan(_TOKEN, query)], len(query))
    return _Parser(reader).query()


def _known(token: Token, query: str) -> Token:
    if token.kind == "comment":
        if "*/" in query[token.at :]:
            raise Unsupported("a comment within a comment")
        raise Rejected(f"the comment at {token.at} does not end")
    if token.kind in ("name", "tilde") and token.text in KEYWORDS:
        return Token("keyword", token.text, token.at)
    if token.kind == "old":
        raise Rejected(f"a string is not enclosed by double quotes at {token.at}")
    return token


class _Parser:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def query(self) -> Query:
        if self.reader.sees("keyword", "sequence", "sample"):
            raise Unsupported(f"a {self.reader.token.text} of events")
        if self.reader.sees("keyword", "join"):
            raise Rejected("join is not supported")
        category = self.category()
        self.reader.expect("keyword", "where")
        condition = self.expression()
        if self.reader.skips("operator", "|"):
            pipe = self.reader.expect("name")
            if pipe.text not in ("head", "tail"):
                raise Rejected(f"the pipe {pipe.text} is not supported")
            raise Unsupported(f"the pipe {pipe.text}")
        if not self.reader.sees("end"):
            raise self.reader.unexpected("the end")
        return Query(category, condition)

    def category(self) -> str | None:
        if self.reader.skips("keyword", "any"):
            return None
        token = self.reader.take()
        if token.kind == "name":
            return token.text
        if token.kind in ("string", "raw"):
            return _text(token)
        raise Rejected(f"expected an event category at {token.at}")

    def expression(self, least: int = _OR) -> Node:
        """What stands here, up to an operator that binds less than *least*."""
        left = self.prefixed(least)
        compared = False
        steps = 0
        while True:
            token = self.reader.token
            steps += 1
            if steps > DEEPEST:  # each nests what is left of it
                raise Unsupported(f"arithmetic of more than {DEEPEST} steps")
            if least <= _OR and self.reader.sees("keyword", "or"):
                left = self.chain("or", left, _AND)
            elif least <= _AND and self.reader.sees("keyword", "and"):
                left = self.chain("and", left, _NOT)
            elif (
                least <= _COMPARE and not compared and self.reader.skips("operator", *_COMPARISONS)
            ):
                left = Compare(token.text, left, self.expression(_ADD))
                compared = True
            elif least <= _ADD and self.reader.skips("operator", "+", "-"):
                left = Arithmetic(token.text, left, self.expression(_MULTIPLY))
            elif least <= _MULTIPLY and self.reader.skips("operator", "*", "/", "%"):
                left = Arithmetic(token.text, left, self.expression(_SIGN))
            else:
                return left

    def chain(self, operator: str, first: Node, binding: int) -> Logic:
        terms = [first]
        while self.reader.skips("keyword", operator):
            terms.append(self.expression(binding))
        return Logic(operator, tuple(terms))

    def prefixed(self, least: int) -> Node:
        with self.reader.nested():
            if least <= _NOT and self.reader.skips("keyword", "not"):
                return Not(self.expression(_NOT))
            token = self.reader.token
            if self.reader.skips("operator", "-", "+"):
                inner = self.expression(_SIGN)
                if token.text == "+":
                    return inner
                if isinstance(inner, Literal) and type(inner.value) in (int, float):
                    return Literal(-inner.value)  # type: ignore[operator]
                return Arithmetic("-", Literal(0), inner)
            return self.looked_up(self.primary())

    def looked_up(self, operand: Node) -> Node:
        """``operand in (…)``, ``operand like …`` and the like, or the operand alone."""
        token = self.reader.token
        if self.reader.sees("keyword", "not") and self.reader.ahead(1).text in ("in", "in~"):
            self.reader.take()
            return Not(self.looked_up(operand))
        if self.reader.skips("keyword", "in", "in~"):
            self.reader.expect("operator", "(")
            return Lookup("in", operand, self.listed(), token.text == "in~")
        if self.reader.skips("operator", ":"):
            return Lookup(":", operand, self.constants(), ignore_case=True)
        if self.reader.skips("keyword", *_LOOKUPS):
            ignore_case = token.text.endswith("~")
            return Lookup(_LOOKUPS[token.text], operand, self.constants(), ignore_case)
        return operand

    def listed(self) -> tuple[Node, ...]:
        """Expressions up to the bracket that closes them; there is at least one."""
        values = [self.expression()]
        while self.reader.skips("operator", ","):
            values.append(self.expression())
        self.reader.expect("operator", ")")
        return tuple(values)

    def constants(self) -> tuple[Node, ...]:
        if not self.reader.skips("operator", "("):
            return (self.constant(),)
        values = [self.constant()]
        while self.reader.skips("operator", ","):
            values.append(self.constant())
        self.reader.expect("operator", ")")
        return tuple(values)

    def constant(self) -> Literal:
        token = self.reader.take()
        match token.kind, token.text:
            case (("string" | "raw"), _):
                return Literal(_text(token))
            case "integer", digits:
                return Literal(_integer(digits))
            case "decimal", digits:
                return Literal(float(digits))
            case "keyword", ("true" | "false"):
                return Literal(token.text == "true")
            case "keyword", "null":
                return Literal(None)
        raise Rejected(f"expected a value at {token.at}")

    def primary(self) -> Node:
        token = self.reader.token
        if self.reader.skips("operator", "("):
            inner = self.expression()
            self.reader.expect("operator", ")")
            return inner
        if token.kind == "tilde" or (token.kind == "name" and self.reader.ahead(1).text == "("):
            return self.call()
        if token.kind in ("name", "quoted") or self.reader.sees("operator", "?"):
            return self.field()
        return self.constant()

    def call(self) -> Call:
        name = self.reader.take().text
        if name.rstrip("~") not in NAMES:
            if name.rstrip("~").lower() in {known.lower() for known in NAMES}:
                raise Unsupported(f"{name} in other case than documented")
            raise Rejected(f"unknown function [{name}]")
        self.reader.expect("operator", "(")
        arguments = () if self.reader.skips("operator", ")") else self.listed()
        return Call(name.rstrip("~").lower(), arguments, name.endswith("~"))

    def field(self) -> Field:
        optional = self.reader.skips("operator", "?")
        parts = [self.identifier()]
        while True:
            if self.reader.skips("operator", "."):
                parts.append(self.identifier())
            elif self.reader.sees("operator", "["):
                raise Rejected("array indexes are not supported")
            else:
                return Field(".".join(parts), optional)

    def identifier(self) -> str:
        token = self.reader.take()
        if token.kind == "name":
            return token.text
        if token.kind == "quoted":
            return token.text[1:-1].replace("``", "`")
        raise Rejected(f"expected the name of a field at {token.at}")


def _integer(digits: str) -> int | float:
    """A whole number; one too large for a long is a double (``visitIntegerLiteral``)."""
    if len(digits) > 400:
        raise Rejected("a number too large for a double")
    value = int(digits)
    return value if value < 2**63 else float(digits)


def _text(token: Token) -> str:
    if token.kind == "raw":
        return token.text[3:-3]
    return _ESCAPE.sub(lambda found: _unescaped(found, token), token.text[1:-1])


def _unescaped(found: re.Match[str], token: Token) -> str:
    letter, code = found[2], found[1]
    if code is not None:
        if not 2 <= len(code) <= 8 or not _is_character(int(code, 16)):
            raise Rejected(f"\\u{{{code}}} is no character, at {token.at}")
        return chr(int(code, 16))
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter in ("b", "f", "'"):
        raise Unsupported(f"the undocumented escape \\{letter} at {token.at}")
    raise Rejected(f"the escape \\{letter} is not known, at {token.at}")


def _is_character(code: int) -> bool:
    return code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
