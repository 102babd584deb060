"""Tokens of a query, read from left to right; what the parsers of EQL and ES|QL share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sigmacast.engines.base import Rejected, Unsupported

DEEPEST = 100
"""How deep brackets and NOT may nest here, so that no query exhausts Python's stack.

Elasticsearch goes deeper: to 400 in ES|QL, in EQL to the end of its thread's stack.
"""
DEEPEST_OF_ALL = 400
"""What Elasticsearch refuses in ES|QL (``ExpressionBuilder``); EQL names no number."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of the language; ``kind`` is the name of the group that read it."""

    kind: str
    text: str
    at: int


def scan(pattern: re.Pattern[str], query: str, start: int = 0) -> Iterator[Token]:
    """The tokens of *query*: each named group of *pattern* is a kind, ``blank`` is left out.

    Raises Rejected where no group fits.
    """
    at = start
    while at < len(query):
        found = pattern.match(query, at)
        if found is None or found.lastgroup is None or found.end() == at:
            raise Rejected(f"unexpected {query[at]!r} at {at}")
        if found.lastgroup != "blank":
            yield Token(found.lastgroup, found.group(), at)
        at = found.end()


class Reader:
    """A position in a list of tokens, and how deep the brackets around it nest."""

    def __init__(self, tokens: list[Token], end: int) -> None:
        self._tokens = tokens
        self._position = 0
        self._end = Token("end", "", end)
        self._depth = 0

    @property
    def token(self) -> Token:
        """The next token, or one of kind ``end``."""
        return self.ahead(0)

    def ahead(self, count: int) -> Token:
        """The token that comes *count* tokens after the next one."""
        position = self._position + count
        return self._tokens[position] if position < len(self._tokens) else self._end

    def take(self) -> Token:
        """The next token, which is then read."""
        token = self.token
        self._position += 1
        return token

    def sees(self, kind: str, *texts: str) -> bool:
        """Whether the next token is of this kind, and one of *texts* if there are any."""
        token = self.token
        return token.kind == kind and (not texts or token.text in texts)

    def skips(self, kind: str, *texts: str) -> bool:
        """Read the next token if it is such a one, and say so."""
        if not self.sees(kind, *texts):
            return False
        self._position += 1
        return True

    def expect(self, kind: str, *texts: str) -> Token:
        """Read a token of this kind; raises Rejected for any other."""
        if not self.sees(kind, *texts):
            raise self.unexpected(" or ".join(texts) or kind)
        return self.take()

    def unexpected(self, wanted: str) -> Rejected:
        """The refusal of the next token."""
        token = self.token
        found = "the end" if token.kind == "end" else repr(token.text)
        return Rejected(f"expected {wanted} but found {found} at {token.at}")

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level deeper.

        Raises Unsupported when that is too deep for this reader, and Rejected for Elasticsearch.
        """
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._too_deep()
        try:
            yield
        finally:
            self._depth -= 1

    def _too_deep(self) -> Exception:
        opened = deepest = self._depth
        for token in self._tokens[self._position :]:
            if token.text == "(" or token.text.lower() == "not":
                opened += 1
                deepest = max(deepest, opened)
            elif token.text == ")":
                opened -= 1
        if deepest > DEEPEST_OF_ALL:
            return Rejected(f"the condition nests more than {DEEPEST_OF_ALL} deep")
        return Unsupported(f"the condition nests more than {DEEPEST} deep")
