"""Elastic's ES|QL, on pySigma's ES|QL backend.

Sources: Elasticsearch documentation, ``esql-syntax.md``, ``like.md``, ``rlike.md``,
``limitations.md``. Upstream (2.1.1) is put right where Elasticsearch refuses its text (``\\*`` and
``\\?`` in string literals) and where a negation drops events without the field.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sigma.backends.elasticsearch.elasticsearch_esql import ESQLBackend as UpstreamBackend
from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.conversion.state import ConversionState
from sigma.correlations import SigmaCorrelationRule
from sigma.types import (
    SigmaBool,
    SigmaCIDRExpression,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import written
from sigmacast.targets import Feature, Target
from sigmacast.targets.base import Binding, Clause
from sigmacast.targets.conditions import Node, guarded_fields, is_exists
from sigmacast.targets.elastic import ElasticBackend, string_literal
from sigmacast.targets.lucene_regex import from_regex

PART = re.compile(r"[A-Za-z_@][A-Za-z0-9_]*")
RESERVED = frozenset(
    (
        "and as asc by desc false first in is last like metadata not null nulls on or "
        "rlike true where with"
    ).split()
)
LONGEST_CHAIN = 400
"""Elasticsearch refuses longer chains of AND or OR (elasticsearch pull request 111186)."""
RLIKE_LISTS = (9, 2)
"""The first stack with ``rlike ("a", "b")``; lists of ``like`` work from 8.19 on."""


class EsqlBackend(ElasticBackend, UpstreamBackend):
    """Sigma rules as ES|QL."""

    identifier = "sigmacast_esql"
    name: ClassVar[str] = "ES|QL"
    # Upstream annotates it as an instance attribute, against pySigma's own declaration.
    formats: ClassVar[dict[str, str]] = {"default": "Plain ES|QL queries"}  # type: ignore[misc]

    language = "ES|QL"
    reads_flattened = False
    guards_missing_fields = True
    features = frozenset(
        {
            Feature.CASED,
            Feature.CIDR,
            Feature.COMPARISON,
            Feature.FIELD_REFERENCE,
            Feature.REGEX,
            Feature.SINGLE_WILDCARD,
            Feature.EVENT_COUNT,
            Feature.VALUE_COUNT,
            Feature.TEMPORAL,
        }
    )

    cidr_expression: ClassVar[str] = 'cidr_match({field}, "{value}")'
    compare_op_expression: ClassVar[str] = "{field} {operator} {value}"
    eq_token: ClassVar[str] = " == "
    timespan_mapping: ClassVar[dict[str, str]] = {
        unit: f" {name}" for unit, name in UpstreamBackend.timespan_mapping.items()
    }
    field_equals_field_expression: ClassVar[str] = "{field1} == {field2}"

    # --- structure ---

    def _joined(self, clauses: list[Clause], joiner: str, binding: Binding) -> Clause:
        if len(clauses) > LONGEST_CHAIN:
            raise Refusal(
                "SC201",
                f"ES|QL joins no more than {LONGEST_CHAIN} tests; the rule needs {len(clauses)}",
                hint="use -t kql, eql, lucene or splunk",
            )
        return super()._joined(clauses, joiner, binding)

    # --- leaves ---

    def render_not(self, inner: Node, state: ConversionState) -> Clause:
        """A negated leaf that also matches events without the field."""
        if is_exists(inner):
            self.require_leaf(inner)
            return Clause(f"{self._field(inner)} is null")
        denied = super().render_not(inner, state)
        missing = [f"{self.escape_and_quote_field(name)} is null" for name in guarded_fields(inner)]
        if isinstance(inner, ConditionFieldEqualsValueExpression) and _is_plain(inner):
            denied = Clause(f"{self._field(inner)} != {self._value(inner)}")
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
        """Alternatives of one field as lists of ``in``, ``like`` and cidr_match."""
        if linking is ConditionAND:
            return super().render_values(field, leaves, linking, state)
        name = self.escape_and_quote_field(field)
        lists: dict[str, list[ConditionFieldEqualsValueExpression]] = {}
        for leaf in leaves:
            lists.setdefault(self._list_operator(leaf, state), []).append(leaf)
        clauses: list[Clause] = []
        for operator, listed in lists.items():
            if operator == "" or len(listed) == 1:
                clauses.extend(self.clause_of(leaf, state) for leaf in listed)
                continue
            values = ", ".join(self._value(leaf) for leaf in listed)
            clauses.append(
                Clause(
                    f"cidr_match({name}, {values})"
                    if operator == "cidr_match"
                    else f"{name} {operator} ({values})"
                )
            )
        return clauses

    def _list_operator(
        self, leaf: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        match leaf.value:
            case SigmaString() as text:
                return "like" if text.contains_special() else "in"
            case SigmaNumber() if not isinstance(leaf.value, SigmaTimestampPart):
                return "in"
            case SigmaCIDRExpression():
                return "cidr_match"
            case SigmaRegularExpression() if self._stack(state) >= RLIKE_LISTS:
                return "rlike"
            case _:
                return ""

    def _value(self, leaf: ConditionFieldEqualsValueExpression) -> str:
        match leaf.value:
            case SigmaString() as text:
                return (
                    _like(text, leaf.field) if text.contains_special() else _plain(text, leaf.field)
                )
            case SigmaCIDRExpression() as cidr:
                return f'"{cidr.network}"'
            case SigmaRegularExpression() as regex:
                return string_literal(
                    from_regex(regex, leaf.field, self.language), self.language, leaf.field
                )
            case SigmaBool() as flag:
                return str(flag.boolean).lower()
            case number:
                return str(number)

    def convert_condition_field_eq_val_str(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``==`` for a whole value, ``like`` for a pattern."""
        assert isinstance(cond.value, SigmaString)
        operator = "like" if cond.value.contains_special() else "=="
        return f"{self._field(cond)} {operator} {self._value(cond)}"

    convert_condition_field_eq_val_str_case_sensitive = convert_condition_field_eq_val_str

    def convert_condition_field_eq_val_bool(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``field == true``."""
        return f"{self._field(cond)} == {self._value(cond)}"

    def convert_condition_field_eq_val_re(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``rlike`` with Lucene's expressions."""
        return f"{self._field(cond)} rlike {self._value(cond)}"

    def convert_condition_field_eq_val_cidr(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``cidr_match``."""
        return f"cidr_match({self._field(cond)}, {self._value(cond)})"

    def escape_and_quote_field(self, field_name: str) -> str:
        """Each part of the name that is no identifier in back-ticks."""
        return ".".join(
            part
            if PART.fullmatch(part) and part.lower() not in RESERVED
            else "`" + part.replace("`", "``") + "`"
            for part in field_name.split(".")
        )

    def _field(self, leaf: Any) -> str:
        return self.escape_and_quote_field(leaf.field)

    def _stack(self, state: ConversionState) -> tuple[int, ...]:
        version = str(self.last_processing_pipeline.vars.get("stack") or "8.19")
        return tuple(int(part) for part in version.replace("x", "0").split("."))

    # --- correlations ---

    def convert_correlation_rule_from_template(
        self, rule: SigmaCorrelationRule, correlation_type: Any, method: str
    ) -> list[str]:
        """pySigma's ``stats`` with a note on its fixed buckets."""
        report(
            "SC301",
            f"ES|QL counts in fixed buckets of {rule.timespan.spec}, not in a sliding window",
            at=("correlation", "timespan"),
        )
        return super().convert_correlation_rule_from_template(rule, correlation_type, method)

    def finish_query(self, rule: Any, query: Any, state: ConversionState) -> Any:
        """For a correlation, the ``from`` list and metadata of the rules that it refers to."""
        if isinstance(rule, SigmaCorrelationRule):
            states = [
                inner
                for reference in rule.referenced_rules
                for inner in reference.rule.get_conversion_states()
            ]
            indices = dict.fromkeys(
                str(inner.processing_state.get("index", self.state_defaults["index"]))
                for inner in states
            )
            processing_state: Any = state.processing_state
            processing_state["index"] = ",".join(indices)
            processing_state["metadata"] = states[0].processing_state.get(
                "metadata", self.state_defaults["metadata"]
            )
            return query
        return super().finish_query(rule, query, state)


def _is_plain(leaf: ConditionFieldEqualsValueExpression) -> bool:
    value = leaf.value
    return isinstance(value, (SigmaBool, SigmaNumber)) or (
        isinstance(value, SigmaString) and not value.contains_special()
    )


def _plain(value: SigmaString, field: str | None) -> str:
    return string_literal(value.to_plain_regex(), "ES|QL", field)


def _like(value: SigmaString, field: str | None) -> str:
    """A pattern of ``like``: a literal wildcard is escaped, then the whole for the string."""
    escaped = written(value, lambda text: re.sub(r"[\\*?]", r"\\\g<0>", text))
    return string_literal(escaped, "ES|QL", field)


ESQL = Target("esql", "Elastic ES|QL", EsqlBackend, "ecs", "sigmacast_ecs")
