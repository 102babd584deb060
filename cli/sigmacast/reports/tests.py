"""The report of ``test``: one result in four forms, and the exit code of the run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from sigmacast import exit_codes
from sigmacast.diagnostics import counted
from sigmacast.loading import Ruleset
from sigmacast.reports import github, jsonl, junit, text, why
from sigmacast.reports.inputs import tell_missing, tell_nothing
from sigmacast.reports.terminal import Terminal
from sigmacast.reports.text import RESET
from sigmacast.testing import TOP, Baseline, Outcome, Results, Status

FORMATS = ("text", "json", "junit", "github")
COLOURS = {"passed": "\033[32m", "failed": "\033[31m", "error": "\033[31m", "no data": "\033[33m"}


def report(results: Results, ruleset: Ruleset, terminal: Terminal, output_format: str) -> int:
    """Write the results to standard output in one of ``FORMATS``; the exit code of the run."""
    tell_missing(terminal, ruleset.missing)
    if not results.outcomes:
        return tell_nothing(terminal, ruleset.missing)
    lines = {"text": _text, "json": _json, "junit": _junit, "github": _github}[output_format]
    for line in lines(results, terminal):
        terminal.result(line)
    if results.baseline_events == 0:
        terminal.error("sigmacast: the baseline holds no events")
        return exit_codes.NOTHING
    failed = any(map(results.failed, results.outcomes)) or any(
        map(results.is_noisy, results.baselines)
    )
    return exit_codes.FAILED if failed or ruleset.missing or results.unreadable else exit_codes.OK


def reason_of(outcome: Outcome) -> str:
    """Why a test did not pass, on one line."""
    if outcome.finding is not None:
        finding = outcome.finding
        cure = f" ({finding.hint})" if finding.hint else ""
        return text.printable(f"{finding.code}: {finding.message}{cure}")
    return text.printable(outcome.message or outcome.status.value)


def details_of(outcome: Outcome, *, colour: bool = False) -> Iterator[str]:
    """The records that show a failure, and the tests of the rule that decided on each."""
    for witness in outcome.witnesses:
        verb = "matched" if witness.matched else "did not match"
        yield text.printable(f"record {witness.record} of {witness.file} {verb}")
        for reason in witness.deciding:
            mark = why.mark(reason.matched, colour=colour)
            yield f"  {mark} {why.test_line(reason, colour=colour)}"


def noise_of(baseline: Baseline) -> Iterator[str]:
    """What a rule matched most among harmless events."""
    for name, values in baseline.commonest.items():
        most = ", ".join(f"{value} ({count})" for value, count in values.most_common(TOP))
        yield text.printable(f"{name}: {most}")


def _text(results: Results, terminal: Terminal) -> Iterator[str]:
    colour = terminal.result_colour
    rows = [_row(results, group) for group in _by_rule(results.outcomes)]
    if rows:
        head, *lines = text.table(rows, ("RULE", "MATCHES", "NEAR MISSES", "RESULT"))
        yield head
        for line, row in zip(lines, rows, strict=True):
            yield line.removesuffix(row[3]) + _coloured(row[3], colour=colour)
    for outcome in results.outcomes:
        if results.failed(outcome):
            yield ""
            kind = "" if outcome.must_match else "near miss "
            place = f" ({outcome.path})" if outcome.path else ""
            yield _coloured(outcome.status.value, colour=colour) + text.printable(
                f" {_name(outcome)}: {kind}{outcome.test}{place}"
            )
            yield f"  {reason_of(outcome)}"
            yield from (f"  {line}" for line in details_of(outcome, colour=colour))
    yield from _baseline_text(results, colour=colour)
    yield ""
    yield _summary(results)


def _baseline_text(results: Results, *, colour: bool) -> Iterator[str]:
    if not results.baselines:
        return
    yield ""
    rows = [
        (
            text.printable(each.rule.title or each.rule.path),
            str(each.hits),
            "failed" if results.is_noisy(each) else "passed",
        )
        for each in results.baselines
        if each.hits
    ]
    quiet = len(results.baselines) - len(rows)
    if rows:
        head, *lines = text.table(rows, ("RULE", "BASELINE HITS", "RESULT"))
        yield head
        for line, row in zip(lines, rows, strict=True):
            yield line.removesuffix(row[2]) + _coloured(row[2], colour=colour)
    yield f"{quiet} of {len(results.baselines)} rules match nothing in the baseline"
    for baseline in filter(results.is_noisy, results.baselines):
        yield ""
        name = text.printable(baseline.rule.title or baseline.rule.path)
        yield f"{name}: {counted(baseline.hits, 'hit')}, {results.max_hits} allowed"
        yield from (f"  {line}" for line in noise_of(baseline))


def _row(results: Results, group: Sequence[Outcome]) -> tuple[str, str, str, str]:
    def passed_of(*, must_match: bool) -> str:
        cases = [each for each in group if each.must_match is must_match and _is_case(each)]
        passed = sum(each.status is Status.PASSED for each in cases)
        return f"{passed}/{len(cases)}" if cases else "-"

    worst = next((each.status for each in group if results.failed(each)), None)
    plain = next((each.status for each in group if each.status is not Status.PASSED), Status.PASSED)
    return (
        text.printable(_name(group[0])),
        passed_of(must_match=True),
        passed_of(must_match=False),
        (worst or plain).value,
    )


def _is_case(outcome: Outcome) -> bool:
    return outcome.status in (Status.PASSED, Status.FAILED) or (
        outcome.status is Status.ERROR and outcome.path != outcome.rule.path
    )


def _by_rule(outcomes: Iterable[Outcome]) -> list[list[Outcome]]:
    groups: dict[object, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(outcome.rule, []).append(outcome)
    return list(groups.values())


def _name(outcome: Outcome) -> str:
    return outcome.rule.title or outcome.rule.path


def _coloured(word: str, *, colour: bool) -> str:
    return f"{COLOURS.get(word, '')}{word}{RESET}" if colour else word


def _summary(results: Results) -> str:
    rules = len(_by_rule(results.outcomes))
    counts = dict.fromkeys(Status, 0)
    for outcome in results.outcomes:
        counts[outcome.status] += 1
    said = [f"{count} {status.value}" for status, count in counts.items() if count]
    return f"{counted(rules, 'rule')}: {', '.join(said) or 'nothing to run'}"


def _json(results: Results, _: Terminal) -> Iterator[str]:
    yield from map(jsonl.outcome_line, results.outcomes)
    for baseline in results.baselines:
        yield jsonl.baseline_line(baseline, results.max_hits, TOP)


def _junit(results: Results, _: Terminal) -> Iterator[str]:
    root = junit.suites("sigmacast test")
    for group in _by_rule(results.outcomes):
        suite = junit.new_suite(root, _name(group[0]))
        for outcome in group:
            _junit_case(suite, results, outcome)
    if results.baselines:
        suite = junit.new_suite(root, "baseline")
        for baseline in results.baselines:
            name = baseline.rule.title or baseline.rule.path
            case = junit.new_case(suite, baseline.rule.path, name)
            if results.is_noisy(baseline):
                message = f"{counted(baseline.hits, 'hit')}, {results.max_hits} allowed"
                failure = ElementTree.SubElement(case, "failure", message=message)
                failure.text = "\n".join(noise_of(baseline))
    yield from junit.lines(root)


def _junit_case(suite: ElementTree.Element, results: Results, outcome: Outcome) -> None:
    kind = "" if outcome.must_match else "near miss: "
    case = junit.new_case(suite, outcome.rule.path, f"{kind}{outcome.test}")
    if results.failed(outcome):
        tag = "error" if outcome.status is Status.ERROR else "failure"
        problem = ElementTree.SubElement(case, tag, message=reason_of(outcome))
        problem.text = "\n".join(details_of(outcome))
    elif outcome.status is not Status.PASSED:
        ElementTree.SubElement(case, "skipped", message=reason_of(outcome))


def _github(results: Results, _: Terminal) -> Iterator[str]:
    """Workflow commands, which GitHub shows beside the rule's lines."""
    for outcome in results.outcomes:
        failed = results.failed(outcome)
        if not failed and outcome.status is not Status.NO_DATA:
            continue
        lines = [reason_of(outcome), *details_of(outcome)]
        title = f"{_name(outcome)}: {outcome.test}"
        path = outcome.rule.path
        line = None
        if outcome.finding is not None and outcome.finding.line is not None:
            path, line = outcome.path or path, outcome.finding.line
        yield github.command("error" if failed else "warning", path, line, title, "\n".join(lines))
    for baseline in filter(results.is_noisy, results.baselines):
        hits = f"{baseline.hits} hits in the baseline, {results.max_hits} allowed"
        title = f"{baseline.rule.title or baseline.rule.path}: baseline"
        yield github.command(
            "error", baseline.rule.path, None, title, "\n".join([hits, *noise_of(baseline)])
        )
