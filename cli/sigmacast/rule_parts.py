"""What pySigma's rules are made of, where pySigma itself has no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from sigma.conditions import ConditionItem, SigmaCondition
from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaExists, SigmaNull, SigmaString, SigmaType, SpecialChars

STAR = SpecialChars.WILDCARD_MULTI


def items_of(detection: SigmaDetection) -> Iterator[SigmaDetectionItem]:
    """The items of a detection and of all detections within it."""
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            yield from items_of(item)
        else:
            yield item


@lru_cache(maxsize=1024)
def condition_tree(text: str) -> ConditionItem:
    """A condition over names of selections, as pySigma parses it; raises SigmaConditionError.

    All rules with the same condition share the tree: it must not be changed. (pySigma copies it
    deeply each time, since it puts the selections into it.)
    """
    unused: Any = None  # selections are looked up after parsing
    tree = SigmaCondition(text, unused).parse(postprocess=False)
    assert isinstance(tree, ConditionItem)
    return tree


def correlation_fields(rule: SigmaCorrelationRule) -> Iterator[str]:
    """The fields that a correlation groups, joins or counts by; aliases by what they stand for."""
    return (name for _, name in correlation_keys(rule))


def correlation_keys(rule: SigmaCorrelationRule) -> Iterator[tuple[str, str]]:
    """The same fields, each with its role in words."""
    aliases = {alias.alias for alias in rule.aliases}
    yield from (("group by", name) for name in rule.group_by or () if name not in aliases)
    for alias in rule.aliases:
        for reference, name in alias.mapping.items():
            yield f"{alias.alias} in {reference}", name
    counted = getattr(rule.condition, "fieldref", None)
    if counted is not None:
        names = counted if isinstance(counted, list) else [counted]
        yield from (("counted", name) for name in names)


def asks_for_absence(value: SigmaType) -> bool:
    """Whether a value asks that the field be absent: null, or ``exists: false``."""
    return isinstance(value, SigmaNull) or (isinstance(value, SigmaExists) and not value.exists)


def asks_for_presence(value: SigmaType) -> bool:
    """Whether any value will do: ``exists: true``, or ``*``."""
    if isinstance(value, SigmaString):
        return is_anything(value)
    return isinstance(value, SigmaExists) and value.exists


def asks_if_present(value: SigmaType) -> bool:
    """Whether a value asks only if the field is there, or is not."""
    return asks_for_absence(value) or asks_for_presence(value)


def is_anything(value: SigmaString) -> bool:
    """Whether the value is ``*`` alone, which any value matches; the empty text is not."""
    parts = value.s
    # The first part decides for nearly all, and this runs for each value of each rule.
    return bool(parts) and parts[0] is STAR and all(part is STAR for part in parts)


def has_letters(value: SigmaString) -> bool:
    """Whether case makes a difference to a value."""
    return any(isinstance(part, str) and part.lower() != part.upper() for part in value.s)


def anywhere(value: SigmaString) -> SigmaString:
    """The value with ``*`` at both ends: a keyword may stand anywhere in a text."""
    if not value.startswith(STAR):
        value = STAR + value
    return value if value.endswith(STAR) else value + STAR


def written(
    value: SigmaString, literal: Callable[[str], str], *, many: str = "*", one: str = "?"
) -> str:
    """A value in the text of a language: *literal* writes its texts, *many* and *one* stand for
    the wildcards ``*`` and ``?``.

    Placeholders must have their values by now.
    """
    return "".join(
        literal(part) if isinstance(part, str) else many if part is STAR else one
        for part in value.s
    )
