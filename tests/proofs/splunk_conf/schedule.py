"""When a saved search runs, and what stretch of time it looks at.

Cron as Splunk's scheduler knows it (five fields of numbers, ``*``, ranges, lists and steps, no
names of months and days) and relative times (``-70m@m``, ``@d``, ``-1d@d+6h``, ``now``).

Sources: Splunk ``savedsearches.conf.spec``; Splunk Search Manual, "Specify time modifiers in your
search"; Splunk Alerting Manual, "Use cron expressions for alert scheduling".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from proofs.splunk_conf.values import Fault

__all__ = ["Cron", "RelativeTime", "cron", "relative_time"]

DAY = 24 * 60
_FIELDS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "weekday": (0, 6)}
_PART = re.compile(r"(?:(\*)|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?", re.ASCII)
_FIRST_DAY = date(2024, 1, 1)
_DAYS = 8 * 366
"""Long enough for the 29th of February."""

_UNITS = {
    1: "s sec secs second seconds",
    60: "m min mins minute minutes",
    3600: "h hr hrs hour hours",
    86_400: "d day days",
    7 * 86_400: "w week weeks",
    28 * 86_400: "mon month months",
    90 * 86_400: "q qtr qtrs quarter quarters",
    365 * 86_400: "y yr yrs year years",
}
"""Months and quarters count as their shortest, so that no look-back is overrated."""
_SECONDS = {name: seconds for seconds, names in _UNITS.items() for name in names.split()}
_UNIT = "|".join(sorted(_SECONDS, key=len, reverse=True))
_RELATIVE = re.compile(
    rf"(?P<before>(?:[+-][0-9]*(?:{_UNIT}))*)"
    rf"(?:@(?P<snap>{_UNIT}|w[0-7]))?"
    rf"(?P<after>(?:[+-][0-9]*(?:{_UNIT}))*)"
)
_STEP = re.compile(rf"([+-])([0-9]*)({_UNIT})")


@dataclass(frozen=True)
class Cron:
    """How far apart the runs of a schedule are, in minutes."""

    shortest: int
    longest: int


@dataclass(frozen=True)
class RelativeTime:
    """A moment: seconds from now, and the unit that it is rounded down to."""

    seconds: int
    snap: str | int | None
    """The unit in seconds, or a day of the week such as ``w1``."""


def cron(text: str) -> Cron:
    """Read a schedule.

    Raises:
        Fault: it is none, or it never runs.
    """
    parts = text.split(" ")
    if len(parts) != len(_FIELDS):
        raise Fault(f"{len(parts)} fields, not {len(_FIELDS)}")
    minutes, hours, days, months, weekdays = (
        _numbers(name, part) for name, part in zip(_FIELDS, parts, strict=True)
    )
    times = [hour * 60 + minute for hour in sorted(hours) for minute in sorted(minutes)]
    either = not parts[2].startswith("*") and not parts[4].startswith("*")
    dates = []
    for number in range(_DAYS):
        day = _FIRST_DAY + timedelta(days=number)
        of_month, of_week = day.day in days, day.isoweekday() % 7 in weekdays
        if day.month in months and (of_month or of_week if either else of_month and of_week):
            dates.append(number)
    if not dates:
        raise Fault("no such day")
    within = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    between = [later - earlier for earlier, later in zip(dates, dates[1:], strict=False)]
    overnight = [gap * DAY - times[-1] + times[0] for gap in between]
    return Cron(min(within + overnight), max(within + overnight))


def _numbers(name: str, text: str) -> set[int]:
    low, high = _FIELDS[name]
    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise Fault(f"{name} {part!r}")
        every, first, last, step = match.groups()
        begin = low if every else int(first)
        end = high if every else int(last or first)
        if not low <= begin <= end <= high:
            raise Fault(f"{name} {part!r} is not within {low}-{high}")
        if step and not (every or last):
            raise Fault(f"{name} {part!r} has a step and no range")
        if step and not 1 <= int(step) <= high - low:
            raise Fault(f"{name} {part!r} has a step that is longer than the range, or 0")
        found.update(range(begin, end + 1, int(step or 1)))
    return found


def relative_time(text: str) -> RelativeTime:
    """Read a relative time.

    Raises:
        Fault: it is real time, absolute, or no time at all.
    """
    if text == "now":
        return RelativeTime(0, None)
    if re.fullmatch(r"[+-]?rt.*|.*rt", text):
        raise Fault(f"{text!r} is real time")
    match = _RELATIVE.fullmatch(text)
    if not text or match is None:
        raise Fault(f"{text!r} is no relative time")
    steps = _STEP.findall(match["before"] + match["after"])
    seconds = sum(int(sign + (number or "1")) * _SECONDS[unit] for sign, number, unit in steps)
    snap = match["snap"]
    return RelativeTime(seconds, _SECONDS.get(snap, snap))
