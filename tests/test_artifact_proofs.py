"""The proofs of artifacts accept what a SIEM imports and refuse, above all, what it does not."""

from __future__ import annotations

import copy
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conftest import ROOT
from proofs import Unproven, kibana_rule, splunk_conf
from proofs.splunk_conf.schedule import cron, relative_time
from proofs.splunk_conf.spl import lookups, macros
from proofs.splunk_conf.values import Fault

GONE = object()
"""In a change: the key is taken away."""

TACTIC = {
    "id": "TA0003",
    "name": "Persistence",
    "reference": "https://attack.mitre.org/tactics/TA0003/",
}
PART = {
    "id": "T1136.003",
    "name": "Cloud Account",
    "reference": "https://attack.mitre.org/techniques/T1136/003/",
}
TECHNIQUE = {
    "id": "T1136",
    "name": "Create Account",
    "reference": "https://attack.mitre.org/techniques/T1136/",
    "subtechnique": [PART],
}
THREAT = {"framework": "MITRE ATT&CK", "tactic": TACTIC, "technique": [TECHNIQUE]}
COMMON: dict[str, Any] = {
    "rule_id": "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11",
    "name": "A user is created",
    "description": "Somebody creates a user.\n\nSee the notes.",
    "risk_score": 47,
    "severity": "medium",
    "enabled": False,
    "interval": "5m",
    "from": "now-15m",
    "to": "now",
    "max_signals": 100,
    "tags": ["Domain: Cloud", "Data Source: AWS CloudTrail"],
    "author": ["somebody"],
    "references": ["https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"],
    "false_positives": ["An administrator\nat work"],
    "note": "## Triage\n\nAsk the user.",
    "setup": "Collect CloudTrail.",
    "timestamp_override": "event.ingested",
    "investigation_fields": {"field_names": ["@timestamp", "user.name"]},
    "related_integrations": [
        {"package": "aws", "version": "^2.0.0 || ^3.0.0", "integration": "cloudtrail"}
    ],
    "required_fields": [{"name": "event.action", "type": "keyword"}],
    "threat": [THREAT],
    "actions": [],
    "exceptions_list": [],
    "version": 1,
}
INDEX = {"index": ["logs-aws.cloudtrail-*"], "filters": []}
SUPPRESSION = {
    "group_by": ["user.name"],
    "duration": {"value": 5, "unit": "h"},
    "missing_fields_strategy": "suppress",
}
RULES: dict[str, dict[str, Any]] = {
    "query": {
        **COMMON,
        **INDEX,
        "type": "query",
        "language": "kuery",
        "query": 'event.action: "CreateUser"',
        "alert_suppression": SUPPRESSION,
    },
    "eql": {
        **COMMON,
        **INDEX,
        "type": "eql",
        "language": "eql",
        "query": 'any where event.action == "CreateUser"',
        "event_category_override": "event.type",
        "tiebreaker_field": "event.sequence",
        "timestamp_field": "@timestamp",
        "alert_suppression": SUPPRESSION,
    },
    "esql": {
        **COMMON,
        "type": "esql",
        "language": "esql",
        "query": "from logs-aws.cloudtrail-* metadata _id, _index, _version | limit 10",
        "alert_suppression": SUPPRESSION,
    },
    "new_terms": {
        **COMMON,
        **INDEX,
        "type": "new_terms",
        "language": "lucene",
        "query": "event.action:CreateUser",
        "new_terms_fields": ["user.name", "source.ip"],
        "history_window_start": "now-14d",
        "alert_suppression": SUPPRESSION,
    },
    "threshold": {
        **COMMON,
        **INDEX,
        "type": "threshold",
        "language": "kuery",
        "query": 'event.action: "CreateUser"',
        "threshold": {
            "field": ["user.name"],
            "value": 10,
            "cardinality": [{"field": "source.ip", "value": 3}],
        },
        "alert_suppression": {"duration": {"value": 1, "unit": "h"}},
    },
}
LEAST = {
    key: COMMON[key] for key in ("rule_id", "name", "description", "risk_score", "severity")
} | {"type": "query", "query": "a: b", "index": ["a-*"]}


def line(kind: str, **changes: Any) -> str:
    """A good rule with other values, or without some keys; ``from_`` is the key ``from``."""
    rule = copy.deepcopy(RULES[kind])
    for key, value in changes.items():
        rule[key.rstrip("_")] = value
    return json.dumps({key: value for key, value in rule.items() if value is not GONE})


RULES_GOOD = {
    **{kind: line(kind) for kind in RULES},
    "least": json.dumps(LEAST),
    "newline at its end": json.dumps(LEAST) + "\n",
    "letters of the world": json.dumps({**LEAST, "name": "Ä → 𝕏"}, ensure_ascii=False),
    "data view": line("query", index=GONE, data_view_id="security-solution-default"),
    "timeline": line("eql", timeline_id="a-b", timeline_title="A timeline"),
    "all hits": line("threshold", threshold={"field": [], "value": 5}),
    "one field": line("threshold", threshold={"field": "user.name", "value": 5}),
    "an hour": line("query", interval="1h", from_="now-1h-10m"),
    "building block": line("query", building_block_type="default", severity="low", risk_score=0),
    "mappings": line(
        "query",
        risk_score_mapping=[{"field": "a.b", "operator": "equals", "value": "", "risk_score": 5}],
        severity_mapping=[{"field": "a", "operator": "equals", "value": "x", "severity": "high"}],
    ),
    "action": line(
        "query",
        actions=[
            {
                "action_type_id": ".slack",
                "id": "my-slack",
                "group": "default",
                "params": {"message": "Look"},
                "frequency": {"summary": True, "notifyWhen": "onActiveAlert", "throttle": None},
            }
        ],
        exceptions_list=[
            {"id": "1", "list_id": "2", "type": "rule_default", "namespace_type": "single"}
        ],
    ),
}


def threat(**changes: Any) -> list[dict[str, Any]]:
    return [{key: each for key, each in {**THREAT, **changes}.items() if each is not GONE}]


RULES_BAD = {
    # Not a rule at all.
    "empty": "",
    "no JSON": "{",
    "an array": "[]",
    "two rules": line("query") + "\n" + line("query"),
    "a key twice": line("query")[:-1] + ', "name": "Again"}',
    "NaN": line("query", risk_score=float("nan")),
    "half a character": line("query", name="\udc80"),
    "export details": json.dumps({"exported_count": 1, "exported_rules_count": 1}),
    "a saved object": json.dumps({"attributes": {}, "type": "query"}),
    "the form of the alerting API": json.dumps({"rule_type_id": "siem.queryRule", "params": {}}),
    "indented": json.dumps(LEAST, indent=1),
    # Keys.
    **{f"no {key}": line("query", **{key: GONE}) for key in LEAST},
    **{
        f"the key {key}": line("query", **{key: value})
        for key, value in {
            "immutable": False,
            "meta": {"from": "1m"},
            "throttle": "no_actions",
            "output_index": "",
            "created_at": "2026-01-01T00:00:00Z",
            "riskScore": 47,
            "new_terms_fields": ["user.name"],
            "threshold": {"field": [], "value": 1},
            "event_category_override": "event.type",
        }.items()
    },
    "index of ES|QL": line("esql", index=["logs-*"]),
    "data view of ES|QL": line("esql", data_view_id="x"),
    "filters of ES|QL": line("esql", filters=[]),
    "saved query of EQL": line("eql", saved_id="x"),
    "index and data view": line("query", data_view_id="x"),
    "no language of EQL": line("eql", language=GONE),
    "no language of ES|QL": line("esql", language=GONE),
    "no query of EQL": line("eql", query=GONE),
    "no terms": line("new_terms", new_terms_fields=GONE),
    "no history": line("new_terms", history_window_start=GONE),
    "no threshold": line("threshold", threshold=GONE),
    "timeline without title": line("query", timeline_id="x"),
    "title without timeline": line("query", timeline_title="x"),
    # Values.
    "a type of others": line("query", type="machine_learning"),
    "upper-case id": line("query", rule_id=COMMON["rule_id"].upper()),
    "an id that is no UUID": line("query", rule_id="rule-1"),
    "a newline after the id": line("query", rule_id=COMMON["rule_id"] + "\n"),
    "empty name": line("query", name=""),
    "a name of two lines": line("query", name="A\nB"),
    "blank description": line("query", description=" "),
    "empty query": line("query", query=""),
    "informational": line("query", severity="informational", risk_score=1),
    "risk 101": line("query", risk_score=101, severity="critical"),
    "negative risk": line("query", risk_score=-1, severity="low"),
    "risk as text": line("query", risk_score="47"),
    "half a risk": line("query", risk_score=46.5),
    "risk of another band": line("query", risk_score=48),
    "severity of another band": line("query", severity="critical"),
    "KQL of another name": line("query", language="kql"),
    "EQL in a query": line("query", language="eql"),
    "ES|QL in new terms": line("new_terms", language="esql"),
    "KQL in EQL": line("eql", language="kuery"),
    "enabled as text": line("query", enabled="true"),
    "version 0": line("query", version=0),
    "no signals": line("query", max_signals=0),
    "tags as text": line("query", tags="aws"),
    "a tag twice": line("query", tags=["aws", "aws"]),
    "author as text": line("query", author="somebody"),
    "empty index": line("query", index=[]),
    "index as text": line("query", index="logs-*"),
    "setup twice": line("query", note="## Triage\n\n## Setup\n\nDo this."),
    "investigation fields as list": line("query", investigation_fields=["a"]),
    "no investigation field": line("query", investigation_fields={"field_names": []}),
    "a pattern as a field": line("query", investigation_fields={"field_names": ["user.*"]}),
    "version of an integration": line(
        "query", related_integrations=[{"package": "aws", "version": "latest"}]
    ),
    "integration without version": line("query", related_integrations=[{"package": "aws"}]),
    "required field with ecs": line(
        "query", required_fields=[{"name": "a", "type": "keyword", "ecs": True}]
    ),
    "building block": line("query", building_block_type=True),
    "an action without params": line("query", actions=[{"action_type_id": ".email", "id": "x"}]),
    "an exception of no type": line(
        "query",
        exceptions_list=[{"id": "a", "list_id": "b", "type": "x", "namespace_type": "single"}],
    ),
    # Times.
    "interval in weeks": line("query", interval="1w"),
    "interval of nothing": line("query", interval="0m"),
    "interval with a blank": line("query", interval="5 m"),
    "from without now": line("query", from_="-15m"),
    "from in Splunk's words": line("query", from_="-15m@m"),
    "absolute from": line("query", from_="2026-01-01T00:00:00Z"),
    "gaps": line("query", from_="now-4m"),
    "gaps by an early end": line("query", to="now-11m"),
    "gaps by default": line("query", interval="7m", from_=GONE),
    "history after from": line("new_terms", history_window_start="now-10m"),
    "history without now": line("new_terms", history_window_start="14d"),
    # What is counted.
    "no term": line("new_terms", new_terms_fields=[]),
    "four terms": line("new_terms", new_terms_fields=["a", "b", "c", "d"]),
    "a term as text": line("new_terms", new_terms_fields="a"),
    "threshold 0": line("threshold", threshold={"field": ["a"], "value": 0}),
    "threshold without field": line("threshold", threshold={"value": 5}),
    "six fields": line("threshold", threshold={"field": list("abcdef"), "value": 5}),
    "cardinality of its own field": line(
        "threshold",
        threshold={"field": ["a"], "value": 5, "cardinality": [{"field": "a", "value": 2}]},
    ),
    "cardinality inside the name": line(
        "threshold",
        threshold={
            "field": "user.name",
            "value": 5,
            "cardinality": [{"field": "user", "value": 2}],
        },
    ),
    "cardinality as object": line(
        "threshold",
        threshold={"field": ["a"], "value": 5, "cardinality": {"field": "b", "value": 2}},
    ),
    # Suppression.
    "suppression by nothing": line("query", alert_suppression={"group_by": []}),
    "suppression by four": line("query", alert_suppression={"group_by": list("abcd")}),
    "suppression without fields": line(
        "eql", alert_suppression={"duration": {"value": 5, "unit": "h"}}
    ),
    "suppression in days": line(
        "query", alert_suppression={"group_by": ["a"], "duration": {"value": 1, "unit": "d"}}
    ),
    "suppression for nothing": line(
        "query", alert_suppression={"group_by": ["a"], "duration": {"value": 0, "unit": "m"}}
    ),
    "suppression of unknown strategy": line(
        "query", alert_suppression={"group_by": ["a"], "missing_fields_strategy": "drop"}
    ),
    "suppression in camel case": line("query", alert_suppression={"groupBy": ["a"]}),
    "threshold suppressed by fields": line("threshold", alert_suppression=SUPPRESSION),
    # ATT&CK.
    "no tactic": line("query", threat=threat(tactic=GONE)),
    "no framework": line("query", threat=threat(framework=GONE)),
    "another framework": line("query", threat=threat(framework="MITRE ATLAS")),
    "a threat alone": line("query", threat=THREAT),
    "no final slash": line(
        "query", threat=threat(tactic={**TACTIC, "reference": TACTIC["reference"][:-1]})
    ),
    "the page of another": line(
        "query",
        threat=threat(technique=[{**TECHNIQUE, "reference": TECHNIQUE["reference"][:-2] + "7/"}]),
    ),
    "a part as a technique": line("query", threat=threat(technique=[PART])),
    "a part of another": line(
        "query",
        threat=threat(
            technique=[
                {
                    **TECHNIQUE,
                    "id": "T1098",
                    "reference": "https://attack.mitre.org/techniques/T1098/",
                }
            ]
        ),
    ),
    "a tactic twice": line("query", threat=threat() + threat()),
    "a technique twice": line("query", threat=threat(technique=[TECHNIQUE, TECHNIQUE])),
    "the short name of a tactic": line("query", threat=threat(tactic="persistence")),
}


@pytest.mark.parametrize("rule", RULES_GOOD.values(), ids=RULES_GOOD)
def test_kibana_rule_accepts(rule: str) -> None:
    kibana_rule.prove(rule)


@pytest.mark.parametrize("rule", RULES_BAD.values(), ids=RULES_BAD)
def test_kibana_rule_refuses(rule: str) -> None:
    with pytest.raises(Unproven, match="kibana_rule: "):
        kibana_rule.prove(rule)


def test_kibana_rule_says_where_the_fault_is() -> None:
    with pytest.raises(Unproven) as refused:
        kibana_rule.prove(line("query", alert_suppression={"group_by": []}))
    assert "$.alert_suppression.group_by" in refused.value.reason


def test_kibana_file_has_each_rule_once() -> None:
    other = line("eql", rule_id="7d0c8a44-1f3a-4a86-9a55-3a8d1a2f5b10")
    assert len(kibana_rule.prove_file(f"{line('query')}\n{other}\n")) == 2
    for bad in ("", f"{line('query')}\n{line('eql')}\n", line("query"), f"{line('query')}\n\n"):
        with pytest.raises(Unproven, match="kibana_rule: "):
            kibana_rule.prove_file(bad)


def test_kibana_schema_is_a_schema() -> None:
    path = ROOT / "tests" / "proofs" / "kibana_rule.schema.json"
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


SEARCH = r"""# Made by hand.

[Threat - A user is created - Rule]
description = Somebody creates a user; see the notes
search = index=main sourcetype="aws:cloudtrail" eventName="CreateUser" path="C:\\*" \
| stats count by user \
| where count > 1
disabled = 1
enableSched = 1
cron_schedule = 7-59/10 * * * *
dispatch.earliest_time = -70m@m
dispatch.latest_time = -10m@m
realtime_schedule = 0
schedule_window = auto
allow_skew = 100%
counttype = number of events
relation = greater than
quantity = 0
alert.track = true
alert.severity = 4
alert.digest_mode = 0
alert.suppress = 1
alert.suppress.period = 24h
alert.suppress.fields = user,src
action.correlationsearch.enabled = 1
action.correlationsearch.label = Threat - A user is created - Rule
action.correlationsearch.detection_type = ebd
action.correlationsearch.annotations = {"mitre_attack": ["T1136.003"], "type": "TTP"}
action.correlationsearch.metadata = {"detection_id": "0c5b8f5e-6b0a-4c77-8a35-9a8f5f4c9d11", \
"deprecated": "0", "detection_version": "1", "publish_time": 1619049600.0}
action.notable = 1
action.notable.param.rule_title = $user$ is created
action.notable.param.rule_description = Somebody creates a user.
action.notable.param.security_domain = threat
action.notable.param.severity = high
action.notable.param.nes_fields = user,src
action.notable.param.drilldown_searches = [{"name": "All", "search": "index=main user=\"$user$\"", \
"earliest_offset": "$info_min_time$", "latest_offset": null}]
action.notable.param.next_steps = {"version": 1, "data": "Ask the user."}
action.notable.param.recommended_actions = ping,nslookup
action.notable.param.extract_artifacts = {"asset": ["src"], "identity": ["user"]}
action.risk = 1
action.risk.param._risk_message = $user$ is created
action.risk.param._risk_score = 0
action.risk.param._risk = [{"risk_object_field": "user", "risk_object_type": "user", \
"risk_score": 60}, {"threat_object_field": "src", "threat_object_type": "ip_address"}]
action.email = 1
action.email.to = somebody@example.com
display.general.type = statistics

[A report]
search = *
"""
# JSON stands on one line.
SEARCH = SEARCH.replace('", \\\n"', '", "')


def changed(text: str, *changes: tuple[str, str]) -> str:
    """A text with other parts; each part has to be there once."""
    for before, after in changes:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    return text


SEARCHES_GOOD = {
    "all": SEARCH,
    "nothing": "",
    "comments only": "# one\n\n# two",
    "no blanks": "[a]\nsearch=*\ndisabled=1",
    "empty description": "[a]\nsearch = *\ndescription =\n",
    "a semicolon": '[a]\nsearch = userAgent="Mozilla ; Linux"\n',
    "a number sign": "[a]\nsearch = a=b #c\n",
    "quotes at the end": '[a]\nsearch = a="*\\\\"\n',
    "the defaults of a file": "[default]\ndisabled = 1\n",
    "letters of the world": "[é – Ü]\nsearch = a=ö\n",
    "what contentctl writes": "[a]\nsearch = *\n"
    "action.notable.param.drilldown_searches = []\n"
    'action.correlationsearch.annotations = {"analytic_story": []}\n'
    'action.notable.param._entities = [{"risk_object_field": "N/A", "risk_object_type": "N/A", '
    '"risk_score": 0}]\n',
    "indexed since": changed(
        SEARCH,
        ("dispatch.latest_time = -10m@m", "dispatch.latest_time = now"),
        ("dispatch.earliest_time = -70m@m", "dispatch.earliest_time = -7d"),
        (
            "realtime_schedule = 0",
            "dispatch.index_earliest = -10m\ndispatch.index_latest = now\nrealtime_schedule = 0",
        ),
    ),
    "yesterday": changed(
        SEARCH,
        ("7-59/10 * * * *", "30 4 * * *"),
        ("-70m@m", "-1d@d"),
        ("-10m@m", "@d"),
    ),
    "custom": changed(
        SEARCH,
        ("counttype = number of events", "counttype = custom\nalert_condition = search count > 5"),
        ("relation = greater than\nquantity = 0\n", ""),
    ),
    "a digest": changed(
        SEARCH, ("digest_mode = 0", "digest_mode = 1"), ("alert.suppress.fields = user,src\n", "")
    ),
    "a finding only": SEARCH.split("action.risk = 1")[0],
    "99 characters": f"[{'a' * 99}]\nsearch = *",
}

STANZA = "[Threat - A user is created - Rule]\n"
SEARCHES_BAD = {
    # Lines.
    "a line of SPL": "[a]\nsearch = a=b\n| stats count\n",
    "an indented line": "[a]\nsearch = a=b\n  | stats count\n",
    "a blank after the backslash": "[a]\nsearch = a=b \\ \n| stats count\n",
    "no blank before the backslash": "[a]\nsearch = a=b\\\n| stats count\n",
    "two backslashes": "[a]\nsearch = a=b \\\\\n| stats count\n",
    "a backslash at the end": "[a]\nsearch = path=C:\\\n",
    "a backslash at the end of the file": "[a]\nsearch = path=C: \\",
    "a backslash before a stanza": "[a]\nsearch = path=C: \\\n[b]\nsearch = *\n",
    "a backslash before a key": "[a]\nsearch = path=C: \\\ndisabled = 1\n",
    "a backslash before a blank line": "[a]\nsearch = a \\\n\n| stats count\n",
    "a comment inside a value": "[a]\nsearch = a \\\n# b \\\n| stats count\n",
    "a star inside a value": "[a]\nsearch = a \\\n*b* \\\n| stats count\n",
    "a remark inside a value": "[a]\nsearch = a \\\nrem b\n",
    "a semicolon as a comment": "; a\n[a]\nsearch = *\n",
    "a comment after blanks": "  # a\n[a]\nsearch = *\n",
    "no stanza": "search = *\n",
    "an open stanza": "[a\nsearch = *\n",
    "brackets in a name": "[a [b]]\nsearch = *\n",
    "blanks round a name": "[ a ]\nsearch = *\n",
    "a stanza twice": SEARCH + "\n[A report]\nsearch = a\n",
    "a key twice": SEARCH + "search = a\n",
    "a colon for the sign": "[a]\nsearch: *\n",
    "a key without value": "[a]\nsearch\n",
    "lines of Windows": "[a]\r\nsearch = *\r\n",
    "a byte order mark": "\ufeff[a]\nsearch = *\n",
    "a zero": "[a]\nsearch = a\x00b\n",
    # Keys.
    "a misspelt key": SEARCH + "cron_shedule = 0 * * * *\n",
    "a key in other case": SEARCH + "enablesched = 0\n",
    "a key of a finding": SEARCH + "action.notable.param.title = x\n",
    "no search": "[a]\ndisabled = 1\n",
    "an empty search": "[a]\nsearch =\n",
    "no name": "[]\nsearch = *\n",
    "100 characters": f"[{'a' * 100}]\nsearch = *",
    # Values.
    "an open quote": '[a]\nsearch = a="b\n',
    "an open back-tick": "[a]\nsearch = `b\n",
    "a truth of another kind": changed(SEARCH, ("disabled = 1", "disabled = yes")),
    "schedule by true": changed(SEARCH, ("enableSched = 1", "enableSched = true")),
    "severity 7": changed(SEARCH, ("alert.severity = 4", "alert.severity = 7")),
    "severity by name": changed(SEARCH, ("alert.severity = 4", "alert.severity = high")),
    "severity of a finding": changed(SEARCH, ("severity = high", "severity = severe")),
    "domain": changed(SEARCH, ("security_domain = threat", "security_domain = cloud")),
    "counttype": changed(SEARCH, ("number of events", "events")),
    "relation": changed(SEARCH, ("greater than", ">")),
    "quantity": changed(SEARCH, ("quantity = 0", "quantity = none")),
    "track": changed(SEARCH, ("alert.track = true", "alert.track = maybe")),
    "skew": changed(SEARCH, ("100%", "150%")),
    "period of suppression": changed(SEARCH, ("period = 24h", "period = 1 day")),
    "fields with blanks": changed(
        SEARCH, ("fields = user,src\naction.corr", "fields = a user\naction.corr")
    ),
    "fields with a comma more": changed(
        SEARCH, ("fields = user,src\naction.corr", "fields = user,\naction.corr")
    ),
    "the kind of a detection": changed(SEARCH, ("= ebd", "= event")),
    # JSON.
    "annotations in Python's words": changed(SEARCH, ('{"mitre_attack": [', "{'mitre_attack': [")),
    "annotations as list": changed(
        SEARCH, ('{"mitre_attack": ["T1136.003"], "type": "TTP"}', '["T1136.003"]')
    ),
    "a tag of Sigma": changed(SEARCH, ("T1136.003", "attack.t1136.003")),
    "JSON on two lines": changed(SEARCH, ('"], "type"', '"], \\\n"type"')),
    "JSON with a key twice": changed(SEARCH, ('"type": "TTP"', '"type": "TTP", "type": "TTP"')),
    "the id of a detection": changed(SEARCH, ('"0c5b8f5e-', '"rule-')),
    "a time as text": changed(SEARCH, ("1619049600.0", '"2021-04-22"')),
    "an offset missing": changed(SEARCH, (', "latest_offset": null', "")),
    "a drilldown alone": changed(
        SEARCH, ('[{"name": "All"', '{"name": "All"'), ("null}]", "null}")
    ),
    "next steps as text": changed(SEARCH, ('{"version": 1, "data": "Ask the user."}', "Ask.")),
    "artifacts of another kind": changed(SEARCH, ('{"asset"', '{"host"')),
    "a risk object of another type": changed(
        SEARCH, ('"risk_object_type": "user"', '"risk_object_type": "account"')
    ),
    "a score of 101": changed(SEARCH, ('"risk_score": 60', '"risk_score": 101')),
    "a score as text": changed(SEARCH, ('"risk_score": 60', '"risk_score": "60"')),
    "no risk object": changed(
        SEARCH,
        (
            '[{"risk_object_field": "user", "risk_object_type": "user", "risk_score": 60}, ',
            "[",
        ),
    ),
    "an entity of no type": "[a]\nsearch = *\naction.notable.param._entities = "
    '[{"risk_object_field": "user", "risk_object_type": "N/A", "risk_score": 0}]\n',
    "an empty list of risk": "[a]\nsearch = *\naction.risk.param._risk = []\n",
    # Times.
    "no schedule": changed(SEARCH, ("cron_schedule = 7-59/10 * * * *\n", "")),
    "no beginning": changed(SEARCH, ("dispatch.earliest_time = -70m@m\n", "")),
    "no end": changed(SEARCH, ("dispatch.latest_time = -10m@m\n", "")),
    "an empty beginning": changed(SEARCH, ("earliest_time = -70m@m", "earliest_time =")),
    "real time": changed(SEARCH, ("-70m@m", "rt-5m"), ("-10m@m", "rt")),
    "all time": changed(SEARCH, ("-70m@m", "0")),
    "an absolute time": changed(SEARCH, ("-70m@m", "2026-01-01T00:00:00")),
    "date math of Elastic": changed(SEARCH, ("-70m@m", "now-70m")),
    "an end before the beginning": changed(SEARCH, ("-70m@m", "-5m@m")),
    "an end at the beginning": changed(SEARCH, ("-70m@m", "-10m@m")),
    "gaps": changed(SEARCH, ("-70m@m", "-15m@m")),
    "gaps of a night": changed(SEARCH, ("7-59/10 * * * *", "0 6-20 * * *")),
    "gaps of the index": changed(
        SEARCH, ("realtime_schedule = 0", "dispatch.index_earliest = -5m\nrealtime_schedule = 0")
    ),
    "every four minutes": changed(SEARCH, ("7-59/10 * * * *", "*/4 * * * *")),
    "twelve runs in twelve minutes": changed(SEARCH, ("7-59/10 * * * *", "0-11 * * * *")),
    "names of days": changed(SEARCH, ("7-59/10 * * * *", "0 0 * * MON")),
    "a window as long as the period": changed(
        SEARCH, ("schedule_window = auto", "schedule_window = 10")
    ),
    "a window and a priority": changed(
        SEARCH, ("schedule_window = auto", "schedule_window = auto\nschedule_priority = higher")
    ),
    # What belongs together.
    "always, with a relation": changed(SEARCH, ("= number of events", "= always")),
    "no counttype, with a relation": changed(SEARCH, ("counttype = number of events\n", "")),
    "no quantity": changed(SEARCH, ("quantity = 0\n", "")),
    "custom without a condition": changed(
        SEARCH,
        ("= number of events", "= custom"),
        ("relation = greater than\nquantity = 0\n", ""),
    ),
    "suppression without a period": changed(SEARCH, ("alert.suppress.period = 24h\n", "")),
    "suppression without fields": changed(SEARCH, ("alert.suppress.fields = user,src\n", "")),
    "a detection of another name": changed(SEARCH, (STANZA, STANZA.replace(" - Rule", ""))),
    "a detection without label": changed(
        SEARCH, ("action.correlationsearch.label = Threat - A user is created - Rule\n", "")
    ),
    "a finding without title": changed(
        SEARCH, ("action.notable.param.rule_title = $user$ is created\n", "")
    ),
    "a risk without message": changed(
        SEARCH, ("action.risk.param._risk_message = $user$ is created\n", "")
    ),
}


@pytest.mark.parametrize("text", SEARCHES_GOOD.values(), ids=SEARCHES_GOOD)
def test_savedsearches_accepts(text: str) -> None:
    splunk_conf.prove_savedsearches(text)


@pytest.mark.parametrize("text", SEARCHES_BAD.values(), ids=SEARCHES_BAD)
def test_savedsearches_refuses(text: str) -> None:
    with pytest.raises(Unproven, match="splunk_conf: "):
        splunk_conf.prove_savedsearches(text)


def test_savedsearches_gives_the_values_back() -> None:
    found = splunk_conf.prove_savedsearches(SEARCH)
    assert list(found) == ["Threat - A user is created - Rule", "A report"]
    assert found["A report"] == {"search": "*"}
    first = found["Threat - A user is created - Rule"]
    assert first["search"].split("\n") == [
        r'index=main sourcetype="aws:cloudtrail" eventName="CreateUser" path="C:\\*"',
        "| stats count by user",
        "| where count > 1",
    ]
    assert first["description"] == "Somebody creates a user; see the notes"


def test_unproven_names_the_line_or_the_setting() -> None:
    with pytest.raises(Unproven, match=r"line 3: neither .*\n  in: \| stats count"):
        splunk_conf.prove_savedsearches("[a]\nsearch = a=b\n| stats count\n")
    with pytest.raises(Unproven, match=r"disabled: 'yes' .*\n  in: \[a\]\ndisabled = yes$"):
        splunk_conf.prove_savedsearches("[a]\ndisabled = yes\nsearch = *\n")


@pytest.mark.parametrize(
    ("text", "shortest", "longest"),
    [
        ("*/5 * * * *", 5, 5),
        ("0 * * * *", 60, 60),
        ("7,22,37,52 * * * *", 15, 15),
        ("03,23,43 * * * *", 20, 20),
        ("58 23 * * *", 1440, 1440),
        ("0 0,23 * * *", 60, 1380),
        ("0 8-17 * * *", 60, 900),
        ("0 8 * * 1-5", 1440, 3 * 1440),
        ("0 0 1 * *", 28 * 1440, 31 * 1440),
        ("0 0 29 2 *", 1461 * 1440, 1461 * 1440),
        ("0 0 13 * 5", 1440, 7 * 1440),  # the 13th, and Fridays
    ],
)
def test_cron_knows_how_far_apart_runs_are(text: str, shortest: int, longest: int) -> None:
    runs = cron(text)
    assert (runs.shortest, runs.longest) == (shortest, longest)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "* * * * * *",
        "*  * * * *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 32 * *",
        "0 0 * 13 *",
        "0 0 * * 7",
        "0 0 * * SUN",
        "0 0 * JAN *",
        "30-10 * * * *",
        "5/10 * * * *",
        "*/0 * * * *",
        "*/60 * * * *",
        "0, * * * *",
        "-5 * * * *",
        "@hourly",
        "0 0 31 2 *",
        "٣ * * * *",
    ],
)
def test_cron_refuses(text: str) -> None:
    with pytest.raises(Fault):
        cron(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", 0),
        ("-70m@m", -4200),
        ("-10d", -864_000),
        ("@d", 0),
        ("@w1", 0),
        ("-h", -3600),
        ("-1d@d+6h", -64_800),
        ("-2hours@hour", -7200),
        ("-1mon@mon", -28 * 86_400),
        ("+5min", 300),
        ("-1w@w0-1s", -7 * 86_400 - 1),
    ],
)
def test_relative_time_knows_its_offset(text: str, seconds: int) -> None:
    assert relative_time(text).seconds == seconds


@pytest.mark.parametrize(
    "text",
    ["", "rt", "rtnow", "-5rt", "rt-5m", "0", "1700000000", "5m", "now-5m", "-5", "-5x", "@", "@5d"]
    + ["-5m @m", "@w8", "-5m@", "-5.5m", "NOW", "-٥m", "2026-01-01"],
)
def test_relative_time_refuses(text: str) -> None:
    with pytest.raises(Fault):
        relative_time(text)


def test_macros_and_lookups_are_found_outside_quotes_and_comments() -> None:
    search = (
        '`cloudtrail` a="`not` | lookup no x" `two("a,b", f(c,d))` ```a `b` | lookup no x```'
        " | lookup local=true users.csv user OUTPUT team | outputlookup append=t key_field=k known"
        " | search [ | inputlookup append=f other where x=1 | fields y ]"
    )
    assert macros(search) == {("cloudtrail", 0), ("two", 2)}
    assert lookups(search) == {"users.csv", "known", "other"}


@pytest.mark.parametrize("search", ['a="b', "`a", "`a b`", "``", 'a=\\"b" c'])
def test_macros_refuse_what_is_not_in_pairs(search: str) -> None:
    with pytest.raises(Fault):
        macros(search)


APP = {
    "default/app.conf": """\
[install]
is_configured = 0

[ui]
is_visible = 0
label = Detections for AWS

[launcher]
author = somebody
description = Detections of things that happen in AWS.
version = 1.0.0

[package]
id = aws_detections
check_for_updates = 0

[id]
name = aws_detections
version = 1.0.0
""",
    "default/savedsearches.conf": """\
[New user]
search = `cloudtrail` eventName="CreateUser" | lookup known_users user OUTPUT seen \\
| where isnull(seen) | lookup teams.csv user OUTPUT team | `new_user_filter("a, b",c)`
enableSched = 1
cron_schedule = */10 * * * *
dispatch.earliest_time = -70m@m
dispatch.latest_time = -10m@m
action.notable.param.drilldown_searches = [{"name": "All", "search": "`cloudtrail` $user$", \
"earliest_offset": null, "latest_offset": null}]

[New user - Baseline]
search = `cloudtrail` | stats min(_time) as seen by user | outputlookup append=true known_users
""",
    "default/macros.conf": """\
[cloudtrail]
definition = sourcetype="aws:cloudtrail"

[new_user_filter(2)]
args = one, two
definition = search x="$one$" y=$two$ [ | inputlookup teams | fields team ]
""",
    "default/transforms.conf": """\
[known_users]
external_type = kvstore
collection = known_users
fields_list = _key, user, seen
case_sensitive_match = false

[teams]
filename = teams.csv
match_type = WILDCARD(user)
max_matches = 1
""",
    "default/collections.conf": """\
[known_users]
enforceTypes = true
replicate = false
field.user = string
field.seen = time
accelerated_fields.user = {"user": 1}
""",
    "lookups/teams.csv": "user,team\r\nalice,one\r\n*,other\r\n",
    "metadata/default.meta": """\
[]
access = read : [ * ], write : [ admin, sc_admin ]
export = system

[savedsearches]
owner = admin
""",
    "README.md": "# Detections\n",
    "app.manifest": "{}",
}
CONF = APP["default/app.conf"]


def write_app(folder: Path, changes: dict[str, str | object]) -> Path:
    place = folder / "aws_detections"
    for name, text in {**APP, **changes}.items():
        if text is not GONE:
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(str(text).encode("utf-8"))
    return place


def app_with(name: str, *changes: tuple[str, str]) -> dict[str, str | object]:
    return {f"default/{name}.conf": changed(APP[f"default/{name}.conf"], *changes)}


APPS_GOOD: dict[str, dict[str, str | object]] = {
    "all": {},
    "searches only": {
        "default/savedsearches.conf": "[a]\nsearch = *\n",
        **{f"default/{name}.conf": GONE for name in ("macros", "transforms", "collections")},
        "lookups/teams.csv": GONE,
    },
    "a file of another kind": {"default/props.conf": "[aws:cloudtrail]\nKV_MODE = json\n"},
    "no manifest": {"app.manifest": GONE},
    "triggers": {"default/app.conf": CONF + "\n[triggers]\nreload.x = simple\n"},
}
APPS_BAD: dict[str, dict[str, str | object]] = {
    # What the app is.
    "no app.conf": {"default/app.conf": GONE},
    "no [ui]": app_with("app", ("[ui]\nis_visible = 0\nlabel = Detections for AWS\n", "")),
    "a short label": app_with("app", ("Detections for AWS", "AWS")),
    "a long label": app_with("app", ("Detections for AWS", "a" * 81)),
    "a label for Splunk": app_with("app", ("Detections for AWS", "Splunk for AWS")),
    "a version of two": app_with(
        "app",
        (
            "[id]\nname = aws_detections\nversion = 1.0.0",
            "[id]\nname = aws_detections\nversion = 1.0",
        ),
    ),
    "two versions": app_with(
        "app", ("name = aws_detections\nversion = 1.0.0", "name = aws_detections\nversion = 1.0.1")
    ),
    "no version": app_with(
        "app", ("name = aws_detections\nversion = 1.0.0", "name = aws_detections")
    ),
    "a long description": app_with("app", ("Detections of things", "Detections " * 20)),
    "another id": app_with("app", ("[package]\nid = aws_detections", "[package]\nid = other")),
    "another name": app_with("app", ("name = aws_detections", "name = other")),
    "set up already": app_with("app", ("is_configured = 0", "is_configured = 1")),
    "no updates": app_with("app", ("check_for_updates = 0\n", "")),
    "a key of app.conf": app_with("app", ("is_visible = 0", "is_visible = 0\nvisible = 0")),
    "a stanza of app.conf": {"default/app.conf": CONF + "\n[other]\nx = 1\n"},
    # Who may do what.
    "no access": {"metadata/default.meta": GONE},
    "access of admins only": {
        "metadata/default.meta": "[]\naccess = read : [ * ], write : [ admin ]\n"
    },
    "access without lists": {"metadata/default.meta": "[]\naccess = read : *, write : admin\n"},
    "access of searches only": {
        "metadata/default.meta": "[savedsearches]\n"
        "access = read : [ * ], write : [ admin, sc_admin ]\n"
    },
    "an export to nobody": {
        "metadata/default.meta": changed(APP["metadata/default.meta"], ("= system", "= all"))
    },
    # What is used and is not there.
    "no macros": {"default/macros.conf": GONE},
    "no such macro": app_with("macros", ("[cloudtrail]", "[other]")),
    "no macro of two": app_with(
        "macros", ("(2)]\nargs = one, two", "(1)]\nargs = one"), (" y=$two$", "")
    ),
    "no macro of a drilldown": app_with("savedsearches", ("`cloudtrail` $user$", "`other` $user$")),
    "no macro of a macro": app_with("macros", ('sourcetype="aws:cloudtrail"', "`index`")),
    "an open quote in a drilldown": app_with("savedsearches", ("$user$", '\\"$user$')),
    "no such lookup": app_with("transforms", ("[known_users]", "[known]")),
    "no lookup to read": app_with("transforms", ("[teams]", "[other]")),
    "no lookup to write": app_with("savedsearches", ("append=true known_users", "append=true x")),
    "no such file": {"lookups/teams.csv": GONE},
    "no collections": {"default/collections.conf": GONE},
    "no such collection": app_with("collections", ("[known_users]", "[known]")),
    "no such field": app_with("collections", ("field.seen = time\n", "")),
    # Macros.
    "a name without its arguments": app_with("macros", ("(2)]", "]")),
    "a name with another count": app_with("macros", ("(2)]", "(3)]")),
    "an argument twice": app_with("macros", ("one, two", "one, one"), ("$two$", "$one$")),
    "an argument that is none": app_with("macros", ("$two$", "$three$")),
    "no definition": app_with("macros", ('definition = sourcetype="aws:cloudtrail"', "args = a")),
    "a blank in a macro's name": app_with("macros", ("[cloudtrail]", "[cloud trail]")),
    # Lookups and collections.
    "a file and a collection": app_with("transforms", ("teams.csv", "teams.csv\ncollection = a")),
    "a path": app_with("transforms", ("teams.csv", "../teams.csv")),
    "no fields": app_with("transforms", ("fields_list = _key, user, seen\n", "")),
    "a field twice": app_with("transforms", ("_key, user, seen", "_key, user, user")),
    "no type of a collection": app_with("transforms", ("external_type = kvstore\n", "")),
    "a script": app_with("transforms", ("external_type = kvstore", "external_cmd = a.py")),
    "a match type": app_with("transforms", ("WILDCARD(user)", "REGEX(user)")),
    "no match": app_with("transforms", ("max_matches = 1", "max_matches = 0")),
    "more least than most": app_with(
        "transforms", ("max_matches = 1", "max_matches = 1\nmin_matches = 2")
    ),
    "a type of a field": app_with("collections", ("= time", "= date")),
    "an acceleration": app_with("collections", ('{"user": 1}', "user")),
    "a key of a collection": app_with("collections", ("enforceTypes", "enforce_types")),
    "an uneven row": {"lookups/teams.csv": "user,team\nalice\n"},
    "a column twice": {"lookups/teams.csv": "user,user\n"},
    "an empty file": {"lookups/teams.csv": ""},
    "a lookup of another kind": {"lookups/teams.json": "{}"},
    # Files.
    "local": {"local/app.conf": "[ui]\n"},
    "a hidden file": {"default/.gitkeep": ""},
    "a program": {"bin/run.py": ""},
    "a program beside": {"default/run.py": ""},
    "a manifest that is none": {"app.manifest": "{"},
    "a file of a broken kind": {"default/props.conf": "KV_MODE = json\n"},
    "a search that is refused": {"default/savedsearches.conf": "[a]\nsearch =\n"},
    "a zero": {"default/macros.conf": APP["default/macros.conf"] + "# \x00\n"},
}


@pytest.mark.parametrize("changes", APPS_GOOD.values(), ids=APPS_GOOD)
def test_app_accepts(tmp_path: Path, changes: dict[str, str | object]) -> None:
    confs = splunk_conf.prove_app(write_app(tmp_path, changes))
    assert confs["app"]["package"]["id"] == "aws_detections"


@pytest.mark.parametrize("changes", APPS_BAD.values(), ids=APPS_BAD)
def test_app_refuses(tmp_path: Path, changes: dict[str, str | object]) -> None:
    with pytest.raises(Unproven, match="splunk_conf: "):
        splunk_conf.prove_app(write_app(tmp_path, changes))


def test_app_may_use_what_other_apps_have(tmp_path: Path) -> None:
    search = "[a]\nsearch = `theirs` | `other(x)` | lookup their_lookup user\n"
    folder = write_app(tmp_path, {"default/savedsearches.conf": search})
    others = {"known_macros": {"theirs", "other(1)"}, "known_lookups": {"their_lookup"}}
    splunk_conf.prove_app(folder, **others)
    for name in others:
        with pytest.raises(Unproven, match="no macro|no lookup"):
            splunk_conf.prove_app(folder, **{**others, name: set()})


def test_app_refuses_another_folder_execution_and_links(tmp_path: Path) -> None:
    folder = write_app(tmp_path, {})
    other = folder.rename(tmp_path / "other")
    with pytest.raises(Unproven, match="the id is not that of the folder"):
        splunk_conf.prove_app(other)
    folder = other.rename(folder)
    (folder / "README.md").chmod(0o755)
    with pytest.raises(Unproven, match=r"README.md may be executed"):
        splunk_conf.prove_app(folder)
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to(folder / "app.manifest")
    with pytest.raises(Unproven, match=r"README.md is a link"):
        splunk_conf.prove_app(folder)


def test_app_refuses_bytes_that_are_no_text(tmp_path: Path) -> None:
    folder = write_app(tmp_path, {})
    (folder / "default" / "macros.conf").write_bytes(b"# \xff\n")
    with pytest.raises(Unproven, match="not UTF-8"):
        splunk_conf.prove_app(folder)


def pack(path: Path, *more: tuple[tarfile.TarInfo, bytes], without: str = "") -> Path:
    """The good app as a package, with further members."""
    with tarfile.open(path, "w:gz") as archive:
        for name, text in APP.items():
            if name != without:
                member(archive, tarfile.TarInfo(f"aws_detections/{name}"), text.encode("utf-8"))
        for info, content in more:
            member(archive, info, content)
    return path


def member(archive: tarfile.TarFile, info: tarfile.TarInfo, content: bytes) -> None:
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def info(name: str, **attributes: Any) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for key, value in attributes.items():
        setattr(made, key, value)
    return made


def test_package_accepts(tmp_path: Path) -> None:
    folder = (info("aws_detections/static", type=tarfile.DIRTYPE, mode=0o755), b"")
    confs = splunk_conf.prove_package(pack(tmp_path / "app.tar.gz", folder))
    assert set(confs) == {"app", "savedsearches", "macros", "transforms", "collections"}


@pytest.mark.parametrize(
    ("name", "attributes"),
    [
        ("other/README.md", {}),
        ("README.md", {}),
        ("aws_detections/README.md", {}),
        ("../README", {}),
        ("aws_detections/../../README", {}),
        ("/README", {}),
        ("aws_detections/README", {"mode": 0o755}),
        ("aws_detections/README", {"mode": 0}),
        ("aws_detections/README", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"}),
        ("aws_detections/README", {"type": tarfile.LNKTYPE, "linkname": "aws_detections/x"}),
        ("aws_detections/.hidden", {}),
    ],
)
def test_package_refuses(tmp_path: Path, name: str, attributes: dict[str, Any]) -> None:
    path = pack(tmp_path / "app.tar.gz", (info(name, **attributes), b""))
    with pytest.raises(Unproven, match="splunk_conf: "):
        splunk_conf.prove_package(path)
    assert not (tmp_path.parent / "README").exists()


def test_package_refuses_what_is_no_archive_or_a_broken_app(tmp_path: Path) -> None:
    with pytest.raises(Unproven, match="metadata/default.meta is missing"):
        splunk_conf.prove_package(pack(tmp_path / "a.tar.gz", without="metadata/default.meta"))
    with tarfile.open(tmp_path / "empty.tar.gz", "w:gz"):
        pass
    (tmp_path / "no.tar.gz").write_bytes(b"nothing")
    whole = pack(tmp_path / "whole.tar.gz").read_bytes()
    (tmp_path / "half.tar.gz").write_bytes(whole[: len(whole) // 2])
    for name in ("empty", "no", "half"):
        with pytest.raises(Unproven, match="splunk_conf: "):
            splunk_conf.prove_package(tmp_path / f"{name}.tar.gz")
