"""The JSON contract, version 1: one object on one line for each rule and target.

Written field by field, so that a change inside the program is no change for those who read it.
"""

from __future__ import annotations

import json
from typing import Any

from sigmacast.converting import Conversion
from sigmacast.diagnostics import Diagnostic

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
    }


def _error(found: Diagnostic | None) -> dict[str, str] | None:
    return None if found is None else {"code": found.code, "message": found.message}
