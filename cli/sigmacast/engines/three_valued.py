"""Truth with null: true, false, or unknown, which is None here.

Source: Elasticsearch documentation, ``esql/limitations.md`` and ``eql/eql-syntax.md`` (null
handling), which follow SQL: NOT null is null, and ``where`` keeps only what is true.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Truth: TypeAlias = "bool | None"


def negation(truth: Truth) -> Truth:
    """NOT."""
    return None if truth is None else not truth


def conjunction(truths: Iterable[Truth]) -> Truth:
    """AND: false if any is, else null if any is. Asks no further than it has to."""
    result: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            result = None
    return result


def disjunction(truths: Iterable[Truth]) -> Truth:
    """OR: true if any is, else null if any is. Asks no further than it has to."""
    result: Truth = False
    for truth in truths:
        if truth:
            return True
        if truth is None:
            result = None
    return result
