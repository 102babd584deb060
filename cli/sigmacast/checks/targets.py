"""What each target makes of a rule: refusals, and queries that say something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sigmacast.building import parts_of
from sigmacast.checks.base import Check, CheckOptions, Issue, Subject
from sigmacast.converting import Caster, Conversion, convert
from sigmacast.diagnostics import CODES, Diagnostic, Refusal, Route, Severity
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.rule_form import Kind

REFUSED = "SC721"
OTHERWISE = "SC722"
DEFECT = "SC900"


def run(subject: Subject) -> Iterator[Issue]:
    """One issue for each finding, with all the targets that it holds for."""
    ready = subject.options.casters
    languages = {each.name: str(getattr(each.backend, "language", each.name)) for each in ready}
    groups: dict[tuple[bool, str, Route, str], list[tuple[str, Diagnostic]]] = {}
    for conversion, finding in _findings(subject, ready):
        refuses = finding is conversion.error
        common = finding.message.replace(languages[conversion.target], "the language")
        same = (refuses, finding.code, finding.at, common)
        groups.setdefault(same, []).append((conversion.target, finding))
    for (refuses, code, at, common), found in groups.items():
        first = found[0][1]
        who = ", ".join(target for target, _ in found)
        if refuses and code != DEFECT:
            who += " refuse the rule" if len(found) > 1 else " refuses the rule"
        said = first.message if len(found) == 1 else common
        yield Issue(
            DEFECT if code == DEFECT else REFUSED if refuses else OTHERWISE,
            f"{who}: {said}{'' if code == DEFECT else f' ({code})'}",
            at,
            field=first.field,
            hint=first.hint or CODES[code].cure,
        )


def prepare(options: CheckOptions) -> None:
    """Make the targets ready; raises UsageError for a target or a pipeline that is not there."""
    _ = options.casters


def _findings(subject: Subject, ready: Sequence[Caster]) -> Iterator[tuple[Conversion, Diagnostic]]:
    """Refusals and differences in meaning that nothing else tells of."""
    source, ruleset = subject.source, subject.ruleset
    parts = _parts(source, ruleset)
    # What a rule within a correlation brings about is told at that rule.
    told = {
        (conversion.target, finding.code, finding.message)
        for part in parts
        if part is not source
        for conversion in _conversions(part, (part,), ruleset, ready)
        for finding in conversion.diagnostics
    }
    for conversion in _conversions(source, parts, ruleset, ready):
        for finding in conversion.diagnostics:
            if (conversion.target, finding.code, finding.message) in told:
                continue
            if finding is conversion.error:
                # What is no rule by itself is told before all checks.
                if not (finding.concerns_every_target and subject.problem is not None):
                    yield conversion, finding
            elif finding.severity is Severity.WARNING and not finding.concerns_every_target:
                yield conversion, finding


def _parts(source: RuleSource, ruleset: Ruleset) -> Sequence[RuleSource]:
    """The document with what it refers to; alone if something of that is not there."""
    if source.kind is Kind.CORRELATION:
        try:
            return parts_of(source, ruleset)
        except Refusal:
            pass
    return (source,)


def _conversions(
    source: RuleSource, parts: Sequence[RuleSource], ruleset: Ruleset, ready: Sequence[Caster]
) -> Iterator[Conversion]:
    """The conversions of one document, on each target."""
    alone = tuple(replace(each, part_of_correlation=each is not source) for each in parts)
    return convert(Ruleset(alone, filters=ruleset.filters), ready)


TARGETS = Check(
    "targets",
    "What each target makes of the rule",
    (REFUSED, OTHERWISE),
    run,
    prepare=prepare,
)
