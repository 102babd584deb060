"""Laws of the run: processes and the order of targets change nothing in the result."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sigmacast
from conftest import ROOT
from sigmacast import jobs
from sigmacast.converting import casters, convert
from sigmacast.options import Options
from sigmacast.targets import TARGETS

RULES = [ROOT / "sigma" / "rules", ROOT / "tests" / "rules"]


# pytest-xdist's own threads; the program has none when it forks.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_one_process_and_several_give_the_same(monkeypatch):
    monkeypatch.setattr(jobs, "WORTH_A_PROCESS", 20)
    from sigmacast.loading import load

    alone, together = load(RULES, jobs=1), load(RULES, jobs=3)
    assert together == alone
    ready = casters(["kql", "splunk"], Options())
    assert list(convert(together, ready, jobs=3)) == list(convert(alone, ready, jobs=1))


@settings(max_examples=8, deadline=None)
@given(st.permutations(list(TARGETS)))
def test_the_order_of_targets_changes_no_query(order):
    """Each target gets a rule of its own, whatever the pipelines of the others did to theirs."""
    ruleset = sigmacast.load(RULES[:1])
    found = {(c.rule.path, c.target): c.queries for c in sigmacast.convert(ruleset, order)}
    assert found == _alone()


@cache
def _alone() -> dict:
    ruleset = sigmacast.load(RULES[:1])
    return {
        (c.rule.path, c.target): c.queries
        for name in TARGETS
        for c in sigmacast.convert(ruleset, [name])
    }
