"""``sigmacast_whole_objects``: tests of requestParameters and its like as a whole, in Elastic.

Sigma compares an object by its compact JSON text; Elastic's integration keeps the text that Java
writes of it (``{userName=bob, path=/}``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from sigma.processing.transformations.base import DetectionItemTransformation
from sigma.rule import SigmaDetection, SigmaDetectionItem
from sigma.types import (
    SigmaCasedString,
    SigmaExpansion,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaType,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import STAR, has_letters, is_anything
from sigmacast.schema import Field, catalogue
from sigmacast.transformations.java_fragments import BORDERS, Piece, is_structured, pieces
from sigmacast.transformations.language import elastic_forms, language_of


@dataclass
class WholeObjects(DetectionItemTransformation):
    """Write JSON texts as Java does; to run before any mapping, for our Elastic targets only.

    Raises Refusal SC202 for an object compared with a whole text, and for a regular expression
    that looks for JSON's quotes.
    """

    def apply_detection_item(
        self, detection_item: SigmaDetectionItem
    ) -> SigmaDetection | SigmaDetectionItem | None:
        """Replace the values of a test of an object."""
        language = language_of(self._pipeline)
        row = catalogue().find(detection_item.field or "")
        if language in (None, "splunk") or row is None or row.json_type != "object" or not row.ecs:
            return None
        if "text" not in elastic_forms(self._pipeline):
            raise _refusal(row, "needs Elastic's text form, which is switched off")
        change = partial(_changed, row=row, language=str(language))
        detection_item.value = [change(value) for value in detection_item.value]
        return detection_item


def _changed(value: SigmaType, row: Field, language: str) -> SigmaType:
    if isinstance(value, SigmaExpansion):
        return SigmaExpansion([_changed(each, row, language) for each in value.values])
    if isinstance(value, SigmaRegularExpression):
        if '"' in value.regexp.to_plain_regex():
            raise _refusal(
                row,
                "looks for JSON's quotes, and Elastic keeps the object as {name=value}",
            )
        return value
    if not isinstance(value, SigmaString) or is_anything(value):
        return value
    texts = [part for part in value.s if isinstance(part, str)]
    if value.s[:1] != [STAR] or value.s[-1:] != [STAR]:
        raise _refusal(row, "compares the whole object with one text")
    if len(texts) > 1:
        report(
            "SC304",
            f"Elastic keeps the members of {row.sigma} in Java's order, so that the parts of "
            f"'{value}' may stand there in another one",
            field=row.sigma,
        )
    report(
        "SC106",
        f"{row.sigma} is searched in the text that Elastic keeps of it, up to {row.ecs_limit:,} "
        "characters",
    )
    if any('"' in text and "\\" not in text for text in texts):
        report(
            "SC108",
            f"the quotes in '{value}' are JSON's own; in a member that itself holds JSON, such as "
            "a policy, they are escaped, and neither the rule nor the query finds them there",
            field=row.sigma,
        )
    if not any(map(is_structured, texts)):
        return value
    return _pattern(value, row) if language == "kql" else _expression(value, language)


def _expression(value: SigmaString, language: str) -> SigmaRegularExpression:
    folded = has_letters(value) and not isinstance(value, SigmaCasedString)
    whole_flag = folded and language == "eql"
    written = "".join(
        (".*" if part is STAR else ".")
        if not isinstance(part, str)
        else _written(part, folded=folded and not whole_flag)
        for part in value.s[1:-1]
    )
    flags = {SigmaRegularExpressionFlag.IGNORECASE} if whole_flag else set()
    return SigmaRegularExpression(written, flags)


def _written(text: str, *, folded: bool) -> str:
    def literal(piece: str) -> str:
        return f"(?i:{re.escape(piece)})" if folded else re.escape(piece)

    return "".join(
        literal(piece) if isinstance(piece, Piece) else BORDERS[piece] for piece in pieces(text)
    )


def _pattern(value: SigmaString, row: Field) -> SigmaString:
    """For KQL, whose wildcards cannot say where a name or a value begins or ends."""
    report(
        "SC304",
        f"KQL cannot say where a name or a value of {row.sigma} begins and ends in Elastic's text "
        "of the object",
        field=row.sigma,
    )
    return value.map_parts(
        lambda part: (
            "".join(piece for piece in pieces(part) if isinstance(piece, Piece))
            if isinstance(part, str)
            else part
        )
    )


def _refusal(row: Field, what: str) -> Refusal:
    return Refusal(
        "SC202",
        f"this test of {row.sigma} {what}",
        field=row.sigma,
        hint=f"test a member such as {row.sigma}.name, or -t splunk",
    )
