"""Write the catalogue of AWS operations, ``pipelines/aws_catalogue.zip`` (``make aws-catalogue``).

It is made of the service models that botocore ships, all API versions, and of ``aws_names.csv``
beside this file: what CloudTrail does otherwise than the models say, each row with its evidence.
A row that no event has shown (``seen`` is no) makes an assumed spelling. The kinds of rows:

    botocore       the version that is read, and the day
    service        an event source and a model that belongs to it, where the endpoint misleads
    source, event  an event source, and event names, that botocore lacks
    alias, dated   an event name and the operation (``folder:Operation``) that it stands for
    iam_action     an IAM action that is no event name, and the event names it allows
    read_only      what events say of readOnly against the rule of their first words
    member         a request's member and its path in events (``:type`` if the model lacks it);
                   below an operation's or a shape's name, ``*`` any request, ``**`` any structure
    wrapper        an EC2 operation seen in the form of its newer interface
    capitals, unwrap, input_wrapper   services that keep capitals, drop a response's only wrapper,
                   wrap a request's body (``all`` surely, ``some`` in part: both forms are known)

The zip holds one JSON file for each event source, so that a reader opens one service only:

    operations  name -> [request, response] and, at need, flags and CloudTrail's own names
    shapes      types that are used more than once, among them all that contain themselves

A type is a letter of ``LETTERS``, a place in ``shapes``, ``[type]`` for a list, ``{"*": type}`` for
a map, ``{"member": type, ...}`` for a structure, or ``"=one|two"`` for one of these strings. The
marks of ``MARKS`` may end a member's name. ``index.json`` holds the operations of each source,
``about.json`` the origin; botocore's license and notice go along.

With ``--check`` nothing is written, and the exit code is 1 if the file is out of date. The same
botocore always gives the same contents, whichever zlib packs them.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, NamedTuple

from sigmacast.resources import pipelines_folder

TABLE = Path(__file__).with_name("aws_names.csv")
CATALOGUE = "aws_catalogue.zip"

# Flags of a member, the marks that say them, and flags of an operation, as sigmacast/aws.py reads.
REQUIRED, SENSITIVE, ASSUMED = 1, 2, 4
MARKS = {REQUIRED: "!", SENSITIVE: "#", ASSUMED: "?"}
DEPRECATED, READS, WRITES, UNMODELLED = 1, 2, 4, 8
# Longer enumerations (languages, instance types) cost more space than they find mistakes.
LONGEST_ENUM = 30

LETTERS = {
    "string": "s",
    "integer": "i",
    "float": "f",
    "boolean": "b",
    "timestamp": "t",
    "blob": "x",
    "document": "d",
}
TYPES = {
    **{name: name for name in (*LETTERS, "list", "map", "structure")},
    "long": "integer",
    "bigInteger": "integer",
    "double": "float",
    "bigDecimal": "float",
    "character": "string",
}
# EC2 writes the operations of its old SOAP interface in that interface's form and all later ones
# in a wrapper; botocore's model of this version is the last one from before.
EC2_LAST_OLD_VERSION = "2014-10-01"

Model = dict[str, Any]


class Row(NamedTuple):
    """One row of ``aws_names.csv``."""

    kind: str
    source: str
    name: str
    member: str
    value: str
    seen: str
    evidence: str

    @property
    def path(self) -> str:
        """Where a ``member`` row puts it."""
        return self.value.partition(":")[0]

    @property
    def type(self) -> str:
        """The type that a ``member`` row gives, if it does."""
        return self.value.partition(":")[2]

    @property
    def assumed(self) -> int:
        """The flag of a row that no event has shown."""
        return 0 if self.seen == "yes" else ASSUMED


@cache
def table() -> dict[str, list[Row]]:
    """The rows of ``aws_names.csv`` by kind."""
    rows: dict[str, list[Row]] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["kind"]].append(Row(**row))
    return rows


def named(kind: str, source: str) -> list[Row]:
    """The rows of one kind for one event source (without its domain)."""
    return [row for row in table()[kind] if row.source == source]


@dataclass(eq=False)
class Shape:
    """A type; filled in after it is made, since shapes may contain themselves."""

    type: str
    enum: tuple[str, ...] = ()
    element: Shape | None = None
    members: Members = field(default_factory=dict)

    def children(self) -> Iterator[Shape]:
        """The shapes directly below."""
        if self.element is not None:
            yield self.element
        for member in self.members.values():
            yield member.shape


class Member(NamedTuple):
    """What stands below a name of a structure."""

    shape: Shape
    flags: int = 0


Members = dict[str, Member]


def lowered(name: str) -> str:
    """CloudTrail lowers the first letter and no other: ``DBName`` is ``dBName``."""
    return name[:1].lower() + name[1:]


def add(members: Members, name: str, member: Member) -> None:
    """Add a member; where two claim a name, both shapes are allowed."""
    old = members.get(name)
    members[name] = member if old is None else merged_member(old, member, {})


def place(members: Members, path: str, member: Member) -> None:
    """Put a member below a path such as ``instancesSet.items[].instanceId``, made on the way.

    ``[]`` marks a list. A list that is placed gives its elements to the first one.
    """
    if "[]" in path and member.shape.type == "list" and member.shape.element is not None:
        member = member._replace(shape=member.shape.element)
    *above, last = path.split(".")
    passing = member.flags & ASSUMED
    for name in above:
        plain = name.removesuffix("[]")
        if plain not in members:
            inner = Shape("structure")
            shape = Shape("list", element=inner) if plain != name else inner
            members[plain] = Member(shape, passing)
        found = members[plain]
        members[plain] = found._replace(flags=found.flags & (passing | ~ASSUMED))
        members = (found.shape.element or found.shape).members
    if last.endswith("[]"):
        member = member._replace(shape=Shape("list", element=member.shape))
    add(members, last.removesuffix("[]"), member)


def merged_member(one: Member, other: Member, made: dict[tuple[int, int], Shape]) -> Member:
    """A member that is either of two: required and assumed only if both are."""
    both = one.flags & other.flags & (REQUIRED | ASSUMED)
    flags = both | ((one.flags | other.flags) & SENSITIVE)
    return Member(merged(one.shape, other.shape, made), flags)


def merged(one: Shape, other: Shape, made: dict[tuple[int, int], Shape]) -> Shape:
    """A shape that allows what either allows; if the types differ, the first one's."""
    if one is other or one.type != other.type:
        return one
    pair = id(one), id(other)
    if pair in made:
        return made[pair]
    shape = made[pair] = Shape(one.type)
    if one.enum and other.enum:
        shape.enum = tuple(dict.fromkeys(one.enum + other.enum))
    if one.element is not None and other.element is not None:
        shape.element = merged(one.element, other.element, made)
    for name in dict.fromkeys((*one.members, *other.members)):
        mine, theirs = one.members.get(name), other.members.get(name)
        if mine is not None and theirs is not None:
            shape.members[name] = merged_member(mine, theirs, made)
        else:
            only = mine or theirs
            assert only is not None
            shape.members[name] = only._replace(flags=only.flags & ~REQUIRED)
    return shape


class Spelling:
    """Makes the shapes of one model: as most services are logged, first letters lowered."""

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
            paths = [(row.path, row.assumed) for row in rows[:1]] or self.paths(name, trait)
            for path, flags in paths:
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


def body_of(definition: Model) -> Model:
    """A structure without the members that HTTP carries outside its body."""
    members = {k: t for k, t in definition["members"].items() if "location" not in t}
    return {**definition, "members": members}


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


class Ec2Service(Service):
    """EC2: an old form and a newer one, which differ in everything.

    Each newer operation that was seen has its wrapper; of the others that is assumed.
    """

    def __init__(self, folder: str, source: str, model: Model, old: frozenset[str]) -> None:
        super().__init__(folder, source, model)
        self.old = old
        self.items = Ec2Items(model, source)
        self.query = Ec2Query(model, source)
        self.query.places = {}
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


def botocore_data() -> Path:
    """The folder of the models; ends the program if the pinned version is not installed."""
    pinned = table()["botocore"][0].name
    try:
        found = distribution("botocore")
    except PackageNotFoundError:
        raise SystemExit(f"botocore {pinned} is not installed in this Python") from None
    if found.version != pinned:
        raise SystemExit(f"botocore is {found.version}, {TABLE.name} names {pinned}; change one")
    return Path(str(found.locate_file("botocore"))) / "data"


def legal_texts() -> dict[str, str]:
    """The license and the notice of botocore, which go wherever the catalogue goes."""
    texts = {}
    for path in distribution("botocore").files or ():
        name = {"LICENSE.txt": "LICENSE", "NOTICE": "NOTICE"}.get(path.name)
        if name and ".dist-info" in str(path):
            texts[name] = path.read_text(encoding="utf-8")
    assert set(texts) == {"LICENSE", "NOTICE"}, "botocore's license files have moved"
    return texts


def models(data: Path) -> dict[str, dict[str, Model]]:
    """All models by folder and API version, newest first."""
    found: dict[str, dict[str, Model]] = defaultdict(dict)
    for path in sorted(data.glob("*/*/service-2.json*"), reverse=True):
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            found[path.parts[-3]][path.parts[-2]] = json.load(file)
    return dict(sorted(found.items()))


def sources_of_service(folder: str, model: Model) -> tuple[str, ...]:
    """The event sources of a service, without their domain.

    The endpoint's prefix, but for the rows of the table; a prefix with a dot was never one.
    """
    rows = [row.source for row in table()["service"] if row.name == folder]
    if rows:
        return tuple(rows)
    metadata = model["metadata"]
    prefix: str = metadata["endpointPrefix"]
    return (metadata.get("signingName", prefix) if "." in prefix else prefix,)


def services(folder: str, source: str, versions: dict[str, Model]) -> Iterator[Service]:
    """A service's models, the newest one first."""
    for model in versions.values():
        if folder == "ec2":
            yield Ec2Service(
                folder, source, model, frozenset(versions[EC2_LAST_OLD_VERSION]["operations"])
            )
        else:
            kind = S3Service if folder in ("s3", "s3control") else Service
            yield kind(folder, source, model)


def calls(folder: str, source: str, versions: dict[str, Model]) -> dict[str, Call]:
    """The operations of a service; those of older versions only are deprecated."""
    found: dict[str, Call] = {}
    for age, service in enumerate(services(folder, source, versions)):
        for name in service.model["operations"]:
            if name not in found:
                found[name] = service.call(name)
                found[name].flags |= DEPRECATED if age else 0
    return found


def event_source(source: str, parts: dict[str, dict[str, Call]]) -> dict[str, Call]:
    """The operations of an event source: of its services, and what the table adds."""
    found: dict[str, Call] = {}
    for operations in parts.values():
        for name, call in operations.items():
            found[name] = found[name].also(call) if name in found else call
    names: dict[str, list[str]] = defaultdict(list)
    for row in [*named("alias", source), *named("dated", source)]:
        folder, _, operation = row.value.partition(":")
        call = parts[folder][operation]
        names[operation].append(row.name)
        if row.kind == "alias":
            old = found.get(row.name)
            found[row.name] = (
                old.also(call) if old else Call(call.request, call.response, call.flags)
            )
    for row in named("event", source):
        found.setdefault(row.name, Call(flags=UNMODELLED))
    for row in named("read_only", source):
        flags = found[row.name].flags & ~(READS | WRITES)
        found[row.name].flags = flags | (READS if row.value == "true" else WRITES)
    for row in named("member", source):
        if not row.member:
            for name in found if row.name == "*" else (row.name,):
                extra(found[name], row)
    for operation, spelled in names.items():
        found[operation].event_names = tuple(spelled)
    return dict(sorted(found.items()))


def extra(call: Call, row: Row) -> None:
    """A request's member that the model lacks."""
    if not call.flags & UNMODELLED:
        call.request.members.setdefault(row.path, Member(Shape(row.type), row.assumed))


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


def is_short(shape: Shape) -> bool:
    """Whether a type is no longer than the place of a shape, or the same with brackets."""
    if shape.element is not None:
        return shape.element.type in LETTERS and not shape.element.enum
    return not shape.members and not shape.enum


def marks(flags: int) -> str:
    """The flags of a member as the end of its name."""
    return "".join(mark for flag, mark in MARKS.items() if flags & flag)


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


def written(operations: dict[str, Call]) -> dict[str, Any]:
    """An event source as JSON."""
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


def all_calls() -> dict[str, dict[str, Call]]:
    """The operations of all event sources, in order."""
    parts: dict[str, dict[str, dict[str, Call]]] = defaultdict(dict)
    for folder, versions in models(botocore_data()).items():
        for source in sources_of_service(folder, next(iter(versions.values()))):
            parts[source][folder] = calls(folder, source, versions)
    for row in [*table()["event"], *table()["source"]]:
        parts[row.source] = parts[row.source]
    return {source: event_source(source, parts[source]) for source in sorted(parts)}


def catalogue() -> dict[str, str]:
    """The files of the zip."""
    sources = all_calls()
    files = {f"{source}.json": compact(written(each)) for source, each in sources.items()}
    actions: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in table()["iam_action"]:
        actions[row.source][row.name] = row.value.split()
    origin = table()["botocore"][0]
    about = {
        "source": "botocore",
        "version": origin.name,
        "date": origin.value,
        "changes": "operations and members only, spelled as CloudTrail writes them",
    }
    index = {source: " ".join(each) for source, each in sources.items()}
    return {
        **files,
        "index.json": compact({"operations": index, "actions": actions}),
        "about.json": compact(about),
        **legal_texts(),
    }


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def save(path: Path, files: dict[str, str]) -> None:
    """Write the zip: sorted names, one time stamp, so that the bytes tell of the contents only."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, compresslevel=9)


def saved(path: Path) -> dict[str, str]:
    """The files of the zip as it is; none if there is no zip."""
    if not path.exists():
        return {}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def main(arguments: list[str]) -> int:
    """Write the catalogue, or compare it with ``--check``."""
    path = pipelines_folder() / CATALOGUE
    files = catalogue()
    if "--check" not in arguments:
        save(path, files)
    elif saved(path) != files:
        print(f"out of date: {CATALOGUE}; run `make aws-catalogue`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
