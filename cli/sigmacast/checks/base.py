"""What a check sees of a rule, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule

from sigmacast.building import build_correlation, build_rule
from sigmacast.converting import Caster, casters
from sigmacast.diagnostics import Diagnostic, Route, Severity
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.marks import Marks, Span
from sigmacast.naming import is_cloudtrail_source
from sigmacast.options import Options
from sigmacast.rule_form import Kind

DETECTION = "detection"


@dataclass(frozen=True)
class CheckOptions:
    """What a run of the checks was told.

    ``profile`` None runs all validators, ``sigmahq`` those of that repository. ``today`` is the day
    that checks of dates go by. ``targets`` are those whose conversion is tried.
    """

    profile: str | None = None
    today: date = field(default_factory=date.today)
    targets: tuple[str, ...] = ()
    conversion: Options = field(default_factory=Options)

    @cached_property
    def casters(self) -> Sequence[Caster]:
        """The targets made ready, which takes as long as a hundred rules; raises UsageError."""
        return casters(self.targets, self.conversion)


@dataclass(frozen=True, slots=True)
class Test:
    """One field test of a detection as it is written: ``field|modifiers: values``.

    ``at`` leads to the key; ``values`` are the values with the route to each. ``field`` is None for
    keywords. ``selection`` is the name of the selection that it stands in.
    """

    selection: str
    field: str | None
    modifiers: tuple[str, ...]
    values: tuple[tuple[Any, Route], ...]
    at: Route


@dataclass(frozen=True)
class Subject:
    """A document under check."""

    source: RuleSource
    ruleset: Ruleset
    options: CheckOptions

    @cached_property
    def marks(self) -> Marks:
        """Where its parts stand."""
        return Marks(self.source.text, self.source.document)

    @cached_property
    def _built(self) -> SigmaRule | SigmaCorrelationRule | Exception | None:
        try:
            if self.source.kind is Kind.RULE:
                return build_rule(self.source, ())
            return build_correlation(self.source) if self.source.kind is Kind.CORRELATION else None
        except Exception as failure:  # `problem` tells of it
            return failure

    @property
    def rule(self) -> SigmaRule | None:
        """pySigma's rule, untouched by filters and pipelines; None for what is none or broken."""
        return self._built if isinstance(self._built, SigmaRule) else None

    @property
    def correlation(self) -> SigmaCorrelationRule | None:
        """pySigma's correlation; None for what is none or broken."""
        return self._built if isinstance(self._built, SigmaCorrelationRule) else None

    @cached_property
    def problem(self) -> Exception | None:
        """What pySigma raises for the document by itself, conditions included; None if nothing."""
        if isinstance(self._built, Exception):
            return self._built
        try:
            for condition in () if self.rule is None else self.rule.detection.parsed_condition:
                condition.parse()
        except Exception as failure:
            return failure
        return None

    @cached_property
    def is_cloudtrail(self) -> bool:
        """Whether the catalogue of CloudTrail fields knows its fields."""
        return is_cloudtrail_source(self.source)

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """All field tests, in the order of the file."""
        detection = self.source.data.get(DETECTION)
        if not isinstance(detection, dict):
            return ()
        return tuple(
            test
            for name, selection in detection.items()
            if name != "condition"
            for test in _tests(str(name), selection, (DETECTION, str(name)))
        )


def _tests(name: str, selection: Any, at: Route) -> Iterator[Test]:
    if isinstance(selection, Mapping):
        for key, value in selection.items():
            named, *modifiers = str(key).split("|")
            route = (*at, str(key))
            yield Test(name, named or None, tuple(modifiers), tuple(_values(value, route)), route)
    elif isinstance(selection, list):
        keywords = [
            (value, (*at, index))
            for index, value in enumerate(selection)
            if not isinstance(value, (dict, list))
        ]
        if keywords:
            yield Test(name, None, (), tuple(keywords), at)
        for index, value in enumerate(selection):
            if isinstance(value, (dict, list)):
                yield from _tests(name, value, (*at, index))
    elif selection is not None:
        yield Test(name, None, (), ((selection, at),), at)


def _values(value: Any, at: Route) -> Iterator[tuple[Any, Route]]:
    if isinstance(value, list):
        yield from ((each, (*at, index)) for index, each in enumerate(value))
    else:
        yield value, at


@dataclass(frozen=True, slots=True)
class Edit:
    """A safe correction: the text of a key's field, or of a scalar value, is replaced by *text*.

    ``whole_key`` replaces modifiers too.
    """

    at: Route
    on_value: bool
    text: str
    whole_key: bool = False


@dataclass(frozen=True, slots=True)
class Issue:
    """What a check found: a declared code, at a key or (``on_value``) at its value.

    ``span`` is where it stands if no route leads there. ``severity`` None is the code's own.
    ``alias`` is a name of its own within the check, as each of pySigma's validators has. ``edit``
    is given only where it cannot change what the author meant.
    """

    code: str
    message: str
    at: Route = ()
    on_value: bool = False
    field: str | None = None
    hint: str | None = None
    severity: Severity | None = None
    edit: Edit | None = None
    alias: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its name, which ignore comments and settings may use, and what it does.

    ``run`` may also give diagnostics: findings in another file that belongs to the rule, such as
    its deployment, which have their own path and place. ``whole`` looks at all rules together,
    once, in place of one after the other. ``prepare`` makes ready what all rules need, before the
    work is divided among processes; it raises UsageError for options that cannot be. ``aliases``
    are further names that its findings go by (``Issue.alias``).
    """

    name: str
    title: str
    codes: tuple[str, ...]
    run: Callable[[Subject], Iterable[Issue | Diagnostic]] | None = None
    whole: Callable[[Sequence[Subject]], Iterable[tuple[Subject, Issue]]] | None = None
    prepare: Callable[[CheckOptions], None] | None = None
    aliases: Callable[[], Iterable[str]] = tuple
