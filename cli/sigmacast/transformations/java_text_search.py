"""Tests of one member within the text that Elastic keeps of a whole object.

Elastic's integration stores requestParameters as Java writes a map: ``{userName=bob, tags=[{key=a,
value=b}]}``, without quotes. A member's test is anchored on its key (after ``{`` or ``, ``) and on
its value's end (before ``, ``, ``}`` or ``]``), so that ``enable=false`` does not match
``enable=falsey``, nor ``name=x`` a ``rolename=x``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import TypeAlias

from sigma.types import (
    SigmaCasedString,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SpecialChars,
)

from sigmacast.rule_parts import STAR, has_letters

_Parts: TypeAlias = "list[str | SpecialChars]"

KEY = r"(\{|, )"
"""What stands before a key."""
END = r"(, |\}|\])"
"""What stands after a value."""
ELEMENT = r"(\[([^\]]*, )?)?"
"""What stands before a whole value: nothing, or the elements before it in a list."""
TEXT = "([^,]|,[^ ])*,?"
"""A part of a value, which ends where the next member or element begins."""
DOCUMENT = "([^,]|,[^ ]|, [^A-Za-z_])*,?"
"""A part of a text that holds JSON, in which a quote or a bracket follows ``, `` and no key."""

LONGEST = 900
"""Characters of an expression: Elasticsearch takes 1,000 (``index.max_regex_length``)."""
LOOSE = re.compile(r"(?<!\\)(?:\\\\)*(?:\.|\[\^|\\[SWD])")
"""Parts of an expression that any character fits, such as the end of a value."""
_INLINE_FLAGS = re.compile(r"\(\?([aims]+)\)")
_NEXT_MEMBER = re.compile(r", [A-Za-z_][\w.:/-]*=")


def key_test(keys: Sequence[str]) -> SigmaRegularExpression:
    """Whether an object has a member; *keys* lead to it from the top."""
    return SigmaRegularExpression(_keys(keys))


def value_tests(
    keys: Sequence[str], values: Sequence[SigmaString], *, document: bool, whole_flag: bool
) -> list[SigmaRegularExpression]:
    """Whether a member is one of these values or fits its wildcards.

    *document* if it may hold JSON. With *whole_flag* an expression ignores case as a whole, keys
    included, else in the values only. Values of one form share an expression as far as its length
    allows.
    """
    tests: list[SigmaRegularExpression] = []
    for (open_start, open_end, minds_case, first_is_letter), alike in _by_form(values).items():
        gap = _gap(document, before_letter=first_is_letter)
        before = rf"(\[[^\]]*|{gap})" if open_start else ELEMENT
        start, end = _keys(keys) + before, "" if open_end else END
        flags = {SigmaRegularExpressionFlag.IGNORECASE} if whole_flag and not minds_case else set()
        folded = not minds_case and not whole_flag
        bodies = [_body(value, document, folded=folded) for value in alike]
        for lot in _in_lots(bodies, LONGEST - len(start + end), folded=folded):
            body = lot[0] if len(lot) == 1 else f"({'|'.join(lot)})"
            tests.append(SigmaRegularExpression(start + body + end, flags))
    return tests


_Form: TypeAlias = "tuple[bool, bool, bool, bool]"


def _by_form(values: Sequence[SigmaString]) -> dict[_Form, list[SigmaString]]:
    """Values by whether they are open at the start, at the end, mind case, begin with a letter."""
    forms: dict[_Form, list[SigmaString]] = {}
    for value in values:
        minds_case = isinstance(value, SigmaCasedString) or not has_letters(value)
        first_is_letter = _begins_with_letter(_parts(value)[:1])
        forms.setdefault((*_is_open(value), minds_case, first_is_letter), []).append(value)
    return forms


def _gap(document: bool, *, before_letter: bool) -> str:
    """What may stand before a part of a value; before a letter, ``, `` would begin a member."""
    if not document:
        return TEXT
    return DOCUMENT if before_letter else f"{DOCUMENT[:-2]}(, ?)?"


def _begins_with_letter(parts: _Parts) -> bool:
    return bool(parts) and isinstance(parts[0], str) and re.match("[A-Za-z_]", parts[0]) is not None


def _body(value: SigmaString, document: bool, *, folded: bool) -> str:
    """The value's own part of an expression; *folded* puts letters in groups that ignore case."""
    parts, written = _parts(value), ""
    for index, part in enumerate(parts):
        if part is STAR:
            following = parts[index + 1 : index + 2]
            written += _gap(document, before_letter=_begins_with_letter(following))
        elif not isinstance(part, str):
            written += "."
        elif folded and part.lower() != part.upper():
            written += f"(?i:{re.escape(part)})"
        else:
            written += re.escape(part)
    return written


def _in_lots(bodies: list[str], most: int, *, folded: bool) -> Iterator[list[str]]:
    """The bodies in lots of at most *most* characters, *folded* if each letter becomes a class."""
    lot: list[str] = []
    length = 0
    for body in bodies:
        needed = sum(4 if folded and char.isalpha() else 1 for char in body) + 1
        if lot and length + needed > most:
            yield lot
            lot, length = [], 0
        lot.append(body)
        length += needed
    yield lot


def expression_test(
    keys: Sequence[str], value: SigmaRegularExpression, *, document: bool
) -> SigmaRegularExpression:
    """Whether a regular expression is found in a member's value."""
    flags = {SigmaRegularExpressionFlag.MULTILINE} & value.flags
    ignore_case = SigmaRegularExpressionFlag.IGNORECASE in value.flags
    body = value.regexp.to_plain_regex()
    inline = _INLINE_FLAGS.match(body)
    if inline is not None:
        ignore_case = ignore_case or "i" in inline[1]
        if "m" in inline[1]:
            flags.add(SigmaRegularExpressionFlag.MULTILINE)
        body = body[inline.end() :]
    gap = _gap(document, before_letter=re.match("[A-Za-z_(]", body) is not None)
    before, after = rf"(\[[^\]]*|{gap})", ""
    if not _has_alternatives(body):
        if body.startswith("^"):
            before, body = ELEMENT, body[1:]
        if body.endswith("$") and not re.search(r"(?<!\\)(?:\\\\)*\\\$\Z", body):
            body, after = body[:-1], END
    group = f"(?i:{body})" if ignore_case else f"(?:{body})"
    return SigmaRegularExpression(_keys(keys) + before + group + after, flags)


def value_patterns(
    keys: Sequence[str], value: SigmaString, *, may_be_list: bool
) -> list[SigmaString]:
    """The same for a language without expressions: patterns, one of which has to fit.

    Its wildcard does not stop at a value's end, so that an open pattern fits more. It minds case.
    """
    open_start, open_end = _is_open(value)
    starts: list[_Parts] = [[STAR]] if open_start else [[]]
    if may_be_list and not open_start:
        starts += [["["], ["[", STAR, ", "]]
    ends: list[_Parts] = [[STAR]] if open_end else [[end, STAR] for end in (", ", "}", "]")]
    return [
        _made([*key, *start, *_parts(value), *end])
        for key, start, end in product(_key_patterns(keys), starts, ends)
    ]


def key_patterns(keys: Sequence[str]) -> list[SigmaString]:
    """The same for the mere presence of a member."""
    return [_made([*key, STAR]) for key in _key_patterns(keys)]


def spans_members(value: SigmaString) -> bool:
    """Whether a value holds what ends another value in the text."""
    return any(isinstance(part, str) and _NEXT_MEMBER.search(part) for part in value.s)


def _keys(keys: Sequence[str]) -> str:
    return ".*".join(f"{KEY}{re.escape(key)}=" for key in keys)


def _key_patterns(keys: Sequence[str]) -> Iterator[_Parts]:
    """A wildcard language says each key that leads to the member, and anchors the last."""
    above: _Parts = [STAR]
    for key in keys[:-1]:
        above.extend([f"{key}=", STAR])
    for start in ("{", ", "):
        yield [*above, f"{start}{keys[-1]}="]


def _made(parts: _Parts) -> SigmaString:
    """A string of these parts, texts and wildcards side by side joined; keys mind case."""
    joined: _Parts = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        elif not (part is STAR and joined and joined[-1] is STAR):
            joined.append(part)
    made = SigmaCasedString("")
    made.s = [*joined]
    return made


def _parts(value: SigmaString) -> _Parts:
    """The value's parts without an open start and end."""
    parts: _Parts = [part for part in value.s if isinstance(part, (str, SpecialChars))]
    while parts and parts[0] is STAR:
        parts = parts[1:]
    while parts and parts[-1] is STAR:
        parts = parts[:-1]
    return parts


def _is_open(value: SigmaString) -> tuple[bool, bool]:
    return bool(value.s) and value.s[0] is STAR, bool(value.s) and value.s[-1] is STAR


def _has_alternatives(expression: str) -> bool:
    """Whether there is a ``|`` outside of groups and classes."""
    depth, in_class = 0, False
    for token in re.findall(r"\\.|.", expression, re.DOTALL):
        if in_class:
            in_class = token != "]"
        elif token == "[":
            in_class = True
        elif token in "()":
            depth += 1 if token == "(" else -1
        elif token == "|" and depth == 0:
            return True
    return False
