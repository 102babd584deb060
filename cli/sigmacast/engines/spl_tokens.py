"""The tokens of SPL, the same in every command, and a reader that the parser is built on."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, NoReturn, TypeVar

from sigmacast.engines.base import Rejected

__all__ = ["KEYWORDS", "Token", "Tokens"]

KEYWORDS = ("AND", "OR", "NOT", "IN", "XOR")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<name>'[^'\\]+')
    | (?P<macro>`[A-Za-z_][\w-]*(?:\([^`]*\))?`)
    | (?P<sign>!=|<=|>=|==|[=<>()\[\],|])
    | (?P<word>[^\s"'`()\[\],=<>!|\\]+)
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r'\\(["\\|])')  # any other backslash stands for itself
_BARE_NAME = re.compile(r"[A-Za-z_][\w.{}:-]*")
_QUOTED_NAME = re.compile(r'"[^"\\*]+"')
_EVAL_NAME = re.compile(r"[A-Za-z_]\w*|'[^']+'")

_Item = TypeVar("_Item")


class Token(NamedTuple):
    """One token: its kind, a group of ``_TOKEN``, its text and where it stands."""

    kind: str
    text: str
    at: int


class Tokens:
    """The tokens of a query, read one after the other.

    Args:
        query: the whole query.
        free_text: whether search may hold phrases without a field.
    """

    def __init__(self, query: str, *, free_text: bool) -> None:
        self.source = query
        self.free_text = free_text
        self.tokens: list[Token] = []
        self.next = at = 0
        while not self.tokens or self.tokens[-1].kind != "end":
            found = _TOKEN.match(query, at)
            if found is None:
                raise Rejected(f"an open quote or a stray character after {at}")
            kind = str(found.lastgroup)
            self.tokens.append(Token(kind, found[kind], found.start(kind)))
            at = found.end()

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.next]

    def fail(self, reason: str) -> NoReturn:
        """Refuse the query at the next token."""
        raise Rejected(f"{reason} at {self.token.at}")

    def take(self) -> str:
        """The text of the next token, which is then behind us."""
        text = self.token.text
        if self.token.kind != "end":
            self.next += 1
        return text

    def sees(self, kind: str, *texts: str, ahead: int = 0) -> bool:
        """Whether a token to come is one of these."""
        token = self.tokens[min(self.next + ahead, len(self.tokens) - 1)]
        return token.kind == kind and token.text in texts

    def accept(self, kind: str, *texts: str) -> bool:
        """Take the next token if it is one of these."""
        seen = self.sees(kind, *texts)
        self.next += seen
        return seen

    def expect(self, sign: str) -> None:
        """Take a sign that must follow."""
        if not self.accept("sign", sign):
            self.fail(f"expected {sign}")

    def ends(self) -> bool:
        """Whether the clause ends here."""
        return self.token.kind == "end" or self.sees("sign", "|", "]", ")")

    def chain(self, read: Callable[[], _Item], word: str) -> list[_Item]:
        """Operands with a keyword between them."""
        items = [read()]
        while self.accept("word", word):
            items.append(read())
        return items

    def name(self) -> str:
        """A field outside where and eval: bare or in double quotes."""
        text = self.token.text
        if _QUOTED_NAME.fullmatch(text):
            return self.take()[1:-1]
        if not _BARE_NAME.fullmatch(text) or text in KEYWORDS:
            self.fail(f"{text or 'nothing'} is no field name")
        return self.take()

    def eval_name(self) -> str:
        """A field in where and eval: plain or in single quotes."""
        text = self.token.text
        if not _EVAL_NAME.fullmatch(text) or text in KEYWORDS:
            self.fail(f"{text or 'nothing'} is no field name")
        return self.take().strip("'")

    def quoted(self) -> str:
        """What a text in double quotes says."""
        return _ESCAPE.sub(r"\1", self.take()[1:-1])
