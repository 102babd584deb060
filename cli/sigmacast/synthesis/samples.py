"""Values for a field that a test of a rule accepts, or that differ from one that it accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExpansion,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    TimestampPart,
)

from sigmacast.rule_parts import written
from sigmacast.synthesis.regex_samples import regex_samples

FILLER = "example"
TIME = "2026-11-25T10:30:00Z"


def samples(value: SigmaType, current: Any) -> Iterator[Any]:
    """Values that *value* may accept, the most natural first; *current* is what stands there.

    They are proposals: whoever takes one tries it.
    """
    if isinstance(value, SigmaString):
        yield from _texts(value, current)
    elif isinstance(value, SigmaRegularExpression):
        yield from regex_samples(value.regexp.to_plain_regex())
    elif isinstance(value, SigmaTimestampPart):
        yield from _times(value.timestamp_part, int(value.number))
    elif isinstance(value, SigmaNumber):
        yield value.number
    elif isinstance(value, SigmaBool):
        yield value.boolean
    elif isinstance(value, SigmaCompareExpression):
        yield from _numbers(value)
    elif isinstance(value, SigmaCIDRExpression):
        network = value.network
        yield str(network[min(7, network.num_addresses - 1)])
    elif isinstance(value, SigmaExpansion):
        for each in value.values:
            yield from samples(each, current)


def joined_samples(values: Sequence[SigmaType], current: Any) -> Iterator[Any]:
    """Values that several patterns may accept together: their texts one after the other."""
    texts = [
        text
        for value in values
        for text in [next(samples(value, ""), None)]
        if isinstance(text, str)
    ]
    if len(texts) > 1:
        for between in ("", " ", ","):
            yield between.join(texts)
            yield between.join(reversed(texts))
    if texts and isinstance(current, str):
        yield f"{texts[0]}{current}"


def others(current: Any) -> Iterator[Any]:
    """Values of the same kind that differ from *current*."""
    if isinstance(current, bool):
        yield not current
    elif isinstance(current, (int, float)):
        yield current + 1
        yield current - 1
        yield 0
    elif isinstance(current, str):
        if current.lower() in ("true", "false"):
            yield "false" if current.lower() == "true" else "true"
        yield from (FILLER, f"other-{FILLER}", "x")
    else:
        yield FILLER


def _texts(value: SigmaString, current: Any) -> Iterator[str]:
    plain = written(value, str, many="", one="a")
    if isinstance(current, str) and current:
        # Within what stands there, a pattern looks less made up.
        filled = written(value, str, many="\0", one="a")
        if filled.startswith("\0") and filled.endswith("\0") and filled.count("\0") == 2:
            yield plain
        elif filled.endswith("\0") and filled.count("\0") == 1:
            yield plain + FILLER
            yield plain + current
        elif filled.startswith("\0") and filled.count("\0") == 1:
            yield FILLER + plain
            yield current + plain
    yield plain
    yield written(value, str, many=FILLER, one="a")


def _numbers(value: SigmaCompareExpression) -> Iterator[Any]:
    number = value.number
    if isinstance(number, SigmaTimestampPart):
        limit = int(number.number)
        for candidate in (limit, limit - 1, limit + 1):
            yield from _times(number.timestamp_part, candidate)
        return
    bound = number.number
    yield from {
        CompareOperators.LT: (bound - 1, 0),
        CompareOperators.LTE: (bound,),
        CompareOperators.GT: (bound + 1,),
        CompareOperators.GTE: (bound,),
        CompareOperators.NEQ: (bound + 1,),
    }[value.op]


def _times(part: TimestampPart, number: int) -> Iterator[str]:
    day = "2026-11-25"
    if part is TimestampPart.MINUTE and 0 <= number < 60:
        yield f"{day}T10:{number:02}:00Z"
    elif part is TimestampPart.HOUR and 0 <= number < 24:
        yield f"{day}T{number:02}:30:00Z"
    elif part is TimestampPart.DAY and 1 <= number <= 31:
        yield f"2026-12-{number:02}T10:30:00Z"
    elif part is TimestampPart.MONTH and 1 <= number <= 12:
        yield f"2026-{number:02}-15T10:30:00Z"
    elif part is TimestampPart.YEAR and 1 <= number <= 9999:
        yield f"{number:04}-11-25T10:30:00Z"
    elif part is TimestampPart.WEEK and 1 <= number <= 53:
        from datetime import date, timedelta

        start = date(2026, 1, 1) + timedelta(weeks=number - 1)  # 2026 begins in week 1, has 53
        yield f"{start.isoformat()}T10:30:00Z"
