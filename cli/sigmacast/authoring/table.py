"""Reads the tables that new rules go by: ``new_rules.json``, ``documentation_values.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sigmacast.resources import tables_folder


@cache
def new_rules() -> Mapping[str, Any]:
    """The form of a new rule, and which fields of an event say what it was."""
    return _read("new_rules.json")


@cache
def documentation_values() -> Mapping[str, Any]:
    """What takes the place of accounts, keys and addresses."""
    return _read("documentation_values.json")


def _read(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((tables_folder() / name).read_text(encoding="utf-8"))
    return found
