"""The tokens of SPL, the same in every command, and a reader that the parser is built on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple, NoReturn, TypeVar

from sigmacast.engines.base import Rejected, Unsupported

__all__ = ["KEYWORDS", "Token", "Tokens", "expanded"]

KEYWORDS = ("AND", "OR", "NOT", "IN", "XOR")
DEEPEST = 60
"""How deep brackets, NOT and functions may nest here, so that no query exhausts Python's stack."""
LONGEST_EXPANSION = 100_000
"""How many characters macros may make of a query."""

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
_ESCAPE = re.compile(r'\\(["\\|tnr])')  # any other backslash stands for itself
_BARE_NAME = re.compile(r"[A-Za-z_][\w.{}:-]*")
_QUOTED_NAME = re.compile(r'"[^"\\*]+"')
_EVAL_NAME = re.compile(r"[A-Za-z_]\w*|'[^']+'")

_Item = TypeVar("_Item")


class Token(NamedTuple):
    """One token: its kind, a group of ``_TOKEN``, its text and where it stands."""

    kind: str
    text: str
    at: int


def scan(query: str) -> Iterator[Token]:
    """The tokens of a query, the last of kind ``end``; raises Rejected for what is none."""
    at, kind = 0, ""
    while kind != "end":
        found = _TOKEN.match(query, at)
        if found is None:
            raise Rejected(f"an open quote or a stray character after {at}")
        kind = str(found.lastgroup)
        yield Token(kind, found[kind], found.start(kind))
        at = found.end()


def expanded(query: str, macros: Mapping[str, str]) -> str:
    """The query with the text of each macro in its place, once: a macro in a macro stays one.

    Splunk replaces text (SPEC macros.conf), so that the operators around a macro bind to what is
    in it; *macros* is by what stands between the back-ticks, arguments and all.
    """
    parts: list[str] = []
    start = length = 0
    for token in scan(query):
        text = macros.get(token.text.strip("`")) if token.kind == "macro" else None
        if text is None:
            continue
        length += len(text)
        if length > LONGEST_EXPANSION:
            raise Unsupported("macros that make a query so long")
        parts += [query[start : token.at], f" {text} "]
        start = token.at + len(token.text)
    return "".join([*parts, query[start:]])


class Tokens:
    """The tokens of a query, read one after the other.

    Args:
        query: the whole query.
        free_text: whether search may hold phrases without a field.
    """

    def __init__(self, query: str, *, free_text: bool) -> None:
        self.free_text = free_text
        self.tokens = list(scan(query))
        self.next = self.depth = 0

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.next]

    def fail(self, reason: str) -> NoReturn:
        """Refuse what Splunk refuses, too."""
        raise Rejected(f"{reason} at {self.token.at}")

    def give_up(self, reason: str) -> NoReturn:
        """Refuse what Splunk may well take."""
        raise Unsupported(f"{reason} at {self.token.at}")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level further down; raises Unsupported below the deepest."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.give_up(f"more than {DEEPEST} levels")
        yield
        self.depth -= 1

    def take(self) -> str:
        """The text of the next token, which is read by that."""
        text = self.token.text
        if self.token.kind != "end":
            self.next += 1
        return text

    def sees(self, kind: str, *texts: str, ahead: int = 0) -> bool:
        """Whether the next token, or the one so many behind it, is one of these."""
        token = self.tokens[min(self.next + ahead, len(self.tokens) - 1)]
        return token.kind == kind and token.text in texts

    def accept(self, kind: str, *texts: str) -> bool:
        """Whether the next token was one of these; if so, it is read."""
        seen = self.sees(kind, *texts)
        self.next += seen
        return seen

    def expect(self, sign: str) -> None:
        """Read this sign; raises Rejected for any other."""
        if not self.accept("sign", sign):
            self.fail(f"expected {sign}")

    def ends(self) -> bool:
        """Whether the command or the bracket ends here."""
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
            self.refuse_name()
        return self.take()

    def eval_name(self) -> str:
        """A field in where and eval: plain or in single quotes."""
        text = self.token.text
        if not _EVAL_NAME.fullmatch(text) or text in KEYWORDS:
            self.refuse_name()
        return self.take().strip("'")

    def refuse_name(self) -> NoReturn:
        """Refuse what is no field name: for good if it is none at all."""
        reason = f"{self.token.text or 'nothing'} is no field name"
        if self.token.kind in ("end", "sign") or self.token.text in KEYWORDS:
            self.fail(reason)
        self.give_up(f"{reason} that we know,")

    def quoted(self) -> str:
        """What a text in double quotes says; raises Unsupported for ``\\t``, ``\\n``, ``\\r``.

        Of these the Search Manual says both: unknown to the parser, which leaves them alone
        ("Backslashes"), and a tab ("Types of expressions").
        """
        text = self.token.text[1:-1]
        if any(found[1] in "tnr" for found in _ESCAPE.finditer(text)):
            self.give_up("a control character by its letter")
        self.take()
        return _ESCAPE.sub(r"\1", text)
