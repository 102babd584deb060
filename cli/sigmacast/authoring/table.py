"""Reads the tables that new rules go by: ``new_rules.json``, ``documentation_values.json``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sigmacast.resources import table


def new_rules() -> Mapping[str, Any]:
    """The form of a new rule, and which fields of an event say what it was."""
    found: Mapping[str, Any] = table("new_rules.json")
    return found


def documentation_values() -> Mapping[str, Any]:
    """What takes the place of accounts, keys and addresses."""
    found: Mapping[str, Any] = table("documentation_values.json")
    return found
