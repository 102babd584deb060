"""Each target's SIEM: how it stores a record, and what a query selects there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from sigmacast.engines.base import Document, Predicate
from sigmacast.options import Options
from sigmacast.views.ecs import EcsSchema, as_ecs, searchable
from sigmacast.views.splunk import CUTOFF, as_splunk

ECS, SPLUNK = "ecs", "splunk"

LIMIT = "limit"
"""What no query can see: the event is longer than the SIEM searches (docs/schemas.md)."""
UNSETTLED = "unsettled"
"""What depends on an assumption that no source settles (docs/schemas.md)."""

ENGINES = {
    "kql": ("sigmacast.engines.kql", ECS),
    "eql": ("sigmacast.engines.eql", ECS),
    "esql": ("sigmacast.engines.esql", ECS),
    "lucene": ("sigmacast.engines.lucene", ECS),
    "splunk": ("sigmacast.engines.spl", SPLUNK),
}
"""Targets that have an evaluator, its module and the view that it runs on; imported on demand."""

_OBJECTS = ("request_parameters", "response_elements", "additional_eventdata")
_TEXTS = frozenset(f"aws.cloudtrail.{each}" for each in (*_OBJECTS, "service_event_details"))
_FLATTENED = "aws.cloudtrail.flattened."


def compiled(target: str, queries: Sequence[str], options: Options) -> Predicate:
    """Whether one of a rule's queries selects a document, on the Elastic Stack of the options.

    Raises what the evaluator raises: Rejected and Unsupported.
    """
    compile_query: Callable[..., Predicate] = import_module(ENGINES[target][0]).compile_query
    if target == "esql" and options.stack is not None:
        major, minor = options.stack.replace("x", "0").split(".")
        compile_query = partial(compile_query, stack=(int(major), int(minor)))
    predicates = [compile_query(query, EcsSchema()) for query in queries]
    if len(predicates) == 1:
        return predicates[0]
    return lambda document: any(selects(document) for selects in predicates)


@dataclass(frozen=True)
class Storage:
    """How the SIEMs of a run store records: as the views say, with what the options say of it."""

    options: Options

    def document(self, view: str, record: Mapping[str, Any]) -> Document:
        """A record's fields in the view."""
        if view == SPLUNK:
            return self._splunk(as_splunk(record))
        return self._elastic(searchable(as_ecs(record)))

    def otherwise(self, view: str, record: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
        """The record as it would be stored without a limit, or if an assumption is not true."""
        if view == SPLUNK:
            yield LIMIT, self._splunk(as_splunk(record, cutoff=None))
            for cutoff in (CUTOFF, None):
                for null, empty in ((True, True), (False, False), (False, True)):
                    fields = as_splunk(record, cutoff=cutoff, null_text=null, empty_text=empty)
                    yield UNSETTLED, self._splunk(fields)
        else:
            yield LIMIT, self._elastic(as_ecs(record))

    def _splunk(self, fields: dict[str, list[str]]) -> Document:
        options = self.options
        if options.splunk_index:
            fields["index"] = [options.splunk_index]
        if options.splunk_sourcetype:
            fields["sourcetype"] = [options.splunk_sourcetype]
        return fields

    def _elastic(self, document: dict[str, list[Any]]) -> Document:
        kept = self.options.elastic_fields
        if kept is None:
            return document
        forms = {form.strip() for form in kept.split(",")}
        return {
            field: values
            for field, values in document.items()
            if ("text" in forms or field.removesuffix(".text") not in _TEXTS)
            and ("flattened" in forms or not field.startswith(_FLATTENED))
        }
