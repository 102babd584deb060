"""CloudTrail terms that mean the same records although they are written differently.

The catalogue of AWS operations says which: names with and without the date of an interface
(``UpdateFunctionCode20150331v2``), names of operations that the records do not use (S3's
``PutPublicAccessBlock``), and an eventSource beside event names that no other service has.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from sigma.types import SigmaCasedString, SigmaString

from sigmacast import aws
from sigmacast.contribution.terms import Group, Leaf, Term, changed, joined
from sigmacast.matching.patterns import literal

NAME, SOURCE = "eventName", "eventSource"


def same_names(term: Term) -> Term:
    """The term with one name for what AWS calls by several."""
    return changed(term, _named, _without_implied_source)


def _named(leaf: Leaf) -> Term:
    name = _event_name(leaf)
    names = () if name is None else _usual_names(name)
    if names in ((), (name,)):
        return leaf
    named = (Leaf.of(NAME, SigmaString(each), holds=leaf.holds) for each in names)
    return joined(not leaf.holds, named)


def _without_implied_source(group: Group) -> Term:
    """A group without the eventSource that its event names have by themselves."""
    if not group.every:
        return group
    implied = {source for part in group.parts if (source := _only_source(part)) is not None}
    kept = [part for part in group.parts if not _takes_source(part, implied)]
    return group if len(kept) == len(group.parts) else joined(True, kept)


def _only_source(term: Term) -> str | None:
    """The one service that has an event of these names; None if several have."""
    found: set[str] = set()
    for part in _alternatives(term):
        name = _event_name(part) if isinstance(part, Leaf) and part.holds else None
        sources = () if name is None else _sources(name)
        if len(sources) != 1:
            return None
        found.update(sources)
    return found.pop() if len(found) == 1 else None


def _takes_source(term: Term, sources: set[str]) -> bool:
    """Whether the term asks for nothing but an eventSource that is known to be one of these."""
    parts = _alternatives(term)
    asked = {
        part.test.exact
        for part in parts
        if isinstance(part, Leaf) and part.holds and part.field == SOURCE
    }
    return len(asked) == len(parts) and not asked.isdisjoint(sources)


def _alternatives(term: Term) -> Collection[Term]:
    return term.parts if isinstance(term, Group) and not term.every else (term,)


def _event_name(leaf: Leaf) -> str | None:
    """The whole event name that a test is about, as the rule writes it."""
    if leaf.field != NAME:
        return None
    value = leaf.test.value
    if not isinstance(value, SigmaString) or isinstance(value, SigmaCasedString):
        return None
    return literal(value)


@lru_cache(maxsize=4096)
def _sources(name: str) -> tuple[str, ...]:
    spellings = aws.spellings_of(name) or (name,)
    return tuple(dict.fromkeys(s for each in spellings for s in aws.sources_of(each)))


@lru_cache(maxsize=4096)
def _usual_names(name: str) -> tuple[str, ...]:
    """What to call the events of a name; () where the catalogue has no better idea."""
    written = next((each for each in aws.spellings_of(name) if aws.sources_of(each)), name)
    found = set()
    for source in aws.sources_of(written):
        operation = aws.find_operation(source, written)
        if operation is None:
            continue
        recorded = [aws.find_operation(source, each) for each in operation.event_names]
        is_dated = all(each is not None and each.name == operation.name for each in recorded)
        found.add((operation.name,) if is_dated else operation.event_names)
    return found.pop() if len(found) == 1 else ()
