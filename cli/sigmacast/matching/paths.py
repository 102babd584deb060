"""What a field of a raw event holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Record: TypeAlias = Mapping[str, Any]
"""A CloudTrail record as AWS delivers it."""

Getter: TypeAlias = Callable[[Record], list[Any]]


def getter(field: str) -> Getter:
    """A function that lists what *field* holds in an event, without nulls.

    A path through a list leads into each of its elements, and a list at the end stands for them: an
    empty list holds nothing, and so is absent. A key that contains dots itself (a tag, for example)
    counts as that part of the path.
    """
    parts = field.split(".")
    count = len(parts)
    if count == 1:

        def top(event: Record) -> list[Any]:
            value = event.get(field)
            if value is None:
                return []
            return [value] if type(value) is not list else _leaves(value, [])

        return top

    # At each depth: the keys that lead on, and the depth that they lead to.
    steps = [
        [(".".join(parts[start:end]), end) for end in range(start + 1, count + 1)]
        for start in range(count)
    ]

    def below(value: Any, depth: int, found: list[Any]) -> None:
        if isinstance(value, dict):
            for key, end in steps[depth]:
                inner = value.get(key)
                if inner is None:
                    continue
                if end < count:
                    below(inner, end, found)
                elif type(inner) is list:
                    _leaves(inner, found)
                else:
                    found.append(inner)
        elif isinstance(value, list):
            for element in value:
                below(element, depth, found)

    def nested(event: Record) -> list[Any]:
        found: list[Any] = []
        below(event, 0, found)
        return found

    return nested


def _leaves(values: list[Any], found: list[Any]) -> list[Any]:
    for value in values:
        if isinstance(value, list):
            _leaves(value, found)
        elif value is not None:
            found.append(value)
    return found
