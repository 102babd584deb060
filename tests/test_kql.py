"""KQL: quoting, escapes, structure, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kibana_ql import KqlParser
from sigma.types import SigmaString

from conftest import ROOT, converted, detection, queries
from proofs import kql
from sigmacast.targets.kql import KqlBackend

SEED = ROOT / "sigma/rules/cloud/aws/cloudtrail/aws_cloudtrail_iam_user_created_by_ec2_role.yml"
SEED_QUERY = (
    'event.dataset: "aws.cloudtrail" and event.provider: "iam.amazonaws.com" and '
    'event.action: "CreateUser" and event.outcome: "success" and '
    'aws.cloudtrail.user_identity.type: "AssumedRole" and aws.cloudtrail.user_identity.arn: *i-*'
)


def test_the_seed_is_elastics_query_to_the_letter(run):
    assert run("convert", "-t", "kql", SEED).out == SEED_QUERY + "\n"


def condition(text: str) -> str:
    """The KQL of a detection without its scope."""
    (query,) = queries(detection(text), "kql")
    return query.removeprefix('event.dataset: "aws.cloudtrail" and ')


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('a"b', r'"a\"b"'),
        ("a\\\\b", r'"a\\b"'),
        ("a (b): <c> {d}", '"a (b): <c> {d}"'),
        (r"a\*b", '"a*b"'),
        ("and", '"and"'),
        ("", '""'),
        ("a\nb", r'"a\nb"'),
    ],
)
def test_whole_values_are_quoted(value, expected):
    assert KqlBackend().value_text(SigmaString(value), None) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("*i-*", "*i-*"),
        ("*S3 Browser*", "*S3 Browser*"),
        ("*:i-*", r"*\:i-*"),
        ("*(a)<b>{c}*", r"*\(a\)\<b\>\{c\}*"),
        (r"*a\*b*", r"*a\*b*"),
        ("*a and b*", r"*a \and b*"),
        ("*a or b*", r"*a \or b*"),
        ("*cannot do*", r"*can\u006eot do*"),
        ("*Not x*", r"*\Not x*"),
        ("*sand*", "*sand*"),
        ("*a\\\\b*", r"*a\\b*"),
    ],
)
def test_patterns_stand_without_quotes(value, expected):
    text = KqlBackend().value_text(SigmaString(value), None)
    assert text == expected
    kql.prove(f"field: {text}")


@given(st.text(alphabet=st.sampled_from("ab \\():<>\"*{}?andorNOT\t\n'/-é"), max_size=12))
def test_any_text_survives_kibanas_parser(text):
    """What Kibana's grammar reads back is the value that was meant."""
    literal = SigmaString("")
    literal.s = (text,) if text else ()
    written = KqlBackend().value_text(literal, None)
    KqlParser().parse(f"field: {written}")  # refuses what is no value
    assert _read_back(written) == text


def _read_back(written: str) -> str:
    """A quoted value by Kibana's rules: only these escapes mean something."""
    assert written.startswith('"') and written.endswith('"')
    result, rest = "", written[1:-1]
    while rest:
        for escape, meaning in (
            ("\\\\", "\\"), ('\\"', '"'), ("\\n", "\n"), ("\\t", "\t"), ("\\r", "\r"),
        ):  # fmt: skip
            if rest.startswith(escape):
                result, rest = result + meaning, rest[2:]
                break
        else:
            assert rest[0] not in '"'
            result, rest = result + rest[0], rest[1:]
    return result


def test_lists_and_contains_all():
    text = """
selection:
    userAgent:
        - one
        - two
    errorMessage|contains|all:
        - x
        - y
condition: selection
"""
    assert condition(text) == (
        'user_agent.original: ("one" or "two") and aws.cloudtrail.error_message: (*x* and *y*)'
    )


def test_nested_conditions_lose_needless_parentheses():
    text = """
a:
    eventName: A
b:
    eventSource: B
c:
    awsRegion: c
condition: ((a and (b and c))) or (a or (b or c))
"""
    assert condition(text) == (
        '(event.action: "A" and event.provider: "B" and cloud.region: "c" or event.action: "A" '
        'or event.provider: "B" or cloud.region: "c")'
    )


@pytest.mark.parametrize(
    ("condition_text", "expected"),
    [
        ("not (not a)", 'event.action: "A"'),
        ("not a", 'not event.action: "A"'),
        ("not (a or b)", 'not (event.action: "A" or event.provider: "B")'),
    ],
)
def test_negation(condition_text, expected):
    text = f"""
a:
    eventName: A
b:
    eventSource: B
condition: {condition_text}
"""
    assert condition(text) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("vpcEndpointId: null", "not aws.cloudtrail.vpc_endpoint_id: *"),
        ("vpcEndpointId|exists: true", "aws.cloudtrail.vpc_endpoint_id: *"),
        ("vpcEndpointId|exists: false", "not aws.cloudtrail.vpc_endpoint_id: *"),
        ("readOnly: false", "aws.cloudtrail.read_only: false"),
        ("readOnly: 'true'", "aws.cloudtrail.read_only: true"),
        ("managementEvent: true", 'aws.cloudtrail.management_event: "true"'),
        ("userIdentity.accountId: 123456789012", 'cloud.account.id: "123456789012"'),
        ("sourceIPAddress|cidr: 10.0.0.0/8", 'source.ip: "10.0.0.0/8"'),
        ("sourceIPAddress: 10.0.0.1", 'source.address: "10.0.0.1"'),
        ("userAgent|cased: Boto3", 'user_agent.original: "Boto3"'),
        ("userAgent|neq: x", 'not user_agent.original: "x"'),
        ("tlsDetails.tlsVersion: TLSv1.2", 'tls.version: "1.2"'),
        (
            "requestParameters.userName: bob",
            'aws.cloudtrail.flattened.request_parameters.userName: "bob"',
        ),
        (
            "requestParameters.count: 5",
            'aws.cloudtrail.flattened.request_parameters.count: "5"',
        ),
        ("resources.ARN: a", 'aws.cloudtrail.resources.arn: "a"'),
    ],
)
def test_each_kind_of_test(item, expected):
    assert condition(f"selection:\n    {item}\ncondition: selection") == expected


@pytest.mark.parametrize(
    ("item", "code", "able"),
    [
        ("userAgent|re: a.b", "SC201", "eql, esql, lucene or splunk"),
        ("userAgent: a?b", "SC201", "eql, esql, lucene or splunk"),
        ("userAgent|fieldref: errorMessage", "SC201", "esql or splunk"),
        ("eventTime|minute: 5", "SC201", "no target"),
        ("requestParameters.userName|re: bob", "SC202", "eql, esql, lucene or splunk"),
        ("requestParameters.count|gt: 5", "SC202", "splunk"),
        ("userAgent|cidr: 10.0.0.0/8", "SC202", "splunk"),
        ("userAgent|startswith: ' x'", "SC203", "splunk"),
        ("resources[any].ARN: x", "SC206", "plain path"),
        ("userAgent|expand: '%agents%'", "SC205", "--vars"),
        ("userIdentity.sessionContext.ec2RoleDelivery: '2.0'", "SC103", ""),
    ],
)
def test_what_kql_cannot_say_is_refused_by_name(item, code, able):
    (conversion,) = converted(detection(f"selection:\n    {item}\ncondition: selection"), "kql")
    assert conversion.queries == ()
    assert conversion.error.code == code
    assert able in f"{conversion.error.message} {conversion.error.hint}"
    assert conversion.error.line == 7


def test_keywords_have_no_field():
    text = "keywords:\n    - alpha\n    - be*ta\ncondition: keywords"
    assert condition(text) == "(*alpha* or *be*ta*)"
