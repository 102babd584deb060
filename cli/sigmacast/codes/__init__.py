"""The codes of all diagnostics: each is declared once, in the module of its family.

The documentation, ``list diagnostics`` and the reports read the declarations.
"""

from __future__ import annotations

from sigmacast.codes import checks, deployments, events, languages, mapping, rules
from sigmacast.codes.model import DOCS, Code, Severity

__all__ = ["CODES", "DOCS", "Code", "Severity"]

_DEFECT = Code(
    "SC900",
    Severity.ERROR,
    "defect in sigmacast",
    "The conversion stopped in a way that nobody foresaw. The other rules are not affected.",
    "Please report it with the rule.",
)

CODES = {
    code.code: code
    for code in (
        *rules.CODES,
        *mapping.CODES,
        *languages.CODES,
        *events.CODES,
        *deployments.CODES,
        *checks.CODES,
        _DEFECT,
    )
}
