"""Events for a rule: some that it matches and near misses, each proven by the matcher."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sigmacast.diagnostics import Diagnostic
from sigmacast.findings import finding_of, located
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.matchers import matcher as matcher_of
from sigmacast.matching.nodes import KeywordTest
from sigmacast.matching.rules import Matcher
from sigmacast.synthesis.branches import Branch, branches
from sigmacast.synthesis.near_misses import changes
from sigmacast.synthesis.records import Record, with_identifiers
from sigmacast.synthesis.solving import Unsolved, event_names, solve

MAX_BRANCHES = 64
"""Ways to match that are tried; a rule with more is told so."""

MAX_LITERALS = 300
"""Tests of one way to match; each is tried with each value of the others, so that time grows with
the square. SigmaHQ's 38 CloudTrail rules have six at most."""


@dataclass(frozen=True, slots=True)
class Synthetic:
    """A made event. ``misses`` names the field that decides a near miss; None for a match."""

    name: str
    event: Record
    misses: str | None = None


@dataclass(frozen=True, slots=True)
class Unreached:
    """A way to match for which no event was found, and the test that could not be met."""

    branch: str
    why: str


@dataclass(frozen=True, slots=True)
class Synthesis:
    """All that was made for a rule; ``more_branches`` if not all ways to match were tried.

    A rule that cannot be matched on events has an ``error`` and nothing else.
    """

    source: RuleSource
    matches: tuple[Synthetic, ...] = ()
    near_misses: tuple[Synthetic, ...] = ()
    unreached: tuple[Unreached, ...] = ()
    more_branches: bool = False
    error: Diagnostic | None = None

    @property
    def events(self) -> tuple[Synthetic, ...]:
        """The matches, then the near misses."""
        return self.matches + self.near_misses


def synthesize(
    ruleset: Ruleset, placeholders: Mapping[str, Sequence[Any]] | None = None
) -> Iterator[Synthesis]:
    """Make events for each rule of a set; nothing is raised for a bad rule."""
    for source in ruleset.rules:
        try:
            matcher = matcher_of(source, ruleset.filters, placeholders)
            yield _Synthesizer(source, matcher).run()
        except Exception as failure:  # one bad rule must not stop the others
            yield Synthesis(source, error=located(finding_of(failure, source), source))


class _Synthesizer:
    def __init__(self, source: RuleSource, matcher: Matcher) -> None:
        self._source = source
        self._matcher = matcher
        self._matches: list[Synthetic] = []
        self._near_misses: dict[tuple[str, str], Synthetic] = {}
        self._unreached: list[Unreached] = []

    def run(self) -> Synthesis:
        found = list(islice(branches(self._matcher.node), MAX_BRANCHES + 1))
        for branch in found[:MAX_BRANCHES]:
            self._branch(branch)
        return Synthesis(
            self._source,
            tuple(self._matches),
            tuple(self._near_misses.values()),
            tuple(dict.fromkeys(self._unreached)),
            len(found) > MAX_BRANCHES,
        )

    def _branch(self, branch: Branch) -> None:
        if len(branch.literals) > MAX_LITERALS:
            self._unreached.append(Unreached(branch.name, f"it has over {MAX_LITERALS} tests"))
            return
        names = event_names(branch)
        for source, name in names.unknown:
            said = f"{source} has no operation {name} that AWS's models know"
            self._unreached.append(Unreached(branch.name, said))
        if names.left_out:
            said = f"{names.left_out} further event names got no event of their own"
            self._unreached.append(Unreached(branch.name, said))
        for source, name in names.used:
            try:
                record = solve(branch, source, name)
            except Unsolved as unsolved:
                self._unreached.append(Unreached(branch.name, _said(unsolved)))
                continue
            if not self._matcher.matches(record):
                self._unreached.append(Unreached(branch.name, "the matcher does not agree"))
                continue
            title = f"{name}: {branch.name}"
            self._matches.append(Synthetic(title, self._identified(record, title)))
            self._near(branch, record)

    def _near(self, branch: Branch, record: Record) -> None:
        """One near miss of each kind for each field, made from the first record that gives one."""
        for change in changes(branch, record):
            key = (change.field, change.what)
            if key in self._near_misses or self._matcher.matches(change.record):
                continue
            deciding = {reason.field for reason in self._matcher.why(change.record).deciding()}
            if change.field in deciding:
                title = f"{change.field} {change.what}"
                event = self._identified(change.record, f"{title} {record['eventName']}")
                self._near_misses[key] = Synthetic(title, event, change.field)

    def _identified(self, record: Record, name: str) -> Record:
        return with_identifiers(record, f"{self._source.ref.id or self._source.path} {name}")


def _said(unsolved: Unsolved) -> str:
    test = unsolved.literal.test
    name = "a keyword" if isinstance(test, KeywordTest) else test.field
    verb = "that matches" if unsolved.literal.holds else "that does not match"
    return f"no value of {name} was found {verb}"
