"""Numbers between two limits, as comparisons of fields and of parts of times ask for them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from sigma.types import (
    CompareOperators,
    SigmaCompareExpression,
    SigmaNumber,
    SigmaTimestampPart,
    SigmaType,
    TimestampPart,
)


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers between two limits; ``part`` is the part of a time that they count, None for none."""

    part: TimestampPart | None
    low: float = -inf
    high: float = inf
    low_open: bool = False
    high_open: bool = False

    def within(self, other: Interval) -> bool:
        """Whether every number of this interval is in the other one."""
        return (
            self.part is other.part
            and (self.low, self.low_open) >= (other.low, other.low_open)
            and (self.high, not self.high_open) <= (other.high, not other.high_open)
        )

    def excludes(self, other: Interval) -> bool:
        """Whether no number is in both."""
        return self.part is other.part and (self._ends_before(other) or other._ends_before(self))

    def _ends_before(self, other: Interval) -> bool:
        touches = self.high == other.low and (self.high_open or other.low_open)
        return self.high < other.low or touches


def interval_of(value: SigmaType) -> Interval | None:
    """The numbers that a value of a rule asks for; None if it asks for something else."""
    if isinstance(value, SigmaNumber):
        return Interval(_part(value), value.number, value.number)
    if not isinstance(value, SigmaCompareExpression):
        return None
    limit, part = value.number.number, _part(value.number)
    if value.op in (CompareOperators.LT, CompareOperators.LTE):
        return Interval(part, high=limit, high_open=value.op is CompareOperators.LT)
    if value.op in (CompareOperators.GT, CompareOperators.GTE):
        return Interval(part, low=limit, low_open=value.op is CompareOperators.GT)
    return None


def _part(number: SigmaNumber) -> TimestampPart | None:
    return number.timestamp_part if isinstance(number, SigmaTimestampPart) else None
