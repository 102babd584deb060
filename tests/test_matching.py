"""What a rule means on an event, modifier by modifier."""

from __future__ import annotations

import time
from typing import Any

import pytest

import sigmacast
from conftest import detection
from sigmacast.diagnostics import Refusal
from sigmacast.matching.rules import Matcher

EVENT: dict[str, Any] = {
    "eventVersion": "1.11",
    "eventTime": "2026-11-25T22:41:07Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "sourceIPAddress": "203.0.113.9",
    "userAgent": "aws-cli/2.19 md/Botocore",
    "readOnly": False,
    "managementEvent": "true",
    "errorCode": None,
    "userIdentity": {
        "type": "AssumedRole",
        "arn": "arn:aws:sts::111122223333:assumed-role/app/i-0abc",
        "accountId": "111122223333",
        "userName": "Ann",
    },
    "requestParameters": {
        "userName": "ANN",
        "path": "/a*b?c\\d/",
        "maxItems": 50,
        "ratio": "0.50",
        "empty": "",
        "nothing": {},
        "none": [],
        "nulls": [None],
        "tags": [{"key": "env", "value": "prod"}, {"key": "team", "value": None}],
        "groups": ["admins", ["auditors", "ops"]],
        "policy": {"Statement": {"Effect": "Allow", "Action": "s3:Get*"}},
        "dotted.key": {"inner": 1},
        "text": "first line\nsecond line\n",
        "encoded": "eDogbXkgc2VjcmV0",
        "address": "2001:db8::7",
        "createdAt": "2024-12-30T23:59:30+01:00",
    },
    "resources": [],
}


def matcher(text: str, **options: Any) -> Matcher:
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rule.yml"
        path.write_text(text, encoding="utf-8")
        ruleset = sigmacast.load([path])
    assert not ruleset.unusable, ruleset.unusable
    from sigmacast.matchers import matcher as matcher_of

    return matcher_of(ruleset.rules[0], ruleset.filters, **options)


def matches(selection: str, event: dict[str, Any] = EVENT) -> bool:
    """Whether a selection of one line matches, by the predicate and by the explanation."""
    rule = matcher(detection(f"s:\n  {selection}\ncondition: s"))
    found = rule.matches(event)
    assert rule.why(event).matched is found
    return found


@pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning")  # pySigma tries them
@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        # text: case is ignored, wildcards stand for anything
        ("eventName: CreateUser", True),
        ("eventName: createuser", True),
        ("eventName: CreateUsers", False),
        ("eventName: Create*", True),
        ("eventName: create?ser", True),
        ("eventName: '*'", True),
        ("eventName: ''", False),
        ("requestParameters.empty: ''", True),
        ("requestParameters.empty: '*'", True),
        ("eventName: [DeleteUser, CreateUser]", True),
        ("userAgent|contains: BOTO", True),
        ("userAgent|startswith: AWS-CLI/", True),
        ("userAgent|endswith: /botocore", True),
        ("userAgent|endswith: aws-cli", False),
        ("userAgent|contains|all: [cli, boto]", True),
        ("userAgent|contains|all: [cli, curl]", False),
        ("userAgent: 'aws*cli*core'", True),
        ("userAgent: 'aws*core*cli'", False),
        ("userAgent: 'aws*a*s*'", False),
        (r"requestParameters.path: '/a\*b\?c\\d/'", True),
        (r"requestParameters.path: '/a\*b\?x\\d/'", False),
        ("requestParameters.path|contains: 'b?c'", True),
        ("requestParameters.text: 'first*second*'", True),
        # case
        ("eventName|cased: CreateUser", True),
        ("eventName|cased: createUser", False),
        ("eventName|startswith|cased: Create", True),
        ("eventName|startswith|cased: create", False),
        # numbers and booleans, also as text
        ("requestParameters.maxItems: 50", True),
        ("requestParameters.maxItems: '50'", True),
        ("requestParameters.maxItems: 50.0", True),
        ("requestParameters.ratio: 0.5", True),
        ("userIdentity.accountId: 111122223333", True),
        ("readOnly: false", True),
        ("readOnly: 'False'", True),
        ("readOnly: 0", False),
        ("managementEvent: true", True),
        ("requestParameters.maxItems|gt: 49", True),
        ("requestParameters.maxItems|gt: 50", False),
        ("requestParameters.maxItems|gte: 50", True),
        ("requestParameters.maxItems|lt: 50.5", True),
        ("requestParameters.maxItems|lte: 49", False),
        ("requestParameters.ratio|lt: 1", True),
        ("eventName|gt: 1", False),
        ("absent|lt: 1", False),
        ("readOnly|lt: 1", False),
        # absence
        ("errorCode: null", True),
        ("errorCode|exists: false", True),
        ("errorCode|exists: true", False),
        ("errorCode: '*'", False),
        ("requestParameters.none: null", True),
        ("requestParameters.nulls: null", True),
        ("requestParameters.empty: null", False),
        ("requestParameters.empty|exists: true", True),
        ("requestParameters.nothing: null", False),
        ("requestParameters.nothing|exists: true", True),
        ("resources: null", True),
        ("eventName.below: null", True),
        ("eventName: null", False),
        # lists and objects
        ("requestParameters.groups: AUDITORS", True),
        ("requestParameters.groups|all: [ops, admins]", True),
        ("requestParameters.groups: 'admins*ops'", False),
        ("requestParameters.tags.key: team", True),
        ("requestParameters.tags.value: prod", True),
        ("requestParameters.tags.value: null", False),
        ('requestParameters.tags|contains: \'"key":"env"\'', True),
        ('requestParameters.policy|contains: \'"Effect":"Allow"\'', True),
        ("requestParameters.policy.Statement.Effect: allow", True),
        (
            'requestParameters.policy: \'{"Statement":{"Effect":"Allow","Action":"s3:Get\\*"}}\'',
            True,
        ),
        ("requestParameters.nothing: '{}'", True),
        ("requestParameters.dotted.key.inner: 1", True),
        # negation of a field
        ("eventName|neq: DeleteUser", True),
        ("eventName|neq: CreateUser", False),
        ("absent|neq: x", True),
        # fields compared
        ("requestParameters.userName|fieldref: userIdentity.userName", True),
        ("requestParameters.userName|fieldref: userIdentity.type", False),
        ("requestParameters.userName|fieldref: absent", False),
        ("absent|fieldref: requestParameters.userName", False),
        ("userIdentity.arn|fieldref|contains: userIdentity.accountId", True),
        ("userIdentity.arn|fieldref|startswith: userIdentity.accountId", False),
        # addresses
        ("sourceIPAddress|cidr: 203.0.113.0/24", True),
        ("sourceIPAddress|cidr: [10.0.0.0/8, 203.0.112.0/23]", True),
        ("sourceIPAddress|cidr: 203.0.114.0/24", False),
        ("sourceIPAddress|cidr: '2001:db8::/32'", False),
        ("requestParameters.address|cidr: '2001:db8::/32'", True),
        ("eventName|cidr: 0.0.0.0/0", False),
        # regular expressions: unanchored, case minded
        ("userAgent|re: 'cli/\\d'", True),
        ("userAgent|re: CLI", False),
        ("userAgent|re|i: CLI", True),
        ("userAgent|re: '^cli'", False),
        ("userAgent|re: 'Botocore$'", True),
        ("requestParameters.text|re: 'first.*second'", False),
        ("requestParameters.text|re|s: 'first.*second'", True),
        ("requestParameters.text|re: '^second'", False),
        ("requestParameters.text|re|m: '^second'", True),
        ("requestParameters.text|re: 'line$'", True),
        ("requestParameters.text|re: 'line\\ssecond'", True),
        ("requestParameters.text|re: '[[:alpha:]]+\\s[a-z]'", True),
        ("userAgent|re: '[$]'", False),
        ("userAgent|re: '[]$]|md'", True),
        ("requestParameters.maxItems|re: '^5.$'", True),
        ('requestParameters.policy|re: \'"Action":"s3:[A-Z]\'', True),
        # encodings
        ("requestParameters.encoded|base64: 'x: my secret'", True),
        ("requestParameters.encoded|base64offset|contains: 'my secret'", True),
        ("requestParameters.encoded|base64offset|contains: 'his secret'", False),
        ("userAgent|contains|windash: ' -botocore'", False),
        ("requestParameters.encoded|wide|base64offset|contains: my", False),
        # parts of a time, in UTC
        ("eventTime|hour: 22", True),
        ("eventTime|minute: 41", True),
        ("eventTime|day: 25", True),
        ("eventTime|month: 11", True),
        ("eventTime|year: 2026", True),
        ("eventTime|week: 48", True),
        ("eventTime|hour: [1, 2]", False),
        ("eventTime|hour|gte: 22", True),
        ("eventTime|hour|lt: 22", False),
        ("requestParameters.createdAt|hour: 22", True),
        ("requestParameters.createdAt|week: 1", True),
        ("eventName|hour: 22", False),
        # keywords: the record's compact JSON
        ("- boto", True),
        ('- \'"accountId":"111122223333"\'', True),
        ("- [no such, assumed-role]", True),
        ("'|all': [assumed-role, i-0abc]", True),
        ("'|all': [assumed-role, i-0abd]", False),
        ("- 'assumed*i-0abc'", True),
        ("- 111122223333", True),
        ("'|re': 'i-0[a-c]+\"'", True),
        ("'|re': 'I-0[a-c]+\"'", False),
    ],
)
def test_what_a_test_means(selection, expected):
    assert matches(selection) is expected


def test_several_fields_must_all_match_and_several_maps_are_alternatives():
    both = matcher(detection("s:\n  eventName: CreateUser\n  readOnly: true\ncondition: s"))
    one = matcher(detection("s:\n  - eventName: CreateUser\n  - readOnly: true\ncondition: s"))
    assert not both.matches(EVENT) and one.matches(EVENT)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("yes and not no", True),
        ("not yes or no", False),
        ("not (no or no2)", True),
        ("1 of no*", False),
        ("all of no*", False),
        ("1 of them", True),
        ("all of them", False),
        ("yes and not 1 of no*", True),
        ("['no', 'yes']", True),
    ],
)
def test_conditions(condition, expected):
    text = detection(
        f"'yes':\n  eventName: CreateUser\n'no':\n  eventName: Other\n"
        f"no2:\n  readOnly: true\ncondition: {condition}"
    )
    assert matcher(text).matches(EVENT) is expected


def test_an_absent_field_matches_under_not():
    text = detection("s:\n  absent: x\ncondition: not s")
    assert matcher(text).matches(EVENT) and matcher(text).matches({})


def test_placeholders_take_their_values():
    text = detection("s:\n  userIdentity.userName|expand: '%people%'\ncondition: s")
    assert matcher(text, placeholders={"people": ["bob", "ann"]}).matches(EVENT)
    assert not matcher(text, placeholders={"people": ["bob"]}).matches(EVENT)
    with pytest.raises(Refusal, match="%people%") as refused:
        matcher(text)
    assert refused.value.finding.code == "SC205"


def test_a_filter_takes_events_away():
    rule = detection("s:\n  eventName: CreateUser\ncondition: s").replace(
        "title: A rule", "title: A rule\nname: a_rule"
    )
    filtered = (
        "---\ntitle: Not Ann\nlogsource: {product: aws, service: cloudtrail}\n"
        "filter:\n  rules: [a_rule]\n  f:\n    userIdentity.userName: Ann\n  condition: not f\n"
    )
    rule_without = matcher(rule)
    rule_with = matcher(rule + filtered)
    assert rule_without.matches(EVENT) and not rule_with.matches(EVENT)
    names = {part.what for part in _all_parts(rule_with.why(EVENT))}
    assert "selection f" in names


def _all_parts(reason):
    yield reason
    for part in reason.parts:
        yield from _all_parts(part)


@pytest.mark.parametrize(
    "expression",
    [r"a(?=b)", r"(a)\1", r"(?<!a)b", r"a{1,1001}", r"\Z", r"a\v", r"a{,3}", r"[\S]"],
)
def test_expressions_without_a_bound_or_without_one_meaning_are_refused(expression):
    with pytest.raises(Refusal) as refused:
        matcher(detection(f"s:\n  userAgent|re: '{expression}'\ncondition: s"))
    assert refused.value.finding.code == "SC501"
    assert refused.value.finding.field == "userAgent"


def test_hostile_patterns_end_in_time():
    text = "a" * 100_000
    event = {"userAgent": text, "eventName": "x"}
    hostile = detection(
        "s:\n  userAgent|re: '^(a+)+$|(a|aa)+b|(.*.*.*)*c'\n"
        f"t:\n  userAgent: '{'*a' * 40}*b'\n"
        f"u:\n  userAgent: '{'*a?' * 40}*b'\ncondition: s or t or u"
    )
    rule = matcher(hostile)
    begin = time.perf_counter()
    assert rule.matches(event)
    assert not rule.matches({"userAgent": text[:-1] + "d" + "\n\n"})
    assert time.perf_counter() - begin < 5


def test_half_a_surrogate_pair_is_searched_as_a_stand_in():
    assert matches("userAgent|re: 'x.y'", {"userAgent": "x\ud800y"})


def test_long_numbers():
    assert not matches("id: 123456789012345", {"id": "123456789012346"})
    assert matches("id: 12345678901234567890", {"id": "12345678901234567890"})
    assert not matches("id|gt: 5", {"id": "9" * 5000})  # no number anybody counts by


def test_why_names_the_field_that_decided():
    rule = matcher(
        detection(
            "s:\n  eventSource: iam.amazonaws.com\n  eventName: [CreateUser, CreateRole]\n"
            "  errorCode: null\nf:\n  userIdentity.userName: Ann\ncondition: s and not f"
        )
    )
    denied = {**EVENT, "errorCode": "AccessDenied", "userIdentity": {"userName": "Bob"}}
    (test,) = rule.why(denied).deciding()
    assert (test.field, test.expected, test.actual) == ("errorCode", "absent", "'AccessDenied'")
    (test,) = rule.why(EVENT).deciding()
    assert (test.field, test.expected, test.actual) == ("userIdentity.userName", "'Ann'", "'Ann'")
    hit = {**EVENT, "userIdentity": {}}
    fields = [test.field for test in rule.why(hit).deciding()]
    assert fields == ["eventSource", "eventName", "errorCode", "userIdentity.userName"]


def test_why_takes_the_alternative_that_came_nearest():
    rule = matcher(
        detection(
            "a:\n  eventName: DeleteTrail\n  eventSource: x\n  readOnly: true\n"
            "b:\n  eventName: CreateUser\n  readOnly: true\ncondition: 1 of them"
        )
    )
    assert [test.field for test in rule.why(EVENT).deciding()] == ["readOnly"]


def test_why_shortens_long_values():
    rule = matcher(detection("s:\n  userAgent: x\ncondition: s"))
    (test,) = rule.why({"userAgent": "y" * 5000}).deciding()
    assert test.actual is not None and len(test.actual) <= 200 and test.actual.endswith("…")


def test_a_correlation_is_no_test_of_one_event(tmp_path):
    path = tmp_path / "c.yml"
    path.write_text(
        "title: c\ncorrelation:\n  type: event_count\n  rules: [a]\n  timespan: 1m\n"
        "  condition: {gte: 2}\n"
    )
    with pytest.raises(Refusal, match="correlation"):
        sigmacast.matcher(sigmacast.load([path]).rules[0])
