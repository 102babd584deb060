"""What a SIEM calls the fields that a deployment names: by the pipeline that maps the query.

So one document serves every SIEM, and a pipeline of the user's own renames its fields, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from sigma.rule import SigmaRule

from sigmacast.deployment import Deployment
from sigmacast.diagnostics import Diagnostic, Route, collecting, make
from sigmacast.loading import RuleSource
from sigmacast.schema import catalogue
from sigmacast.transformations.event_names import Pins
from sigmacast.transformations.splunk_names import RawPath, is_below, known_names

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

MENTION = re.compile(r"(?P<quote>`?)\{\{\s*(?P<field>[^{}\s]+)\s*\}\}(?P=quote)")
"""A field in a guide: ``{{userIdentity.arn}}``, in back-ticks of its own or not."""
CLOUDTRAIL = {"product": "aws", "service": "cloudtrail"}
"""The log source whose fields the catalogue knows."""
PRODUCTS = {"ecs": "elastic", "splunk": "splunk"}


class FieldNames:
    """Names by one pipeline, for one rule: which event names it pins decides some of them.

    *fresh* makes the rule anew for each question, since a pipeline rewrites it.
    """

    def __init__(
        self,
        source: RuleSource,
        pipeline: ProcessingPipeline,
        schema: str,
        fresh: Callable[[], SigmaRule],
    ) -> None:
        self._pipeline = pipeline
        self._schema = schema
        self._fresh = fresh
        self._known: dict[str, str] = {}
        self.product = PRODUCTS[schema]
        self.is_cloudtrail = is_cloudtrail_source(source)
        self._operations = Pins.of(fresh()).operations() if schema == "splunk" else None

    def name(self, field: str) -> str:
        """The SIEM's name of a Sigma field; the same one where nothing maps it."""
        if field not in self._known:
            self._known[field] = self._found(field)
        return self._known[field]

    def is_stored(self, field: str) -> bool:
        """Whether the SIEM has a field for it at all, as far as the catalogue knows."""
        row = catalogue().find(field) if self.is_cloudtrail else None
        return row is None or bool(getattr(row, self._schema)) or catalogue().is_object(field)

    def is_object(self, field: str) -> bool:
        """Whether the SIEM has fields for the members only."""
        return self.is_cloudtrail and self._schema == "splunk" and catalogue().is_object(field)

    def in_text(self, text: str, shown: Callable[[str], str] = "`{}`".format) -> str:
        """A guide with the SIEM's names in it; *shown* says how a name is written."""
        return MENTION.sub(lambda mention: shown(self.name(mention["field"])), text)

    def _found(self, field: str) -> str:
        if self._schema == "splunk" and self.is_cloudtrail and is_below(field):
            names, _ = known_names(field, self._operations)
            plain = [name for name in names if not isinstance(name, RawPath)]
            return plain[0] if plain else field
        rule = self._fresh()
        rule.fields = [field]
        with collecting():  # what is to be said of the rule has been said
            self._pipeline.apply(rule)
        return str(rule.fields[0])


def is_cloudtrail_source(source: RuleSource) -> bool:
    """Whether a rule's fields are CloudTrail's, which the catalogue knows."""
    logsource = source.data.get("logsource")
    return isinstance(logsource, dict) and all(
        logsource.get(key) == value for key, value in CLOUDTRAIL.items()
    )


def unknown_fields(deployment: Deployment) -> list[Diagnostic]:
    """A finding for each field that no CloudTrail record has, at its place."""
    found = []
    for name, route in named_fields(deployment):
        if catalogue().find(name) is None:
            near = catalogue().nearest(name)
            hint = f"did you mean {near}?" if near else "see `sigmacast list fields`"
            said = f"unknown CloudTrail field {name}"
            found.append(make("SC602", said, field=name, hint=hint, at=route))
    return found


def named_fields(deployment: Deployment) -> Iterator[tuple[str, Route]]:
    """Each field that a deployment names, in Sigma's spelling, and where."""
    if deployment.first_seen is not None:
        yield from _listed(deployment.first_seen.fields, ("first_seen", "fields"))
    if deployment.suppression is not None:
        yield from _listed(deployment.suppression.fields, ("suppression", "fields"))
    for index, shown in enumerate(deployment.shown):
        if shown.sigma is not None:
            yield shown.sigma, ("investigation", "fields", index)
    for kind in ("risk_objects", "threat_objects"):
        for index, each in enumerate(getattr(deployment.splunk, kind)):
            yield each.field, ("splunk", kind, index, "field")
    yield from mentioned_fields(deployment)


def mentioned_fields(deployment: Deployment) -> Iterator[tuple[str, Route]]:
    """Each field that a text of the deployment mentions, and where the text begins."""
    texts: list[tuple[str | None, Route]] = [
        (deployment.guide, ("investigation", "guide")),
        (deployment.setup, ("setup",)),
        (deployment.splunk.message, ("splunk", "message")),
        *((step, ("response", index)) for index, step in enumerate(deployment.response)),
    ]
    for text, route in texts:
        yield from ((mention["field"], route) for mention in MENTION.finditer(text or ""))


def _listed(names: tuple[str, ...], route: Route) -> Iterator[tuple[str, Route]]:
    yield from ((name, (*route, index)) for index, name in enumerate(names))
