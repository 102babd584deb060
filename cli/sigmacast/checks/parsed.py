"""The values of a test as pySigma makes them."""

from __future__ import annotations

from collections.abc import Iterator

from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetectionItem
from sigma.types import SigmaExpansion, SigmaType

from sigmacast.checks.base import Test
from sigmacast.diagnostics import Route


def parsed_values(test: Test) -> Iterator[tuple[SigmaType, Route]]:
    """Each value with the test's modifiers applied, and where it is written.

    A value that pySigma refuses is left out: the rule cannot be read, which is told elsewhere.
    """
    key = None if test.field is None and not test.modifiers else str(test.at[-1])
    for written, at in test.values:
        try:
            item = SigmaDetectionItem.from_mapping(key, written)
        except (SigmaError, TypeError, ValueError, AttributeError, IndexError):
            continue
        yield from ((value, at) for value in item.value)


def single_values(value: SigmaType) -> Iterator[SigmaType]:
    """The alternatives that modifiers such as ``|windash`` make of one value."""
    if isinstance(value, SigmaExpansion):
        for each in value.values:
            yield from single_values(each)
    else:
        yield value
