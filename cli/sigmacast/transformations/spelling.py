"""``sigmacast_spelling``: values that AWS always writes in one way are compared in that way.

Sigma ignores case, Elasticsearch's keyword fields do not. Where AWS knows one spelling only (event
names, regions, kinds of identity), an exact comparison means the same and costs less; a value that
the rule writes in another case is put right. Everything else stays as it is, and the target has to
ignore case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from sigma.exceptions import SigmaConfigurationError
from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaCasedString, SigmaString, SigmaType

from sigmacast import aws
from sigmacast.diagnostics import report
from sigmacast.matching.patterns import pattern_test
from sigmacast.rule_parts import is_anything, written
from sigmacast.schema import Field, catalogue

MODES = ("auto", "insensitive", "sensitive")
"""How case is treated: as the catalogue says, never minded, always minded (``--case``)."""


@dataclass
class Spelling(DetectionItemTransformation):
    """Mark values as minding case where that changes nothing; to run before any mapping.

    The pipeline's variable ``case`` is one of ``MODES``.
    """

    def apply_detection_item(
        self, detection_item: SigmaDetectionItem
    ) -> SigmaDetection | SigmaDetectionItem | None:
        """Replace the texts of an item."""
        mode = str(self._pipeline.vars.get("case") or "auto") if self._pipeline else "auto"
        if mode not in MODES:
            raise SigmaConfigurationError(f"case is {', '.join(MODES)}, not '{mode}'")
        name = detection_item.field
        if name is None or mode == "insensitive":
            return None
        row = catalogue().find(name)
        changed = [_spelled(value, name, row, mode) for value in detection_item.value]
        if all(new is old for new, old in zip(changed, detection_item.value, strict=True)):
            return None
        detection_item.value = changed
        return detection_item


def _spelled(value: SigmaType, name: str, row: Field | None, mode: str) -> SigmaType:
    if type(value) is not SigmaString or value.contains_placeholder() or is_anything(value):
        return value
    if mode == "sensitive":
        return SigmaCasedString.from_sigma_string(value)
    if row is None or not row.spelling:
        return value
    right = right_spelling(row, value)
    if right is None:
        return value
    if tuple(right.s) != tuple(value.s):
        report(
            "SC105",
            f"CloudTrail writes {name} as '{_shown(right)}', not '{_shown(value)}'; the query "
            "looks for the former",
            field=name,
        )
    return SigmaCasedString.from_sigma_string(right)


def right_spelling(row: Field, value: SigmaString) -> SigmaString | None:
    """The value in the only spelling that its field has; None where case has to be ignored.

    A value that no list has is taken as it is written: lists are never complete, and the field
    has one spelling all the same.
    """
    if row.spelling in ("lower", "upper") and not _is_listed(row, value):
        change = str.lower if row.spelling == "lower" else str.upper
        return value.map_parts(lambda part: change(part) if isinstance(part, str) else part)
    if not value.contains_special() and row.spelling == "event names":
        return _spelled_as(value, aws.spellings_of(value.to_plain_regex()))
    listed = _listed(row.spelling, row.values)
    if value.contains_special():
        pattern = value.to_plain()
        if not _matches_any(listed, pattern):
            return value
        return value if _matches_alike(listed, pattern) else None
    return _spelled_as(value, listed.by_folded.get(value.to_plain_regex().lower(), ()))


def _spelled_as(value: SigmaString, spellings: tuple[str, ...]) -> SigmaString | None:
    """The value in the only spelling there is; None if there are several, none of them its own."""
    if not spellings or value.to_plain_regex() in spellings:
        return value
    return SigmaString(spellings[0].replace("\\", "\\\\")) if len(spellings) == 1 else None


def _is_listed(row: Field, value: SigmaString) -> bool:
    return bool(row.values) and _matches_any(_listed(row.spelling, row.values), value.to_plain())


class _Listed:
    """The values of a list, prepared for questions without case."""

    def __init__(self, values: Iterable[str]) -> None:
        self.values = tuple(values)

    @cached_property
    def by_folded(self) -> Mapping[str, tuple[str, ...]]:
        """The spellings of each value."""
        found: dict[str, tuple[str, ...]] = {}
        for each in self.values:
            found[each.lower()] = (*found.get(each.lower(), ()), each)
        return found

    @cached_property
    def text(self) -> str:
        """All of them in lower case."""
        return "\n".join(self.values).lower()


@cache
def _listed(spelling: str, values: tuple[str, ...]) -> _Listed:
    """The list of a field: AWS's names where it holds those, else its own values."""
    if spelling == "event names":
        return _Listed(aws.event_names())
    if spelling == "event sources":
        return _Listed(aws.event_sources())
    return _Listed(values)


@lru_cache(maxsize=1024)
def _matches_alike(listed: _Listed, pattern: str) -> bool:
    """Whether a pattern matches some of the list, and the same ones with and without case."""
    value = SigmaString(pattern)
    minding, ignoring = pattern_test(value, cased=True), pattern_test(value, cased=False)
    found = [each for each in listed.values if ignoring(each)]
    return bool(found) and all(map(minding, found))


@lru_cache(maxsize=1024)
def _matches_any(listed: _Listed, pattern: str) -> bool:
    """Whether a pattern matches some of the list, ignoring case."""
    parts = [part for part in SigmaString(pattern).s if isinstance(part, str)]
    if not all(part.lower() in listed.text for part in parts):
        return False  # nearly all that do not match, without a look at each of 20,000 names
    return any(map(pattern_test(SigmaString(pattern), cased=False), listed.values))


def _shown(value: SigmaString) -> str:
    return written(value, str)
