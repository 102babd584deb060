"""S3, which logs its requests as HTTP carried them: header names, query flags, the XML body."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from aws_catalogue.models import Model
from aws_catalogue.service import Service, body_of
from aws_catalogue.shapes import ASSUMED, REQUIRED, Member, Members, Shape, add
from aws_catalogue.spelling import Spelling


class S3Service(Service):
    """S3: names of the HTTP request, query flags as keys, and an XML body."""

    @cached_property
    def xml(self) -> Spelling:
        """The spelling of bodies."""
        return S3Xml(self.model, self.source)

    def request(self, members: Members, name: str, definition: Model) -> None:
        """Fill in ``requestParameters``."""
        self.fill(members, name, definition)
        operation = self.model["operations"][name]
        _, _, query = operation["http"]["requestUri"].partition("?")
        for flag in filter(None, query.split("&")):
            add(members, flag.partition("=")[0], Member(Shape("string")))
        wrapper = operation.get("input", {}).get("locationName")
        body = body_of(definition)
        if wrapper and body["members"]:
            inner = self.xml.members(body, "")
            add(members, wrapper, Member(Shape("structure", members=inner), ASSUMED))

    def response(self, members: Members, name: str, definition: Model) -> None:
        """Fill in ``responseElements``."""
        self.fill(members, name, definition)

    def fill(self, members: Members, name: str, definition: Model) -> None:
        """Place each member by where it stands in the HTTP message."""
        for key, trait in definition["members"].items():
            location, payload = trait.get("location"), key == definition.get("payload")
            if location in ("headers", "statusCode") or (payload and self.is_content(trait)):
                continue  # names chosen by the caller, and contents: neither is logged
            one = {**definition, "members": {key: trait}}
            member = self.plain.member(trait)
            if key in definition.get("required", ()):
                member = member._replace(flags=member.flags | REQUIRED)
            if {(name, key), ("*", key)} & self.plain.places.keys():
                found = self.plain.members(one, name, top=True)
            elif location in ("header", "querystring"):
                found = {trait["locationName"]: member}
            elif payload and member.shape.type == "structure":
                found = self.xml.members(one, "")
                for wire, body in found.items():
                    inner = {**body.shape.members, "xmlns": Member(Shape("string"))}
                    found[wire] = Member(Shape("structure", members=inner), member.flags)
            else:
                found = self.plain.members(one, name, top=True)
            for wire, each in found.items():
                add(members, wire, each)

    def is_content(self, trait: Model) -> bool:
        """Whether a body is the content of an object."""
        definition = self.model["shapes"][trait["shape"]]
        return definition["type"] == "blob" or bool(definition.get("eventstream"))


class S3Xml(Spelling):
    """The body of an S3 request: the names of its XML, capitals and all."""

    def paths(self, name: str, trait: Model) -> Iterator[tuple[str, int]]:
        """A list that is not flattened is an object with the list below the elements' name."""
        wire = trait.get("locationName", name)
        definition = self.definitions[trait["shape"]]
        if definition["type"] != "list":
            yield wire, 0
        elif definition.get("flattened"):
            yield f"{wire}[]", 0
        else:
            yield f"{wire}.{definition['member'].get('locationName', 'member')}[]", 0
