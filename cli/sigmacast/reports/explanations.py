"""The report of ``explain``: a tree for people, the JSON contract for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sigmacast import exit_codes
from sigmacast.diagnostics import Diagnostic
from sigmacast.explanation.model import Explanation, Key, Mark, Step, TargetField, Test
from sigmacast.loading import Ruleset
from sigmacast.reports.inputs import tell_missing, tell_nothing, tell_passed_over
from sigmacast.reports.jsonl import VERSION, diagnostic
from sigmacast.reports.terminal import Terminal
from sigmacast.reports.text import BOLD, COLOURS, DIM, RESET, printable

LONGEST = 300
"""Characters of a value or a step that people are shown; JSON has all."""


class ExplanationReport:
    """Shows explanations one by one; knows the exit code of the run."""

    def __init__(self, terminal: Terminal, *, as_json: bool) -> None:
        self._terminal = terminal
        self._json = as_json
        self._failed = 0

    def show(self, explanation: Explanation) -> None:
        """Print one explanation."""
        self._failed += explanation.error is not None
        if self._json:
            self._terminal.result(json.dumps(_wire(explanation), ensure_ascii=False))
            return
        for line in _Tree(colour=self._terminal.result_colour).lines(explanation):
            self._terminal.result(line)

    def finish(self, ruleset: Ruleset) -> int:
        """Say what could not be read; the exit code of the run."""
        tell_missing(self._terminal, ruleset.missing)
        tell_passed_over(self._terminal, ruleset.passed_over)
        if not ruleset.rules and not ruleset.unusable:
            return tell_nothing(self._terminal, ruleset.missing)
        return exit_codes.FAILED if self._failed or ruleset.missing else exit_codes.OK


class _Tree:
    """An explanation in lines, each level indented."""

    def __init__(self, *, colour: bool) -> None:
        self._colour = colour

    def lines(self, explanation: Explanation) -> Iterator[str]:
        """The whole explanation, with an empty line at its end."""
        rule = explanation.rule
        yield self._in(BOLD, f"{printable(rule.title or rule.path)}  [{explanation.target}]")
        for part in explanation.parts:
            yield f"  refers to {printable(part.rule.title or part.rule.path)}"
            yield from ("  " + line for line in self._body(part))
        yield from self._body(explanation)
        for finding in explanation.findings:
            if finding != explanation.error:
                yield from self._finding("  ", finding)
        if explanation.error is not None:
            yield "  refused"
            yield from self._finding("    ", explanation.error)
        yield ""

    def _body(self, explanation: Explanation) -> Iterator[str]:
        for number, test in enumerate(explanation.tests, start=1):
            yield from self._test(number, test, explanation)
        for key in explanation.keys:
            yield from self._key(key)
        for number, query in enumerate(explanation.queries):
            marks = [each for test in explanation.tests for each in test.marks]
            yield "  query"
            yield from self._query(query, [each for each in marks if each.query == number])

    def _test(self, number: int, test: Test, explanation: Explanation) -> Iterator[str]:
        where = f"added by {test.added_by}" if test.added_by else test.selection
        written = f"{test.written or 'keyword'}: {', '.join(map(_value, test.values))}"
        yield f"  {number} {printable(where)}: {_cut(written)}"
        if test.field is not None and not test.added_by:
            yield self._line("sigma", _known(test))
        names = ", ".join(map(_field, test.fields))
        yield self._line("field", names or ("none" if test.field else "any field, by its text"))
        yield from self._steps(test.steps)
        if test.unmarked is not None:
            yield self._line("query", f"not marked: {test.unmarked}")
        parts: Counter[str] = Counter()
        for mark in test.marks:
            others = [str(label + 1) for label in mark.tests]
            shared = f"  (shared by {', '.join(others)})" if len(others) > 1 else ""
            text = explanation.queries[mark.query][mark.start : mark.end]
            parts[_cut(text) + shared] += 1
        for part, times in parts.items():
            yield self._line("query", part + (f"  ({times} times)" if times > 1 else ""))
        for finding in test.findings:
            yield from self._finding("      ", finding)

    def _key(self, key: Key) -> Iterator[str]:
        yield f"  {key.role}: {printable(key.field)}"
        yield self._line("field", ", ".join(map(_field, key.fields)))
        yield from self._steps(key.steps)

    def _steps(self, steps: Sequence[Step]) -> Iterator[str]:
        for step in steps:
            after = "; ".join(step.after) or "nothing"
            yield self._line("step", f"{step.item}: {_cut('; '.join(step.before))}")
            yield f"            -> {_cut(after)}"

    def _line(self, what: str, said: str) -> str:
        return f"      {self._in(DIM, what.ljust(5))} {said}"

    def _query(self, query: str, marks: list[Mark]) -> Iterator[str]:
        """The query, below each line the numbers of the tests that its parts belong to."""
        start = 0
        for line in query.split("\n"):
            yield f"    {printable(line)}"
            below = [" "] * len(line)
            for mark in marks:
                first, last = max(mark.start - start, 0), min(mark.end - start, len(line))
                if first < last and len(printable(line)) == len(line):
                    label = ",".join(str(test + 1) for test in mark.tests)
                    label = label if len(label) <= last - first else ""
                    below[first:last] = (label + "~" * (last - first))[: last - first]
            if any(char != " " for char in below):
                yield f"    {self._in(COLOURS['note'], ''.join(below).rstrip())}"
            start += len(line) + 1

    def _finding(self, indent: str, finding: Diagnostic) -> Iterator[str]:
        severity = f"{finding.severity.value}[{finding.code}]"
        severity = self._in(COLOURS[finding.severity.value], severity)
        place = f" (line {finding.line})" if finding.line is not None else ""
        yield f"{indent}{severity}: {printable(finding.message)}{place}"
        if finding.hint:
            yield f"{indent}  help: {printable(finding.hint)}"

    def _in(self, colour: str, said: str) -> str:
        return f"{colour}{said}{RESET}" if self._colour else said


def _known(test: Test) -> str:
    row = test.known
    if row is None:
        return "not in the catalogue"
    array = {"yes": "a list", "no": "one value"}.get(row.array, row.array)
    spelling = {
        "": "free text" if row.json_type == "string" else "",
        "lower": "always lower case",
        "upper": "always upper case",
        "listed": "one spelling of each value",
    }.get(row.spelling, f"spelled as AWS's {row.spelling}")
    return ", ".join(part for part in (row.json_type, array, spelling) if part)


def _field(found: TargetField) -> str:
    facts = [found.type or "", "may hold several values" if found.several else ""]
    said = ", ".join(fact for fact in facts if fact)
    return printable(found.name) + (f" ({said})" if said else "")


def _value(value: Any) -> str:
    return "null" if value is None else str(value)


def _cut(said: str) -> str:
    whole = printable(said)
    return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]} ..."


# --- the JSON contract, version 1: written field by field ---


def _wire(explanation: Explanation) -> dict[str, Any]:
    error = explanation.error
    return {
        "v": VERSION,
        "target": explanation.target,
        **_wire_of_rule(explanation),
        "rules": [_wire_of_rule(part) for part in explanation.parts],
        "diagnostics": [diagnostic(found) for found in explanation.findings],
        "error": None if error is None else {"code": error.code, "message": error.message},
    }


def _wire_of_rule(explanation: Explanation) -> dict[str, Any]:
    rule = explanation.rule
    return {
        "rule": {"id": rule.id, "title": rule.title, "path": rule.path},
        "queries": list(explanation.queries),
        "tests": [_wire_of_test(test, explanation.queries) for test in explanation.tests],
        "keys": [
            {
                "role": key.role,
                "field": key.field,
                "fields": _wire_of_fields(key.fields),
                "steps": _wire_of_steps(key.steps),
            }
            for key in explanation.keys
        ],
    }


def _wire_of_test(test: Test, queries: Sequence[str]) -> dict[str, Any]:
    row = test.known
    return {
        "selection": test.selection,
        "added_by": test.added_by,
        "field": test.field,
        "written": test.written,
        "values": list(test.values),
        "sigma": None
        if row is None
        else {"json_type": row.json_type, "array": row.array, "spelling": row.spelling},
        "fields": _wire_of_fields(test.fields),
        "becomes": list(test.becomes),
        "steps": _wire_of_steps(test.steps),
        "diagnostics": [diagnostic(found) for found in test.findings],
        "marks": [
            {
                "query": mark.query,
                "start": mark.start,
                "end": mark.end,
                "text": queries[mark.query][mark.start : mark.end],
                "tests": list(mark.tests),
            }
            for mark in test.marks
        ],
        "unmarked": test.unmarked,
    }


def _wire_of_fields(fields: Sequence[TargetField]) -> list[dict[str, Any]]:
    return [{"name": each.name, "type": each.type, "several": each.several} for each in fields]


def _wire_of_steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {"item": step.item, "before": list(step.before), "after": list(step.after)}
        for step in steps
    ]
