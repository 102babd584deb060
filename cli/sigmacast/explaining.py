"""How a rule becomes a query: each test with its fields, the steps of the pipeline, its text.

A rule is converted as always, which gives the queries and findings shown. It is then converted a
second time by a watched copy of the backend: what each item of the pipeline changed is seen by
comparing the detections before and after it, and which text a test became is seen where the
backend writes it. Nothing depends on what the items of a pipeline are called or do.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from dataclasses import field as member
from typing import Any, TypeVar

from sigma.collection import SigmaCollection
from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.modifiers import SigmaRegularExpressionModifier, reverse_modifier_mapping
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import (
    SigmaBool,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaQueryExpression,
    SigmaString,
    SigmaType,
)

from sigmacast.building import Builder, build_correlation, parts_of
from sigmacast.converting import Caster, Conversion, casters, convert
from sigmacast.diagnostics import Collector, Diagnostic, Refusal, collecting, report
from sigmacast.findings import finding_of, located
from sigmacast.loading import RuleRef, Ruleset, RuleSource
from sigmacast.matching.values import shown
from sigmacast.options import Options
from sigmacast.rule_form import Kind
from sigmacast.rule_parts import is_anything, items_of
from sigmacast.schema import Field, catalogue
from sigmacast.targets import TARGETS, target
from sigmacast.targets.base import CastBackend, Clause

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


def explain(
    ruleset: Ruleset, names: Sequence[str], options: Options, *, strict: bool = False
) -> Iterator[Explanation]:
    """Explain each rule on each target, in the order of ``converting.convert``.

    Raises UsageError, at the first result asked for, as ``converting.casters`` does.
    """
    conversions = convert(ruleset, casters(names, options), strict=strict)
    watchers = [_Watched(caster) for caster in casters(names, options)]
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


# --- what the pipeline does ---


@dataclass
class _Draft:
    """A test while the pipeline works on it."""

    selection: str
    field: str | None
    written: str
    values: tuple[Any, ...]
    added_by: str | None = None
    steps: list[Step] = member(default_factory=list)


class _Course:
    """Follows the tests of one rule, or the keys of a correlation, through the pipeline."""

    def __init__(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        self.rule = rule
        self.drafts: list[_Draft] = []
        self.sites: dict[tuple[str, str], Labels] = {}
        self.refusal: Exception | None = None
        self._labels: dict[int, int] = {}
        self._before: dict[int, tuple[SigmaDetection, list[Any]]] = {}
        self._roots: dict[str, SigmaDetection] = {}
        self._alive: list[Any] = []  # so that no later object gets the identity of an earlier one
        if isinstance(rule, SigmaRule):
            for name, detection in rule.detection.detections.items():
                for item in items_of(detection):
                    self._label(item, self._drafted(name, item))
        else:
            self.drafts = [_Draft(role, name, name, ()) for role, name in _keys(rule)]
        self._texts = self._described()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """While an item of the pipeline works; compares what was with what is."""
        self._remember()
        with collecting() as found:
            try:
                yield
            finally:
                changed = self._compare(name)
        if self.refusal is None:  # findings after a refusal are not part of the conversion
            for finding in found.sorted():
                _again(finding)
                if finding.field is None:
                    self.sites[finding.code, finding.message] = self._about(finding, changed)

    def holders(self) -> dict[tuple[str | None, int | str], Labels]:
        """Whose a leaf of the condition is: by its field and value, and by its field alone."""
        found: dict[tuple[str | None, int | str], Labels] = {}

        def add(name: str | None, what: int | str, label: int) -> None:
            found[name, what] = found.get((name, what), NOBODY) | {label}

        for item, label in self._items():
            values = item.value or [SigmaNull()]
            for value in values:
                add(item.field, id(value), label)
                if isinstance(value, SigmaExpansion):
                    for inner in value.values:
                        add(item.field, id(inner), label)
                if _is_presence_test(value):
                    add(item.field, "presence", label)
            add(item.field, "any", label)
        return found

    def fields(self) -> dict[int, tuple[str, ...]]:
        """The names that each test has in the target, as far as the pipeline came."""
        if isinstance(self.rule, SigmaCorrelationRule):
            return self._texts
        names: dict[int, dict[str, None]] = {}
        for item, label in self._items():
            others = [each.field for each in item.value if isinstance(each, SigmaFieldReference)]
            known = names.setdefault(label, {})
            known |= dict.fromkeys(name for name in (item.field, *others) if name is not None)
        return {label: tuple(known) for label, known in names.items()}

    def becomes(self, label: int) -> tuple[str, ...]:
        """What the test became."""
        return self._texts.get(label, ())

    def _items(self) -> Iterator[tuple[SigmaDetectionItem, int]]:
        if isinstance(self.rule, SigmaRule):
            for detection in self.rule.detection.detections.values():
                for item in items_of(detection):
                    label = self._labels.get(id(item))
                    if label is not None:
                        yield item, label

    def _label(self, item: SigmaDetectionItem, label: int) -> None:
        self._labels[id(item)] = label
        self._alive.append(item)

    def _drafted(self, name: str, item: SigmaDetectionItem, added_by: str | None = None) -> int:
        written, values = _as_written(item)
        self.drafts.append(_Draft(name, item.field, written, values, added_by))
        return len(self.drafts) - 1

    def _remember(self) -> None:
        self._before = {}
        if isinstance(self.rule, SigmaRule):
            self._roots = dict(self.rule.detection.detections)
            waiting = list(self._roots.values())
            while waiting:
                each = waiting.pop()
                self._before[id(each)] = (each, list(each.detection_items))
                waiting.extend(p for p in each.detection_items if isinstance(p, SigmaDetection))

    def _compare(self, step: str) -> Labels:
        if isinstance(self.rule, SigmaRule):
            for name, detection in self.rule.detection.detections.items():
                self._follow(name, detection, self._roots.get(name), None, step)
        texts = self._described()
        changed = frozenset(
            label
            for label, was in self._texts.items()
            if texts.get(label, ()) != was and label < len(self.drafts)
        )
        for label in changed:
            done = Step(step, self._texts[label], texts.get(label, ()))
            self.drafts[label].steps.append(done)
        self._texts = texts
        return changed

    def _follow(
        self,
        name: str,
        detection: SigmaDetection,
        old: SigmaDetection | None,
        inherited: int | None,
        step: str,
    ) -> None:
        """Label what stands in a detection now: as before, as what it replaced, or as new."""
        known = self._before.get(id(detection)) or self._before.get(id(old))
        was = known[1] if known else []
        self._alive.append(detection)
        for index, part in enumerate(detection.detection_items):
            replaced = was[index] if len(was) == len(detection.detection_items) else None
            heir = inherited if inherited is not None else self._only_label(replaced)
            if isinstance(part, SigmaDetection):
                is_old = id(part) in self._before
                self._follow(name, part, None, None if is_old else heir, step)
            elif id(part) not in self._labels:
                new = heir if heir is not None else self._drafted(name, part, step)
                self._label(part, new)

    def _only_label(self, part: Any) -> int | None:
        if part is None:
            return None
        items = self._before_items(part) if isinstance(part, SigmaDetection) else [part]
        labels = {self._labels.get(id(item)) for item in items}
        return labels.pop() if len(labels) == 1 else None

    def _before_items(self, detection: SigmaDetection) -> Iterator[SigmaDetectionItem]:
        for part in self._before.get(id(detection), (detection, []))[1]:
            if isinstance(part, SigmaDetection):
                yield from self._before_items(part)
            else:
                yield part

    def _described(self) -> dict[int, tuple[str, ...]]:
        if isinstance(self.rule, SigmaCorrelationRule):
            names = [name for _, name in _keys(self.rule)]
            if len(names) == len(self.drafts):
                return {label: (name,) for label, name in enumerate(names)}
            return {label: tuple(names) for label in range(len(self.drafts))}
        texts: dict[int, tuple[str, ...]] = {}
        for item, label in self._items():
            texts[label] = (*texts.get(label, ()), _said(item))
        return texts

    def _about(self, finding: Diagnostic, changed: Labels) -> Labels:
        """The changed tests whose object a finding without a field names."""
        return frozenset(
            label
            for label in changed
            if (self.drafts[label].field or "\0").partition(".")[0] in finding.message
        )


class _WatchedPipeline(ProcessingPipeline):
    """Runs as pySigma's does, each item watched; goes on after a refusal and raises it at the end,
    so that the mapping is known all the same."""

    course: _Course | None = None

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> SigmaRule | SigmaCorrelationRule:
        """Apply every item to the rule, which a new course follows."""
        items, self.items = self.items, []
        try:
            super().apply(rule)  # sets back what a run keeps
        finally:
            self.items = items
        self.course = course = _Course(rule)
        for item in items:
            applied = False
            name = item.identifier or type(item.transformation).__name__
            try:
                with course.step(name):
                    applied = item.apply(rule)
            except Exception as failure:  # the first is the one that a conversion stops at
                course.refusal = course.refusal or failure
            self.applied.append(applied)
            if applied and item.identifier:
                self.applied_ids.add(item.identifier)
        if course.refusal is not None:
            raise course.refusal
        return rule


# --- what the backend writes ---


@dataclass
class _Written:
    """A node of the condition with the texts that it became."""

    leaves: list[Any]
    texts: tuple[str, ...] = ()
    inner: list[_Written] = member(default_factory=list)
    found: Collector = member(default_factory=Collector)


_Text = TypeVar("_Text", Clause, list[Clause])


class _Tracing(CastBackend):
    """Put before a backend of ours: notes every text where it is written."""

    roots: list[_Written]
    _open: list[_Written]

    def convert_condition(self, cond: Any, state: Any) -> Any:
        """A whole condition."""
        root = _Written([])
        self._open = [root]
        self.roots.append(root)
        text = super().convert_condition(cond, state)
        root.texts = (str(text),)
        return text

    def render(self, node: Any, state: Any) -> Clause:
        """Any node."""
        write = super().render
        return self._noted(_leaves(node), lambda: write(node, state))

    def clause_of(self, leaf: Any, state: Any) -> Clause:
        """One test."""
        write = super().clause_of
        return self._noted([leaf], lambda: write(leaf, state))

    def render_values(self, field: Any, leaves: Any, linking: Any, state: Any) -> list[Clause]:
        """Several values of one field, which may become lists."""
        write = super().render_values
        return self._noted(list(leaves), lambda: write(field, leaves, linking, state))

    def _where(self, node: Any) -> Clause:
        """SPL's second way to write a node; called by a backend that has it only."""
        write = super()._where  # type: ignore[misc]
        clause: Clause = self._noted(_leaves(node), lambda: write(node))
        return clause

    def _noted(self, leaves: list[Any], write: Callable[[], _Text]) -> _Text:
        note = _Written(leaves)
        self._open[-1].inner.append(note)
        self._open.append(note)
        with collecting() as note.found:
            try:
                result = write()
                clauses = result if isinstance(result, list) else [result]
                note.texts = tuple(clause.text for clause in clauses)
            except Refusal as refusal:
                note.found.add(refusal.finding)
                raise
            finally:
                self._open.pop()
        for finding in note.found.sorted():
            _again(finding)
        return result


class _Watched:
    """A backend of one target that is watched."""

    def __init__(self, caster: Caster) -> None:
        self.name = caster.name
        self.schema = target(caster.name).schema if caster.name in TARGETS else ""
        kind: Any = type(caster.backend)
        if issubclass(kind, CastBackend):
            kind = type(kind.__name__, (_Tracing, kind), {})
        self.backend: Any = kind(caster.backend.processing_pipeline)
        self.backend.roots = []
        self.backend.init_processing_pipeline()
        made: ProcessingPipeline = self.backend.last_processing_pipeline
        made._clear_pipeline()  # as adding pipelines does: each item knows one only
        self.pipeline = _WatchedPipeline(
            made.items, made.postprocessing_items, made.finalizers, made.vars
        )
        self.backend.last_processing_pipeline = self.pipeline

    def described(self, name: str) -> TargetField:
        """A field with what the catalogue knows of it in this schema."""
        if self.schema != "ecs":
            return TargetField(name, None, "{}" in name)
        return TargetField(name, catalogue().ecs_type(name), catalogue().may_repeat(name))


# --- together ---


@dataclass
class _Run:
    """What one watched rule or correlation left behind."""

    source: RuleSource
    course: _Course | None = None
    roots: list[_Written] = member(default_factory=list)
    findings: list[Diagnostic] = member(default_factory=list)
    located: dict[tuple[str, str], Diagnostic] = member(default_factory=dict)
    """The findings as the backend reported them, by what the conversion says of them."""
    result: Any = None


class _Attempt:
    """The second, watched conversion of one rule."""

    def __init__(
        self, watched: _Watched, source: RuleSource, ruleset: Ruleset, builder: Builder
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
        rest = tuple(each for each in conversion.diagnostics if _key(each) not in told)
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
                run.located[_key(found)] = each

    def _part(self, run: _Run, conversion: Conversion, told: set[tuple[str, str]]) -> Explanation:
        """The tests of one rule; notes which of the findings stand there in *told*."""
        course = run.course
        is_whole = run.source is self._source
        result = conversion.queries if is_whole else run.result or ()
        queries = tuple(map(str, result))
        if course is None or isinstance(course.rule, SigmaCorrelationRule):
            return Explanation(run.source.ref, self._watched.name, queries)
        owners, names = _Owners(course), course.fields()
        sites = dict(course.sites)
        for root in run.roots:
            _note_sites(root, owners, sites)
        at: dict[int, list[Diagnostic]] = {}
        for finding in conversion.diagnostics:
            original = run.located.get(_key(finding))
            if original is None:
                continue
            for label in _labels_of(original, course, names, sites):
                at.setdefault(label, []).append(finding)
                told.add(_key(finding))
        marks: dict[int, list[Mark]] = {}
        for mark in _marks(run.roots, queries, owners):
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
        course: _Course,
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


class _Owners:
    """Whose a leaf of the condition is."""

    def __init__(self, course: _Course) -> None:
        self._found = course.holders()

    def of(self, leaves: Iterable[Any]) -> Labels:
        return frozenset(label for leaf in leaves for label in self._of_one(leaf))

    def _of_one(self, leaf: Any) -> Labels:
        name = getattr(leaf, "field", None)
        found = self._found.get((name, id(leaf.value)))
        if found is None and isinstance(leaf.value, SigmaExists):
            found = self._found.get((name, "presence"))
        if found is None:
            found = self._found.get((name, "any"), NOBODY)
            return found if len(found) == 1 else NOBODY
        return found


def _labels_of(
    finding: Diagnostic,
    course: _Course,
    names: dict[int, tuple[str, ...]],
    sites: dict[tuple[str, str], Labels],
) -> Labels:
    """The tests that a finding is about: where it arose, narrowed to those with its field."""
    arose = sites.get(_key(finding), NOBODY)
    if finding.field is None:
        return arose
    named = frozenset(
        label
        for label, draft in enumerate(course.drafts)
        if finding.field in (draft.field, *names.get(label, ()))
    )
    return (arose & named) or named or arose


def _note_sites(
    note: _Written, owners: _Owners, sites: dict[tuple[str, str], Labels]
) -> set[tuple[str, str]]:
    """Which tests were being written when a finding arose: those of the innermost node."""
    inner = {key for each in note.inner for key in _note_sites(each, owners, sites)}
    own = {_key(finding) for finding in note.found.sorted()}
    for key in own - inner:
        sites[key] = sites.get(key, NOBODY) | owners.of(note.leaves)
    return own | inner


def _marks(roots: list[_Written], queries: tuple[str, ...], owners: _Owners) -> list[Mark]:
    marks: list[Mark] = []
    written = [root for root in roots if root.texts]
    if len(written) != len(queries):
        return marks
    for number, (root, query) in enumerate(zip(written, queries, strict=True)):
        (whole,) = root.texts
        if query.count(whole) == 1:
            _place(root, whole, query.index(whole), number, owners, marks)
    return marks


def _place(
    note: _Written, whole: str, start: int, number: int, owners: _Owners, marks: list[Mark]
) -> None:
    """Mark the text of a node, or within it those of the nodes below.

    A text is looked for after the one before it, and only if it stands in *whole* as often as the
    nodes below account for: what a backend wrote and did not use cannot be taken for another.
    """
    labels = owners.of(_all_leaves(note))
    if len(labels) < 2:
        if labels:
            marks.append(Mark(number, start, start + len(whole), tuple(labels)))
        return
    pieces = [(each, text) for each in note.inner for text in each.texts if text]
    cursor = 0
    for each, text in pieces:
        at = whole.find(text, cursor)
        if at < 0 or whole.count(text) != sum(other.count(text) for _, other in pieces):
            continue
        cursor = at + len(text)
        if len(each.texts) == 1:
            _place(each, text, start + at, number, owners, marks)
            continue
        alone = [inner for inner in each.inner if inner.texts == (text,)]
        listed = [leaf for leaf in each.leaves if not _is_alone(leaf, each)]
        found = owners.of(alone[0].leaves if alone else listed)
        marks.append(Mark(number, start + at, start + cursor, tuple(sorted(found))))
    if not pieces:
        marks.append(Mark(number, start, start + len(whole), tuple(sorted(labels))))


def _is_alone(leaf: Any, note: _Written) -> bool:
    return any(leaf is each.leaves[0] and each.texts[0] in note.texts for each in note.inner)


def _all_leaves(note: _Written) -> list[Any]:
    return note.leaves or [leaf for each in note.inner for leaf in _all_leaves(each)]


def _leaves(node: Any) -> list[Any]:
    waiting, found = [node], []
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ConditionAND, ConditionOR, ConditionNOT)):
            waiting.extend(arg for arg in reversed(each.args) if arg is not None)
        else:
            found.append(each)
    return found


def _as_written(item: SigmaDetectionItem) -> tuple[str, tuple[Any, ...]]:
    """Field and modifiers as in the rule, and its values."""
    names = [reverse_modifier_mapping.get(each.__name__, each.__name__) for each in item.modifiers]
    written = "|".join([item.field or "", *names])
    values = item.original_value if item.original_value is not None else item.value
    raw = SigmaRegularExpressionModifier in item.modifiers
    return written, tuple(_plain(value, raw=raw) for value in values)


def _plain(value: SigmaType, *, raw: bool) -> Any:
    if isinstance(value, SigmaString):
        return value.to_plain(raw)
    if isinstance(value, (SigmaNumber, SigmaBool, SigmaNull)):
        return value.to_plain()
    return _shown(value)


def _said(item: SigmaDetectionItem) -> str:
    """An item on one line."""
    joiner = " and " if item.value_linking is ConditionAND else " or "
    values = joiner.join(map(_shown, item.value)) if item.value else "absent"
    return f"{'not ' if item.negated else ''}{item.field or 'keyword'}: {values}"


def _shown(value: SigmaType) -> str:
    if isinstance(value, SigmaQueryExpression):
        return value.expr
    try:
        return shown(value)
    except (Refusal, TypeError, AttributeError, KeyError):  # values that no event is matched by
        return str(value)


def _is_presence_test(value: SigmaType) -> bool:
    if isinstance(value, SigmaString):
        return is_anything(value)
    return isinstance(value, (SigmaNull, SigmaExists))


def _keys(rule: SigmaCorrelationRule) -> list[tuple[str, str]]:
    aliases = {alias.alias for alias in rule.aliases}
    keys = [("group by", name) for name in rule.group_by or () if name not in aliases]
    for alias in rule.aliases:
        for reference, name in alias.mapping.items():
            keys.append((f"{alias.alias} in {reference}", name))
    counted = getattr(rule.condition, "fieldref", None)
    if counted is not None:
        names = counted if isinstance(counted, list) else [counted]
        keys.extend(("counted", name) for name in names)
    return keys


def _key(finding: Diagnostic) -> tuple[str, str]:
    return finding.code, finding.message


def _again(finding: Diagnostic) -> None:
    report(finding.code, finding.message, field=finding.field, hint=finding.hint, at=finding.at)
