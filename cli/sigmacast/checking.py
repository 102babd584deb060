"""Rules to findings: every check on every rule, with places, silenced ones counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch

from sigmacast.checks import CHECKS, Check, CheckOptions, Issue, Subject, check_of
from sigmacast.diagnostics import CODES, Diagnostic, Severity
from sigmacast.findings import finding_of, located
from sigmacast.fixing import Replacement, fixed, replacement_of
from sigmacast.jobs import in_slices
from sigmacast.loading import RuleRef, Ruleset, RuleSource
from sigmacast.marks import Span
from sigmacast.suppressions import suppressions_of

READING = "reading"
"""The name of what every rule goes through before the checks: it has to be one."""
OFF = "off"


@dataclass(frozen=True)
class Policy:
    """What a repository wants of the checks.

    ``severities`` by code or check name (lower case), ``off`` among them; ``only`` are the checks
    and codes to run, all if empty; ``exclude`` are patterns of paths.
    """

    severities: Mapping[str, Severity | str] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    exclude: tuple[str, ...] = ()

    def judged(self, finding: Finding) -> Finding | None:
        """The finding as the repository weighs it, None if it wants none of it."""
        names = finding.names
        if self.only and not self.only.intersection(names) and finding.check != READING:
            return None
        wanted = next((self.severities[name] for name in names if name in self.severities), None)
        if wanted == OFF:
            return None
        if isinstance(wanted, Severity):
            changed = replace(finding.diagnostic, severity=wanted)
            return replace(finding, diagnostic=changed)
        return finding

    def wants(self, check: Check) -> bool:
        """Whether any finding of a check can be wanted."""
        names = {check.name, *check.codes, *check.aliases()} if self.only else set()
        return not self.only or not self.only.isdisjoint(map(str.lower, names))

    def excludes(self, path: str) -> bool:
        """Whether a file is not to be checked."""
        return any(fnmatch(path, each) or fnmatch(path, f"*/{each}") for each in self.exclude)


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of one check about a rule, and where it stands in the text.

    ``replacement`` is the correction that ``--fix`` makes. ``alias`` is its own name within the
    check, as that of one of pySigma's validators.
    """

    rule: RuleRef
    check: str
    diagnostic: Diagnostic
    span: Span | None = None
    replacement: Replacement | None = None
    alias: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What comments and settings may call it by, in lower case, the narrowest first."""
        named = (self.alias, self.diagnostic.code, self.check)
        return tuple(name.lower() for name in named if name is not None)


@dataclass(frozen=True)
class Checked:
    """One document: ``text`` is its file's, ``silenced`` counts what comments hide."""

    rule: RuleRef
    text: str
    findings: tuple[Finding, ...]
    silenced: int = 0


def check(
    ruleset: Ruleset, options: CheckOptions, policy: Policy, *, jobs: int = 1
) -> Iterator[Checked]:
    """Run the checks on all rules and correlations; documents that cannot be used come first.

    Nothing is raised for a rule. *jobs* is the most processes to use for many rules.
    """
    for unusable in ruleset.unusable:
        if not policy.excludes(unusable.ref.path):
            found = Finding(unusable.ref, READING, unusable.finding)
            yield Checked(unusable.ref, "", (found,))
    sources = [each for each in ruleset.sources if not policy.excludes(each.path)]
    subjects = [Subject(source, ruleset, options) for source in sources]
    checks = [each for each in map(check_of, CHECKS) if policy.wants(each)]
    for each in checks:
        if each.prepare is not None:
            each.prepare(options)
    of_all: dict[int, list[Finding]] = {}
    for each in checks:
        if each.whole is not None:
            for subject, issue in each.whole(subjects):
                of_all.setdefault(id(subject), []).append(_finding(subject, each, issue))

    def work(start: int, stop: int) -> list[Checked]:
        return [
            _checked(subject, checks, policy, of_all.get(id(subject), ()))
            for subject in subjects[start:stop]
        ]

    for done in in_slices(work, len(subjects), jobs):
        yield from done


@dataclass(frozen=True)
class Mending:
    """What ``--fix`` makes of a file; ``corrections`` counts the findings that are mended."""

    path: str
    before: str
    after: str
    corrections: int


def mendings(checked: Iterable[Checked]) -> Iterator[Mending]:
    """The files that can be mended, with the corrections of all their documents made."""
    by_file: dict[str, list[Checked]] = {}
    for each in checked:
        by_file.setdefault(each.rule.path, []).append(each)
    for path, documents in by_file.items():
        before = documents[0].text
        made = [
            finding.replacement
            for each in documents
            for finding in each.findings
            if finding.replacement is not None
        ]
        after = fixed(before, made)
        if after != before:
            yield Mending(path, before, after, len(made))


def _checked(
    subject: Subject, checks: Sequence[Check], policy: Policy, of_all: Iterable[Finding]
) -> Checked:
    """One document with its findings in the order of the file."""
    found = [*_reading(subject), *of_all]
    for each in checks:
        if each.run is not None:
            found.extend(_finding(subject, each, issue) for issue in _issues(subject, each))
    comments = suppressions_of(subject.source.text)
    kept: dict[tuple[object, ...], Finding] = {}
    silenced = 0
    for raw in found:
        finding = policy.judged(raw)
        if finding is None:
            continue
        diagnostic = finding.diagnostic
        # A line of another file has no comment here.
        line = diagnostic.line if diagnostic.path is None else None
        if comments.silences(line, *finding.names):
            silenced += 1
            continue
        place = (diagnostic.path, diagnostic.line, diagnostic.column)
        same = (diagnostic.code, diagnostic.message, *place)
        kept.setdefault(same, finding)
    ordered = sorted(kept.values(), key=_place)
    return Checked(subject.source.ref, subject.source.text, tuple(ordered), silenced)


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    diagnostic = finding.diagnostic
    line, column = diagnostic.line or 0, diagnostic.column or 0
    return diagnostic.path or "", line, column, diagnostic.code, diagnostic.message


def _reading(subject: Subject) -> Iterator[Finding]:
    """What pySigma says of a rule that is none."""
    source, problem = subject.source, subject.problem
    if problem is not None:
        yield Finding(source.ref, READING, located(finding_of(problem, source), source))


def _issues(subject: Subject, check: Check) -> Iterator[Issue | Diagnostic]:
    assert check.run is not None
    try:
        yield from check.run(subject)
    except Exception as failure:  # a check that fails is told, and the others go on
        message = f"the check {check.name} failed: {type(failure).__name__}: {failure}"
        yield Issue("SC900", message, hint="please report it with the rule")


def _finding(subject: Subject, check: Check, issue: Issue | Diagnostic) -> Finding:
    """The issue with its place; a diagnostic has one."""
    source: RuleSource = subject.source
    if isinstance(issue, Diagnostic):
        return Finding(source.ref, check.name, issue)
    span = issue.span
    if issue.at:
        marks = subject.marks
        span = marks.value(issue.at) if issue.on_value else marks.key(issue.at)
        span = span or marks.key(issue.at)
    # What concerns a file as a whole is told at its beginning.
    place = source.position(()) if span is None else (span.line, span.column)
    line, column = place or (None, None)
    diagnostic = Diagnostic(
        issue.code,
        issue.severity or CODES[issue.code].severity,
        issue.message,
        issue.field,
        issue.hint or CODES[issue.code].cure,
        issue.at,
        line,
        column,
    )
    edit = issue.edit
    replacement = None if edit is None else replacement_of(subject.marks, edit)
    return Finding(source.ref, check.name, diagnostic, span, replacement, issue.alias)
