"""The report of ``verify``: a table of verdicts, the events that show a wrong one, exit code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sigmacast import exit_codes
from sigmacast.diagnostics import counted
from sigmacast.events import EventReader, Problem
from sigmacast.loading import Ruleset
from sigmacast.reports import jsonl, text, why
from sigmacast.reports.inputs import tell_missing, tell_unusable
from sigmacast.reports.terminal import Terminal
from sigmacast.reports.text import RESET
from sigmacast.verification.proofs import Difference, Proof, Verdict, Verification, Witness

COLOURS = {
    Verdict.EXACT: "\033[32m",
    Verdict.ANNOUNCED: "\033[36m",
    Verdict.REFUSED: "\033[36m",
    Verdict.UNPROVEN: "\033[33m",
    Verdict.WRONG: "\033[31m",
}


class VerificationReport:
    """Says what a verification gave, and what could not be read on the way."""

    def __init__(self, terminal: Terminal, *, as_json: bool) -> None:
        self._terminal = terminal
        self._json = as_json
        self._unreadable = 0

    def problem(self, problem: Problem) -> None:
        """Say what could not be read."""
        self._unreadable += 1
        colour = self._terminal.talk_colour
        self._terminal.error(text.finding(problem.file, problem.diagnostic, colour=colour))

    def finish(
        self, verification: Verification, ruleset: Ruleset, reader: EventReader | None = None
    ) -> int:
        """Write the results; the exit code of the run.

        *reader* gave the events of the user, of whom there may be none only if none were asked for.
        """
        self._talk(verification, ruleset, reader)
        proofs = verification.proofs
        if not proofs:
            if not ruleset.missing:
                self._terminal.error("sigmacast: no CloudTrail rules found at the paths given")
            return exit_codes.NOTHING
        lines = map(_json_line, proofs) if self._json else self._text(proofs)
        for line in lines:
            self._terminal.result(line)
        missing = [*ruleset.missing, *(reader.missing if reader else ())]
        if reader is not None and not reader.count and not reader.unreadable:
            self._terminal.error("sigmacast: no events found at the paths given")
            return exit_codes.NOTHING
        wrong = any(proof.verdict is Verdict.WRONG for proof in proofs)
        failed = wrong or missing or ruleset.unusable or self._unreadable
        return exit_codes.FAILED if failed else exit_codes.OK

    def _talk(
        self, verification: Verification, ruleset: Ruleset, reader: EventReader | None
    ) -> None:
        tell_missing(self._terminal, [*ruleset.missing, *(reader.missing if reader else ())])
        tell_unusable(self._terminal, ruleset.unusable)
        if verification.other_log_sources:
            count = verification.other_log_sources
            self._terminal.talk(f"{counted(count, 'rule')} for other log sources left out")
        for field, count in sorted(verification.implausible.items()):
            records = f"{counted(count, 'record')} of regression data"
            self._terminal.talk(f"{records} left out: AWS never writes {field} so")
        if reader is not None:
            self._terminal.talk(counted(reader.count, "event"))

    def _text(self, proofs: Sequence[Proof]) -> Iterator[str]:
        colour = self._terminal.result_colour
        yield from _table(proofs)
        for proof in proofs:
            if proof.verdict is Verdict.WRONG:
                yield ""
                yield from _wrong(proof, colour=colour)
        unsure = Counter((p.target, p.because) for p in proofs if p.verdict is Verdict.UNPROVEN)
        if unsure:
            yield ""
        for (target, because), count in unsure.items():
            head = _verdict(Verdict.UNPROVEN, colour=colour)
            yield f"{head} {target}: {text.printable(because or '')} ({counted(count, 'rule')})"
        yield ""
        yield _summary(proofs)


def _table(proofs: Sequence[Proof]) -> list[str]:
    targets = list(dict.fromkeys(proof.target for proof in proofs))
    rows = []
    for start in range(0, len(proofs), len(targets)):
        group = proofs[start : start + len(targets)]
        name = text.printable(group[0].rule.title or group[0].rule.path)
        asked = max(proof.events for proof in group)
        rows.append((name, str(asked) if asked else "-", *map(_cell, group)))
    return text.table(rows, ("RULE", "EVENTS", *(target.upper() for target in targets)))


def _cell(proof: Proof) -> str:
    if proof.verdict is Verdict.WRONG and (proof.missed or proof.extra):
        return f"wrong ({proof.missed + proof.extra})"
    if proof.verdict is Verdict.ANNOUNCED:
        codes = ", ".join(sorted(proof.announced)) or (proof.because or "").partition(":")[0]
        return f"announced ({codes})"
    if proof.verdict is Verdict.REFUSED:
        return f"refused ({(proof.because or '').partition(':')[0]})"
    return str(proof.verdict.value)


def _wrong(proof: Proof, *, colour: bool) -> Iterator[str]:
    name = text.printable(proof.rule.title or proof.rule.path)
    head = f"{_verdict(Verdict.WRONG, colour=colour)} {name} [{proof.target}]"
    if proof.missed or proof.extra:
        counts = (
            f"{proof.missed} missed, {proof.extra} too many, of {counted(proof.events, 'event')}"
        )
        yield f"{head}: {counts}"
    else:
        yield f"{head}: {text.printable(proof.because or '')}"
    yield f"  rule: {text.printable(proof.rule.path)}"
    for query in proof.queries:
        yield f"  query: {text.printable(text.folded(query))}"
    shown = [each for each in proof.differences if not each.announced_by]
    for number, difference in enumerate(shown):
        yield from _difference_lines(difference, whole=number == 0, colour=colour)


def _difference_lines(difference: Difference, *, whole: bool, colour: bool) -> Iterator[str]:
    """One event; with *whole* also the tests that decide there, and a made event itself."""
    finds, other = ("rule", "query") if difference.rule_matches else ("query", "rule")
    witness = difference.witness
    yield f"  the {finds} finds it, the {other} does not: {_place(witness)}"
    if not whole:
        return
    for reason in difference.reasons:
        mark = why.mark(reason.matched, colour=colour)
        yield f"    {mark} {why.test_line(reason, colour=colour)}"
    if witness.made is not None:
        yield f"    event: {text.printable(json.dumps(witness.data, ensure_ascii=False))}"


def _place(witness: Witness) -> str:
    if witness.made is None:
        return _file(witness)
    base = witness.base
    of_file = "" if base is None or base.file is None else f" (a variation of {_file(base)})"
    return text.printable(f"made event: {witness.made}") + of_file


def _file(witness: Witness) -> str:
    path = Path(witness.file or "-")
    with suppress(ValueError):  # it lies elsewhere, or is relative already
        path = path.relative_to(Path.cwd())
    return text.printable(f"{path}:{witness.record}")


def _summary(proofs: Sequence[Proof]) -> str:
    counts = Counter(proof.verdict for proof in proofs)
    parts = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict]
    asked = sum(proof.events for proof in proofs)
    return f"{', '.join(parts)}; {asked} comparisons"


def _verdict(verdict: Verdict, *, colour: bool) -> str:
    return f"{COLOURS[verdict]}{verdict.value}{RESET}" if colour else verdict.value


def _json_line(proof: Proof) -> str:
    rule = proof.rule
    return json.dumps(
        {
            "v": jsonl.VERSION,
            "rule": {"id": rule.id, "title": rule.title, "path": rule.path},
            "target": proof.target,
            "verdict": proof.verdict.value,
            "because": proof.because,
            "queries": list(proof.queries),
            "events": proof.events,
            "matches": proof.matches,
            "missed": proof.missed,
            "extra": proof.extra,
            "announced": dict(sorted(proof.announced.items())),
            "differences": [_difference(each) for each in proof.differences],
        },
        ensure_ascii=False,
    )


def _difference(difference: Difference) -> dict[str, Any]:
    witness = difference.witness
    base = witness.base
    of_file = None if base is None or base.file is None else base
    return {
        "file": witness.file,
        "record": witness.record,
        "made": witness.made,
        "variation_of": of_file and {"file": of_file.file, "record": of_file.record},
        "rule_matches": difference.rule_matches,
        "announced_by": list(difference.announced_by),
        "deciding": [
            {
                "field": reason.field,
                "matched": reason.matched,
                "expected": reason.expected,
                "actual": reason.actual,
            }
            for reason in difference.reasons
        ],
        "event": witness.data,
    }
