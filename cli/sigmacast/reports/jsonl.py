"""The JSON contract, version 1: one object on one line for each result.

Written field by field, so that a change inside the program is no change for those who read it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sigmacast.diagnostics import Diagnostic

if TYPE_CHECKING:  # what makes results is loaded by the command that makes them
    from sigmacast.converting import Conversion
    from sigmacast.events import Event
    from sigmacast.hunting import Hit
    from sigmacast.loading import RuleSource
    from sigmacast.matching.nodes import Reason
    from sigmacast.synthesizing import Synthetic
    from sigmacast.testing import Baseline, Outcome, Witness

VERSION = 1


def conversion_line(conversion: Conversion) -> str:
    """One conversion as a line of JSON."""
    rule = conversion.rule
    return json.dumps(
        {
            "v": VERSION,
            "rule": {"id": rule.id, "title": rule.title, "path": rule.path},
            "target": conversion.target,
            "format": conversion.format,
            "queries": list(conversion.queries),
            "diagnostics": [diagnostic(found) for found in conversion.diagnostics],
            "error": _error(conversion.error),
        },
        ensure_ascii=False,
    )


def diagnostic(found: Diagnostic) -> dict[str, Any]:
    """One finding."""
    return {
        "code": found.code,
        "severity": found.severity.value,
        "message": found.message,
        "field": found.field,
        "line": found.line,
        "column": found.column,
        "hint": found.hint,
        "url": found.url,
        **({} if found.path is None else {"path": found.path}),
    }


def _error(found: Diagnostic | None) -> dict[str, str] | None:
    return None if found is None else {"code": found.code, "message": found.message}


def hit_line(hit: Hit) -> str:
    """One match as a line of JSON; a correlation's also names its group and its events."""
    event = hit.event
    line: dict[str, Any] = {
        "v": VERSION,
        "rule": _rule_with_level(hit.source),
        "time": event.data.get("eventTime"),
        "file": event.file,
        "record": event.record,
        "event": event.data,
    }
    if hit.firing is not None:
        events = [occurrence.source for occurrence in hit.firing.occurrences]
        line["correlation"] = {
            "group": dict(hit.firing.group),
            "events": [{"file": each.file, "record": each.record} for each in events],
        }
    return json.dumps(line, ensure_ascii=False)


def why_line(source: RuleSource, event: Event, reason: Reason) -> str:
    """Why a rule matches an event or does not, as a line of JSON."""
    return json.dumps(
        {
            "v": VERSION,
            "rule": _rule_with_level(source),
            "file": event.file,
            "record": event.record,
            "matched": reason.matched,
            "why": _reason(reason),
        },
        ensure_ascii=False,
    )


def outcome_line(outcome: Outcome) -> str:
    """One test as a line of JSON."""
    rule = outcome.rule
    return json.dumps(
        {
            "v": VERSION,
            "rule": {"id": rule.id, "title": rule.title, "path": rule.path},
            "test": outcome.test,
            "kind": "match" if outcome.must_match else "near_miss",
            "status": outcome.status.value.replace(" ", "_"),
            "path": outcome.path,
            "message": outcome.message,
            "records": [_witness(witness) for witness in outcome.witnesses],
            "error": None if outcome.finding is None else diagnostic(outcome.finding),
        },
        ensure_ascii=False,
    )


def baseline_line(baseline: Baseline, max_hits: int, top: int) -> str:
    """How one rule did on harmless events, as a line of JSON."""
    rule = baseline.rule
    return json.dumps(
        {
            "v": VERSION,
            "rule": {"id": rule.id, "title": rule.title, "path": rule.path},
            "test": "baseline",
            "kind": "baseline",
            "status": "failed" if baseline.hits > max_hits else "passed",
            "hits": baseline.hits,
            "max_hits": max_hits,
            "commonest": {
                name.replace(" ", "_"): dict(counted.most_common(top))
                for name, counted in baseline.commonest.items()
            },
        },
        ensure_ascii=False,
    )


def synthetic_line(source: RuleSource, synthetic: Synthetic) -> str:
    """A made event as a line of JSON."""
    return json.dumps(
        {
            "v": VERSION,
            "rule": _rule_with_level(source),
            "kind": "match" if synthetic.misses is None else "near_miss",
            "name": synthetic.name,
            "misses": synthetic.misses,
            "event": synthetic.event,
        },
        ensure_ascii=False,
    )


def _rule_with_level(source: RuleSource) -> dict[str, Any]:
    ref, level = source.ref, source.data.get("level")
    return {"id": ref.id, "title": ref.title, "level": level if isinstance(level, str) else None}


def _witness(witness: Witness) -> dict[str, Any]:
    return {
        "file": witness.file,
        "record": witness.record,
        "matched": witness.matched,
        "deciding": [_reason(reason) for reason in witness.deciding],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    if reason.parts:
        return {
            "matched": reason.matched,
            "what": reason.what,
            "parts": [_reason(part) for part in reason.parts],
        }
    return {
        "matched": reason.matched,
        "what": reason.what,
        "field": reason.field,
        "expected": reason.expected,
        "actual": reason.actual,
    }
