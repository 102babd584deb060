"""The checks: a table of names, each imported only when rules are checked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from sigmacast.checks.base import Check, CheckOptions, Edit, Issue, Subject, Test
from sigmacast.registry import entry

__all__ = ["CHECKS", "Check", "CheckOptions", "Edit", "Issue", "Subject", "Test", "check_of"]

CHECKS: Mapping[str, str] = MappingProxyType(
    {
        "aws-sources": "sigmacast.checks.aws_sources:AWS_SOURCES",
        "aws-names": "sigmacast.checks.aws_names:AWS_NAMES",
        "aws-parameters": "sigmacast.checks.aws_parameters:AWS_PARAMETERS",
        "aws-events": "sigmacast.checks.aws_events:AWS_EVENTS",
        "fields": "sigmacast.checks.fields:FIELDS",
        "targets": "sigmacast.checks.targets:TARGETS",
        "validators": "sigmacast.checks.validators:VALIDATORS",
        "values": "sigmacast.checks.values:VALUES",
        "conditions": "sigmacast.checks.conditions:CONDITIONS",
        "cost": "sigmacast.checks.cost:COST",
        "deployments": "sigmacast.checks.deployments:DEPLOYMENTS",
        "comments": "sigmacast.checks.comments:COMMENTS",
    }
)


def check_of(name: str) -> Check:
    """The check of that name."""
    return entry(CHECKS, name, Check)


@cache
def names_of_findings() -> Mapping[str, str]:
    """What comments and settings call findings by, by its lower case: codes, checks, validators."""
    from sigmacast.diagnostics import CODES

    names = (*CODES, *CHECKS, *(name for each in CHECKS for name in check_of(each).aliases()))
    return {name.lower(): name for name in names}
