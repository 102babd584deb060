"""The report of ``check``: findings in five forms, and the exit code of the run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from xml.etree import ElementTree

from sigmacast import exit_codes
from sigmacast.checking import Checked, Finding
from sigmacast.diagnostics import Severity, counted
from sigmacast.loading import Ruleset
from sigmacast.marks import lines_of
from sigmacast.reports import github, jsonl, junit, text
from sigmacast.reports.inputs import tell_missing, tell_nothing
from sigmacast.reports.sarif import sarif
from sigmacast.reports.terminal import Terminal
from sigmacast.reports.text import COLOURS, RESET

FORMATS = ("text", "json", "sarif", "github", "junit")
GITHUB = {Severity.NOTE: "notice", Severity.WARNING: "warning", Severity.ERROR: "error"}


def report(
    checked: Sequence[Checked], ruleset: Ruleset, terminal: Terminal, output_format: str
) -> int:
    """Write the findings to standard output in one of ``FORMATS``; the exit code of the run."""
    tell_missing(terminal, ruleset.missing)
    if not checked:
        return tell_nothing(terminal, ruleset.missing)
    forms = {"text": _text, "json": _json, "sarif": _sarif, "github": _github, "junit": _junit}
    for line in forms[output_format](checked, terminal):
        terminal.result(line)
    terminal.talk(_summary(checked))
    failed = any(
        finding.diagnostic.severity is Severity.ERROR
        for each in checked
        for finding in each.findings
    )
    return exit_codes.FAILED if failed or ruleset.missing else exit_codes.OK


def _findings(checked: Iterable[Checked]) -> Iterator[tuple[Checked, Finding]]:
    for each in checked:
        yield from ((each, finding) for finding in each.findings)


def _summary(checked: Sequence[Checked]) -> str:
    counts = Counter(finding.diagnostic.severity for _, finding in _findings(checked))
    parts = [f"{len(checked)} checked"]
    parts += [counted(counts[each], each.value) for each in reversed(Severity) if counts[each]]
    silenced = sum(each.silenced for each in checked)
    parts += [f"{silenced} silenced by comments"] if silenced else []
    fixable = sum(finding.replacement is not None for _, finding in _findings(checked))
    parts += [f"{fixable} can be mended by --fix"] if fixable else []
    return ", ".join(parts)


def _text(checked: Iterable[Checked], terminal: Terminal) -> Iterator[str]:
    """The finding, the line with its span underlined, the cure and where to read on."""
    for each, finding in _findings(checked):
        diagnostic = finding.diagnostic
        path = diagnostic.path or each.rule.path
        place = ":".join(
            str(part) for part in (path, diagnostic.line, diagnostic.column) if part is not None
        )
        severity = f"{diagnostic.severity.value}[{diagnostic.code}]"
        if terminal.result_colour:
            severity = f"{COLOURS[diagnostic.severity.value]}{severity}{RESET}"
        name = finding.alias or finding.check
        yield f"{place}: {severity}: {text.printable(diagnostic.message)} ({name})"
        yield from _source_line(each, finding, colour=terminal.result_colour)
        if diagnostic.hint:
            yield f"  help: {text.printable(diagnostic.hint)}"
        yield f"  see:  {diagnostic.url}"
        yield ""


def _source_line(each: Checked, finding: Finding, *, colour: bool) -> Iterator[str]:
    span = finding.span
    if span is None or not each.text:
        return
    line = lines_of(each.text)[span.line - 1].expandtabs(1)
    last = span.end_column if span.end_line == span.line else len(line) + 1
    width = max(last - span.column, 1)
    number = str(span.line)
    mark = "^" * min(width, max(len(line) - span.column + 1, 1))
    if colour:
        mark = f"{COLOURS[finding.diagnostic.severity.value]}{mark}{RESET}"
    yield f"  {number} | {text.printable(line)}"
    yield f"  {' ' * len(number)} | {' ' * (span.column - 1)}{mark}"


def _json(checked: Iterable[Checked], _: Terminal) -> Iterator[str]:
    for each, finding in _findings(checked):
        diagnostic = finding.diagnostic
        yield json.dumps(
            {
                "v": jsonl.VERSION,
                "path": diagnostic.path or each.rule.path,
                "rule": each.rule.id,
                "code": diagnostic.code,
                "severity": diagnostic.severity.value,
                "message": diagnostic.message,
                "field": diagnostic.field,
                "line": diagnostic.line,
                "column": diagnostic.column,
                "hint": diagnostic.hint,
                "url": diagnostic.url,
            },
            ensure_ascii=False,
        )


def _sarif(checked: Sequence[Checked], _: Terminal) -> Iterator[str]:
    yield json.dumps(sarif([finding for _, finding in _findings(checked)]), ensure_ascii=False)


def _github(checked: Iterable[Checked], _: Terminal) -> Iterator[str]:
    for each, finding in _findings(checked):
        found = finding.diagnostic
        message = found.message + (f" ({found.hint})" if found.hint else "")
        yield github.command(
            GITHUB[found.severity],
            found.path or each.rule.path,
            found.line,
            found.code,
            message,
            found.column,
        )


def _junit(checked: Sequence[Checked], _: Terminal) -> Iterator[str]:
    """A test case for each document; errors and warnings are its failures."""
    root = junit.suites("sigmacast check")
    suite = junit.new_suite(root, "sigmacast check")
    for each in checked:
        case = junit.new_case(suite, each.rule.path, each.rule.title or each.rule.path)
        for finding in each.findings:
            found = finding.diagnostic
            if found.severity is not Severity.NOTE:
                message = text.printable(f"{found.code}: {found.message}")
                failure = ElementTree.SubElement(case, "failure", message=message)
                parts = (found.path or each.rule.path, found.line, found.column)
                place = ":".join(str(part) for part in parts if part is not None)
                failure.text = text.printable(place)
    yield from junit.lines(root)
