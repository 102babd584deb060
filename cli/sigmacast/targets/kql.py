"""Kibana's query language (KQL, also called kuery), which pySigma has no backend for.

Grammar: Kibana, ``kbn-es-query/src/kuery/grammar/grammar.peggy`` (2026). Wildcards stand in
unquoted values only, and an unquoted value is trimmed. A backslash in a pattern is escaped once:
the double escape that Kibana needed before 8.12.1 was a defect (elastic/kibana#169709, #174464).
"""

from __future__ import annotations

import re
from typing import ClassVar

from sigma.conditions import (
    ConditionFieldEqualsValueExpression,
    ConditionValueExpression,
)
from sigma.conversion.state import ConversionState
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCIDRExpression,
    SigmaNumber,
    SigmaString,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import anywhere, written
from sigmacast.targets import Feature, Target
from sigmacast.targets.elastic import BracketedListBackend, tell_of_keywords, varies_in_case
from sigmacast.targets.escaping import CONTROL, QUOTED, table

UNQUOTED = table('\\():<>"*{}')
KEYWORD = re.compile(r"(?i)(?<!\S)(?:and|or)(?!\S)|not(?!\S)")
WHITESPACE = {"\t": r"\t", "\r": r"\r", "\n": r"\n"}


class KqlBackend(BracketedListBackend):
    """Sigma rules as KQL."""

    identifier = "kql"
    name: ClassVar[str] = "Kibana Query Language (KQL)"
    formats: ClassVar[dict[str, str]] = {"default": "Plain KQL queries"}
    requires_pipeline: ClassVar[bool] = True

    language = "KQL"
    reads_flattened = True
    before_values = ": "
    features = frozenset({Feature.CASED, Feature.CIDR, Feature.COMPARISON, Feature.KEYWORD})

    group_expression = "({expr})"
    or_token = "or"
    and_token = "and"
    not_token = "not"
    eq_token = ": "
    bool_values: ClassVar[dict[bool, str | None]] = {True: "true", False: "false"}
    field_exists_expression = "{field}: *"
    compare_op_expression = "{field} {operator} {value}"
    compare_operators: ClassVar[dict[CompareOperators, str] | None] = {
        CompareOperators.LT: "<",
        CompareOperators.LTE: "<=",
        CompareOperators.GT: ">",
        CompareOperators.GTE: ">=",
    }
    cidr_expression = '{field}: "{value}"'

    @staticmethod
    def is_listable(leaf: ConditionFieldEqualsValueExpression) -> bool:
        """Texts, numbers, booleans and address ranges."""
        return isinstance(leaf.value, (SigmaString, SigmaNumber, SigmaBool, SigmaCIDRExpression))

    def leaf_value(self, leaf: ConditionFieldEqualsValueExpression) -> str:
        """The value in quotes, or a pattern without."""
        value = leaf.value
        if isinstance(value, SigmaString):
            return self.value_text(value, leaf.field)
        if isinstance(value, SigmaBool):
            return "true" if value.boolean else "false"
        if isinstance(value, SigmaCIDRExpression):
            return f'"{value.network}"'
        return str(value)

    def convert_condition_field_eq_val_str(
        self, cond: ConditionFieldEqualsValueExpression, state: ConversionState
    ) -> str:
        """``field: "value"``, or ``field: pat*ern``."""
        assert isinstance(cond.value, SigmaString)
        value = self.value_text(cond.value, cond.field)
        return f"{self.escape_and_quote_field(cond.field)}: {value}"

    convert_condition_field_eq_val_str_case_sensitive = convert_condition_field_eq_val_str

    def convert_condition_val_str(
        self, cond: ConditionValueExpression, state: ConversionState
    ) -> str:
        """A keyword: its text anywhere in any field.

        Kibana hands it to ``query_string`` without escaping blanks, which would look for any of
        the words; so a keyword of several words is refused.
        """
        value = cond.value
        assert isinstance(value, SigmaString)
        tell_of_keywords(self.language)
        if re.search(r"\s", value.to_plain_regex()):
            raise Refusal(
                "SC203",
                f"KQL looks for each word of the keyword '{value}' on its own",
                hint="use -t lucene or splunk",
            )
        return self.value_text(anywhere(value), None)

    def convert_condition_val_num(
        self, cond: ConditionValueExpression, state: ConversionState
    ) -> str:
        """A number as a keyword."""
        tell_of_keywords(self.language)
        return f"*{cond.value}*"

    def escape_and_quote_field(self, field_name: str) -> str:
        """The field name with KQL's special characters escaped, in quotes if it holds a blank."""
        return _quoted(field_name) if re.search(r"\s", field_name) else _unquoted(field_name)

    def value_text(self, value: SigmaString, field: str | None) -> str:
        """A value in quotes, or a pattern without; raises Refusal SC203 for what is trimmed."""
        if varies_in_case(field, value):
            report(
                "SC303",
                f"KQL compares {field} by case, which the rule does not mind",
                field=field,
                hint="use -t eql, esql, lucene or splunk",
            )
        if not value.contains_special():
            return _quoted(value.to_plain_regex())
        first, last = value.s[0], value.s[-1]
        if (isinstance(first, str) and first[:1].isspace()) or (
            isinstance(last, str) and last[-1:].isspace()
        ):
            raise Refusal(
                "SC203",
                f"KQL drops the blank at the border of the pattern '{value}'",
                field=field,
                hint="use -t eql, esql, lucene or splunk",
            )
        return written(value, _unquoted)


def _quoted(text: str) -> str:
    return '"' + _control(text.translate(QUOTED)) + '"'


def _unquoted(text: str) -> str:
    return _control(KEYWORD.sub(_escaped_keyword, text.translate(UNQUOTED)))


def _escaped_keyword(word: re.Match[str]) -> str:
    """A word that would join conditions. ``\\not`` is no way to write it: the grammar tries
    ``\\n`` for a line end first, so that letter is written as a code point."""
    text = word.group()
    return f"\\u006e{text[1:]}" if text[0] == "n" else f"\\{text}"


def _control(text: str) -> str:
    """Control characters as escapes, so that a query stays on one line."""
    return CONTROL.sub(lambda f: WHITESPACE.get(f[0]) or f"\\u{ord(f[0]):04x}", text)


KQL = Target("kql", "Kibana KQL", KqlBackend, "ecs", "sigmacast_ecs")
