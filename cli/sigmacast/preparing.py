"""A rule with its deployment, made ready for conversion: exceptions in its condition, and what a
SIEM counts by itself in place of a correlation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
)

from sigmacast.artifacts import Artifact, Threshold
from sigmacast.building import build_correlation, parts_of
from sigmacast.deployment import Deployment, ShownField
from sigmacast.deployment_reader import (
    UnusableDeployment,
    default_deployment,
    find_deployment,
    read_deployment,
)
from sigmacast.diagnostics import Diagnostic, Refusal, Route
from sigmacast.durations import seconds, span
from sigmacast.findings import finding_of, located
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.naming import is_cloudtrail_source, unknown_fields
from sigmacast.rule_form import Kind, check_form

EXCEPTION = "deployment_exception_"
"""What the selections of a deployment are called within the rule's detection."""
LEAST = {
    SigmaCorrelationConditionOperator.GTE: 0,
    SigmaCorrelationConditionOperator.GT: 1,
}
"""What to add to a correlation's count for "at least"; other operators have no such form."""


@dataclass(frozen=True)
class Plan:
    """What to make of each rule.

    ``artifact`` None is the bare query. ``first_seen`` None leaves it to the deployment, but a bare
    query then has none. ``given`` are deployments by the rule's id or name, in place of those found
    beside the rules. ``attack`` is the version of ATT&CK, v18 or v19.
    """

    artifact: Artifact | None
    first_seen: bool | None = None
    attack: str = "v18"
    given: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Ready:
    """A rule as it is to be converted, and the one that the user wrote."""

    original: RuleSource
    source: RuleSource
    deployment: Deployment
    threshold: Threshold | None = None

    def placed(self, finding: Diagnostic) -> Diagnostic:
        """The finding with its place in the deployment where it is about that, else in the rule."""
        route = _in_deployment(finding.at)
        if route is not None and self.deployment.path is not None:
            return self.deployment.placed(replace(finding, at=route))
        place = self.original.position(finding.at) if finding.at and finding.line is None else None
        return finding if place is None else replace(finding, line=place[0], column=place[1])


def prepared(source: RuleSource, ruleset: Ruleset, target: str, plan: Plan) -> Ready:
    """The rule with its deployment, for one target.

    Raises UnusableDeployment for a document that cannot be used, with every finding at its place.
    """
    deployment = _deployment_of(source, plan)
    ready = Ready(source, source, deployment)
    try:
        counts = plan.artifact is not None and target in plan.artifact.counts
        ready = _with_exceptions(_counted(ready, ruleset, counts))
        problem = check_form(ready.source.kind, ready.source.data)
    except Exception as failure:  # one bad rule must not stop the others
        problem = located(finding_of(failure, source), source)
    if problem is not None:
        raise UnusableDeployment([ready.placed(problem)])
    return ready


def _deployment_of(source: RuleSource, plan: Plan) -> Deployment:
    """The rule's deployment, its fields checked, without first-seen where none is wanted."""
    path = next((plan.given[name] for name in source.names if name in plan.given), None)
    path = path or find_deployment(source)
    level = source.data.get("level")
    if path is None:
        deployment = default_deployment(level if isinstance(level, str) else None)
    else:
        deployment = read_deployment(path, source)
        # A correlation has no log source of its own.
        known = source.kind is Kind.CORRELATION or is_cloudtrail_source(source)
        unknown = unknown_fields(deployment) if known else []
        if unknown:
            raise UnusableDeployment([deployment.placed(each) for each in unknown])
    listed = source.data.get("fields")
    if isinstance(listed, list) and listed and not deployment.shown:
        shown = tuple(ShownField(str(name)) for name in listed)
        deployment = replace(deployment, shown=shown, columns=True)
    if plan.first_seen is False or (plan.artifact is None and not plan.first_seen):
        deployment = replace(deployment, first_seen=None)
    return deployment


def _counted(ready: Ready, ruleset: Ruleset, counts: bool) -> Ready:
    """The rule that a SIEM counts by itself, in place of a correlation that the language cannot.

    The columns that a rule lists are left to the artifact.
    """
    data = {key: value for key, value in ready.source.data.items() if key != "fields"}
    plain = replace(ready.source, data=data)
    if plain.kind is not Kind.CORRELATION:
        return replace(ready, source=plain)
    if ready.deployment.first_seen is not None:
        raise Refusal(
            "SC607",
            "a correlation has no first-seen form",
            hint="give the deployment of one of its rules first_seen, or leave it out",
            at=("deployment", "first_seen"),
        )
    if not counts:
        return replace(ready, source=plain, deployment=_over(plain, ready.deployment))
    threshold, rule = _threshold(plain, ruleset)
    own = {key: value for key, value in data.items() if key not in ("correlation", "name")}
    made = {key: value for key, value in {**rule.data, **own}.items() if key != "fields"}
    return replace(ready, source=replace(plain, kind=Kind.RULE, data=made), threshold=threshold)


def _over(source: RuleSource, deployment: Deployment) -> Deployment:
    """The deployment with a look-back that holds the correlation's whole timespan."""
    timespan = build_correlation(source).timespan.seconds
    return replace(deployment, lookback=span(seconds(deployment.lookback) + timespan))


def _threshold(source: RuleSource, ruleset: Ruleset) -> tuple[Threshold, RuleSource]:
    """What a SIEM counts for a correlation, and of which rule; raises Refusal for the rest."""
    rule = build_correlation(source)
    rules = parts_of(source, ruleset)[:-1]
    condition = rule.condition
    if (
        not isinstance(condition, SigmaCorrelationCondition)
        or condition.op not in LEAST
        or rule.type not in (SigmaCorrelationType.EVENT_COUNT, SigmaCorrelationType.VALUE_COUNT)
        or len(rules) != 1
        or len(rule.aliases)
    ):
        raise Refusal(
            "SC607",
            "Kibana's threshold rules count events or values of one rule, at least so many of them",
            hint="use -t esql, eql or splunk",
            at=("correlation",),
        )
    threshold = Threshold(
        tuple(rule.group_by or ()),
        int(condition.count) + LEAST[condition.op],
        _counted_field(rule, condition),
        rule.timespan.seconds,
    )
    return threshold, rules[0]


def _counted_field(rule: SigmaCorrelationRule, condition: SigmaCorrelationCondition) -> str | None:
    if rule.type is SigmaCorrelationType.EVENT_COUNT:
        return None
    named = condition.fieldref
    fields = named if isinstance(named, list) else [named]
    if len(fields) != 1 or fields[0] is None:
        raise Refusal(
            "SC607",
            "Kibana's threshold rules count the values of one field",
            hint="use -t esql or splunk",
            at=("correlation", "condition"),
        )
    return fields[0]


def _with_exceptions(ready: Ready) -> Ready:
    """The rule with the deployment's exceptions in its condition."""
    exceptions = ready.deployment.exceptions
    if not exceptions:
        return ready
    if ready.source.kind is Kind.CORRELATION:
        raise Refusal(
            "SC607",
            "a correlation has no events of its own to except",
            hint="write the exceptions as a Sigma filter of its rules",
            at=("deployment", "exceptions"),
        )
    detection = dict(ready.source.data["detection"])
    conditions = detection.pop("condition")
    detection |= {f"{EXCEPTION}{name}": each for name, each in exceptions.items()}
    detection["condition"] = (
        list(map(_excepting, conditions))
        if isinstance(conditions, list)
        else _excepting(conditions)
    )
    data = {**ready.source.data, "detection": detection}
    return replace(ready, source=replace(ready.source, data=data))


def _excepting(condition: str) -> str:
    return f"({condition}) and not 1 of {EXCEPTION}*"


def _in_deployment(route: Route) -> Route | None:
    """The place in the deployment that a finding is about, None if it is about the rule."""
    if route[:1] == ("deployment",):
        return route[1:]
    if len(route) > 1 and route[0] == "detection" and str(route[1]).startswith(EXCEPTION):
        return ("exceptions", str(route[1]).removeprefix(EXCEPTION), *route[2:])
    return None
