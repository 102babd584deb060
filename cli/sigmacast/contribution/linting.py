"""yamllint with the repository's own settings, as its CI runs it (strict: warnings count)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from sigmacast.contribution.conventions import LINT, Problem
from sigmacast.contribution.repository import LINTER, Repository
from sigmacast.errors import UsageError
from sigmacast.yaml_reader import read_documents

SHIPPED = ("default", "relaxed")
"""What yamllint brings along; anything else that is extended is a file somewhere."""
_PATTERNS = frozenset({"extra-required", "extra-allowed", "ignored-keys"})
"""Options that hold regular expressions, of which one may take forever."""


def lint(repository: Repository, text: str, path: str) -> Iterator[Problem]:
    """What yamllint says of a text that is to lie at *path*; nothing without ``.yamllint``.

    Raises UsageError where yamllint is not installed, or its settings are not safe to follow.
    """
    settings = repository.text(LINTER)
    if settings is None:
        return
    try:
        # By name, since mypy has no types of it.
        linter: Any = import_module("yamllint.linter")
        config: Any = import_module("yamllint.config")
    except ModuleNotFoundError:
        raise UsageError(
            "the repository is linted with yamllint, which is not installed: "
            "pip install 'sigmacast[contribute]'"
        ) from None
    _require_plain(settings)
    try:
        rules = config.YamlLintConfig(settings)
    except config.YamlLintConfigError as error:
        raise UsageError(f"{LINTER} of the repository: {error}") from None
    for found in linter.run(text, rules, path):
        yield Problem(LINT, f"{found.desc} ({found.rule or 'syntax'})", found.line, found.column)


def _require_plain(settings: str) -> None:
    """Raises UsageError for settings that open other files or hold expressions."""
    documents = list(read_documents(settings))
    data = documents[0].value if len(documents) == 1 else None
    if not isinstance(data, dict):
        raise UsageError(f"{LINTER} of the repository is no YAML mapping")
    if data.get("extends", SHIPPED[0]) not in SHIPPED:
        raise UsageError(f"{LINTER} of the repository extends a file, which is not followed")
    rules = data.get("rules")
    each = rules.values() if isinstance(rules, dict) else ()
    for options in (data, *(rule for rule in each if isinstance(rule, dict))):
        if "ignore-from-file" in options or _PATTERNS.intersection(options):
            raise UsageError(
                f"{LINTER} of the repository reads further files or holds expressions, "
                "which is not followed"
            )
