"""Every query finds what its rule matches: of the rules we ship, and of SigmaHQ's if there."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from conftest import ROOT
from sigmacast.converting import casters
from sigmacast.events import EventReader
from sigmacast.loading import load
from sigmacast.options import Options
from sigmacast.targets import TARGETS
from sigmacast.verification.proofs import Proof, Verdict
from sigmacast.verifying import verify

SHIPPED = ROOT / "sigma" / "rules"
CORPUS = ROOT.parent / "shared" / "corpus"
SIGMAHQ = CORPUS / "sigmahq-cloudtrail"
EXTREMES = {"SC106", "SC107", "SC114", "limit", "unsettled"}
"""Announcements of what only extreme events show: very long texts and empty values."""


def proofs(folders, target: str, *, made: bool = True) -> list[Proof]:
    """Each rule on one target, on real events (where they are), made events and variations."""
    options = Options()
    events = EventReader([str(CORPUS / "events")], lambda problem: None)
    real = events if (CORPUS / "events").is_dir() else ()
    return verify(load(folders), casters([target], options), options, real, made=made).proofs


def table(found: list[Proof], target: str) -> str:
    """A line for each rule that is not exact, and the counts."""
    lines = [
        f"{target}: {proof.rule.title}: {proof.verdict.value} "
        f"{', '.join(proof.announced) or proof.because or ''}"
        for proof in found
        if proof.verdict is not Verdict.EXACT
    ]
    counts = Counter(proof.verdict.value for proof in found)
    return "\n".join([*lines, f"{target}: {dict(counts)}"])


@pytest.mark.parametrize("target", TARGETS)
def test_the_rules_we_ship_and_sigmahqs(target, capsys):
    folders = [SHIPPED, *([SIGMAHQ] if SIGMAHQ.is_dir() else [])]
    found = proofs(folders, target)
    with capsys.disabled():
        sys.stdout.write(f"\n{table(found, target)}\n")
    assert not [proof for proof in found if proof.verdict is Verdict.WRONG]
    good = [p for p in found if p.verdict is Verdict.EXACT or _is_extreme_only(p)]
    if target != "kql" and SIGMAHQ.is_dir():
        assert len(good) / len(found) >= 0.9
    if target == "kql":
        announced = {code for proof in found for code in proof.announced}
        assert announced <= {*EXTREMES, "SC102", "SC303", "SC304"}


@pytest.mark.skipif(not SIGMAHQ.is_dir(), reason="no copy of SigmaHQ's rules and real events")
@pytest.mark.parametrize("target", [name for name in TARGETS if name != "kql"])
def test_nine_in_ten_are_exact_on_real_events_and_regression_data(target):
    found = proofs([SHIPPED, SIGMAHQ], target, made=False)
    exact = [proof for proof in found if proof.verdict is Verdict.EXACT]
    assert len(exact) / len(found) >= 0.9, table(found, target)


def _is_extreme_only(proof: Proof) -> bool:
    return proof.verdict is Verdict.ANNOUNCED and set(proof.announced) <= EXTREMES
