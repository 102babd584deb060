r"""Wildcards and regular expressions as Lucene matches them, in time that no pattern can blow up.

Both become expressions of RE2, which never goes back over a text. A pattern stands for the whole
value. Lucene knows two ways to compare, by case and without: the second folds the letters of ASCII
and no others (elasticsearch ``AutomatonQueries.toCaseInsensitiveChar``; Lucene ``RegExp``,
``ASCII_CASE_INSENSITIVE``), and leaves ranges such as ``[a-z]`` as they are.

Source of the dialect: Lucene 9 ``org.apache.lucene.util.automaton.RegExp``, and the section
"Lucene regular expressions" of our facts, which ran it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

from sigmacast.engines.base import Rejected, Unsupported

TextTest: TypeAlias = Callable[[str], bool]

DEEPEST = 100
"""How deep groups may nest here."""
_NOTHING = r"[^\x00-\x{10FFFF}]"
_ANYTHING = "(?s:.)"
_CLASSES = {
    "d": "0-9",
    "D": r"\x00-/:-\x{10FFFF}",
    "s": r"\t\n\r ",
    "S": r"\x00-\x08\x0b\x0c\x0e-\x1f!-\x{10FFFF}",
    "w": "0-9A-Z_a-z",
    "W": r"\x00-/:-@\x5b-\x5e\x60\x7b-\x{10FFFF}",
}
"""Lucene's classes know ASCII only, and its white space is blank, tab and line ends."""


def wildcard_test(pattern: str, *, ignore_case: bool = False, escapes: bool = True) -> TextTest:
    r"""A test whether a whole text fits ``*`` and ``?``.

    With *escapes* a backslash takes the next character for itself (ES|QL's ``like``); EQL's
    ``like`` and ``:`` have no such thing (elasticsearch ``eql/util/StringUtils.toLikePattern``).
    """
    written, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and escapes and at + 1 < len(pattern):
            at += 1
            written.append(_literal(pattern[at], ignore_case))
        elif char == "*":
            written.append(f"{_ANYTHING}*")
        else:
            written.append(_ANYTHING if char == "?" else _literal(char, ignore_case))
        at += 1
    return _compiled("".join(written))


def expression_test(pattern: str, *, ignore_case: bool = False) -> TextTest:
    """A test whether a whole text fits a regular expression in Lucene's dialect.

    Raises Rejected where Lucene refuses it, and Unsupported for its complement, intersection and
    number range, which RE2 lacks. A pattern whose automaton grows too large is not seen.
    """
    return _compiled(_Translation(pattern, ignore_case).whole())


def folded(text: str) -> str:
    """*text* with the letters of ASCII in lower case: equal texts are equal without case."""
    return text.translate(_FOLDING)


_FOLDING = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> TextTest:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # only whether it matches counts, and groups cost memory
    try:
        fullmatch: Any = re2.compile(expression, options).fullmatch
    except re2.error:
        raise Unsupported("the pattern is too large for RE2") from None

    def test(text: str) -> bool:
        try:
            return fullmatch(text) is not None
        except UnicodeEncodeError:  # half a surrogate pair: Elasticsearch stores a ? for it
            return fullmatch(text.encode("utf-8", "replace").decode("utf-8")) is not None

    return test


def _literal(char: str, ignore_case: bool = False) -> str:
    if ignore_case and char.isascii() and char.isalpha():
        return f"[{char.upper()}{char.lower()}]"
    return _escaped(char)


def _escaped(char: str) -> str:
    if char.isascii() and char.isalnum():
        return char
    if "\ud800" <= char <= "\udfff":
        raise Unsupported("half a surrogate pair in a pattern")
    return rf"\x{{{ord(char):x}}}"


class _Translation:
    """Lucene's recursive descent, in its order, each step giving an expression of RE2."""

    def __init__(self, pattern: str, ignore_case: bool) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0
        self.ignore_case = ignore_case

    def whole(self) -> str:
        if not self.pattern:
            return ""
        text = self.alternatives()
        if self.at < len(self.pattern):
            raise self.fault("the end")
        return text

    def alternatives(self) -> str:
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unsupported(f"the regular expression nests more than {DEEPEST} deep")
        texts = [self.sequence()]
        while self.skips("|"):
            texts.append(self.sequence())
        self.depth -= 1
        return texts[0] if len(texts) == 1 else f"(?:{'|'.join(texts)})"

    def sequence(self) -> str:
        texts = [self.repeated()]
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            if self.pattern[self.at] == "&":
                raise Unsupported("the intersection of regular expressions")
            texts.append(self.repeated())
        return "".join(texts)

    def repeated(self) -> str:
        text = self.atom()
        while self.at < len(self.pattern) and self.pattern[self.at] in "*+?{":
            text = f"(?:{text}){self.quantifier()}"
        return text

    def quantifier(self) -> str:
        sign = self.next()
        if sign != "{":
            return sign
        low = high = self.number("a number")
        if self.skips(","):
            sees_digit = self.pattern[self.at : self.at + 1].isdigit()
            high = self.number("a number") if sees_digit else ""
        if not self.skips("}"):
            raise self.fault("}")
        if high and int(high) < int(low):
            return f"{{0}}{_NOTHING}"
        return f"{{{low}}}" if low == high else f"{{{low},{high}}}"

    def number(self, wanted: str) -> str:
        start = self.at
        while self.pattern[self.at : self.at + 1] in tuple("0123456789"):
            self.at += 1
        if start == self.at:
            raise self.fault(wanted)
        if self.at - start > 9:
            raise Unsupported("a repetition by the billion")
        return str(int(self.pattern[start : self.at]))

    def atom(self) -> str:
        char = self.next()
        match char:
            case ".":
                return _ANYTHING
            case "@":
                return f"{_ANYTHING}*"
            case "#":
                return _NOTHING
            case '"':
                return self.quoted()
            case "(":
                return self.group()
            case "[":
                return self.char_class()
            case "\\":
                return self.escape()
            case "~":
                raise Unsupported("the complement of a regular expression")
            case "<":
                raise Unsupported("a number range in a regular expression")
            case _:
                return _literal(char, self.ignore_case)

    def quoted(self) -> str:
        end = self.pattern.find('"', self.at)
        if end < 0:
            raise self.fault('"')
        text, self.at = self.pattern[self.at : end], end + 1
        return "".join(_literal(char, self.ignore_case) for char in text)

    def group(self) -> str:
        if self.skips(")"):
            return ""
        text = self.alternatives()
        if not self.skips(")"):
            raise self.fault(")")
        return f"(?:{text})"

    def char_class(self) -> str:
        negation = "^" if self.skips("^") else ""
        members = [self.member()]
        while self.at < len(self.pattern) and self.pattern[self.at] != "]":
            members.append(self.member())
        if not self.skips("]"):
            raise self.fault("]")
        return f"[{negation}{''.join(members)}]"

    def member(self) -> str:
        if self.pattern[self.at : self.at + 1] == "\\":
            self.at += 1
            if self.pattern[self.at : self.at + 1] in _CLASSES:
                return _CLASSES[self.next()]
            first = self.escaped_char()
        else:
            first = self.next()
        if not self.skips("-"):
            both = (
                {first.lower(), first.upper()} if self.ignore_case and first.isascii() else {first}
            )
            return "".join(map(_escaped, sorted(both)))
        self.skips("\\")  # within a range it takes any character, letters too
        last = self.next()
        if first > last:
            raise self.fault(f"a range from less to more than {first}")
        return f"{_escaped(first)}-{_escaped(last)}"

    def escape(self) -> str:
        if self.pattern[self.at : self.at + 1] in _CLASSES:
            return f"[{_CLASSES[self.next()]}]"
        return _literal(self.escaped_char(), self.ignore_case)

    def escaped_char(self) -> str:
        char = self.next()
        if char.isascii() and char.isalpha():
            raise Rejected(f"\\{char} in the regular expression {self.pattern!r} is unknown")
        return char

    def skips(self, char: str) -> bool:
        if self.pattern[self.at : self.at + 1] != char:
            return False
        self.at += 1
        return True

    def next(self) -> str:
        if self.at >= len(self.pattern):
            raise self.fault("more")
        self.at += 1
        return self.pattern[self.at - 1]

    def fault(self, wanted: str) -> Rejected:
        return Rejected(f"the regular expression {self.pattern!r} lacks {wanted} at {self.at}")
