"""How Splunk reads and tests a text: numbers, networks, wildcards, expressions.

All of them take time that grows with the text alone, whatever a query asks for.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, TypeAlias

from sigmacast.engines.base import Rejected, Unsupported

__all__ = [
    "NUMBERS",
    "Network",
    "TextTest",
    "found",
    "is_within",
    "network",
    "number",
    "pcre",
    "wildcards",
]

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
TextTest: TypeAlias = Callable[[str], bool]

NUMBERS = "which texts beside plain decimals are numbers"
"""The open point of :func:`number`."""

_NUMBER = re.compile(r"-?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})", re.ASCII)
_PERHAPS = re.compile(r"\s*[+-]?(?:0x[0-9a-f]+|\d[\d.]*(?:e[+-]?\d+)?|\.\d[\d.e+-]*)\s*", re.I)
_TOKEN = re.compile(r"\\.|\[\^?\]?|\{,\d*\}|\(\?[a-z-]*|.", re.DOTALL)
_TOKEN_IN_CLASS = re.compile(r"\\.|\[:\^?\w+:\]|.", re.DOTALL)
_LEADING_FLAGS = re.compile(r"\(\?[is]*m[ims]*\)")
_OTHER_MEANING = frozenset({r"\v", r"\C", r"\Q", r"\E"})
"""What RE2 reads otherwise than PCRE, or our tokens do not follow."""
_FAULTS = ("missing )", "missing ]", "unexpected )", "no argument for repetition", "trailing \\")
"""RE2's words for what no dialect takes."""


def number(text: str) -> tuple[float | None, ...]:
    """The number that a text writes, None for none; both where the documents do not say.

    They give plain decimals only; whether ``1e5``, ``+1``, ``0x1A`` or `` 1`` is one is open.
    """
    if _NUMBER.fullmatch(text):
        return (float(text),)
    if len(text) < 300 and _PERHAPS.fullmatch(text):
        try:
            return (None, float(text))
        except ValueError:
            return (None, float(int(text, 16))) if "x" in text.lower() else (None,)
    return (None,)


@lru_cache(maxsize=512)
def network(text: str) -> Network:
    """The network of a CIDR text; raises Rejected for what is none, Unsupported for loose bits."""
    try:
        strict = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Rejected(f"{text!r} is no network") from None
    host = text.partition("/")[0]
    if "/" not in text or ipaddress.ip_address(host) != strict.network_address:
        raise Unsupported(f"the network {text!r}, which names a host")
    return strict


def is_within(text: str, block: Network) -> bool:
    """Whether a text is an address of this network; one of the other family never is."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.version == block.version and address in block


def wildcards(pattern: str, *, cased: bool) -> TextTest:
    """A test of a whole text by a pattern of ``search``, in which ``*`` alone is a wildcard.

    Without case, texts are compared in lower case, as the project does for Sigma.
    """
    first, *rest = (pattern if cased else pattern.lower()).split("*")
    if not rest:
        return lambda text: (text if cased else text.lower()) == first
    *between, last = rest

    def test(text: str) -> bool:
        folded = text if cased else text.lower()
        at, end = len(first), len(folded) - len(last)
        if end < at or not folded.startswith(first) or not folded.endswith(last):
            return False
        for part in between:
            start = folded.find(part, at, end)
            if start < 0:
                return False
            at = start + len(part)
        return True

    return test


def found(expression: Any, text: str) -> bool:
    """Whether a compiled expression is found anywhere in a text."""
    return expression.search(text.encode("utf-8", "replace").decode("utf-8")) is not None


@lru_cache(maxsize=512)
def pcre(pattern: str) -> Any:
    """An expression of PCRE, compiled by RE2, which never goes back over a text.

    Raises Rejected for what no dialect takes, Unsupported for what RE2 lacks or reads otherwise
    (RE2 ``doc/syntax.txt``, PCRE2 ``pcre2pattern``).
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # else each bracket costs memory for each state of the search
    try:
        return re2.compile("".join(_translated(pattern)), options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        if words.startswith(_FAULTS) and "(*" not in pattern:  # PCRE's verbs, such as (*UTF)
            raise Rejected(f"the expression {pattern!r}: {words}") from None
        raise Unsupported(f"the expression {pattern!r}: {words}") from None


def _translated(pattern: str) -> Iterator[str]:
    """The expression for RE2: PCRE's ``$`` and ``\\s`` mean a little more than RE2's."""
    by_line = _LEADING_FLAGS.match(pattern) is not None
    at, in_class = 0, False
    while at < len(pattern):
        match = (_TOKEN_IN_CLASS if in_class else _TOKEN).match(pattern, at)
        assert match is not None  # the last alternative takes any character
        token, first = match.group(), at == 0
        at = match.end()
        if token in _OTHER_MEANING or token.startswith("{,") or (in_class and token == r"\S"):
            raise Unsupported(f"{token} in an expression")
        if token.startswith("(?") and "m" in token.partition("-")[0] and not (first and by_line):
            raise Unsupported("lines within an expression")
        if token[0] == "\\" and not token.isascii():
            token = token[1:]  # a literal to PCRE, an error to RE2
        if in_class:
            yield r"\s\v" if token == r"\s" else token
            in_class = token != "]"
        elif token == r"\Z" or (token == "$" and not by_line):
            if pattern[at : at + 1] not in ("", ")", "|"):
                raise Unsupported(f"an expression that goes on after {token}")
            yield r"(?:\n?\z)"
        else:
            yield {r"\s": r"[\s\v]", r"\S": r"[^\s\v]"}.get(token, token)
            in_class = token.startswith("[")
