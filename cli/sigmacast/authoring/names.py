"""Names in a new rule, compared with what AWS, CloudTrail and ATT&CK have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sigmacast import aws
from sigmacast.attack import VERSIONS, Technique, attack
from sigmacast.authoring.draft import NAME, SOURCE, Draft, FieldTest
from sigmacast.errors import UsageError, nearest
from sigmacast.schema import catalogue

NEWEST = VERSIONS[-1]
"""The version whose tactics SigmaHQ's tags name since April 2026."""
BODIES = {"requestParameters": False, "responseElements": True}
"""Parts of a record that AWS's models describe: is it the response."""


def strange_names(draft: Draft, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """What no known record has, each with the nearest name: in words, ready to be shown.

    *seen* are fields that an event has, whatever the catalogues say.
    """
    yield from strange_sources(draft.sources)
    yield from strange_events(draft.sources, draft.names)
    known = [source for source in draft.sources if source in aws.event_sources()]
    for test in draft.tests:
        if test.field not in seen:
            yield from _strange_field(test, known, draft.names)


def strange_sources(sources: Iterable[str]) -> Iterator[str]:
    """Event sources that AWS's catalogue does not have."""
    for source in sources:
        if source not in aws.event_sources():
            whole = f"{source.lower()}{aws.DOMAIN}"
            known = aws.event_sources()
            guess = whole if whole in known else nearest(source, known)
            yield f"AWS has no event source '{source}'" + _meant(guess)


def strange_events(sources: Sequence[str], names: Iterable[str]) -> Iterator[str]:
    """Event names that none of these sources has; nothing where a source is unknown."""
    if not sources or not set(sources) <= aws.event_sources():
        return
    for name in names:
        yield from _strange_event(sources, name)


def techniques_of(ids: Iterable[str]) -> tuple[tuple[Technique, ...], tuple[tuple[str, str], ...]]:
    """The techniques of some ids, and pairs of an id and of the one that has taken its place.

    Raises UsageError for an id that ATT&CK does not have.
    """
    matrix = attack(NEWEST)
    found: dict[str, Technique] = {}
    replaced: list[tuple[str, str]] = []
    for given in ids:
        id = given.strip().upper().removeprefix("ATTACK.")
        technique = matrix.technique(matrix.replacements.get(id, id))
        if technique is None:
            parent = id.partition(".")[0]
            guess = parent if parent in matrix.techniques else None
            raise UsageError(f"--attack: ATT&CK {NEWEST} has no technique '{given}'{_meant(guess)}")
        found[technique.id] = technique
        if technique.id != id:
            replaced.append((id, technique.id))
    return tuple(found[id] for id in sorted(found)), tuple(replaced)


def tags_of(techniques: Sequence[Technique]) -> list[str]:
    """SigmaHQ's tags: each tactic of each technique in the matrix's order, then the techniques."""
    tactics = {tactic for technique in techniques for tactic in technique.tactics}
    ordered = [each.shortname for each in attack(NEWEST).tactics if each.shortname in tactics]
    return [f"attack.{name}" for name in (*ordered, *(each.id.lower() for each in techniques))]


def _strange_event(sources: Sequence[str], name: str) -> Iterator[str]:
    for source in sources:
        operation = aws.find_operation(source, name)
        if operation is None:
            continue
        if name == operation.name and name not in operation.event_names:
            yield f"CloudTrail writes {name} of {source} as {', '.join(operation.event_names)}"
        return
    said = f"{' and '.join(sources)} has no event '{name}'"
    for source in sources:
        events = aws.event_names_of_action(source, name)
        if events:
            yield f"{said}; the IAM action of that name stands in records as {', '.join(events)}"
            return
    elsewhere = aws.sources_of(name)
    if elsewhere:
        more = " and others" if len(elsewhere) > 3 else ""
        yield f"{said}; {', '.join(elsewhere[:3])}{more} has one"
        return
    known = {each for source in sources for each in _event_names(source)}
    yield said + _meant(nearest(name, known))


def _event_names(source: str) -> Iterator[str]:
    for name, operation in aws.operations(source).items():
        yield from operation.event_names or (name,)


def _strange_field(test: FieldTest, sources: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """A field that no record has, or a value that AWS never writes there."""
    if test.field in (SOURCE, NAME):
        return
    if catalogue().find(test.field) is None:
        yield f"CloudTrail has no field '{test.field}'" + _meant(catalogue().nearest(test.field))
        return
    body, *path = test.field.split(".")
    if body not in BODIES or not path:
        return
    operations = [
        operation
        for source in sources
        for name in names
        if (operation := aws.find_operation(source, name)) is not None
    ]
    if not operations or not all(operation.modelled for operation in operations):
        return
    response = BODIES[body]
    members = [aws.member_at(operation, path, response) for operation in operations]
    member = next((each for each in members if each is not None), None)
    if member is None:
        known = {
            f"{body}.{each.name}"
            for operation in operations
            for each in (operation.response if response else operation.request)
        }
        called = " or ".join(dict.fromkeys(operation.name for operation in operations))
        yield f"{called} has no '{test.field}'" + _meant(nearest(test.field, known))
    elif member.enum and not test.modifiers:
        for value in test.values:
            if isinstance(value, str) and value not in member.enum and not set(value) & set("*?"):
                said = f"AWS writes no '{value[:40]}' in {test.field}"
                yield said + _meant(nearest(value, member.enum))


def _meant(guess: str | None) -> str:
    return f"; did you mean '{guess}'?" if guess else ""
