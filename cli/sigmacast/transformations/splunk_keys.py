"""The keys of a correlation by the names that Splunk gives its rules' fields."""

from __future__ import annotations

from collections.abc import Iterable

from sigma.correlations import SigmaCorrelationRule, SigmaRuleReference
from sigma.rule import SigmaRule

from sigmacast.transformations.event_names import Pins
from sigmacast.transformations.splunk_names import RawPath, is_below, known_names


def rename_keys(rule: SigmaCorrelationRule) -> None:
    """Name what a correlation groups, joins and counts by, where AWS's shapes tell it.

    A key stays as it is where its rules' operations do not agree on one name.
    """
    references = rule.rules or []
    pins = {each: Pins.of(each.rule) for each in references if isinstance(each.rule, SigmaRule)}

    def renamed(name: str, of: Iterable[SigmaRuleReference] = references) -> str:
        found = {_name(name, pins.get(reference)) for reference in of}
        return found.pop() if len(found) == 1 else name

    aliases = {alias.alias for alias in rule.aliases}
    if rule.group_by is not None:
        rule.group_by = [name if name in aliases else renamed(name) for name in rule.group_by]
    for alias in rule.aliases:
        alias.mapping = {each: renamed(name, [each]) for each, name in alias.mapping.items()}
    counted = getattr(rule.condition, "fieldref", None)
    if counted is not None:
        names = list(map(renamed, counted)) if isinstance(counted, list) else renamed(counted)
        rule.condition.fieldref = names  # type: ignore[union-attr]


def _name(name: str, pins: Pins | None) -> str:
    if pins is None or not is_below(name):
        return name
    known, is_complete = known_names(name, pins.operations())
    is_one_field = is_complete and len(known) == 1 and not isinstance(known[0], RawPath)
    return known[0] if is_one_field else name
