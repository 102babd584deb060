"""The event sources and event names that CloudTrail writes, and which of them a value fits.

Names come from the index of the catalogue, which is read once, and from ``aws_facts``; a service's
operations are not loaded for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, lru_cache

from sigma.types import SigmaCasedString, SigmaRegularExpression, SigmaString, SigmaType

from sigmacast import aws
from sigmacast.checks.aws_facts import facts
from sigmacast.diagnostics import Refusal
from sigmacast.errors import nearest as nearest_of
from sigmacast.matching.comparing import fold
from sigmacast.matching.patterns import literal, pattern_test
from sigmacast.matching.regex import regex_test
from sigmacast.rule_parts import is_anything

LONGEST = 200
"""Characters of a value that is compared with known names; the longest name has some 90."""
NEAR = 0.8
"""How alike a name must be to be offered; among so many, something is always somewhat alike."""
_CHINA = ".cn"


@cache
def event_sources() -> Mapping[str, str]:
    """All known event sources, by their lower case."""
    known = {*aws.event_sources(), *facts().alike, *facts().events}
    return {fold(source): source for source in sorted(known)}


def find_source(text: str) -> str | None:
    """The event source that a text is, in any case; None for an unknown one.

    What ends as names of the Chinese regions do counts as the same service.
    """
    folded = fold(text)
    return event_sources().get(folded) or event_sources().get(folded.removesuffix(_CHINA))


@cache
def is_known_in_part(source: str) -> bool:
    """Whether a source has events that nothing here lists, such as those of a console only."""
    if facts().alike.get(source) == ():
        return True
    if source in facts().alike:
        return False
    operations = aws.operations(source)
    return not any(each.modelled for each in operations.values()) and not _is_retired(source)


def _is_retired(source: str) -> bool:
    """Whether a source has no model any more, while the table has its operations."""
    return source not in aws.event_sources() and source in facts().events


def sources_of(name: str) -> frozenset[str]:
    """The event sources that write an event name, in any case; none for an unknown name."""
    return _sources_of(fold(name))


@lru_cache(maxsize=32_768)
def _sources_of(folded: str) -> frozenset[str]:
    owners = set(_table_sources().get(folded, ()))
    for spelled in spellings_of(folded):
        owners.update(aws.sources_of(spelled))
    for source, others in facts().alike.items():
        if not owners.isdisjoint(others):
            owners.add(source)
    return frozenset(owners)


def spellings_of(name: str) -> tuple[str, ...]:
    """The known event names that a text means in any case, with a date if it has one."""
    folded = fold(name)
    found = event_names().get(folded)
    if found is not None:
        return found
    undated = aws.without_date(folded)
    date = folded[len(undated) :]
    if not date:
        return ()
    plain = event_names().get(undated, ())
    return tuple(spelled + date for spelled in plain if aws.sources_of(spelled + date))


@cache
def event_names() -> Mapping[str, tuple[str, ...]]:
    """All known event names by their lower case, those of Lambda and CloudFront undated."""
    found: dict[str, tuple[str, ...]] = {}
    listed = {name for names in facts().events.values() for name in names}
    for name in sorted(aws.event_names() | listed):
        found[fold(name)] = (*found.get(fold(name), ()), name)
    return found


@cache
def _table_sources() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for source, names in facts().events.items():
        for name in names:
            found[fold(name)] = (*found.get(fold(name), ()), source)
    return found


def operation_of(source: str, name: str) -> aws.Operation | None:
    """The operation of an event; None where its model is not known."""
    found = (aws.find_operation(source, spelled) for spelled in spellings_of(name))
    return next((each for each in found if each is not None and each.modelled), None)


def written_names(source: str, name: str) -> tuple[str, ...]:
    """How CloudTrail writes an operation of that name."""
    folded = fold(name)
    renamed = facts().renamed.get((source, folded))
    if renamed is not None:
        return renamed
    for spelled in spellings_of(name):
        operation = aws.operations(source).get(spelled)
        if operation is not None:
            return operation.event_names
    if folded not in facts().data_events.get(source, ()):
        for other in facts().alike.get(source, ()):
            if other in sources_of(name):
                return written_names(other, name)
    return (name,)


def events_of_action(source: str, name: str) -> tuple[str, ...] | None:
    """The events of an IAM action that is no event name; () if it has none, None if it is none."""
    found = facts().actions.get((source, fold(name)))
    return aws.event_names_of_action(source, name) if found is None else found


@cache
def action_sources() -> frozenset[str]:
    """The event sources whose services have IAM actions that are no event names."""
    return frozenset(source for source, _ in facts().actions)


def is_exact(value: SigmaType) -> bool:
    """Whether a value is one text."""
    return isinstance(value, SigmaString) and literal(value) is not None


def fitting_sources(value: SigmaType) -> frozenset[str] | None:
    """The known event sources that a value fits; None if that cannot be told or is all."""
    if isinstance(value, SigmaString):
        text = literal(value)
        if text is not None:
            found = find_source(text)
            if found is None or (isinstance(value, SigmaCasedString) and found != text):
                return frozenset()
            return frozenset({found})
    return _fitting(value, event_sources().values())


def fitting_names(value: SigmaType) -> frozenset[str] | None:
    """The known event names that a value fits, in lower case; None as for sources."""
    if isinstance(value, SigmaString):
        text = literal(value)
        if text is not None:
            spelled = spellings_of(text)
            if not spelled or (isinstance(value, SigmaCasedString) and text not in spelled):
                return frozenset()
            return frozenset({fold(text)})
    found = _fitting(value, _all_names())
    return None if found is None else frozenset(map(fold, found))


@cache
def _all_names() -> tuple[str, ...]:
    """All known event names, with the dates that are known of them too."""
    plain = (name for spelled in event_names().values() for name in spelled)
    dated = (
        name
        for source in aws.DATED_SOURCES
        for operation in aws.operations(source)
        for name in written_names(source, operation)
    )
    return tuple(dict.fromkeys([*plain, *dated]))


def _fitting(value: SigmaType, known: Iterable[str]) -> frozenset[str] | None:
    test = _test(value)
    return None if test is None else frozenset(filter(test, known))


def _test(value: SigmaType) -> Callable[[str], bool] | None:
    """A test of a text; None for values that are no pattern of texts, or fit any text."""
    if isinstance(value, SigmaString):
        if value.contains_placeholder() or is_anything(value):
            return None
        return pattern_test(value, cased=isinstance(value, SigmaCasedString))
    if isinstance(value, SigmaRegularExpression):
        try:
            test = regex_test(value, None)
        except Refusal:
            return None
        return None if test("") else test
    return None


def nearest(text: str, known: Iterable[str]) -> str | None:
    """The known name that a text most likely meant, None if none is near."""
    return None if len(text) > LONGEST else nearest_of(text, known, NEAR)


@lru_cache(maxsize=256)
def nearest_name(text: str, sources: frozenset[str] | None) -> str | None:
    """The event name most likely meant: of the given sources, or of any.

    Comparing all 16,000 takes a tenth of a second, so that callers limit how often they ask.
    """
    if sources is None:
        return nearest(text, (names[0] for names in event_names().values()))
    return nearest(text, names_of(sources))


def names_of(sources: Iterable[str]) -> Iterator[str]:
    """The event names of some sources."""
    for source in sorted(sources):
        for owner in (source, *facts().alike.get(source, ())):
            yield from facts().events.get(owner, ())
            yield from aws.operations(owner)


def nearest_source(text: str) -> str | None:
    """The event source most likely meant: by the service where only the domain is not right."""
    folded = fold(text)
    service = folded.removeprefix("aws.").partition(".")[0]
    found = event_sources().get(service + aws.DOMAIN)
    return found or nearest(text, event_sources().values())
