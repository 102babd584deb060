"""Correlations and filters: what each language says of them, and what is announced."""

from __future__ import annotations

import pytest

from conftest import RULE, converted, queries

RULES = """\
title: A user is created
name: user_created
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: CreateUser
    condition: selection
---
title: A key is created
name: key_created
logsource:
    product: aws
    service: cloudtrail
detection:
    selection:
        eventName: CreateAccessKey
    condition: selection
---
"""


def correlation(text: str) -> str:
    indented = "".join(f"    {line}\n" for line in text.strip("\n").splitlines())
    return f"{RULES}title: Together\ncorrelation:\n{indented}"


COUNT = correlation(
    """
type: event_count
rules: user_created
group-by: [userIdentity.arn]
timespan: 5m
condition:
    gte: 10
"""
)
ORDERED = correlation(
    """
type: temporal_ordered
rules: [user_created, key_created]
group-by: [userIdentity.arn]
timespan: 1h
"""
)
TEMPORAL = ORDERED.replace("temporal_ordered", "temporal")


def together(text: str, target: str):
    """The correlation's conversion, which comes last."""
    return converted(text, target)[-1]


def test_event_count():
    assert together(COUNT, "splunk").queries == (
        'sourcetype="aws:cloudtrail" eventName="CreateUser"\n\n| bin _time span=5m\n'
        "| stats count as event_count by _time userIdentity.arn\n\n| search event_count >= 10",
    )
    assert together(COUNT, "esql").queries == (
        "from logs-aws.cloudtrail-* metadata _id, _version, _index | where "
        'event.action == "CreateUser"\n'
        "| eval timebucket=date_trunc(5 minutes, @timestamp) | stats event_count=count() by "
        "timebucket, aws.cloudtrail.user_identity.arn\n| where event_count >= 10",
    )
    assert together(COUNT, "eql").queries == (
        "sequence by aws.cloudtrail.user_identity.arn with maxspan=5m [any where "
        'event.dataset == "aws.cloudtrail" and event.action == "CreateUser"] with runs=10',
    )


@pytest.mark.parametrize(
    ("target", "code"), [("splunk", "SC301"), ("esql", "SC301"), ("eql", "SC302")]
)
def test_what_differs_is_announced(target, code):
    conversion = together(COUNT, target)
    assert [found.code for found in conversion.diagnostics] == [code]
    assert conversion.diagnostics[0].line is not None


@pytest.mark.parametrize("target", ["kql", "lucene"])
@pytest.mark.parametrize("text", [COUNT, ORDERED, TEMPORAL])
def test_kql_and_lucene_refuse_by_name(target, text):
    error = together(text, target).error
    assert error.code == "SC207" and "use -t" in error.hint


def test_an_ordered_correlation_is_a_sequence():
    assert together(ORDERED, "eql").queries == (
        "sequence by aws.cloudtrail.user_identity.arn with maxspan=1h "
        '[any where event.dataset == "aws.cloudtrail" and event.action == "CreateUser"] '
        '[any where event.dataset == "aws.cloudtrail" and event.action == "CreateAccessKey"]',
    )
    assert together(ORDERED, "eql").diagnostics == ()
    for target in ("splunk", "esql"):
        assert together(ORDERED, target).error.hint == "use -t eql"


def test_each_branch_of_a_multisearch_has_the_scope():
    (query,) = together(TEMPORAL, "splunk").queries
    assert query.count('[ search sourcetype="aws:cloudtrail" ') == 2


def test_rules_of_a_correlation_have_no_query_of_their_own():
    assert len(converted(COUNT, "splunk")) == 2  # the unused key_created, and the correlation
    assert len(converted(COUNT.replace("timespan", "generate: true\n    timespan"), "splunk")) == 3


@pytest.mark.parametrize(
    ("condition", "runs"), [("gte: 5", "runs=5"), ("gt: 5", "runs=6"), ("gte: 100", "runs=100")]
)
def test_eql_counts_at_least(condition, runs):
    assert together(COUNT.replace("gte: 10", condition), "eql").queries[0].endswith(runs)


@pytest.mark.parametrize("condition", ["lt: 5", "eq: 5", "gte: 1", "gte: 101"])
def test_eql_refuses_other_counts(condition):
    assert together(COUNT.replace("gte: 10", condition), "eql").error.code == "SC207"


def test_aliases_become_keys_of_each_event_in_eql():
    text = ORDERED.replace("group-by: [userIdentity.arn]", "group-by: [who]") + (
        "    aliases:\n        who:\n            user_created: userIdentity.arn\n"
        "            key_created: userIdentity.principalId\n"
    )
    (query,) = together(text, "eql").queries
    assert "] by aws.cloudtrail.user_identity.arn [" in query
    assert query.endswith("] by user.id")


def test_a_missing_rule_is_named():
    error = together(COUNT.replace("rules: user_created", "rules: gone"), "splunk").error
    assert error.code == "SC008" and "'gone'" in error.message and error.line is not None


def test_a_correlation_of_itself_is_refused():
    text = COUNT.replace("title: Together", "title: Together\nname: me").replace(
        "rules: user_created", "rules: me"
    )
    assert {c.error.code for c in converted(text, "splunk") if c.error} <= {"SC008"}


FILTER = """\
title: Not in the test account
logsource:
    product: aws
    service: cloudtrail
filter:
    rules: any
    selection:
        userIdentity.accountId: "1"
    condition: not selection
"""


def test_a_filter_in_the_same_file_applies():
    (query,) = queries(f"{RULE}---\n{FILTER}", "kql")
    assert query.endswith('event.action: "CreateUser" and not cloud.account.id: "1"')


def test_a_filter_given_beside_applies_and_a_useless_one_is_a_warning(run, tmp_path, rule_file):
    (tmp_path / "f.yml").write_text(FILTER)
    result = run("convert", "-t", "kql", "--filter", "f.yml", rule_file)
    assert result.code == 0 and result.err == ""
    assert result.out.endswith('and not cloud.account.id: "1"\n')
    (tmp_path / "f.yml").write_text(FILTER.replace("rules: any", "rules: [other]"))
    result = run("convert", "-t", "kql", "--filter", "f.yml", rule_file)
    assert result.code == 0 and "f.yml: warning[SC010]" in result.err
    assert run("convert", "-t", "kql", "--strict", "--filter", "f.yml", rule_file).code == 1


def test_a_filter_applies_within_a_correlation_too():
    (query,) = together(f"{FILTER}---\n{TEMPORAL}", "splunk").queries
    assert query.count('NOT userIdentity.accountId="1"') == 2
