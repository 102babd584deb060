"""The operations of one service model, as CloudTrail logs those of most services."""

from __future__ import annotations

from dataclasses import dataclass, field

from aws_catalogue.models import Model
from aws_catalogue.names import named
from aws_catalogue.shapes import ASSUMED, REQUIRED, Member, Members, Shape, add, merged
from aws_catalogue.spelling import Spelling, lowered

# Flags of an operation, as sigmacast's reader of the catalogue knows them.
DEPRECATED, READS, WRITES, UNMODELLED = 1, 2, 4, 8


@dataclass
class Call:
    """One operation of one event source."""

    request: Shape = field(default_factory=lambda: Shape("structure"))
    response: Shape = field(default_factory=lambda: Shape("structure"))
    flags: int = 0
    event_names: tuple[str, ...] = ()

    def also(self, other: Call) -> Call:
        """Either of two operations of one name; deprecated only if both are."""
        deprecated = self.flags & other.flags & DEPRECATED
        reading = (self.flags & (READS | WRITES)) or (other.flags & (READS | WRITES))
        return Call(
            merged(self.request, other.request, {}),
            merged(self.response, other.response, {}),
            deprecated | reading,
        )


class Service:
    """One model of botocore, seen as a part of one event source."""

    def __init__(self, folder: str, source: str, model: Model) -> None:
        self.folder = folder
        self.source = source
        self.model = model
        self.plain = Spelling(model, source)

    def call(self, name: str) -> Call:
        """The operation's request and response as CloudTrail writes them."""
        operation = self.model["operations"][name]
        call = Call(flags=DEPRECATED if operation.get("deprecated") else 0)
        call.flags |= READS if operation.get("readonly") else 0
        self.request(call.request.members, name, self.definition(operation, "input"))
        self.response(call.response.members, name, self.definition(operation, "output"))
        return call

    def definition(self, operation: Model, part: str) -> Model:
        """The structure that the model defines for a request or a response."""
        shape = operation.get(part, {}).get("shape")
        found: Model = self.model["shapes"][shape] if shape else {"members": {}}
        return found

    def request(self, members: Members, name: str, definition: Model) -> None:
        """Fill in ``requestParameters``.

        A few services log the name on the wire; which do is not derivable, so both are known.
        """
        members.update(self.plain.members(definition, name, top=True))
        for trait in definition["members"].values():
            wire, location = trait.get("locationName"), trait.get("location")
            if wire and self.plain.capitals != "all":
                wire = wire if location in ("header", "querystring") else lowered(wire)
                assumed = self.plain.member(trait)
                members.setdefault(wire, assumed._replace(flags=assumed.flags | ASSUMED))
        body = body_of(definition)
        wrapped = any(row.name == self.folder for row in named("input_wrapper", self.source))
        if wrapped and body["members"]:
            inner = self.plain.members(body, "")
            add(members, f"{lowered(name)}Input", Member(Shape("structure", members=inner)))
            for key in inner:
                members[key] = Member(members[key].shape, ASSUMED)

    def response(self, members: Members, name: str, definition: Model) -> None:
        """Fill in ``responseElements``; some services drop a result's only wrapper."""
        members.update(self.plain.members(definition, name))
        unwrap = next((row.value for row in named("unwrap", self.source)), "")
        only = next(iter(members.values())) if len(members) == 1 else None
        if unwrap and only is not None and only.shape.type == "structure":
            if unwrap == "all":
                members.clear()
            for key, member in only.shape.members.items():
                flags = member.flags | (ASSUMED if unwrap != "all" else 0)
                add(members, key, member._replace(flags=flags & ~REQUIRED))


def body_of(definition: Model) -> Model:
    """A structure without the members that HTTP carries outside its body."""
    members = {k: t for k, t in definition["members"].items() if "location" not in t}
    return {**definition, "members": members}
