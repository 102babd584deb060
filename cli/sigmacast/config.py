"""Settings from ``sigmacast.toml`` or ``[tool.sigmacast]`` in ``pyproject.toml``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sigmacast.errors import UsageError, unknown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LISTS = ("targets", "pipelines", "filters", "checks", "exclude")
FLAGS = ("without_pipeline", "strict")
TEXTS = (
    "stack",
    "case",
    "elastic_fields",
    "dataset_field",
    "esql_from",
    "splunk_index",
    "splunk_sourcetype",
    "splunk_macro",
    "vars",
    "attack",
    "profile",
    "author",
)
TABLES = ("severities",)
"""Tables of names to texts."""


@dataclass(frozen=True)
class Config:
    """The settings of one file, checked; paths in them are relative to that file."""

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def list(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty if not set."""
        return tuple(self.values.get(key, ()))

    def flag(self, key: str) -> bool:
        """A yes or no, no if not set."""
        return bool(self.values.get(key, False))

    def text(self, key: str) -> str | None:
        """A text, None if not set."""
        value = self.values.get(key)
        return None if value is None else str(value)

    def table(self, key: str) -> Mapping[str, str]:
        """A table of texts, empty if not set."""
        return dict(self.values.get(key, {}))

    def file(self, name: str) -> str:
        """A path that a setting names, as seen from the working folder."""
        if self.path is None or Path(name).is_absolute():
            return name
        return str(self.path.parent / name)


def find_config(start: Path) -> Config:
    """The nearest settings from *start* upwards; empty ones if there are none.

    Raises UsageError for a file that is no TOML and for an unknown or ill-typed key.
    """
    folder = start.resolve()
    for place in (folder, *folder.parents):
        for path, table in _candidates(place):
            return Config(path, _checked(path, table))
    return Config()


def _candidates(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    own = folder / "sigmacast.toml"
    if own.is_file():
        yield own, _read(own)
    project = folder / "pyproject.toml"
    if project.is_file():
        table = _read(project).get("tool", {}).get("sigmacast")
        if table is not None:
            yield project, table


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            table: dict[str, Any] = tomllib.load(file)
            return table
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from None


def _checked(path: Path, table: Any) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise UsageError(f"{path}: the settings are no table")
    for key, value in table.items():
        if key in LISTS:
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
            kind = "a list of texts"
        elif key in FLAGS:
            fits, kind = isinstance(value, bool), "true or false"
        elif key in TEXTS:
            fits, kind = isinstance(value, str), "a text in quotes"
        elif key in TABLES:
            fits = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
            kind = "a table of names and texts"
        else:
            raise unknown(
                f"setting in {path}", key, (*LISTS, *FLAGS, *TEXTS, *TABLES), "docs/settings.md"
            )
        if not fits:
            raise UsageError(f"{path}: {key} must be {kind}")
    return table
