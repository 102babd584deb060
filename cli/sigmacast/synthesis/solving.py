"""One branch of a rule as one record: each field gets a value that all tests of it accept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sigma.types import SigmaExists, SigmaFieldReference, SigmaNull, SigmaType

from sigmacast import aws
from sigmacast.matching.nodes import FieldTest, KeywordTest
from sigmacast.matching.values import Predicate, exact_text
from sigmacast.synthesis.branches import Branch, Literal
from sigmacast.synthesis.records import (
    Record,
    base_record,
    copied,
    identities,
    identity_types,
    other_values,
    place,
    remove,
    value_at,
)
from sigmacast.synthesis.samples import FILLER, joined_samples, others, samples

IDENTITY = "userIdentity.type"
ROUNDS = 3
"""Fields that refer to each other settle after a few rounds, or never."""

MAX_NAMES = 10
"""Event names of one branch that get a record of their own."""


ANY_NAMES = ("iam.amazonaws.com", "ListUsers")
"""What a rule that names no event gets."""


class Unsolved(Exception):
    """No record was found; ``literal`` is the test that could not be met."""

    def __init__(self, literal: Literal) -> None:
        super().__init__(literal.test)
        self.literal = literal


@dataclass(frozen=True, slots=True)
class EventNames:
    """Pairs of eventSource and eventName that get a record, and those that AWS does not have."""

    used: tuple[tuple[str, str], ...]
    unknown: tuple[tuple[str, str], ...] = ()
    left_out: int = 0


def event_names(branch: Branch) -> EventNames:
    """The event names that a branch allows.

    A pair that AWS does not have gets no record unless the branch has no other.
    """
    names = _allowed(branch, "eventName")
    sources = _allowed(branch, "eventSource")
    tests = _holding(branch, ("eventName", "eventSource"))
    pairs = [
        (source, name)
        for name in names or [""]
        for source in sources or aws.sources_of(name) or [""]
    ]
    found = dict.fromkeys(
        pair
        for source, name in pairs
        for pair in _completed(source, name)
        if all(test({"eventSource": pair[0], "eventName": pair[1]}) for test in tests)
    )
    known = [pair for pair in found if aws.find_operation(*pair) is not None]
    unknown = [pair for pair in found if pair not in known] if names else []
    used = known or list(found) or [ANY_NAMES]
    return EventNames(
        tuple(used[:MAX_NAMES]), tuple(unknown if known else ()), max(0, len(used) - MAX_NAMES)
    )


def solve(branch: Branch, source: str, name: str) -> Record:
    """A record for a branch; raises Unsolved if no value was found for one of its tests."""
    record = base_record(source, name, _identity(branch))
    literals = list(branch.literals)
    for _ in range(ROUNDS):
        failing = [each for each in literals if not _is_met(each, record)]
        if not failing:
            return record
        for literal in failing:
            if isinstance(literal.test, KeywordTest):
                _meet_keyword(literal, record)
        tests = [each.test for each in failing]
        fields = [test.field for test in tests if isinstance(test, FieldTest)]
        for field in dict.fromkeys(fields):
            _meet(field, literals, record)
    raise Unsolved(next(each for each in literals if not _is_met(each, record)))


def flipped(literal: Literal, record: Record) -> Iterator[Any]:
    """Values of a test's field that turn the test around, one after the other."""
    test = literal.test
    assert isinstance(test, FieldTest)
    current = value_at(record, test.field.split("."))
    candidates = (
        [*other_values(test.field, record), *others(current)]
        if literal.holds
        else _candidates(test.values, current, record)
    )
    for value in candidates:
        changed = copied(record)
        place(changed, test.field.split("."), value)
        if _is_met(literal, changed):
            continue
        yield value


def _completed(source: str, name: str) -> Iterator[tuple[str, str]]:
    """The pair with what is missing of it: each operation of the source, a source for the name."""
    if source and name:
        yield source, name
    elif source:
        yield from ((source, each) for each in aws.operations(source))
    elif name:
        yield ANY_NAMES[0], name


def _holding(branch: Branch, fields: Sequence[str]) -> list[Predicate]:
    """Predicates of a branch's tests on some fields."""
    found: list[Predicate] = []
    for literal in branch.literals:
        if isinstance(literal.test, FieldTest) and literal.test.field in fields:
            test = literal.test.predicate()
            found.append(test if literal.holds else _opposite(test))
    return found


def _opposite(test: Predicate) -> Predicate:
    return lambda record: not test(record)


def _allowed(branch: Branch, field: str) -> list[str]:
    """The exact values that a field may have in a branch, as the rule writes them."""
    for literal in branch.literals:
        test = literal.test
        if isinstance(test, FieldTest) and test.field == field and literal.holds:
            exact = [value for value in test.values if exact_text(value) is not None]
            if len(exact) == len(test.values):
                return [str(next(samples(value, None))) for value in exact]
    return []


def _identity(branch: Branch) -> Record:
    """The identity that meets most tests of a branch, and has most of the members they name."""
    kinds = _allowed(branch, IDENTITY)
    spelled = {kind.lower(): kind for kind in identity_types()}
    kinds = [spelled.get(kind.lower(), kind) for kind in kinds] or list(identity_types())
    literals = [
        literal
        for literal in branch.literals
        if isinstance(literal.test, FieldTest) and literal.test.field.startswith("userIdentity.")
    ]
    found = [identity for kind in kinds for identity in identities(kind)]

    def fitness(identity: Record) -> tuple[int, int]:
        record = {"userIdentity": identity}
        named = [value_at(record, _path(one)) is not None for one in literals if one.holds]
        return sum(_is_met(one, record) for one in literals), sum(named)

    return max(found, key=fitness)


def _path(literal: Literal) -> list[str]:
    assert isinstance(literal.test, FieldTest)
    return literal.test.field.split(".")


def _is_met(literal: Literal, record: Record) -> bool:
    return literal.test.meets(record) is literal.holds


def _meet(field: str, literals: Sequence[Literal], record: Record) -> None:
    """Give a field a value that all tests of it accept, if one is found."""
    mine = [
        each for each in literals if isinstance(each.test, FieldTest) and each.test.field == field
    ]
    path = field.split(".")
    current = value_at(record, path)
    wanted = [each.test.values for each in mine if each.holds and isinstance(each.test, FieldTest)]
    _have_references(wanted, record)
    proposals = [
        *(value for values in wanted for value in _candidates(values, current, record)),
        *joined_samples([value for values in wanted for value in values], current),
        *([next(samples(value, None), None) for value in values] for values in wanted),
        *other_values(field, record),
        *others(current),
    ]
    for value in (_ABSENT, *proposals) if _may_be_absent(mine) else (*proposals, _ABSENT):
        tried = copied(record)
        if value is _ABSENT:
            remove(tried, path)
        else:
            place(tried, path, value)
        if all(_is_met(each, tried) for each in mine):
            record.clear()
            record.update(tried)
            return


_ABSENT = object()


def _may_be_absent(literals: Sequence[Literal]) -> bool:
    """Whether a test asks for absence by name, which is then the natural answer."""
    return any(
        isinstance(value, SigmaNull) or (isinstance(value, SigmaExists) and not value)
        for each in literals
        if each.holds
        for value in each.test.values
    )


def _have_references(wanted: Sequence[Sequence[SigmaType]], record: Record) -> None:
    """A field that another is compared with must be there."""
    for value in (each for values in wanted for each in values):
        if isinstance(value, SigmaFieldReference):
            path = value.field.split(".")
            if value_at(record, path) is None:
                place(record, path, FILLER)


def _candidates(values: Sequence[SigmaType], current: Any, record: Record) -> Iterator[Any]:
    for value in values:
        if isinstance(value, SigmaFieldReference):
            other = value_at(record, value.field.split("."))
            if other is not None:
                yield other
        elif isinstance(value, SigmaExists):
            yield FILLER
        elif isinstance(value, SigmaNull):
            yield None
        else:
            yield from samples(value, current)


def _meet_keyword(literal: Literal, record: Record) -> None:
    """Put a keyword where free text may stand, the user agent, else as a parameter of its own."""
    if not literal.holds:
        return
    values = literal.test.values
    for value in values if literal.test.every else values[:1]:
        test = KeywordTest((value,), every=False)
        for proposal in _keyword_records(value, record):
            if test.predicate()(proposal):
                record.clear()
                record.update(proposal)
                break


def _keyword_records(value: SigmaType, record: Record) -> Iterator[Record]:
    """The record with a keyword in it: as it is, as JSON writes it, as members of an object."""
    for sample in samples(value, None):
        text = str(sample)
        for written in (text, _from_json(f'"{text}"')):
            if isinstance(written, str):
                agent = f"{record.get('userAgent') or ''} {written}".strip()
                yield {**record, "userAgent": agent}
                yield {**record, "userAgent": written}
        members = _from_json(f"{{{text}}}")
        if isinstance(members, dict):
            given = record.get("requestParameters")
            parameters = {**given, **members} if isinstance(given, dict) else members
            yield {**record, "requestParameters": parameters}


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
