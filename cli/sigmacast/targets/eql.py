"""Elastic's Event Query Language, on pySigma's EQL backend.

Source of the syntax: Elasticsearch documentation, ``eql/eql-syntax.md``. Upstream (2.1.1) is put
right where it emits what Elasticsearch refuses or what means something else: unescaped quotes and
``\\/`` in strings, unquoted ``x-y`` fields, ``regex~`` for expressions that mind case, ``:`` on
booleans and numbers, a negation that drops events without the field.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, ClassVar

from sigma.backends.elasticsearch.elasticsearch_eql import EqlBackend as UpstreamBackend
from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.conversion.state import ConversionState
from sigma.correlations import (
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
    SigmaRuleReference,
)
from sigma.types import (
    CompareOperators,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import has_letters, written
from sigmacast.schema import ecs_type
from sigmacast.targets import Feature, Target
from sigmacast.targets.base import Binding, Clause
from sigmacast.targets.conditions import Node, guarded_fields, is_exists
from sigmacast.targets.elastic import ElasticBackend, string_literal
from sigmacast.targets.lucene_regex import from_pattern, from_regex

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
RESERVED = frozenset(
    (
        "and any by false in join like not null of or regex sample sequence true until where with"
    ).split()
)
MAXSPAN_UNITS = {"s": "s", "m": "m", "h": "h", "d": "d"}
RUNS = range(2, 101)


class EqlBackend(ElasticBackend, UpstreamBackend):
    """Sigma rules as EQL."""

    identifier = "sigmacast_eql"
    name: ClassVar[str] = "Elastic EQL"
    formats: ClassVar[dict[str, str]] = {"default": "Plain EQL queries"}

    language = "EQL"
    reads_flattened = False
    guards_missing_fields = True
    features = frozenset(
        {
            Feature.CASED,
            Feature.CIDR,
            Feature.COMPARISON,
            Feature.REGEX,
            Feature.SINGLE_WILDCARD,
            Feature.EVENT_COUNT,
            Feature.TEMPORAL_ORDERED,
            Feature.ALIASES,
        }
    )

    compare_operators: ClassVar[dict[CompareOperators, str]] = {
        CompareOperators.LT: "<",
        CompareOperators.LTE: "<=",
        CompareOperators.GT: ">",
        CompareOperators.GTE: ">=",
    }

    # --- leaves ---

    def render_not(self, inner: Node, state: ConversionState) -> Clause:
        """A negated leaf that also matches events without the field."""
        if is_exists(inner):
            self.require_leaf(inner)
            return Clause(f"?{self._field(inner)} == null")
        denied = super().render_not(inner, state)
        missing = [
            f"?{self.escape_and_quote_field(name)} == null" for name in guarded_fields(inner)
        ]
        return Clause(
            " or ".join([*missing, denied.text]), Binding.OR if missing else denied.binding
        )

    def render_values(
        self,
        field: str,
        leaves: list[ConditionFieldEqualsValueExpression],
        linking: type[ConditionAND] | type[ConditionOR],
        state: ConversionState,
    ) -> list[Clause]:
        """Alternatives of one field as ``in~`` and ``like~`` lists, or one cidrMatch."""
        if linking is ConditionAND:
            return super().render_values(field, leaves, linking, state)
        name = self.escape_and_quote_field(field)
        lists: dict[str, list[str]] = {}
        others: list[Clause] = []
        for leaf in leaves:
            operator = self._list_operator(leaf)
            if operator is None:
                others.append(self.clause_of(leaf, state))
            else:
                lists.setdefault(operator, []).append(_text_of(leaf.value))
        clauses: list[Clause] = []
        for operator, values in lists.items():
            if len(values) == 1:
                alone = next(leaf for leaf in leaves if self._list_operator(leaf) == operator)
                clauses.append(self.clause_of(alone, state))
            elif operator == "cidrMatch":
                clauses.append(Clause(f"cidrMatch({name}, {', '.join(values)})"))
            else:
                clauses.append(Clause(f"{name} {operator} ({', '.join(values)})"))
        return clauses + others

    def _list_operator(self, leaf: ConditionFieldEqualsValueExpression) -> str | None:
        value = leaf.value
        if isinstance(value, SigmaCIDRExpression):
            return "cidrMatch"
        if not isinstance(value, SigmaString) or self._is_no_text(leaf.field, value):
            return None
        case = "" if isinstance(value, SigmaCasedString) else "~"
        if case and not str(value).isascii():
            return None
        if not value.contains_special():
            return f"in{case}"
        return None if _has_literal_wildcard(value) else f"like{case}"

    def convert_condition_field_eq_val_str(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``:`` ignores case and takes wildcards; a literal ``*`` or ``?`` needs another form."""
        value = cond.value
        assert isinstance(value, SigmaString)
        name = self.escape_and_quote_field(cond.field)
        if self._is_no_text(cond.field, value) or not value.s:
            return f"{name} == {_text_of(value)}"
        if not str(value).isascii() and has_letters(value):
            # All of EQL's operators know the case of ASCII letters only.
            pattern = from_pattern(value, ignore_case=True)
            return f"{name} regex {string_literal(pattern, 'EQL')}"
        if _has_literal_wildcard(value):
            if value.contains_special():
                return f"{name} regex~ {string_literal(from_pattern(value), 'EQL')}"
            return f"{name} in~ ({_text_of(value)})"
        return f"{name} : {_text_of(value)}"

    def convert_condition_field_eq_val_str_case_sensitive(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``==`` and ``like`` mind case."""
        value = cond.value
        assert isinstance(value, SigmaString)
        name = self.escape_and_quote_field(cond.field)
        if not value.contains_special():
            return f"{name} == {_text_of(value)}"
        if _has_literal_wildcard(value):
            return f"{name} regex {string_literal(from_pattern(value), 'EQL')}"
        return f"{name} like {_text_of(value)}"

    def convert_condition_field_eq_val_num(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``:`` compares texts only."""
        return f"{self.escape_and_quote_field(cond.field)} == {cond.value}"

    def convert_condition_field_eq_val_bool(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``:`` compares texts only."""
        return f"{self.escape_and_quote_field(cond.field)} == {str(cond.value).lower()}"

    def convert_condition_field_eq_val_re(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``regex``, which minds case as Sigma's ``|re`` does, or ``regex~``."""
        value = cond.value
        assert isinstance(value, SigmaRegularExpression)
        folding = SigmaRegularExpressionFlag.IGNORECASE in value.flags
        pattern = from_regex(value, cond.field, self.language, folding=folding)
        operator = "regex~" if folding else "regex"
        name = self.escape_and_quote_field(cond.field)
        return f"{name} {operator} {string_literal(pattern, 'EQL')}"

    def convert_condition_field_eq_val_cidr(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``cidrMatch``."""
        return f"cidrMatch({self.escape_and_quote_field(cond.field)}, {_text_of(cond.value)})"

    def convert_condition_field_exists(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """An optional field, so that a mapping without it is no error."""
        return f"?{self._field(cond)} != null"

    def escape_and_quote_field(self, field_name: str) -> str:
        """The field in back-ticks where it is no plain identifier."""
        plain = IDENTIFIER.fullmatch(field_name)
        if plain and not RESERVED.intersection(field_name.lower().split(".")):
            return field_name
        return "`" + field_name.replace("`", "``") + "`"

    def _field(self, leaf: Any) -> str:
        return self.escape_and_quote_field(leaf.field)

    def _is_no_text(self, field: str, value: SigmaString) -> bool:
        """Whether the field is a date or an address, which ``:`` refuses, or may be one."""
        kind = ecs_type(field)
        if kind is not None:
            return kind in ("ip", "date")
        try:
            ipaddress.ip_address(value.to_plain_regex())
        except ValueError:
            return False
        return True

    # --- correlations ---

    def correlation_queries(
        self, rule: SigmaCorrelationRule, correlation_type: Any, method: str
    ) -> list[str]:
        """``sequence by … with maxspan=…``; event_count by ``with runs``."""
        parts = [
            f"[any where {query}]{self._keys(rule, reference)}"
            for reference in rule.referenced_rules
            for query in reference.rule.get_conversion_result()
        ]
        maxspan = f"with maxspan={_maxspan(rule)}"
        common = self._common_keys(rule)
        if rule.type is SigmaCorrelationType.EVENT_COUNT:
            parts = [self._run(rule, parts)]
        elif not self._all_must_occur(rule) or len(parts) < 2:
            raise Refusal(
                "SC207",
                "EQL cannot say an ordered correlation in which some events may be missing",
                at=("correlation", "condition"),
                hint="count all of the rules",
            )
        elif len(parts) != len(rule.referenced_rules):
            raise Refusal(
                "SC207",
                "EQL cannot order a rule that has several conditions",
                at=("correlation", "rules"),
            )
        return [" ".join(["sequence", *common, maxspan, *parts])]

    def finalize_query_default(
        self, rule: Any, query: str, index: int, state: ConversionState
    ) -> str:
        """``any where …``; a sequence stands as it is."""
        return query if isinstance(rule, SigmaCorrelationRule) else f"any where {query}"

    def finalize_query(
        self, rule: Any, query: Any, index: int, state: ConversionState, output_format: str
    ) -> Any:
        """Without upstream's search for ``by None`` in the finished text."""
        return super(UpstreamBackend, self).finalize_query(rule, query, index, state, output_format)

    def _run(self, rule: SigmaCorrelationRule, parts: list[str]) -> str:
        condition = rule.condition
        assert isinstance(condition, SigmaCorrelationCondition)
        least = {
            SigmaCorrelationConditionOperator.GTE: condition.count,
            SigmaCorrelationConditionOperator.GT: condition.count + 1,
        }.get(condition.op)
        if least not in RUNS or len(parts) != 1:
            raise Refusal(
                "SC207",
                "EQL counts runs of at least 2 to 100 events of one rule, and nothing else",
                at=("correlation", "condition"),
                hint="use -t splunk or esql",
            )
        report(
            "SC302",
            f"EQL reports runs of {least} events, not the count within a sliding window",
            at=("correlation",),
        )
        return f"{parts[0]} with runs={least}"

    def _all_must_occur(self, rule: SigmaCorrelationRule) -> bool:
        condition = rule.condition
        assert isinstance(condition, SigmaCorrelationCondition)
        all_of_them = len(rule.referenced_rules)
        return (condition.op, condition.count) in (
            (SigmaCorrelationConditionOperator.GTE, all_of_them),
            (SigmaCorrelationConditionOperator.EQ, all_of_them),
            (SigmaCorrelationConditionOperator.GT, all_of_them - 1),
        )

    def _common_keys(self, rule: SigmaCorrelationRule) -> list[str]:
        """``by …`` for the keys that have one name in all events."""
        if not rule.group_by or len(rule.aliases):
            return []
        return ["by " + ", ".join(map(self.escape_and_quote_field, rule.group_by))]

    def _keys(self, rule: SigmaCorrelationRule, reference: SigmaRuleReference) -> str:
        """``by …`` after one event filter, where an alias has another name in each rule."""
        if not rule.group_by or not len(rule.aliases):
            return ""
        aliases = {alias.alias: alias.mapping for alias in rule.aliases}
        names = [
            aliases[name].get(reference, name) if name in aliases else name
            for name in rule.group_by
        ]
        return " by " + ", ".join(map(self.escape_and_quote_field, names))


def _has_literal_wildcard(value: SigmaString) -> bool:
    return any(isinstance(part, str) and ("*" in part or "?" in part) for part in value.s)


def _text_of(value: Any) -> str:
    if isinstance(value, SigmaCIDRExpression):
        return f'"{value.network}"'
    return string_literal(written(value, str), "EQL")


def _maxspan(rule: SigmaCorrelationRule) -> str:
    """EQL knows days, hours, minutes and seconds; longer units in seconds."""
    span = rule.timespan
    if span.unit in MAXSPAN_UNITS:
        return f"{span.count}{span.unit}"
    return f"{span.seconds}s"


EQL = Target("eql", "Elastic EQL", EqlBackend, "ecs", "sigmacast_ecs")
