"""Golden files: what each rule becomes on each target, each query proven by a parser."""

from __future__ import annotations

import pytest

from conftest import assert_text
from golden_cases import GOLDEN, Case, cases, conversions, has_keywords, rendered, rule_files
from proofs import Unproven, eql, esql, kql, lucene, spl
from sigmacast.targets import TARGETS


@pytest.mark.parametrize("case", cases(), ids=str)
def test_golden(case: Case, update_golden: bool) -> None:
    assert_text(case.path, rendered(case), update=update_golden)
    for query in _queries(case):
        _prove(case, query)


def test_each_golden_has_its_rule_and_target() -> None:
    expected = {case.path for case in cases()}
    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == expected


def test_stems_are_unique() -> None:
    stems = [path.stem for path in rule_files()]
    assert sorted(set(stems)) == sorted(stems)


def test_nothing_is_empty_and_nothing_is_a_defect() -> None:
    for case in cases():
        for conversion in conversions(case):
            assert conversion.error is None or conversion.error.code != "SC900", case
            assert bool(conversion.queries) == (conversion.error is None), case
            assert all(query.strip() for query in conversion.queries), case


def test_kibanas_own_grammar_takes_each_kql_golden() -> None:
    if not kql.kibana_available():
        pytest.skip("node or npm's @cybernetex/kbn-es-query is not here (make test installs it)")
    ours = [query for case in cases() if case.target == "kql" for query in _queries(case)]
    known = [query for query in ours if kql.in_kibanas_grammar(query)]
    assert len(known) > len(ours) / 2
    verdicts = kql.prove_with_kibana(known)
    assert {query: error for query, error in verdicts.items() if error is not None} == {}


def test_esql_names_the_fields_that_were_meant() -> None:
    """``a.x-y == 1`` would parse as a subtraction."""
    if not esql.available():
        pytest.skip("detection-rules-esql-py needs Python 3.12 or newer")
    for case in cases():
        if case.target == "esql":
            for query in _queries(case):
                assert not [name for name in esql.fields(query) if name.endswith(".")], query


def test_eql_and_esql_never_name_a_member_of_a_flattened_field() -> None:
    """Elasticsearch refuses the query: "unsupported type [flattened]" (elasticsearch 101985)."""
    named = [
        (str(case), query)
        for case in cases()
        if case.target in ("eql", "esql")
        for query in _queries(case)
        if "aws.cloudtrail.flattened." in query
    ]
    assert named == []


def test_the_targets_are_the_five() -> None:
    assert list(TARGETS) == ["kql", "eql", "esql", "lucene", "splunk"]


def _queries(case: Case) -> list[str]:
    return [query for conversion in conversions(case) for query in conversion.queries]


def _prove(case: Case, query: str) -> None:
    free_text = has_keywords(case.rule)
    try:
        if case.target == "kql":
            kql.prove(query, free_text=free_text)
        elif case.target == "eql":
            eql.prove(query)
        elif case.target == "lucene":
            lucene.prove(query, free_text=free_text)
        elif case.target == "splunk":
            spl.prove(query, free_text=free_text)
        elif esql.available():
            esql.prove(query)
    except Unproven as refused:
        pytest.fail(f"{case}: {refused}")
