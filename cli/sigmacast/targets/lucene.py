"""Elasticsearch's Lucene ``query_string`` syntax, on pySigma's Lucene backend.

Sources: Elasticsearch documentation, ``query-dsl-query-string-query.md``; Lucene 9 ``RegExp``.
Whole values are quoted (on a keyword field a quoted value is one term); patterns are not, with
each reserved character escaped. ``<`` and ``>`` have no escape there, so a pattern that holds
them becomes a regular expression. AND and OR are always bracketed, since their precedence is
unusual, and so is NOT below OR, where it would exclude instead of offering an alternative.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from sigma.backends.elasticsearch.elasticsearch_lucene import LuceneBackend as UpstreamBackend
from sigma.conditions import (
    ConditionFieldEqualsValueExpression,
    ConditionValueExpression,
)
from sigma.conversion.state import ConversionState
from sigma.types import (
    CompareOperators,
    SigmaCompareExpression,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import anywhere, written
from sigmacast.targets import Feature, Target
from sigmacast.targets.base import Binding, Clause
from sigmacast.targets.elastic import BracketedListBackend, tell_of_keywords, varies_in_case
from sigmacast.targets.escaping import BLANKS, CONTROL, QUOTED, table
from sigmacast.targets.lucene_regex import LONGEST, from_pattern, from_regex

UNQUOTED = table("-+=&|!(){}[]^\"~*?:\\/'" + BLANKS)
RESERVED_IN_NAMES = re.compile(r'[+=&|!(){}\[\]^"~*?:\\/\s]|^-')
NO_ESCAPE = re.compile(r"[<>]")


class LuceneBackend(BracketedListBackend, UpstreamBackend):
    """Sigma rules as Lucene queries."""

    identifier = "sigmacast_lucene"
    name: ClassVar[str] = "Elastic Lucene"
    formats: ClassVar[dict[str, str]] = {"default": "Plain Lucene queries"}

    language = "Lucene"
    reads_flattened = True
    before_values = ":"
    parenthesizes_mixed = True
    features = frozenset(
        {
            Feature.CASED,
            Feature.CIDR,
            Feature.COMPARISON,
            Feature.KEYWORD,
            Feature.REGEX,
            Feature.SINGLE_WILDCARD,
        }
    )
    correlation_methods: ClassVar[dict[str, str] | None] = None

    def within(self, clause: Clause, outer: Binding) -> str:
        """NOT in brackets below OR, where Lucene would read it as an exclusion."""
        if clause.binding is Binding.NOT and outer is Binding.OR:
            return f"({clause.text})"
        return super().within(clause, outer)

    @staticmethod
    def is_listable(leaf: ConditionFieldEqualsValueExpression) -> bool:
        """Numbers, and texts that need no regular expression."""
        value = leaf.value
        if isinstance(value, SigmaString):
            # An expression is no value of a list for every parser, so it stands alone.
            if varies_in_case(leaf.field, value):
                return False
            return not (value.contains_special() and NO_ESCAPE.search(value.to_plain_regex()))
        return isinstance(value, SigmaNumber) and not isinstance(value, SigmaTimestampPart)

    def leaf_value(self, leaf: ConditionFieldEqualsValueExpression) -> str:
        """The value in quotes, a pattern without, or an expression."""
        if isinstance(leaf.value, SigmaString):
            return self.value_text(leaf.value, leaf.field)
        return _number(leaf.value)

    def convert_condition_field_eq_val_str(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``field:"value"``, ``field:pat*ern`` or ``field:/expression/``."""
        return f"{self._field(cond)}:{self.leaf_value(cond)}"

    convert_condition_field_eq_val_str_case_sensitive = convert_condition_field_eq_val_str

    def convert_condition_field_eq_val_num(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``field:5``; a minus sign would exclude, so a negative number is quoted."""
        return f"{self._field(cond)}:{self.leaf_value(cond)}"

    def convert_condition_field_eq_val_re(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``field:/expression/`` in Lucene's dialect."""
        assert isinstance(cond.value, SigmaRegularExpression)
        expression = from_regex(cond.value, cond.field, self.language)
        return f"{self._field(cond)}:{_slashed(expression)}"

    def convert_condition_field_compare_op_val(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """A range in brackets, which takes negative numbers too."""
        value = cond.value
        assert isinstance(value, SigmaCompareExpression)
        text = {
            CompareOperators.LT: f"[* TO {value.number}}}",
            CompareOperators.LTE: f"[* TO {value.number}]",
            CompareOperators.GT: f"{{{value.number} TO *]",
            CompareOperators.GTE: f"[{value.number} TO *]",
        }[value.op]
        return f"{self._field(cond)}:{text}"

    def convert_condition_field_exists(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``_exists_:field``."""
        return f"_exists_:{self._field(cond)}"

    def convert_condition_val_str(
        self, cond: ConditionValueExpression, state: ConversionState
    ) -> str:
        """A keyword: its text anywhere in any field."""
        assert isinstance(cond.value, SigmaString)
        tell_of_keywords(self.language)
        value = anywhere(cond.value)
        if NO_ESCAPE.search(value.to_plain_regex()):
            raise Refusal(
                "SC203",
                f"Lucene has no escape for < and > in the keyword '{cond.value}'",
                hint="use -t kql or splunk",
            )
        return self.value_text(value)

    def convert_condition_val_num(
        self, cond: ConditionValueExpression, state: ConversionState
    ) -> str:
        """A number as a keyword."""
        return self.convert_condition_val_str(
            ConditionValueExpression(SigmaString(str(cond.value))), state
        )

    def escape_and_quote_field(self, field_name: str) -> str:
        """The field name with reserved characters escaped."""
        return RESERVED_IN_NAMES.sub(r"\\\g<0>", field_name)

    def _field(self, leaf: Any) -> str:
        return self.escape_and_quote_field(leaf.field)

    def value_text(self, value: SigmaString, field: str | None = None) -> str:
        """A value in quotes, a pattern without, an expression where these cannot say it."""
        if varies_in_case(field, value):
            expression = from_pattern(value, ignore_case=True)
            if len(expression) <= LONGEST and not _has_control(expression):
                return _slashed(expression)
            report(
                "SC303",
                f"Lucene compares {field} by case, which the rule does not mind: its expression "
                "without case would be too long, or hold a character that has no escape",
                field=field,
                hint="use -t eql, esql or splunk",
            )
        if not value.contains_special():
            return f'"{_quoted(value.to_plain_regex())}"'
        if any(isinstance(part, str) and NO_ESCAPE.search(part) for part in value.s):
            return _slashed(from_pattern(value))
        return written(value, _unquoted)


def _number(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if text.startswith("-") else text


def _quoted(text: str) -> str:
    """The inside of quotes; control characters as code points, so that it stays on one line."""
    escaped = text.translate(QUOTED)
    return CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)


def _unquoted(text: str) -> str:
    """A piece of a pattern; raises Refusal SC203 for a control character."""
    _require_no_control(text)
    return text.translate(UNQUOTED)


def _has_control(text: str) -> bool:
    return CONTROL.search(text.replace("\t", "")) is not None


def _require_no_control(text: str) -> None:
    found = CONTROL.search(text.replace("\t", ""))
    if found is not None:
        raise _no_escape(found[0])


def _no_escape(char: str) -> Refusal:
    """Lucene reads code points in quotes only, and a raw one would break the line."""
    return Refusal(
        "SC203",
        f"Lucene has no escape for the control character U+{ord(char):04X} in a pattern",
        hint="use -t kql, eql or splunk",
    )


def _slashed(expression: str) -> str:
    """An expression between slashes.

    A backslash before the last slash would make Lucene's tokens run on to a later slash of the
    query, so that an escaped one at the end stands in a group.
    """
    _require_no_control(expression)
    if expression.endswith("\\\\"):
        expression = f"{expression[:-2]}(\\\\)"
    return "/" + expression.replace("/", "\\/") + "/"


LUCENE = Target("lucene", "Elastic Lucene", LuceneBackend, "ecs", "sigmacast_ecs")
