"""Regular expressions in the dialect of Lucene's engine, used by Lucene, EQL and ES|QL.

That engine matches a whole value, knows no groups but ``(…)``, no lazy repeats, no look-around,
no word boundary and no flags, and takes ``# @ & < > ~ "`` for operators (Lucene 9 ``RegExp``).
Sigma's expressions search anywhere in a value and are written in the common PCRE subset; Python's
own parser reads them, so that what cannot be translated is refused and nothing is guessed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sigma.types import (
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
)

from sigmacast.diagnostics import Refusal
from sigmacast.python_regex import parser, sre
from sigmacast.rule_parts import written

RESERVED = frozenset('.?+*|{}[]()"\\#@&<>~^$-')
CLASSES = {
    sre.CATEGORY_DIGIT: ("\\d", "0-9"),
    sre.CATEGORY_WORD: ("\\w", "a-zA-Z0-9_"),
    sre.CATEGORY_SPACE: ("\\s", None),
    sre.CATEGORY_NOT_DIGIT: ("\\D", None),
    sre.CATEGORY_NOT_WORD: ("\\W", None),
    sre.CATEGORY_NOT_SPACE: ("\\S", None),
}
LONGEST = 1000
"""``index.max_regex_length``, which few ever raise."""
STARTS = (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING)
ENDS = (sre.AT_END, sre.AT_END_STRING)


def from_pattern(
    value: SigmaString, *, ignore_case: bool = False, many: str = ".*", one: str = "."
) -> str:
    """A Sigma string with wildcards as an expression for the whole value."""

    def literal(text: str) -> str:
        return "".join(_letter(char, ignore_case) for char in text)

    return written(value, literal, many=many, one=one)


def from_regex(
    value: SigmaRegularExpression, field: str | None, language: str, *, folding: bool = False
) -> str:
    """A Sigma regular expression as an expression for the whole value.

    *folding* means that the operator ignores the case of ASCII letters outside of ranges by
    itself. Raises Refusal SC204, naming what Lucene's engine does not know, or that the expression
    is longer than Elasticsearch takes.
    """
    text = value.regexp.to_plain_regex()
    ignore_case = SigmaRegularExpressionFlag.IGNORECASE in value.flags
    try:
        whole = _translated(text, ignore_case, folding)
    except _Beyond as beyond:
        raise Refusal(
            "SC204",
            f"{language} cannot match '{text}': Lucene's engine has no {beyond}",
            field=field,
            hint="use -t splunk",
        ) from None
    return within_limit(whole, field, language)


@lru_cache(maxsize=256)
def _translated(text: str, ignore_case: bool, folding: bool) -> str:
    """The expression for the whole value, kept for the next language; raises _Beyond."""
    parsed: Any = parser.parse(text)
    flags = parsed.state.flags
    if flags & sre.SRE_FLAG_MULTILINE:
        raise _Beyond("multi-line mode")
    ignores = ignore_case or bool(flags & sre.SRE_FLAG_IGNORECASE)
    return _Translation(ignores, folding).whole(list(parsed))


def within_limit(expression: str, field: str | None, language: str) -> str:
    """The expression; raises Refusal SC204 if Elasticsearch refuses its length."""
    if len(expression) > LONGEST:
        raise Refusal(
            "SC204",
            f"{language} needs an expression of {len(expression):,} characters, and Elasticsearch "
            f"takes {LONGEST:,} (index.max_regex_length)",
            field=field,
            hint="use -t splunk, or --case sensitive if case does not vary",
        )
    return expression


class _Beyond(Exception):
    """What the engine does not know; its text names it."""


class _Translation:
    def __init__(self, ignore_case: bool, folding: bool = False) -> None:
        self.ignore_case = ignore_case
        self.folding = folding

    def whole(self, nodes: list[Any], start: str = ".*", end: str = ".*") -> str:
        """An unanchored search as a match of the whole value; anchors close an end.

        Python's parser moves what alternatives have in common before them (``^a|^b``), so the
        ends are handed down into alternatives and groups.
        """
        while nodes and nodes[0][0] is sre.AT and nodes[0][1] in STARTS:
            nodes, start = nodes[1:], ""
        while nodes and nodes[-1][0] is sre.AT and nodes[-1][1] in ENDS:
            nodes, end = nodes[:-1], ""
        if len(nodes) == 1 and nodes[0][0] is sre.BRANCH:
            return "|".join(self.whole(list(each), start, end) for each in nodes[0][1][1])
        if len(nodes) == 1 and nodes[0][0] is sre.SUBPATTERN:
            inner = self.scoped(nodes[0][1]).whole(list(nodes[0][1][3]), start, end)
            return f"({inner})"
        if not nodes:
            return start or end or "()"
        if _is_anything(nodes[0]):
            start = ""
        if _is_anything(nodes[-1]):
            end = ""
        return start + self.sequence(nodes) + end

    def scoped(self, subpattern: Any) -> _Translation:
        """The translation inside a group, which may switch flags on or off."""
        _, added, removed, _ = subpattern
        if (added | removed) & ~(sre.SRE_FLAG_IGNORECASE | sre.SRE_FLAG_DOTALL):
            raise _Beyond("such flags within an expression")
        on = (self.ignore_case or bool(added & sre.SRE_FLAG_IGNORECASE)) and not (
            removed & sre.SRE_FLAG_IGNORECASE
        )
        return _Translation(on, self.folding)

    def sequence(self, nodes: list[Any]) -> str:
        return "".join(self.node(*node) for node in nodes)

    def node(self, kind: Any, value: Any) -> str:
        if kind is sre.LITERAL:
            char = chr(value)
            return _letter(char, self.ignore_case and not (self.folding and char.isascii()))
        if kind is sre.NOT_LITERAL:
            return f"[^{self.members([(sre.LITERAL, value)])}]"
        if kind is sre.ANY:
            return "."
        if kind is sre.IN:
            return self.char_class(list(value))
        if kind is sre.BRANCH:
            return self.branches([list(branch) for branch in value[1]])
        if kind is sre.SUBPATTERN:
            return self.subpattern(value)
        if kind in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            return self.repeat(*value)
        raise _Beyond(_name(kind, value))

    def subpattern(self, value: Any) -> str:
        """A group; one that only switches flags needs no parentheses."""
        text = self.scoped(value).sequence(list(value[3]))
        return text if value[0] is None else self.group(text)

    def group(self, text: str) -> str:
        if text.startswith("(") and text.endswith(")") and _is_one_group(text):
            return text
        return f"({text})"

    def branches(self, branches: list[list[Any]]) -> str:
        texts = [self.sequence(branch) for branch in branches]
        filled = [text for text in texts if text]
        if not filled:
            return ""
        return f"({'|'.join(filled)})" + ("?" if len(filled) < len(texts) else "")

    def repeat(self, low: int, high: Any, inner: Any) -> str:
        """A repeat; whether it is lazy makes no difference to whether a value matches."""
        nodes = list(inner)
        text = self.sequence(nodes)
        if len(nodes) == 1 and nodes[0][0] is sre.SUBPATTERN:
            text = self.group(text) if text else ""
        simple = len(nodes) == 1 and nodes[0][0] in (
            sre.LITERAL,
            sre.NOT_LITERAL,
            sre.ANY,
            sre.IN,
            sre.SUBPATTERN,
            sre.BRANCH,
        )
        atom = text if simple else f"({text})"
        if not text:
            return ""
        unbounded = high is sre.MAXREPEAT
        short = {(0, True): "*", (1, True): "+"}.get((low, unbounded))
        if short:
            return atom + short
        if (low, high) == (0, 1):
            return f"{atom}?"
        if unbounded:
            return f"{atom}{{{low},}}"
        return f"{atom}{{{low}}}" if low == high else f"{atom}{{{low},{high}}}"

    def char_class(self, items: list[Any]) -> str:
        negated = bool(items) and items[0][0] is sre.NEGATE
        members = items[1:] if negated else items
        categories = [value for kind, value in members if kind is sre.CATEGORY]
        if len(members) == 1 and categories:
            escape = CLASSES[categories[0]][0]
            return escape.swapcase() if negated else escape
        outside = [c for c in categories if CLASSES[c][1] is None]
        if not outside:
            return f"[{'^' if negated else ''}{self.members(members)}]"
        if negated:
            raise _Beyond(f"{CLASSES[outside[0]][0]} within a negated character class")
        inside = [m for m in members if not (m[0] is sre.CATEGORY and m[1] in outside)]
        alternatives = [CLASSES[c][0] for c in outside]
        if inside:
            alternatives.append(f"[{self.members(inside)}]")
        return f"({'|'.join(alternatives)})"

    def members(self, members: list[Any]) -> str:
        """The inside of a character class; a dash is escaped, which the engine takes anywhere."""
        pieces: list[str] = []
        for kind, value in members:
            if kind is sre.LITERAL:
                pieces.extend(_escaped(c) for c in self.cases(chr(value)))
            elif kind is sre.RANGE:
                pieces.extend(self.ranges(chr(value[0]), chr(value[1])))
            else:
                pieces.append(CLASSES[value][1] or "")
        return "".join(dict.fromkeys(pieces))

    def ranges(self, low: str, high: str) -> list[str]:
        """A range, and the other case of the letters in it, which no operator folds."""
        found = [f"{_escaped(low)}-{_escaped(high)}"]
        for first, last in (("A", "Z"), ("a", "z")) if self.ignore_case else ():
            start, end = max(low, first), min(high, last)
            other = f"{start.swapcase()}-{end.swapcase()}"
            if start <= end and not (low <= other[0] and other[2] <= high):
                found.append(other[0] if start == end else other)
        return found

    def cases(self, char: str) -> list[str]:
        return _cases(char) if self.ignore_case else [char]


def _cases(char: str) -> list[str]:
    return sorted({char, *(c for c in (char.lower(), char.upper()) if len(c) == 1)}, reverse=True)


def _escaped(char: str) -> str:
    return f"\\{char}" if char in RESERVED else char


def _letter(char: str, ignore_case: bool) -> str:
    cases = _cases(char) if ignore_case else [char]
    if len(cases) > 1:
        return f"[{''.join(cases)}]"
    return char if char == "-" else _escaped(char)


def _is_anything(node: Any) -> bool:
    kind, value = node
    if kind not in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        return False
    low, high, inner = value
    return low == 0 and high is sre.MAXREPEAT and [n[0] for n in inner] == [sre.ANY]


def _is_one_group(text: str) -> bool:
    depth = 0
    index = 0
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 2
            continue
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0 and index < len(text) - 1:
            return False
        index += 1
    return True


def _name(kind: Any, value: Any) -> str:
    if kind is sre.AT and value in (*STARTS, *ENDS):
        return "anchor within an expression"
    names = {
        sre.AT: "word boundary (\\b)",
        sre.ASSERT: "look-around",
        sre.ASSERT_NOT: "look-around",
        sre.GROUPREF: "back-reference",
        sre.GROUPREF_EXISTS: "conditional group",
    }
    return names.get(kind, f"{str(kind).lower().replace('_', ' ')}")
