"""The golden artifacts: each rule we ship and each rule made for them, in each artifact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conftest import ROOT
from sigmacast.artifacts import ARTIFACTS, artifact
from sigmacast.converting import casters
from sigmacast.deploying import Deployed, deploy
from sigmacast.diagnostics import Diagnostic
from sigmacast.loading import Ruleset, load
from sigmacast.options import Options
from sigmacast.preparing import Plan

GOLDEN = ROOT / "tests" / "golden_artifacts"
FOLDERS = (ROOT / "sigma" / "rules", ROOT / "tests" / "deployed" / "rules")


@dataclass(frozen=True)
class Case:
    """One rule file in one artifact for one target."""

    rule: Path
    format: str
    target: str

    @property
    def path(self) -> Path:
        return GOLDEN / self.rule.stem / f"{self.format}.{self.target}.txt"

    def __str__(self) -> str:
        return f"{self.rule.stem}-{self.format}-{self.target}"


def rule_files() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted(folder.rglob("*.yml"))]


def cases() -> list[Case]:
    return [
        Case(rule, format, target)
        for rule in rule_files()
        for format in ARTIFACTS
        for target in artifact(format).targets
    ]


@cache
def _rules(path: Path) -> Ruleset:
    return load([path])


@cache
def deployed(case: Case) -> tuple[Deployed, ...]:
    plan = Plan(artifact(case.format))
    return tuple(deploy(_rules(case.rule), casters([case.target], Options()), plan))


def files_of(case: Case) -> dict[str, str]:
    """What is written: files by name; those of the app for a bundle."""
    products = [product for each in deployed(case) for product in each.products]
    bundle = artifact(case.format).bundle
    if bundle is not None and products:
        return dict(bundle("test_detections-1.2.3/", products))
    return {product.file_name: product.text + "\n" for product in products}


def rendered(case: Case) -> str:
    """The golden text: each file under its name, then what was found."""
    blocks = [f"=== {name}\n{text}" for name, text in files_of(case).items()]
    found = [_line(each) for made in deployed(case) for each in made.conversion.diagnostics]
    blocks.extend(dict.fromkeys(found))
    return "".join(blocks).replace(f"{ROOT}/", "")


def _line(found: Diagnostic) -> str:
    place = "" if found.line is None else f" {found.line}:{found.column}"
    file = "" if found.path is None else f" {found.path}"
    hint = f" | {found.hint}" if found.hint else ""
    return f"{found.severity.value}[{found.code}]{file}{place}: {found.message}{hint}\n"
