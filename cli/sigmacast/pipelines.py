"""Processing pipelines: ours by name, the user's from files, installed ones of other packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from sigmacast.errors import UsageError, unknown
from sigmacast.resources import pipelines_folder
from sigmacast.transformations import register
from sigmacast.yaml_reader import SAFE_LOADER

if TYPE_CHECKING:
    from sigma.processing.pipeline import ProcessingPipeline

BUILT_IN: Mapping[str, str] = {
    "sigmacast_ecs": "ecs_cloudtrail.yml",
    "sigmacast_splunk": "splunk_cloudtrail.yml",
}
"""Our pipelines: name to file."""

OUTSIDE = frozenset({"http_placeholders", "command_placeholders"})
"""pySigma's transformations that reach the network or run a program; never allowed here."""


def built_in(name: str) -> ProcessingPipeline:
    """One of our pipelines, made anew."""
    return _from_file(pipelines_folder() / BUILT_IN[name])


def pipeline(names: Iterable[str]) -> ProcessingPipeline:
    """The pipelines of these names or files, in this order, whatever their priority.

    Raises UsageError for an unknown name or an unusable file.
    """
    from sigma.processing.pipeline import ProcessingPipeline

    result = ProcessingPipeline()
    for name in names:
        result = result + _one(name)
    return result


def with_values(
    base: ProcessingPipeline,
    variables: Mapping[str, str],
    placeholders: Mapping[str, Sequence[Any]],
) -> ProcessingPipeline:
    """*base* with variables set, and values for ``|expand`` put in before anything else."""
    from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
    from sigma.processing.transformations import ValueListPlaceholderTransformation

    items = []
    if placeholders:
        transformation = ValueListPlaceholderTransformation(include=list(placeholders))
        items.append(ProcessingItem(transformation, identifier="placeholders"))
    values = {name: list(found) for name, found in placeholders.items()}
    return ProcessingPipeline(items=items) + base + ProcessingPipeline(vars={**values, **variables})


def _one(name: str) -> ProcessingPipeline:
    if name in BUILT_IN:
        return built_in(name)
    if "/" in name or Path(name).suffix in (".yml", ".yaml") or Path(name).is_file():
        return _from_file(Path(name))
    return _installed(name)


def _from_file(path: Path) -> ProcessingPipeline:
    from sigma.exceptions import SigmaError
    from sigma.processing.pipeline import ProcessingPipeline

    register()
    try:
        parsed = yaml.load(path.read_text(encoding="utf-8"), Loader=SAFE_LOADER)
    except OSError as error:
        raise UsageError(f"pipeline {path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(
            f"pipeline {path} is no valid YAML: {' '.join(str(error).split())}"
        ) from None
    if not isinstance(parsed, dict):
        raise UsageError(f"pipeline {path} is no mapping; see pySigma's documentation of pipelines")
    if used := OUTSIDE.intersection(_types(parsed)):
        raise UsageError(
            f"pipeline {path} uses {', '.join(sorted(used))}, which would leave this machine or "
            "run a program; sigmacast does neither"
        )
    try:
        return ProcessingPipeline.from_dict(parsed)
    except (SigmaError, TypeError, KeyError, AttributeError, ValueError) as error:
        raise UsageError(f"pipeline {path}: {error}") from None


def _types(value: Any) -> Iterable[str]:
    """The type of each step of a pipeline, nested ones too."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value["type"]
        for inner in value.values():
            yield from _types(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _types(inner)


def _installed(name: str) -> ProcessingPipeline:
    from sigmacast.installed import installed_pipelines

    found = installed_pipelines()
    if name not in found:
        raise unknown(
            "pipeline", name, {**BUILT_IN, **found}, "sigmacast list pipelines, or a file"
        )
    made: ProcessingPipeline = found[name]() if callable(found[name]) else found[name]
    return made
