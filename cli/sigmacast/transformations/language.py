"""What a pipeline runs for: the language, and the forms in which Elastic keeps parameters.

pySigma sets the backend's name as the variable ``backend`` of the pipeline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sigma.exceptions import SigmaConfigurationError

from sigmacast.options import ELASTIC_FIELDS

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

_LANGUAGES = {
    "Kibana Query Language (KQL)": "kql",
    "Elastic EQL": "eql",
    "ES|QL": "esql",
    "Elastic Lucene": "lucene",
    "Splunk SPL": "splunk",
}


def language_of(pipeline: ProcessingPipeline | None) -> str | None:
    """The target of the running conversion, None for a backend of another package."""
    name = pipeline.vars.get("backend") if pipeline is not None else None
    return _LANGUAGES.get(str(name))


def elastic_forms(pipeline: ProcessingPipeline | None) -> frozenset[str]:
    """The forms of parameters that the variable ``elastic_fields`` names; both by default."""
    given = pipeline.vars.get("elastic_fields") if pipeline is not None else None
    forms = str(given or ",".join(ELASTIC_FIELDS))
    found = frozenset(part.strip() for part in forms.split(","))
    if not found <= set(ELASTIC_FIELDS):
        raise SigmaConfigurationError(
            f"elastic_fields is a list of {' and '.join(ELASTIC_FIELDS)}, not '{forms}'"
        )
    return found
