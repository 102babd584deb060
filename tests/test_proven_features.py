"""Every query of a feature rule finds what the rule matches, on made events and variations."""

from __future__ import annotations

import pytest

from conftest import ROOT
from sigmacast.converting import casters
from sigmacast.loading import load
from sigmacast.options import Options
from sigmacast.targets import TARGETS
from sigmacast.verification.proofs import Verdict
from sigmacast.verifying import verify

RULES = sorted((ROOT / "tests" / "rules").glob("*.yml"))
LOTS = 8


@pytest.mark.slow
@pytest.mark.parametrize("lot", range(LOTS))
def test_no_query_is_wrong(lot):
    options = Options()
    ready = casters(list(TARGETS), options)
    wrong = [
        f"{path.name} {proof.target}: {proof.because or proof.differences[:1]}"
        for path in RULES[lot::LOTS]
        for proof in verify(load([path]), ready, options).proofs
        if proof.verdict is Verdict.WRONG
    ]
    assert not wrong, "\n".join(wrong)
