"""Texts as Java writes them: Elastic's ingest pipeline keeps objects as ``Map.toString()``.

The order of an object's members is not the record's: the JSON processor of Elasticsearch parses
into a ``java.util.HashMap``, which iterates by the hashes of its keys. The order here agrees with
the documents that Elastic's own tests of the pipeline expect, for objects of up to 43 members
(elastic/integrations, packages/aws/data_stream/cloudtrail/_dev/test/pipeline).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

SMALLEST_TABLE = 16
"""Buckets of a new HashMap; it doubles them when three quarters of that number are exceeded."""


def map_text(value: Any) -> str:
    """The text of a value, members of an object in the order in which they stand."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}={map_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(map_text, value)) + "]"
    return scalar_text(value)


def scalar_text(value: Any) -> str:
    """The text of a text, boolean, number or null."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double_text(value)
    return "null" if value is None else str(value)


def length(text: str) -> int:
    """What ``String.length()`` says: a character beyond the basic plane counts twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def hash_map_order(keys: Iterable[str]) -> list[str]:
    """The order in which a HashMap that these keys were put into, one after the other, has them.

    Keys removed later leave the order of the others as it is. Buckets that hold so many keys that
    Java makes trees of them (eight) keep the order of insertion, too.
    """
    found = list(keys)
    buckets = SMALLEST_TABLE
    while len(found) > buckets * 3 // 4:
        buckets *= 2
    return sorted(found, key=lambda key: _spread_hash(key) % buckets)


@lru_cache(maxsize=4096)
def _spread_hash(text: str) -> int:
    """``String.hashCode()``, its upper half folded into the lower one, as HashMap does."""
    code = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for index in range(0, len(units), 2):
        code = (31 * code + (units[index] << 8 | units[index + 1])) & 0xFFFFFFFF
    return code ^ (code >> 16)


def _double_text(number: float) -> str:
    """``Double.toString()``, of the JDK 19 or newer that Elasticsearch brings along."""
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "-Infinity" if number < 0 else "Infinity"
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    written = "".join(map(str, digits)).rstrip("0")
    minus = "-" if sign else ""
    if not written or not isinstance(exponent, int):
        return f"{minus}0.0"
    point = len(digits) + exponent
    if 1e-3 <= abs(number) < 1e7:
        if point <= 0:
            return f"{minus}0.{'0' * -point}{written}"
        return f"{minus}{written[:point].ljust(point, '0')}.{written[point:] or '0'}"
    return f"{minus}{written[0]}.{written[1:] or '0'}E{point - 1}"
