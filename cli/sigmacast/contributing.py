"""A rule to a contribution: checked as the shared repository checks it, compared with its rules,
brought in its form, and committed there on a branch of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sigmacast.checking import Checked, Policy, check
from sigmacast.checks import CheckOptions, Subject
from sigmacast.contribution.attachments import Attachment, attachment
from sigmacast.contribution.conventions import (
    Problem,
    detection_problems,
    duplicate_problems,
    id_problems,
    log_source_problems,
    name_problems,
    text_problems,
)
from sigmacast.contribution.formatting import Formatted, formatted, with_tests_path
from sigmacast.contribution.git import Git
from sigmacast.contribution.linting import lint
from sigmacast.contribution.places import file_stem, place_of
from sigmacast.contribution.pull_request import changelog, pull_request
from sigmacast.contribution.repository import Repository, RuleFile
from sigmacast.contribution.similarity import Comparison, compare, rules_beside
from sigmacast.diagnostics import Severity
from sigmacast.errors import UsageError
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.regression import INFO
from sigmacast.rule_files import STDIN
from sigmacast.rule_form import Kind
from sigmacast.testing import run_tests
from sigmacast.yaml_reader import read_documents

PROFILE = "sigmahq"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asks for.

    ``place`` is a folder of the repository, None for where its rules of the log source lie.
    ``dry_run`` writes nothing; ``force`` goes on in spite of findings and of a duplicate.
    """

    place: str | None = None
    today: date = field(default_factory=date.today)
    dry_run: bool = False
    force: bool = False
    jobs: int = 1


@dataclass(frozen=True)
class Contribution:
    """What a rule becomes in the repository.

    ``original`` is the author's file, ``form`` its text there; ``files`` are all that are added, by
    path from the repository's top, and ``start`` is where the ``branch`` begins. ``commit`` is None
    where nothing was written, and ``is_stopped`` if that is for what was found. ``is_cut`` says
    that not all of the repository was looked at.
    """

    original: RuleSource
    place: str
    form: Formatted
    branch: str
    start: str
    checked: tuple[Checked, ...]
    problems: tuple[Problem, ...]
    comparison: Comparison
    data: Attachment
    files: Mapping[str, bytes]
    pull_request: str
    is_cut: bool = False
    is_stopped: bool = False
    commit: str | None = None

    @property
    def findings(self) -> int:
        """How many things the repository's CI would fail on."""
        errors = sum(
            finding.diagnostic.severity is Severity.ERROR
            for each in self.checked
            for finding in each.findings
        )
        return errors + len(self.problems)

    @property
    def has_duplicate(self) -> bool:
        """Whether the repository has the rule already."""
        return any(each.is_duplicate for each in self.comparison.similar)


def contribute(ruleset: Ruleset, folder: str, wanted: Wanted) -> Contribution:
    """Prepare the one rule of *ruleset* for the repository in *folder*, and commit it there unless
    something speaks against it or nothing is to be written.

    Raises UsageError for what is no single rule, for a repository that is none, is changed or has
    the branch or file already, and where git refuses; the repository is then as it was.
    """
    rule = _the_rule(ruleset)
    repository = Repository(folder)
    git = Git(repository.root)
    git.require_clean()
    branch = file_stem(rule.path)
    others = rules_beside(repository, rule, wanted.jobs)
    place = place_of(repository, rule, [file for file, _ in others], wanted.place)
    git.require_free(branch, place)
    made = _prepared(rule, repository, place, others, wanted)
    for path in made.files:
        git.require_free(branch, path)
    stopped = bool(made.findings or made.has_duplicate) and not wanted.force
    made = replace(made, branch=branch, start=git.place, is_stopped=stopped)
    if wanted.dry_run or stopped:
        return made
    commit = git.commit(made.files, branch, changelog(rule))
    return replace(made, commit=commit)


def _prepared(
    rule: RuleSource,
    repository: Repository,
    place: str,
    others: Sequence[tuple[RuleFile, RuleSource]],
    wanted: Wanted,
) -> Contribution:
    outcomes = list(run_tests(Ruleset((rule,))))
    data = attachment(repository, rule, place, outcomes, wanted.today)
    form = with_tests_path(formatted(rule.text, rule.data), data.tests_path)
    there = replace(rule, path=str(repository.root / place), data=form.data, text=form.text)
    alone = Ruleset((there,))
    options = CheckOptions(PROFILE, wanted.today)
    comparison = compare(there, others, wanted.jobs)
    files = {place: form.text.encode(), **data.files}
    return Contribution(
        rule,
        place,
        form,
        "",
        "",
        tuple(check(alone, options, Policy())),
        tuple(_problems(repository, Subject(there, alone, options), place, others, files)),
        comparison,
        data,
        files,
        pull_request(repository, there, comparison.similar, data),
        repository.is_cut,
    )


def _problems(
    repository: Repository,
    subject: Subject,
    place: str,
    others: Sequence[tuple[RuleFile, RuleSource]],
    files: Mapping[str, bytes],
) -> Iterator[Problem]:
    """What the jobs of the repository would say, in their order."""
    rule = subject.source
    for path, content in files.items():
        if path == place or path.endswith(INFO):
            yield from lint(repository, content.decode(), path)
    yield from log_source_problems(repository, subject)
    yield from text_problems(rule)
    yield from name_problems(repository, rule, place)
    yield from detection_problems(subject)
    yield from duplicate_problems(rule, others)
    yield from id_problems(repository, rule)


def _the_rule(ruleset: Ruleset) -> RuleSource:
    if len(ruleset.sources) != 1 or ruleset.sources[0].kind is not Kind.RULE:
        raise UsageError("a contribution is one rule in a file of its own: give such a file")
    rule = ruleset.sources[0]
    if rule.path == STDIN:
        raise UsageError("the rule keeps its file name: give a file, not standard input")
    if len(list(read_documents(rule.text))) != 1:
        raise UsageError("the file has several documents: give a file with one rule")
    return rule
