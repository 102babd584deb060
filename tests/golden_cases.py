"""The golden cases: each rule we ship and each feature rule, on each target."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sigmacast
from conftest import ROOT
from sigmacast.converting import Conversion
from sigmacast.diagnostics import Diagnostic
from sigmacast.targets import TARGETS

GOLDEN = ROOT / "tests" / "golden"
FOLDERS = (ROOT / "sigma" / "rules", ROOT / "tests" / "rules")


@dataclass(frozen=True)
class Case:
    """One rule file on one target."""

    rule: Path
    target: str

    @property
    def path(self) -> Path:
        return GOLDEN / self.rule.stem / f"{self.target}.txt"

    def __str__(self) -> str:
        return f"{self.rule.stem}-{self.target}"


def rule_files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted(folder.rglob("*.yml"))]


def cases() -> list[Case]:
    return [Case(rule, target) for rule in rule_files() for target in TARGETS]


@cache
def conversions(case: Case) -> tuple[Conversion, ...]:
    return tuple(sigmacast.convert(sigmacast.load([case.rule]), [case.target]))


def rendered(case: Case) -> str:
    """The golden text: per rule its title, its queries or its refusal, and what was found."""
    blocks = []
    for conversion in conversions(case):
        lines = [f"# {conversion.rule.title}", *conversion.queries]
        if conversion.error is not None:
            lines.append(f"refused: {_line(conversion.error)}")
        lines.extend(_line(found) for found in conversion.diagnostics if found != conversion.error)
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks).replace(f"{ROOT}/", "")


def _line(found: Diagnostic) -> str:
    place = "" if found.line is None else f" {found.line}:{found.column}"
    hint = f" | {found.hint}" if found.hint else ""
    return f"{found.severity.value}[{found.code}]{place}: {found.message}{hint}"


def has_keywords(rule: Path) -> bool:
    """Whether the rule searches for text without a field, which proofs refuse by default."""
    return "keyword" in rule.stem
