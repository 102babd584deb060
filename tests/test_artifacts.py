"""Golden artifacts, each proven by the form that a SIEM imports."""

from __future__ import annotations

import json
import sys

import pytest
import yaml

import sigmacast
from artifact_cases import GOLDEN, Case, cases, deployed, files_of, rendered
from conftest import assert_text
from dsl_evaluator import selects as dsl_selects
from proofs import eql, esql, kibana_rule, kql, lucene, spl, splunk_conf
from sigmacast.engines import kql as kql_engine
from sigmacast.loading import load
from sigmacast.synthesizing import synthesize
from sigmacast.views.ecs import EcsSchema, as_ecs, searchable

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.mark.parametrize("case", cases(), ids=str)
def test_golden(case: Case, update_golden: bool, tmp_path) -> None:
    assert_text(case.path, rendered(case), update=update_golden)
    for name, text in files_of(case).items():
        place = tmp_path / "test_detections" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        if case.format != "app":
            PROOFS[case.format](case, text)
    if case.format == "app" and files_of(case):
        splunk_conf.prove_app(tmp_path / "test_detections")


def test_each_golden_has_its_case() -> None:
    assert {path for path in GOLDEN.rglob("*") if path.is_file()} == {c.path for c in cases()}


def test_nothing_is_a_defect() -> None:
    for case in cases():
        for each in deployed(case):
            error = each.conversion.error
            assert error is None or error.code != "SC900", (case, error)
            assert bool(each.products) == (error is None), case


def prove_rule(case: Case, text: str) -> None:
    for line in text.splitlines():
        kibana_rule.prove(line)
        _prove_query(case, json.loads(line)["query"])


def prove_toml(case: Case, text: str) -> None:
    """What a TOML file says is what the NDJSON says."""
    table = tomllib.loads(text)
    rule = dict(table["rule"])
    of_ndjson = files_of(Case(case.rule, "rule", case.target)).values()
    (other,) = [
        each
        for lines in of_ndjson
        for each in map(json.loads, lines.splitlines())
        if each["rule_id"] == rule["rule_id"]
    ]
    if rule["type"] == "new_terms":
        terms = rule.pop("new_terms")
        (start,) = terms["history_window_start"]
        assert terms["field"] == "new_terms_fields" and start["field"] == "history_window_start"
        rule |= {"new_terms_fields": terms["value"], "history_window_start": start["value"]}
    kept = rule["query"].removesuffix("\n| keep *")
    assert (kept != rule["query"]) <= (case.target == "esql")
    missing = {"enabled", "related_integrations"} | ({"author"} - set(other))
    assert {**rule, "query": kept} == {k: v for k, v in other.items() if k not in missing}
    assert {"creation_date", "updated_date", "maturity"} <= set(table["metadata"])


def prove_dsl(case: Case, text: str) -> None:
    """The body for KQL selects what the query does, on events made for the rule."""
    body = json.loads(text)
    assert set(body) == {"query"}
    if case.target == "lucene":
        (query,) = [each["query_string"]["query"] for each in body["query"]["bool"]["filter"]]
        lucene.prove(query)
        return
    if "deployed" in case.rule.parts:
        return  # exceptions are no part of the rule that events are made for
    (conversion,) = sigmacast.convert(load([case.rule]), ["kql"])
    query = kql_engine.compile_query(conversion.queries[0], EcsSchema())
    (made,) = synthesize(load([case.rule]))
    documents = [searchable(as_ecs(each.event)) for each in (*made.matches, *made.near_misses)]
    found = [dsl_selects(body["query"])(document) for document in documents]
    assert found == [query(document) for document in documents]
    assert True in found and False in found


def prove_savedsearches(case: Case, text: str) -> None:
    for stanza in splunk_conf.prove_savedsearches(text).values():
        spl.prove(stanza["search"])


def prove_contentctl(case: Case, text: str) -> None:
    found = yaml.safe_load(text)
    assert len(found["name"]) <= 67
    spl.prove(found["search"])
    stem = found["name"].lower()
    for char in " -./":
        stem = stem.replace(char, "_")
    assert f"`{stem}_filter`" in found["search"]
    assert ("rba" in found) == (found["type"] == "TTP")


PROOFS = {
    "rule": prove_rule,
    "toml": prove_toml,
    "dsl": prove_dsl,
    "savedsearches": prove_savedsearches,
    "contentctl": prove_contentctl,
}


def _prove_query(case: Case, query: str) -> None:
    if case.target == "kql":
        kql.prove(query)
    elif case.target == "eql":
        eql.prove(query)
    elif case.target == "lucene":
        lucene.prove(query)
    elif esql.available():
        esql.prove(query)
