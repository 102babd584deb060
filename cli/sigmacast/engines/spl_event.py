"""An event on its way through a query, and what to do where the documents leave a point open.

A point that no source settles has several readings. Where a query meets one, it is evaluated with
each reading, and with each combination of them; if all give the same answer the point does not
matter, else the answer is Unsupported and names the points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias, TypeVar

from sigmacast.engines.base import Document, Unsupported

__all__ = ["Data", "Event", "decide", "text_of"]

Data: TypeAlias = "str | float | list[str] | None"
"""A value of an expression: null, a text, a number, or more than one text."""

MOST_READINGS = 200

_Answer = TypeVar("_Answer")


class Event:
    """The fields of one event under one reading of each open point."""

    def __init__(self, document: Document, readings: dict[str, int]) -> None:
        self._fields: Mapping[str, Sequence[str]] = document
        self._readings = readings
        self.open: dict[str, int] = {}
        """The points met so far, in their order, and how many readings each has."""

    def values(self, field: str) -> Sequence[str]:
        """All values of a field, none if it is missing."""
        return self._fields.get(field, ())

    def get(self, field: str) -> Data:
        """The value of a field: null if missing, a list if there are several."""
        values = self._fields.get(field, ())
        if len(values) > 1:
            return list(values)
        return values[0] if values else None

    def set(self, field: str, value: Data) -> None:
        """Give a field a value, or with null take it away."""
        fields = {name: found for name, found in self._fields.items() if name != field}
        if value is not None:
            fields[field] = [text_of(value)] if not isinstance(value, list) else value
        self._fields = fields

    def keep(self, wanted: Callable[[str], bool]) -> None:
        """Drop all other fields."""
        self._fields = {name: found for name, found in self._fields.items() if wanted(name)}

    @contextmanager
    def instead(self, values: Mapping[str, str]) -> Iterator[None]:
        """For a while, fields with these single values."""
        before = self._fields
        self._fields = {**before, **{name: [value] for name, value in values.items()}}
        try:
            yield
        finally:
            self._fields = before

    def choose(self, point: str, *answers: _Answer) -> _Answer:
        """The answer under this reading of *point*; which it is does not matter if all agree."""
        if all(answer == answers[0] for answer in answers):
            return answers[0]
        self.open[point] = len(answers)
        return answers[self._readings.get(point, 0)]


def decide(test: Callable[[Event], bool], document: Document) -> bool:
    """Whether *test* holds for a document; raises Unsupported where that depends on a reading."""
    readings: dict[str, int] = {}
    answers: set[bool] = set()
    points: dict[str, int] = {}
    for _ in range(MOST_READINGS):
        event = Event(document, readings)
        answers.add(test(event))
        points |= event.open
        following = _next(readings, event.open)
        if following is None or len(answers) > 1:
            break
        readings = following
    else:
        raise Unsupported(f"{MOST_READINGS} readings of {', '.join(points)}")
    if len(answers) > 1:
        raise Unsupported(f"no source settles {', '.join(points)}")
    return answers.pop()


def _next(readings: dict[str, int], met: Mapping[str, int]) -> dict[str, int] | None:
    """The combination of readings after this one; points met for the first time are at 0."""
    order = list(met)
    while order:
        last = order[-1]
        reading = readings.get(last, 0) + 1
        if reading < met[last]:
            return {**{point: readings.get(point, 0) for point in order}, last: reading}
        order.pop()
    return None


def text_of(value: str | float) -> str:
    """A value as text; a whole number without a point."""
    if isinstance(value, str):
        return value
    return str(int(value)) if value.is_integer() else repr(value)
