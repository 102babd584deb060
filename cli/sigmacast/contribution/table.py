"""Reads ``tables/contribution.json``, which says where each of its facts comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigmacast import resources


def table() -> Mapping[str, Any]:
    """The conventions of such a repository."""
    found: Mapping[str, Any] = resources.table("contribution.json")
    return found
