"""ES|QL: literals, lists, missing fields, versions of the stack."""

from __future__ import annotations

import pytest

from conftest import converted, detection, queries
from proofs import esql
from sigmacast.options import Options

HEAD = "from logs-aws.cloudtrail-* metadata _id, _version, _index | where "


def condition(text: str, options: Options | None = None) -> str:
    (query,) = queries(detection(text), "esql", options)
    if esql.available():
        stack = "9.3.0" if options and options.stack == "9.3" else "8.19.0"
        esql.prove(query, stack=stack)
    assert query.startswith(HEAD)
    return query.removeprefix(HEAD)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (r"userAgent: 'lit\*star'", 'to_lower(user_agent.original) == "lit*star"'),
        (r"userAgent: 'lit\*star*'", r'to_lower(user_agent.original) like "lit\\*star*"'),
        (r"userAgent|contains: 'a\b'", r'to_lower(user_agent.original) like "*a\\\\b*"'),
        ('userAgent: \'say "hi"\'', r'to_lower(user_agent.original) == "say \"hi\""'),
        ("userAgent|re: 'a\\.b$'", r'user_agent.original rlike ".*a\\.b"'),
        ("userAgent|fieldref: errorMessage",
         "to_lower(user_agent.original) == to_lower(aws.cloudtrail.error_message)"),
        ("readOnly: true", "aws.cloudtrail.read_only == true"),
        ("managementEvent: true", 'aws.cloudtrail.management_event == "true"'),
        ("vpcEndpointId: null", "aws.cloudtrail.vpc_endpoint_id is null"),
        ("vpcEndpointId|exists: true", "aws.cloudtrail.vpc_endpoint_id is not null"),
        ("userAgent: [a, b]", 'to_lower(user_agent.original) in ("a", "b")'),
        ("userAgent|contains: [a, b]", 'to_lower(user_agent.original) like ("*a*", "*b*")'),
        ("sourceIPAddress|cidr: [10.0.0.0/8, 'fc00::/7']",
         'cidr_match(source.ip, "10.0.0.0/8", "fc00::/7")'),
    ],
)  # fmt: skip
def test_each_kind_of_test(item, expected):
    assert condition(f"selection:\n    {item}\ncondition: selection") == expected


def test_a_negated_test_keeps_events_without_the_field():
    text = "a:\n    eventName: A\nb:\n    userAgent: x\ncondition: a and not b"
    assert condition(text) == (
        'event.action == "A" and '
        '(user_agent.original is null or to_lower(user_agent.original) != "x")'
    )


def test_de_morgan_keeps_the_guards():
    text = "a:\n    eventName: A\nb:\n    userAgent: x\n    awsRegion: y\ncondition: a and not b"
    assert condition(text) == (
        'event.action == "A" and '
        '(user_agent.original is null or to_lower(user_agent.original) != "x" '
        'or cloud.region is null or cloud.region != "y")'
    )


def test_the_stack_decides_on_lists_of_expressions():
    text = "a:\n    userAgent|re: [a, b]\ncondition: a"
    assert condition(text) == (
        'user_agent.original rlike ".*a.*" or user_agent.original rlike ".*b.*"'
    )
    assert condition(text, Options(stack="9.3")) == ('user_agent.original rlike (".*a.*", ".*b.*")')


def test_a_chain_that_elasticsearch_refuses_is_refused():
    text = "a:\n    eventName: A\n    userAgent|re: b\ncondition: " + " or ".join(["a"] * 399)
    (conversion,) = converted(detection(text), "esql")
    assert conversion.error.code == "SC201" and "398" in conversion.error.message
    shorter = text.rpartition(" or ")[0]
    assert converted(detection(shorter), "esql")[0].error is None


def test_a_control_character_is_refused():
    (conversion,) = converted(detection('a:\n    userAgent: "a\\x07b"\ncondition: a'), "esql")
    assert conversion.error.code == "SC203"


def test_letters_beyond_ascii_are_classes():
    assert condition("a:\n    userAgent|contains: École\ncondition: a") == (
        'user_agent.original rlike ".*[éÉ][cC][oO][lL][eE].*"'
    )
