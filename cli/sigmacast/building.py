"""Sources to pySigma's objects: a fresh one for each target, with the filters that apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

from sigmacast.diagnostics import Refusal
from sigmacast.loading import Ruleset, RuleSource, referenced_names
from sigmacast.rule_form import Kind

Twin = TypeVar("Twin")


class Builder:
    """Makes a fresh rule for each target; parses a source once, however many targets there are."""

    def __init__(self, filters: Sequence[RuleSource], *, several_targets: bool = True) -> None:
        self._filters = filters
        self._keeps = several_targets
        self._source: RuleSource | None = None
        self._parsed: SigmaRule | None = None

    def rule(self, source: RuleSource) -> SigmaRule:
        """A rule that a pipeline may rewrite; raises for what no rule must be."""
        if not self._keeps:
            return build_rule(source, self._filters)
        if self._parsed is None or self._source is not source:
            self._parsed = None
            self._parsed = build_rule(source, self._filters)
            self._source = source
        return _fresh(self._parsed)


def _fresh(rule: SigmaRule) -> SigmaRule:
    """A copy of what pipelines rewrite in place: items, lists and conditions.

    The values themselves are shared: pySigma's transformations replace a value and never change
    it. (``copy.deepcopy`` takes longer than parsing the rule again.)
    """
    fresh = _twin(rule)
    fresh.fields = list(rule.fields)
    fresh.tags = list(rule.tags)
    fresh.custom_attributes = dict(rule.custom_attributes)
    fresh.applied_processing_items = set()
    fresh._backreferences = []
    fresh.detection = detections = _twin(rule.detection)
    detections.detections = {
        name: _fresh_detection(detection) for name, detection in rule.detection.detections.items()
    }
    detections.condition = list(rule.detection.condition)
    detections.__post_init__()  # conditions that refer to these detections
    return fresh


def _twin(original: Twin) -> Twin:
    """A shallow copy; ``copy.copy`` takes three times as long, and this runs for each item."""
    twin = object.__new__(type(original))
    twin.__dict__.update(original.__dict__)
    return twin


def _fresh_detection(detection: SigmaDetection) -> SigmaDetection:
    fresh = _twin(detection)
    fresh.detection_items = [
        _fresh_detection(item) if isinstance(item, SigmaDetection) else _fresh_item(item)
        for item in detection.detection_items
    ]
    return fresh


def _fresh_item(item: SigmaDetectionItem) -> SigmaDetectionItem:
    fresh = _twin(item)
    fresh.value = list(item.value)
    fresh.applied_processing_items = set()
    return fresh


def parts_of(source: RuleSource, ruleset: Ruleset, above: tuple[str, ...] = ()) -> list[RuleSource]:
    """The rules below a correlation, each before what needs it, and itself.

    Raises Refusal SC008 for a rule that is not there and for a correlation of itself.
    """
    needed: list[RuleSource] = []
    for name in referenced_names(source):
        found = ruleset.find(name)
        if found is None:
            raise Refusal(
                "SC008",
                f"the correlation refers to '{name}', which is not among the rules given",
                hint="give the file of that rule too",
                at=("correlation", "rules"),
            )
        if name in above:
            raise Refusal(
                "SC008", f"the correlation '{name}' refers to itself", at=("correlation",)
            )
        if found.kind is Kind.CORRELATION:
            needed.extend(parts_of(found, ruleset, (*above, name)))
        else:
            needed.append(found)
    unique = {id(part): part for part in (*needed, source)}
    return list(unique.values())


def build_rule(source: RuleSource, filters: Sequence[RuleSource]) -> SigmaRule:
    """A pySigma rule of its own, with the filters that apply; raises for what it must not be."""
    detection = dict(source.data["detection"])
    conditions = detection.get("condition")
    if isinstance(conditions, list):
        detection["condition"] = list(conditions)  # filters write into it
    try:
        rule = SigmaRule.from_dict({**source.data, "detection": detection}, collect_errors=True)
    except (SigmaError, TypeError, AttributeError, ValueError, KeyError) as error:
        raise Refusal("SC006", str(error)) from error
    if rule.errors:
        raise rule.errors[0]
    rule.fields = list(rule.fields)
    for source_of_filter in filters:
        if filter_applies(source_of_filter, source):
            applied = _built(SigmaFilter, source_of_filter).apply_on_rule(rule)
            assert isinstance(applied, SigmaRule)
            rule = applied
    return rule


def build_correlation(source: RuleSource) -> SigmaCorrelationRule:
    """A pySigma correlation of its own; raises Refusal SC006 for what it must not be."""
    rule = _built(SigmaCorrelationRule, source)
    assert isinstance(rule, SigmaCorrelationRule)
    return rule


def _built(kind: Any, source: RuleSource) -> Any:
    try:
        return kind.from_dict(dict(source.data))
    except (
        SigmaError,
        TypeError,
        AttributeError,
        ValueError,
        KeyError,
        UnboundLocalError,
    ) as error:
        where = f"filter {source.path}: " if source.kind is Kind.FILTER else ""
        raise Refusal("SC006", f"{where}{error}") from error


def filter_applies(source: RuleSource, rule: RuleSource) -> bool:
    """Whether the log source of a filter covers the rule's, and the filter names the rule."""
    wanted, given = source.data.get("logsource") or {}, rule.data.get("logsource") or {}
    if not isinstance(wanted, dict) or not isinstance(given, dict):
        return False
    if any(
        wanted.get(key) not in (None, given.get(key)) for key in ("product", "category", "service")
    ):
        return False
    named = source.data["filter"].get("rules")
    names = [named] if isinstance(named, str) else named
    return not names or names == ["any"] or not set(rule.names).isdisjoint(names)
