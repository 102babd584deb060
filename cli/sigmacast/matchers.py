"""Rules as loaded, compiled for events: filters applied, placeholders filled in, refusals named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sigmacast.building import build_correlation, build_rule, parts_of
from sigmacast.diagnostics import Diagnostic, Refusal
from sigmacast.findings import finding_of, located
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.matching.correlations import Correlation
from sigmacast.matching.rules import Matcher, compile_rule
from sigmacast.rule_form import Kind

PRODUCT, SERVICE = "aws", "cloudtrail"


@dataclass(frozen=True)
class CompiledCorrelation:
    """A correlation with the rules that it refers to: reference to position among the matchers,
    or to another correlation."""

    source: RuleSource
    correlation: Correlation
    events_of: Mapping[str, int]
    firings_of: Mapping[str, CompiledCorrelation]


@dataclass
class CompiledRules:
    """Rules made ready for events.

    ``matchers`` and ``sources`` belong together; those at the positions in ``shown`` stand for
    themselves, the others only in correlations. ``other_log_sources`` were left out.
    """

    matchers: list[Matcher] = field(default_factory=list)
    sources: list[RuleSource] = field(default_factory=list)
    shown: set[int] = field(default_factory=set)
    correlations: list[CompiledCorrelation] = field(default_factory=list)
    refused: list[tuple[RuleSource, Diagnostic]] = field(default_factory=list)
    other_log_sources: list[RuleSource] = field(default_factory=list)


def matcher(
    source: RuleSource,
    filters: Sequence[RuleSource] = (),
    placeholders: Mapping[str, Sequence[Any]] | None = None,
) -> Matcher:
    """One rule, compiled; *placeholders* are the values for ``|expand``.

    Raises Refusal for a rule that breaks the specification or cannot be matched on events, a
    correlation among them: it has a meaning on many events only.
    """
    if source.kind is not Kind.RULE:
        raise Refusal(
            "SC502",
            f"a {source.kind.value} is no test of one event",
            hint="match it together with its rules (`sigmacast match`)",
        )
    rule = build_rule(source, filters)
    if placeholders:
        from sigma.processing.pipeline import ProcessingPipeline

        from sigmacast.pipelines import with_values

        with_values(ProcessingPipeline(), {}, placeholders).apply(rule)
    return compile_rule(rule)


def compile_rules(
    ruleset: Ruleset, placeholders: Mapping[str, Sequence[Any]] | None = None
) -> CompiledRules:
    """All rules and correlations of a set that are for CloudTrail; one bad rule stops no other."""
    compiler = _Compiler(ruleset, placeholders or {})
    for source in ruleset.rules:
        compiler.add(source)
    return compiler.result


def compile_one(
    source: RuleSource,
    ruleset: Ruleset,
    placeholders: Mapping[str, Sequence[Any]] | None = None,
) -> CompiledRules:
    """One rule, whatever its log source, or one correlation with the rules that it needs."""
    compiler = _Compiler(ruleset, placeholders or {}, any_log_source=True)
    compiler.add(source)
    return compiler.result


def covers_cloudtrail(source: RuleSource) -> bool:
    """Whether a rule's log source may hold CloudTrail records; a correlation's is not its own."""
    if source.kind is Kind.CORRELATION:
        return True
    log_source = source.data.get("logsource") or {}
    return (
        log_source.get("product") in (None, PRODUCT)
        and log_source.get("service") in (None, SERVICE)
        and log_source.get("category") is None
    )


class _Compiler:
    def __init__(
        self,
        ruleset: Ruleset,
        placeholders: Mapping[str, Sequence[Any]],
        *,
        any_log_source: bool = False,
    ) -> None:
        self.result = CompiledRules()
        self._any_log_source = any_log_source
        self._ruleset = ruleset
        self._placeholders = placeholders
        self._positions: dict[int, int] = {}

    def add(self, source: RuleSource) -> None:
        parts = [source]
        try:
            if source.kind is Kind.CORRELATION:
                parts = parts_of(source, self._ruleset)
            if not self._any_log_source and not all(map(covers_cloudtrail, parts)):
                self.result.other_log_sources.append(source)
            elif source.kind is Kind.CORRELATION:
                self.result.correlations.append(self._correlation(source))
            else:
                self.result.shown.add(self._position(source))
        except Exception as failure:  # one bad rule must not stop the others
            finding = located(finding_of(failure, source), source)
            self.result.refused.append((source, finding))

    def _position(self, source: RuleSource) -> int:
        known = self._positions.get(id(source))
        if known is None:
            compiled = matcher(source, self._ruleset.filters, self._placeholders)
            known = self._positions[id(source)] = len(self.result.matchers)
            self.result.matchers.append(compiled)
            self.result.sources.append(source)
        return known

    def _correlation(self, source: RuleSource) -> CompiledCorrelation:
        correlation = Correlation(build_correlation(source))
        events_of: dict[str, int] = {}
        firings_of: dict[str, CompiledCorrelation] = {}
        for reference in correlation.references:
            part = self._ruleset.find(reference)
            assert part is not None  # parts_of has found it
            if part.kind is Kind.CORRELATION:
                firings_of[reference] = self._correlation(part)
            else:
                events_of[reference] = self._position(part)
        return CompiledCorrelation(source, correlation, events_of, firings_of)
