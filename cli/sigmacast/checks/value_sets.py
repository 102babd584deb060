"""Tests of a field as sets of values: which lie within another, and which have nothing in common.

Each answer yes is proven for every event by the matcher's own meaning of the tests; no means only
that nothing was proven.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sigma.types import (
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaStringPartType,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from sigmacast.checks.intervals import Interval, interval_of
from sigmacast.diagnostics import Refusal
from sigmacast.matching.comparing import fold, text
from sigmacast.matching.patterns import literal, pattern_test
from sigmacast.matching.values import ValueTest, exact_text, value_test
from sigmacast.rule_parts import STAR, anywhere, asks_for_absence, asks_for_presence

ANY_TEXT, ANY_CHARACTER = "\ue000", "\ue001"
"""What stands for wildcards where a pattern is itself looked at as a text; of no script."""

USUAL_LENGTH = 200
"""Characters of a value."""


@dataclass(frozen=True, eq=False)
class ValueSet:
    """What one value of a rule asks of a field, or of the event's text (``field`` None)."""

    field: str | None
    value: SigmaType

    @cached_property
    def is_absence(self) -> bool:
        """Whether it asks that the field be absent."""
        return self.field is not None and asks_for_absence(self.value)

    @cached_property
    def is_presence(self) -> bool:
        """Whether any value will do."""
        return self.field is not None and asks_for_presence(self.value)

    @cached_property
    def exact(self) -> str | None:
        """The one text, without its case, that is meant; None if there are several."""
        if self.field is None:
            return None
        if isinstance(self.value, SigmaBool):
            return text(self.value.boolean)
        if isinstance(self.value, SigmaCasedString):
            written = literal(self.value)
            return None if written is None else fold(written)
        return exact_text(self.value)

    @cached_property
    def key(self) -> tuple[Any, ...]:
        """Equal for tests that ask the same."""
        value = self.value
        kind = type(value).__name__
        if isinstance(value, SigmaString):
            return (kind, *map(self._part_key, value.s))
        if isinstance(value, SigmaRegularExpression):
            return (kind, str(value.regexp), frozenset(value.flags))
        if isinstance(value, (SigmaNumber, SigmaCompareExpression)) and self._interval is not None:
            return ("interval", self._interval)
        if isinstance(value, SigmaCIDRExpression):
            return (kind, value.network)
        if isinstance(value, SigmaFieldReference):
            return (kind, value.field, value.starts_with, value.ends_with)
        if isinstance(value, SigmaBool):
            return (kind, value.boolean)
        return (kind, self.is_absence) if self.is_absence else (kind, id(value))

    @cached_property
    def weight(self) -> int:
        """How much work a comparison with it is, 1 for a value of usual length."""
        return 1 + len(str(self.value)) // USUAL_LENGTH

    def within(self, other: ValueSet) -> bool:
        """Whether a value that this test takes is always taken by the other one."""
        if self.is_absence or other.is_absence:
            return self.is_absence and other.is_absence
        if other.is_presence or self.key == other.key:
            return True
        if self.is_presence:
            return False
        if self.exact is not None:
            return other._takes(self) is True
        mine, theirs = self._interval, other._interval
        if mine is not None and theirs is not None:
            return mine.within(theirs)
        if isinstance(self.value, SigmaCIDRExpression):
            return _is_subnet(self.value, other.value)
        return self._pattern_within(other)

    def excludes(self, other: ValueSet) -> bool:
        """Whether no one value is taken by both tests."""
        if self.is_absence or other.is_absence:
            return self.is_absence is not other.is_absence
        if self.is_presence or other.is_presence:
            return False
        if self.exact is not None and other._takes(self) is False:
            return True
        if other.exact is not None and self._takes(other) is False:
            return True
        mine, theirs = self._interval, other._interval
        if mine is not None and theirs is not None:
            return mine.excludes(theirs)
        if isinstance(self.value, SigmaCIDRExpression):
            return isinstance(other.value, SigmaCIDRExpression) and not _overlap(self, other)
        return _ends_differ(self, other)

    def _takes(self, other: ValueSet) -> bool | None:
        """Whether the one text of the other test is taken; None where it cannot be told.

        Where only the text without its case is known, tests that mind case stay open.
        """
        assert other.exact is not None
        known = other.exact
        if isinstance(other.value, SigmaCasedString):
            written = literal(other.value)
            assert written is not None
            known = written
        elif self._minds_case and known.upper() != known.lower():
            return None if self.exact is None or self.exact == known else False
        return None if self._test is None else self._test(known)

    @cached_property
    def _is_cased(self) -> bool:
        return isinstance(self.value, SigmaCasedString)

    @cached_property
    def _minds_case(self) -> bool:
        """Whether case may matter; the weeks of ISO 8601 have a letter."""
        value = self.value
        if isinstance(value, SigmaCompareExpression):
            value = value.number
        return isinstance(value, (SigmaCasedString, SigmaRegularExpression, SigmaTimestampPart))

    def _part_key(self, part: SigmaStringPartType) -> Hashable:
        if isinstance(part, str):
            return self._folded(part)
        return (part.name,) if isinstance(part, Placeholder) else part

    def _folded(self, part: str) -> str:
        """A part of the value as it is compared."""
        return part if self._is_cased else fold(part)

    @cached_property
    def _test(self) -> ValueTest | None:
        if isinstance(self.value, SigmaFieldReference):
            return None
        try:
            return value_test(self.value, self.field)
        except Refusal:
            return None

    @cached_property
    def _interval(self) -> Interval | None:
        return None if self.field is None else interval_of(self.value)

    @cached_property
    def _pattern(self) -> SigmaString | None:
        """The pattern that is asked for, whole; None for what is none or has placeholders."""
        value = self.value
        if not isinstance(value, SigmaString) or value.contains_placeholder():
            return None
        return anywhere(value) if self.field is None else value

    def _pattern_within(self, other: ValueSet) -> bool:
        """Whether the other pattern takes this one with marks in place of its wildcards.

        Only a wildcard of the other can take a mark, so that it takes whatever the mark stands for.
        """
        mine, theirs = self._pattern, other._pattern
        if mine is None or theirs is None or (other._is_cased and not self._is_cased):
            return False
        mixed = self._is_cased and not other._is_cased
        texts = [part for part in (*mine.s, *theirs.s) if isinstance(part, str)]
        if any(ANY_TEXT in each or ANY_CHARACTER in each for each in texts):
            return False
        # One character may be two without its case, and only ASCII folds alike in any context.
        if mixed and not all(map(str.isascii, texts)):
            return False
        one = ANY_TEXT if mixed else ANY_CHARACTER
        marked = "".join(
            self._folded(part) if isinstance(part, str) else ANY_TEXT if part is STAR else one
            for part in mine.s
        )
        if ANY_TEXT in marked and SpecialChars.WILDCARD_SINGLE in theirs.s:
            return False  # it would take the mark for one character
        return pattern_test(theirs, cased=other._is_cased)(marked)


def _is_subnet(one: SigmaCIDRExpression, other: SigmaType) -> bool:
    if not isinstance(other, SigmaCIDRExpression) or one.network.version != other.network.version:
        return False
    return bool(one.network.subnet_of(other.network))  # type: ignore[arg-type]


def _overlap(one: ValueSet, other: ValueSet) -> bool:
    mine, theirs = one.value, other.value
    assert isinstance(mine, SigmaCIDRExpression) and isinstance(theirs, SigmaCIDRExpression)
    return mine.network.overlaps(theirs.network)


def _ends_differ(one: ValueSet, other: ValueSet) -> bool:
    """Whether two patterns begin or end with texts that do not fit each other."""
    mine, theirs = one._pattern, other._pattern
    if mine is None or theirs is None:
        return False
    mixed = one._is_cased is not other._is_cased
    folded = mixed or not one._is_cased
    starts = [_end(value, 0, folded=folded) for value in (mine, theirs)]
    ends = [_end(value, -1, folded=folded)[::-1] for value in (mine, theirs)]
    if mixed and not all(map(str.isascii, (*starts, *ends))):
        return False
    return any(not long.startswith(short) for short, long in map(_by_length, (starts, ends)))


def _end(value: SigmaString, at: int, *, folded: bool) -> str:
    """The text at the beginning (0) or at the end (-1) of a pattern, up to the next wildcard."""
    part = value.s[at] if value.s else ""
    if not isinstance(part, str):
        return ""
    return fold(part) if folded else part


def _by_length(texts: list[str]) -> list[str]:
    return sorted(texts, key=len)
