"""Findings as SARIF 2.1.0, which code hosts show beside the lines (OASIS, 2020).

Lines and columns count from 1, columns in characters (``unicodeCodePoints``).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sigmacast import __version__
from sigmacast.checking import Finding
from sigmacast.diagnostics import CODES, Severity

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.NOTE: "note", Severity.WARNING: "warning", Severity.ERROR: "error"}


def sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """One run of the checks; rules are the codes that occur."""
    codes = sorted({finding.diagnostic.code for finding in findings})
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "sigmacast",
                        "version": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, codes) for finding in findings],
            }
        ],
    }


def _rule(code: str) -> dict[str, Any]:
    declared = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": declared.title},
        "fullDescription": {"text": declared.why},
        "help": {"text": declared.cure},
        "defaultConfiguration": {"level": LEVELS[declared.severity]},
    }


def _result(finding: Finding, codes: Sequence[str]) -> dict[str, Any]:
    diagnostic = finding.diagnostic
    hint = f" {diagnostic.hint}" if diagnostic.hint else ""
    path = diagnostic.path or finding.rule.path
    location = {"artifactLocation": {"uri": _uri(path)}, "region": _region(finding)}
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": LEVELS[diagnostic.severity],
        "message": {"text": diagnostic.message + hint},
        "locations": [{"physicalLocation": location}],
        "properties": {"check": finding.alias or finding.check},
    }


def _uri(path: str) -> str:
    return Path(path).as_uri() if os.path.isabs(path) else quote(Path(path).as_posix())


def _region(finding: Finding) -> dict[str, int]:
    """Where it stands; the first line where nothing better is known, since GitHub wants a line."""
    span, diagnostic = finding.span, finding.diagnostic
    if span is not None:
        return {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        }
    return {"startLine": diagnostic.line or 1, "startColumn": diagnostic.column or 1}
