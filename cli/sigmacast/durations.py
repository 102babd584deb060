"""Spans of time as Sigma, Kibana and Splunk write them: ``5m``, ``10d``."""

from __future__ import annotations

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN = re.compile(r"([1-9][0-9]{0,8})([smhdw])")


def seconds(span: str) -> int:
    """The seconds of a span such as ``5m``; raises ValueError for anything else."""
    found = _SPAN.fullmatch(span)
    if found is None:
        raise ValueError(f"'{span}' is no span of time such as 5m")
    return int(found[1]) * SECONDS[found[2]]


def span(seconds: int) -> str:
    """Seconds in the largest unit up to days that needs no fraction."""
    unit = next(each for each in "dhms" if seconds % SECONDS[each] == 0)
    return f"{seconds // SECONDS[unit]}{unit}"
