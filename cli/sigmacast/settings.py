"""Options of the command line over the settings of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sigmacast.config import Config, find_config
from sigmacast.errors import UsageError
from sigmacast.jobs import cores
from sigmacast.options import Options
from sigmacast.targets import TARGETS

ALL = "all"


def setup(paths: Sequence[str]) -> Config:
    """The settings that hold for a run: found upwards from the first path, else from here."""
    if paths and paths[0] != "-":
        first = Path(paths[0])
        found = find_config(first if first.is_dir() else first.parent)
        if found.path is not None:
            return found
    return find_config(Path())


def targets_of(given: Sequence[str], config: Config) -> list[str]:
    """The targets asked for, else the configured ones; raises UsageError if there are none."""
    names = list(given) or list(config.list("targets"))
    if not names:
        raise UsageError(f"no target; use -t {', '.join(TARGETS)} or all (sigmacast list targets)")
    expanded = [each for name in names for each in (TARGETS if name == ALL else (name,))]
    return list(dict.fromkeys(expanded))


def filters_of(given: Sequence[str] | None, config: Config) -> list[str]:
    """The filters configured, then those asked for."""
    return [*(config.file(name) for name in config.list("filters")), *(given or [])]


def jobs_of(given: str | None) -> int:
    """The number of processes asked for, else one for each core; raises UsageError for none."""
    number = number_of("--jobs", given, least=1)
    return cores() if number is None else number


def number_of(option: str, given: str | None, *, least: int = 0) -> int | None:
    """The whole number that an option was given, None if it was not; raises UsageError."""
    if given is None:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 10) or int(given) < least:
        raise UsageError(f"{option} takes a number from {least} on, not '{given}'")
    return int(given)


def placeholders_of(path: str | None, config: Config) -> dict[str, list[Any]]:
    """The values for ``|expand`` of a YAML file: name to list (or one value).

    Raises UsageError for a file that is not so.
    """
    if path is None:
        configured = config.text("vars")
        path = config.file(configured) if configured else None
    if path is None:
        return {}
    from sigmacast.yaml_reader import read_documents

    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--vars {path}: {getattr(error, 'strerror', None) or error}") from None
    documents = list(read_documents(text))
    problem = next((document.problem for document in documents if document.problem), None)
    if problem is not None:
        raise UsageError(f"--vars {path}:{problem.line}: {problem.message}")
    value = documents[0].value if len(documents) == 1 else None
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise UsageError(f"--vars {path} must be one YAML mapping of names to lists of values")
    lists = {name: found if isinstance(found, list) else [found] for name, found in value.items()}
    for name, found in lists.items():
        if not found or not all(isinstance(item, (str, int, float)) for item in found):
            raise UsageError(f"--vars {path}: {name} must be a list of texts or numbers")
    return lists


def options_of(
    config: Config,
    *,
    pipelines: Sequence[str],
    without_pipeline: bool,
    placeholders: Mapping[str, Sequence[Any]],
    **given: str | None,
) -> Options:
    """The options of a run: what the command line says, else the settings."""
    configured = [config.file(n) if _is_file(n) else n for n in config.list("pipelines")]
    texts = {name: config.text(name) if value is None else value for name, value in given.items()}
    return Options(
        pipelines=tuple(pipelines or configured),
        without_pipeline=without_pipeline or config.flag("without_pipeline"),
        placeholders=placeholders,
        **texts,
    )


def _is_file(name: str) -> bool:
    return "/" in name or Path(name).suffix in (".yml", ".yaml")
