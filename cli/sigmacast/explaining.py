"""How a rule becomes a query: each test with its fields, the steps of the pipeline, its text.

A rule is converted as always, which gives the queries and findings shown. It is then converted a
second time by a watched copy of the backend: what each item of the pipeline changed is seen by
comparing the detections before and after it, and which text a test became is seen where the
backend writes it. Nothing depends on what the items of a pipeline are called or do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import Any

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from sigmacast.building import Builder, build_correlation, parts_of
from sigmacast.converting import Conversion, casters, convert
from sigmacast.diagnostics import Diagnostic, collecting
from sigmacast.explanation.course import Course
from sigmacast.explanation.marks import Owners, _all_leaves, marks_of
from sigmacast.explanation.model import (
    LEFT_OUT,
    NOBODY,
    UNCERTAIN,
    Explanation,
    Key,
    Labels,
    Mark,
    Test,
    finding_key,
)
from sigmacast.explanation.tracing import Watched, Written
from sigmacast.findings import finding_of, located
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.options import Options
from sigmacast.rule_form import Kind
from sigmacast.schema import catalogue
from sigmacast.targets.base import CastBackend


def explain(
    ruleset: Ruleset, names: Sequence[str], options: Options, *, strict: bool = False
) -> Iterator[Explanation]:
    """Explain each rule on each target, in the order of ``converting.convert``.

    Raises UsageError, at the first result asked for, as ``converting.casters`` does.
    """
    conversions = convert(ruleset, casters(names, options), strict=strict)
    watchers = [Watched(caster) for caster in casters(names, options)]
    unusable = len(ruleset.unusable) * len(watchers)
    for conversion in itertools.islice(conversions, unusable):
        yield _bare(conversion)
    builder = Builder(ruleset.filters, several_targets=False)
    for source in ruleset.rules:
        for watched in watchers:
            yield _Attempt(watched, source, ruleset, builder).explained(next(conversions))


def _bare(conversion: Conversion) -> Explanation:
    return Explanation(
        conversion.rule,
        conversion.target,
        conversion.queries,
        findings=conversion.diagnostics,
        error=conversion.error,
    )


@dataclass
class _Run:
    """What one watched rule or correlation left behind."""

    source: RuleSource
    course: Course | None = None
    roots: list[Written] = member(default_factory=list)
    findings: list[Diagnostic] = member(default_factory=list)
    located: dict[tuple[str, str], Diagnostic] = member(default_factory=dict)
    """The findings as the backend reported them, by what the conversion says of them."""
    result: Any = None


class _Attempt:
    """The second, watched conversion of one rule."""

    def __init__(
        self, watched: Watched, source: RuleSource, ruleset: Ruleset, builder: Builder
    ) -> None:
        self._watched = watched
        self._source = source
        self._ruleset = ruleset
        self._builder = builder
        self._runs: list[_Run] = []

    def explained(self, conversion: Conversion) -> Explanation:
        """The explanation; queries, findings and error are those of *conversion*."""
        try:
            self._convert()
        except Exception as failure:  # the conversion has the same one, and says it
            if self._runs:
                self._runs[-1].findings.append(finding_of(failure, self._runs[-1].source))
        if not any(run.located for run in self._runs):
            self._locate()
        told: set[tuple[str, str]] = set()
        parts = [self._part(run, conversion, told) for run in self._runs]
        whole = _bare(conversion)
        if self._source.kind is Kind.CORRELATION:
            keys = next((self._keys(run) for run in self._runs if run.source is self._source), ())
            inner = [part for part in parts if part.rule != conversion.rule or part.tests]
            whole = replace(whole, keys=keys, parts=tuple(inner))
        elif parts:
            whole = replace(whole, tests=parts[0].tests)
        rest = tuple(each for each in conversion.diagnostics if finding_key(each) not in told)
        return replace(whole, findings=rest)

    def _convert(self) -> None:
        backend = self._watched.backend
        if self._source.kind is not Kind.CORRELATION:
            with self._running(self._source) as run:
                rule = self._builder.rule(self._source)
                run.result = backend.convert_rule(rule, backend.default_format)
            return
        sources = parts_of(self._source, self._ruleset)
        objects: list[Any] = []
        for source in sources:
            self._runs.append(_Run(source))
            is_rule = source.kind is Kind.RULE
            objects.append(self._builder.rule(source) if is_rule else build_correlation(source))
            self._runs.pop()
        SigmaCollection(list(objects))  # ties the rules to the correlations
        refusal: Exception | None = None
        for source, each in zip(sources, objects, strict=True):
            try:
                with self._running(source) as run:
                    if refusal is not None:  # nothing is written any more, but mapped
                        self._map_only(each)
                    elif isinstance(each, SigmaCorrelationRule):
                        self._correlate(each)
                    else:
                        backend.convert_rule(each, backend.default_format)
                        run.result = each.get_conversion_result()
            except Exception as failure:
                if refusal is None:
                    run.findings.append(finding_of(failure, source))
                    self._locate()  # now, as the conversion did: further mappings change names
                refusal = failure

    def _map_only(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        with collecting(), suppress(Exception):
            self._watched.pipeline.apply(rule)

    def _correlate(self, rule: SigmaCorrelationRule) -> None:
        backend = self._watched.backend
        try:
            backend.convert_correlation_rule(rule, backend.default_format)
        except Exception:
            if self._watched.pipeline.course is None:  # refused before any field was mapped
                self._map_only(rule)
            raise

    @contextmanager
    def _running(self, source: RuleSource) -> Iterator[_Run]:
        run = _Run(source)
        self._runs.append(run)
        self._watched.pipeline.course = None
        self._watched.backend.roots = []
        with collecting() as found:
            try:
                yield run
            finally:
                run.course = self._watched.pipeline.course
                run.roots = self._watched.backend.roots
                run.findings = list(found.sorted())

    def _locate(self) -> None:
        for run in self._runs:
            for each in run.findings:
                found = located(each, self._source, self._watched.backend)
                run.located[finding_key(found)] = each

    def _part(self, run: _Run, conversion: Conversion, told: set[tuple[str, str]]) -> Explanation:
        """The tests of one rule; notes which of the findings stand there in *told*."""
        course = run.course
        is_whole = run.source is self._source
        result = conversion.queries if is_whole else run.result or ()
        queries = tuple(map(str, result))
        if course is None or isinstance(course.rule, SigmaCorrelationRule):
            return Explanation(run.source.ref, self._watched.name, queries)
        owners, names = Owners(course), course.fields()
        sites = dict(course.sites)
        for root in run.roots:
            _note_sites(root, owners, sites)
        at: dict[int, list[Diagnostic]] = {}
        for finding in conversion.diagnostics:
            original = run.located.get(finding_key(finding))
            if original is None:
                continue
            for label in _labels_of(original, course, names, sites):
                at.setdefault(label, []).append(finding)
                told.add(finding_key(finding))
        marks: dict[int, list[Mark]] = {}
        for mark in marks_of(run.roots, queries, owners):
            for label in mark.tests:
                marks.setdefault(label, []).append(mark)
        is_ours = isinstance(self._watched.backend, CastBackend)
        used = {label for root in run.roots for label in owners.of(_all_leaves(root))}
        tests = tuple(
            self._test(
                course,
                label,
                names.get(label, ()),
                at.get(label, []),
                marks.get(label, ()),
                used=label in used or not is_ours,
                marked=bool(queries),
            )
            for label in range(len(course.drafts))
        )
        return Explanation(run.source.ref, self._watched.name, queries, tests)

    def _test(
        self,
        course: Course,
        label: int,
        names: Sequence[str],
        findings: Sequence[Diagnostic],
        marks: Sequence[Mark],
        *,
        used: bool,
        marked: bool,
    ) -> Test:
        draft = course.drafts[label]
        why = None
        if marked and not marks:
            why = UNCERTAIN if used else LEFT_OUT
        return Test(
            draft.selection,
            draft.field,
            draft.written,
            draft.values,
            catalogue().find(draft.field) if draft.field else None,
            tuple(map(self._watched.described, names)),
            course.becomes(label),
            tuple(draft.steps),
            tuple(findings),
            tuple(marks),
            why,
            draft.added_by,
        )

    def _keys(self, run: _Run) -> tuple[Key, ...]:
        course = run.course
        if course is None:
            return ()
        names = course.fields()
        return tuple(
            Key(
                draft.selection,
                draft.written,
                tuple(map(self._watched.described, names.get(label, ()))),
                tuple(draft.steps),
            )
            for label, draft in enumerate(course.drafts)
        )


def _labels_of(
    finding: Diagnostic,
    course: Course,
    names: dict[int, tuple[str, ...]],
    sites: dict[tuple[str, str], Labels],
) -> Labels:
    """The tests that a finding is about: where it arose, narrowed to those with its field."""
    arose = sites.get(finding_key(finding), NOBODY)
    if finding.field is None:
        return arose
    named = frozenset(
        label
        for label, draft in enumerate(course.drafts)
        if finding.field in (draft.field, *names.get(label, ()))
    )
    return (arose & named) or named or arose


def _note_sites(
    note: Written, owners: Owners, sites: dict[tuple[str, str], Labels]
) -> set[tuple[str, str]]:
    """Which tests were being written when a finding arose: those of the innermost node."""
    inner = {key for each in note.inner for key in _note_sites(each, owners, sites)}
    own = {finding_key(finding) for finding in note.found.sorted()}
    for key in own - inner:
        sites[key] = sites.get(key, NOBODY) | owners.of(note.leaves)
    return own | inner
