"""A rule as Kibana's detection engine imports it: one line of NDJSON.

The shape is held by ``kibana_rule.schema.json``, which ``jsonschema`` (PyPI) judges: the types
query, eql, esql, new_terms and threshold, each with its own keys and no other. We add what no
schema says:

- the text is one line, JSON without a key twice, without NaN and without half a character;
- severity and risk score lie in the same band;
- a search looks back at least as far as its interval, and a history begins before the search does;
- a threshold's cardinality field is none of its fields (Kibana compares by containment, so that
  ``user`` is in ``user.name``);
- each tactic stands there once, a technique's page is its own, a sub-technique is under its parent;
- a note has no section "Setup" beside ``setup``.

Stricter than Kibana, since it is never meant: no index and no data view (the default indices of the
space), an empty query, an empty list of terms, ``rule_id`` other than a lower-case UUID, keys that
Kibana sets itself or has given up (``immutable``, ``meta``, ``throttle``, ``output_index`` …), the
line of export details, absolute dates and rounded ones (``now-1d/d``).

Not seen: whether the query is good (ask its own proof), whether fields exist, whether the Elastic
Stack is new enough, whether ATT&CK has these techniques.

Sources: elastic/kibana ``rule_schemas.schema.yaml``, ``common_attributes.schema.yaml``,
``rule_to_import_validation.ts``, ``new_terms/utils.ts``; elastic/detection-rules ``rule.py``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, relevance

from proofs import Unproven

__all__ = ["prove", "prove_file"]

_SCHEMA = Path(__file__).with_name("kibana_rule.schema.json")
_BANDS = {"low": (0, 21), "medium": (22, 47), "high": (48, 73), "critical": (74, 100)}
_SETUP = re.compile(r"^#{1,6}\s+setup\b", re.IGNORECASE | re.MULTILINE)
_SECONDS = {
    "s": 1,
    "m": 60,
    "h": 3600,
    "H": 3600,
    "d": 86_400,
    "w": 7 * 86_400,
    "M": 28 * 86_400,
    "y": 365 * 86_400,
}
"""Units of date math; a month counts as its shortest, so that a look-back is never overrated."""


class _FaultError(Exception):
    """What is wrong with a rule."""


def prove(line: str) -> None:
    """Refuse a line that Kibana would not import, or would import as something never meant.

    Args:
        line: one rule, with or without its final newline.

    Raises:
        Unproven: the line is refused.
    """
    try:
        rule = _parse(line)
        _check_shape(rule)
        _check_risk(rule)
        _check_times(rule)
        _check_threshold(rule)
        _check_threat(rule)
        if rule.get("setup") and _SETUP.search(rule.get("note", "")):
            raise _FaultError("note: a section Setup, though there is setup")
    except _FaultError as error:
        raise Unproven("kibana_rule", line, str(error)) from error


def prove_file(text: str) -> list[dict[str, Any]]:
    """Refuse a file of rules with a line that is refused, or with a ``rule_id`` twice.

    Returns:
        The rules.

    Raises:
        Unproven: a line or the file is refused.
    """
    if not text.endswith("\n"):
        raise Unproven("kibana_rule", text, "no newline at the end")
    lines = text[:-1].split("\n")
    for line in lines:
        prove(line)
    rules = [json.loads(line) for line in lines]
    for rule_id, times in Counter(rule["rule_id"] for rule in rules).items():
        if times > 1:
            raise Unproven("kibana_rule", text, f"rule_id: {times} rules have {rule_id}")
    return rules


def _parse(line: str) -> dict[str, Any]:
    line = line.removesuffix("\n")
    if "\n" in line or "\r" in line:
        raise _FaultError("more than one line")
    try:
        rule = json.loads(line, object_pairs_hook=_once, parse_constant=_no_constant)
        line.encode("utf-8")
        json.dumps(rule, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _FaultError(f"not JSON: {error}") from error
    if not isinstance(rule, dict):
        raise _FaultError("not an object")
    return rule


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    for key, times in Counter(key for key, _ in pairs).items():
        if times > 1:
            raise _FaultError(f"{key}: {times} times in one object")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise _FaultError(f"{name} is not JSON")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def _check_shape(rule: dict[str, Any]) -> None:
    """Name the faults that the schema finds.

    A key with a fault counts as unknown too, and a rule without what it needs has none but unknown
    keys; so these are named where nothing else is wrong.
    """
    errors = sorted(_validator().iter_errors(rule), key=relevance)
    others = [error for error in errors if error.validator != "unevaluatedProperties"]
    if errors:
        raise _FaultError("; ".join(map(_message, others or errors)))


def _message(error: ValidationError) -> str:
    said = error.message
    if error.validator == "oneOf" and isinstance(error.schema, dict):
        said = error.schema.get("$comment", said)
    return f"{error.json_path}: {said}"


def _check_risk(rule: dict[str, Any]) -> None:
    low, high = _BANDS[rule["severity"]]
    if not low <= rule["risk_score"] <= high:
        raise _FaultError(
            f"risk_score: {rule['risk_score']} is not {rule['severity']} ({low} to {high})"
        )


def _check_times(rule: dict[str, Any]) -> None:
    interval = rule.get("interval", "5m")
    begin, end = rule.get("from", "now-6m"), rule.get("to", "now")
    every = int(interval[:-1]) * _SECONDS[interval[-1]]
    span = _offset(end) - _offset(begin)
    if span < every:
        raise _FaultError(f"from: {begin} to {end} leaves gaps, for the rule runs every {interval}")
    history = rule.get("history_window_start")
    if history is not None and _offset(history) >= _offset(begin):
        raise _FaultError(f"history_window_start: {history} is not before from, {begin}")


def _offset(date_math: str) -> int:
    """Seconds from now."""
    steps = re.findall(r"([+-])([0-9]+)(\w)", date_math)
    return sum(int(sign + number) * _SECONDS[unit] for sign, number, unit in steps)


def _check_threshold(rule: dict[str, Any]) -> None:
    threshold = rule.get("threshold", {})
    for each in threshold.get("cardinality", []):
        if each["field"] in threshold["field"]:
            raise _FaultError(f"threshold: the cardinality of {each['field']} is always 1")


def _check_threat(rule: dict[str, Any]) -> None:
    threats = rule.get("threat", [])
    _no_twice([threat["tactic"] for threat in threats])
    for threat in threats:
        _check_page(threat["tactic"])
        techniques = threat.get("technique", [])
        _no_twice(techniques)
        for technique in techniques:
            _check_page(technique)
            parts = technique.get("subtechnique", [])
            _no_twice(parts)
            for part in parts:
                _check_page(part)
                if not part["id"].startswith(technique["id"] + "."):
                    raise _FaultError(f"threat: {part['id']} is no part of {technique['id']}")


def _no_twice(parts: list[dict[str, Any]]) -> None:
    for name, times in Counter(part["id"] for part in parts).items():
        if times > 1:
            raise _FaultError(f"threat: {name} stands there {times} times")


def _check_page(part: dict[str, Any]) -> None:
    if not part["reference"].endswith(f"/{part['id'].replace('.', '/')}/"):
        raise _FaultError(f"threat: {part['reference']} is not the page of {part['id']}")
