"""What each kind of Sigma value asks of an event: the one place that defines it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from ipaddress import ip_address
from typing import Any, TypeAlias

from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    TimestampPart,
)

from sigmacast.diagnostics import CODES, Refusal
from sigmacast.matching.comparing import compact, fold, number, text
from sigmacast.matching.paths import Record, getter
from sigmacast.matching.patterns import TextTest, literal, pattern_test
from sigmacast.matching.regex import regex_test
from sigmacast.rule_parts import anywhere, is_anything

Predicate: TypeAlias = Callable[[Record], bool]
"""Whether an event is what a part of a rule says."""

ValueTest: TypeAlias = Callable[[Any], bool]
"""Whether one value that a field holds is what the rule says; never asked of null."""

_COMPARISONS: dict[CompareOperators, Callable[[Any, Any], bool]] = {
    CompareOperators.LT: operator.lt,
    CompareOperators.LTE: operator.le,
    CompareOperators.GT: operator.gt,
    CompareOperators.GTE: operator.ge,
    CompareOperators.NEQ: operator.ne,
}
_PARTS: dict[TimestampPart, Callable[[datetime], int]] = {
    TimestampPart.MINUTE: lambda time: time.minute,
    TimestampPart.HOUR: lambda time: time.hour,
    TimestampPart.DAY: lambda time: time.day,
    TimestampPart.WEEK: lambda time: time.isocalendar().week,
    TimestampPart.MONTH: lambda time: time.month,
    TimestampPart.YEAR: lambda time: time.year,
}


def exact_text(value: SigmaType) -> str | None:
    """The folded text that a field must hold to match *value*, if only this text matches."""
    if type(value) is not SigmaString:
        return None
    written = literal(value)
    return None if written is None else fold(written)


def field_predicate(field: str, value: SigmaType) -> Predicate:
    """Whether a field holds *value*: any element of a list does; an absent field never does."""
    get = getter(field)
    if isinstance(value, SigmaNull):
        return lambda event: not get(event)
    if isinstance(value, SigmaExists):
        return (lambda event: bool(get(event))) if value else (lambda event: not get(event))
    if isinstance(value, SigmaFieldReference):
        return _reference_predicate(field, value)
    if isinstance(value, SigmaExpansion):
        parts = [field_predicate(field, each) for each in value.values]
        return lambda event: any(part(event) for part in parts)
    if isinstance(value, SigmaString) and is_anything(value):
        return lambda event: bool(get(event))
    test = value_test(value, field)
    return lambda event: any(map(test, get(event)))


def any_text_predicate(field: str, texts: frozenset[str]) -> Predicate:
    """Whether a field holds one of these folded texts: one look-up in place of a list of tests."""
    get = getter(field)

    def holds(event: Record) -> bool:
        for value in get(event):
            written = value if type(value) is str else text(value)
            if fold(written) in texts:
                return True
        return False

    return holds


def keyword_predicate(value: SigmaType) -> Predicate:
    """Whether the record's compact JSON text contains a keyword."""
    if isinstance(value, SigmaExpansion):
        parts = [keyword_predicate(each) for each in value.values]
        return lambda event: any(part(event) for part in parts)
    _require_no_placeholder(value, None)
    if isinstance(value, SigmaRegularExpression):
        search = regex_test(value, None)
        return lambda event: search(compact(event))
    if not isinstance(value, (SigmaString, SigmaNumber, SigmaBool)):
        raise _beyond(value, None)
    keyword = value if isinstance(value, SigmaString) else SigmaString(text(_plain(value)))
    test = pattern_test(anywhere(keyword), cased=isinstance(value, SigmaCasedString))
    return lambda event: test(compact(event))


def value_test(value: SigmaType, field: str | None) -> ValueTest:
    """The test of one value that a field holds.

    Raises Refusal SC205 for a placeholder without values, SC501 for an expression that cannot be
    searched in bounded time, SC502 for what only a query language gives a meaning.
    """
    _require_no_placeholder(value, field)
    if isinstance(value, SigmaString):
        return _of_text(pattern_test(value, cased=isinstance(value, SigmaCasedString)))
    if isinstance(value, SigmaRegularExpression):
        return _of_text(regex_test(value, field))
    if isinstance(value, SigmaNumber):
        return _compared(operator.eq, value)
    if isinstance(value, SigmaCompareExpression):
        return _compared(_COMPARISONS[value.op], value.number)
    if isinstance(value, SigmaBool):
        wanted = text(value.boolean)
        return lambda found: fold(text(found)) == wanted
    if isinstance(value, SigmaCIDRExpression):
        return _network_test(value)
    raise _beyond(value, field)


def shown(value: SigmaType) -> str:
    """What a value of a rule asks, for people to read beside what the event holds."""
    if isinstance(value, SigmaExpansion):
        return " or ".join(map(shown, value.values))
    if isinstance(value, SigmaNull):
        return "absent"
    if isinstance(value, SigmaExists):
        return "present" if value else "absent"
    if isinstance(value, SigmaFieldReference):
        around = ("*" if value.ends_with else "", "*" if value.starts_with else "")
        return f"the value of {around[0]}{value.field}{around[1]}"
    if isinstance(value, SigmaRegularExpression):
        flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))
        return f"/{value.regexp.to_plain_regex()}/{flags}"
    if isinstance(value, SigmaCompareExpression):
        sign = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">=", "NEQ": "!="}[value.op.name]
        return f"{sign} {shown(value.number)}"
    if isinstance(value, SigmaTimestampPart):
        return f"{value.timestamp_part.name.lower()} {value.number}"
    if isinstance(value, SigmaCIDRExpression):
        return f"an address in {value.cidr}"
    if isinstance(value, SigmaCasedString):
        return f"'{value}' (in this case)"
    if isinstance(value, SigmaString):
        return f"'{value}'"
    return text(_plain(value))


def _of_text(test: TextTest) -> ValueTest:
    return lambda found: test(found if type(found) is str else text(found))


def _compared(compare: Callable[[Any, Any], bool], wanted: SigmaNumber) -> ValueTest:
    limit = wanted.number
    if isinstance(wanted, SigmaTimestampPart):
        part = _PARTS[wanted.timestamp_part]

        def of_time(found: Any) -> bool:
            time = time_of(found)
            return time is not None and compare(part(time), limit)

        return of_time

    # pySigma keeps a whole number beyond 2^53 as the nearest float: then that is compared.
    same_kind = float if isinstance(limit, float) else _as_it_is

    def of_number(found: Any) -> bool:
        value = number(found)
        return value is not None and compare(same_kind(value), limit)

    return of_number


def _as_it_is(value: int | float) -> int | float:
    return value


def time_of(value: Any) -> datetime | None:
    """The time that a text in ISO 8601 names, in UTC (which it is in if it names no zone)."""
    if not isinstance(value, str) or not 10 <= len(value) <= 40:
        return None
    try:
        time = datetime.fromisoformat(value[:-1] + "+00:00" if value[-1] in "Zz" else value)
    except ValueError:
        return None
    try:
        return (
            time.replace(tzinfo=timezone.utc)
            if time.tzinfo is None
            else time.astimezone(timezone.utc)
        )
    except OverflowError:  # the first or the last day of the calendar
        return None


def _network_test(value: SigmaCIDRExpression) -> ValueTest:
    network = value.network

    def test(found: Any) -> bool:
        if not isinstance(found, str):
            return False
        try:
            return ip_address(found) in network
        except ValueError:
            return False

    return test


def _reference_predicate(field: str, reference: SigmaFieldReference) -> Predicate:
    get, get_other = getter(field), getter(reference.field)
    relation = _relation(reference)

    def compare(event: Record) -> bool:
        mine, theirs = _folded(get(event)), _folded(get_other(event))
        return any(relation(one, other) for one in mine for other in theirs)

    return compare


def _relation(reference: SigmaFieldReference) -> Callable[[str, str], bool]:
    if reference.starts_with and reference.ends_with:
        return operator.contains
    if reference.starts_with:
        return str.startswith
    return str.endswith if reference.ends_with else operator.eq


def _folded(values: Sequence[Any]) -> list[str]:
    return [fold(text(value)) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, SigmaNumber):
        return value.number
    return value.boolean if isinstance(value, SigmaBool) else str(value)


def _require_no_placeholder(value: SigmaType, field: str | None) -> None:
    if isinstance(value, (SigmaString, SigmaRegularExpression)) and value.contains_placeholder():
        written = value if isinstance(value, SigmaString) else value.regexp
        raise Refusal(
            "SC205",
            f"a placeholder in '{written}' has no value",
            field=field,
            hint=CODES["SC205"].cure,
        )


def _beyond(value: SigmaType, field: str | None) -> Refusal:
    name = type(value).__name__.removeprefix("Sigma")
    return Refusal(
        "SC502",
        f"a value of kind {name} has a meaning in a query language only",
        field=field,
        hint=CODES["SC502"].cure,
    )
