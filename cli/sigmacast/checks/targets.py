"""What each target makes of a rule: refusals, and queries that say something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sigmacast.building import build_correlation, parts_of
from sigmacast.checks.base import Check, CheckOptions, Issue, Subject
from sigmacast.converting import Caster, Conversion, casters, convert
from sigmacast.diagnostics import CODES, Diagnostic, Refusal, Route, Severity
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.rule_form import Kind

REFUSED = "SC721"
OTHERWISE = "SC722"
DEFECT = "SC900"

_ready: list[tuple[CheckOptions, list[Caster]]] = []
"""The casters of the present run: making them takes as long as a hundred rules."""


def run(subject: Subject) -> Iterator[Issue]:
    """One issue for each finding, with all the targets that it holds for."""
    ready = _casters(subject.options)
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


def whole(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Issue]]:
    """Nothing: the targets are made ready before the work is divided among processes.

    Raises UsageError for a target or a pipeline that is not there.
    """
    if subjects:
        _casters(subjects[0].options)
    yield from ()


def _casters(options: CheckOptions) -> list[Caster]:
    if not _ready or _ready[0][0] is not options:
        _ready[:] = [(options, casters(options.targets, options.conversion))]
    return _ready[0][1]


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
                if not (finding.concerns_every_target and _is_broken(subject)):
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


def _is_broken(subject: Subject) -> bool:
    """Whether the document is no rule by itself, which is told before all checks."""
    try:
        if subject.source.kind is Kind.CORRELATION:
            build_correlation(subject.source)
            return False
        if subject.rule is None:
            return True
        for condition in subject.rule.detection.parsed_condition:
            condition.parsed  # noqa: B018  # it is parsed when it is asked for
    except Exception:
        return True
    return False


TARGETS = Check(
    "targets",
    "What each target makes of the rule",
    (REFUSED, OTHERWISE),
    run,
    whole,
)
