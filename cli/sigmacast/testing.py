"""Rules against their regression data, and against events that are known to be harmless."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from sigmacast.diagnostics import CODES, Diagnostic, counted, make
from sigmacast.errors import UsageError
from sigmacast.events import Event, EventReader, Problem
from sigmacast.hunting import Hit, Hunt, principal
from sigmacast.loading import RuleRef, Ruleset, RuleSource
from sigmacast.matchers import CompiledRules, compile_one, compile_rules
from sigmacast.matching.nodes import Reason
from sigmacast.regression import OTHER_TYPES, Case, RegressionData, find_data, read_data
from sigmacast.rule_form import Kind

MAX_WITNESSES = 3
"""Records that a failure explains; the rest is counted."""

TOP = 3
"""How many of the commonest names a noisy rule is described by."""


class Status(str, Enum):
    """What became of a test."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    NO_DATA = "no data"


@dataclass(frozen=True, slots=True)
class Witness:
    """A record that shows why a test failed: the tests of the rule that decided."""

    file: str
    record: int
    matched: bool
    deciding: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test of one rule; ``path`` is the file that the test reads."""

    rule: RuleRef
    test: str
    must_match: bool
    status: Status
    path: str | None = None
    message: str | None = None
    witnesses: tuple[Witness, ...] = ()
    finding: Diagnostic | None = None


@dataclass
class Baseline:
    """How often one rule matched harmless events, and what it matched most."""

    rule: RuleRef
    hits: int = 0
    commonest: dict[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """What a run gave. ``baseline_events`` is None where no baseline was asked for."""

    outcomes: Sequence[Outcome]
    baselines: Sequence[Baseline] = ()
    baseline_events: int | None = None
    unreadable: int = 0
    max_hits: int = 0
    require_data: bool = False

    def failed(self, outcome: Outcome) -> bool:
        """Whether an outcome fails the run."""
        if outcome.status is Status.NO_DATA:
            return self.require_data
        return outcome.status in (Status.FAILED, Status.ERROR)

    def is_noisy(self, baseline: Baseline) -> bool:
        """Whether a rule matched more harmless events than it may."""
        return baseline.hits > self.max_hits


def run(
    ruleset: Ruleset,
    placeholders: Mapping[str, Sequence[Any]],
    baseline: Sequence[str],
    tell: Callable[[Problem], None],
    *,
    max_hits: int = 0,
    require_data: bool = False,
) -> Results:
    """Run all tests, then the baseline; what cannot be read of the latter is told.

    Raises UsageError for a baseline that is not there.
    """
    outcomes = list(run_tests(ruleset, placeholders))
    if not baseline:
        return Results(outcomes, max_hits=max_hits, require_data=require_data)
    reader = EventReader(baseline, tell)
    baselines = run_baseline(compile_rules(ruleset, placeholders), reader)
    if reader.missing:
        raise UsageError(f"--baseline {reader.missing[0]}: no such file or folder")
    return Results(outcomes, baselines, reader.count, reader.unreadable, max_hits, require_data)


def watched_paths(ruleset: Ruleset, paths: Iterable[str]) -> list[str]:
    """The paths given, and the folders of regression data that belong to their rules."""
    data = {str(info.parent) for rule in ruleset.rules if (info := find_data(rule)) is not None}
    return [*paths, *sorted(data)]


def run_tests(
    ruleset: Ruleset, placeholders: Mapping[str, Sequence[Any]] | None = None
) -> Iterator[Outcome]:
    """Each test of each rule; nothing is raised for a bad rule, data file or event."""
    for unusable in ruleset.unusable:
        yield Outcome(
            unusable.ref, "load", True, Status.ERROR, unusable.ref.path, finding=unusable.finding
        )
    for source in ruleset.rules:
        yield from _tests_of(source, ruleset, placeholders)


def run_baseline(rules: CompiledRules, events: Iterable[Event]) -> list[Baseline]:
    """How often each rule and correlation matches these events, the noisiest first."""
    found: dict[int, Baseline] = {}
    shown = [rules.sources[position] for position in sorted(rules.shown)]
    for source in (*shown, *(each.source for each in rules.correlations)):
        found[id(source)] = Baseline(source.ref)
    for hit in Hunt(rules).over(events):
        baseline = found[id(hit.source)]
        baseline.hits += 1
        for name, value in _described(hit.event.data).items():
            baseline.commonest.setdefault(name, Counter())[value] += 1
    return sorted(found.values(), key=lambda each: -each.hits)


def _described(record: Mapping[str, Any]) -> dict[str, str]:
    return {
        "event names": str(record.get("eventName")),
        "principals": principal(record),
        "user agents": str(record.get("userAgent")),
    }


def _tests_of(
    source: RuleSource, ruleset: Ruleset, placeholders: Mapping[str, Sequence[Any]] | None
) -> Iterator[Outcome]:
    info = find_data(source)
    if info is None:
        missing = make("SC405", "the rule has no regression data", hint=CODES["SC405"].cure)
        yield Outcome(source.ref, "data", True, Status.NO_DATA, source.path, finding=missing)
        return
    rules = compile_one(source, ruleset, placeholders)
    if rules.refused:
        finding = rules.refused[0][1]
        yield Outcome(source.ref, "compile", True, Status.ERROR, source.path, finding=finding)
        return
    data = read_data(info)
    for problem in _problems(source, data):
        yield Outcome(source.ref, "data", True, Status.ERROR, _shown(info), finding=problem)
    for case in data.cases:
        yield _Test(source, rules, case).outcome()


def _problems(source: RuleSource, data: RegressionData) -> Iterator[Diagnostic]:
    yield from data.problems
    if data.rule_ids and source.ref.id not in data.rule_ids:
        yield make(
            "SC404",
            f"the data is for the rule {', '.join(data.rule_ids)}, not {source.ref.id}",
            hint="correct the id below rule_metadata",
        )


class _Test:
    """One case, run: what matched, what did not, and whether that is as it should be."""

    def __init__(self, source: RuleSource, rules: CompiledRules, case: Case) -> None:
        self._source = source
        self._rules = rules
        self._case = case
        self._problems: list[Problem] = []

    def outcome(self) -> Outcome:
        case = self._case
        if case.kind in OTHER_TYPES:
            return self._ended(Status.SKIPPED, f"type {case.kind} holds no CloudTrail records")
        reader = EventReader([str(case.path)], self._problems.append)
        events = list(reader)
        if self._problems:
            return self._ended(Status.ERROR, finding=self._problems[0].diagnostic)
        if not events:
            return self._ended(Status.ERROR, "the file holds no event")
        hits = [hit for hit in Hunt(self._rules).over(events) if hit.source is self._source]
        return self._judged(events, hits)

    def _judged(self, events: Sequence[Event], hits: Sequence[Hit]) -> Outcome:
        case = self._case
        found = len(hits)
        if not case.must_match:
            if found:
                return self._failed(
                    f"{counted(found, 'event')} matched, and must not", events, hits, True
                )
            return self._checked_for_its_reason(events)
        if case.match_count is None:
            if not found:
                return self._failed("no event matched", events, hits, False)
        elif found != case.match_count:
            said = f"{counted(found, 'event')} matched, where {case.match_count} must"
            return self._failed(said, events, hits, found > case.match_count)
        return self._ended(Status.PASSED)

    def _checked_for_its_reason(self, events: Sequence[Event]) -> Outcome:
        """A near miss that misses for another reason than it says proves nothing of that field."""
        if self._case.misses and self._source.kind is Kind.RULE:
            for witness in self._witnesses(events):
                fields = {reason.field for reason in witness.deciding}
                if not fields.issuperset(self._case.misses):
                    others = ", ".join(sorted(map(str, fields)))
                    said = f"missed because of {others}, not of {', '.join(self._case.misses)}"
                    return self._ended(Status.FAILED, said, witnesses=(witness,))
        return self._ended(Status.PASSED)

    def _failed(
        self, message: str, events: Sequence[Event], hits: Sequence[Hit], matched: bool
    ) -> Outcome:
        """*matched* says which records are the surprising ones."""
        hit = {(each.event.file, each.event.record) for each in hits}
        surprising = [event for event in events if ((event.file, event.record) in hit) is matched]
        witnesses = tuple(self._witnesses(surprising[:MAX_WITNESSES]))
        return self._ended(Status.FAILED, message, witnesses=witnesses)

    def _witnesses(self, events: Iterable[Event]) -> Iterator[Witness]:
        if self._source.kind is not Kind.RULE:
            return
        (matcher,) = self._rules.matchers
        for event in events:
            reason = matcher.why(event.data)
            yield Witness(_shown(Path(event.file)), event.record, reason.matched, reason.deciding())

    def _ended(
        self,
        status: Status,
        message: str | None = None,
        *,
        witnesses: tuple[Witness, ...] = (),
        finding: Diagnostic | None = None,
    ) -> Outcome:
        case = self._case
        return Outcome(
            self._source.ref,
            case.name,
            case.must_match,
            status,
            _shown(case.path),
            message,
            witnesses,
            finding,
        )


def _shown(path: Path) -> str:
    """A path as people would write it: relative if it lies below the working folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
