"""Sigma's regular expressions, searched in time that grows with the text alone.

RE2 has no construct that goes back over a text, so that no expression of a hostile rule can take
exponential time. Sigma means PCRE; where RE2 means something else, the expression is rewritten if
that is exact, and refused if it is not (RE2's ``doc/syntax.txt``; PCRE2's ``pcre2pattern``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sigma.types import SigmaRegularExpression

from sigmacast.diagnostics import CODES, Refusal
from sigmacast.matching.patterns import TextTest

_TOKEN = re.compile(r"\\.|\[\^?\]?|\{,\d*\}|.", re.DOTALL)
_TOKEN_IN_CLASS = re.compile(r"\\.|\[:\^?\w+:\]|.", re.DOTALL)
_REWRITTEN = {"$": r"(?:\n?$)", r"\s": r"[\s\v]", r"\S": r"[^\s\v]"}
"""PCRE's ``$`` also stands before a last newline; its ``\\s`` has the vertical tab."""
_AMBIGUOUS = frozenset({r"\v", r"\Z", r"\C"})


def regex_test(value: SigmaRegularExpression, field: str | None) -> TextTest:
    """A test whether the expression is found anywhere in a text; it minds case unless ``|i``.

    Raises Refusal SC501 for what cannot be matched in bounded time or has no one meaning.
    """
    import re2

    written = value.regexp.to_plain_regex()
    flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # only whether it matches counts, and groups cost memory
    try:
        translated = "".join(_translated(written))
        compiled = re2.compile(f"(?{flags}){translated}" if flags else translated, options)
    except (re2.error, ValueError) as error:
        reason = error.args[0] if error.args else error
        if isinstance(reason, bytes):
            reason = reason.decode("utf-8", "replace")
        raise Refusal(
            "SC501",
            f"the expression '{written}' cannot be matched here: {reason}",
            field=field,
            hint=CODES["SC501"].cure,
        ) from None
    return _search(compiled)


def _search(compiled: Any) -> TextTest:
    search = compiled.search

    def test(text: str) -> bool:
        try:
            return search(text) is not None
        except UnicodeEncodeError:  # half a surrogate pair: no character that could be searched
            return search(text.encode("utf-8", "replace").decode("utf-8")) is not None

    return test


def _translated(expression: str) -> Iterator[str]:
    """The expression for RE2, token by token; raises ValueError for what has no one meaning."""
    position, in_class = 0, False
    while position < len(expression):
        match = (_TOKEN_IN_CLASS if in_class else _TOKEN).match(expression, position)
        assert match is not None  # the last alternative takes any character
        token, position = match.group(), match.end()
        if token in _AMBIGUOUS or token.startswith("{,"):
            raise ValueError(f"{token} means different things in different engines")
        if in_class and token == r"\S":
            raise ValueError(r"\S in a character class differs between engines")
        if in_class:
            yield r"\s\v" if token == r"\s" else token
            in_class = token != "]"
        else:
            yield _REWRITTEN.get(token, token)
            in_class = token.startswith("[")
