"""SPL: one search clause, one where, and nothing lost between them."""

from __future__ import annotations

import pytest

from conftest import converted, detection, queries
from proofs import spl

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
        ("requestParameters.n|gte: 5", '(requestParameters.n>=5 OR "requestParameters.n{}">=5)'),
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


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        # AWS's shapes say where a list is
        (
            EC2 + "requestParameters.ipPermissions.items.ipRanges.items.cidrIp: 0.0.0.0/0",
            '"requestParameters.ipPermissions.items{}.ipRanges.items{}.cidrIp"="0.0.0.0/0"',
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
