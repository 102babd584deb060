"""What a run may be told besides rules and targets."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sigmacast.errors import UsageError

STACK = re.compile(r"(?:8\.19|9\.(?:x|\d{1,2}))")
ELASTIC_FIELDS = ("text", "flattened")
CASES = ("auto", "insensitive", "sensitive")
DATASET_FIELDS = ("event.dataset", "data_stream.dataset", "none")


@dataclass(frozen=True)
class Options:
    """Options of a conversion; None leaves the pipeline's own default.

    ``dataset_field``: event.dataset, data_stream.dataset or none. ``stack``: the Elastic Stack
    version that ES|QL and EQL must work on, 8.19 or 9.x (any 9) or 9.2 and the like. ``case``:
    auto, insensitive or sensitive. ``elastic_fields``: the forms in which the cluster keeps request
    parameters and the like, text and flattened, with a comma between.
    """

    pipelines: tuple[str, ...] = ()
    without_pipeline: bool = False
    stack: str | None = None
    case: str | None = None
    elastic_fields: str | None = None
    dataset_field: str | None = None
    esql_from: str | None = None
    splunk_index: str | None = None
    splunk_sourcetype: str | None = None
    splunk_macro: str | None = None
    placeholders: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.stack is not None and not STACK.fullmatch(self.stack):
            raise UsageError(f"unknown stack '{self.stack}'; use 8.19, 9.x or 9.0, 9.1, 9.2 …")
        if self.case is not None and self.case not in CASES:
            raise UsageError(f"unknown treatment of case '{self.case}'; use {', '.join(CASES)}")
        forms = "text" if self.elastic_fields is None else self.elastic_fields
        if not {form.strip() for form in forms.split(",")} <= set(ELASTIC_FIELDS):
            raise UsageError(
                f"unknown Elastic fields '{self.elastic_fields}'; use text, flattened or "
                "text,flattened"
            )
        if self.dataset_field is not None and self.dataset_field not in DATASET_FIELDS:
            raise UsageError(
                f"unknown dataset field '{self.dataset_field}'; use {', '.join(DATASET_FIELDS)}"
            )

    def variables(self) -> dict[str, str]:
        """The pipeline variables that these options set."""
        given = {
            "stack": self.stack,
            "case": self.case,
            "elastic_fields": self.elastic_fields,
            "dataset_field": "" if self.dataset_field == "none" else self.dataset_field,
            "esql_from": self.esql_from,
            "splunk_index": self.splunk_index,
            "splunk_sourcetype": self.splunk_sourcetype,
            "splunk_macro": self.splunk_macro,
        }
        return {name: value for name, value in given.items() if value is not None}
