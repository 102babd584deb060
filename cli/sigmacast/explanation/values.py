"""Items and values of a rule as the rule or a reader writes them."""

from __future__ import annotations

from typing import Any

from sigma.conditions import ConditionAND
from sigma.modifiers import SigmaRegularExpressionModifier, reverse_modifier_mapping
from sigma.rule import SigmaDetectionItem
from sigma.types import (
    SigmaBool,
    SigmaNull,
    SigmaNumber,
    SigmaQueryExpression,
    SigmaString,
    SigmaType,
)

from sigmacast.diagnostics import Refusal
from sigmacast.matching.values import shown


def as_written(item: SigmaDetectionItem) -> tuple[str, tuple[Any, ...]]:
    """Field and modifiers as in the rule, and its values."""
    names = [reverse_modifier_mapping.get(each.__name__, each.__name__) for each in item.modifiers]
    written = "|".join([item.field or "", *names])
    values = item.original_value if item.original_value is not None else item.value
    raw = SigmaRegularExpressionModifier in item.modifiers
    return written, tuple(_plain(value, raw=raw) for value in values)


def _plain(value: SigmaType, *, raw: bool) -> Any:
    if isinstance(value, SigmaString):
        return value.to_plain(raw)
    if isinstance(value, (SigmaNumber, SigmaBool, SigmaNull)):
        return value.to_plain()
    return shown_value(value)


def said(item: SigmaDetectionItem) -> str:
    """An item on one line."""
    joiner = " and " if item.value_linking is ConditionAND else " or "
    values = joiner.join(map(shown_value, item.value)) if item.value else "absent"
    return f"{'not ' if item.negated else ''}{item.field or 'keyword'}: {values}"


def shown_value(value: SigmaType) -> str:
    """A value as a reader writes it."""
    if isinstance(value, SigmaQueryExpression):
        return value.expr
    try:
        return shown(value)
    except (Refusal, TypeError, AttributeError, KeyError):  # values that no event is matched by
        return str(value)
