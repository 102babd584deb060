"""What is likely wrong with a deployment, for one target: told, not refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionOR,
)
from sigma.rule import SigmaRule

from sigmacast.deployment import Deployment, FirstSeen, defaults
from sigmacast.diagnostics import Refusal, report
from sigmacast.durations import seconds, span
from sigmacast.naming import FieldNames, mentioned_fields
from sigmacast.rule_parts import asks_for_absence
from sigmacast.transformations.event_names import pinned_values

if TYPE_CHECKING:
    from sigmacast.artifacts import Artifact

IDENTITY_TYPE = "userIdentity.type"


def check(
    deployment: Deployment,
    target: str,
    rule: SigmaRule,
    names: FieldNames,
    artifact: Artifact | None,
) -> None:
    """Report what a user should know; raises Refusal for keys that the SIEM does not store.

    *rule* is one that no pipeline has touched.
    """
    _check_lookback(deployment, names.product)
    _check_texts(deployment, names)
    if deployment.first_seen is not None:
        _check_first_seen(deployment.first_seen, rule)
        _require_stored(deployment.first_seen.fields, "first_seen", names)
        if artifact is not None and target in artifact.first_seen:
            _check_presence(deployment.first_seen, rule)
    if deployment.suppression is not None:
        _require_stored(deployment.suppression.fields, "suppression", names)


def _check_lookback(deployment: Deployment, product: str) -> None:
    interval, lookback = seconds(deployment.interval), seconds(deployment.lookback)
    delay = seconds(defaults()["delivery_delay"]["value"])
    by_arrival = (
        deployment.splunk.index_time
        if product == "splunk"
        else deployment.elastic.timestamp_override is not None
    )
    if "dispatch.index_earliest" in deployment.splunk.savedsearches and product == "splunk":
        by_arrival = True
    if lookback < interval:
        report(
            "SC603",
            f"runs every {deployment.interval} look back {deployment.lookback} only, so that what "
            "happens between them is never looked at",
            at=("deployment", "schedule"),
        )
    elif lookback < interval + delay and not by_arrival:
        report(
            "SC603",
            f"looking back {deployment.lookback} each {deployment.interval} leaves less than "
            f"{span(delay)} for records that CloudTrail delivers late",
            hint=f"look back {span(interval + delay)}, or count by arrival",
            at=("deployment", "schedule"),
        )


def _check_texts(deployment: Deployment, names: FieldNames) -> None:
    """Tell of fields in guides and messages that the SIEM has no name for."""
    for name, route in mentioned_fields(deployment):
        if not names.is_stored(name):
            report(
                "SC609",
                f"{names.product} stores no field for {name}, which stands under Sigma's name",
                field=name,
                at=("deployment", *route),
            )


def _check_first_seen(first_seen: FirstSeen, rule: SigmaRule) -> None:
    of_sessions = defaults()["session_fields"]
    fresh = [name for name in first_seen.fields if name in of_sessions["fields"]]
    types = pinned_values(rule, IDENTITY_TYPE)
    sessions = {name.lower() for name in of_sessions["identity_types"]}
    if fresh and (types is None or types & sessions):
        report(
            "SC605",
            f"{', '.join(fresh)} is new in every session of an assumed role",
            field=fresh[0],
            hint="use userIdentity.sessionContext.sessionIssuer.arn",
            at=("deployment", "first_seen", "fields"),
        )
    said = long_history(first_seen)
    if said is not None:
        report("SC606", said, at=("deployment", "first_seen", "history"))


def long_history(first_seen: FirstSeen) -> str | None:
    """What to say of a history that is searched at each run; None for one that is not too long.

    A history in a lookup is not searched.
    """
    longest = defaults()["longest_history"]["value"]
    if first_seen.baseline != "search" or seconds(first_seen.history) <= seconds(longest):
        return None
    return f"each run searches {first_seen.history} of events"


def _require_stored(fields: tuple[str, ...], part: str, names: FieldNames) -> None:
    for index, name in enumerate(fields):
        if not names.is_stored(name) or names.is_object(name):
            raise Refusal(
                "SC607",
                f"{names.product} stores no field for {name}",
                field=name,
                hint="name another field",
                at=("deployment", part, "fields", index),
            )


def _check_presence(first_seen: FirstSeen, rule: SigmaRule) -> None:
    asked = [_asked(each.parsed) for each in rule.detection.parsed_condition]
    absent = [name for name in first_seen.fields if not all(name in each for each in asked)]
    if absent:
        report(
            "SC613",
            f"events without {', '.join(absent)} never alert",
            field=absent[0],
            at=("deployment", "first_seen", "fields"),
        )


def _asked(node: Any) -> frozenset[str]:
    """The fields without which a condition never holds."""
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return frozenset() if asks_for_absence(node.value) else frozenset({node.field})
    if isinstance(node, ConditionAND):
        return frozenset().union(*map(_asked, node.args))
    if isinstance(node, ConditionOR):
        return frozenset.intersection(*map(_asked, node.args))
    return frozenset()
