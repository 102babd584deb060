"""Whether a value of a rule would match a certain text, as ``matching`` has it."""

from __future__ import annotations

from sigma.types import SigmaCasedString, SigmaRegularExpression, SigmaString, SigmaType

from sigmacast.diagnostics import Refusal
from sigmacast.matching.patterns import pattern_test
from sigmacast.matching.regex import regex_test
from sigmacast.rule_parts import is_anything


def fits_any(value: SigmaType, *texts: str) -> bool:
    """Whether a text, pattern or expression matches one of *texts*.

    ``*`` and a value with placeholders do not count. An expression that cannot be searched in
    bounded time is taken for one that fits.
    """
    if isinstance(value, SigmaString):
        if value.contains_placeholder() or is_anything(value):
            return False
        return any(map(pattern_test(value, cased=isinstance(value, SigmaCasedString)), texts))
    if isinstance(value, SigmaRegularExpression) and not value.contains_placeholder():
        try:
            return any(map(regex_test(value, None), texts))
        except Refusal:
            return True
    return False
