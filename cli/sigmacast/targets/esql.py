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
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
)

from sigmacast.diagnostics import Refusal
from sigmacast.rule_parts import STAR, written
from sigmacast.schema import catalogue, ecs_type
from sigmacast.targets import Feature, Target
from sigmacast.targets.base import Binding, Clause
from sigmacast.targets.conditions import Node, guarded_fields, is_exists
from sigmacast.targets.elastic import ElasticBackend, string_literal, varies_in_case
from sigmacast.targets.lucene_regex import from_pattern, from_regex, within_limit

PART = re.compile(r"[A-Za-z_@][A-Za-z0-9_]*")
RESERVED = frozenset(
    (
        "and as asc by desc false first in is last like metadata not null nulls on or "
        "rlike true where with"
    ).split()
)
_LIKE = re.compile(r"[\\*?]")
LONGEST_CHAIN = 398
"""Elasticsearch refuses conditions of more than 400 levels, and a comparison adds two to a chain of
AND or OR (elasticsearch pull request 111186, ``ExpressionBuilder``)."""
RLIKE_LISTS = (9, 2)
"""The first stack with ``rlike ("a", "b")``; lists of ``like`` work from 8.19 on."""


class EsqlBackend(ElasticBackend, UpstreamBackend):
    """Sigma rules as ES|QL."""

    identifier = "sigmacast_esql"
    name: ClassVar[str] = "ES|QL"
    # Upstream annotates it as an instance attribute, against pySigma's own declaration.
    formats: ClassVar[dict[str, str]] = {"default": "Plain ES|QL queries"}  # type: ignore[misc]

    language = "ES|QL"
    counts_in_buckets = True
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
        if isinstance(inner, ConditionFieldEqualsValueExpression) and self._is_plain(inner):
            denied = Clause(f"{self._compared(inner)} != {self._value(inner)}")
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
        lists: dict[tuple[str, str], list[ConditionFieldEqualsValueExpression]] = {}
        for leaf in leaves:
            key = (self._compared(leaf), self._list_operator(leaf, state))
            lists.setdefault(key, []).append(leaf)
        clauses: list[Clause] = []
        for (name, operator), listed in lists.items():
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
            case SigmaString():
                operator = self._operator(leaf)
                return "in" if operator == "==" else operator if operator == "like" else ""
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
                if _is_beyond_ascii(leaf):
                    return self._classes(leaf.field, text)
                if varies_in_case(leaf.field, text):
                    text = _lowered(text)
                if catalogue().may_repeat(leaf.field):
                    return self._value_among_several(leaf.field, text)
                return (
                    _like(text, leaf.field) if text.contains_special() else _plain(text, leaf.field)
                )
            case SigmaCIDRExpression() as cidr:
                return f'"{cidr.network}"'
            case SigmaRegularExpression() as regex:
                expression = from_regex(regex, leaf.field, self.language)
                if catalogue().may_repeat(leaf.field):
                    expression = f".*\n({expression})\n.*"
                return string_literal(expression, self.language, leaf.field)
            case SigmaBool() as flag:
                return str(flag.boolean).lower()
            case number:
                return str(number)

    def convert_condition_field_eq_val_str(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``==`` for a whole value, ``like`` for a pattern."""
        assert isinstance(cond.value, SigmaString)
        return f"{self._compared(cond)} {self._operator(cond)} {self._value(cond)}"

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
        return f"{self._compared(cond)} rlike {self._value(cond)}"

    def convert_condition_field_eq_val_cidr(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``cidr_match``."""
        return f"cidr_match({self._field(cond)}, {self._value(cond)})"

    def convert_condition_field_eq_field(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``field == field``, texts in lower case."""
        assert isinstance(cond.value, SigmaFieldReference)
        names = [self.escape_and_quote_field(name) for name in (cond.field, cond.value.field)]
        if ecs_type(cond.field) == "keyword":
            names = [f"to_lower({name})" for name in names]
        return " == ".join(names)

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

    def _compared(self, leaf: Any) -> str:
        """The field; in lower case where case must not matter.

        Operators give null for a field of several values (``esql-multivalued-fields.md``), so one
        that may have them is joined to one text, each value on a line of its own.
        """
        name = self._field(leaf)
        text = isinstance(leaf.value, (SigmaString, SigmaRegularExpression))
        if text and catalogue().may_repeat(leaf.field):
            name = f'concat("\\n", mv_concat({name}, "\\n"), "\\n")'
        ignores_case = varies_in_case(leaf.field, leaf.value) and not _is_beyond_ascii(leaf)
        return f"to_lower({name})" if ignores_case else name

    def _operator(self, leaf: Any) -> str:
        """How a text is compared."""
        several = catalogue().may_repeat(leaf.field)
        if _is_beyond_ascii(leaf):
            return "rlike"
        if several and any(not isinstance(part, str) for part in leaf.value.s[1:-1]):
            return "rlike"
        return "like" if several or leaf.value.contains_special() else "=="

    def _classes(self, field: str, value: SigmaString) -> str:
        """An expression that ignores case by itself."""
        if catalogue().may_repeat(field):
            start = "" if value.startswith(STAR) else "\n"
            end = "" if value.endswith(STAR) else "\n"
            inner = from_pattern(value, ignore_case=True, many="[^\n]*", one="[^\n]")
            expression = f".*{start}{inner}{end}.*"
        else:
            expression = from_pattern(value, ignore_case=True)
        return string_literal(within_limit(expression, field, self.language), self.language, field)

    def _value_among_several(self, field: str, value: SigmaString) -> str:
        """A value or a pattern of one line among several."""
        start = "" if value.startswith(STAR) else "\n"
        end = "" if value.endswith(STAR) else "\n"
        if any(not isinstance(part, str) for part in value.s[1:-1]):
            inner = from_pattern(value, many="[^\n]*", one="[^\n]")
            expression = within_limit(f".*{start}{inner}{end}.*", field, self.language)
            return string_literal(expression, self.language, field)
        literal = "".join(_LIKE.sub(r"\\\g<0>", part) for part in value.s if isinstance(part, str))
        return string_literal(f"*{start}{literal}{end}*", self.language, field)

    def _is_plain(self, leaf: ConditionFieldEqualsValueExpression) -> bool:
        """Whether ``!=`` denies the test."""
        value = leaf.value
        if isinstance(value, SigmaString):
            return self._operator(leaf) == "=="
        return isinstance(value, (SigmaBool, SigmaNumber))

    def _stack(self, state: ConversionState) -> tuple[int, ...]:
        version = str(self.last_processing_pipeline.vars.get("stack") or "8.19")
        return tuple(int(part) for part in version.replace("x", "0").split("."))

    # --- correlations ---

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


def _is_beyond_ascii(leaf: Any) -> bool:
    """Whether case is to be ignored of letters beyond ASCII.

    Elasticsearch may rewrite a comparison of ``to_lower`` to a search that folds ASCII only
    (optimizer rule ``ReplaceStringCasingWithInsensitiveEquals``), so classes say both cases.
    """
    return varies_in_case(leaf.field, leaf.value) and any(
        not char.isascii() and char.lower() != char.upper() for char in str(leaf.value)
    )


def _lowered(value: SigmaString) -> SigmaString:
    return value.map_parts(lambda part: part.lower() if isinstance(part, str) else part)


def _plain(value: SigmaString, field: str | None) -> str:
    return string_literal(value.to_plain_regex(), "ES|QL", field)


def _like(value: SigmaString, field: str | None) -> str:
    """A pattern of ``like``: a literal wildcard is escaped, then the whole for the string."""
    escaped = written(value, lambda text: _LIKE.sub(r"\\\g<0>", text))
    return string_literal(escaped, "ES|QL", field)


ESQL = Target("esql", "Elastic ES|QL", EsqlBackend, "ecs", "sigmacast_ecs")
