"""Rule files to sources: each document once, parsed, with the file that it came from.

A source is never changed; every target builds its own pySigma rule from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sigmacast.diagnostics import CODES, Diagnostic, Route, make
from sigmacast.jobs import in_slices
from sigmacast.rule_files import RuleFile, read_text, reading_problem, rule_files
from sigmacast.rule_form import Kind, check_form, kind_of
from sigmacast.yaml_reader import Document, read_documents
from sigmacast.yaml_reader import position as yaml_position

RULE_KEYS = frozenset({"title", "logsource", "detection", "correlation", "filter", "action"})
COMPANION_KEYS = frozenset({"regression_tests_info", "near_misses", "rule"})
"""Keys of ``info.yml``, which describes a rule's test events, and of its deployment."""


@dataclass(frozen=True, slots=True)
class RuleRef:
    """How reports name a rule; id and title are None where they are unknown."""

    id: str | None
    title: str | None
    path: str


@dataclass(frozen=True)
class RuleSource:
    """One document: a rule, correlation or filter, with ``action: global`` already merged in."""

    path: str
    document: int
    kind: Kind
    data: Mapping[str, Any]
    text: str = field(repr=False)
    part_of_correlation: bool = False
    """Whether a loaded correlation uses this rule and does not ask for it on its own."""

    @property
    def ref(self) -> RuleRef:
        """The rule's name for reports."""
        return RuleRef(_text(self.data.get("id")), _text(self.data.get("title")), self.path)

    @property
    def names(self) -> tuple[str, ...]:
        """What a correlation or a filter may call this rule by."""
        found = (_text(self.data.get("name")), _text(self.data.get("id")))
        return tuple(name for name in found if name)

    def position(self, route: Route) -> tuple[int, int] | None:
        """Line and column, from 1, of a place in this document."""
        return yaml_position(self.text, self.document, route)


@dataclass(frozen=True, slots=True)
class Unusable:
    """A document that cannot be used, and why."""

    ref: RuleRef
    finding: Diagnostic


@dataclass(frozen=True)
class Ruleset:
    """Everything found at the paths given, in order."""

    sources: tuple[RuleSource, ...] = ()
    unusable: tuple[Unusable, ...] = ()
    filters: tuple[RuleSource, ...] = ()
    passed_over: int = 0
    missing: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[RuleSource, ...]:
        """What stands for a query of its own."""
        return tuple(source for source in self.sources if not source.part_of_correlation)

    def find(self, name: str) -> RuleSource | None:
        """The rule or correlation of a name or id."""
        return self._by_name.get(name)

    @property
    def _by_name(self) -> dict[str, RuleSource]:
        cached: dict[str, RuleSource] | None = self.__dict__.get("_names")
        if cached is None:
            cached = {}
            for source in self.sources:
                for name in source.names:
                    cached.setdefault(name, source)
            self.__dict__["_names"] = cached
        return cached


def load(
    paths: Iterable[str | Path], filters: Iterable[str | Path] = (), *, jobs: int = 1
) -> Ruleset:
    """Load rules from files, folders and ``-`` (standard input), and filters beside them.

    Nothing is raised for a bad file: it is listed in ``unusable``, a path that is not there in
    ``missing``. In a folder, YAML that is no rule is passed over and counted; a file that the
    caller names must be a rule. *jobs* is the most processes to use for many files.
    """
    missing: list[str] = []
    files = [
        *((file, None) for path in paths for file in rule_files(str(path), missing)),
        *((file, Kind.FILTER) for path in filters for file in rule_files(str(path), missing)),
    ]
    parts = list(in_slices(lambda start, stop: _read(files[start:stop]), len(files), jobs))
    sources = tuple(source for part in parts for source in part.sources)
    hidden = _parts_of_correlations(sources)
    return Ruleset(
        tuple(
            replace(source, part_of_correlation=True) if id(source) in hidden else source
            for source in sources
        ),
        tuple(bad for part in parts for bad in part.unusable),
        tuple(source for part in parts for source in part.filters),
        sum(part.passed_over for part in parts),
        tuple(missing),
    )


def _read(files: Sequence[tuple[RuleFile, Kind | None]]) -> _Reader:
    reader = _Reader()
    for file, only in files:
        reader.read(file, only)
    return reader


class _Reader:
    def __init__(self) -> None:
        self.sources: list[RuleSource] = []
        self.filters: list[RuleSource] = []
        self.unusable: list[Unusable] = []
        self.passed_over = 0

    def read(self, file: RuleFile, only: Kind | None) -> None:
        path = file.path
        try:
            text = read_text(path)
        except (OSError, ValueError) as error:
            self._refuse(path, make("SC001", reading_problem(error), hint=CODES["SC001"].cure))
            return
        documents = list(read_documents(text))
        if not file.named and not _looks_like_rules(documents):
            self.passed_over += not _is_companion(documents)
            return
        if not any(document.value is not None or document.problem for document in documents):
            self._refuse(
                path, make("SC003", "the file is empty", hint="write a rule, or remove it")
            )
            return
        before = len(self.sources) + len(self.filters) + len(self.unusable)
        self._documents(path, text, documents, only)
        if file.named and before == len(self.sources) + len(self.filters) + len(self.unusable):
            self._refuse(path, make("SC003", "the file holds no rule"))

    def _documents(
        self, path: str, text: str, documents: Sequence[Document], only: Kind | None
    ) -> None:
        template: dict[str, Any] = {}
        previous: dict[str, Any] = {}
        for document in documents:
            data = document.value
            if document.problem is not None:
                problem = document.problem
                finding = make(problem.code, problem.message, hint=CODES[problem.code].cure)
                self._refuse(path, replace(finding, line=problem.line, column=problem.column))
                continue
            if data is None:
                continue
            if not isinstance(data, dict):
                self._refuse(path, _no_mapping(data, text, document.index))
                continue
            action = data.get("action")
            rest = {key: value for key, value in data.items() if key != "action"}
            if action == "global":
                template = previous = rest
                continue
            if action == "reset":
                template = {}
                continue
            if action == "repeat":
                rest = _merge(previous, rest)
            elif action is not None:
                self._refuse(
                    path,
                    make(
                        "SC003",
                        f"unknown action '{action}'",
                        hint="an action is global, reset or repeat",
                    ),
                    rest,
                    text,
                    document.index,
                    ("action",),
                )
                continue
            elif "correlation" not in rest and "filter" not in rest:
                rest = _merge(rest, template)
            previous = rest
            self._source(RuleSource(path, document.index, _kind(rest), rest, text), only)

    def _source(self, source: RuleSource, only: Kind | None) -> None:
        problem = check_form(source.kind, source.data)
        if problem is not None:
            self._refuse(
                source.path, problem, source.data, source.text, source.document, problem.at
            )
        elif source.kind is Kind.FILTER:
            self.filters.append(source)
        elif only is Kind.FILTER:
            self._refuse(
                source.path, make("SC003", "a Sigma filter was expected here"), source.data
            )
        else:
            self.sources.append(source)

    def _refuse(
        self,
        path: str,
        finding: Diagnostic,
        data: Mapping[str, Any] | None = None,
        text: str | None = None,
        document: int = 0,
        route: Route = (),
    ) -> None:
        if text is not None and finding.line is None:
            place = yaml_position(text, document, route)
            if place is not None:
                finding = replace(finding, line=place[0], column=place[1])
        data = data or {}
        ref = RuleRef(_text(data.get("id")), _text(data.get("title")), path)
        self.unusable.append(Unusable(ref, finding))


def _parts_of_correlations(sources: Sequence[RuleSource]) -> set[int]:
    """The ids of sources that stand in the query of a correlation.

    Correlations that only refer to each other are no parts: they are shown, and then refused.
    """
    by_name: dict[str, list[int]] = {}
    for source in sources:
        for name in source.names:
            by_name.setdefault(name, []).append(id(source))
    uses = {
        id(source): {
            used
            for name in referenced_names(source)
            for used in by_name.get(name, ())
            if used != id(source)
        }
        for source in sources
        if source.kind is Kind.CORRELATION and not _correlation(source).get("generate")
    }
    hidden = set().union(*uses.values())
    seen: set[int] = set()
    below = [id(source) for source in sources if id(source) not in hidden]
    while below:
        current = below.pop()
        if current not in seen:
            seen.add(current)
            below.extend(uses.get(current, ()))
    return hidden & seen


def referenced_names(source: RuleSource) -> list[str]:
    """The names and ids of the rules that a correlation refers to."""
    rules = _correlation(source).get("rules")
    if isinstance(rules, str):
        return [rules]
    if isinstance(rules, list):
        return [str(rule) for rule in rules]
    condition = _correlation(source).get("condition")
    if isinstance(condition, str):
        return [
            word
            for word in condition.replace("(", " ").replace(")", " ").split()
            if word not in ("and", "or", "not")
        ]
    return []


def _looks_like_rules(documents: Sequence[Document]) -> bool:
    if not any(document.value is not None or document.problem for document in documents):
        return True
    return any(
        document.problem is not None
        or (document.value is not None and not isinstance(document.value, dict))
        or (isinstance(document.value, dict) and not RULE_KEYS.isdisjoint(document.value))
        for document in documents
    )


def _is_companion(documents: Sequence[Document]) -> bool:
    """Whether a file belongs to a rule and is none itself, so that nothing need be said of it."""
    return any(
        isinstance(document.value, dict) and not COMPANION_KEYS.isdisjoint(document.value)
        for document in documents
    )


def _no_mapping(data: Any, text: str, document: int) -> Diagnostic:
    place = yaml_position(text, document, ())
    finding = make("SC003", f"a rule is a mapping, not {kind_of(data)}", hint=CODES["SC003"].cure)
    return replace(finding, line=place[0], column=place[1]) if place else finding


def _kind(data: Mapping[str, Any]) -> Kind:
    if "correlation" in data:
        return Kind.CORRELATION
    return Kind.FILTER if "filter" in data else Kind.RULE


def _correlation(source: RuleSource) -> Mapping[str, Any]:
    found = source.data.get("correlation")
    return found if isinstance(found, dict) else {}


def _merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """*above* over *below*, mappings merged key by key, as Sigma's actions do; both stay."""
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        result[key] = (
            _merge(old if isinstance(old, dict) else {}, value)
            if isinstance(value, dict)
            else value
        )
    return result


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
