"""Fields that no CloudTrail record has, in any spelling, wherever a rule names one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sigmacast.building import parts_of
from sigmacast.checks.base import Check, Edit, Issue, Subject
from sigmacast.diagnostics import Refusal, Route
from sigmacast.naming import is_cloudtrail_source
from sigmacast.rule_form import Kind
from sigmacast.schema import catalogue

CORRELATION = "correlation"


@dataclass(frozen=True, slots=True)
class _Named:
    """A field that the rule names, in a key or (``on_value``) in a value."""

    field: str
    at: Route
    on_value: bool = True


def run(subject: Subject) -> Iterator[Issue]:
    """A warning for each place; a name that differs in case only is mended safely."""
    if not knows_fields(subject):
        return
    named = _in_correlation if subject.source.kind is Kind.CORRELATION else _in_rule
    for each in named(subject):
        if catalogue().find(each.field) is not None:
            continue
        near = catalogue().nearest(each.field)
        same = near is not None and near.lower() == each.field.lower()
        yield Issue(
            "SC102",
            f"unknown CloudTrail field {each.field}",
            at=each.at,
            on_value=each.on_value,
            field=each.field,
            hint=f"did you mean {near}?" if near else "see `sigmacast list fields`",
            edit=Edit(each.at, on_value=each.on_value, text=near) if near and same else None,
        )


def knows_fields(subject: Subject) -> bool:
    """Whether the catalogue knows all fields of a rule, or those of all rules of a correlation."""
    if subject.source.kind is not Kind.CORRELATION:
        return subject.is_cloudtrail
    try:
        parts = parts_of(subject.source, subject.ruleset)
    except Refusal:  # the engine tells of it
        return False
    return all(is_cloudtrail_source(part) for part in parts if part.kind is Kind.RULE)


def _in_rule(subject: Subject) -> Iterator[_Named]:
    for test in subject.tests:
        if test.field is not None:
            yield _Named(test.field, test.at, on_value=False)
        if "fieldref" in test.modifiers:
            yield from (_Named(value, at) for value, at in test.values if isinstance(value, str))
    yield from _listed(subject.source.data.get("fields"), ("fields",))


def _in_correlation(subject: Subject) -> Iterator[_Named]:
    """What is grouped and counted by; names of aliases stand for fields and are none."""
    correlation = subject.source.data.get(CORRELATION)
    correlation = correlation if isinstance(correlation, Mapping) else {}
    aliases = correlation.get("aliases")
    aliases = aliases if isinstance(aliases, Mapping) else {}
    grouped = _listed(correlation.get("group-by"), (CORRELATION, "group-by"))
    yield from (each for each in grouped if each.field not in aliases)
    for alias, fields in aliases.items():
        if isinstance(fields, Mapping):
            for rule, name in fields.items():
                yield from _listed(name, (CORRELATION, "aliases", str(alias), str(rule)))
    condition = correlation.get("condition")
    if isinstance(condition, Mapping):
        counted = _listed(condition.get("field"), (CORRELATION, "condition", "field"))
        yield from (each for each in counted if each.field not in aliases)


def _listed(value: Any, at: Route) -> Iterator[_Named]:
    """A name, or a list of names."""
    if isinstance(value, str):
        yield _Named(value, at)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            if isinstance(each, str):
                yield _Named(each, (*at, index))


FIELDS = Check("fields", "Fields that CloudTrail records have", ("SC102",), run)
