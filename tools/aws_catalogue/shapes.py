"""Types as they stand in events: shapes, the members of structures, and how two become one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

# Flags of a member; ASSUMED is a name that a rule made and no event has shown.
REQUIRED, SENSITIVE, ASSUMED = 1, 2, 4


@dataclass(eq=False)
class Shape:
    """A type; filled in after it is made, since shapes may contain themselves.

    ``type`` is string, integer, float, boolean, timestamp, blob, document (any JSON), list, map or
    structure. ``element`` is what a list or a map holds, ``members`` are a structure's, ``enum``
    the only values of a string, if they are known. Shapes are compared by identity.
    """

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
    """What stands below a name of a structure, with the flags of that place."""

    shape: Shape
    flags: int = 0


Members = dict[str, Member]


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


def add(members: Members, name: str, member: Member) -> None:
    """Add a member; where two claim a name, both shapes are allowed."""
    old = members.get(name)
    members[name] = member if old is None else merged_member(old, member, {})


def merged_member(one: Member, other: Member, made: dict[tuple[int, int], Shape]) -> Member:
    """A member that is either of two: required and assumed only if both are."""
    both = one.flags & other.flags & (REQUIRED | ASSUMED)
    flags = both | ((one.flags | other.flags) & SENSITIVE)
    return Member(merged(one.shape, other.shape, made), flags)


def merged(one: Shape, other: Shape, made: dict[tuple[int, int], Shape]) -> Shape:
    """A shape that allows what either allows; if the types differ, the first one's.

    *made* holds the pairs that are begun, by their ids, so that recursive shapes come to an end.
    """
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
