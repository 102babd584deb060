"""Rules to queries: one conversion for each rule and target."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule

from sigmacast.building import Builder, build_correlation, filter_applies, parts_of
from sigmacast.diagnostics import (
    CODES,
    Diagnostic,
    Refusal,
    Severity,
    collecting,
    either,
    make,
    report,
)
from sigmacast.errors import unknown
from sigmacast.findings import CONDITION, finding_of, located
from sigmacast.jobs import in_slices
from sigmacast.loading import RuleRef, Ruleset, RuleSource
from sigmacast.options import Options
from sigmacast.pipelines import pipeline, with_values
from sigmacast.rule_form import Kind
from sigmacast.targets import TARGETS, target

if TYPE_CHECKING:
    from sigma.conversion.base import Backend

QUERY = "query"
"""The format of a conversion that is no artifact."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of one rule on one target: queries, or an error in place of them.

    The error is the last of the diagnostics too, with its place and cure.
    """

    rule: RuleRef
    target: str
    format: str
    queries: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    error: Diagnostic | None = None


@dataclass(frozen=True)
class Caster:
    """One target made ready: its backend with the pipeline that all rules go through."""

    name: str
    backend: Backend
    knows_schema: bool
    options: Options


def casters(names: Sequence[str], options: Options) -> list[Caster]:
    """The targets of these names, each with its pipelines.

    Raises UsageError for an unknown target, an unknown pipeline or an unusable pipeline file,
    before anything is converted.
    """
    return [_caster(name, options) for name in dict.fromkeys(names)]


def convert(
    ruleset: Ruleset, targets: Sequence[Caster], *, strict: bool = False, jobs: int = 1
) -> Iterator[Conversion]:
    """Convert all rules to all targets; documents that cannot be used come first.

    Nothing is raised for a rule: what is wrong with it is in its conversion. With *strict* a
    warning counts as an error. *jobs* is the most processes to use for many rules.
    """
    for unusable in ruleset.unusable:
        for caster in targets:
            found = unusable.finding
            yield Conversion(unusable.ref, caster.name, QUERY, (), (found,), found)
    rules = ruleset.rules
    twice = _repeated_ids(rules)
    builder = Builder(ruleset.filters, several_targets=len(targets) > 1)
    options = targets[0].options if targets else Options()
    advice = _Advice(ruleset, options, builder)

    def work(start: int, stop: int) -> list[Conversion]:
        done: list[Conversion] = []
        for source in rules[start:stop]:
            warning = twice.get(id(source))
            each = [_cast(source, caster, ruleset, builder, warning) for caster in targets]
            done.extend(advice.given(source, each))
        return done

    for conversions in in_slices(work, len(rules), jobs):
        yield from map(strictly, conversions) if strict else conversions


def strictly(conversion: Conversion) -> Conversion:
    """The conversion with its warnings as errors, the first of them in place of the queries."""
    raised = tuple(
        replace(finding, severity=Severity.ERROR)
        if finding.severity is Severity.WARNING
        else finding
        for finding in conversion.diagnostics
    )
    first = next((finding for finding in raised if finding.severity is Severity.ERROR), None)
    if conversion.error is not None or first is None:
        return replace(conversion, diagnostics=raised)
    return replace(conversion, queries=(), diagnostics=raised, error=first)


def unused_filters(ruleset: Ruleset) -> list[tuple[RuleSource, Diagnostic]]:
    """A warning for each filter that applies to no rule."""
    rules = [source for source in ruleset.sources if source.kind is Kind.RULE]
    return [
        (source, make("SC010", "the filter changes no rule", hint=CODES["SC010"].cure))
        for source in ruleset.filters
        if not any(filter_applies(source, rule) for rule in rules)
    ]


def _caster(name: str, options: Options) -> Caster:
    if name in TARGETS:
        found = target(name)
        ours = () if options.without_pipeline else (found.pipeline,)
        base = pipeline((*ours, *options.pipelines))
        ready = with_values(base, options.variables(), options.placeholders)
        backend: Backend = found.backend(ready)
        knows_schema = True
    else:
        from sigmacast.installed import installed_backends

        others = installed_backends()
        if name not in others:
            raise unknown("target", name, [*TARGETS, *others], "sigmacast list targets")
        base = pipeline(options.pipelines)
        ready = with_values(base, options.variables(), options.placeholders)
        backend = others[name](ready)
        knows_schema = False
    backend.init_processing_pipeline()
    return Caster(name, backend, knows_schema, options)


def _cast(
    source: RuleSource,
    caster: Caster,
    ruleset: Ruleset,
    builder: Builder,
    warning: Diagnostic | None,
) -> Conversion:
    error = None
    queries: tuple[str, ...] = ()
    with collecting() as found:
        if not caster.knows_schema:
            report("SC104", f"{caster.name} is another package's backend: no schema knowledge")
        try:
            queries = _queries(source, caster.backend, ruleset, builder)
        except Exception as failure:  # one bad rule must not stop the others
            error = finding_of(failure, source)
    said = [*([warning] if warning else []), *found.sorted(), *([error] if error else [])]
    diagnostics = tuple(located(finding, source, caster.backend) for finding in said)
    return Conversion(
        source.ref,
        caster.name,
        QUERY,
        () if error else queries,
        diagnostics,
        diagnostics[-1] if error else None,
    )


class _Advice:
    """Names the targets that can say a rule which one of them refused, by trying them."""

    REFUSALS = frozenset({"SC103", "SC201", "SC202", "SC203", "SC204", "SC207"})

    def __init__(self, ruleset: Ruleset, options: Options, builder: Builder) -> None:
        self._ruleset = ruleset
        self._options = options
        self._builder = builder
        self._casters: dict[str, Caster] = {}

    def given(self, source: RuleSource, conversions: list[Conversion]) -> list[Conversion]:
        """The conversions of one rule, each refusal with a hint that holds for the rule."""
        refused = [each for each in conversions if self._is_refusal(each)]
        if not refused:
            return conversions
        known = {each.target: bool(each.queries) for each in conversions}
        able = [
            name
            for name in TARGETS
            if (known[name] if name in known else self._converts(source, name))
        ]
        hint = f"use -t {either(able)}" if able else "no target can say this rule as it is"
        return [_hinted(each, hint) if each in refused else each for each in conversions]

    def _is_refusal(self, conversion: Conversion) -> bool:
        error = conversion.error
        return error is not None and error.code in self.REFUSALS and conversion.target in TARGETS

    def _converts(self, source: RuleSource, name: str) -> bool:
        if name not in self._casters:
            self._casters[name] = _caster(name, self._options)
        try:
            with collecting():
                backend = self._casters[name].backend
                return bool(_queries(source, backend, self._ruleset, self._builder))
        except Exception:  # whatever stops it, it is no target to advise
            return False


def _hinted(conversion: Conversion, hint: str) -> Conversion:
    assert conversion.error is not None
    error = replace(conversion.error, hint=hint)
    return replace(conversion, diagnostics=(*conversion.diagnostics[:-1], error), error=error)


def _queries(
    source: RuleSource, backend: Backend, ruleset: Ruleset, builder: Builder
) -> tuple[str, ...]:
    if source.kind is Kind.CORRELATION:
        results = _correlation_queries(source, backend, ruleset, builder)
    else:
        results = backend.convert_rule(builder.rule(source), backend.default_format)
    output = backend.finalize(results, backend.default_format)
    queries = output if isinstance(output, (list, tuple)) else [output]
    texts = tuple(
        query if isinstance(query, str) else json.dumps(query, default=str) for query in queries
    )
    if not texts or not all(text.strip() for text in texts):
        raise Refusal("SC007", "the condition leaves nothing to search for", at=CONDITION)
    return texts


def _correlation_queries(
    source: RuleSource, backend: Backend, ruleset: Ruleset, builder: Builder
) -> list[Any]:
    """Convert the rules that the correlation needs, in order, and itself at the end."""
    parts = parts_of(source, ruleset)
    objects = [
        builder.rule(part) if part.kind is Kind.RULE else build_correlation(part) for part in parts
    ]
    collection = SigmaCollection(list(objects))
    if not set(map(id, collection.rules)) == set(map(id, objects)):
        raise Refusal("SC008", "a referenced rule was lost while filters were applied")
    results: list[Any] = []
    for part in objects:
        if isinstance(part, SigmaCorrelationRule):
            results = backend.convert_correlation_rule(part, backend.default_format)
        else:
            backend.convert_rule(part, backend.default_format)
    return results


def _repeated_ids(sources: Iterable[RuleSource]) -> dict[int, Diagnostic]:
    """A warning for each rule whose id an earlier one has."""
    first: dict[str, RuleSource] = {}
    warnings: dict[int, Diagnostic] = {}
    for source in sources:
        known = source.ref.id
        if known is None:
            continue
        earlier = first.setdefault(known.lower(), source)
        if earlier is not source:
            warnings[id(source)] = make(
                "SC009",
                f"the id {known} is also that of {earlier.path}",
                hint=CODES["SC009"].cure,
                at=("id",),
            )
    return warnings
