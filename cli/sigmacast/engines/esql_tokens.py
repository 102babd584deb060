r"""Tokens of ES|QL; each command has its own, up to the ``|`` that ends it.

Source: elasticsearch ``x-pack/plugin/esql/src/main/antlr`` (``EsqlBaseLexer.g4`` and the grammars
in ``lexer/``). Keywords are known in any case. Strings know ``\\ \" \n \r \t`` and no other escape,
and ``\"""raw\"""`` strings none at all; both end on their line.
"""

from __future__ import annotations

import re

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.reading import Token, scan

KEYWORDS = frozenset(
    (
        "and as asc by desc false first in info is last like not null nulls on or rlike true "
        "where with"
    ).split()
)
_BLANK = r"(?P<blank> [ \r\n\t]+ | //[^\r\n]* | /\*(?:(?!/\*|\*/)(?s:.))*\*/ )"
BLANK = re.compile(_BLANK, re.VERBOSE)
"""Between tokens: white space and comments."""
_COMMON = rf"""
    {_BLANK}
  | (?P<comment> /\* )
  | (?P<raw> \"\"\"[^\r\n]*?\"\"\"\"{{0,2}} )
  | (?P<string> "(?:\\.|[^"\\\r\n])*" )
"""
EXPRESSION = re.compile(
    _COMMON
    + r"""
  | (?P<quoted> `(?:[^`]|``)+` )
  | (?P<decimal> (?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)? | \d+[eE][+-]?\d+ )
  | (?P<integer> \d+ )
  | (?P<name> [A-Za-z][A-Za-z0-9_]* | [_@][A-Za-z0-9_]+ )
  | (?P<parameter> \?\?? [A-Za-z0-9_]* )
  | (?P<operator> == | != | <= | >= | :: | [=<>+\-*/%.,()\[\]{}|:] )
    """,
    re.VERBOSE | re.ASCII,
)
SOURCE = re.compile(
    _COMMON
    + r"""
  | (?P<operator> :: | [:=|,()\[\]] )
  | (?P<part> (?: [^:"=|,\[\]/()\ \t\r\n] | /(?![*/]) )+ )
    """,
    re.VERBOSE,
)
"""Of ``from``: the names of indices are parts, and so is the word ``metadata``."""
PROJECTION = re.compile(
    _COMMON
    + r"""
  | (?P<pattern> (?: [A-Za-z*][A-Za-z0-9_*]* | [_@][A-Za-z0-9_*]+ | `(?:[^`]|``)+` )+ )
  | (?P<parameter> \?\?? [A-Za-z0-9_]* )
  | (?P<operator> [.,|] )
    """,
    re.VERBOSE | re.ASCII,
)
"""Of ``keep``: names with ``*`` for anything."""

_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}


def tokens(pattern: re.Pattern[str], query: str, start: int) -> tuple[list[Token], int]:
    """The tokens from *start* up to a ``|``, and where they end.

    Raises Rejected for what is no token, and for a parameter, which no rule is given.
    """
    found: list[Token] = []
    for token in scan(pattern, query, start):
        if token.kind == "operator" and token.text == "|":
            return found, token.at
        if token.kind == "comment":
            if "*/" in query[token.at :]:
                raise Unsupported("a comment within a comment")
            raise Rejected(f"the comment at {token.at} does not end")
        if token.kind == "parameter":
            raise Rejected(f"unknown query parameter [{token.text}]")
        if token.kind == "name" and token.text.lower() in KEYWORDS:
            token = Token("keyword", token.text.lower(), token.at)
        found.append(token)
    return found, len(query)


def text_of(token: Token) -> str:
    """What a string or raw string says; raises Rejected for an escape that is not known."""
    if token.kind == "raw":
        return token.text[3:-3]

    def meaning(escape: re.Match[str]) -> str:
        if escape[1] not in _ESCAPES:
            raise Rejected(f"the escape \\{escape[1]} is not known, at {token.at}")
        return _ESCAPES[escape[1]]

    return _ESCAPE.sub(meaning, token.text[1:-1])
