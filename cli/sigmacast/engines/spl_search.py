"""What a condition of ``search`` selects: two truth values, no case, ``*`` as the only wildcard.

Of several values of a field one that fits is enough (general practice; no document states it).
Sources: Splunk Search Reference 10.0, search; Search Manual 10.0, CASE and TERM, and 9.0.2,
"Difference between != and NOT"; for text without a field ``segmenters.conf.spec``.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeAlias

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.spl_event import Event
from sigmacast.engines.spl_tree import And, Everything, Macro, Matches, Node, Not, Or, Text, Value
from sigmacast.engines.spl_values import (
    NUMBERS,
    Network,
    is_within,
    network,
    number,
    pcre,
    wildcards,
)
from sigmacast.engines.spl_values import found as is_found

__all__ = ["ORDERS", "Test", "search_test"]

Test: TypeAlias = Callable[[Event], bool]

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

_MAJOR = "[]<>(){}|!;,'\"* \n\r\t&?+"
_MINOR = "/:=@.-$#%\\_"
"""Where words end, in the default of ``segmenters.conf`` without its sequences such as ``%20``."""


def search_test(node: Node) -> Test:
    """Whether a condition of search holds for an event.

    Raises Unsupported for a macro and for text that Splunk may read in more than one way.
    """
    match node:
        case Everything():
            return lambda _: True
        case And(items):
            parts = [search_test(item) for item in items]
            return lambda event: all(part(event) for part in parts)
        case Or(items):
            parts = [search_test(item) for item in items]
            return lambda event: any(part(event) for part in parts)
        case Not(item):
            inner = search_test(item)
            return lambda event: not inner(event)
        case Matches(field, sign, value):
            return _order(field, sign, value.text) if sign in ORDERS else _equal(field, sign, value)
        case Text(value):
            return _text(value)
        case Macro(call):
            raise Unsupported(f"the macro {call}")
    raise Unsupported(f"{type(node).__name__} in search")


def _equal(field: str, sign: str, value: Value) -> Test:
    test = wildcards(value.text, cased=value.cased)
    block = _network(value)
    any_text = not value.text.strip("*")

    def fits(event: Event, text: str) -> bool:
        if any_text and value.text and not text:
            return event.choose("whether f=* takes an empty text", True, False)
        if block is None:
            return test(text)
        if "/" not in text:
            return is_within(text, block)
        begins_within = is_within(text.partition("/")[0], block)
        return event.choose(
            "a network looked for in a text with a slash", test(text), begins_within, False
        )

    def equal(event: Event) -> bool:
        return any(fits(event, text) for text in event.values(field))

    def unequal(event: Event) -> bool:
        fitting = [fits(event, text) for text in event.values(field)]
        return bool(fitting) and event.choose(
            "!= on several values", not all(fitting), not any(fitting)
        )

    return unequal if sign == "!=" else equal


def _network(value: Value) -> Network | None:
    if "/" not in value.text or "*" in value.text or value.cased:
        return None
    try:
        return network(value.text)
    except Rejected:
        return None


def _order(field: str, sign: str, wanted: str) -> Test:
    """Numeric if both sides are numbers, else by their text."""
    compare = ORDERS[sign]

    def fits(event: Event, text: str) -> bool:
        left = event.choose(NUMBERS, *number(text))
        right = event.choose(NUMBERS, *number(wanted))
        if left is not None and right is not None:
            return compare(left, right)
        written, folded = compare(text, wanted), compare(text.lower(), wanted.lower())
        by_text = event.choose("whether case counts in an order of texts", written, folded)
        if left is None and right is None:
            return by_text
        return event.choose("the order of a text and a number", by_text, False)

    def ordered(event: Event) -> bool:
        fitting = [fits(event, text) for text in event.values(field)]
        if not fitting:
            return False
        return event.choose("an order on several values", any(fitting), all(fitting), fitting[0])

    return ordered


def _text(value: Value) -> Test:
    """A phrase in the event's text: found in whole words for certain, within one perhaps.

    Splunk looks for the words that its segmentation made, so that ``"pacu"`` may not find
    ``pacuser``, and a wildcard may not reach over a major breaker.
    """
    if not value.text:
        raise Unsupported("an empty text without a field")
    anywhere = wildcards(f"*{value.text}*", cased=value.cased)
    in_words = pcre(_words(value.text if value.cased else value.text.lower()))

    def test(event: Event) -> bool:
        texts = event.values("_raw")
        if not any(map(anywhere, texts)):
            return False
        whole = any(is_found(in_words, text if value.cased else text.lower()) for text in texts)
        return event.choose("whether text without a field is found within a word", True, whole)

    return test


def _words(pattern: str) -> str:
    """The expression that finds a phrase between breakers, its wildcards within a word."""
    import re2

    def one_of(characters: str) -> str:
        return "".join(f"\\{char}" if char.isprintable() else char for char in characters)

    gap = f"[^{one_of(_MAJOR)}]*"
    end = f"[{one_of(_MAJOR + _MINOR)}]"
    breakers = _MAJOR + _MINOR  # a star at the border counts as one
    before = "" if pattern[0] in breakers else f"(?:^|{end})"
    after = "" if pattern[-1] in breakers else f"(?:$|{end})"
    return f"(?s){before}{gap.join(map(re2.escape, pattern.split('*')))}{after}"
