"""What ``check`` says of values, conditions, cost and deployments; and that its proofs are true."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.types import SigmaCasedString, SigmaString

import sigmacast
from conftest import ROOT, RULE, detection
from sigmacast.checks.base import CheckOptions, Subject
from sigmacast.checks.conditions import CONDITIONS
from sigmacast.checks.overlap import Automaton
from sigmacast.checks.shapes import TABLE, shape_of
from sigmacast.events.reader import EventReader
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.matching.paths import getter
from sigmacast.matching.patterns import pattern_test
from sigmacast.rule_form import Kind
from sigmacast.schema import catalogue

FIRST_LINE = 6
"""The line of ``conftest.detection`` that the first line of its text becomes."""


def said(run, text: str, *only: str) -> list[dict]:
    options = [part for name in only for part in ("--only", name)]
    out = run("check", *options, "--output-format", "json", "-", stdin=text).out
    return [json.loads(line) for line in out.splitlines()]


def codes(run, text: str, *only: str) -> list[str]:
    return [each["code"] for each in said(run, text, *only)]


def of_test(run, key: str, value: Any) -> list[dict]:
    """What the check of values says of one test of a rule."""
    selection = {"eventSource": "x", key: value}
    written = yaml.safe_dump({"selection": selection, "condition": "selection"}, sort_keys=False)
    return said(run, detection(written), "values")


# --- values ---

IMPOSSIBLE = [
    ("readOnly", "yes"),
    ("readOnly", 1),
    ("readOnly|contains", "yes"),
    ("readOnly|re", "^no"),
    ("managementEvent|gt", 0),
    ("managementEvent|cased", "TRUE"),
    ("recipientAccountId", "12345678901"),
    ("recipientAccountId", 1234567890123),
    ("recipientAccountId", -5),
    ("recipientAccountId", 5.5),
    ("userIdentity.accountId", "my-account"),
    ("userIdentity.accountId", True),
    ("resources.accountId|startswith", "acct"),
    ("recipientAccountId", "*1234567890*123*"),
    ("recipientAccountId|cidr", "10.0.0.0/8"),
    ("awsRegion", "us_east_1"),
    ("awsRegion", "us-east"),
    ("awsRegion|cased", "US-EAST-1"),
    ("awsRegion|contains", " "),
    ("awsRegion|lt", 5),
    ("eventName|cidr", "10.0.0.0/8"),
    ("eventName|gte", 5),
    ("eventSource|hour", 5),
    ("eventTime|hour", 24),
    ("eventTime|hour|gt", 23),
    ("eventTime|month", 0),
    ("requestParameters.time|minute|gte", 60),
    ("eventTime|gt", 1700000000),
    ("eventTime|startswith", "2026-13"),
    ("eventTime|contains", " 03:"),
    ("eventVersion", "latest"),
    ("userIdentity.arn", "root"),
    ("userIdentity.arn|startswith", "AROA"),
    ("userIdentity.accessKeyId|contains", "-"),
    ("userIdentity.sessionContext.attributes.mfaAuthenticated", "No"),
    ("userIdentity.type|lt", 5),
    ("eventName", None),
    ("eventName|exists", False),
    ("eventName", []),
    ("errorCode", []),
]
POSSIBLE = [
    ("readOnly", True),
    ("readOnly", "FALSE"),
    ("readOnly|startswith", "tr"),
    ("readOnly|re", "^f"),
    ("readOnly", None),
    ("readOnly", "*"),
    ("managementEvent|exists", False),
    ("recipientAccountId", "123456789012"),
    ("recipientAccountId", 12345678901),
    ("recipientAccountId", ""),
    ("recipientAccountId", "1234*"),
    ("recipientAccountId", "?2*"),
    ("recipientAccountId|gt", 5),
    ("recipientAccountId|expand", "%accounts%"),
    ("recipientAccountId|fieldref", "userIdentity.accountId"),
    ("userIdentity.accountId", "anonymous_principal"),
    ("awsRegion", "US-EAST-1"),
    ("awsRegion", "eusc-de-east-1"),
    ("awsRegion", "us-gov-west-1"),
    ("awsRegion|endswith", "-1"),
    ("awsRegion|re", "nothing at all"),
    ("eventTime|hour", 23),
    ("eventTime|hour|gt", 22),
    ("eventTime|week", 53),
    ("eventTime|contains", "T03:"),
    ("eventVersion|gte", 1.08),
    ("eventVersion", 1.1),
    ("userIdentity.arn|endswith", ":root"),
    ("userIdentity.arn", "ar*"),
    ("userIdentity.sessionContext.attributes.mfaAuthenticated", False),
    ("sourceIPAddress|cidr", "10.0.0.0/8"),
    ("requestParameters.cidrIp|cidr", "10.0.0.0/8"),
    ("userAgent|gt", 5),
    ("errorCode", None),
    ("errorCode", "NobodyKnowsThisException"),
    ("resources.type", "AWS::EC2::Instance"),
    ("userIdentity.type", "assumedrole"),
    ("userIdentity.type", "IAM*"),
    ("userIdentity.type|re", "^Assumed"),
]


@pytest.mark.parametrize(("key", "value"), IMPOSSIBLE, ids=str)
def test_a_value_that_no_record_has_is_an_error(run, key, value):
    (found,) = of_test(run, key, value)
    assert (found["code"], found["severity"]) == ("SC711", "error")
    assert found["field"] == key.split("|")[0] and found["line"] == FIRST_LINE + 2


@pytest.mark.parametrize(("key", "value"), POSSIBLE, ids=str)
def test_nothing_is_said_of_a_value_that_may_occur(run, key, value):
    assert of_test(run, key, value) == []


def test_the_value_is_marked_and_for_its_kind_the_key(run):
    of_value = of_test(run, "recipientAccountId", ["123456789012", "1"])
    of_kind = of_test(run, "awsRegion|cidr", ["10.0.0.0/8", "10.1.0.0/16"])
    assert [(each["line"], each["column"]) for each in of_value] == [(FIRST_LINE + 4, 9)]
    assert [(each["line"], each["column"]) for each in of_kind] == [(FIRST_LINE + 2, 7)]


def test_nothing_is_said_of_other_log_sources(run):
    text = detection("a:\n    readOnly: maybe\ncondition: a").replace("aws", "azure")
    assert codes(run, text, "values") == []


@pytest.mark.parametrize(
    ("key", "value", "hint"),
    [
        ("userIdentity.type", "AssumeRole", "did you mean AssumedRole?"),
        ("userIdentity.type|cased", "assumedrole", "did you mean AssumedRole?"),
        ("userIdentity.type|startswith", "Arn", "AWS writes Root, IAMUser"),
        ("eventType", "AwsApiCalls", "did you mean AwsApiCall?"),
        ("responseElements.ConsoleLogin", False, "AWS writes Success or Failure"),
    ],
)
def test_a_value_that_is_not_listed_is_a_warning_with_the_nearest(run, key, value, hint):
    (found,) = of_test(run, key, value)
    assert (found["code"], found["severity"]) == ("SC716", "warning")
    assert found["hint"].startswith(hint)


def test_a_list_that_holds_for_some_events_is_used_for_these_only(run):
    rule = "a:\n    eventName: {}\n    additionalEventData.MFAUsed: maybe\ncondition: a"
    assert codes(run, detection(rule.format("ConsoleLogin")), "values") == ["SC716"]
    assert codes(run, detection(rule.format("CreateUser")), "values") == []


def test_only_what_has_the_same_letters_is_mended(run, tmp_path):
    path = tmp_path / "rule.yml"
    text = detection("a:\n    userIdentity.type: [assumed_role, AssumeRole]\ncondition: a")
    path.write_text(text)
    run("check", "--only", "values", "--fix", "rule.yml")
    assert path.read_text() == text.replace("assumed_role", "AssumedRole")


def test_the_shapes_are_of_known_fields_and_fit_real_records():
    table = json.loads((ROOT / "tables" / TABLE).read_text(encoding="utf-8"))
    shaped = [name for each in table["shapes"] for name in each["fields"]]
    others = [name for key, each in table.items() if key != "shapes" for name in each["fields"]]
    assert all(catalogue().row(name) is not None for name in (*shaped, *others))
    values = [
        (name, value)
        for event in EventReader([str(ROOT / "sigma" / "regression_data")], lambda *_: None)
        for name in shaped
        for value in getter(name)(event.data)
        if value != ""
    ]
    assert len(values) > 1000
    for name, value in values:
        written = SigmaCasedString.from_sigma_string(SigmaString(value.replace("\\", "\\\\")))
        assert shape_of(name).admits(written), (name, value)


EXPRESSIONS = ("a|b", "[ab]{2,3}", "(a|bb)*c?", "a.*b", "[a-c]+", "", "(ab){2}")


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(EXPRESSIONS),
    st.text("abAC*?", max_size=4),
    st.text("abc", max_size=5),
    st.booleans(),
)
def test_an_overlap_is_never_overlooked(expression, pattern, text, cased):
    value = SigmaString(pattern)
    if re.fullmatch(expression, text) and pattern_test(value, cased=cased)(text):
        assert Automaton.of(expression).shares_text_with(value, cased=cased)


def test_no_overlap_is_seen_where_there_is_none():
    account = Automaton.of("[0-9]{12}")
    for pattern in ("1", "*x*", "1234567890123*", "????????????0*", "1*2?3*4?5*6?7*8?9"):
        assert not account.shares_text_with(SigmaString(pattern), cased=False), pattern


# --- conditions ---

NEVER = {
    "a and not a": "a:\n    eventName: x\ncondition: a and not a",
    "two values": "a:\n    eventName: x\nb:\n    eventName: y\ncondition: a and b",
    "all of them": "a:\n    eventName: x\nb:\n    eventName: y\ncondition: all of them",
    "all values": "a:\n    eventName|all: [x, y]\ncondition: a",
    "neq": "a:\n    eventName: x\n    eventName|neq: X\ncondition: a",
    "absent": "a:\n    errorCode: null\nb:\n    errorCode: x\ncondition: a and b",
    "exists": "a:\n    errorCode|exists: false\nb:\n    errorCode|re: x\ncondition: a and b",
    "neither": "a:\n    errorCode: null\nb:\n    errorCode: '*'\ncondition: not a and not b",
    "wider filter": (
        "a:\n    eventName: [CreateUser, CreateRole]\nf:\n    eventName|startswith: create\n"
        "condition: a and not f"
    ),
    "filters of each value": (
        "a:\n    eventName: [x, y]\nf1:\n    eventName: X\nf2:\n    eventName: Y\n"
        "condition: a and not 1 of f*"
    ),
    "filter of each map": (
        "a:\n    - eventName: x\n      awsRegion: r\n    - eventName: y\n"
        "f:\n    eventName: [x, y]\ncondition: a and not f"
    ),
    "what three leave": (
        "a:\n    eventName: [x, y]\nb:\n    eventName: [y, z]\nf:\n    eventName: y\n"
        "condition: a and b and not f"
    ),
    "beginnings": (
        "a:\n    eventName|startswith: Get\nb:\n    eventName|startswith: List\ncondition: a and b"
    ),
    "one of a list": (
        "a:\n    requestParameters.x: abc\nf:\n    requestParameters.x|contains: B\n"
        "condition: a and not f"
    ),
    "keywords": "a:\n    - foobar\nf:\n    - oob\ncondition: a and not f",
    "boolean": "a:\n    readOnly: true\nb:\n    readOnly: 'false'\ncondition: a and b",
    "networks": (
        "a:\n    sourceIPAddress|cidr: 10.1.0.0/16\nf:\n    sourceIPAddress|cidr: 10.0.0.0/8\n"
        "condition: a and not f"
    ),
    "address": (
        "a:\n    sourceIPAddress|cidr: 10.0.0.0/8\nb:\n    sourceIPAddress: 192.168.0.1\n"
        "condition: a and b"
    ),
    "numbers": "a:\n    eventVersion|gt: 2\nb:\n    eventVersion|lte: 2\ncondition: a and b",
    "case": "a:\n    eventName|cased: Xy\nb:\n    eventName|cased: xY\ncondition: a and b",
}
SOMETIMES = {
    "other filter": "a:\n    eventName: [x, y]\nf:\n    eventName: x\ncondition: a and not f",
    "narrower filter": (
        "a:\n    eventName|startswith: x\nf:\n    eventName|startswith: xy\ncondition: a and not f"
    ),
    "lists": ("a:\n    requestParameters.x: 1\nb:\n    requestParameters.x: 2\ncondition: a and b"),
    "array": "a:\n    resources.ARN|all: [x, y]\ncondition: a",
    "may be a list": "a:\n    userAgent: x\nb:\n    userAgent: y\ncondition: a and b",
    "alternatives": "a:\n    eventName: x\nb:\n    eventName: y\ncondition: 1 of them",
    "patterns": (
        "a:\n    eventName|startswith: Get\nb:\n    eventName|endswith: User\ncondition: a and b"
    ),
    "case": "a:\n    eventName: xy\nf:\n    eventName|cased: xy\ncondition: a and not f",
    "mind case": "a:\n    eventName: xy\nb:\n    eventName|re: X\ncondition: a and b",
    "number": "a:\n    eventVersion|gt: 1\nb:\n    eventVersion|lt: 2\ncondition: a and b",
    "marks": "a:\n    eventName: '?'\nf:\n    eventName: '??*'\ncondition: a and not f",
    "presence": "a:\n    errorCode: '*'\nf:\n    errorCode: x\ncondition: a and not f",
    "keywords": "a:\n    - oob\nf:\n    - foobar\ncondition: a and not f",
    "another field": "a:\n    eventName: x\nb:\n    eventSource: y\ncondition: a and b",
}
ALWAYS = {
    "a or not a": "a:\n    eventName: x\ncondition: a or not a",
    "required field": "a:\n    eventName|exists: true\ncondition: a",
    "any value": "a:\n    eventSource: '*'\ncondition: a",
    "present or absent": "a:\n    errorCode: '*'\nb:\n    errorCode: null\ncondition: 1 of them",
    "not both": "a:\n    eventName: x\nb:\n    eventName: y\ncondition: not (a and b)",
}


@pytest.mark.parametrize("case", NEVER)
def test_a_condition_that_excludes_itself_is_an_error(run, case):
    (found,) = said(run, detection(NEVER[case]), "conditions")
    assert (found["code"], found["severity"]) == ("SC713", "error")
    assert "condition: " in detection(NEVER[case]).splitlines()[found["line"] - 1]
    assert found["column"] == len("    condition: ") + 1


@pytest.mark.parametrize("case", SOMETIMES)
def test_nothing_is_said_of_a_condition_that_may_be_true_and_may_not(run, case):
    assert said(run, detection(SOMETIMES[case]), "conditions") == []


@pytest.mark.parametrize("case", ALWAYS)
def test_a_condition_that_every_event_meets_is_a_warning(run, case):
    (found,) = said(run, detection(ALWAYS[case]), "conditions")
    assert (found["code"], found["severity"]) == ("SC712", "warning")


def test_the_message_names_the_tests_and_their_selections(run):
    (found,) = said(run, detection(NEVER["wider filter"]), "conditions")
    assert found["message"] == (
        "the condition is never true: eventName 'CreateUser' or 'CreateRole' (a) and "
        "not eventName 'create*' (f) exclude each other"
    )


def test_what_cloudtrail_never_has_is_not_assumed_of_other_logs(run):
    for case in ("two values", "numbers"):
        assert codes(run, detection(NEVER[case]).replace("aws", "x"), "conditions") == []
    assert codes(run, detection(NEVER["a and not a"]).replace("aws", "x"), "conditions") == [
        "SC713"
    ]
    assert codes(run, detection(ALWAYS["required field"]).replace("aws", "x"), "conditions") == []


def test_each_condition_of_a_list_is_judged(run):
    text = detection("a:\n    eventName: x\ncondition:\n    - a\n    - a and not a")
    (found,) = said(run, text, "conditions")
    assert (found["code"], found["line"]) == ("SC713", FIRST_LINE + 4)


def test_a_selection_that_never_matches_is_told_where_others_do(run):
    text = detection("a:\n    eventName|all: [x, y]\nb:\n    eventName: z\ncondition: 1 of them")
    (found,) = said(run, text, "conditions")
    assert (found["code"], found["line"]) == ("SC711", FIRST_LINE)


@pytest.mark.parametrize(
    ("condition", "unused"),
    [
        ("a", ["b", "_c"]),
        ("a and b and _c", []),
        ("1 of them", ["_c"]),
        ("all of a* or b", ["_c"]),
        ("not (b and not _c) or 1 of a", []),
        ("1 of a and _c", ["b"]),
    ],
)
def test_a_selection_that_no_condition_names_is_told(run, condition, unused):
    text = "a:\n    eventName: x\nb:\n    eventName: y\n_c:\n    awsRegion: z\n"
    found = said(run, detection(f"{text}condition: {condition}"), "SC714")
    lines = {"a": FIRST_LINE, "b": FIRST_LINE + 2, "_c": FIRST_LINE + 4}
    assert [each["line"] for each in found] == [lines[name] for name in unused]
    assert all(("them" in each["hint"]) == (each["line"] == lines["_c"]) for each in found)


def test_conditions_of_other_logs_have_their_selections_counted(run):
    text = detection("a:\n    Image: x\nb:\n    Image: y\ncondition: a").replace("aws", "windows")
    assert codes(run, text, "conditions") == ["SC714"]


def test_a_condition_beyond_all_reason_is_given_up_in_silence(run):
    """Each selection has a way of its own to miss, so that there are 3^30 ways to look at."""
    selections = "".join(
        f"s{n}:\n    requestParameters.a{n}: x\n    requestParameters.b{n}: x\n"
        f"t{n}:\n    requestParameters.a{n}|contains: [{', '.join('abcdefgh')}]\n"
        for n in range(30)
    )
    parts = " and ".join(f"not (s{n} and t{n})" for n in range(30))
    started = time.perf_counter()
    assert codes(run, detection(f"{selections}condition: {parts}"), "conditions") == []
    assert time.perf_counter() - started < 20


TEXTS = st.sampled_from(
    ["a", "A", "ab", "aB", "b", "", "1", "10", "1.0", "10.0.0.1", "İ", "ς", "Σ", "aΣ", "K", "true"]
    + ["2026-11-27T03:00:00Z", "2026-W01-1"]
)
PATTERNS = st.sampled_from(
    ["a*", "*b", "?b", "a?", "*", "a*b", "*a*", "?*", "A*", "*Σ", "i*", "??", "1*", "*.0.*"]
)
ONE_VALUE = ("eventName", "errorCode", "userIdentity.type")
MANY_VALUES = ("requestParameters.x", "userAgent")
NAMES = st.sampled_from([*ONE_VALUE, *MANY_VALUES, "readOnly"])


def _tests(modifiers: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.builds("{}{}".format, NAMES, st.sampled_from(modifiers))
    return st.tuples(keys, values)


def _lists(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


TESTS = st.one_of(
    _tests(["", "|cased", "|neq", "|all"], _lists(TEXTS | PATTERNS)),
    _tests(["|contains", "|startswith", "|endswith", "|contains|cased"], _lists(TEXTS)),
    _tests(["|contains|all", "|fieldref"], _lists(st.sampled_from(["a", "B", "eventName"]))),
    _tests(["|re", "|re|i"], _lists(st.sampled_from(["^a", "b$", "A", "1", "^.$"]))),
    _tests(["|lt", "|gt", "|lte", "|gte", "", "|hour", "|hour|lt"], st.sampled_from([1, 3, 10])),
    _tests([""], st.sampled_from([None, [None, "a"], True, False, 1.5])),
    _tests(["|exists"], st.booleans()),
    _tests(["|cidr"], st.sampled_from(["10.0.0.0/8", "10.0.0.1/32", "192.168.0.0/16"])),
)
MAPS = st.lists(TESTS, min_size=1, max_size=3).map(dict)
SELECTIONS = (
    MAPS
    | st.lists(MAPS, min_size=1, max_size=2)
    | st.lists(TEXTS.filter(bool), min_size=1, max_size=2)
)
EXPRESSIONS_OF_NAMES = st.recursive(
    st.sampled_from(["a", "b", "c", "1 of them", "all of them"]),
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({}) and ({})".format, inner, inner),
        st.builds("({}) or ({})".format, inner, inner),
    ),
    max_leaves=5,
)
HELD = TEXTS | st.sampled_from([1, 10, 1.0, True, {"a": "b"}])
RECORDS = st.fixed_dictionaries(
    {"eventName": TEXTS},
    optional={
        "errorCode": TEXTS,
        "userIdentity": st.fixed_dictionaries({"type": TEXTS}),
        "userAgent": TEXTS | st.lists(TEXTS, max_size=2),
        "requestParameters": st.fixed_dictionaries({"x": HELD | st.lists(HELD, max_size=3)}),
        "readOnly": st.booleans(),
    },
)


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries({"a": SELECTIONS, "b": SELECTIONS, "c": SELECTIONS}),
    EXPRESSIONS_OF_NAMES,
    st.lists(RECORDS, min_size=10, max_size=10),
)
def test_what_is_said_of_a_condition_holds_for_every_event(selections, condition, events):
    data = {
        "title": "x",
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {**selections, "condition": condition},
    }
    source = RuleSource("rule.yml", 0, Kind.RULE, data, "")
    subject = Subject(source, Ruleset((source,)), CheckOptions())
    assert CONDITIONS.run is not None
    found = {issue.code for issue in CONDITIONS.run(subject)}
    if found & {"SC712", "SC713"} and subject.rule is not None:
        try:
            matches = sigmacast.matcher(source).matches
        except sigmacast.diagnostics.Refusal:  # no event meets what has no meaning
            return
        assert {matches(event) for event in events} == {"SC712" in found}


# --- cost ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n    userAgent|contains: x\ncondition: a", ["SC731"]),
        ("a:\n    userAgent|endswith: [x, y]\ncondition: a", ["SC731"]),
        ("a:\n    requestParameters.name: '*x'\ncondition: a", ["SC731"]),
        ("a:\n    errorMessage: '?x'\ncondition: a", ["SC731"]),
        ("a:\n    userAgent|startswith: x\ncondition: a", []),
        ("a:\n    userAgent: x*\ncondition: a", []),
        ("a:\n    userAgent: '*'\ncondition: a", []),
        ("a:\n    eventName|contains: x\ncondition: a", []),
        ("a:\n    - x\ncondition: a", ["SC732"]),
        ("a:\n    '|all': [x, y]\ncondition: a", ["SC732"]),
        ("a:\n    requestParameters|contains: x\ncondition: a", ["SC732"]),
        ("a:\n    requestParameters: null\ncondition: a", []),
        (
            "a:\n    eventName: RunInstances\n    eventSource: ec2.amazonaws.com\n"
            "    requestParameters.monitoring|contains: x\ncondition: a",
            ["SC732"],
        ),
        (f"a:\n    eventName: [{', '.join(f'x{n}*' for n in range(51))}]\ncondition: a", ["SC733"]),
        (f"a:\n    eventName: [{', '.join(f'x{n}*' for n in range(50))}]\ncondition: a", []),
        (f"a:\n    eventName: [{', '.join(f'x{n}' for n in range(99))}]\ncondition: a", []),
    ],
)
def test_what_is_slow_is_noted_once_for_each_test(run, text, expected):
    found = said(run, detection(text), "cost")
    assert [each["code"] for each in found] == expected
    for each in found:
        assert each["severity"] == "note"
        assert re.search('(Elasticsearch reference|Splunk Search Manual), "', each["message"])


# --- fields in other places ---


def test_fields_in_lists_and_references_are_looked_up(run):
    text = RULE.replace("eventName: CreateUser", "userIdentity.arn|fieldref: useragent")
    text += "fields:\n    - eventName\n    - userIdentity.arm\n"
    found = said(run, text, "fields")
    assert [(each["line"], each["field"]) for each in found] == [
        (10, "useragent"),
        (15, "userIdentity.arm"),
    ]


CORRELATION = f"""\
{RULE}name: created
---
title: Many
correlation:
    type: value_count
    rules: [created]
    group-by:
        - userIdentity.arn
        - useragent
        - who
    timespan: 1h
    aliases:
        who:
            created: userIdentity.username
    condition:
        gte: 5
        field: awsregion
"""


def test_fields_of_correlations_are_looked_up(run, tmp_path):
    found = said(run, CORRELATION, "fields")
    assert [(each["line"], each["column"], each["field"]) for each in found] == [
        (21, 11, "useragent"),
        (26, 22, "userIdentity.username"),
        (29, 16, "awsregion"),
    ]
    (tmp_path / "rule.yml").write_text(CORRELATION)
    run("check", "--only", "fields", "--fix", "rule.yml")
    mended = (tmp_path / "rule.yml").read_text()
    for name in ("userAgent", "userIdentity.userName", "awsRegion"):
        assert name in mended


def test_fields_of_correlations_of_other_logs_are_not(run):
    assert said(run, CORRELATION.replace("product: aws", "product: x"), "fields") == []


# --- deployments ---


def deployed(run, tmp_path, text: str, *options: str, rule: str = RULE) -> list[dict]:
    folder = tmp_path / "deployments" / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    (tmp_path / "rules").mkdir(exist_ok=True)
    (tmp_path / "rules" / "x.yml").write_text(rule)
    (folder / "x.yml").write_text(f"rule: {yaml.safe_load(RULE)['id']}\n{text}")
    out = run("check", "--output-format", "json", *options, "rules").out
    return [json.loads(line) for line in out.splitlines() if '"SC6' in line]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("schedule:\n    interval: often\n", "SC601", (3, 5)),
        ("first_seen:\n    fields:\n        - useragent\n", "SC602", (4, 11)),
        ("first_seen:\n    fields: [userAgent]\n    history: 31d\n", "SC606", (4, 5)),
    ],
)
def test_what_is_wrong_with_a_deployment_is_told_at_its_place(run, tmp_path, text, code, place):
    (found,) = deployed(run, tmp_path, text)
    assert found["code"] == code and found["path"].endswith("deployments/rules/x.yml")
    assert (found["line"], found["column"]) == place


@pytest.mark.parametrize(
    "text",
    [
        "first_seen:\n    fields: [userAgent]\n    history: 30d\n",
        "first_seen:\n    fields: [userAgent]\n    history: 90d\n    baseline: lookup\n",
    ],
)
def test_nothing_is_said_of_a_good_deployment(run, tmp_path, text):
    assert deployed(run, tmp_path, text) == []


def test_a_comment_on_the_same_line_of_the_rule_silences_no_deployment(run, tmp_path):
    text = "first_seen:\n    fields:\n        - useragent\n"
    lines = RULE.splitlines(keepends=True)
    lines[3] = f"{lines[3].rstrip()}  # sigmacast: ignore[SC602]\n"
    of_line = "".join(lines)
    assert [each["code"] for each in deployed(run, tmp_path, text, rule=of_line)] == ["SC602"]
    of_file = f"# sigmacast: ignore-file[SC602]\n{RULE}"
    assert deployed(run, tmp_path, text, rule=of_file) == []


def test_what_is_shipped_is_logical(run):
    options = ("--only", "values", "--only", "conditions", "--only", "deployments")
    assert run("check", *options, ROOT / "sigma" / "rules").out == ""
