"""What Splunk calls a field below the objects that each AWS operation fills for itself.

A key that holds a list gets ``{}`` in the name (``ipPermissions.items{}.toPort``), so the shapes of
AWS's requests and responses decide; where they are not known, each likely name is tried. An object
has no field at all, only its leaves have. Sources: Splunk Add-on for AWS 7.10.0; props.conf.spec,
``KV_MODE``; the operations are those of ``sigmacast.aws``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, combinations, islice

from sigmacast import aws
from sigmacast.schema import catalogue

__all__ = ["FREE", "RawPath", "is_below", "known_names", "likely_names"]

FREE = (*aws.BODIES, "additionalEventData", "serviceEventDetails")
MOST_NAMES = 4


class RawPath(str):
    """The path of what may be an object, for which Splunk has no field, in the event's JSON."""

    __slots__ = ()


def is_below(name: str) -> bool:
    """Whether a Sigma field is one that operations fill, and so has no name of its own."""
    top, dot, _ = name.partition(".")
    return top in FREE and bool(dot) and catalogue().row(name) is None


def known_names(
    name: str, operations: Sequence[aws.Operation] | None
) -> tuple[tuple[str, ...], bool]:
    """The names of a field by the shapes of *operations*, and whether there can be no others.

    A name is a RawPath where an object may stand. For an operation without the member, whose model
    may be old, it is the plain one; if no operation has the member, nothing is known.
    """
    top, _, rest = name.partition(".")
    if not operations or top not in aws.BODIES:
        return (), False
    path = tuple(rest.split("."))
    found = [_named(each.source, each.name, top, path) for each in operations]
    names = [each for each in found if each]
    if names and "" in found:
        names.append(name)
    return tuple(dict.fromkeys(names)), bool(names) and None not in found


def likely_names(name: str) -> tuple[str, ...]:
    """The plain name, and those with a list: at the end, on the way, then with two of them."""
    keys = name.split(".")
    places = [len(keys) - 1, *range(1, len(keys) - 1)]
    lists = chain.from_iterable(combinations(places, count) for count in range(3))
    return tuple(
        ".".join(f"{key}{{}}" if at in chosen else key for at, key in enumerate(keys))
        for chosen in islice(lists, MOST_NAMES)
    )


@lru_cache(maxsize=4096)
def _named(source: str, operation: str, top: str, path: tuple[str, ...]) -> str | None:
    """The name of a field with ``{}`` after each list.

    Empty if the operation has no such member, None if it is in what may hold any JSON.
    """
    found = aws.find_operation(source, operation)
    if found is None:
        return None
    members: Sequence[aws.Member] = found.response if aws.BODIES[top] else found.request
    member: aws.Member | None = None
    name = top
    for key in path:
        if member is not None and member.type == "document":
            return None
        if member is not None and member.type == "map":
            member = member.element
        else:
            member = next((each for each in members if each.name == key), None)
        if member is None:
            return ""
        name += f".{key}"
        while member.type == "list" and member.element is not None:
            name, member = f"{name}{{}}", member.element
        members = member.members
    is_leaf = member is None or member.type not in ("structure", "map", "document")
    return name if is_leaf else RawPath(name)
