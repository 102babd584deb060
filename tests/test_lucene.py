"""Lucene: quoting, brackets, and NOT where Lucene would read an exclusion."""

from __future__ import annotations

import pytest

from conftest import detection, queries
from proofs import lucene


def condition(text: str) -> str:
    (query,) = queries(detection(text), "lucene")
    lucene.prove(query)
    return query.removeprefix('event.dataset:"aws.cloudtrail" AND ')


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("userAgent: 'a b'", "user_agent.original:/[aA] [bB]/"),
        ("userAgent|contains: 'a b/c'", r"user_agent.original:/.*[aA] [bB]\/[cC].*/"),
        ("userAgent|contains: '<x>'", r"user_agent.original:/.*\<[xX]\>.*/"),
        ("userAgent: '<x>'", r"user_agent.original:/\<[xX]\>/"),
        ("userAgent|re: 'a/b'", r"user_agent.original:/.*a\/b.*/"),
        ("userAgent|re: '^a$'", "user_agent.original:/a/"),
        ("vpcEndpointId: null", "NOT _exists_:aws.cloudtrail.vpc_endpoint_id"),
        ("vpcEndpointId|exists: true", "_exists_:aws.cloudtrail.vpc_endpoint_id"),
        ("userAgent: [a, 'b*']", "(user_agent.original:/[aA]/ OR user_agent.original:/[bB].*/)"),
        ("sourceIPAddress|cidr: 10.0.0.0/8", r"source.ip:10.0.0.0\/8"),
        ("sourceIPAddress|cidr: 'fc00::/7'", r"source.ip:fc00\:\:\/7"),
    ],
)
def test_each_kind_of_test(item, expected):
    assert condition(f"selection:\n    {item}\ncondition: selection") == expected


def test_not_below_or_is_an_alternative_of_its_own():
    text = "a:\n    eventName: A\nb:\n    awsRegion: b\ncondition: a or not b"
    assert condition(text) == '(event.action:"A" OR (NOT cloud.region:"b"))'


def test_and_within_or_is_bracketed():
    text = "a:\n    eventName: A\n    eventSource: S\nb:\n    awsRegion: b\ncondition: a or b"
    assert condition(text) == ('((event.action:"A" AND event.provider:"S") OR cloud.region:"b")')
