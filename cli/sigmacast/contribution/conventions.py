"""What the repository's own tests, other than those of pySigma, would find in a rule.

Each function says in our words what a job of its CI looks at; a finding there fails the job.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sigmacast.checks.base import Subject
from sigmacast.contribution.repository import (
    KEYS_OF_LOG_SOURCE,
    LOG_SOURCES,
    Repository,
    RuleFile,
)
from sigmacast.contribution.table import table
from sigmacast.loading import RuleSource
from sigmacast.marks import lines_of

LINT, LOG_SOURCE, RULES, IDS = "yamllint", "test_logsource.py", "test_rules.py", "unique ids"
"""Jobs, as the repository names them or nearly so."""

_SPECIAL = ("|base64", "|re")
_DEEPEST = 3
"""How deep below ``detection`` lists are looked at for repetitions."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a job of the repository would fail on; ``line`` and ``column`` from 1 where known.

    One that is a ``duplicate`` of another rule is not to be mended in this one.
    """

    job: str
    message: str
    line: int | None = None
    column: int | None = None
    duplicate: bool = False


def log_source_problems(repository: Repository, subject: Subject) -> Iterator[Problem]:
    """Whether the repository knows the log source, and all fields where it lists them."""
    logsource = subject.source.data["logsource"]
    for key, value in logsource.items():
        if key not in (*KEYS_OF_LOG_SOURCE, "definition"):
            yield Problem(LOG_SOURCE, f"logsource has an unknown key {key}")
        elif not isinstance(value, str):
            yield Problem(LOG_SOURCE, f"{key} of logsource must be a text")
            return
    text = repository.text(LOG_SOURCES)
    if text is None:
        return
    try:
        known = _Known(json.loads(text))
        fields = known.fields(*(logsource.get(key) or None for key in KEYS_OF_LOG_SOURCE))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        yield Problem(LOG_SOURCE, f"{LOG_SOURCES} of the repository is not of the known form")
        return
    if fields is None:
        said = "/".join(str(logsource.get(key) or "-") for key in KEYS_OF_LOG_SOURCE)
        yield Problem(LOG_SOURCE, f"the log source {said} is not in {LOG_SOURCES}")
        return
    for test in subject.tests:
        if fields and test.field is not None and test.field not in fields:
            place = subject.source.position(test.at)
            said = f"the field {test.field} is not among those of {LOG_SOURCES}"
            yield Problem(LOG_SOURCE, said, *(place or (None, None)))


class _Known:
    """The log sources and fields of ``tests/logsource.json``."""

    def __init__(self, data: Any) -> None:
        self._legit: Mapping[str, Any] = data["legit"]
        self._addon: Mapping[str, Any] = data.get("addon", {})

    def fields(
        self, product: str | None, category: str | None, service: str | None
    ) -> frozenset[str] | None:
        """The fields of a log source, empty for any; None for one that is not known."""
        name = product or "empty"
        known = self._legit.get(name)
        if known is None:
            return None
        common = frozenset(known.get("common", ()))
        for kind, value in (("category", category), ("service", service)):
            if value is not None and value in known[kind]:
                own = frozenset(known[kind][value])
                more = frozenset(self._addon.get(name, {}).get(kind, {}).get(value, ()))
                return (own | more | common) if own | more else frozenset()
        if category is None and service is None:
            return frozenset(known.get("empty", ()))
        return None


def id_problems(repository: Repository, rule: RuleSource) -> Iterator[Problem]:
    """Whether the rule has an id, and one that no other rule has, retired ones included."""
    own = rule.ref.id
    if own is None:
        yield Problem(IDS, "the rule has no id: add a new random UUID (version 4)")
        return
    for each in repository.files:
        if own.lower() in each.ids:
            yield Problem(IDS, f"the id {own} is that of {each.path}", duplicate=True)


def text_problems(rule: RuleSource) -> Iterator[Problem]:
    """Names that the repository does not write for the sake of their owners, comments included."""
    for number, line in enumerate(lines_of(rule.text), start=1):
        for name in table()["trademarks"]:
            if name in line:
                said = f"'{name}' is a trademark that no rule there may write"
                yield Problem(RULES, said, number, line.index(name) + 1)
                break


def name_problems(repository: Repository, rule: RuleSource, place: str) -> Iterator[Problem]:
    """Whether the file's name is new in all trees, and begins as those of its product do."""
    name = PurePosixPath(place).name
    for each in repository.files:
        if not each.is_retired and each.path != place and PurePosixPath(each.path).name == name:
            yield Problem(RULES, f"the file name is that of {each.path}", duplicate=True)
    prefix = table()["file_prefix"].get(str(rule.data["logsource"].get("product")))
    if prefix is not None and not name.startswith(prefix):
        yield Problem(RULES, f"the file name must begin with {prefix}")


def detection_problems(subject: Subject) -> Iterator[Problem]:
    """Repeated values, blanks in field names, and quantifiers over a single selection."""
    detection = subject.source.data["detection"]
    for said in _repetitions(detection, 1, special=False):
        yield Problem(RULES, f"repeated in a list: {said}")
    for name in _keys(detection):
        if " " in name:
            yield Problem(RULES, f"a field name has a blank: {name}")
    if len(detection) == 2 and "them" in str(detection["condition"]):
        yield Problem(RULES, "the condition says 'them' where there is one selection only")


def duplicate_problems(
    rule: RuleSource, others: Iterable[tuple[RuleFile, RuleSource]]
) -> Iterator[Problem]:
    """Rules of the same log source with the same detection, names of selections included."""
    for file, other in others:
        if not file.is_retired and _same_detection(rule.data["detection"], other.data["detection"]):
            yield Problem(RULES, f"{file.path} has exactly this detection", duplicate=True)


def _same_detection(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """As the repository's test has it: it never takes lists of mappings for equal."""
    if len(one) != len(other):
        return False
    for name, part in one.items():
        if name == "timeframe":
            continue
        if name not in other or part != other[name]:
            return False
        if isinstance(part, (list, dict)) and not all(isinstance(key, str) for key in part):
            return False
    return True


def _repetitions(item: Any, depth: int, *, special: bool) -> Iterator[str]:
    """Values that a list has twice, without case unless a modifier minds it."""
    if isinstance(item, list):
        if all(isinstance(each, str) for each in item):
            seen: set[str] = set()
            for each in item:
                said = each if special else each.lower()
                if said in seen:
                    yield each
                seen.add(said)
        else:
            for each in item:
                if isinstance(each, dict):
                    yield from _repetitions(each, depth + 1, special=special)
    elif isinstance(item, dict) and depth <= _DEEPEST:
        for key, value in item.items():
            minds = special or any(each in str(key) for each in _SPECIAL)
            yield from _repetitions(value, depth + 1, special=minds)


def _keys(item: Mapping[Any, Any]) -> Iterator[str]:
    for key, value in item.items():
        yield str(key)
        if isinstance(value, dict):
            yield from _keys(value)
