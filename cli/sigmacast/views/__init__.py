"""An event as Elastic and as Splunk store it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeAlias, cast

from sigmacast.errors import UsageError, nearest

View: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Sequence[Any]]]
"""A CloudTrail record to the fields that a query of a SIEM can find, each with its values."""

VIEWS = {
    "ecs": "sigmacast.views.ecs:as_searched",
    "splunk": "sigmacast.views.splunk:as_splunk",
}
"""Names of the views, and where each is; a view is imported when it is asked for."""


def view_of(name: str | None) -> View:
    """The view of this name; raises UsageError for none and for an unknown one."""
    choices = ", ".join(VIEWS)
    if name is None:
        raise UsageError(f"no view; use --as with one of {choices}")
    if name not in VIEWS:
        guess = nearest(name, VIEWS)
        meant = f"; did you mean '{guess}'?" if guess else ""
        raise UsageError(f"unknown view '{name}'{meant} (use {choices})")
    module, _, attribute = VIEWS[name].partition(":")
    return cast("View", getattr(import_module(module), attribute))
