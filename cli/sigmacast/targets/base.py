"""What all our backends share: boolean structure, refusals, and leaves left to pySigma.

pySigma's own AND, OR and NOT lose negations and parentheses where a part is deferred or has a
precedence of its own; here one renderer builds the structure from clauses that know how tightly
they bind, and each language only says how a leaf looks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, ClassVar

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.conversion.base import TextQueryBackend
from sigma.conversion.state import ConversionState
from sigma.correlations import (
    SigmaCorrelationRule,
    SigmaCorrelationType,
    SigmaExtendedCorrelationCondition,
)
from sigma.types import (
    Placeholder,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaFieldReference,
    SigmaNumber,
    SigmaQueryExpression,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
    SpecialChars,
)

from sigmacast.diagnostics import Refusal, either, report
from sigmacast.rule_parts import correlation_fields
from sigmacast.targets.conditions import (
    Leaf,
    Node,
    normal_form,
    push_negation,
    values_of_one_field,
)
from sigmacast.targets.features import Feature

ARRAY_SYNTAX = re.compile(r"\[(any|all|none|\*|\d+)\]", re.IGNORECASE)

CORRELATIONS = {
    SigmaCorrelationType.EVENT_COUNT: Feature.EVENT_COUNT,
    SigmaCorrelationType.VALUE_COUNT: Feature.VALUE_COUNT,
    SigmaCorrelationType.TEMPORAL: Feature.TEMPORAL,
    SigmaCorrelationType.TEMPORAL_ORDERED: Feature.TEMPORAL_ORDERED,
}


CORRELATION_PARTS = (
    Feature.VALUE_METRIC,
    Feature.EXTENDED_CONDITION,
    Feature.ALIASES,
    Feature.NESTED,
)


_METHODS: dict[type[SigmaType], str] = {
    SigmaString: "convert_condition_field_eq_val_str",
    SigmaCasedString: "convert_condition_field_eq_val_str_case_sensitive",
    SigmaExists: "convert_condition_field_exists",
    SigmaRegularExpression: "convert_condition_field_eq_val_re",
    SigmaNumber: "convert_condition_field_eq_val_num",
    SigmaCIDRExpression: "convert_condition_field_eq_val_cidr",
}
"""The frequent values, without the long way through pySigma's dispatcher (tests of parent and type
for each leaf); it serves the rest."""


class Binding(IntEnum):
    """How tightly a clause holds together; a looser one needs parentheses within a tighter."""

    OR = 0
    AND = 1
    NOT = 2
    ATOM = 3


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of query text."""

    text: str
    binding: Binding = Binding.ATOM


class CastBackend(TextQueryBackend):
    """Base of our backends; mixed in before pySigma's backend of the language.

    ``language`` is the name used in messages. ``guards_missing_fields`` marks languages in which
    a test on a missing field is neither true nor false, so that each negated leaf needs a guard.
    """

    language: ClassVar[str]
    features: ClassVar[frozenset[Feature]]
    guards_missing_fields: ClassVar[bool] = False
    parenthesizes_mixed: ClassVar[bool] = False
    """Whether AND within OR gets parentheses too, where precedence is unusual."""

    counts_in_buckets: ClassVar[bool] = False
    """Whether its correlations look at fixed spans of time, in place of any span of that length."""

    # --- structure ---

    def convert_condition(self, cond: Any, state: ConversionState) -> Any:
        """The query text of a whole condition; None for an empty one."""
        tree = normal_form(cond)
        if tree is None:
            return None
        if self.guards_missing_fields:
            tree = push_negation(tree)
        assert tree is not None
        return self.render(tree, state).text

    def render(self, node: Node, state: ConversionState) -> Clause:
        """One node of the normal form as a clause."""
        kind = type(node)
        if kind is ConditionAND:
            return self.all_of(self._parts(node, state))  # type: ignore[arg-type]
        if kind is ConditionOR:
            return self.any_of(self._parts(node, state))  # type: ignore[arg-type]
        if kind is ConditionNOT:
            inner = node.args[0]  # type: ignore[union-attr]
            assert inner is not None
            return self.render_not(inner, state)
        return self.render_leaf(node, state)  # type: ignore[arg-type]

    def all_of(self, clauses: list[Clause]) -> Clause:
        """The clauses joined by AND."""
        joiner = " " if self.and_token == " " else f" {self.and_token} "
        return self._joined(clauses, joiner, Binding.AND)

    def any_of(self, clauses: list[Clause]) -> Clause:
        """The clauses joined by OR."""
        return self._joined(clauses, f" {self.or_token} ", Binding.OR)

    def _joined(self, clauses: list[Clause], joiner: str, binding: Binding) -> Clause:
        if len(clauses) == 1:
            return clauses[0]
        return Clause(joiner.join(self.within(clause, binding) for clause in clauses), binding)

    def within(self, clause: Clause, outer: Binding) -> str:
        """The clause's text, in parentheses where it would fall apart inside *outer*."""
        mixed = self.parenthesizes_mixed and clause.binding not in (outer, Binding.ATOM)
        if clause.binding < outer or (mixed and clause.binding != Binding.NOT):
            return f"({clause.text})"
        return clause.text

    def render_not(self, inner: Node, state: ConversionState) -> Clause:
        """The negation of a node."""
        clause = self.render(inner, state)
        text = clause.text if clause.binding is Binding.ATOM else f"({clause.text})"
        return Clause(f"{self.not_token} {text}", Binding.NOT)

    def _parts(self, node: ConditionAND | ConditionOR, state: ConversionState) -> list[Clause]:
        parts: list[Node] = [part for part in node.args if part is not None]
        field = values_of_one_field(node)
        if field is not None:
            leaves: list[ConditionFieldEqualsValueExpression] = parts  # type: ignore[assignment]
            for leaf in leaves:
                self.require_leaf(leaf)
            return self.render_values(field, leaves, type(node), state)
        return [self.render(part, state) for part in parts]

    def render_values(
        self,
        field: str,
        leaves: list[ConditionFieldEqualsValueExpression],
        linking: type[ConditionAND] | type[ConditionOR],
        state: ConversionState,
    ) -> list[Clause]:
        """Several values of one field, linked by AND or OR; languages with lists override this.

        Each was found sayable before.
        """
        return [self.clause_of(leaf, state) for leaf in leaves]

    def render_leaf(self, leaf: Leaf, state: ConversionState) -> Clause:
        """One test, if the language can say it."""
        self.require_leaf(leaf)
        return self.clause_of(leaf, state)

    def clause_of(self, leaf: Leaf, state: ConversionState) -> Clause:
        """One test that was found sayable, by pySigma's method for its value type."""
        if isinstance(leaf, ConditionValueExpression):
            return Clause(str(self.convert_condition_val(leaf, state)))
        method = _METHODS.get(type(leaf.value))
        if method is not None:
            return Clause(getattr(self, method)(leaf, state))
        return Clause(str(self.convert_condition_field_eq_val(leaf, state)))

    # --- refusals ---

    def require_leaf(self, leaf: Leaf) -> None:
        """Raise Refusal for what the language or the field's type cannot say."""
        field = leaf.field if isinstance(leaf, ConditionFieldEqualsValueExpression) else None
        if field is not None and ARRAY_SYNTAX.search(field):
            raise Refusal(
                "SC206",
                f"array syntax in the field name {field} is not supported",
                field=field,
                hint="write the plain path, which matches if any element does",
            )
        if field is not None:
            self.require_type(field, leaf.value)
        for feature in _features_of(leaf.value, field):
            self.require(feature, field)

    def require(self, feature: Feature, field: str | None = None) -> None:
        """Raise Refusal unless the language has *feature*."""
        if feature not in self.features:
            raise refusal(self.language, feature, field)

    def require_type(self, field: str, value: SigmaType) -> None:
        """Raise Refusal for a test that the stored type of *field* does not answer."""

    def require_key(self, field: str) -> None:
        """Raise Refusal for a field that a correlation cannot group or count by."""

    # --- correlations ---

    def convert_correlation_rule(
        self, rule: SigmaCorrelationRule, *args: Any, **kwargs: Any
    ) -> Any:
        """Convert a correlation, or refuse it by name."""
        for feature in _features_of_correlation(rule):
            self.require(feature)
        named = list(correlation_fields(rule))
        try:
            return super().convert_correlation_rule(rule, *args, **kwargs)
        except NotImplementedError as error:
            raise Refusal("SC207", f"{self.language}: {error}") from error
        finally:
            # pySigma notes what it maps in detections only, and findings name fields as Sigma does.
            for name, key in zip(named, correlation_fields(rule), strict=False):
                self.last_processing_pipeline.field_mappings.add_mapping(name, key)

    def convert_correlation_rule_from_template(
        self, rule: SigmaCorrelationRule, correlation_type: Any, method: str
    ) -> list[str]:
        """The queries of a correlation whose keys the language can read.

        pySigma calls it when the pipeline has given the keys the target's names.
        """
        for field in correlation_fields(rule):
            self.require_key(field)
        return self.correlation_queries(rule, correlation_type, method)

    def correlation_queries(
        self, rule: SigmaCorrelationRule, correlation_type: Any, method: str
    ) -> list[str]:
        """The queries of a correlation, by pySigma's templates unless a language has its own."""
        if self.counts_in_buckets:
            report(
                "SC301",
                f"{self.language} counts in fixed buckets of {rule.timespan.spec}, not in a "
                "sliding window",
                at=("correlation", "timespan"),
            )
        queries: list[str] = super().convert_correlation_rule_from_template(
            rule, correlation_type, method
        )
        return queries


def split(
    leaves: list[ConditionFieldEqualsValueExpression],
    listable: Callable[[ConditionFieldEqualsValueExpression], bool],
) -> tuple[list[ConditionFieldEqualsValueExpression], list[ConditionFieldEqualsValueExpression]]:
    """The tests that can be values of a list, and the others."""
    listed: list[ConditionFieldEqualsValueExpression] = []
    others: list[ConditionFieldEqualsValueExpression] = []
    for leaf in leaves:
        (listed if listable(leaf) else others).append(leaf)
    return listed, others


def refusal(
    language: str, feature: Feature, field: str | None = None, able: list[str] | None = None
) -> Refusal:
    """The refusal of a feature, naming the targets that have it (or those in *able*)."""
    from sigmacast.targets import able_targets

    able = able_targets(feature) if able is None else able
    correlation = feature in (*CORRELATIONS.values(), *CORRELATION_PARTS)
    return Refusal(
        "SC207" if correlation else "SC201",
        f"{language} cannot say {feature.value}" + (f": {field}" if field else ""),
        field=field,
        at=("correlation",) if correlation else (),
        hint=f"use -t {either(able)}" if able else "no target can",
    )


def _features_of(value: SigmaType, field: str | None) -> list[Feature]:
    features: list[Feature] = []
    if field is not None and type(value) is SigmaString and _is_plain(value):
        return features  # a whole value, by far the most frequent
    if isinstance(value, SigmaString):
        _require_value_of_placeholders(value, field)
        if isinstance(value, SigmaCasedString):
            features.append(Feature.CASED)
        if SpecialChars.WILDCARD_SINGLE in value.s:
            features.append(Feature.SINGLE_WILDCARD)
        if field is None:
            features.append(Feature.KEYWORD)
            if all(part is SpecialChars.WILDCARD_MULTI for part in value.s):
                raise Refusal("SC006", "an empty keyword would match every record")
    elif isinstance(value, SigmaRegularExpression):
        _require_value_of_placeholders(value.regexp, field)
        features.append(Feature.REGEX if field is not None else Feature.REGEX_KEYWORD)
        if SigmaRegularExpressionFlag.MULTILINE in value.flags:
            features.append(Feature.REGEX_MULTILINE)
    elif isinstance(value, SigmaCIDRExpression):
        features.append(Feature.CIDR)
    elif isinstance(value, SigmaCompareExpression):
        part = isinstance(value.number, SigmaTimestampPart)
        features.append(Feature.TIMESTAMP_PART if part else Feature.COMPARISON)
    elif isinstance(value, SigmaTimestampPart):
        features.append(Feature.TIMESTAMP_PART)
    elif isinstance(value, SigmaFieldReference):
        part = value.starts_with or value.ends_with
        features.append(Feature.FIELD_REFERENCE_PART if part else Feature.FIELD_REFERENCE)
    elif field is None and isinstance(value, SigmaNumber):
        features.append(Feature.KEYWORD)
    elif field is None and not isinstance(value, SigmaQueryExpression):
        raise Refusal("SC006", "a keyword without a field must be a text or a number")
    return features


def _is_plain(value: SigmaString) -> bool:
    return len(value.s) == 1 and type(value.s[0]) is str


def _require_value_of_placeholders(value: SigmaString, field: str | None) -> None:
    for part in value.s:
        if isinstance(part, Placeholder):
            raise Refusal(
                "SC205",
                f"placeholder %{part.name}% has no value",
                field=field,
                hint=f"give a list named {part.name} with --vars FILE",
            )


def _features_of_correlation(rule: SigmaCorrelationRule) -> list[Feature]:
    features = [CORRELATIONS.get(rule.type, Feature.VALUE_METRIC)]
    if isinstance(rule.condition, SigmaExtendedCorrelationCondition):
        features.append(Feature.EXTENDED_CONDITION)
    if any(isinstance(reference.rule, SigmaCorrelationRule) for reference in rule.referenced_rules):
        features.append(Feature.NESTED)
    if len(rule.aliases):
        features.append(Feature.ALIASES)
    return features
