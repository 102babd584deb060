"""Conditions that are always or never true, and selections that no condition names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sigma.conditions import ConditionIdentifier, ConditionItem, ConditionSelector
from sigma.rule import SigmaRule

from sigmacast.checks.base import DETECTION, Check, Issue, Subject
from sigmacast.checks.formulas import Literal, formula_of
from sigmacast.checks.reasoning import Conflict, Knowledge, Reasoner
from sigmacast.checks.shapes import has_one_value, is_always_present
from sigmacast.checks.value_sets import ValueSet
from sigmacast.diagnostics import Route
from sigmacast.matching.values import shown

CONDITION = "condition"
TIMEFRAME = "timeframe"
"""Not a selection: what old rules have beside their condition."""
MAX_SHOWN = 60
"""Characters of a test's values that a message repeats."""


def run(subject: Subject) -> Iterator[Issue]:
    """SC712 to SC714; SC711 for a selection of a rule that can match without it."""
    rule = subject.rule
    if rule is None:
        return
    conditions = rule.detection.parsed_condition
    try:
        written = [each.parse(False) for each in conditions]
        parsed = [each.parse() for each in conditions]
    except Exception:  # the engine tells of it
        return
    used = _used(written, rule)
    yield from _unused(rule, used)
    known = Knowledge(has_one_value, is_always_present) if subject.is_cloudtrail else Knowledge()
    reasoner = Reasoner(known)
    dead = False
    for index, condition in enumerate(parsed):
        for issue in _judged(condition, reasoner, _route(subject, index)):
            dead = dead or issue.code == "SC713"
            yield issue
    if not dead:
        yield from _dead_selections(rule, used, reasoner)


def _judged(condition: Any, reasoner: Reasoner, at: Route) -> Iterator[Issue]:
    if condition is None:
        return
    conflicts = reasoner.conflicts(formula_of(condition))
    if conflicts:
        said = f"the condition is never true: {_said(conflicts)}"
        yield Issue("SC713", said, at=at, on_value=True)
    elif reasoner.conflicts(formula_of(condition, holds=False)):
        yield Issue("SC712", "the condition is always true", at=at, on_value=True)


def _dead_selections(rule: SigmaRule, used: set[str], reasoner: Reasoner) -> Iterator[Issue]:
    """Selections that no event matches, in a rule that others may."""
    detections = rule.detection
    for name in detections.detections:
        if name not in used:
            continue
        parsed = ConditionIdentifier([name]).postprocess(detections)
        conflicts = () if parsed is None else reasoner.conflicts(formula_of(parsed))
        if conflicts:
            said = f"the selection {name} never matches: {_said(conflicts)}"
            yield Issue("SC711", said, at=(DETECTION, name), hint="correct the tests it names")


def _said(conflicts: Sequence[Conflict]) -> str:
    """The tests that exclude each other, with the selections that they stand in."""
    tests = conflicts[0].tests
    example = "for example, " if len(conflicts) > 1 else ""
    selections = {each.selection for each in tests}
    if len(selections) == 1:
        named = " and ".join(map(_test, tests))
    else:
        named = " and ".join(f"{_test(each)} ({each.selection})" for each in tests)
    if len(tests) == 1:
        return f"{example}no event meets {named}"
    where = f" in {tests[0].selection}" if len(selections) == 1 else ""
    return f"{example}{named} exclude each other{where}"


def _test(test: Literal) -> str:
    values = " or ".join(map(_value, test.sets))
    if len(values) > MAX_SHOWN:
        values = f"{values[: MAX_SHOWN - 1]}…"
    return f"{'' if test.holds else 'not '}{test.field or 'keyword'} {values}"


def _value(each: ValueSet) -> str:
    return shown(each.value)


def _route(subject: Subject, index: int) -> Route:
    """Where a condition stands: there may be a list of them."""
    listed = isinstance(subject.source.data[DETECTION][CONDITION], list)
    return (DETECTION, CONDITION, index) if listed else (DETECTION, CONDITION)


def _unused(rule: SigmaRule, used: set[str]) -> Iterator[Issue]:
    for name in rule.detection.detections:
        if name in used or name == TIMEFRAME:
            continue
        hint = "use it in the condition, or remove it"
        if name.startswith("_"):
            hint = f"name it: patterns and `them` pass over names that begin with _, as {name} does"
        yield Issue(
            "SC714", f"no condition names the selection {name}", (DETECTION, name), hint=hint
        )


def _used(conditions: Iterable[Any], rule: SigmaRule) -> set[str]:
    """The selections that conditions name."""
    found: set[str] = set()
    waiting = list(conditions)
    while waiting:
        part = waiting.pop()
        if isinstance(part, ConditionIdentifier):
            found.add(part.identifier)
        elif isinstance(part, ConditionSelector):
            waiting.extend(part.resolve_referenced_detections(rule.detection))
        elif isinstance(part, ConditionItem):
            waiting.extend(part.args)
    return found


CONDITIONS = Check(
    "conditions", "Conditions that decide nothing", ("SC711", "SC712", "SC713", "SC714"), run
)
