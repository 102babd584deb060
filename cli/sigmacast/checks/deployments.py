"""Deployments that cannot be used, name unknown fields, or search too long a history.

The same is said when artifacts are made; here it is said before anybody makes one.
"""

from __future__ import annotations

from collections.abc import Iterator

from sigmacast.checks.base import Check, Subject
from sigmacast.checks.fields import knows_fields
from sigmacast.deployment import Deployment
from sigmacast.deployment_checks import long_history
from sigmacast.deployment_reader import UnusableDeployment, find_deployment, read_deployment
from sigmacast.diagnostics import CODES, Diagnostic, make
from sigmacast.naming import unknown_fields


def run(subject: Subject) -> Iterator[Diagnostic]:
    """What is wrong with the document, each finding with its own path and place."""
    path = find_deployment(subject.source)
    if path is None:
        return
    try:
        deployment = read_deployment(path, subject.source)
    except UnusableDeployment as unusable:
        yield from unusable.findings
        return
    if knows_fields(subject):
        yield from map(deployment.placed, unknown_fields(deployment))
    yield from map(deployment.placed, _long_history(deployment))


def _long_history(deployment: Deployment) -> Iterator[Diagnostic]:
    said = None if deployment.first_seen is None else long_history(deployment.first_seen)
    if said is not None:
        yield make("SC606", said, hint=CODES["SC606"].cure, at=("first_seen", "history"))


DEPLOYMENTS = Check(
    "deployments", "How rules run, in the document beside them", ("SC601", "SC602", "SC606"), run
)
