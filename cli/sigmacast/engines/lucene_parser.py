r"""Lucene's classic query syntax: tokens, and the clauses that they make.

Sources: apache/lucene ``queryparser/classic/QueryParser.jj`` (tokens, of which the longest wins,
and the grammar) and ``QueryParserBase`` (``addClause``, ``discardEscapeChar``), with OR as the
default operator, as Elasticsearch sets it. What may surprise:

- words beside each other are one text, ``f:(a b)``, unless AND, OR or a colon follows them;
- AND makes both its sides required, OR makes neither optional: ``a OR b AND c`` needs b and c;
- NOT makes a clause prohibited, so that ``a OR NOT b`` is "a, and not b".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from sigmacast.engines.base import Rejected, Unsupported

DEEPEST = 100
"""How deep brackets may nest here."""
_BLANKS = " \t\n\r\u3000"
_START = rf'(?:[^{_BLANKS}+\-!():^\[\]"{{}}~*?\\/]|\\.)'
_TERM = re.compile(rf"(?:{_START}|[*?])(?:{_START}|[-+*?])*", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_EXPRESSION = re.compile(r"/(?:\\/|[^/])*/")
_BOUND_QUOTED = re.compile(r'"(?:\\"|[^"])+"')
_BOUND = re.compile(r"[^ \]}]+")
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_ESCAPED_END = re.compile(r"[^\\](?:\\\\)*\\.\Z", re.DOTALL)
_WORDS = {"AND": "and", "&&": "and", "OR": "or", "||": "or", "NOT": "not"}
_AFTER_WORDS = ("colon", "star", "and", "or")
"""Tokens before which a word is none of several that make one text."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token; ``kind`` is ``term``, ``prefix``, ``wildcard``, ``star``, ``quoted``,
    ``expression``, ``range``, ``and``, ``or``, ``not``, ``plus``, ``open``, ``close``, ``colon`` or
    ``end``. The text of a range is its lower bound."""

    kind: str
    text: str
    at: int
    high: str = ""
    low_included: bool = True
    high_included: bool = True


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a field, or of any field if that is None; escapes of the text are resolved, but
    for those of a wildcard and a regular expression."""

    field: str | None
    token: Token


@dataclass(slots=True)
class Clause:
    """A part of a group: it must hold, must not, or should."""

    node: Node
    required: bool
    prohibited: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses beside each other."""

    clauses: list[Clause]


Node: TypeAlias = "Leaf | Group"


def parse(query: str) -> Group:
    """The clauses of a query.

    Raises Rejected for what Lucene refuses, and Unsupported for boosts, fuzzy and proximity
    searches, an operator before a blank, and brackets that nest too deep.
    """
    reader = _Reader(list(_tokens(query)), len(query))
    found = reader.group(None)
    reader.expect("end")
    return found


def unescaped(text: str) -> str:
    """A text without its escapes; raises Rejected for a code point that is none."""

    def meaning(escape: re.Match[str]) -> str:
        high, low, code, char = escape.groups()
        if high:
            pair = 0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00
            return chr(pair)
        if char == "u":
            raise Rejected(f"{text!r} holds \\u without four hexadecimal digits")
        return str(char) if code is None else chr(int(code, 16))

    return _ESCAPE.sub(meaning, text)


def _tokens(query: str) -> Iterator[Token]:
    at = 0
    while at < len(query):
        char = query[at]
        if char in _BLANKS:
            at += 1
            continue
        if char in "[{":
            token, at = _range(query, at)
        else:
            token, at = _token(query, at, char)
        yield token


def _token(query: str, at: int, char: str) -> tuple[Token, int]:
    signs = {"(": "open", ")": "close", ":": "colon"}
    if char in signs:
        return Token(signs[char], char, at), at + 1
    if char in "^~":
        raise Unsupported("a boost, or a fuzzy or proximity search")
    if char in "+-!":
        if query[at + 1 : at + 2] in tuple(_BLANKS):
            raise Unsupported(f"{char} before a blank, which is a word")
        return Token("plus" if char == "+" else "not", char, at), at + 1
    if char == '"':
        found, kind = _QUOTED.match(query, at), "quoted"
    elif char == "/":
        found, kind = _EXPRESSION.match(query, at), "expression"
    else:
        found, kind = _TERM.match(query, at), ""
    if found is None:
        raise Rejected(f"unexpected or open {char} at {at}")
    text = found.group()
    if kind == "quoted":
        text = unescaped(text[1:-1])
    elif kind == "expression":
        text = text[1:-1]
    else:
        kind, text = _word(text)
    return Token(kind, text, at), found.end()


def _word(image: str) -> tuple[str, str]:
    if image in _WORDS:
        return _WORDS[image], image
    if image == "*":
        return "star", image
    signs = _ESCAPED.sub("", image)
    if "*" not in signs and "?" not in signs:
        return "term", image
    if signs.find("*") == len(signs) - 1 and "?" not in signs and not _ESCAPED_END.search(image):
        return "prefix", unescaped(image[:-1])
    return "wildcard", image


def _range(query: str, start: int) -> tuple[Token, int]:
    """``[a TO b}`` and the like; a bound may stand in quotes."""
    low, at = _bound(query, start + 1)
    to, at = _bound(query, at)
    high, at = _bound(query, at)
    at = _past_blanks(query, at)
    close = query[at : at + 1]
    if to != "TO" or close not in ("]", "}"):
        raise Rejected(f"a range that cannot be read at {start}")
    included = query[start] == "["
    token = Token("range", unescaped(low), start, unescaped(high), included, close == "]")
    return token, at + 1


def _bound(query: str, at: int) -> tuple[str, int]:
    at = _past_blanks(query, at)
    plain = _BOUND.match(query, at)
    quoted = _BOUND_QUOTED.match(query, at)
    if quoted is not None and (plain is None or quoted.end() >= plain.end()):
        return quoted.group()[1:-1], quoted.end()
    if plain is None:
        raise Rejected(f"a bound is missing at {at}")
    return plain.group(), plain.end()


def _past_blanks(query: str, at: int) -> int:
    while at < len(query) and query[at] in _BLANKS:
        at += 1
    return at


class _Reader:
    def __init__(self, tokens: list[Token], end: int) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0
        self.end = Token("end", "the end", end)

    def ahead(self, count: int = 0) -> Token:
        position = self.position + count
        return self.tokens[position] if position < len(self.tokens) else self.end

    def take(self) -> Token:
        token = self.ahead()
        self.position += 1
        return token

    def skips(self, kind: str) -> bool:
        if self.ahead().kind != kind:
            return False
        self.position += 1
        return True

    def expect(self, kind: str) -> None:
        if not self.skips(kind):
            token = self.ahead()
            raise Rejected(f"unexpected {token.text} at {token.at}")

    def group(self, field: str | None) -> Group:
        """Clauses up to a closing bracket or the end, of which there is at least one."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"brackets more than {DEEPEST} deep")
        clauses: list[Clause] = []
        while not clauses or self.ahead().kind not in ("close", "end"):
            if self.sees_words():
                clauses.append(Clause(Leaf(field, self.words()), False, False))
                continue
            joined = bool(clauses) and self.skips("and")
            if clauses and not joined:
                self.skips("or")
            prohibited = self.skips("not")
            required = not prohibited and (self.skips("plus") or joined)
            if joined and not clauses[-1].prohibited:
                clauses[-1].required = True
            clauses.append(Clause(self.clause(field), required, prohibited))
        self.depth -= 1
        return Group(clauses)

    def sees_words(self) -> bool:
        """Whether a word stands here, and one after it that belongs to it."""
        return self.ahead().kind == "term" and self.goes_on(1)

    def goes_on(self, count: int) -> bool:
        after = self.ahead(count + 1).kind
        return self.ahead(count).kind == "term" and after not in _AFTER_WORDS

    def words(self) -> Token:
        first = self.take()
        texts = [first.text]
        while self.goes_on(0):
            texts.append(self.take().text)
        return Token("term", unescaped(" ".join(texts)), first.at)

    def clause(self, field: str | None) -> Node:
        token = self.ahead()
        if token.kind in ("term", "star") and self.ahead(1).kind == "colon":
            field = unescaped(token.text)
            self.position += 2
            if token.kind == "star" and self.ahead().kind != "star":
                raise Unsupported("a wildcard in a field name")
        if self.skips("open"):
            inner = self.group(field)
            self.expect("close")
            return inner
        token = self.take()
        if token.kind == "term":
            token = Token("term", unescaped(token.text), token.at)
        elif token.kind not in ("star", "prefix", "wildcard", "quoted", "expression", "range"):
            raise Rejected(f"unexpected {token.text} at {token.at}")
        return Leaf(field, token)
