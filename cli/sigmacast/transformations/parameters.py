"""``sigmacast_parameters``: tests below requestParameters and its like in Elastic's two forms.

Elastic's integration keeps each of these objects twice: as a ``flattened`` field, whose sub-fields
answer exact values and nothing else, and as a keyword field with the text that Java writes of the
object. EQL and ES|QL read no flattened field at all. Either form can be switched off by the user
(pipeline variable ``elastic_fields``).

Sources: Elasticsearch documentation, ``flattened``; Elastic's package aws, data stream cloudtrail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sigma.conditions import ConditionOR
from sigma.correlations import SigmaCorrelationRule
from sigma.processing.transformations import PreprocessingTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaExists,
    SigmaExpansion,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
    SigmaTimestampPart,
    SigmaType,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import STAR, has_letters, is_anything, items_of
from sigmacast.schema import catalogue
from sigmacast.transformations import java_text_search as text
from sigmacast.transformations.event_names import Pins
from sigmacast.transformations.items import Part, item, negated
from sigmacast.transformations.language import elastic_forms, language_of
from sigmacast.transformations.parameter_shapes import Kind, Shape, shape_of

READS_FLATTENED = ("kql", "lucene")
NAMES = {"kql": "KQL", "lucene": "Lucene"}


@dataclass
class Parameters(PreprocessingTransformation):
    """Rewrite tests of sub-fields; to run before any mapping, for our Elastic targets only.

    Raises Refusal SC202 where the form that a test needs is switched off.
    """

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Rewrite every detection of the rule in place."""
        super().apply(rule)
        language = language_of(self._pipeline)
        if not isinstance(rule, SigmaRule) or language in (None, "splunk"):
            return
        detections = rule.detection.detections.values()
        names = {part.field for each in detections for part in items_of(each)}
        if not any(name and _flattened(name) for name in names):
            return
        forms = elastic_forms(self._pipeline)
        of_rule = Pins.of(rule)
        for detection in detections:
            self._rewrite(detection, _Writer(language or "", forms, of_rule), of_rule.names)

    def _rewrite(
        self, detection: SigmaDetection, writer: _Writer, pinned: frozenset[str] | None
    ) -> None:
        writer = replace(writer, pins=writer.pins.within(detection))
        for index, part in enumerate(detection.detection_items):
            if isinstance(part, SigmaDetection):
                self._rewrite(part, writer, pinned)
            elif part.field and _flattened(part.field) and not _has_own_field(part.field, pinned):
                replacement = writer.rewritten(part)
                if replacement is not part:
                    detection.detection_items[index] = replacement
                    self.processing_item_applied(replacement)


def _flattened(name: str) -> str | None:
    """The flattened field that a Sigma field would be mapped to."""
    row = catalogue().find(name)
    if row is None or row.ecs_type != "flattened":
        return None
    return row.ecs[:-1] + name[len(row.sigma) - 1 :] if row.is_prefix else row.ecs


def _has_own_field(name: str, pinned: frozenset[str] | None) -> bool:
    """Whether these records have a field of its own for it (console logins)."""
    if not pinned:
        return False
    return any(
        row.sigma == name and pinned <= {event.lower() for event in row.events}
        for row in catalogue().fields
        if row.events
    )


@dataclass(frozen=True)
class _Writer:
    """Writes the tests of one rule for one language."""

    language: str
    forms: frozenset[str]
    pins: Pins

    def rewritten(self, original: SigmaDetectionItem) -> Part:
        """The item with each of its values' tests written for the language."""
        name = original.field
        assert name is not None
        field = _Parameter(name, shape_of(self.pins.operations(), name))
        parts = self.tests(field, original.value or [SigmaNull()], original.value_linking)
        if parts is None:
            return original
        whole = _any_of(parts)
        if isinstance(whole, SigmaDetection) and len(parts) > 1:
            whole = SigmaDetection(parts, item_linking=original.value_linking)
        return negated(whole) if original.negated else whole

    def tests(
        self, field: _Parameter, values: Sequence[SigmaType], linking: type[Any]
    ) -> list[Part] | None:
        """The tests of an item's values, None if all stay as they are."""
        parts: list[Part] = []
        searched: list[SigmaString] = []
        unchanged = 0
        for value in values:
            string = _string(field, value)
            if string is not None:
                if self._is_for_flattened(string):
                    parts.append(item(field.flattened, self._minding_case(field, string)))
                elif self.language == "kql":
                    parts.append(self.pattern(field, string))
                else:
                    searched.append(string)
                continue
            part = self.test(field, value)
            unchanged += part is None
            parts.append(part or item(field.name, value))
        if linking is ConditionOR:
            parts.extend(self.searches(field, searched))
        else:
            parts.extend(part for each in searched for part in self.searches(field, [each]))
        return None if unchanged == len(values) else _together(parts, linking)

    def test(self, field: _Parameter, value: SigmaType) -> Part | None:
        """The test of one value that is no text, None to leave it as it is."""
        match value:
            case SigmaExpansion(values=values):
                parts = self.tests(field, values, ConditionOR)
                return None if parts is None else _any_of(parts)
            case SigmaNull():
                return negated(self.presence(field))
            case SigmaExists(exists=exists):
                return self.presence(field) if exists else negated(self.presence(field))
            case SigmaRegularExpression() if self.language != "kql":  # which refuses it
                return self.expression(field, value)
            case SigmaString():
                return self.presence(field)
            case _:
                return None

    def presence(self, field: _Parameter) -> Part:
        if self._flattened_answers and field.shape.kind is not Kind.OBJECT:
            return item(field.flattened, SigmaExists(True))
        self._require("text", field)
        field.tell("")
        if self.language == "kql":
            return item(field.text, *text.key_patterns(field.keys))
        return item(field.text, text.key_test(field.keys))

    def searches(
        self, field: _Parameter, values: Sequence[SigmaString]
    ) -> list[SigmaDetectionItem]:
        """Texts by regular expressions."""
        if not values:
            return []
        for value in values:
            self._tell(field, value)
        # EQL alone has an operator that ignores case, in names too, which keeps them readable.
        tests = text.value_tests(
            field.keys,
            values,
            document=field.may_hold_json,
            whole_flag=self.language == "eql" and field.shape.is_only_spelling,
        )
        return [item(field.text, test) for test in tests]

    def pattern(self, field: _Parameter, value: SigmaString) -> SigmaDetectionItem:
        """A text by wildcards, which is all that KQL has."""
        self._tell(field, value)
        self._minding_case(field, value)
        if value.startswith(STAR) or STAR in value.s[1:-1]:
            report(
                "SC304",
                f"KQL's wildcard runs over the end of {field.name}, so that values are found in "
                f"other members of {field.object} too",
                field=field.name,
            )
        may_be_list = field.shape.kind is not Kind.SCALAR
        return item(field.text, *text.value_patterns(field.keys, value, may_be_list=may_be_list))

    def _is_for_flattened(self, value: SigmaString) -> bool:
        """Whether the flattened form answers a text: a whole one, whose case it minds."""
        if not self._flattened_answers or value.contains_special():
            return False
        minds_case = isinstance(value, SigmaCasedString) or not has_letters(value)
        return minds_case or self.language == "kql" or "text" not in self.forms

    def _minding_case(self, field: _Parameter, value: SigmaString) -> SigmaString:
        """The value for a test that can mind case only; says so where that matters."""
        if isinstance(value, SigmaCasedString):
            return value
        if has_letters(value):
            report(
                "SC303",
                f"{NAMES[self.language]} compares {field.name} by case, which the rule does not "
                "mind",
                field=field.name,
            )
        return SigmaCasedString.from_sigma_string(value)

    def _tell(self, field: _Parameter, value: SigmaString) -> None:
        self._require("text", field)
        spans = text.spans_members(value)
        field.tell(f"'{value}' looks like two members in the text of the object" if spans else "")

    def expression(self, field: _Parameter, value: SigmaRegularExpression) -> SigmaDetectionItem:
        self._require("text", field)
        loose = text.LOOSE.search(value.regexp.to_plain_regex())
        runs_on = "the expression may run over the end of the value into other members"
        field.tell(runs_on if loose else "")
        return item(
            field.text, text.expression_test(field.keys, value, document=field.may_hold_json)
        )

    @property
    def _flattened_answers(self) -> bool:
        return self.language in READS_FLATTENED and "flattened" in self.forms

    def _require(self, form: str, field: _Parameter) -> None:
        if form not in self.forms:
            raise Refusal(
                "SC202",
                f"this test of {field.name} needs Elastic's {form} form of {field.object}, which "
                "is switched off",
                field=field.name,
                hint="add it to --elastic-fields, or -t splunk",
            )


@dataclass(frozen=True)
class _Parameter:
    """A field below one of the objects, and what is known of it."""

    name: str
    shape: Shape

    @property
    def object(self) -> str:
        return self.name.partition(".")[0]

    @property
    def keys(self) -> list[str]:
        return self.name.split(".")[1:]

    @property
    def flattened(self) -> str:
        return _flattened(self.name) or self.name

    @property
    def text(self) -> str:
        row = catalogue().find(self.object)
        assert row is not None
        return row.ecs

    @property
    def may_hold_json(self) -> bool:
        return self.shape.kind in (Kind.DOCUMENT, Kind.UNKNOWN, Kind.OBJECT)

    def tell(self, ambiguous: str) -> None:
        """Say that the text is searched, and warn of what it may be mistaken for."""
        report(
            "SC106",
            f"members of {self.object} are searched in the text that Elastic keeps of the whole "
            "object: one of the same name deeper within it counts too, and a text of more than "
            f"{_limit(self.object)} characters is not searched",
        )
        if self.shape.elsewhere:
            ambiguous = ambiguous or (
                f"the text of {self.object} does not tell {self.name} from "
                f"{self.object}.{self.shape.elsewhere}"
            )
        if ambiguous:
            report("SC304", ambiguous, field=self.name)


def _limit(name: str) -> str:
    row = catalogue().find(name)
    assert row is not None
    return f"{row.ecs_limit:,}"


def _string(field: _Parameter, value: SigmaType) -> SigmaString | None:
    """The text that a value stands for, None for tests of another kind."""
    if isinstance(value, SigmaBool):
        return SigmaCasedString("true" if value.boolean else "false")
    if isinstance(value, SigmaNumber) and not isinstance(value, SigmaTimestampPart):
        return SigmaCasedString(str(value.number))
    if not isinstance(value, SigmaString) or is_anything(value):
        return None
    if not field.shape.lower_case or isinstance(value, SigmaCasedString):
        return value
    # A boolean stands in JSON in lower case only.
    lowered = value.map_parts(lambda part: part.lower() if isinstance(part, str) else part)
    return SigmaCasedString.from_sigma_string(lowered)


def _together(parts: list[Part], linking: type[Any]) -> list[Part]:
    """Alternatives on one field as the values of one item, which languages with lists like."""
    fields = {part.field for part in parts if isinstance(part, SigmaDetectionItem)}
    if linking is not ConditionOR or len(fields) != 1:
        return parts
    items = [part for part in parts if isinstance(part, SigmaDetectionItem) and not part.negated]
    if len(items) < len(parts):
        return parts
    return [item(fields.pop(), *(value for each in items for value in each.value))]


def _any_of(parts: list[Part]) -> Part:
    return parts[0] if len(parts) == 1 else SigmaDetection(parts, item_linking=ConditionOR)
