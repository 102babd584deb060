"""What the values of some CloudTrail fields look like (``tables/field_shapes.json``).

Only what AWS documents and events confirm: a value that does not fit never stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaNumber,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
)

from sigmacast.checks.overlap import Automaton
from sigmacast.matching.comparing import text
from sigmacast.resources import table
from sigmacast.schema import catalogue

TABLE = "field_shapes.json"


@dataclass(frozen=True)
class Shape:
    """What some fields hold, ``holds`` in words.

    ``texts`` is a regular expression that fits every value but the empty one; None if texts are not
    judged. ``digits`` is set where all values that are numbers have so many, ``numbers`` where any
    number may stand, ``times`` where values are times. No value is an address.
    """

    holds: str
    texts: str | None = None
    digits: int | None = None
    numbers: bool = False
    times: bool = False

    def admits(self, value: SigmaType) -> bool:
        """Whether some value of this shape may be what a test asks for; yes where it is open."""
        if isinstance(value, SigmaTimestampPart):
            return self.times
        if isinstance(value, SigmaCompareExpression):
            if isinstance(value.number, SigmaTimestampPart):
                return self.times
            return self.numbers or self.digits is not None
        if isinstance(value, SigmaCIDRExpression):
            return False
        if isinstance(value, SigmaNumber):
            return self.numbers or self._has_number(value.number)
        if isinstance(value, SigmaBool):
            return self._has_text(SigmaString(text(value.boolean)), cased=False)
        if isinstance(value, SigmaString):
            return self._has_text(value, cased=isinstance(value, SigmaCasedString))
        return True

    def _has_number(self, number: float) -> bool:
        """Whether that many digits, leading zeros among them, can write the number."""
        whole = isinstance(number, int)  # a search of a range for a fraction would be a long one
        return self.digits is not None and whole and 0 <= number < 10**self.digits

    def _has_text(self, value: SigmaString, *, cased: bool) -> bool:
        if self._automaton is None or value.contains_placeholder() or not value.s:
            return True
        return self._automaton.shares_text_with(value, cased=cased)

    @cached_property
    def _automaton(self) -> Automaton | None:
        return None if self.texts is None else Automaton.of(self.texts)


def shape_of(field: str) -> Shape | None:
    """What a CloudTrail field holds, if it is known."""
    return _shapes().get(field)


def is_always_present(field: str) -> bool:
    """Whether every CloudTrail record has the field."""
    return field in _table()["always_present"]["fields"]


def has_open_list(field: str) -> bool:
    """Whether the catalogue lists only some of a field's values."""
    return field in _table()["open_lists"]["fields"]


def has_one_value(field: str) -> bool:
    """Whether a CloudTrail record holds one value of this field at most, and a plain one.

    False where it is not known: below the objects that operations fill, and for what is of such a
    kind in the records of some events only.
    """
    row = catalogue().row(field)
    return (
        row is not None
        and row.array == "no"
        and row.json_type in ("string", "boolean")
        and not row.events
        and field not in _table()["may_be_lists"]["fields"]
    )


def _table() -> Mapping[str, Any]:
    found: Mapping[str, Any] = table(TABLE)
    return found


@cache
def _shapes() -> Mapping[str, Shape]:
    found: dict[str, Shape] = {}
    for each in _table()["shapes"]:
        given = {key: value for key, value in each.items() if key not in ("fields", "source")}
        found |= dict.fromkeys(each["fields"], Shape(**given))
    return found
