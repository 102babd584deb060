"""Where in a repository a new rule belongs, and what it is called there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from sigmacast.contribution.repository import RULES, Repository, RuleFile, log_source_key
from sigmacast.contribution.table import table
from sigmacast.errors import UsageError
from sigmacast.loading import RuleSource

SUFFIX = ".yml"


def place_of(
    repository: Repository, rule: RuleSource, beside: Iterable[RuleFile], wanted: str | None
) -> str:
    """The path of the rule from the top of the repository.

    The folder is the *wanted* one, else that where more than half of the rules *beside* it (those
    for its log source) lie, in the tree that the rule's tags name. Raises UsageError where that is
    not to be told, for a folder outside of the trees of rules, and for a file name that no rule
    there may have.
    """
    folder = _wanted(wanted) if wanted is not None else _usual(rule, beside)
    if not repository.holds(repository.root / folder):
        raise UsageError(f"{folder} leads out of the repository by a link")
    return f"{folder}/{file_stem(rule.path)}{SUFFIX}"


def file_stem(path: str) -> str:
    """The name that the file keeps; raises UsageError for one that is not allowed."""
    stem = Path(path).stem
    if not re.fullmatch(table()["file_name"], stem) or "_" not in stem:
        raise UsageError(
            f"{Path(path).name} is no name for a rule there: it must have 10 to 86 of a-z, 0-9 and "
            f"_, an underscore among them, and end in {SUFFIX}"
        )
    return stem


def _wanted(folder: str) -> str:
    parts = PurePosixPath(folder).parts
    if not parts or PurePosixPath(folder).is_absolute() or ".." in parts:
        raise UsageError(f"--place {folder}: give a folder from the top of the repository")
    if not parts[0].startswith(RULES) or any(not re.fullmatch(r"[\w.-]+", p) for p in parts):
        raise UsageError(f"--place {folder}: new rules lie below {RULES} or {RULES}-…")
    return PurePosixPath(folder).as_posix()


def _usual(rule: RuleSource, beside: Iterable[RuleFile]) -> str:
    tree = _tree(rule)
    folders = Counter(
        PurePosixPath(each.path).parent.as_posix() for each in beside if each.tree == tree
    )
    if folders:
        folder, count = folders.most_common(1)[0]
        if 2 * count > folders.total():
            return folder
        named = ", ".join(name for name, _ in folders.most_common(3))
        raise UsageError(f"rules for this log source lie in {named}: choose one with --place")
    product, category, service = log_source_key(rule.data["logsource"])
    key = f"{product or ''}/{category or ''}/{service or ''}"
    usual: str | None = table()["usual_place"].get(key)
    if usual is None or tree != RULES:
        raise UsageError(
            f"no rule below {tree} is for this log source yet: choose a folder with --place, "
            f"such as {tree}/cloud/…"
        )
    return usual


def _tree(rule: RuleSource) -> str:
    tags = rule.data.get("tags")
    trees = table()["tree_of_tag"]
    return next((trees[str(tag)] for tag in tags or () if str(tag) in trees), RULES)
