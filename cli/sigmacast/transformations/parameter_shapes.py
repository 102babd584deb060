"""What AWS's service models say of a field below requestParameters or responseElements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import islice

from sigmacast import aws

MOST_PATHS = 5_000
"""Paths of one shape that are looked at; EC2's largest has some 1,500."""
DEEPEST = 12
"""Some shapes hold themselves (a filter within a filter)."""


class Kind(str, Enum):
    """What stands at a path."""

    SCALAR = "scalar"
    DOCUMENT = "document"
    """A text that holds JSON, or a map: anything may stand in it."""
    LIST = "list"
    OBJECT = "object"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Shape:
    """A field's shape in all operations that a rule can match.

    ``lower_case`` means that JSON writes its values in lower case (booleans). ``elsewhere`` is
    a path of another field that ends in the same keys, None if there is none or none is known.
    ``is_only_spelling`` means that no member has the same name in another case, as ``username`` is
    one of Connect's and ``userName`` one of IAM's.
    """

    kind: Kind
    lower_case: bool = False
    elsewhere: str | None = None
    is_only_spelling: bool = False


UNKNOWN = Shape(Kind.UNKNOWN)


def shape_of(operations: Sequence[aws.Operation] | None, name: str) -> Shape:
    """The shape of a field such as ``requestParameters.userName``; ``UNKNOWN`` if any is."""
    top, *path = name.split(".")
    if not operations or top not in aws.BODIES:
        return UNKNOWN
    found = [_shape(each.source, each.name, aws.BODIES[top], tuple(path)) for each in operations]
    only_spelling = all(shape.is_only_spelling for shape in found)
    # An operation without the member has events without the field.
    found = [shape for shape in found if shape is not UNKNOWN]
    if not found:
        return UNKNOWN
    kinds = {shape.kind for shape in found}
    return Shape(
        kind=kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN,
        lower_case=all(shape.lower_case for shape in found),
        elsewhere=next((shape.elsewhere for shape in found if shape.elsewhere), None),
        is_only_spelling=only_spelling,
    )


@lru_cache(maxsize=4096)
def _shape(source: str, name: str, response: bool, path: tuple[str, ...]) -> Shape:
    operation = aws.find_operation(source, name)
    member = None if operation is None else aws.member_at(operation, path, response)
    if operation is None or member is None or (member.is_open and member.name != path[-1]):
        return UNKNOWN
    members = operation.response if response else operation.request
    return Shape(
        kind=_kind(member, members, path),
        lower_case=_innermost(member).type == "boolean",
        elsewhere=next(_paths_like(members, path), None),
        is_only_spelling=_is_only_spelling(members, path[-1]),
    )


def _kind(member: aws.Member, members: Iterable[aws.Member], path: tuple[str, ...]) -> Kind:
    if _is_list(members, path):
        element = _innermost(member)
        return Kind.OBJECT if element.members else Kind.LIST
    if member.is_open:
        return Kind.DOCUMENT
    return Kind.OBJECT if member.type == "structure" else Kind.SCALAR


def _innermost(member: aws.Member) -> aws.Member:
    while member.type == "list" and member.element is not None:
        member = member.element
    return member


def _is_list(members: Iterable[aws.Member], path: tuple[str, ...]) -> bool:
    """Whether the path ends at a list; ``aws.member_at`` gives the list's element."""
    for position, key in enumerate(path):
        member = next((each for each in members if each.name == key), None)
        if member is None:
            return False
        if position == len(path) - 1:
            return member.type == "list"
        members = _innermost(member).members
    return False


def _paths_like(members: Iterable[aws.Member], path: tuple[str, ...]) -> Iterator[str]:
    """The other paths whose keys hold those of *path* in their order, and end in its last one.

    That is what a test of the object's text cannot tell from the path itself.
    """
    for number, other in enumerate(_paths(members, ())):
        if number == MOST_PATHS:
            return
        if other[-1] == path[-1] and other != path and _holds_in_order(other, path):
            yield ".".join(other)


def _is_only_spelling(members: Iterable[aws.Member], name: str) -> bool:
    return not any(
        path[-1] != name and path[-1].lower() == name.lower()
        for path in islice(_paths(members, ()), MOST_PATHS)
    )


def _paths(members: Iterable[aws.Member], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for member in members:
        path = (*above, member.name)
        yield path
        if len(path) < DEEPEST:
            yield from _paths(_innermost(member).members, path)


def _holds_in_order(keys: Sequence[str], wanted: Sequence[str]) -> bool:
    rest = iter(keys)
    return all(key in rest for key in wanted)
