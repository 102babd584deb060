"""Reads deployments: the document beside a rule, or defaults from the rule's level.

``sigma/deployments/rules/cloud/x.yml`` belongs to ``sigma/rules/cloud/x.yml``. Its form is
``deployment.schema.json`` there, which editors read too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from sigmacast.companions import candidates
from sigmacast.deployment import (
    Deployment,
    Elastic,
    FirstSeen,
    RiskObject,
    ShownField,
    Splunk,
    Suppression,
    defaults,
    level_of,
    severity,
)
from sigmacast.diagnostics import CODES, Diagnostic, Route, make
from sigmacast.durations import seconds, span
from sigmacast.errors import UsageError, nearest
from sigmacast.loading import RuleSource
from sigmacast.resources import deployments_folder
from sigmacast.rule_files import STDIN, read_file, reading_problem
from sigmacast.yaml_reader import position, read_documents

FOLDER = "deployments"
SCHEMA = "deployment.schema.json"
MAX_BYTES = 1024 * 1024
PASSED_THROUGH = ("actions", "exceptions_list", "response_actions")
"""Keys of Kibana's rule that a deployment may give as they are."""


class UnusableDeployment(Exception):
    """A document that breaks its form; carries every finding, each with its place."""

    def __init__(self, findings: Sequence[Diagnostic]) -> None:
        super().__init__(findings[0].message)
        self.findings = tuple(findings)


def find_deployment(source: RuleSource) -> Path | None:
    """The deployment document of a rule, by its path; None if there is none.

    The path is as the rule's: from the working folder, unless the rule's is absolute.
    """
    if source.path == STDIN:
        return None
    for found in candidates(source.path, FOLDER):
        path = found.parent / f"{found.name}.yml"
        if path.is_file():
            return path if os.path.isabs(source.path) else Path(os.path.relpath(path))
    return None


def given_deployments(paths: Iterable[str]) -> dict[str, Path]:
    """Deployments in files and folders, by the id or name of the rule that each is for.

    Raises UsageError for a path that is not there and for a file that names no rule.
    """
    found: dict[str, Path] = {}
    for given in map(Path, paths):
        if not given.exists():
            raise UsageError(f"--deployment {given}: no such file or folder")
        files = sorted(given.rglob("*.yml")) if given.is_dir() else [given]
        for path in files:
            try:
                documents = list(read_documents(_text_of(path)))
            except UnusableDeployment as bad:
                raise UsageError(f"--deployment {path}: {bad}") from None
            value = documents[0].value if documents else None
            name = value.get("rule") if isinstance(value, dict) else None
            if isinstance(name, str):
                found[name] = path
            elif not given.is_dir():
                raise UsageError(f"--deployment {path}: the key 'rule' has to say whose it is")
    return found


def default_deployment(level: str | None) -> Deployment:
    """What a rule of that level gets that has no document of its own."""
    return _built({}, level, None, "")


def read_deployment(path: Path, source: RuleSource) -> Deployment:
    """The deployment of a rule from its document.

    Raises UnusableDeployment for a file that cannot be read, that breaks the schema, or that is
    for another rule.
    """
    text = _text_of(path)
    documents = list(read_documents(text))
    bad = next((document.problem for document in documents if document.problem), None)
    if bad is not None:
        found = replace(_problem(path, bad.message), line=bad.line, column=bad.column)
        raise UnusableDeployment([found])
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise UnusableDeployment([_problem(path, "a deployment is one YAML mapping")])
    data = documents[0].value
    problems = [*_breaches(data), *_other_rule(data, source)]
    if problems:
        placed = [_placed(path, text, each) for each in problems]
        raise UnusableDeployment(placed)
    level = source.data.get("level")
    return _built(data, level if isinstance(level, str) else None, str(path), text)


def _built(data: Mapping[str, Any], level: str | None, path: str | None, text: str) -> Deployment:
    """The record of a checked document, completed with defaults."""
    scales = level_of(level)
    risk_score = data.get("risk_score", scales.risk_score)
    judged = scales if "risk_score" not in data else level_of(severity(risk_score))
    schedule = data.get("schedule", {})
    interval = schedule.get("interval", scales.interval)
    covered = seconds(interval) + seconds(defaults()["delivery_delay"]["value"])
    investigation = data.get("investigation", {})
    return Deployment(
        level=judged,
        interval=interval,
        lookback=schedule.get("lookback", span(covered)),
        cron=schedule.get("cron"),
        risk_score=risk_score,
        max_alerts=data.get("max_alerts", defaults()["max_alerts"]),
        enabled=data.get("enabled", False),
        first_seen=_first_seen(data.get("first_seen")),
        suppression=_suppression(data.get("suppression")),
        shown=tuple(map(_shown, investigation.get("fields", ()))),
        columns=investigation.get("columns", False),
        guide=investigation.get("guide"),
        setup=data.get("setup"),
        response=tuple(data.get("response", ())),
        exceptions=data.get("exceptions", {}),
        tags=tuple(data.get("tags", ())),
        elastic=_elastic(data.get("elastic", {})),
        splunk=_splunk(data.get("splunk", {})),
        path=path,
        text=text,
    )


def _first_seen(data: Mapping[str, Any] | None) -> FirstSeen | None:
    if data is None:
        return None
    history = data.get("history", defaults()["history"])
    return FirstSeen(tuple(data["fields"]), history, data.get("baseline", "search"))


def _suppression(data: Mapping[str, Any] | None) -> Suppression | None:
    if data is None:
        return None
    missing = data.get("missing_fields", "suppress")
    return Suppression(tuple(data.get("fields", ())), data["period"], missing)


def _shown(item: str | Mapping[str, str]) -> ShownField:
    return ShownField(item) if isinstance(item, str) else ShownField(own=item)


def _elastic(data: Mapping[str, Any]) -> Elastic:
    usual = defaults()["elastic"]
    return Elastic(
        index=tuple(data.get("index", ())),
        timestamp_override=data.get("timestamp_override", usual["timestamp_override"]),
        related_integrations=tuple(data.get("related_integrations", usual["related_integrations"])),
        passed_through={key: data[key] for key in PASSED_THROUGH if key in data},
    )


def _splunk(data: Mapping[str, Any]) -> Splunk:
    return Splunk(
        security_domain=data.get("security_domain", defaults()["splunk"]["security_domain"]),
        index_time=data.get("index_time", False),
        message=data.get("message"),
        risk_objects=tuple(RiskObject(**each) for each in data.get("risk_objects", ())),
        threat_objects=tuple(RiskObject(**each) for each in data.get("threat_objects", ())),
        savedsearches={key: _conf(value) for key, value in data.get("savedsearches", {}).items()},
    )


def _conf(value: str | float | bool) -> str:
    """A value as a .conf file has it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def _text_of(path: Path) -> str:
    try:
        return read_file(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        raise UnusableDeployment([_problem(path, reading_problem(error))]) from None


def _problem(path: Path, message: str) -> Diagnostic:
    return replace(make("SC601", message, hint=CODES["SC601"].cure), path=str(path))


def _placed(path: Path, text: str, finding: Diagnostic) -> Diagnostic:
    line, column = position(text, 0, finding.at) or (None, None)
    return replace(finding, path=str(path), line=line, column=column)


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator  # takes a tenth of a second to import

    text = (deployments_folder() / SCHEMA).read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _breaches(data: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """What breaks the schema, in the order of the document's keys."""
    for error in sorted(_validator().iter_errors(data), key=lambda each: list(map(str, each.path))):
        route: Route = tuple(error.absolute_path)
        where = ".".join(str(step) for step in route) or "the deployment"
        if error.validator == "additionalProperties" and isinstance(error.instance, dict):
            known = error.schema.get("properties", {})
            for key in error.instance:
                if key not in known:
                    guess = nearest(str(key), known)
                    hint = f"did you mean '{guess}'?" if guess else f"use {', '.join(known)}"
                    yield make("SC601", f"unknown key '{key}'", hint=hint, at=(*route, str(key)))
            continue
        said = error.schema.get("description") if isinstance(error.schema, dict) else None
        hint = said or CODES["SC601"].cure
        yield make("SC601", f"{where}: {_in_words(error)}", hint=hint, at=route)


def _in_words(error: Any) -> str:
    """jsonschema's message, cut where a value in it is long."""
    message = " ".join(str(error.message).split())
    return message if len(message) <= 200 else f"{message[:197]}…"


def _other_rule(data: Mapping[str, Any], source: RuleSource) -> Iterator[Diagnostic]:
    """A document that was copied from another rule would schedule this one by mistake."""
    named = data.get("rule")
    if isinstance(named, str) and source.names and named not in source.names:
        yield make(
            "SC601",
            f"the deployment is for the rule {named}, not for {source.names[-1]}",
            hint="write the rule's own id",
            at=("rule",),
        )
