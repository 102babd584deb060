"""EQL: what Elasticsearch refuses or reads otherwise is never emitted."""

from __future__ import annotations

import pytest

from conftest import converted, detection, queries
from proofs import eql
from sigmacast.options import Options


def condition(text: str) -> str:
    (query,) = queries(detection(text), "eql")
    eql.prove(query)
    return query.removeprefix('any where event.dataset == "aws.cloudtrail" and ')


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("userAgent: 'say \"hi\"'", r'user_agent.original : "say \"hi\""'),
        (r"userAgent: 'a\b'", r'user_agent.original : "a\\b"'),
        (r"userAgent: 'lit\*star'", 'user_agent.original in~ ("lit*star")'),
        (r"userAgent: 'lit\*star*'", r'user_agent.original regex~ "lit\\*star.*"'),
        ("userAgent|re: a/b", 'user_agent.original regex ".*a/b.*"'),
        ("userAgent|re|i: 'a.b'", 'user_agent.original regex~ ".*a.b.*"'),
        ("userAgent|cased: Boto", 'user_agent.original == "Boto"'),
        ("userAgent|cased|startswith: Boto", 'user_agent.original like "Boto*"'),
        ("readOnly: true", "aws.cloudtrail.read_only == true"),
        ("vpcEndpointId: null", "?aws.cloudtrail.vpc_endpoint_id == null"),
        ("vpcEndpointId|exists: true", "?aws.cloudtrail.vpc_endpoint_id != null"),
        ("sourceIPAddress|cidr: 10.0.0.0/8", 'cidrMatch(source.ip, "10.0.0.0/8")'),
    ],
)
def test_each_kind_of_test(item, expected):
    assert condition(f"selection:\n    {item}\ncondition: selection") == expected


def test_a_negated_test_keeps_events_without_the_field():
    text = "a:\n    eventName: A\nb:\n    userAgent: [x, 'y*']\ncondition: a and not b"
    assert condition(text) == (
        'event.action == "A" and (?user_agent.original == null or '
        'not (user_agent.original : "x" or user_agent.original : "y*"))'
    )


def test_lists_keep_the_operator_of_their_values():
    text = "a:\n    userAgent: [x, y, 'z*', 'w*']\ncondition: a"
    assert condition(text) == (
        '(user_agent.original in~ ("x", "y") or user_agent.original like~ ("z*", "w*"))'
    )


def test_names_that_are_no_identifiers_stand_in_back_ticks():
    text = (
        "title: A\nlogsource:\n    product: other\ndetection:\n    a:\n        x-y: 1\n"
        "        a.and.b: z\n    condition: a"
    )
    (query,) = queries(text, "eql")
    eql.prove(query)
    assert query == 'any where `x-y` == 1 and `a.and.b` : "z"'


def test_sub_fields_are_read_from_the_text_of_the_object():
    pins = "a:\n    eventSource: iam.amazonaws.com\n    eventName: CreateUser\n    "
    text = pins + "requestParameters.userName: bob\ncondition: a"
    assert condition(text) == (
        'event.provider == "iam.amazonaws.com" and event.action == "CreateUser" '
        "and aws.cloudtrail.request_parameters regex~ "
        r'".*(\\{|, )userName=(\\[([^\\]]*, )?)?bob(, |\\}|\\]).*"'
    )
    (conversion,) = converted(detection(text), "eql", Options(elastic_fields="flattened"))
    assert conversion.error.code == "SC202"
    assert "text form" in conversion.error.message
    assert conversion.error.field == "requestParameters.userName"
