"""An event as Elastic and as Splunk store it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from sigmacast.errors import UsageError

View: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Sequence[Any]]]
"""A record as a document: field name to its values."""

SCHEMAS = ("ecs", "splunk")


def view_of(name: str | None) -> View:
    """The view of a schema; raises UsageError for an unknown one."""
    if name == "ecs":
        from sigmacast.views.ecs import as_ecs

        return as_ecs
    if name == "splunk":
        from sigmacast.views.splunk import as_splunk

        return as_splunk
    asked = f"unknown schema '{name}'" if name else "say which schema"
    raise UsageError(f"{asked}; use --as {' or --as '.join(SCHEMAS)}")
