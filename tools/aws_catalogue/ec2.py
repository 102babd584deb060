"""EC2, which logs the operations of its old SOAP interface in one form and later ones in another.

The old form has its lists below ``<x>Set.items``; the newer one puts the query's own names below
``<Operation>Request`` and the answer below ``<Operation>Response``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from aws_catalogue.models import Model
from aws_catalogue.names import Row, named
from aws_catalogue.service import Service
from aws_catalogue.shapes import ASSUMED, Member, Members, Shape
from aws_catalogue.spelling import Spelling, lowered

# botocore's model of this version is the last one from before the newer interface.
LAST_OLD_VERSION = "2014-10-01"


class Ec2Service(Service):
    """EC2: an old form and a newer one, which differ in everything.

    Each newer operation that was seen has its wrapper; of the others that is assumed.
    """

    def __init__(self, folder: str, source: str, model: Model, old: frozenset[str]) -> None:
        super().__init__(folder, source, model)
        self.old = old
        self.items = Ec2Items(model, source)
        self.query = Ec2Query(model, source)
        self.query.places = {}  # the table tells of the old form
        self.answers = {key: Ec2Answer(model, source, key) for key in ("items", "item")}
        self.wrapped = frozenset(row.name for row in named("wrapper", source))

    def request(self, members: Members, name: str, definition: Model) -> None:
        """Fill in ``requestParameters``."""
        if name in self.old:
            members.update(self.items.members(definition, name, top=True))
            return
        inner = Shape("structure", members=self.query.members(definition, name, top=True))
        members[f"{name}Request"] = Member(inner, 0 if name in self.wrapped else ASSUMED)

    def response(self, members: Members, name: str, definition: Model) -> None:
        """Fill in ``responseElements``."""
        form = self.answers["items" if name in self.old else "item"]
        inner = form.members(definition, name)
        if name not in self.old:
            inner["xmlns"] = Member(Shape("string"))
        elif not inner:
            inner["_return"] = Member(Shape("boolean"))
        inner.setdefault("requestId", Member(Shape("string")))
        if name in self.old:
            members.update(inner)
        else:
            flags = 0 if name in self.wrapped else ASSUMED
            members[f"{name}Response"] = Member(Shape("structure", members=inner), flags)


class Ec2Items(Spelling):
    """A request of EC2's old interface: ``<x>Set.items[]``, first letters lowered.

    The names of the sets follow no rule; those that the table lacks are assumed.
    """

    def paths(self, name: str, trait: Model) -> Iterator[tuple[str, int]]:
        """A list of values holds objects with one key each."""
        wire = lowered(trait.get("locationName", name))
        definition = self.definitions[trait["shape"]]
        if definition["type"] != "list":
            yield wire, 0
            return
        plural = "locationName" not in trait or wire.endswith(("s", "Set"))
        path = f"{wire if plural else wire + 'Set'}.items[]"
        inner = definition["member"]
        if self.definitions[inner["shape"]]["type"] != "structure":
            key = inner.get("locationName", "item")
            path += f".{wire if key == 'item' else lowered(key)}"
        yield path, ASSUMED


class Ec2Query(Spelling):
    """What stands below ``<Operation>Request``: the query's names, and lists by their number.

    An element of a list carries its number as ``tag``; a value becomes its ``content``.
    """

    def paths(self, name: str, trait: Model) -> Iterator[tuple[str, int]]:
        """The name on the wire with a capital letter."""
        wire = trait.get("queryName") or trait.get("locationName", name)
        yield wire[:1].upper() + wire[1:], 0

    def shape(self, name: str) -> Shape:
        """As ever, with the numbers added to lists."""
        new = name not in self._made
        shape = super().shape(name)
        if new and shape.type == "list" and shape.element is not None:
            inner = shape.element
            element = Shape("structure", members={"tag": Member(Shape("integer"))})
            if inner.type == "structure":
                element.members.update(inner.members)
            else:
                element.members["content"] = Member(inner)
            shape.element = element
        return shape


class Ec2Answer(Spelling):
    """An EC2 response: the names on the wire, lists below ``items`` or ``item``."""

    def __init__(self, model: Model, source: str, items: str) -> None:
        super().__init__(model, source)
        self.items = items

    @cached_property
    def places(self) -> dict[tuple[str, str], Row]:
        """None: the table tells of requests."""
        return {}

    def paths(self, name: str, trait: Model) -> Iterator[tuple[str, int]]:
        """``return`` is a word of many languages; CloudTrail writes ``_return``."""
        wire = trait.get("locationName", lowered(name))
        many = self.definitions[trait["shape"]]["type"] == "list"
        yield ("_return" if wire == "return" else wire) + (f".{self.items}[]" if many else ""), 0
