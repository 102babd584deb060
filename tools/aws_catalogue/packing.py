"""Turns an event source into JSON, in which equal shapes stand once.

    operations  name -> [request, response] and, at need, flags and CloudTrail's own names
    shapes      types that are used more than once, among them all that contain themselves

A type is a letter of ``LETTERS``, a place in ``shapes``, ``[type]`` for a list, ``{"*": type}`` for
a map, ``{"member": type, ...}`` for a structure, or ``"=one|two"`` for one of these strings. The
marks of ``MARKS`` may end a member's name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from aws_catalogue.service import Call
from aws_catalogue.shapes import ASSUMED, REQUIRED, SENSITIVE, Shape

# Both as sigmacast's reader of the catalogue knows them.
LETTERS = {
    "string": "s",
    "integer": "i",
    "float": "f",
    "boolean": "b",
    "timestamp": "t",
    "blob": "x",
    "document": "d",
}
MARKS = {REQUIRED: "!", SENSITIVE: "#", ASSUMED: "?"}


def written(operations: dict[str, Call]) -> dict[str, Any]:
    """An event source as JSON, with its operations in the order that they have."""
    roots = [shape for call in operations.values() for shape in (call.request, call.response)]
    writer = Writer(roots)
    entries: dict[str, list[Any]] = {}
    for name, call in operations.items():
        entries[name] = [writer.type(call.request), writer.type(call.response)]
        if call.flags or call.event_names:
            entries[name].append(call.flags)
        if call.event_names:
            entries[name].append(list(call.event_names))
    return {"operations": entries, "shapes": writer.rest()}


class Writer:
    """Turns the shapes of one event source into JSON; what is met once stands where it is met."""

    def __init__(self, roots: Sequence[Shape]) -> None:
        found = reachable(roots)
        self.classes = equal_shapes(found)
        one_each = {self.classes[id(shape)]: shape for shape in reversed(found)}
        uses = Counter(
            self.classes[id(child)] for shape in one_each.values() for child in shape.children()
        )
        uses.update(self.classes[id(shape)] for shape in roots)
        self.shared = {
            one for one, shape in one_each.items() if uses[one] > 1 and not is_short(shape)
        }
        self.places: dict[int, int] = {}
        self.waiting: list[Shape] = []

    def type(self, shape: Shape) -> Any:
        """A type as it stands where it is used."""
        one = self.classes[id(shape)]
        if one not in self.shared:
            return self.content(shape)
        if one not in self.places:
            self.places[one] = len(self.places)
            self.waiting.append(shape)
        return self.places[one]

    def content(self, shape: Shape) -> Any:
        """A type in full."""
        if shape.enum:
            assert not any("|" in value for value in shape.enum)
            return "=" + "|".join(shape.enum)
        if shape.element is not None:
            inner = self.type(shape.element)
            return [inner] if shape.type == "list" else {"*": inner}
        if shape.type in LETTERS:
            return LETTERS[shape.type]
        return {
            name + marks(member.flags): self.type(member.shape)
            for name, member in shape.members.items()
        }

    def rest(self) -> list[Any]:
        """The shapes that are used more than once, in the order in which they were met."""
        shapes: list[Any] = []
        while self.waiting:
            batch, self.waiting = self.waiting, []
            shapes.extend(self.content(shape) for shape in batch)
        return shapes


def marks(flags: int) -> str:
    """The flags of a member as the end of its name."""
    return "".join(mark for flag, mark in MARKS.items() if flags & flag)


def is_short(shape: Shape) -> bool:
    """Whether a type is no longer than the place of a shape, or the same with brackets."""
    if shape.element is not None:
        return shape.element.type in LETTERS and not shape.element.enum
    return not shape.members and not shape.enum


def reachable(roots: Iterable[Shape]) -> list[Shape]:
    """All shapes below the roots, each once."""
    found: dict[int, Shape] = {}
    waiting = list(roots)
    while waiting:
        shape = waiting.pop()
        if id(shape) not in found:
            found[id(shape)] = shape
            waiting.extend(shape.children())
    return list(found.values())


def equal_shapes(shapes: list[Shape]) -> dict[int, int]:
    """The class of each shape (by ``id``): two shapes of a class cannot be told apart.

    Classes are split until nothing changes; comparing trees would not end on recursive shapes.
    """
    keys: dict[int, Any] = {
        id(shape): (shape.type, shape.enum, tuple((n, m.flags) for n, m in shape.members.items()))
        for shape in shapes
    }
    count = 0
    while True:
        numbers: dict[Any, int] = {}
        classes = {one: numbers.setdefault(key, len(numbers)) for one, key in keys.items()}
        if len(numbers) == count:
            return classes
        count = len(numbers)
        keys = {
            id(shape): (classes[id(shape)], *(classes[id(child)] for child in shape.children()))
            for shape in shapes
        }
