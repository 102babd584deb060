"""Two sets of rules to what changed in their queries: rules matched by id, then by path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from sigmacast.converting import Conversion
from sigmacast.diagnostics import Diagnostic
from sigmacast.loading import RuleRef, Ruleset
from sigmacast.sides import Side


class Change(str, Enum):
    """What became of a rule on one target.

    REFUSED had queries before and has an error now; ACCEPTED is the other way round.
    """

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REFUSED = "refused"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True)
class Difference:
    """One rule on one target. Queries are empty where the side has none.

    ``error`` is why the new side has no queries; None where it has, or has no such rule. Paths are
    as both sides call them, None where there is no such rule.
    """

    change: Change
    rule: RuleRef
    target: str
    format: str
    old_path: str | None
    new_path: str | None
    old: tuple[str, ...]
    new: tuple[str, ...]
    error: Diagnostic | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, those of one rule together; ``rules`` counts those of either side."""

    old: str
    new: str
    targets: tuple[str, ...]
    differences: tuple[Difference, ...]
    rules: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A rule of one side with its conversions.

    ``place`` finds its counterpart where ids do not: its file, and its number among the rules of
    that. Two files that are compared with each other count as one.
    """

    ref: RuleRef
    path: str
    place: tuple[str, int]
    conversions: Mapping[str, Conversion]


Maker = Callable[[Ruleset], Iterable[Conversion]]
"""Makes the conversions of a ruleset, as ``convert`` does: documents that cannot be used come
first, and those of one rule together."""


def compare(
    old: tuple[Side, Ruleset], new: tuple[Side, Ruleset], targets: Sequence[str], make: Maker
) -> Comparison:
    """What differs between two sides in what *make* makes of them for *targets*."""
    before = _entries(*old, targets, make)
    after = _entries(*new, targets, make)
    pairs = list(_paired(before, after))
    found = tuple(each for pair in pairs for each in _differences(*pair, targets))
    return Comparison(old[0].name, new[0].name, tuple(targets), found, len(pairs))


def _entries(side: Side, ruleset: Ruleset, targets: Sequence[str], make: Maker) -> list[_Entry]:
    refs = [*(each.ref for each in ruleset.unusable), *(each.ref for each in ruleset.rules)]
    conversions = iter(make(ruleset))
    numbers: dict[str, int] = {}
    entries = []
    for ref in refs:
        made = {target: next(conversions) for target in targets}
        path = side.shown(ref.path)
        numbers[path] = number = numbers.get(path, 0) + 1
        file = "" if side.base is None else path
        entries.append(_Entry(ref, path, (file, number), made))
    return entries


def _paired(
    before: Sequence[_Entry], after: Sequence[_Entry]
) -> Iterator[tuple[_Entry | None, _Entry | None]]:
    """The rules of both sides, in the order of the new one; those that are gone come last."""
    partner: dict[int, _Entry] = {}
    taken: set[int] = set()
    for key_of in (_id, _place):
        free: dict[object, list[_Entry]] = {}
        for entry in before:
            key = key_of(entry)
            if id(entry) not in taken and key is not None:
                free.setdefault(key, []).append(entry)
        for entry in after:
            candidates = free.get(key_of(entry))
            if id(entry) not in partner and candidates:
                found = partner[id(entry)] = candidates.pop(0)
                taken.add(id(found))
    yield from ((partner.get(id(entry)), entry) for entry in after)
    yield from ((entry, None) for entry in before if id(entry) not in taken)


def _id(entry: _Entry) -> object:
    return entry.ref.id and entry.ref.id.lower()


def _place(entry: _Entry) -> object:
    return entry.place


def _differences(
    old: _Entry | None, new: _Entry | None, targets: Sequence[str]
) -> Iterator[Difference]:
    present = new or old
    assert present is not None
    for target in targets:
        before = old.conversions[target] if old else None
        after = new.conversions[target] if new else None
        change = _change(before, after)
        if change is None:
            continue
        yield Difference(
            change,
            present.ref,
            target,
            present.conversions[target].format,
            old.path if old else None,
            new.path if new else None,
            before.queries if before else (),
            after.queries if after else (),
            after.error if after else None,
        )


def _change(before: Conversion | None, after: Conversion | None) -> Change | None:
    """None where nothing changed, and where neither side has a query."""
    if before is None:
        return Change.ADDED
    if after is None:
        return Change.REMOVED
    if before.error is not None or after.error is not None:
        if before.error is None:
            return Change.REFUSED
        return Change.ACCEPTED if after.error is None else None
    return None if before.queries == after.queries else Change.CHANGED
