"""Notes which text a test became, where the backend writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as member
from typing import Any, TypeVar

from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR
from sigma.processing.pipeline import ProcessingPipeline

from sigmacast.converting import Caster
from sigmacast.diagnostics import Collector, Refusal, collecting
from sigmacast.explanation.course import WatchedPipeline
from sigmacast.explanation.model import TargetField, report_again
from sigmacast.schema import catalogue
from sigmacast.targets import TARGETS, target
from sigmacast.targets.base import CastBackend, Clause


@dataclass
class Written:
    """A node of the condition with the texts that it became."""

    leaves: list[Any]
    texts: tuple[str, ...] = ()
    inner: list[Written] = member(default_factory=list)
    found: Collector = member(default_factory=Collector)


_Text = TypeVar("_Text", Clause, list[Clause])


class Tracing(CastBackend):
    """Put before a backend of ours: notes every text where it is written."""

    roots: list[Written]
    _open: list[Written]

    def convert_condition(self, cond: Any, state: Any) -> Any:
        """A whole condition."""
        root = Written([])
        self._open = [root]
        self.roots.append(root)
        text = super().convert_condition(cond, state)
        root.texts = (str(text),)
        return text

    def render(self, node: Any, state: Any) -> Clause:
        """Any node."""
        write = super().render
        return self._noted(leaves_of(node), lambda: write(node, state))

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
        clause: Clause = self._noted(leaves_of(node), lambda: write(node))
        return clause

    def _noted(self, leaves: list[Any], write: Callable[[], _Text]) -> _Text:
        note = Written(leaves)
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
            report_again(finding)
        return result


class Watched:
    """A backend of one target that is watched."""

    def __init__(self, caster: Caster) -> None:
        self.name = caster.name
        self.schema = target(caster.name).schema if caster.name in TARGETS else ""
        kind: Any = type(caster.backend)
        if issubclass(kind, CastBackend):
            kind = type(kind.__name__, (Tracing, kind), {})
        self.backend: Any = kind(caster.backend.processing_pipeline)
        self.backend.roots = []
        self.backend.init_processing_pipeline()
        made: ProcessingPipeline = self.backend.last_processing_pipeline
        made._clear_pipeline()  # as adding pipelines does: each item knows one only
        self.pipeline = WatchedPipeline(
            made.items, made.postprocessing_items, made.finalizers, made.vars
        )
        self.backend.last_processing_pipeline = self.pipeline

    def described(self, name: str) -> TargetField:
        """A field with what the catalogue knows of it in this schema."""
        if self.schema != "ecs":
            return TargetField(name, None, "{}" in name)
        return TargetField(name, catalogue().ecs_type(name), catalogue().may_repeat(name))


def leaves_of(node: Any) -> list[Any]:
    """The tests of a condition, in their order."""
    waiting, found = [node], []
    while waiting:
        each = waiting.pop()
        if isinstance(each, (ConditionAND, ConditionOR, ConditionNOT)):
            waiting.extend(arg for arg in reversed(each.args) if arg is not None)
        else:
            found.append(each)
    return found
