"""Splunk's SPL, on pySigma's Splunk backend.

Sources: Splunk Search Reference and Search Manual. A query is one ``search`` clause; whatever that
command cannot say (expressions, case, ``?``, a literal ``*``, two fields compared) goes to one
``| where``, with AND, OR and NOT as they were. Upstream (2.1.0) appends such parts one by one,
which loses negations and whole queries, and keeps counters between rules; none of that is used.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_network
from typing import Any, ClassVar

from sigma.backends.splunk.splunk import SplunkBackend as UpstreamBackend
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.conversion.base import TextQueryBackend
from sigma.conversion.state import ConversionState
from sigma.correlations import SigmaCorrelationConditionOperator
from sigma.rule import SigmaRule
from sigma.types import (
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaFieldReference,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SpecialChars,
)

from sigmacast.diagnostics import Refusal
from sigmacast.rule_parts import anywhere
from sigmacast.schema import catalogue
from sigmacast.targets import Feature, Target
from sigmacast.targets.base import Binding, CastBackend, Clause, split
from sigmacast.targets.conditions import (
    Leaf,
    Node,
    guarded_fields,
    is_exists,
    normal_form,
    push_negation,
)
from sigmacast.targets.spl_eval import (
    absence_clause,
    field_test,
    is_raw,
    keyword_test,
    missing,
    name_of,
)
from sigmacast.transformations.splunk_names import FREE

EVERYTHING = "*"
NOT_SEARCHABLE = re.compile(r"[*\x00-\x1f]")
"""Characters that ``search`` cannot take literally: ``*`` has no escape there (Search Manual,
"Backslashes"), and a control character would break the line."""
NOT_OF_SEARCH = (
    SigmaCasedString,
    SigmaCompareExpression,  # `search` orders by text what is no number
    SigmaFieldReference,
    SigmaRegularExpression,
)


class SplunkBackend(CastBackend, UpstreamBackend):
    """Sigma rules as SPL."""

    identifier = "sigmacast_splunk"
    name: ClassVar[str] = "Splunk SPL"
    formats: ClassVar[dict[str, str]] = {"default": "Plain SPL queries"}

    language = "SPL"
    counts_in_buckets = True
    parenthesizes_mixed = True
    features = frozenset(
        {
            Feature.CASED,
            Feature.CIDR,
            Feature.COMPARISON,
            Feature.FIELD_REFERENCE,
            Feature.KEYWORD,
            Feature.REGEX,
            Feature.REGEX_KEYWORD,
            Feature.REGEX_MULTILINE,
            Feature.SINGLE_WILDCARD,
            Feature.EVENT_COUNT,
            Feature.VALUE_COUNT,
            Feature.TEMPORAL,
            Feature.ALIASES,
            Feature.EXTENDED_CONDITION,
        }
    )

    correlation_condition_mapping: ClassVar[dict[SigmaCorrelationConditionOperator, str | None]] = {
        **UpstreamBackend.correlation_condition_mapping,
        SigmaCorrelationConditionOperator.EQ: "=",  # `search` has no ==
    }

    # --- structure ---

    def convert_condition(self, cond: Any, state: ConversionState) -> Any:
        """The ``search`` clause, and one ``| where`` with what it cannot say."""
        tree = normal_form(cond)
        if tree is None:
            return None
        parts: list[Any] = tree.args if isinstance(tree, ConditionAND) else [tree]
        searched = [part for part in parts if _is_searchable(part)]
        filtered = [part for part in parts if not _is_searchable(part)]
        if not filtered:
            return self.render(tree, state).text
        query = (
            self.all_of([self.render(part, state) for part in searched]).text if searched else ""
        )
        where = push_negation(ConditionAND(filtered) if len(filtered) > 1 else filtered[0])
        assert where is not None
        return f"{query or EVERYTHING}\n| where {self._where(where).text}"

    def render_values(
        self,
        field: str,
        leaves: list[ConditionFieldEqualsValueExpression],
        linking: type[ConditionAND] | type[ConditionOR],
        state: ConversionState,
    ) -> list[Clause]:
        """Alternatives of one field as ``field IN ("a", "b*")``."""
        listed, rest = split(leaves, _is_listable)
        if linking is ConditionAND or len(listed) < 2:
            return super().render_values(field, leaves, linking, state)
        others = [self.clause_of(leaf, state) for leaf in rest]
        values = ", ".join(
            self.convert_value_str(leaf.value, state)
            if isinstance(leaf.value, SigmaString)
            else str(leaf.value)
            for leaf in listed
        )
        return [Clause(f"{self.escape_and_quote_field(field)} IN ({values})"), *others]

    # --- leaves of search ---

    def convert_condition_field_eq_val_str(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``field="value"``, without the expression that upstream compiles beside it."""
        assert isinstance(cond.value, SigmaString)
        value = self.convert_value_str(cond.value, state)
        return f"{self.escape_and_quote_field(cond.field)}={value}"

    def convert_condition_field_eq_val_cidr(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``search`` compares a network as such."""
        assert isinstance(cond.value, SigmaCIDRExpression)
        return f'{self.escape_and_quote_field(cond.field)}="{cond.value.network}"'

    def convert_condition_val_str(
        self, cond: ConditionValueExpression, state: ConversionState
    ) -> str:
        """A keyword, anywhere in the event's text; without wildcards it would be a whole word."""
        assert isinstance(cond.value, SigmaString)
        return self.convert_value_str(anywhere(cond.value), state)

    def convert_condition_val_num(
        self, cond: ConditionValueExpression, state: ConversionState
    ) -> str:
        """A number as a keyword."""
        return f'"*{cond.value}*"'

    def escape_and_quote_field(self, field_name: str) -> str:
        """The field name, in quotes where it holds more than letters, digits, ``_`` and ``.``."""
        if '"' in field_name:
            raise Refusal("SC203", f"SPL cannot name the field {field_name}", field=field_name)
        return super().escape_and_quote_field(field_name)

    # --- leaves of where ---

    def _where(self, node: Node) -> Clause:
        """A node, with NOT at its leaves, as an eval expression."""
        if isinstance(node, (ConditionAND, ConditionOR)):
            parts: list[Any] = node.args
            clauses = [self._where(part) for part in parts]
            if isinstance(node, ConditionOR):
                return self.any_of(clauses)
            return self._joined(clauses, " AND ", Binding.AND)
        if isinstance(node, ConditionNOT):
            return self._where_not(node.args[0])
        if isinstance(node, ConditionFieldEqualsValueExpression) and isinstance(
            node.value, SigmaFieldReference
        ):
            self.require_leaf(node)
            return self._reference(node.field, node.value.field)
        return Clause(self._test(node))  # type: ignore[arg-type]

    def _where_not(self, inner: Any) -> Clause:
        """A negated test that also keeps events without the field, for which it would be null."""
        if is_exists(inner):
            self.require_leaf(inner)
            return absence_clause(inner.field)
        if isinstance(inner, (ConditionAND, ConditionOR)) and any(map(_is_numeric, inner.args)):
            # Of a number and a text, one guard cannot do for both.
            opposites = [self._where_not(part) for part in inner.args]
            if isinstance(inner, ConditionAND):
                return self.any_of(opposites)
            return self._joined(opposites, " AND ", Binding.AND)
        clause = self._where(inner)
        text = clause.text if clause.binding is Binding.ATOM else f"({clause.text})"
        value = inner.value if isinstance(inner, ConditionFieldEqualsValueExpression) else None
        guards = [missing(field, value) for field in guarded_fields(inner)]
        absent = [Clause(guard) for guard in guards if guard is not None]
        return self.any_of([*absent, Clause(f"NOT {text}", Binding.NOT)])

    def _test(self, leaf: Leaf) -> str:
        self.require_leaf(leaf)
        if isinstance(leaf, ConditionValueExpression):
            return keyword_test(leaf.value)
        return field_test(leaf.field, leaf.value)

    def _reference(self, field: str, other: str) -> Clause:
        """Two fields compared; the text that null may have become is no value."""
        if "{}" in field or "{}" in other:
            raise Refusal(
                "SC201",
                f"SPL cannot compare {field} with {other}, which may hold several values",
                field=field,
            )
        same = f"lower({name_of(field)})=lower({name_of(other)})"
        if catalogue().find(field) is None:
            return Clause(same)
        return Clause(f'{same} AND lower({name_of(field)})!="null"', Binding.AND)

    # --- whole queries ---

    def finish_query(self, rule: Any, query: Any, state: ConversionState) -> Any:
        """Nothing is deferred, so upstream's assembly of deferred parts is left out."""
        return TextQueryBackend.finish_query(self, rule, query, state)

    def finalize_query_default(
        self, rule: Any, query: str, index: int, state: ConversionState
    ) -> str:
        """The fields that a rule lists become a table, as upstream does."""
        if isinstance(rule, SigmaRule) and rule.fields:
            return f"{query}\n| table {', '.join(map(self.escape_and_quote_field, rule.fields))}"
        return query


def _is_numeric(leaf: Any) -> bool:
    return isinstance(leaf.value, (SigmaCompareExpression, SigmaNumber))


def _is_listable(leaf: ConditionFieldEqualsValueExpression) -> bool:
    return isinstance(leaf.value, (SigmaString, SigmaNumber))


def _is_searchable(node: Any) -> bool:
    if isinstance(node, (ConditionAND, ConditionOR, ConditionNOT)):
        return all(_is_searchable(arg) for arg in node.args)
    value = node.value
    if isinstance(node, ConditionFieldEqualsValueExpression):
        if is_raw(node.field):
            return False
        if isinstance(value, SigmaCIDRExpression) and node.field.partition(".")[0] in FREE:
            return False  # what holds networks, too: `search` would compare those as well
    if isinstance(value, NOT_OF_SEARCH):
        return False
    if not isinstance(value, SigmaString):
        return True
    if not value.contains_special() and _is_network(value.to_plain_regex()):
        return False
    return SpecialChars.WILDCARD_SINGLE not in value.s and not any(
        isinstance(part, str) and NOT_SEARCHABLE.search(part) for part in value.s
    )


@lru_cache(maxsize=1024)
def _is_network(text: str) -> bool:
    """Whether ``search`` takes a text for a network and not for itself: ``0.0.0.0/0``."""
    if "/" not in text:
        return False
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


SPLUNK = Target("splunk", "Splunk SPL", SplunkBackend, "splunk", "sigmacast_splunk")
