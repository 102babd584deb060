"""What is declared of one kind of finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DOCS = "docs/diagnostics.md"


class Severity(str, Enum):
    """How much a finding weighs: a note changes nothing, a warning is a difference in meaning."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: what it is called, why it matters, how to cure it."""

    code: str
    severity: Severity
    title: str
    why: str
    cure: str

    @property
    def url(self) -> str:
        """Where the documentation describes this code."""
        return f"{DOCS}#{self.code.lower()}"
