"""Regression data of a rule: events that it must match, and near misses that it must not.

Laid out as SigmaHQ keeps it (``regression_data/<path of the rule>/info.yml``), so that the data is
found by the rule's path and the rule itself needs no key. ``near_misses`` is our addition:

    near_misses:
        - name: the call was denied
          misses: errorCode
          path: regression_data/…/denied.json
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sigmacast.companions import candidates, place
from sigmacast.diagnostics import CODES, Diagnostic, Route, make
from sigmacast.loading import RuleSource
from sigmacast.rule_files import STDIN, read_file, reading_problem
from sigmacast.rule_form import kind_of
from sigmacast.yaml_reader import position, read_documents

FOLDER = "regression_data"
INFO = "info.yml"
OTHER_TYPES = frozenset({"evtx"})
"""Types of SigmaHQ's that hold no CloudTrail records."""

MAX_INFO_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Case:
    """One file of events, and what the rule must make of them.

    ``must_match`` is False for a near miss, whose ``misses`` names the fields that decide it.
    ``match_count`` is the exact number of matches, None for one or more.
    """

    name: str
    path: Path
    kind: str
    must_match: bool
    match_count: int | None = None
    misses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegressionData:
    """What an ``info.yml`` says: the rules that it is for (none named: any), and the cases."""

    info: Path
    rule_ids: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    problems: tuple[Diagnostic, ...] = ()


def find_data(source: RuleSource) -> Path | None:
    """The ``info.yml`` of a rule, None if there is none.

    By the rule's own ``regression_tests_path``, as SigmaHQ has it, else by its path: for
    ``sigma/rules/cloud/x.yml`` it is ``sigma/regression_data/rules/cloud/x/info.yml``.
    """
    return next((found for found in _candidates(source) if found.is_file()), None)


def place_for_data(source: RuleSource) -> Path:
    """Where the ``info.yml`` of a rule belongs that has none yet.

    Beside the outermost ``rules`` folder above the rule, else beside the rule itself.
    """
    return place(source.path, FOLDER) / INFO


def read_data(info: Path) -> RegressionData:
    """Read an ``info.yml``; what is wrong with it is in ``problems``, the rest is read."""
    try:
        text = read_file(info, MAX_INFO_BYTES)
    except (OSError, ValueError) as error:
        return RegressionData(info, problems=(_problem(reading_problem(error)),))
    documents = list(read_documents(text))
    bad = next((document.problem for document in documents if document.problem), None)
    if bad is not None:
        found = replace(_problem(bad.message), line=bad.line, column=bad.column)
        return RegressionData(info, problems=(found,))
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        return RegressionData(info, problems=(_problem("the file must be one YAML mapping"),))
    return _Reader(info, text, documents[0].value).data()


def _candidates(source: RuleSource) -> Iterator[Path]:
    if source.path == STDIN:
        return
    named = source.data.get("regression_tests_path")
    if isinstance(named, str) and not os.path.isabs(named) and ".." not in Path(named).parts:
        for above in Path(os.path.abspath(source.path)).parents:
            yield above / named
    yield from (found / INFO for found in candidates(source.path, FOLDER))


def _problem(message: str) -> Diagnostic:
    return make("SC404", message, hint=CODES["SC404"].cure)


class _Reader:
    """One mapping to cases; each problem with its place."""

    def __init__(self, info: Path, text: str, data: Mapping[Any, Any]) -> None:
        self._info = info
        self._text = text
        self._data = data
        self._problems: list[Diagnostic] = []
        # What the paths in SigmaHQ's files are relative to.
        self._root = next((up.parent for up in info.parents if up.name == FOLDER), info.parent)

    def data(self) -> RegressionData:
        """All that can be used."""
        cases = [
            *self._cases("regression_tests_info", must_match=True),
            *self._cases("near_misses", must_match=False),
        ]
        if not cases and not self._problems:
            self._tell("there is no test in it", ())
        return RegressionData(self._info, self._rule_ids(), tuple(cases), tuple(self._problems))

    def _rule_ids(self) -> tuple[str, ...]:
        rules = self._data.get("rule_metadata")
        if rules is None:
            return ()
        if not isinstance(rules, list):
            self._tell(f"rule_metadata must be a list, not {kind_of(rules)}", ("rule_metadata",))
            return ()
        return tuple(str(each["id"]) for each in rules if isinstance(each, dict) and "id" in each)

    def _cases(self, key: str, *, must_match: bool) -> Iterator[Case]:
        listed = self._data.get(key)
        if listed is None:
            return
        if not isinstance(listed, list):
            self._tell(f"{key} must be a list, not {kind_of(listed)}", (key,))
            return
        for index, entry in enumerate(listed):
            route = (key, index)
            if not isinstance(entry, dict):
                self._tell(f"a test must be a mapping, not {kind_of(entry)}", route)
                continue
            case = self._case(entry, route, must_match=must_match)
            if case is not None:
                yield case

    def _case(self, entry: Mapping[Any, Any], route: Route, *, must_match: bool) -> Case | None:
        kind = str(entry.get("type", "json"))
        path = self._path(entry.get("path"), route)
        count = entry.get("match_count")
        if count is not None and (
            not isinstance(count, int) or isinstance(count, bool) or count < 0
        ):
            self._tell("match_count must be a number from 0 on", (*route, "match_count"))
            return None
        misses = entry.get("misses", [])
        misses = [misses] if isinstance(misses, str) else misses
        if not isinstance(misses, list) or not all(isinstance(each, str) for each in misses):
            self._tell("misses must be the name of a field, or a list of them", (*route, "misses"))
            return None
        if path is None:
            return None
        name = str(entry.get("name") or path.stem)
        return Case(name, path, kind, must_match and count != 0, count, tuple(misses))

    def _path(self, named: Any, route: Route) -> Path | None:
        """The file of a case: below the root, as SigmaHQ writes it, or beside the info file."""
        if not isinstance(named, str) or not named:
            self._tell("the test has no path", route)
            return None
        for base in (self._root, self._info.parent):
            path = Path(os.path.normpath(base / named))
            if path.exists() and _is_below(path, base):
                return path
        inside = _is_below(Path(os.path.normpath(self._root / named)), self._root)
        why = "there is no such file" if inside else "the path leads out of the repository"
        self._tell(f"{named}: {why}", (*route, "path"))
        return None

    def _tell(self, message: str, route: Route) -> None:
        finding = _problem(message)
        place = position(self._text, 0, route) if route else None
        if place is not None:
            finding = replace(finding, line=place[0], column=place[1])
        self._problems.append(finding)


def _is_below(path: Path, folder: Path) -> bool:
    """Whether a path, links followed, lies in a folder."""
    real, root = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath([real, root]) == root
