"""What the four Elastic languages share: Elasticsearch's field types decide which test works."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionOR
from sigma.conversion.state import ConversionState
from sigma.types import (
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaFieldReference,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import has_letters
from sigmacast.schema import ecs_type
from sigmacast.targets.base import CastBackend, Clause, refusal, split
from sigmacast.targets.escaping import CONTROL, QUOTED
from sigmacast.targets.features import Feature

TEXTS = ("keyword", "flattened")
"""Types that hold texts and compare them by case."""
LINE_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def string_literal(text: str, language: str, field: str | None = None) -> str:
    """A string of EQL or ES|QL, which know the escapes of backslash, quote, line ends and tab.

    Raises Refusal SC203 for another control character. (EQL's ``\\u{…}`` is left out: ES|QL has
    nothing like it, and no CloudTrail value needs it.)
    """
    escaped = text.translate(QUOTED)
    if CONTROL.search(escaped) is None:
        return f'"{escaped}"'
    for char, escape in LINE_ESCAPES.items():
        escaped = escaped.replace(char, escape)
    found = CONTROL.search(escaped)
    if found is not None:
        raise Refusal(
            "SC203",
            f"{language} has no escape for the control character U+{ord(found[0]):04X}",
            field=field,
            hint="use -t kql, lucene or splunk",
        )
    return f'"{escaped}"'


def varies_in_case(field: str | None, value: SigmaType) -> bool:
    """Whether a field that minds case is to be compared without it.

    Fields of other log sources have no type here, and are compared as the language does it.
    """
    return (
        type(value) is SigmaString
        and field is not None
        and has_letters(value)
        and ecs_type(field) in TEXTS
    )


def tell_of_keywords(language: str) -> None:
    """Warn that keywords are not looked for in the event's own text, which is in no index."""
    report(
        "SC307",
        f"{language} looks for keywords in the values of the stored fields, each on its own and by "
        "case; the rule means the event's whole text",
    )


class ElasticBackend(CastBackend):
    """Refuses tests that Elasticsearch answers with an error, or never with a match.

    Sources: Elasticsearch documentation, ``flattened`` and ``ip`` field types; EQL and ES|QL
    limitations (no flattened fields).
    """

    reads_flattened: ClassVar[bool]
    """Whether the language can test a sub-field of a ``flattened`` field at all."""

    def require(self, feature: Feature, field: str | None = None) -> None:
        """Raise Refusal unless the language has *feature*."""
        if feature not in self.features and field and ecs_type(field) == "flattened":
            raise refusal(self.language, feature, field, able=["splunk"])
        super().require(feature, field)

    def require_type(self, field: str, value: SigmaType) -> None:
        """Raise Refusal SC202 for a test that the field's type does not support."""
        kind = ecs_type(field)
        if kind is None and type(value) is SigmaString:
            return  # the usual case of other log sources
        if isinstance(value, SigmaFieldReference) and Feature.FIELD_REFERENCE in self.features:
            self._require_comparable(field, value.field)
        if kind is None:
            return
        test = _test_of(value)
        compared = isinstance(value, SigmaFieldReference)
        if kind == "flattened" and not self.reads_flattened and not compared:
            raise _unsupported(
                field,
                f"{self.language} cannot test {field}, a sub-field of a flattened field",
                "use -t kql, lucene or splunk" if test is None else "use -t splunk",
            )
        if kind == "flattened" and test in ("a pattern", "a comparison", "a regular expression"):
            raise _unsupported(
                field,
                f"Elastic cannot search {field}, a sub-field of a flattened field, for {test}",
                "use an exact value, or -t splunk",
            )
        if test == "an address range" and kind != "ip":
            raise _unsupported(
                field,
                f"{field} is of type {kind} and answers no address range",
                "use -t splunk",
            )
        if test == "a comparison" and kind != "long":
            raise _unsupported(
                field, f"{field} is of type {kind} and compares no numbers", "use -t splunk"
            )
        if test in ("a pattern", "a regular expression") and kind in ("date", "ip", "boolean"):
            raise _unsupported(
                field,
                f"{test} on {field} never matches, since it is of type {kind}",
                "use -t splunk",
            )

    def require_key(self, field: str) -> None:
        """Raise Refusal SC202 for a key of a correlation that cannot be read."""
        if ecs_type(field) == "flattened" and not self.reads_flattened:
            raise _unsupported(
                field,
                f"{self.language} cannot group or count by {field}, a sub-field of a flattened "
                "field",
                "use -t splunk",
            )

    def _require_comparable(self, field: str, other: str) -> None:
        kinds = [ecs_type(name) for name in (field, other)]
        if field == other:
            raise _unsupported(
                field,
                f"Elastic stores both fields in {field}, so they never differ",
                "use -t splunk",
            )
        if "flattened" in kinds or (None not in kinds and kinds[0] != kinds[1]):
            raise _unsupported(
                field,
                f"{self.language} cannot compare {field} ({kinds[0]}) with {other} ({kinds[1]})",
                "use -t splunk",
            )


class BracketedListBackend(ElasticBackend):
    """KQL and Lucene, which take several values of a field in brackets behind its name."""

    before_values: ClassVar[str]
    """What stands between the name and the bracket."""

    def render_values(
        self,
        field: str,
        leaves: list[ConditionFieldEqualsValueExpression],
        linking: type[ConditionAND] | type[ConditionOR],
        state: ConversionState,
    ) -> list[Clause]:
        """``field: ("a" or b*)``; tests that are no values stand beside it."""
        listed, rest = split(leaves, self.is_listable)
        others = [self.clause_of(leaf, state) for leaf in rest]
        if len(listed) < 2:
            return [self.clause_of(leaf, state) for leaf in listed] + others
        token = f" {self.and_token if linking is ConditionAND else self.or_token} "
        values = token.join(self.leaf_value(leaf) for leaf in listed)
        name = self.escape_and_quote_field(field)
        return [Clause(f"{name}{self.before_values}({values})"), *others]

    @staticmethod
    @abstractmethod
    def is_listable(leaf: ConditionFieldEqualsValueExpression) -> bool:
        """Whether the language takes a test's value in a list."""

    @abstractmethod
    def leaf_value(self, leaf: ConditionFieldEqualsValueExpression) -> str:
        """A value as it stands behind the name, alone or in a list."""


def _test_of(value: SigmaType) -> str | None:
    match value:
        case SigmaString():
            return "a pattern" if value.contains_special() else None
        case SigmaRegularExpression():
            return "a regular expression"
        case SigmaCompareExpression(number=number) if not isinstance(number, SigmaTimestampPart):
            return "a comparison"
        case SigmaCIDRExpression():
            return "an address range"
        case SigmaFieldReference():
            return "a field reference"
        case _:
            return None


def _unsupported(field: str, message: str, hint: str) -> Refusal:
    return Refusal("SC202", message, field=field, hint=hint)
