"""What an explanation holds: tests with their fields and steps, marks in the query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sigmacast.diagnostics import Diagnostic, report
from sigmacast.loading import RuleRef
from sigmacast.schema import Field

Labels = frozenset[int]
NOBODY: Labels = frozenset()

LEFT_OUT = "no condition uses it, or a step dropped it"
UNCERTAIN = "its text cannot be told apart in the query"


@dataclass(frozen=True, slots=True)
class TargetField:
    """A field of the target; the type is Elasticsearch's, None where nothing is known of it."""

    name: str
    type: str | None
    several: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What one item of the pipeline made of a test, or of a correlation's key."""

    item: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a query, by its number and offsets; ``tests`` are the numbers of whose it is."""

    query: int
    start: int
    end: int
    tests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One test of the rule, or one that the pipeline added (``added_by``).

    ``written`` is field and modifiers as in the rule, ``known`` the catalogue's row of the field,
    None where there is none. ``unmarked`` says why no part of the query is
    marked as this test's.
    """

    __test__ = False  # for pytest, which takes the name for one of its own

    selection: str
    field: str | None
    written: str
    values: tuple[Any, ...]
    known: Field | None
    fields: tuple[TargetField, ...]
    becomes: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    marks: tuple[Mark, ...] = ()
    unmarked: str | None = None
    added_by: str | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A field that a correlation groups, joins or counts by."""

    role: str
    field: str
    fields: tuple[TargetField, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The way of one rule to one target.

    ``queries`` are empty for a refused rule, and ``error`` says why. ``findings`` are those about
    the rule as a whole; the others stand with their tests. ``parts`` are the rules that a
    correlation refers to, each with the query that goes into the correlation's.
    """

    rule: RuleRef
    target: str
    queries: tuple[str, ...]
    tests: tuple[Test, ...] = ()
    keys: tuple[Key, ...] = ()
    parts: tuple[Explanation, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    error: Diagnostic | None = None


def finding_key(finding: Diagnostic) -> tuple[str, str]:
    """What makes two findings the same one."""
    return finding.code, finding.message


def report_again(finding: Diagnostic) -> None:
    """Report a finding to the block around this one, too."""
    report(finding.code, finding.message, field=finding.field, hint=finding.hint, at=finding.at)
