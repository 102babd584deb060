r"""Regular expressions as Lucene reads them: query_string ``/…/``, EQL ``regex``, ES|QL ``rlike``.

Follows ``org.apache.lucene.util.automaton.RegExp`` (Lucene 9): a match is anchored at both ends,
``\d \w \s`` are known and every other letter after a backslash is an error, ``^ $`` are plain
characters, there is no ``(?…)``, and ``# @ & < > ~ "`` are operators. What Lucene takes with a
meaning that no Sigma rule has is refused as well: an unescaped anchor or operator, ``\1``, a lazy
quantifier, a quantifier with nothing to repeat. Not seen: a pattern whose automaton grows too
large, and ranges, which Lucene never makes case-insensitive.
"""

from __future__ import annotations

import re

__all__ = ["fault"]

_SHORTHANDS = frozenset("dDwWsS")
_OPERATORS = frozenset('#@&<>~"')
_QUANTIFIER = re.compile(r"[*+?]|\{(\d+)(,(\d*))?\}")


class _FaultError(Exception):
    """What is wrong with a pattern."""


def fault(pattern: str) -> str | None:
    """Say why Lucene would refuse or misread a pattern, or None if it is good."""
    try:
        end = _alternatives(pattern, 0)
        if end < len(pattern):
            raise _FaultError(f"unbalanced ) at {end}")
    except _FaultError as error:
        return f"regular expression {pattern!r}: {error}"
    return None


def _alternatives(pattern: str, at: int) -> int:
    at = _sequence(pattern, at)
    while pattern.startswith("|", at):
        at = _sequence(pattern, at + 1)
    return at


def _sequence(pattern: str, at: int) -> int:
    start = at
    while at < len(pattern) and pattern[at] not in "|)":
        at = _quantifiers(pattern, _atom(pattern, at))
    if at == start:
        raise _FaultError(f"an empty alternative at {at}")
    return at


def _atom(pattern: str, at: int) -> int:
    character = pattern[at]
    if character == "(":
        if pattern.startswith("(?", at):
            raise _FaultError(f"(? at {at} is not a group in Lucene")
        at = at + 1 if pattern.startswith("()", at) else _alternatives(pattern, at + 1)
        if not pattern.startswith(")", at):
            raise _FaultError("unbalanced (")
        return at + 1
    if character == "[":
        return _class(pattern, at)
    if character == "\\":
        return _escape(pattern, at)
    if character in "*+?{":
        raise _FaultError(f"{character} at {at} has nothing to repeat")
    if character in "^$":
        raise _FaultError(f"{character} at {at} is no anchor in Lucene")
    if character in _OPERATORS:
        raise _FaultError(f"{character} at {at} is an operator, escape it")
    return at + 1


def _quantifiers(pattern: str, at: int) -> int:
    if at == len(pattern) or pattern[at] not in "*+?{":
        return at
    found = _QUANTIFIER.match(pattern, at)
    if found is None:
        raise _FaultError(f"not a repetition at {at}")
    if found[3] and int(found[1]) > int(found[3]):
        raise _FaultError(f"a repetition from more to less at {at}")
    if found.end() < len(pattern) and pattern[found.end()] in "*+?{":
        raise _FaultError(f"a quantifier on a quantifier at {found.end()}")
    return found.end()


def _escape(pattern: str, at: int) -> int:
    if at + 1 == len(pattern):
        raise _FaultError("a backslash at the end")
    letter = pattern[at + 1]
    if letter.isascii() and letter.isalnum() and letter not in _SHORTHANDS:
        raise _FaultError(f"\\{letter} at {at} is unknown to Lucene")
    return at + 2


def _class(pattern: str, at: int) -> int:
    r"""Read ``[…]``; a dash at its end is an error, unless escaped or after ``\w``."""
    start, at = at, at + (2 if pattern.startswith("[^", at) else 1)
    if pattern.startswith("]", at):
        raise _FaultError(f"an empty class at {start}")
    while at < len(pattern) and pattern[at] != "]":
        first, end = at, _class_character(pattern, at)
        shorthand = pattern[first] == "\\" and pattern[first + 1] in _SHORTHANDS
        if pattern.startswith("-", end) and not shorthand:
            if end + 1 == len(pattern) or pattern[end + 1] == "]":
                raise _FaultError(f"an unescaped dash at {end}, the end of a class")
            last = _class_character(pattern, end + 1)
            if pattern[end - 1] > pattern[last - 1]:
                raise _FaultError(f"a range from more to less at {first}")
            end = last
        at = end
    if at >= len(pattern):
        raise _FaultError("unbalanced [")
    return at + 1


def _class_character(pattern: str, at: int) -> int:
    return _escape(pattern, at) if pattern[at] == "\\" else at + 1
