"""Options of the command line over the settings of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sigmacast.config import Config, find_config
from sigmacast.errors import UsageError, unknown
from sigmacast.jobs import cores
from sigmacast.options import Options
from sigmacast.targets import TARGETS

if TYPE_CHECKING:
    from sigmacast.checking import Policy
    from sigmacast.checks import CheckOptions
    from sigmacast.preparing import Plan

ALL = "all"


def setup(paths: Sequence[str]) -> Config:
    """The settings that hold for a run: found upwards from the first path, else from here."""
    if paths and paths[0] != "-":
        first = Path(paths[0])
        found = find_config(first if first.is_dir() else first.parent)
        if found.path is not None:
            return found
    return find_config(Path())


def targets_of(given: Sequence[str], config: Config, format: str | None = None) -> list[str]:
    """The targets asked for, else the configured ones; raises UsageError if there are none.

    An artifact (*format*) that is made for one target needs none named, and of the configured ones
    it takes those that it is made for.
    """
    names = list(given) or list(config.list("targets"))
    if format is not None and not given:
        from sigmacast.artifacts import artifact

        able = artifact(format).targets
        names = [name for name in names if name in able] or (list(able) if len(able) == 1 else [])
    if not names:
        raise UsageError(f"no target; use -t {', '.join(TARGETS)} or all (sigmacast list targets)")
    expanded = [each for name in names for each in (TARGETS if name == ALL else (name,))]
    return list(dict.fromkeys(expanded))


def all_targets_unless(
    given: Sequence[str], config: Config, format: str | None = None
) -> list[str]:
    """The targets asked for or configured, else all five, or all that an artifact is made for."""
    if given or config.list("targets"):
        return targets_of(given, config, format)
    if format is None:
        return list(TARGETS)
    from sigmacast.artifacts import artifact

    return list(artifact(format).targets)


def plan_of(
    format: str | None,
    targets: Sequence[str],
    config: Config,
    first_seen: bool | None,
    deployments: Sequence[str],
    attack: str | None,
    stack: str | None,
) -> Plan:
    """What to make of each rule; ATT&CK's version is that of Elastic's *stack* unless given.

    Raises UsageError for an artifact that is unknown or not for one of *targets*, for an unknown
    ATT&CK version, and for deployments that cannot be read.
    """
    from sigmacast.artifacts import artifact
    from sigmacast.attack import VERSIONS, version_for
    from sigmacast.deployment_reader import given_deployments
    from sigmacast.diagnostics import either
    from sigmacast.preparing import Plan

    version = attack or config.text("attack") or version_for(stack)
    if version not in VERSIONS:
        raise UsageError(f"unknown ATT&CK version '{version}'; use {' or '.join(VERSIONS)}")
    made = None if format is None else artifact(format)
    unfit = [name for name in targets if made is not None and name not in made.targets]
    if made is not None and unfit:
        raise UsageError(
            f"-f {format} is not for {', '.join(unfit)}; use -t {either(made.targets)}"
        )
    return Plan(made, first_seen, version, given_deployments(deployments))


def check_options_of(
    config: Config,
    profile: str | None,
    today: str | None,
    targets: Sequence[str],
    pipelines: Sequence[str],
    stack: str | None,
) -> CheckOptions:
    """What the checks are told; all five targets unless some are asked for or configured.

    Raises UsageError for an unknown profile or target, and for a day that is none.
    """
    from sigmacast.checks import CheckOptions
    from sigmacast.checks.profiles import PROFILES
    from sigmacast.targets import target

    chosen = profile or config.text("profile")
    if chosen is not None and chosen not in PROFILES:
        raise unknown("profile", chosen, PROFILES, ", ".join(PROFILES))
    names = all_targets_unless(targets, config)
    for name in names:
        target(name)  # another package's backend has no schema to check against
    options = options_of(
        config, pipelines=pipelines, without_pipeline=False, placeholders={}, stack=stack
    )
    return CheckOptions(chosen, day_of(today), tuple(names), options)


def day_of(given: str | None) -> date:
    """The day that was given, else today; raises UsageError for what is no day."""
    try:
        return date.today() if given is None else date.fromisoformat(given)
    except ValueError:
        raise UsageError(f"--today takes a day such as 2026-11-27, not '{given}'") from None


def policy_of(config: Config, only: Sequence[str]) -> Policy:
    """Which findings a repository wants, and how much they weigh.

    Raises UsageError for an unknown code, check or severity.
    """
    from sigmacast.checking import OFF, Policy
    from sigmacast.checks import names_of_findings
    from sigmacast.diagnostics import Severity

    known = names_of_findings()
    wanted = [*config.list("checks"), *only]
    for name in (*wanted, *config.table("severities")):
        if name.lower() not in known:
            raise unknown(
                "code or check", name, known.values(), "sigmacast list diagnostics, list checks"
            )
    severities: dict[str, Severity | str] = {}
    for name, value in config.table("severities").items():
        if value not in (OFF, *(each.value for each in Severity)):
            raise UsageError(f"unknown severity '{value}' of {name}; use off, note, warning, error")
        severities[name.lower()] = OFF if value == OFF else Severity(value)
    return Policy(severities, frozenset(map(str.lower, wanted)), config.list("exclude"))


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
