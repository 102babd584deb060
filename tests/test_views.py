"""A CloudTrail record as Elastic and as Splunk store it, and ``sigmacast view``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import ROOT, assert_text
from sigmacast.schema import catalogue
from sigmacast.views.ecs import EcsSchema, as_ecs, as_searched, searchable
from sigmacast.views.splunk import as_splunk

REAL = ROOT.parent / "shared" / "corpus" / "events"

EVENT: dict[str, Any] = {
    "eventVersion": "1.11",
    "userIdentity": {
        "type": "IAMUser",
        "principalId": "AIDAEXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/ann",
        "accountId": "111122223333",
        "accessKeyId": "AKIAEXAMPLE",
        "userName": "ann",
    },
    "eventTime": "2026-11-25T10:30:00Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "203.0.113.7",
    "userAgent": "aws-cli/2.15",
    "requestParameters": {"userName": "bob", "path": "/"},
    "responseElements": None,
    "requestID": "1af58177",
    "eventID": "c64c4ded",
    "readOnly": False,
    "eventType": "AwsApiCall",
    "managementEvent": True,
    "recipientAccountId": "444455556666",
    "eventCategory": "Management",
}
FLAT = "aws.cloudtrail.flattened"
IDENTITY = "aws.cloudtrail.user_identity"
LOGIN = "aws.cloudtrail.console_login.additional_eventdata"
ISSUER = {
    "type": "Role",
    "principalId": "AROAEXAMPLE",
    "arn": "arn:aws:iam::111122223333:role/app",
    "accountId": "111122223333",
    "userName": "app",
}
ASSUMED = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLE:i-0123",
    "sessionContext": {
        "sessionIssuer": ISSUER,
        "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-25T10:00:00Z"},
    },
}


def login(**changes: Any) -> dict[str, Any]:
    return EVENT | {"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin"} | changes


def test_the_plain_renames():
    document = as_ecs(EVENT)
    assert {name: values for name, values in document.items() if FLAT not in name} == {
        "event.module": ["aws"],
        "event.dataset": ["aws.cloudtrail"],
        "event.kind": ["event"],
        "data_stream.type": ["logs"],
        "data_stream.dataset": ["aws.cloudtrail"],
        "@timestamp": ["2026-11-25T10:30:00.000Z"],
        "aws.cloudtrail.event_version": ["1.11"],
        "event.provider": ["iam.amazonaws.com"],
        "event.action": ["CreateUser"],
        "event.id": ["c64c4ded"],
        "aws.cloudtrail.event_type": ["AwsApiCall"],
        "aws.cloudtrail.event_category": ["Management"],
        "cloud.region": ["us-east-1"],
        "source.address": ["203.0.113.7"],
        "source.ip": ["203.0.113.7"],
        "user_agent.original": ["aws-cli/2.15"],
        "aws.cloudtrail.request_id": ["1af58177"],
        "aws.cloudtrail.management_event": ["true"],
        "aws.cloudtrail.read_only": [False],
        "aws.cloudtrail.recipient_account_id": ["444455556666"],
        f"{IDENTITY}.type": ["IAMUser"],
        f"{IDENTITY}.arn": ["arn:aws:iam::111122223333:user/ann"],
        "user.id": ["AIDAEXAMPLE"],
        "cloud.account.id": ["111122223333"],
        f"{IDENTITY}.access_key_id": ["AKIAEXAMPLE"],
        "user.name": ["ann"],
        "user.target.name": ["bob"],
        "aws.cloudtrail.request_parameters": ["{path=/, userName=bob}"],
        "event.outcome": ["success"],
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"errorCode": "AccessDenied"}, {"aws.cloudtrail.error_code": ["AccessDenied"]}),
        ({"errorMessage": "no"}, {"aws.cloudtrail.error_message": ["no"]}),
        ({"apiVersion": "2010-05-08"}, {"aws.cloudtrail.api_version": ["2010-05-08"]}),
        ({"vpcEndpointId": "vpce-1"}, {"aws.cloudtrail.vpc_endpoint_id": ["vpce-1"]}),
        (
            {"sessionCredentialFromConsole": "true"},
            {"aws.cloudtrail.session_credential_from_console": ["true"]},
        ),
        # The pipeline knows one spelling, records have the other.
        ({"sharedEventID": "s"}, {"aws.cloudtrail.shared_event_id": None}),
        ({"sharedEventId": "s"}, {"aws.cloudtrail.shared_event_id": ["s"]}),
        ({"readOnly": "true"}, {"aws.cloudtrail.read_only": [True]}),
        ({"readOnly": "perhaps"}, {"aws.cloudtrail.read_only": None}),
        ({"eventTime": "yesterday"}, {"@timestamp": None}),
        ({"eventTime": "2026-11-25T10:30:00+02:00"}, {"@timestamp": ["2026-11-25T08:30:00.000Z"]}),
        # The outcome
        ({"errorCode": "X"}, {"event.outcome": ["failure"]}),
        ({"errorMessage": "X"}, {"event.outcome": ["failure"]}),
        ({"errorCode": None}, {"event.outcome": ["success"]}),
        # Addresses
        ({"sourceIPAddress": "2001:db8::1"}, {"source.ip": ["2001:db8::1"]}),
        (
            {"sourceIPAddress": "ec2.amazonaws.com"},
            {"source.ip": None, "source.address": ["ec2.amazonaws.com"]},
        ),
        ({"sourceIPAddress": "AWS Internal"}, {"source.ip": None}),
        ({"sourceIPAddress": "fe80::1%eth0"}, {"source.ip": None}),
        # TLS
        (
            {"tlsDetails": {"tlsVersion": "TLSv1.2", "cipherSuite": "ECDHE"}},
            {
                "tls.version": ["1.2"],
                "tls.version_protocol": ["tls"],
                "tls.cipher": ["ECDHE"],
                "tls.client.server_name": None,
            },
        ),
        (
            {"tlsDetails": {"clientProvidedHostHeader": "iam.amazonaws.com"}},
            {"tls.client.server_name": ["iam.amazonaws.com"], "tls.version": None},
        ),
        # Who
        (
            {"userIdentity": ASSUMED},
            {
                "user.name": ["app"],
                "user.id": ["AROAEXAMPLE:i-0123"],
                f"{IDENTITY}.session_context.session_issuer.type": ["Role"],
                f"{IDENTITY}.session_context.session_issuer.arn": [ISSUER["arn"]],
                f"{IDENTITY}.session_context.session_issuer.principal_id": ["AROAEXAMPLE"],
                f"{IDENTITY}.session_context.session_issuer.account_id": ["111122223333"],
                f"{IDENTITY}.session_context.mfa_authenticated": ["false"],
                f"{IDENTITY}.session_context.creation_date": ["2026-11-25T10:00:00.000Z"],
            },
        ),
        (
            {"userIdentity": {**ASSUMED, "type": "IAMUser", "userName": "ann"}},
            {"user.name": ["ann"]},
        ),
        (
            {"userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}},
            {f"{IDENTITY}.invoked_by": ["ec2.amazonaws.com"], "cloud.account.id": None},
        ),
        # Requests and responses
        (
            {"requestParameters": {"newUserName": "eve", "groupName": "admins"}},
            {"user.changes.name": ["eve"], "group.name": ["admins"], "user.target.name": None},
        ),
        ({"responseElements": {"user": {"userId": "AIDA2"}}}, {"user.target.id": ["AIDA2"]}),
        (
            {"resources": [{"ARN": "a", "type": "T"}, {"ARN": "b", "accountId": "1"}]},
            {
                "aws.cloudtrail.resources.arn": ["a", "b"],
                "aws.cloudtrail.resources.type": ["T"],
                "aws.cloudtrail.resources.account_id": ["1"],
            },
        ),
    ],
)
def test_each_row_of_the_elastic_facts(changes, expected):
    document = as_ecs(EVENT | changes)
    assert {name: document.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"responseElements": {"ConsoleLogin": "Success"}}, {"event.outcome": ["success"]}),
        ({"responseElements": {"ConsoleLogin": "Failure"}}, {"event.outcome": ["failure"]}),
        # The answer of the login counts, not its error.
        (
            {"responseElements": {"ConsoleLogin": "Success"}, "errorMessage": "x"},
            {"event.outcome": ["success"]},
        ),
        ({"errorMessage": "Failed authentication"}, {"event.outcome": ["failure"]}),
        (
            {"additionalEventData": {"MFAUsed": "No", "MobileVersion": "Yes", "LoginTo": "x"}},
            {
                f"{LOGIN}.mfa_used": [False],
                f"{LOGIN}.mobile_version": [True],
                f"{LOGIN}.login_to": ["x"],
                f"{FLAT}.additional_eventdata.MFAUsed": ["No"],
            },
        ),
    ],
)
def test_a_console_login(changes, expected):
    document = as_ecs(login(**changes))
    assert {name: document.get(name) for name in expected} == expected


def test_fields_of_a_console_login_are_no_other_events():
    document = as_ecs(EVENT | {"additionalEventData": {"MFAUsed": "No"}})
    assert f"{LOGIN}.mfa_used" not in document


@pytest.mark.parametrize("empty", [None, "", [], {}, [None], {"a": {"b": [""]}}])
def test_what_is_empty_is_dropped(empty):
    document = as_ecs(EVENT | {"requestParameters": {"userName": "bob", "x": empty}})
    assert document["aws.cloudtrail.request_parameters"] == ["{userName=bob}"]
    assert not [name for name in document if name.startswith(f"{FLAT}.request_parameters.x")]
    bare = as_ecs(EVENT | {"requestParameters": empty, "userAgent": empty})
    assert "aws.cloudtrail.request_parameters" not in bare
    assert "user_agent.original" not in bare


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("b c", "b c"),
        ('{"Version": 1}', '{"Version": 1}'),
        (True, "true"),
        (12345678901, "12345678901"),
        (1.0, "1.0"),
        (0.001, "0.001"),
        (1e10, "1.0E10"),
        (1.5e-7, "1.5E-7"),
        (["a", 1, False], "[a, 1, false]"),
        ([["a"], {"b": "c"}], "[[a], {b=c}]"),
        ({"b": {"c": "d"}}, "{b={c=d}}"),
    ],
)
def test_the_text_of_an_object_is_javas(value, text):
    document = as_ecs(EVENT | {"requestParameters": {"a": value}})
    assert document["aws.cloudtrail.request_parameters"] == [f"{{a={text}}}"]


@pytest.mark.parametrize(
    ("members", "order"),
    [
        # String.hashCode(): key is 106079, value 111972721; their buckets of 16 are 14 and 13.
        (["key", "value"], "value key"),
        # One letter's hash is its code: in the 64 buckets that 26 need, a (97) is in number 33.
        (list("zyxwvutsrqponmlkjihgfedcba"), "a b c d e f g h i j k l m n o p q r s t u v w x y z"),
        # In 16 buckets p (112) to z wrap around: p is 0, a and q are both 1, in their order.
        (list("apqo"), "p a q o"),
        (list("qapo"), "p q a o"),
    ],
)
def test_members_stand_in_the_order_of_a_hash_map(members, order):
    parameters = dict.fromkeys(members, "x")
    (text,) = as_ecs(EVENT | {"requestParameters": parameters})["aws.cloudtrail.request_parameters"]
    assert text == "{" + ", ".join(f"{member}=x" for member in order.split()) + "}"


def test_flattened_leaves_are_texts_and_lists_are_looked_through():
    parameters = {
        "items": [{"id": 1, "on": True}, {"id": 2}],
        "hosts": ["a", "b"],
        "ratio": 0.5,
        "deep": {"er": {"x": "y"}},
    }
    document = as_ecs(EVENT | {"requestParameters": parameters})
    at = f"{FLAT}.request_parameters"
    assert {name: values for name, values in document.items() if name.startswith(at)} == {
        f"{at}.items.id": ["1", "2"],
        f"{at}.items.on": ["true"],
        f"{at}.hosts": ["a", "b"],
        f"{at}.ratio": ["0.5"],
        f"{at}.deep.er.x": ["y"],
    }


def test_the_flattened_form_is_left_out_of_large_objects():
    at = f"{FLAT}.request_parameters.a"
    below, above = (EVENT | {"requestParameters": {"a": "x" * n}} for n in (32_761, 32_762))
    assert at in as_ecs(below) and at not in as_ecs(above)
    assert "aws.cloudtrail.request_parameters" in as_ecs(above)


@pytest.mark.parametrize(
    ("field", "changes", "longest"),
    [
        ("user_agent.original", lambda text: {"userAgent": text}, 1024),
        (
            "aws.cloudtrail.request_parameters",
            lambda text: {"requestParameters": {"a": text[4:]}},
            8191,
        ),
        (
            "aws.cloudtrail.additional_eventdata",
            lambda text: {"additionalEventData": {"a": text[4:]}},
            1024,
        ),
    ],
)
def test_long_values_are_stored_but_not_found(field, changes, longest):
    fits, beyond = (EVENT | changes("x" * length) for length in (longest, longest + 1))
    assert field in searchable(as_ecs(fits))
    assert field in as_ecs(beyond) and field not in searchable(as_ecs(beyond))
    assert f"{field}.text" in searchable(as_ecs(beyond))  # the analysed copy has no such limit


def test_characters_beyond_the_basic_plane_count_twice_for_java():
    assert "user_agent.original" not in as_searched(EVENT | {"userAgent": "😀" * 513})


def test_the_index_holds_a_value_once():
    found = as_searched(EVENT | {"requestParameters": {"hosts": ["a", "b", "a"]}})
    assert found[f"{FLAT}.request_parameters.hosts"] == ["a", "b"]


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("event.action", "keyword"),
        ("event.dataset", "keyword"),
        ("event.outcome", "keyword"),
        ("source.ip", "ip"),
        ("@timestamp", "date"),
        ("aws.cloudtrail.read_only", "boolean"),
        ("aws.cloudtrail.request_parameters", "keyword"),
        ("aws.cloudtrail.request_parameters.text", "text"),
        (f"{FLAT}.request_parameters", "flattened"),
        (f"{FLAT}.request_parameters.a.b", "flattened"),
        ("no.such.field", None),
    ],
)
def test_the_types_of_the_index(field, kind):
    assert EcsSchema().type_of(field) == kind


def test_what_the_view_gives_has_a_type():
    events = (EVENT, login(additionalEventData={"MFAUsed": "No", "LoginTo": "x"}))
    for event in (*events, EVENT | {"userIdentity": ASSUMED}):
        for field in as_searched(event):
            assert EcsSchema().type_of(field) is not None, field


# Splunk


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"userIdentity.userName": ["ann"], "userIdentity": None, "requestParameters": None}),
        ({}, {"readOnly": ["false"], "managementEvent": ["true"]}),
        ({}, {"responseElements": ["null"]}),
        ({"requestParameters": {"n": 1, "x": ""}}, {"requestParameters.n": ["1"]}),
        ({"requestParameters": {"x": ""}}, {"requestParameters.x": None}),
        (
            {"requestParameters": {"x-amz-acl": "private", "a:b/c": "d"}},
            {"requestParameters.x-amz-acl": ["private"], "requestParameters.a:b/c": ["d"]},
        ),
        # Lists
        (
            {"resources": [{"type": "T"}, {"type": "U"}]},
            {"resources{}.type": ["T", "U"], "resources.type": None},
        ),
        (
            {"requestParameters": {"a": [{"b": [1, 2]}, {"b": [3]}], "c": ["x"], "d": []}},
            {
                "requestParameters.a{}.b{}": ["1", "2", "3"],
                "requestParameters.c{}": ["x"],
                "requestParameters.c": None,
                "requestParameters.d{}": None,
            },
        ),
        ({"userAgent": ["a", "b"]}, {"userAgent{}": ["a", "b"], "user_agent": ["a", "b"]}),
        # errorCode
        ({}, {"errorCode": ["success"], "msg": ["success"], "result_id": None}),
        ({"errorCode": "X"}, {"errorCode": ["X"], "msg": ["X"], "result_id": ["X"]}),
        ({"errorMessage": "m"}, {"errorMessage": ["m"], "reason": ["m"], "errorCode": ["success"]}),
        # Aliases and calculated fields
        (
            {},
            {
                "signature": ["CreateUser"],
                "command": ["CreateUser"],
                "app": ["AwsApiCall"],
                "dvc": ["iam.amazonaws.com"],
                "src": ["203.0.113.7"],
                "region": ["us-east-1"],
                "user_access_key": ["AKIAEXAMPLE"],
                "vendor_account": ["111122223333"],
                "aws_account_id": ["111122223333"],
                "user_arn": ["arn:aws:iam::111122223333:user/ann"],
                "vendor_product": ["AWS CloudTrail"],
                "sourcetype": ["aws:cloudtrail"],
                "_time": ["1795602600.000"],
            },
        ),
        ({"userIdentity": {"type": "AWSService"}}, {"aws_account_id": ["444455556666"]}),
    ],
)
def test_each_row_of_the_splunk_facts(changes, expected):
    fields = as_splunk(EVENT | changes)
    assert {name: fields.get(name) for name in expected} == expected


@pytest.mark.parametrize(("answer", "code"), [("Failure", "failure"), ("Success", "success")])
def test_the_error_code_of_a_login_in_splunk(answer, code):
    event = login(responseElements={"ConsoleLogin": answer})
    assert as_splunk(event)["errorCode"] == [code]
    assert "errorCode" not in as_splunk(event, with_addon=False)


def test_fields_end_at_the_cutoff_in_the_order_of_the_record():
    long = EVENT | {"requestParameters": {"a": "x" * 5000, "b": "y"}}
    fields = as_splunk(long)
    assert {"eventName", "sourceIPAddress"} <= set(fields)
    assert not {"requestParameters.a", "requestParameters.b", "eventID", "readOnly"} & set(fields)
    assert json.loads(fields["_raw"][0]) == long
    assert {"requestParameters.b", "readOnly"} <= set(as_splunk(long, cutoff=None))


def test_a_value_is_whole_or_not_there():
    """The field whose text ends exactly at the cutoff is the last one."""
    raw = json.dumps(EVENT, separators=(",", ":"))
    end = raw.index('"eventName"') + len('"eventName":"CreateUser"')
    assert "eventName" in as_splunk(EVENT, cutoff=end)
    assert "eventName" not in as_splunk(EVENT, cutoff=end - 1)


def test_what_no_source_settles_can_be_chosen():
    event = EVENT | {"errorMessage": ""}
    assert "responseElements" not in as_splunk(event, null_text=False)
    assert as_splunk(event, empty_text=True)["errorMessage"] == [""]


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = sorted({row.sigma.removesuffix(".*").partition(".")[0] for row in catalogue().fields})
RECORDS = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), JSON, max_size=8)


@settings(max_examples=200, deadline=None)
@given(RECORDS)
def test_odd_records_give_documents_of_the_promised_form(record):
    document = as_ecs(record)
    index = searchable(document)
    assert all(values for values in (*document.values(), *index.values()))
    kinds = {"boolean": bool}
    for field, values in index.items():
        kind = kinds.get(EcsSchema().type_of(field) or "", str)
        assert all(type(value) is kind for value in values), field
    fields = as_splunk(record)
    assert all(values and all(type(v) is str for v in values) for values in fields.values())


@pytest.mark.skipif(not REAL.is_dir(), reason="the real events are not beside the repository")
def test_real_events(run):
    for name in ("ecs", "splunk"):
        result = run("view", REAL, "--as", name)
        assert result.code == 0, result.err
        documents = [json.loads(line) for line in result.out.splitlines()]
        assert len(documents) > 100
        action = "event.action" if name == "ecs" else "eventName"
        assert all(len(document[action]) == 1 for document in documents)


# The command


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.json"
    path.write_text(json.dumps({"Records": [EVENT, login()]}))
    return path


def test_one_object_a_line(run, events, update_golden):
    shown = []
    for name in ("ecs", "splunk"):
        result = run("view", events, "--as", name)
        assert (result.code, result.err) == (0, "2 events\n")
        first, second = result.out.splitlines()
        assert list(json.loads(first)) == sorted(json.loads(first))
        assert "ConsoleLogin" in second
        shown.append(f"# sigmacast view events.json --as {name}\n{first}\n")
    contract = Path(__file__).parent / "contract.view.json.txt"
    assert_text(contract, "\n".join(shown), update=update_golden)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["events.json"], 2, "no view; use --as with one of ecs, splunk"),
        (["events.json", "--as", "ecz"], 2, "unknown view 'ecz'; did you mean 'ecs'?"),
        (["events.json", "--as", "x"], 2, "(use ecs, splunk)"),
        (["nowhere.json", "--as", "ecs"], 3, "nowhere.json: no such file"),
        (["empty", "--as", "ecs"], 3, "no events found"),
        (["events.json", "nowhere.json", "--as", "ecs"], 1, "no such file"),
        (["events.json", "broken.json", "--as", "splunk"], 1, "broken.json"),
        (["events.json", "--as", "ecs", "--color", "pink"], 2, "unknown colour"),
    ],
)
def test_exit_codes(run, events, tmp_path, arguments, code, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.json").write_text('[{"eventName": ')
    result = run("view", *arguments)
    assert result.code == code, result
    assert said in result.err


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_end_in_a_message(content, tmp_path_factory):
    from typer.testing import CliRunner

    from sigmacast.app import app

    path = tmp_path_factory.mktemp("any") / "events"
    path.write_bytes(content)
    for name in ("ecs", "splunk"):
        result = CliRunner().invoke(app, ["view", str(path), "--as", name])
        assert result.exit_code in (0, 1, 3), (result.output, result.exception)


def test_nesting_up_to_the_readers_bound_is_shown(run, tmp_path):
    deep: Any = "end"
    for _ in range(95):
        deep = {"a": deep}
    (tmp_path / "deep.json").write_text(json.dumps(EVENT | {"requestParameters": deep}))
    for name in ("ecs", "splunk"):
        result = run("view", "deep.json", "--as", name)
        assert result.code == 0 and "end" in result.out
