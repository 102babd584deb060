"""The AWS operations that CloudTrail records, with the fields of their requests and responses.

Made by ``tools/make_aws_catalogue.py`` from botocore's service models and from what events showed
(``tools/aws_names.csv`` says for each name where it was seen); ``about()`` names the version. All
names are as CloudTrail writes them: ``requestParameters.dBInstanceIdentifier``,
``requestParameters.instancesSet.items.instanceId``. A model is younger than old logs and lacks
what only AWS's own console and agents send, so a name that is not found is unusual, not wrong.

Importing this module reads nothing; an event source is read when it is first asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from sigmacast.resources import pipelines_folder

CATALOGUE = "aws_catalogue.zip"
DOMAIN = ".amazonaws.com"
BODIES = {"requestParameters": False, "responseElements": True}
"""The objects of a record that the service models describe: is it the response."""

_TYPES = {
    "s": "string",
    "i": "integer",
    "f": "float",
    "b": "boolean",
    "t": "timestamp",
    "x": "blob",
    "d": "document",
}
_REQUIRED, _SENSITIVE, _ASSUMED = "!", "#", "?"
_MARKS = _REQUIRED + _SENSITIVE + _ASSUMED
_DEPRECATED, _READS, _WRITES, _UNMODELLED = 1, 2, 4, 8

# Old operations carry the date of their interface: UpdateFunctionCode20150331v2 in Lambda's events,
# CreateDistribution2020_05_31 in CloudFront's.
_DATES = {
    "lambda.amazonaws.com": re.compile(r"\d{8}(v\d+)?\Z"),
    "cloudfront.amazonaws.com": re.compile(r"\d{4}(_\d\d){2}\Z"),
}
DATED_SOURCES = tuple(_DATES)
# Holds for readOnly but for the operations that the catalogue marks, which events contradicted.
_READING = ("Get", "List", "Describe", "Lookup", "Head", "Search", "BatchGet")
# Texts that hold JSON: IAM logs them as one string, S3 as an object.
_JSON_TEXT = re.compile(r"(?i)(policy|document|definition|template_?body|pattern)(text)?\Z")


@dataclass(frozen=True, slots=True)
class Member:
    """A field below ``requestParameters`` or ``responseElements``.

    ``type`` is string, integer, float, boolean, timestamp, blob, list, map, structure or document
    (any JSON). ``required`` tells of a request's own members only, ``enum`` is empty where any
    value may stand (or more than 30), ``sensitive`` is AWS's mark: such a value may be redacted.
    ``assumed`` means that a rule made the name and that no event has shown it.
    """

    name: str
    type: str
    required: bool = False
    sensitive: bool = False
    enum: tuple[str, ...] = ()
    assumed: bool = False
    _service: str = field(default="", repr=False, compare=False)
    _content: Any = field(default=None, repr=False, compare=False)

    @property
    def members(self) -> tuple[Member, ...]:
        """The members of a structure; of anything else none."""
        if self.type != "structure":
            return ()
        return _members(self._service, self._content)

    @property
    def element(self) -> Member | None:
        """What a list or a map holds, under the same name; of anything else None."""
        if self.type == "list":
            return _member(self.name, self._service, self._content[0])
        if self.type == "map":
            return _member(self.name, self._service, self._content["*"])
        return None

    @property
    def is_open(self) -> bool:
        """Whether any field may stand below: maps, documents and texts that hold JSON."""
        if self.type == "string":
            return _JSON_TEXT.search(self.name) is not None
        return self.type in ("map", "document")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of an event source.

    ``event_names`` is how CloudTrail spells it where that is known to differ from ``name``:
    Lambda's ``UpdateFunctionCode`` stands in events as ``UpdateFunctionCode20150331v2``.
    ``deprecated`` includes operations that the newest interface no longer has. Without ``modelled``
    the operation is known from events only, and its fields are unknown rather than none.
    """

    source: str
    name: str
    request: tuple[Member, ...]
    response: tuple[Member, ...]
    read_only: bool | None
    deprecated: bool
    event_names: tuple[str, ...]
    modelled: bool


@cache
def event_sources() -> frozenset[str]:
    """All known values of eventSource."""
    return frozenset(name + DOMAIN for name in _load("index")["operations"])


def operations(source: str) -> Mapping[str, Operation]:
    """The operations of an event source by name; empty for an unknown one."""
    return _operations(source)


def find_operation(source: str, name: str) -> Operation | None:
    """The operation that an eventName of an event source means, or None.

    The spelling has to be exact. The dates of Lambda and CloudFront are left out of account, and
    S3's other names (``GetBucketPublicAccessBlock``) are operations of their own.
    """
    found = _operations(source)
    return found.get(name) or found.get(_undated(source, name))


def sources_of(name: str) -> tuple[str, ...]:
    """The event sources that have an operation of this name, in order, from the index alone."""
    found = set(_sources_by_name().get(name, ()))
    for source in _DATES:
        if source in _sources_by_name().get(_undated(source, name), ()):
            found.add(source)
    return tuple(sorted(found))


@lru_cache(maxsize=4096)
def spellings_of(name: str) -> tuple[str, ...]:
    """The known values of eventName that a name means if case does not count.

    Looks through the index as text, since a table of 20,000 names takes longer to make.
    """
    folded = f" {name.lower()} "
    found: dict[str, None] = {}
    for names, lowered in _index_lines():
        at = lowered.find(folded)
        if at >= 0:
            found[names[at + 1 : at + len(folded) - 1]] = None
    return tuple(found)


@cache
def _index_lines() -> tuple[tuple[str, str], ...]:
    """The names of each event source between blanks, as they are and in lower case."""
    lines = (f" {names} " for names in _load("index")["operations"].values())
    return tuple((line, line.lower()) for line in lines)


@cache
def event_names() -> frozenset[str]:
    """All known values of eventName, Lambda's and CloudFront's without their dates."""
    return frozenset(_sources_by_name())


def event_names_of_action(source: str, action: str) -> tuple[str, ...] | None:
    """The event names that an IAM action stands for, where it is no event name itself.

    ``s3:ListBucket`` allows what CloudTrail calls ``ListObjects``; an action without an event of
    its own gives (), and a name that is no such action None.
    """
    found = _load("index")["actions"].get(source.removesuffix(DOMAIN), {}).get(action)
    return None if found is None else tuple(found)


def member_at(operation: Operation, path: Sequence[str], response: bool = False) -> Member | None:
    """The member at a path below requestParameters, or with *response* below responseElements.

    Lists are walked through, with or without a position in the path. Where anything may follow (a
    map, a document, a text that holds JSON), the member that ends the walk is returned. None means
    that the path is not known: ask ``modelled`` first. A member below an assumed one is assumed.
    """
    return _walk(operation.response if response else operation.request, path)


def is_read_only(operation: Operation) -> bool:
    """Whether CloudTrail would mark the operation's events readOnly.

    From the model or from events where they say so, else by the name's first word, which was
    right for all but six of 318 operations.
    """
    if operation.read_only is not None:
        return operation.read_only
    return sounds_read_only(operation.name)


def sounds_read_only(name: str) -> bool:
    """Whether an event name that no model has begins like those of reading operations."""
    return name.startswith(_READING)


def about() -> Mapping[str, str]:
    """Where the catalogue comes from: ``source``, ``version``, ``date`` and ``changes``."""
    return MappingProxyType(_load("about"))


def without_date(name: str) -> str:
    """The name of an event without the date of an interface, whatever its event source."""
    for dates in _DATES.values():
        name = dates.sub("", name)
    return name


def _undated(source: str, name: str) -> str:
    dates = _DATES.get(source)
    return dates.sub("", name) if dates else name


def _walk(members: tuple[Member, ...], path: Sequence[str]) -> Member | None:
    if not path:
        return None
    found = next((member for member in members if member.name == path[0]), None)
    return found and _below(found, path[1:])


def _below(member: Member, path: Sequence[str]) -> Member | None:
    while path and member.type == "list":
        element = member.element
        assert element is not None
        path = path[1:] if path[0].isdecimal() else path
        member = replace(element, assumed=member.assumed, sensitive=member.sensitive)
    if not path:
        return member
    if member.type == "map":
        element = member.element
        assert element is not None
        inner = replace(element, name=path[0], assumed=member.assumed, sensitive=member.sensitive)
        return _below(inner, path[1:]) or member
    if member.is_open:
        return member
    found = _walk(member.members, path)
    return replace(found, assumed=True) if found and member.assumed else found


def _member(name: str, service: str, content: Any) -> Member:
    plain = name.rstrip(_MARKS)
    marks = name[len(plain) :]
    enum: tuple[str, ...] = ()
    if isinstance(content, int):
        content = _load(service)["shapes"][content]
    if isinstance(content, list):
        kind = "list"
    elif isinstance(content, dict):
        kind = "map" if "*" in content else "structure"
    elif content.startswith("="):
        kind, enum = "string", tuple(content[1:].split("|"))
    else:
        kind = _TYPES[content]
    return Member(
        name=plain,
        type=kind,
        required=_REQUIRED in marks,
        sensitive=_SENSITIVE in marks,
        enum=enum,
        assumed=_ASSUMED in marks,
        _service=service,
        _content=content,
    )


def _members(service: str, content: Mapping[str, Any]) -> tuple[Member, ...]:
    return tuple(_member(name, service, inner) for name, inner in content.items())


class _Operations(Mapping[str, Operation]):
    """The operations of one entry of the zip, each made when it is asked for."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._service = source.removesuffix(DOMAIN)
        self._entries: dict[str, list[Any]] = _load(self._service)["operations"]
        self._made: dict[str, Operation] = {}

    def __getitem__(self, name: str) -> Operation:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = self._operation(name, *self._entries[name])
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def _operation(
        self,
        name: str,
        request: Any,
        response: Any,
        flags: int = 0,
        event_names: Sequence[str] = (),
    ) -> Operation:
        return Operation(
            source=self._source,
            name=name,
            request=_member(name, self._service, request).members,
            response=_member(name, self._service, response).members,
            read_only=bool(flags & _READS) if flags & (_READS | _WRITES) else None,
            deprecated=bool(flags & _DEPRECATED),
            event_names=tuple(event_names) or (name,),
            modelled=not flags & _UNMODELLED,
        )


@cache
def _operations(source: str) -> Mapping[str, Operation]:
    return _Operations(source) if source in event_sources() else {}


@cache
def _sources_by_name() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source, names in _load("index")["operations"].items():
        for name in names.split():
            found.setdefault(name, []).append(source + DOMAIN)
    return found


@cache
def _load(entry: str) -> Any:
    """An entry of the zip; opened each time, since processes must not share an open file."""
    import zipfile

    with zipfile.ZipFile(pipelines_folder() / CATALOGUE) as archive:
        return json.loads(archive.read(f"{entry}.json"))
