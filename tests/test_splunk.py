"""SPL: one search clause, one where, and nothing lost between them."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import sigmacast
from conftest import converted, detection, queries
from proofs import spl
from sigmacast.engines.spl import compile_query
from sigmacast.views.splunk import as_splunk

HEAD = 'sourcetype="aws:cloudtrail" '


def condition(text: str) -> str:
    (query,) = queries(detection(text), "splunk")
    spl.prove(query)
    return query.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("userAgent: 'a b'", 'userAgent="a b"'),
        ("userAgent: 'say \"hi\"'", r'userAgent="say \"hi\""'),
        (r"userAgent: 'a\b'", r'userAgent="a\\b"'),
        ("userAgent: [a, 'b*']", 'userAgent IN ("a", "b*")'),
        ("vpcEndpointId: null", '(NOT vpcEndpointId=* OR vpcEndpointId="null")'),
        ("vpcEndpointId|exists: true", 'vpcEndpointId=* NOT vpcEndpointId="null"'),
        ("errorCode: null", '(NOT errorCode=* OR errorCode IN ("success", "failure"))'),
        ("errorCode|exists: false", '(NOT errorCode=* OR errorCode IN ("success", "failure"))'),
        ("errorCode|exists: true", 'errorCode=* NOT errorCode IN ("success", "failure")'),
        ("errorCode: AccessDenied", 'errorCode="AccessDenied"'),
        ("sourceIPAddress|cidr: 10.0.0.0/8", 'sourceIPAddress="10.0.0.0/8"'),
        ("resources.ARN: x", '"resources{}.ARN"="x"'),
        (
            "requestParameters.x-amz-acl: x",
            '("requestParameters.x-amz-acl"="x" OR "requestParameters.x-amz-acl{}"="x")',
        ),
    ],
)
def test_what_search_can_say(item, expected):
    assert condition(f"selection:\n    {item}\ncondition: selection") == expected


def test_a_keyword_keeps_a_dollar_sign_at_its_end():
    found = condition("keywords: ['a?b$*']\ncondition: keywords")
    assert found == """sourcetype="aws:cloudtrail"\n| where match(_raw, "(?is)a.b\\\\$")"""


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("userAgent|re: 'a\\.b'", r"""match('userAgent', "a\\.b")"""),
        ("userAgent|re|i: a", """match('userAgent', "(?i)a")"""),
        ("userAgent: 'a?b'", """match('userAgent', "(?is)^a.b$")"""),
        (r"userAgent: 'lit\*star'", """lower('userAgent')="lit*star\""""),
        (r"userAgent|contains: 'lit\*'", r"""match('userAgent', "(?is)lit\\*")"""),
        ("userAgent|cased: Boto", """'userAgent'="Boto\""""),
        ("userAgent|cased|contains: Boto", """match('userAgent', "(?s)Boto")"""),
        (
            "userAgent|fieldref: errorMessage",
            "lower('userAgent')=lower('errorMessage') AND lower('userAgent')!=\"null\"",
        ),
        # `search` orders by text what is no number
        (
            "requestParameters.n|gte: 5",
            "tonumber('requestParameters.n')>=5 "
            "OR isnotnull(mvfilter(tonumber('requestParameters.n{}')>=5))",
        ),
    ],
)
def test_what_only_where_can_say(item, expected):
    found = condition(f"selection:\n    {item}\ncondition: selection")
    assert found == f'sourcetype="aws:cloudtrail"\n| where {expected}'.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("condition_text", "expected"),
    [
        ("re1 and re2", """match('userAgent', "x") AND match('errorMessage', "y")"""),
        (
            "not (re1 and re2)",
            "isnull('userAgent') OR NOT match('userAgent', \"x\") OR isnull('errorMessage') "
            "OR NOT match('errorMessage', \"y\")",
        ),
        (
            "not (plain and re1)",
            "isnull('eventName') OR NOT lower('eventName')=\"a\" OR isnull('userAgent') "
            "OR NOT match('userAgent', \"x\")",
        ),
        ("plain or re1", "lower('eventName')=\"a\" OR match('userAgent', \"x\")"),
    ],
)
def test_no_negation_and_no_alternative_is_lost(condition_text, expected):
    text = f"""
plain:
    eventName: A
re1:
    userAgent|re: x
re2:
    errorMessage|re: y
condition: {condition_text}
"""
    assert condition(text) == f'sourcetype="aws:cloudtrail"\n| where {expected}'


def test_plain_parts_stay_in_search():
    text = "a:\n    eventName: A\n    userAgent|re: x\ncondition: a"
    assert condition(text) == 'eventName="A"\n| where match(\'userAgent\', "x")'


def test_a_query_never_begins_with_a_command():
    text = detection("a:\n    x|re: y\ncondition: a").replace("cloudtrail", "other")
    (query,) = queries(text, "splunk")
    assert query == "*\n| where match('x', \"y\")"


def test_a_failed_rule_leaves_nothing_for_the_next():
    good = detection("a:\n    userAgent|re: x\n    b|re: y\ncondition: a or a", "Good")
    bad = detection(
        "a:\n    userAgent|expand: '%x%'\n    userIdentity.arn|re: z\ncondition: a", "Bad"
    )
    alone = converted(good, "splunk")[0].queries
    after = converted(f"{bad}---\n{good}", "splunk")
    assert after[0].error.code == "SC205"
    assert after[1].queries == alone


def test_an_object_is_read_from_the_event():
    text = detection("a:\n    requestParameters|contains: x\ncondition: a")
    (conversion,) = converted(text, "splunk")
    (query,) = conversion.queries
    assert query.endswith('| where match(spath(_raw, "requestParameters"), "(?is)x")')
    assert "SC112" in {found.code for found in conversion.diagnostics}


EC2 = "a:\n    eventSource: ec2.amazonaws.com\n    eventName: AuthorizeSecurityGroupIngress\n    "
LAMBDA = "a:\n    eventSource: lambda.amazonaws.com\n    eventName: CreateFunction\n    "
POLICY = "a:\n    eventSource: s3.amazonaws.com\n    eventName: PutBucketPolicy\n    "


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        # AWS's shapes say where a list is
        (
            EC2 + "requestParameters.ipPermissions.items.ipProtocol: tcp",
            '"requestParameters.ipPermissions.items{}.ipProtocol"="tcp"',
        ),
        # `search` would take it for a network
        (
            EC2 + "requestParameters.ipPermissions.items.ipRanges.items.cidrIp: 0.0.0.0/0",
            "mvfind('requestParameters.ipPermissions.items{}.ipRanges.items{}.cidrIp', "
            r'"(?is)^0\\.0\\.0\\.0/0$"))',
        ),
        # an object, a map, a list of objects and what may hold any JSON have no fields
        (
            LAMBDA + "requestParameters.vpcConfig|contains: sg-1",
            'match(json_extract(_raw, "requestParameters.vpcConfig"), "(?is)sg-1")',
        ),
        (
            LAMBDA + "requestParameters.tags|exists: true",
            'json_extract(_raw, "requestParameters.tags")!="null"',
        ),
        (
            LAMBDA + "requestParameters.fileSystemConfigs|contains: fsap",
            'isnotnull(mvfind(spath(_raw, "requestParameters.fileSystemConfigs{}"), "(?is)fsap"))',
        ),
        (
            POLICY + "requestParameters.bucketPolicy|contains: x",
            'match(json_extract(_raw, "requestParameters.bucketPolicy"), "(?is)x")',
        ),
        # what stands in a map has the names of its keys, what is in JSON any
        (LAMBDA + "requestParameters.tags.Owner: x", 'requestParameters.tags.Owner="x"'),
        (
            POLICY + "requestParameters.bucketPolicy.Version: x",
            'requestParameters.bucketPolicy{}.Version{}"="x")',
        ),
        ("a:\n    responseElements: null", r'NOT match(_raw, "\"responseElements\":\\s*[^n\\s]")'),
        # a network is compared as one by `search`, which is right where no networks are held
        (EC2 + "requestParameters.groupId|cidr: 10.0.0.0/8",
         "| where cidrmatch(\"10.0.0.0/8\", 'requestParameters.groupId')"),
        # JSON's null may be stored as a text, which patterns could fit
        (
            "a:\n    userIdentity.userName|startswith: N",
            'userIdentity.userName="N*" NOT userIdentity.userName="null"',
        ),
        (EC2 + "requestParameters.groupId: sg-1", "requestParameters.groupId=\"sg-1\""),
        # eval functions are not defined for several values
        ("a:\n    resources.ARN|cased: X",
         "isnotnull(mvfind('resources{}.ARN', \"(?s)^X$\"))"),
        # the add-on invents success and failure
        (
            "a:\n    errorCode|contains: fail",
            'errorCode="*fail*" NOT errorCode IN ("success", "failure")',
        ),
        ("a:\n    errorCode|contains: Denied", 'errorCode="*Denied*"'),
    ],
)  # fmt: skip
def test_the_schema_decides(item, expected):
    (query,) = queries(detection(f"{item}\ncondition: a"), "splunk")
    assert query.endswith(expected)


def test_late_fields_get_one_note():
    text = detection("a:\n    eventType: x\n    readOnly: true\ncondition: a")
    (conversion,) = converted(text, "splunk")
    assert [found.code for found in conversion.diagnostics] == ["SC113"]
    plain = detection("a:\n    eventName: CreateUser\ncondition: a")
    assert converted(plain, "splunk")[0].diagnostics == ()


def codes(text: str) -> set[str]:
    (conversion,) = converted(detection(f"{text}\ncondition: a"), "splunk")
    return {found.code for found in conversion.diagnostics}


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("requestParameters.userName: x", "SC111"),
        ("requestParameters|contains: x", "SC112"),
        ("requestParameters.userName: x", "SC113"),
        ("userIdentity.userName: null", "SC114"),
        ("userIdentity.userName: 'null'", "SC115"),
        ("errorCode: success", "SC311"),
        ("requestParameters.userName|fieldref: userIdentity.userName", "SC313"),
        ("requestParameters|contains: '\"maxCount\":1'", "SC314"),
    ],
)
def test_what_is_unsure_is_told(item, code):
    assert code in codes(f"a:\n    {item}")


def test_known_shapes_leave_nothing_to_tell():
    event = "eventSource: iam.amazonaws.com\n    eventName: CreateUser"
    known = f"a:\n    {event}\n    requestParameters.userName|fieldref: userIdentity.userName"
    assert codes(known) == {"SC113"}


def test_a_list_is_not_compared_with_a_field():
    text = EC2 + "requestParameters.ipPermissions.items.ipProtocol|fieldref: errorCode"
    (conversion,) = converted(detection(f"{text}\ncondition: a"), "splunk")
    assert conversion.error.code == "SC201"
    assert "items{}" in conversion.error.message


def test_operations_that_lack_a_member_have_its_plain_name():
    text = (
        "a:\n    eventSource: ecs.amazonaws.com\n    eventName: [RegisterTaskDefinition, RunTask]\n"
        "    requestParameters.containerDefinitions.command: x\ncondition: a"
    )
    (query,) = queries(detection(text), "splunk")
    assert '"requestParameters.containerDefinitions{}.command{}"="x"' in query
    assert 'OR requestParameters.containerDefinitions.command="x"' in query


def test_a_list_of_objects_is_no_number():
    text = LAMBDA + "requestParameters.fileSystemConfigs|gt: 1\ncondition: a"
    (conversion,) = converted(detection(text), "splunk")
    assert conversion.error.code == "SC201"


def test_a_correlation_counts_by_the_names_of_its_rules():
    rule = detection(EC2.rstrip() + "\ncondition: a").replace("title: A rule", "title: A\nname: a")
    text = f"""{rule}---
title: Many
correlation:
    type: value_count
    rules: [a]
    group-by: [userIdentity.arn, requestParameters.groupId]
    timespan: 5m
    condition:
        gte: 3
        field: requestParameters.ipPermissions.items.ipRanges.items.cidrIp
"""
    (query,) = [query for each in converted(text, "splunk") for query in each.queries][-1:]
    assert 'dc("requestParameters.ipPermissions.items{}.ipRanges.items{}.cidrIp")' in query
    assert "by _time userIdentity.arn requestParameters.groupId" in query


RECORD = {
    "eventSource": "lambda.amazonaws.com",
    "eventName": "CreateFunction",
    "eventTime": "2026-01-02T03:04:05Z",
    "userIdentity": {"type": "IAMUser"},
}
BODIES = [
    None,
    {},
    *({"functionName": value} for value in ("x", "X", "xy", "n", "a*b", "axb", "10.0.0.1")),
    *({"architectures": value} for value in (["x"], ["y", "x"], ["a*b", "z"], [])),
    *({"memorySize": value} for value in (5, 128, 1024)),
    *({"vpcConfig": value} for value in ({"subnetIds": []}, {"subnetIds": ["x"]})),
    *({"tags": value} for value in ({"Owner": "x"}, {"Owner": "y", "x": "z"})),
    *({"fileSystemConfigs": value} for value in ([], [{"arn": "x"}], [{"arn": "y"}, {"arn": "x"}])),
]
FIELDS = [
    *("functionName", "architectures", "memorySize", "vpcConfig", "tags", "tags.Owner"),
    *("fileSystemConfigs", "fileSystemConfigs.arn"),
]
TESTS = [
    *(": x", "|contains: x", "|startswith: n", ": '?'", ": 'a\\*b'", "|cased: x", "|re: '^x$'"),
    *(": null", "|exists: true", ": '*'", "|re: 'x|u'", ": [y, null]", "|contains|all: [x, y]"),
]
SCALAR_TESTS = [": 128", "|gt: 100", "|lte: 128", ": [5, x]", "|cidr: 10.0.0.0/8", ": true"]


@pytest.fixture
def matched(tmp_path: Path):
    """The meaning of a rule's text on a record."""

    def compiled(text: str):
        path = tmp_path / "rule.yml"
        path.write_text(text, encoding="utf-8")
        return sigmacast.matcher(sigmacast.load([path]).rules[0]).matches

    return compiled


def stored(record):
    """Each way in which Splunk may have a record."""
    for addon, null, empty in itertools.product((True, False), repeat=3):
        yield as_splunk(record, with_addon=addon, null_text=null, empty_text=empty)


def assert_same(text, records, matched):
    (query,) = queries(text, "splunk")
    selects, rule = compile_query(query), matched(text)
    for record in records:
        for document in stored(record):
            assert selects(document) is rule(record), (query, record, document)


@pytest.mark.parametrize("condition_text", ["p and a", "p and not a"])
@pytest.mark.parametrize("field", FIELDS)
def test_a_query_finds_what_its_rule_matches(field, condition_text, matched):
    tests = TESTS if field in ("vpcConfig", "fileSystemConfigs", "tags") else TESTS + SCALAR_TESTS
    pins = "p:\n    eventSource: lambda.amazonaws.com\n    eventName: CreateFunction\n"
    records = [{**RECORD, "requestParameters": body} for body in BODIES]
    for test in tests:
        rule = f"{pins}a:\n    requestParameters.{field}{test}\ncondition: {condition_text}"
        assert_same(detection(rule), records, matched)


@pytest.mark.parametrize("condition_text", ["a", "not a"])
@pytest.mark.parametrize(
    "item",
    [
        *("errorCode: null", "errorCode|contains: fail", "errorCode|re: '^[a-z]+$'"),
        *("errorCode: AccessDenied", "errorCode: [AccessDenied, null]", "errorCode: '?ailure'"),
        *("requestParameters: null", "requestParameters|exists: true", "requestParameters: '*'"),
        *("requestParameters|contains: Owner", "requestParameters|startswith: n"),
        *("responseElements: null", "responseElements|contains: fail"),
        *("responseElements|re: '^[^{]'", "userIdentity.userName: null"),
    ],
)
def test_a_query_finds_what_its_rule_matches_in_the_envelope(item, condition_text, matched):
    bodies = [None, {"ConsoleLogin": "Failure"}, {"ConsoleLogin": "Success"}]
    records = [
        {**RECORD, **error, "requestParameters": body, "responseElements": answer}
        for body, answer, error in itertools.product(
            [None, {}, {"tags": {"Owner": "x"}}],
            bodies,
            [{}, {"errorCode": "AccessDenied"}, {"errorCode": "DecryptionFailure"}],
        )
    ]
    assert_same(detection(f"a:\n    {item}\ncondition: {condition_text}"), records, matched)
