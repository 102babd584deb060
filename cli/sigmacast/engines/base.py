"""What all evaluators share: the document, the schema, and the two ways to say no."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

Document: TypeAlias = Mapping[str, Sequence[Any]]
"""An event as a SIEM stores it: field name to its values, of which there is at least one.

In Elastic a value is a str (keyword, text, ip, date, flattened), a bool or a number, by the type
that the schema gives the field; in Splunk it is a str, and ``_raw`` holds the event's text.
"""

Predicate: TypeAlias = Callable[[Document], bool]
"""Whether a query selects a document."""


class Schema(Protocol):
    """The types of an index's fields."""

    def type_of(self, field: str) -> str | None:
        """``keyword``, ``text``, ``ip``, ``boolean``, ``date``, ``long``, ``double``, or
        ``flattened`` for a flattened field and all below it; None for a field that is not there.
        """


class Rejected(Exception):
    """The real engine answers the query with an error; the message says which."""


class Unsupported(Exception):
    """The query is beyond this evaluator, whatever the real engine makes of it."""
