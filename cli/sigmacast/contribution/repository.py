"""A shared repository of rules as it lies on disk; nothing outside of it is ever read for it.

Its files are somebody else's: links are not followed, sizes and numbers are bounded.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from sigmacast.contribution.table import table
from sigmacast.errors import UsageError

RULES = "rules"
LOG_SOURCES = "tests/logsource.json"
LINTER = ".yamllint"
TEMPLATE = ".github/PULL_REQUEST_TEMPLATE.md"
KEYS_OF_LOG_SOURCE = ("product", "category", "service")

MAX_FILES = 20_000
"""Rule files that are looked at; SigmaHQ has a quarter of that."""
MAX_RULE_BYTES = 1024 * 1024
MAX_OTHER_BYTES = 1024 * 1024

_ID = re.compile(r"^id:[ \t]*['\"]?([^\s'\"#]+)", re.MULTILINE)


@dataclass(frozen=True)
class RuleFile:
    """A rule file of the repository; ``path`` is from its top."""

    path: str
    text: str

    @property
    def tree(self) -> str:
        """The folder at the top that it lies in."""
        return PurePosixPath(self.path).parts[0]

    @property
    def is_retired(self) -> bool:
        """Whether the repository keeps it as a rule of the past."""
        return self.tree in table()["retired_trees"]

    @property
    def ids(self) -> frozenset[str]:
        """What the repository's own search for ids finds: values of lines that begin so."""
        return frozenset(found.lower() for found in _ID.findall(self.text))


class Repository:
    """The folder of a repository, its rule files read when they are first asked for."""

    def __init__(self, folder: str) -> None:
        """Raises UsageError for what is no such repository."""
        if not os.path.isdir(folder):
            raise UsageError(f"--repo {folder}: no such folder")
        self.root = Path(os.path.realpath(folder))
        self.is_cut = False
        """Whether the repository has more or larger rule files than are looked at."""
        if not self._trees and self.text(LOG_SOURCES) is None:
            raise UsageError(
                f"--repo {folder}: neither a folder {RULES} nor {LOG_SOURCES} is there, "
                "so it is no repository of Sigma rules as SigmaHQ's is"
            )

    @cached_property
    def files(self) -> tuple[RuleFile, ...]:
        """All rule files, in the order of their paths; the walk leads through no link."""
        found: list[RuleFile] = []
        for tree in self._trees:
            for path in self._below(tree):
                if len(found) == MAX_FILES:
                    self.is_cut = True
                    return tuple(found)
                text = _read(self.root / path, MAX_RULE_BYTES)
                if text is None:
                    self.is_cut = True
                else:
                    found.append(RuleFile(path, text))
        return tuple(found)

    def like(self, logsource: Mapping[str, Any]) -> list[RuleFile]:
        """The files that name a log source; whether it is theirs shows when they are parsed."""
        wanted = [str(value).lower() for value in log_source_key(logsource) if value]
        return [each for each in self.files if all(word in each.text.lower() for word in wanted)]

    def text(self, path: str, limit: int = MAX_OTHER_BYTES) -> str | None:
        """A regular file's text; None if there is none, it is too long or no UTF-8."""
        place = self.root.joinpath(*PurePosixPath(path).parts)
        return _read(place, limit) if self.holds(place) else None

    def holds(self, place: Path) -> bool:
        """Whether a path lies in the repository with no link on its way, there already or not."""
        inside = Path(os.path.normpath(place))
        return inside.is_relative_to(self.root) and Path(os.path.realpath(inside)) == inside

    @cached_property
    def _trees(self) -> tuple[str, ...]:
        with os.scandir(self.root) as entries:
            names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        return tuple(
            sorted(n for n in names if n.startswith(RULES) or n in table()["retired_trees"])
        )

    def _below(self, tree: str) -> Iterator[str]:
        for folder, folders, names in os.walk(self.root / tree):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(folder, name)
                if name.endswith(".yml") and not os.path.islink(path):
                    yield Path(path).relative_to(self.root).as_posix()


_NO_LINK_NO_WAIT = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A pipe in the place of a file must not be waited for."""


def _read(place: Path, limit: int) -> str | None:
    """A regular file's text, if it is one, not too long, and UTF-8."""
    try:
        handle = os.open(place, os.O_RDONLY | _NO_LINK_NO_WAIT)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        raw = file.read(limit + 1)
    if len(raw) > limit:
        return None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def log_source_key(logsource: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two log sources must have in common to be the same; the definition is only a text."""
    return tuple(logsource.get(key) or None for key in KEYS_OF_LOG_SOURCE)
