"""A CloudTrail record as Splunk shows it at search time, with and without the Add-on for AWS.

[facts] is the project's account of Splunk Add-on for AWS 7.10.0, sourcetype ``aws:cloudtrail``;
a number names its section. What no source settles is in ``ASSUMPTIONS``.

Left out: ``index``, ``host`` and ``source``, which the record does not tell, and what of the add-on
[facts] does not give in full: ``action``, ``status``, ``change_type`` and ``object_category`` come
from look-up tables, ``user``, ``user_name``, ``user_id``, ``user_type``, ``src_user*``, ``dest``,
``object*``, ``result``, ``authentication_method`` and ``userName`` from long conditions.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from typing import Any, NamedTuple, TypeAlias

from sigmacast.views.times import instant

Fields: TypeAlias = dict[str, list[str]]

SOURCETYPE = "aws:cloudtrail"
CUTOFF = 5000
"""``[spath] extraction_cutoff`` of limits.conf: what is extracted from [facts 1]."""


class Assumption(NamedTuple):
    """What is taken for true although no source at hand settles it."""

    what: str
    section: str
    parameter: str | None
    """The parameter of ``as_splunk`` that decides otherwise, if there is one."""


ASSUMPTIONS = (
    Assumption("JSON null is the text null", "2, JSON null", "null_text"),
    Assumption("an empty text makes no field", "2, empty string", "empty_text"),
    Assumption("the cutoff counts characters, not bytes", "1, limits.conf", None),
    Assumption("the cutoff holds for KV_MODE=json, not [kv] maxchars", "1, limits.conf", "cutoff"),
    Assumption("values before the cutoff are extracted, cut ones are not", "1", "cutoff"),
    Assumption("an object or list itself, empty or not, makes no field", "2, containers", None),
    Assumption("the alias desc of requestParameters never fires", "2, containers", None),
    Assumption("like(…, Failure) in EVAL-errorCode means this text", "3, errorCode", None),
    Assumption("AWS writes compact JSON, so that _raw can be remade", "source DATA", None),
)

ALIASES = {
    "signature": "eventName",
    "command": "eventName",
    "app": "eventType",
    "dvc": "eventSource",
    "src": "sourceIPAddress",
    "src_ip": "sourceIPAddress",
    "region": "awsRegion",
    "vendor_region": "awsRegion",
    "user_group_id": "userIdentity.accountId",
    "user_access_key": "userIdentity.accessKeyId",
    "temp_access_key": "responseElements.credentials.accessKeyId",
    "reason": "errorMessage",
    "result_id": "errorCode",
    "start_time": "eventTime",
    "image_id": "requestParameters.instancesSet.items{}.imageId",
    "instance_type": "requestParameters.instancesSet.items{}.instanceType",
}
"""The add-on's aliases, and the fields that they name once more [facts 3]."""


def as_splunk(
    record: Mapping[str, Any],
    *,
    with_addon: bool = True,
    cutoff: int | None = CUTOFF,
    null_text: bool = True,
    empty_text: bool = False,
) -> Fields:
    """The event's fields, each with at least one value, all of them texts.

    *with_addon* adds what the add-on calculates, *cutoff* is the number of characters of ``_raw``
    that fields are extracted from (None: all). *null_text* and *empty_text* say whether JSON's null
    makes a field with the text ``null``, and an empty text an empty one.
    """
    fields: Fields = {}
    for name, value, end in _leaves(record, "", 0):
        if cutoff is not None and end > cutoff:
            break  # all that follows ends later still
        if (value is None and not null_text) or (value == "" and not empty_text):
            continue
        fields.setdefault(name, []).append(value if isinstance(value, str) else _json(value))
    if with_addon:
        fields |= _calculated(fields)
    fields["_raw"] = [_json(record)]
    fields["sourcetype"] = [SOURCETYPE]
    time = instant(record.get("eventTime"))
    if time is not None:
        fields["_time"] = [f"{time.timestamp():.3f}"]
    return fields


def _leaves(value: Any, name: str, start: int) -> Generator[tuple[str, Any, int], None, int]:
    """Field name, value, and where its text ends in the compact text, for each leaf in its order.

    *start* is where the text of *value* begins; returns where that ends.
    """
    if isinstance(value, Mapping):
        position = start + 1
        for key, inner in value.items():
            position += len(_json(key)) + 1
            position = yield from _leaves(inner, f"{name}.{key}" if name else key, position)
            position += 1
        return max(position, start + 2)
    if isinstance(value, list):
        position = start + 1
        for inner in value:
            position = yield from _leaves(inner, f"{name}{{}}", position)
            position += 1
        return max(position, start + 2)
    end = start + len(_json(value))
    yield name, value, end
    return end


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _calculated(fields: Fields) -> Fields:
    """The add-on's own fields [facts 3]; calculated ones see what was extracted, not each other."""
    found = {alias: list(fields[name]) for alias, name in ALIASES.items() if name in fields}
    error = _first(fields, "errorCode")
    failed = fields.get("responseElements.ConsoleLogin") == ["Failure"]
    account = ["userIdentity.accountId"]
    if any(kind in ("AWSAccount", "AWSService") for kind in fields.get("userIdentity.type", ())):
        account = ["recipientAccountId"]
    candidates = {
        "errorCode": error or (["failure"] if failed else ["success"]),
        "msg": error or ["success"],
        "vendor_account": _first(fields, "userIdentity.accountId", "recipientAccountId"),
        "aws_account_id": _first(fields, *account),
        "user_arn": _first(fields, "userIdentity.arn", "requestParameters.roleArn"),
        "user_agent": _first(fields, "userAgent", "userAgent{}"),
        "vendor_product": ["AWS CloudTrail"],
    }
    return found | {name: values for name, values in candidates.items() if values}


def _first(fields: Fields, *names: str) -> list[str]:
    """What ``coalesce`` gives: the values of the first of these fields that is there."""
    return next((list(fields[name]) for name in names if name in fields), [])
