"""Backends and pipelines of other installed pySigma packages.

Looking for them imports every one of them, so this module is imported only when a name is not
one of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sigma.conversion.base import Backend


def installed_backends() -> dict[str, type[Backend]]:
    """All installed pySigma backends by the name that sigma-cli gives them, ours left out."""
    found = _plugins().backends
    return {
        name: backend
        for name, backend in sorted(found.items())
        if not backend.__module__.startswith("sigmacast.") and name != "text_query_test"
    }


def installed_pipelines() -> dict[str, Any]:
    """All installed pySigma pipelines by name, ours left out."""
    return {
        name: made
        for name, made in sorted(_plugins().pipelines.items())
        if not name.startswith("sigmacast_")
    }


def _plugins() -> Any:
    from sigma.plugins import InstalledSigmaPlugins

    return InstalledSigmaPlugins.autodiscover(include_validators=False)
