"""Many rules on one stream of events: only those are asked that an event's names allow."""

from __future__ import annotations

from collections.abc import Sequence

from sigmacast.matching.comparing import fold, text
from sigmacast.matching.paths import Record, getter
from sigmacast.matching.rules import Matcher

KEYS = ("eventName", "eventSource")
"""The fields that rules are kept by; nearly each rule requires exact values of one of them."""


class RuleIndex:
    """Rules by the event names, else event sources, that they require; the rest is always asked."""

    def __init__(self, matchers: Sequence[Matcher]) -> None:
        self._tests = [matcher.matches for matcher in matchers]
        self._getters = [getter(field) for field in KEYS]
        self._by_key: list[dict[str, list[int]]] = [{} for _ in KEYS]
        self._always: list[int] = []
        for position, matcher in enumerate(matchers):
            self._place(position, matcher)

    def _place(self, position: int, matcher: Matcher) -> None:
        for field, rules in zip(KEYS, self._by_key, strict=True):
            required = matcher.required(field)
            if required is not None:
                for key in required:
                    rules.setdefault(key, []).append(position)
                return
        self._always.append(position)

    def matching(self, event: Record) -> list[int]:
        """The positions of the rules that match an event, in the order of the rules."""
        asked = set(self._always)
        for get, rules in zip(self._getters, self._by_key, strict=True):
            for value in get(event):
                asked.update(rules.get(fold(text(value)), ()))
        return [position for position in sorted(asked) if self._tests[position](event)]
