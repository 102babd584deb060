"""Reads ``tables/contribution.json``, which says where each of its facts comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sigmacast.resources import tables_folder


@cache
def table() -> Mapping[str, Any]:
    """The conventions of such a repository."""
    path = tables_folder() / "contribution.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
