"""Queries select what the rule means on documents of the real schema, or the user is told."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import sigmacast
from conftest import converted, detection
from sigmacast.options import Options
from sigmacast.views.ecs import EcsSchema, as_ecs, searchable
from sigmacast.views.splunk import as_splunk

ELASTIC = ("kql", "eql", "esql", "lucene")
TARGETS = (*ELASTIC, "splunk")


def record(operation: str = "CreateUser", **members: Any) -> dict:
    """A CloudTrail record with some members of its own."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "userName": "alice",
            "arn": "arn:aws:iam::1:user/alice",
        },
        "eventSource": "iam.amazonaws.com",
        "eventName": operation,
        "awsRegion": "eu-west-1",
        "eventType": "AwsApiCall",
        **members,
    }


def request(operation: str = "CreateUser", **parameters: Any) -> dict:
    """A record with these request parameters."""
    return record(operation, requestParameters=parameters)


def selected(text: str, target: str, event: dict, options: Options | None = None) -> bool:
    """Whether the target's query selects the event."""
    (conversion,) = converted(text, target, options)
    assert conversion.error is None, conversion.error
    engine = "spl" if target == "splunk" else target
    compile_query = import_module(f"sigmacast.engines.{engine}").compile_query
    documents = [searchable(as_ecs(event))]
    if target == "splunk":
        documents = [as_splunk(event, null_text=stored) for stored in (True, False)]
    answers = {
        any(compile_query(query, EcsSchema())(document) for query in conversion.queries)
        for document in documents
    }
    assert len(answers) == 1, "it depends on how Splunk stores null"
    return answers.pop()


def codes(text: str, target: str, options: Options | None = None) -> set[str]:
    """The codes of the findings on a target."""
    return {d.code for each in converted(text, target, options) for d in each.diagnostics}


def means(text: str, event: dict) -> bool:
    """Whether the rule itself matches."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rule.yml"
        path.write_text(text, encoding="utf-8")
        (source,) = sigmacast.load([path]).rules
    return sigmacast.matcher(source).matches(event)


CREATE = "s:\n    eventSource: iam.amazonaws.com\n    eventName: CreateUser\n    "
PUT = "s:\n    eventSource: iam.amazonaws.com\n    eventName: PutUserPolicy\n    "
ANY = "s:\n    "
POLICY = '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'

# rule, event, whether it matches; exact on every target but those named
EXACT = [
    # the end and the beginning of a value, the beginning of a key
    (ANY + "requestParameters.enable: 'false'", request(enable="falsey"), False),
    (ANY + "requestParameters.enable: 'false'", request(enable=False), True),
    (ANY + "requestParameters.name: x", request(rolename="x"), False),
    (ANY + "requestParameters.name: x", request(name="x", other="y"), True),
    (CREATE + "requestParameters.userName|startswith: ad", request(userName="bad"), False),
    (CREATE + "requestParameters.userName|endswith: in", request(userName="admin", path="/"), True),
    (CREATE + "requestParameters.userName|endswith: in", request(userName="inn", path="/"), False),
    # numbers, lists, paths
    (ANY + "requestParameters.port: 22", request(port=22), True),
    (ANY + "requestParameters.port: 22", request(port=2200), False),
    (ANY + "requestParameters.names: b", request(names=["a", "b", "c"]), True),
    (ANY + "requestParameters.names: b", request(names=["a", "bb"]), False),
    (ANY + "requestParameters.a.b: x", request(a={"b": "x"}), True),
    (ANY + "requestParameters.a.b: x", request(a={"c": "x"}), False),
    # absence under not
    ("s:\n    eventName: CreateUser\nf:\n    requestParameters.path: /x/", request(), True),
    ("s:\n    eventName: CreateUser\nf:\n    userAgent|contains: x", record(), True),
    ("s:\n    eventName: CreateUser\nf:\n    errorCode: AccessDenied", record(), True),
    # identity: two CloudTrail fields in one ECS field
    (ANY + "userIdentity.userName: '1'", record(userIdentity={"type": "IAMUser", "userName": "1"}),
     True),
    (
        ANY + "userIdentity.userName: '1'",
        record(
            userIdentity={
                "type": "AssumedRole",
                "sessionContext": {"sessionIssuer": {"userName": "1"}},
            }
        ),
        False,
    ),
    # several values of one field
    (
        ANY + "resources.accountId: '2'",
        record(resources=[{"accountId": "1"}, {"accountId": "2"}]),
        True,
    ),
    (
        "s:\n    eventName: CreateUser\nf:\n    resources.accountId: '2'",
        record(resources=[{"accountId": "1"}, {"accountId": "2"}]),
        False,
    ),
    # null
    ("s:\n    eventName: CreateUser\n    vpcEndpointId: null", record(vpcEndpointId=None), True),
    (ANY + "vpcEndpointId|exists: true", record(vpcEndpointId=None), False),
    (ANY + "requestParameters: null", record(requestParameters=None), True),
    (ANY + "requestParameters: null", record(), True),
    (ANY + "requestParameters: null", request(a="b"), False),
    ("s:\n    eventName: CreateUser\n    errorCode: null", record(), True),
    ("s:\n    eventName: CreateUser\n    errorCode: null", record(errorCode="X"), False),
    (ANY + "errorCode|contains: succ", record(), False),
    # addresses, booleans
    (ANY + "sourceIPAddress|cidr: 10.0.0.0/8", record(sourceIPAddress="10.1.2.3"), True),
    (ANY + "sourceIPAddress|endswith: .amazonaws.com",
     record(sourceIPAddress="ec2.amazonaws.com"), True),
    (ANY + "readOnly: false", record(readOnly=False), True),
    (ANY + "managementEvent: true", record(managementEvent=True), True),
    # fixed spelling, put right
    (ANY + "eventName: createuser", record(), True),
    (ANY + "userIdentity.type: iamuser", record(), True),
]  # fmt: skip

# the same for all but KQL, which minds case or cannot anchor
FREE_TEXT = [
    (CREATE + "requestParameters.userName: BOB", request(userName="bob"), True),
    (CREATE + "requestParameters.userName|contains: OB", request(userName="bob", path="/"), True),
    (CREATE + "requestParameters.userName|contains: path", request(userName="b", path="/"), False),
    (ANY + "userAgent|contains: KALI", record(userAgent="aws-cli kali"), True),
    (ANY + "userIdentity.arn|endswith: /ALICE", record(), True),
    (
        ANY + "resources.ARN|startswith: 'arn:aws:s3'",
        record(resources=[{"ARN": "arn:aws:kms:x"}, {"ARN": "ARN:AWS:S3:::b"}]),
        True,
    ),
    (
        PUT + 'requestParameters.policyDocument|contains: \'"Action": "\\*"\'',
        request("PutUserPolicy", policyDocument=POLICY),
        True,
    ),
    (
        PUT + "requestParameters.policyDocument|contains: admin",
        request("PutUserPolicy", policyDocument=POLICY, policyName="admin"),
        False,
    ),
    # a whole object is compared by its compact JSON text
    (ANY + 'requestParameters|contains: \'"name":"x"\'', request(name="x"), True),
    (ANY + "requestParameters|contains: '\"x\"'", request(names=["x", "y"]), True),
    (ANY + "requestParameters|contains: '\"x\"'", request(names=["xx"]), False),
    (ANY + "responseElements|contains: FAILURE", record(responseElements={"a": "failure"}), True),
]


def rule_of(body: str) -> str:
    condition = "s and not f" if "\nf:" in body else "s"
    return detection(f"{body}\ncondition: {condition}")


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("body", "event", "expected"), EXACT)
def test_a_query_is_exact_and_nothing_is_warned_of(body, event, expected, target):
    text = rule_of(body)
    assert means(text, event) is expected
    assert selected(text, target, event) is expected
    (conversion,) = converted(text, target)
    warned = {d.code for d in conversion.diagnostics if d.severity.value == "warning"}
    assert warned <= {"SC303", "SC304"} if target == "kql" else not warned


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("body", "event", "expected"), FREE_TEXT)
def test_free_text_ignores_case_or_the_user_is_told(body, event, expected, target):
    text = rule_of(body)
    assert means(text, event) is expected
    if target == "kql":
        assert codes(text, target) & {"SC303", "SC304"}
    else:
        assert selected(text, target, event) is expected


def test_cased_is_honoured():
    text = rule_of(CREATE + "requestParameters.userName|cased: Bob")
    for target in ELASTIC:
        assert selected(text, target, request(userName="Bob"))
        assert not selected(text, target, request(userName="bob"))
        assert "SC303" not in codes(text, target)


@pytest.mark.parametrize("forms", ["text", "flattened", "text,flattened"])
def test_either_stored_form_may_be_switched_off(forms):
    text = rule_of(CREATE + "requestParameters.userName|cased: Bob")
    options = Options(elastic_fields=forms)
    for target in ELASTIC:
        if forms == "flattened" and target in ("eql", "esql"):
            assert "SC202" in codes(text, target, options)
        else:
            assert selected(text, target, request(userName="Bob"), options)
            (conversion,) = converted(text, target, options)
            unwanted = {"text": "flattened", "flattened": "cloudtrail.request_parameters"}
            assert unwanted.get(forms, "nothing") not in conversion.queries[0]


def test_case_can_be_minded_and_ignored_everywhere():
    text = rule_of(ANY + "userAgent: Boto")
    sensitive, insensitive = Options(case="sensitive"), Options(case="insensitive")
    for target in ELASTIC:
        assert not selected(text, target, record(userAgent="boto"), sensitive)
        assert "SC303" not in codes(text, target, sensitive)
    named = rule_of(ANY + "eventName: CreateUser")
    assert "SC303" in codes(named, "kql", insensitive)
    assert selected(named, "esql", record("CREATEUSER"), insensitive)


def test_a_value_is_put_right_with_a_note():
    text = rule_of(ANY + "eventName: createUSER")
    (conversion,) = converted(text, "kql")
    assert 'event.action: "CreateUser"' in conversion.queries[0]
    (note,) = (d for d in conversion.diagnostics if d.code == "SC105")
    assert "CreateUser" in note.message and note.severity.value == "note"


def test_a_key_that_occurs_twice_is_told():
    body = (
        "s:\n    eventSource: ec2.amazonaws.com\n    eventName: AuthorizeSecurityGroupIngress\n"
        "    requestParameters.fromPort: 22"
    )
    assert "SC304" in codes(rule_of(body), "eql")
    assert "SC304" not in codes(rule_of(body), "lucene")  # its flattened form tells them apart


def test_whole_objects_that_cannot_be_said_are_refused():
    for test in ("requestParameters: '{\"a\":1}'", "requestParameters|re: '\"a\":1'"):
        for target in ("eql", "esql", "lucene"):
            assert "SC202" in codes(rule_of(ANY + test), target)


def test_empty_values_are_told():
    for target in ELASTIC:
        assert "SC107" in codes(rule_of(ANY + "errorMessage: null"), target)
        assert "SC306" in codes(rule_of(ANY + "errorMessage: ''"), target)
