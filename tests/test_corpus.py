"""Other people's rules, where a copy is at hand: each converts, or is refused by name.

Looked for in ``../shared/corpus``: ``sigmahq-cloudtrail`` (rules of SigmaHQ for CloudTrail) and
``sigmahq-rules.tar.gz`` (the whole rule set). None of them is part of this repository.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

import sigmacast
from conftest import ROOT
from proofs import Unproven, eql, esql, kql, lucene, spl
from sigmacast.targets import TARGETS

CORPUS = ROOT.parent / "shared" / "corpus"
CLOUDTRAIL = CORPUS / "sigmahq-cloudtrail"
ARCHIVE = CORPUS / "sigmahq-rules.tar.gz"
REFUSALS = {"SC103", "SC201", "SC202", "SC203", "SC204", "SC205"}
PROOFS = {"kql": kql.prove, "eql": eql.prove, "lucene": lucene.prove, "splunk": spl.prove}


def need(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"no copy of SigmaHQ's rules at {path}")
    return path


def test_each_cloudtrail_rule_converts_or_is_refused_by_name():
    ruleset = sigmacast.load([need(CLOUDTRAIL)])
    assert len(ruleset.rules) == 38 and not ruleset.unusable
    proofs = {**PROOFS, **({"esql": esql.prove} if esql.available() else {})}
    for conversion in sigmacast.convert(ruleset, list(TARGETS)):
        assert bool(conversion.queries) == (conversion.error is None)
        if conversion.error is not None:
            assert conversion.error.code in REFUSALS, conversion
            assert conversion.error.hint or conversion.error.code == "SC103"
        for query in conversion.queries:
            if conversion.target in proofs:
                proofs[conversion.target](query)


@pytest.fixture(scope="session")
def everything(tmp_path_factory) -> sigmacast.Ruleset:  # type: ignore[name-defined]
    folder = tmp_path_factory.mktemp("corpus")
    with tarfile.open(need(ARCHIVE)) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)
    return sigmacast.load([folder])


@pytest.mark.parametrize("target", TARGETS)
def test_each_rule_of_all_converts_or_is_refused_by_name(everything, target):
    assert len(everything.rules) == 3122
    assert not everything.unusable and not everything.passed_over
    refused = 0
    for conversion in sigmacast.convert(everything, [target]):
        assert bool(conversion.queries) == (conversion.error is None), conversion
        assert all(query.strip() for query in conversion.queries)
        if conversion.error is not None:
            refused += 1
            assert conversion.error.code in REFUSALS, conversion
    assert refused < 200


@pytest.mark.parametrize("target", ["kql", "eql", "lucene", "splunk"])
def test_a_sample_of_all_is_proven(everything, target):
    prove = PROOFS[target]
    options = {} if target == "eql" else {"free_text": True}
    for number, conversion in enumerate(sigmacast.convert(everything, [target])):
        for query in conversion.queries if number % 12 == 0 else ():
            try:
                prove(query, **options)
            except Unproven as refused:
                pytest.fail(f"{conversion.rule.path}: {refused}")
