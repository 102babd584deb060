"""Turns the shapes of a model into shapes in CloudTrail's spelling."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from aws_catalogue.models import Model
from aws_catalogue.names import Row, named
from aws_catalogue.shapes import ASSUMED, REQUIRED, SENSITIVE, Member, Members, Shape, place

# Longer enumerations (languages, instance types) cost more space than they find mistakes.
LONGEST_ENUM = 30

# botocore's types and ours; a type that is not here is new, and stops the program.
TYPES = {
    "string": "string",
    "character": "string",
    "integer": "integer",
    "long": "integer",
    "bigInteger": "integer",
    "float": "float",
    "double": "float",
    "bigDecimal": "float",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "blob": "blob",
    "list": "list",
    "map": "map",
    "structure": "structure",
}


class Spelling:
    """Makes the shapes of one model: as most services are logged, first letters lowered.

    Other spellings say in ``paths`` where a member stands. Each makes a name's shape once, and
    shares it: a definition may contain itself.
    """

    def __init__(self, model: Model, source: str) -> None:
        self.definitions: Model = model["shapes"]
        self.source = source
        self._made: dict[str, Shape] = {}

    @cached_property
    def places(self) -> dict[tuple[str, str], Row]:
        """Rows that put a member elsewhere, by operation or shape (or ``*``) and member."""
        return {(row.name, row.member): row for row in named("member", self.source)}

    @cached_property
    def capitals(self) -> str:
        """Whether the source keeps capitals: ``all`` of them, ``some``, or none."""
        return next((row.value for row in named("capitals", self.source)), "")

    def shape(self, name: str) -> Shape:
        """The shape of a name in the model."""
        if name in self._made:
            return self._made[name]
        definition = self.definitions[name]
        kind = "document" if definition.get("document") else TYPES[definition["type"]]
        made = self._made[name] = Shape(kind)
        values = tuple(definition.get("enum", ()))
        made.enum = values if kind == "string" and len(values) <= LONGEST_ENUM else ()
        if kind == "list":
            made.element = self.shape(definition["member"]["shape"])
        elif kind == "map":
            made.element = self.shape(definition["value"]["shape"])
        elif kind == "structure":
            made.members.update(self.members(definition, name))
        return made

    def members(self, definition: Model, context: str, top: bool = False) -> Members:
        """The members of the structure *context*, or with *top* of that operation's request.

        Rows for ``*`` tell of requests, rows for ``**`` of all structures. What a request needs
        is told of its own members only: below them it would part shapes that are else the same.
        """
        found: Members = {}
        required = definition.get("required", ()) if top else ()
        contexts = (context, "*", "**") if top else (context, "**")
        for name, trait in definition["members"].items():
            member = self.member(trait)
            rows = [self.places[key, name] for key in contexts if (key, name) in self.places]
            if rows and rows[0].type:
                member = member._replace(shape=Shape(rows[0].type))
            told = [(row.path, ASSUMED if row.assumed else 0) for row in rows[:1]]
            for path, flags in told or self.paths(name, trait):
                needed = REQUIRED if name in required and not flags & ASSUMED else 0
                place(found, path, Member(member.shape, member.flags | flags | needed))
        return found

    def member(self, trait: Model) -> Member:
        """The shape and flags of a member."""
        shape = Shape("document") if trait.get("jsonvalue") else self.shape(trait["shape"])
        return Member(shape, SENSITIVE if self.hides(trait["shape"]) else 0)

    def hides(self, name: str) -> bool:
        """Whether a shape, or the elements of a list or map, are marked as sensitive."""
        definition = self.definitions[name]
        inner = definition.get("member") or definition.get("value")
        return bool(definition.get("sensitive")) or (
            inner is not None and self.hides(inner["shape"])
        )

    def paths(self, name: str, trait: Model) -> Iterator[tuple[str, int]]:  # noqa: ARG002
        """The paths that a member may have in an event, with ``ASSUMED`` where none was seen."""
        if self.capitals != "all":
            yield lowered(name), ASSUMED if self.capitals else 0
        if self.capitals and (self.capitals == "all" or name != lowered(name)):
            yield name, ASSUMED if self.capitals == "some" else 0


def lowered(name: str) -> str:
    """CloudTrail lowers the first letter and no other: ``DBName`` is ``dBName``."""
    return name[:1].lower() + name[1:]
