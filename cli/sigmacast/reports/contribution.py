"""The report of ``contribute``: what was found, what comes near, and what becomes of the rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sigmacast import exit_codes
from sigmacast.contributing import Contribution
from sigmacast.contribution.similarity import Similar
from sigmacast.diagnostics import counted
from sigmacast.fixing import difference
from sigmacast.loading import Ruleset
from sigmacast.reports import text
from sigmacast.reports.inputs import tell_missing, tell_nothing, tell_unusable
from sigmacast.reports.terminal import Terminal
from sigmacast.reports.text import BOLD, RESET

MAX_SIMILAR = 10
MAX_TESTS = 3
"""Tests that one of two similar rules has alone, of which the report names the first."""


def report_unusable(ruleset: Ruleset, terminal: Terminal) -> int | None:
    """Say why there is no rule to prepare; the exit code, None where there is one."""
    tell_missing(terminal, ruleset.missing)
    tell_unusable(terminal, ruleset.unusable)
    if ruleset.unusable:
        return exit_codes.FAILED
    if not ruleset.sources:
        return tell_nothing(terminal, ruleset.missing)
    return None


def report(made: Contribution, terminal: Terminal) -> int:
    """Write all about the contribution to standard output; the exit code of the run.

    What is there to be copied (the file, the pull request) is not indented.
    """
    for title, lines in _parts(made):
        terminal.result(f"{BOLD}{title}{RESET}" if terminal.result_colour else title)
        for line in lines:
            terminal.result(text.printable(line))
        terminal.result("")
    terminal.talk(text.printable(_ending(made)))
    return exit_codes.FAILED if made.is_stopped else exit_codes.OK


def _parts(made: Contribution) -> Iterator[tuple[str, Sequence[str]]]:
    yield "place", [f"  {made.place}", f"  branch {made.branch}, from {made.start}"]
    yield "findings", list(_findings(made)) or ["  none"]
    yield "similar rules", [f"  {each}" for each in _similar(made)]
    yield "form", list(_form(made))
    yield "regression data", [f"  {made.data.told}", *(f"  {each}" for each in made.data.files)]
    yield "pull request", made.pull_request.split("\n")


def _findings(made: Contribution) -> Iterator[str]:
    """Findings of the repository's own jobs, then those of the checks."""
    for problem in made.problems:
        parts = (made.place, problem.line, problem.column)
        place = ":".join(str(part) for part in parts if part is not None)
        yield f"  {place}: error: {problem.message} ({problem.job})"
    for each in made.checked:
        for finding in each.findings:
            said = text.finding(made.place, finding.diagnostic, finding.alias or finding.check)
            yield from (f"  {line}" for line in said.split("\n"))


def _similar(made: Contribution) -> Iterator[str]:
    comparison = made.comparison
    yield f"compared with {counted(comparison.compared, 'rule')} for this log source"
    if comparison.left_out:
        yield f"{comparison.left_out} could not be compared, for want of a meaning on one event"
    if comparison.undecided:
        yield f"{comparison.undecided} are too large to say whether one contains the other"
    if made.is_cut:
        yield "the repository has more or larger rule files than are looked at"
    for each in comparison.similar[:MAX_SIMILAR]:
        yield from _one_similar(each)
    if len(comparison.similar) > MAX_SIMILAR:
        yield f"and {len(comparison.similar) - MAX_SIMILAR} more"


def _one_similar(each: Similar) -> Iterator[str]:
    kept = f", {each.file.tree}" if each.file.is_retired else ""
    linked = f", related: {each.linked}" if each.linked else ""
    yield f"{each.file.path} ({round(100 * each.score)} % in common{kept}{linked})"
    yield f"  {each.source.ref.title}"
    yield f"  it {each.relation.value}"
    for name, tests in (("the new rule", each.only_new), ("it", each.only_there)):
        if tests:
            more = f" and {len(tests) - MAX_TESTS} more" if len(tests) > MAX_TESTS else ""
            yield f"  only {name} has {', '.join(tests[:MAX_TESTS])}{more}"


def _form(made: Contribution) -> Iterator[str]:
    """What changes in the file, and the difference; the text where it stays as it is."""
    for told in made.form.changed:
        yield f"  changed: {told}"
    for told in made.form.kept:
        yield f"  not changed, since that would change the meaning: {told}"
    before, after = made.original.text, made.form.text
    if before == after:
        yield "  the file stays byte for byte"
        yield from after.splitlines()
    else:
        yield from difference(made.place, before, after).splitlines()


def _ending(made: Contribution) -> str:
    if made.commit is not None:
        return f"committed {made.commit[:12]} on the branch {made.branch}; nothing was pushed"
    if not made.is_stopped:
        return "nothing was written (--dry-run)"
    duplicate = "; the repository has the rule already" if made.has_duplicate else ""
    findings = counted(made.findings, "finding")
    return f"{findings} that the CI would fail on{duplicate}; nothing was written"
