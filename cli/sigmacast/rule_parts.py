"""What pySigma's rules are made of, where pySigma itself has no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import SigmaString, SpecialChars

STAR = SpecialChars.WILDCARD_MULTI


def items_of(detection: SigmaDetection) -> Iterator[SigmaDetectionItem]:
    """The items of a detection and of all detections within it."""
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            yield from items_of(item)
        else:
            yield item


def correlation_fields(rule: SigmaCorrelationRule) -> Iterator[str]:
    """The fields that a correlation groups, joins or counts by; aliases by what they stand for."""
    aliases = {alias.alias for alias in rule.aliases}
    yield from (name for name in rule.group_by or () if name not in aliases)
    for alias in rule.aliases:
        yield from alias.mapping.values()
    counted = getattr(rule.condition, "fieldref", None)
    if counted is not None:
        yield from (counted if isinstance(counted, list) else [counted])


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
