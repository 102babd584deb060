"""The fields of an Elastic document that are no plain renaming of one CloudTrail field.

[facts] and [pipeline] are the sources that ``ecs`` names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Event: TypeAlias = Mapping[str, Any]
"""A record after the pipeline dropped what is empty."""


def kept_object(event: Event, name: str) -> Any:
    """One of the four objects that are stored twice, None if there is none.

    The [pipeline] takes the name of a UserAuthentication out of it first.
    """
    value = event.get(name)
    beside = name == "additionalEventData" and _names_user_beside(event)
    if beside and isinstance(value, dict):
        return {key: inner for key, inner in value.items() if key != "UserName"}
    return value


def at(event: Event, path: str, *, through_list: bool = False) -> Any:
    """What stands at a path; the pipeline's own paths do not lead through lists, but for one."""
    value: Any = event
    first, *rest = path.split(".")
    if through_list:
        elements = event.get(first)
        found = [at(each, ".".join(rest)) for each in _objects(elements)]
        return [each for each in found if each is not None] or None
    for key in (first, *rest):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _objects(elements: Any) -> list[Event]:
    return [e for e in elements if isinstance(e, dict)] if isinstance(elements, list) else []


def _user_name(event: Event) -> Any:
    """The session issuer's name for an assumed role or a federated user [facts, pipeline]."""
    if _names_user_beside(event):
        return event["additionalEventData"]["UserName"]
    return _identity_name(event)


def _identity_name(event: Event) -> Any:
    name = at(event, "userIdentity.userName")
    if at(event, "userIdentity.type") in ("AssumedRole", "FederatedUser"):
        return at(event, "userIdentity.sessionContext.sessionIssuer.userName") or name
    return name


def _names_user_beside(event: Event) -> bool:
    return (
        event.get("eventName") == "UserAuthentication"
        and at(event, "additionalEventData.UserName") is not None
        and _identity_name(event) is None
    )


def _outcome(event: Event) -> str:
    """[facts], section event.outcome."""
    if event.get("eventName") == "ConsoleLogin":
        login = at(event, "responseElements.ConsoleLogin")
        if isinstance(login, str):
            return login.lower()
    failed = event.get("errorCode") is not None or event.get("errorMessage") is not None
    return "failure" if failed else "success"


def _tls(event: Event) -> tuple[str, Any]:
    """Protocol and version, parted at the first v of ``TLSv1.2``; without one all is version."""
    written = at(event, "tlsDetails.tlsVersion")
    if not isinstance(written, str) or "v" not in written:
        return "", written
    protocol, _, version = written.partition("v")
    return protocol.lower(), version


DERIVED: Mapping[str, Callable[[Event], Any]] = {
    "user.name": _user_name,
    "user.target.name": lambda event: at(event, "requestParameters.userName"),
    "user.target.id": lambda event: at(event, "responseElements.user.userId"),
    "user.changes.name": lambda event: at(event, "requestParameters.newUserName"),
    "group.name": lambda event: at(event, "requestParameters.groupName"),
    "group.id": lambda event: at(event, "responseElements.group.groupId"),
    "event.outcome": _outcome,
    "tls.version": lambda event: _tls(event)[1],
    "tls.version_protocol": lambda event: _tls(event)[0],
    # The pipeline looks for this spelling only; records have sharedEventID [facts].
    "aws.cloudtrail.shared_event_id": lambda event: event.get("sharedEventId"),
}
"""Keyword fields that are no plain renaming of one field of the record, or a second one."""
