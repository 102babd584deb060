"""Follows each test of a rule through the steps of the pipeline, by comparing before and after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import (
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
)

from sigmacast.diagnostics import Diagnostic, collecting
from sigmacast.explanation.model import NOBODY, Labels, Step, report_again
from sigmacast.explanation.values import as_written, said
from sigmacast.rule_parts import asks_if_present, correlation_keys, items_of


@dataclass
class Draft:
    """A test while the pipeline works on it."""

    selection: str
    field: str | None
    written: str
    values: tuple[Any, ...]
    added_by: str | None = None
    steps: list[Step] = member(default_factory=list)


class Course:
    """Follows the tests of one rule, or the keys of a correlation, through the pipeline."""

    def __init__(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        self.rule = rule
        self.drafts: list[Draft] = []
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
            self.drafts = [Draft(role, name, name, ()) for role, name in correlation_keys(rule)]
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
                report_again(finding)
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
                if asks_if_present(value):
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
        written, values = as_written(item)
        self.drafts.append(Draft(name, item.field, written, values, added_by))
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
            names = [name for _, name in correlation_keys(self.rule)]
            if len(names) == len(self.drafts):
                return {label: (name,) for label, name in enumerate(names)}
            return {label: tuple(names) for label in range(len(self.drafts))}
        texts: dict[int, tuple[str, ...]] = {}
        for item, label in self._items():
            texts[label] = (*texts.get(label, ()), said(item))
        return texts

    def _about(self, finding: Diagnostic, changed: Labels) -> Labels:
        """The changed tests whose object a finding without a field names."""
        return frozenset(
            label
            for label in changed
            if (self.drafts[label].field or "\0").partition(".")[0] in finding.message
        )


class WatchedPipeline(ProcessingPipeline):
    """Runs as pySigma's does, each item watched; goes on after a refusal and raises it at the end,
    so that the mapping is known all the same."""

    course: Course | None = None

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> SigmaRule | SigmaCorrelationRule:
        """Apply every item to the rule, which a new course follows."""
        items, self.items = self.items, []
        try:
            super().apply(rule)  # sets back what a run keeps
        finally:
            self.items = items
        self.course = course = Course(rule)
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
