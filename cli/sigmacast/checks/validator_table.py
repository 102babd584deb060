"""What ``tables/validators.json`` says of each validator; the file names its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sigmacast.diagnostics import Route
from sigmacast.resources import table

TABLE = "validators.json"


def left_out(profile: str | None) -> Mapping[str, str]:
    """The validators that a profile does not run (None is a run without one), and why."""
    found: dict[str, str] = _table()["left_out"][profile or "none"]
    return found


def place_of(name: str) -> Route:
    """The part of a rule that a validator looks at; empty for the file itself."""
    return tuple(_table()["validators"].get(name, {}).get("at", ()))


def hint_of(name: str) -> str | None:
    """What helps against a validator's findings; None for one that the table does not know."""
    found: str | None = _table()["validators"].get(name, {}).get("hint")
    return found


def fields_of(name: str) -> Sequence[str]:
    """The fields that a validator looks at, where it looks at certain ones only."""
    found: list[str] = _table()["validators"].get(name, {}).get("fields", [])
    return found


def without_data(name: str) -> str | None:
    """Why a validator cannot judge for lack of its data; None for one that can."""
    found: str | None = _table()["without_data"].get(name)
    return found


def longest_list() -> int:
    """The number of entries in a list beyond which ``compares_entries`` are not run."""
    return int(_table()["longest_list"]["entries"])


def compares_entries(name: str) -> bool:
    """Whether a validator's time grows with the square of a list."""
    return name in _table()["longest_list"]["validators"]


def _table() -> Any:
    return table(TABLE)
