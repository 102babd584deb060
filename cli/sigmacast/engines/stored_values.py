"""Dates and addresses as Elasticsearch reads them from text.

Sources: Elasticsearch documentation, ``mapping-reference/date.md`` (the default format,
``strict_date_optional_time||epoch_millis``), ``range-query.md`` (missing date components) and
``mapping-reference/ip.md``.
"""

from __future__ import annotations

import calendar
import ipaddress
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TypeAlias

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"

_DATE = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:T(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"(?P<zone>Z|[+-]\d\d(?::?\d\d)?)?)?)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as written, in milliseconds since 1970; ``2024-05`` lasts from first to last."""

    first: int
    last: int


@lru_cache(maxsize=4096)
def moment(text: str) -> Moment | None:
    """The date that a text says, None where it says none. A date without a zone is in UTC."""
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    given = {name: int(value) for name, value in found.groupdict().items() if _is_number(value)}
    try:
        start = datetime(
            given["year"],
            given.get("month", 1),
            given.get("day", 1),
            given.get("hour", 0),
            given.get("minute", 0),
            given.get("second", 0),
            tzinfo=timezone.utc,
        )
        first = _milliseconds(start - _offset(found["zone"]))
    except (ValueError, OverflowError):
        return None
    if found["fraction"]:
        first += int(found["fraction"][:3].ljust(3, "0"))
    return Moment(first, first + _length(start, found) - 1)


@lru_cache(maxsize=4096)
def address(text: str) -> int | None:
    """An IP address as its number in IPv6, into which Elasticsearch maps IPv4; None for no such."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return _MAPPED + int(found)
    return None if found.scope_id else int(found)


@lru_cache(maxsize=4096)
def block(text: str) -> tuple[int, int] | None:
    """The first and last address of a block, or of a single address; None for no such.

    Bits behind the prefix may be set, as in ``10.6.48.157/8``.
    """
    host, slash, length = text.partition("/")
    number = address(host)
    if number is None or (slash and not (length.isascii() and length.isdigit())):
        return None
    width = 32 if "." in host and ":" not in host else 128
    prefix = int(length) if slash and len(length) <= 3 else width
    if prefix > width or len(length) > 3:
        return None
    free = (1 << (width - prefix)) - 1
    return number & ~free, number | free


_MAPPED = 0xFFFF << 32


def _is_number(value: str | None) -> bool:
    return value is not None and value.isdigit()


def _milliseconds(time: datetime | timedelta) -> int:
    span = time - _EPOCH if isinstance(time, datetime) else time
    return span // timedelta(milliseconds=1)


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset


def _length(start: datetime, found: re.Match[str]) -> int:
    """How many milliseconds the smallest component written lasts."""
    if found["fraction"]:
        return (1000, 100, 10, 1)[min(3, len(found["fraction"]))]
    if found["second"]:
        return 1000
    if found["minute"]:
        return 60_000
    if found["hour"]:
        return 3_600_000
    days = 1
    if found["day"] is None:
        days = calendar.monthrange(start.year, start.month)[1]
    if found["month"] is None:
        days = 366 if calendar.isleap(start.year) else 365
    return days * 86_400_000
