"""Where the findings of pySigma's validators stand: they name values, and no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import fields as attributes
from functools import cached_property
from typing import Any

from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaLogSource, SigmaRule
from sigma.types import SigmaString
from sigma.validators.base import SigmaValidationIssue

from sigmacast.checks.base import DETECTION
from sigmacast.diagnostics import Route

LONGEST_TEXT = 100
"""Characters of a value that a message shows."""


@dataclass(frozen=True, slots=True)
class Place:
    """A route, to its value or else to its key, and the field that stands there."""

    at: Route
    on_value: bool = False
    field: str | None = None


@dataclass(frozen=True, slots=True)
class _Written:
    """A field test as pySigma has it, with where and how it is written."""

    item: SigmaDetectionItem
    at: Route
    value: Any

    def place(self, index: int | None = None) -> Place:
        """That of the key, or of one of the values as pySigma counts them."""
        if index is None or not self._keeps_values:
            return Place(self.at, field=self.item.field)
        at = (*self.at, index) if isinstance(self.value, list) else self.at
        return Place(at, on_value=True, field=self.item.field)

    def written(self, index: int) -> Any:
        """One of the values as it stands in the file; None where modifiers made several of it."""
        if not self._keeps_values:
            return None
        return self.value[index] if isinstance(self.value, list) else self.value

    @property
    def _keeps_values(self) -> bool:
        return len(self.item.value) == len(self.item.original_value or ())


class Places:
    """Places in one document; ``rule`` is pySigma's rule, None for a correlation."""

    def __init__(self, data: Mapping[str, Any], rule: SigmaRule | None) -> None:
        self._data = data
        self._rule = rule
        self._given: Counter[tuple[str, str]] = Counter()
        self._scalars: dict[Route, tuple[list[tuple[Place, str]], dict[str, Place]]] = {}

    def of(self, issue: SigmaValidationIssue, within: Route, fields: Sequence[str] = ()) -> Place:
        """The nearest place known.

        *within* leads to the part that the validator looks at, *fields* are those that it tests
        where it does not test all.
        """
        values = list(_values(issue))
        for value in values:
            if isinstance(value, SigmaDetectionItem):
                return next(each.place() for each in self._tests if each.item is value)
        texts = [_text(value) for value in values]
        if within == (DETECTION,):
            found = self._in_detection(issue, values, texts, fields)
            if found is not None:
                return found
        for text in texts:
            found = self._search(text, within)
            if found is not None:
                return found
        return Place(within, on_value=not isinstance(self._part(within), (dict, list)))

    def concrete(self, issue: SigmaValidationIssue) -> str:
        """What the issue names, as it is written in the rule where that can be told."""
        shown = []
        for value in _values(issue):
            text = _text(value)
            if isinstance(value, SigmaDetectionItem):
                text = next(str(each.at[-1]) for each in self._tests if each.item is value)
            elif isinstance(value, SigmaString):
                text = self._as_written(value) or text
            shown.append(text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…")
        return ", ".join(dict.fromkeys(filter(None, shown)))

    def _as_written(self, value: SigmaString) -> str:
        found = self._by_identity.get(id(value))
        return "" if found is None else _text(found[0].written(found[1]))

    @cached_property
    def _tests(self) -> list[_Written]:
        if self._rule is None:
            return []
        written = self._data[DETECTION]
        return [
            test
            for name, detection in self._rule.detection.detections.items()
            for test in _tests(detection, written[name], (DETECTION, name))
        ]

    @cached_property
    def _values(self) -> list[tuple[str, _Written, int]]:
        """All values as texts, with the test and the index that they have in it."""
        return [
            (str(getattr(value, "regexp", value)), test, index)
            for test in self._tests
            for index, value in enumerate(test.item.value)
        ]

    @cached_property
    def _by_identity(self) -> dict[int, tuple[_Written, int]]:
        return {id(test.item.value[index]): (test, index) for _, test, index in self._values}

    @cached_property
    def _by_text(self) -> dict[str, list[tuple[_Written, int]]]:
        found: dict[str, list[tuple[_Written, int]]] = {}
        for text, test, index in self._values:
            found.setdefault(text, []).append((test, index))
        return found

    def _in_detection(
        self,
        issue: SigmaValidationIssue,
        values: Sequence[Any],
        texts: Sequence[str],
        fields: Sequence[str],
    ) -> Place | None:
        for value in values:
            if id(value) in self._by_identity:
                test, index = self._by_identity[id(value)]
                return test.place(index)
        field = getattr(issue, "field", None)
        looked_at = fields if field is None else (field,)
        wanted = [text for text in texts if text and text != field]
        for text in wanted:
            # What repeats an earlier value is found last.
            for test, index in reversed(self._by_text.get(text, ())):
                if not looked_at or test.item.field in looked_at:
                    return test.place(index)
        for text, test, index in self._values if wanted else ():
            fits = not looked_at or test.item.field in looked_at
            if fits and any(each in text for each in wanted):
                return test.place(index)
        tests = [each for each in self._tests if each.item.field == field]
        if field is None or not tests:
            return None
        # The same issue comes once for each test of the field, in their order.
        key = (type(issue).__name__, field)
        self._given[key] += 1
        return tests[min(self._given[key], len(tests)) - 1].place()

    def _part(self, at: Route) -> Any:
        data: Any = self._data
        for step in at:
            data = data.get(step) if isinstance(data, dict) else None
        return data

    def _search(self, text: str, within: Route) -> Place | None:
        """The last place that has this text, else the first that contains it."""
        if not within:
            return Place((text,)) if text in self._data else None
        if within not in self._scalars:
            scalars = list(_scalars(self._part(within), within))
            self._scalars[within] = scalars, {text.casefold(): place for place, text in scalars}
        scalars, by_text = self._scalars[within]
        same = by_text.get(text.casefold())
        part = (place for place, found in scalars if place.on_value and text in found)
        return same or next(part, None)


def _tests(detection: SigmaDetection, written: Any, at: Route) -> Iterator[_Written]:
    """The tests of a selection beside what they are made from, in one order."""
    items = detection.detection_items
    if isinstance(written, Mapping):
        for item, (key, value) in zip(items, written.items(), strict=True):
            assert isinstance(item, SigmaDetectionItem)
            yield _Written(item, (*at, str(key)), value)
    elif isinstance(items[0], SigmaDetectionItem):
        yield _Written(items[0], at, written)
    else:
        for index, (item, value) in enumerate(zip(items, written, strict=True)):
            assert isinstance(item, SigmaDetection)
            yield from _tests(item, value, (*at, index))


def _scalars(data: Any, at: Route) -> Iterator[tuple[Place, str]]:
    """Keys and scalars below a place, in the order of the file."""
    if isinstance(data, dict):
        for key, value in data.items():
            route = (*at, str(key))
            yield Place(route), str(key)
            yield from _scalars(value, route)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _scalars(value, (*at, index))
    elif data is not None:
        yield Place(at, on_value=True), str(data)


def _values(issue: SigmaValidationIssue) -> Iterator[Any]:
    """What an issue says besides the rules: its attributes, lists opened."""
    for each in attributes(issue):
        value = getattr(issue, each.name)
        if each.name == "rules" or isinstance(value, (set, frozenset)):
            continue
        yield from value if isinstance(value, (list, tuple)) else (value,)


def _text(value: Any) -> str:
    """A value of an issue on one line."""
    if isinstance(value, SigmaLogSource):
        return _joined((value.product, value.category, value.service))
    if isinstance(value, (SigmaDetectionItem, type(None))):
        return ""
    text = str(value)
    return text if text.isprintable() else repr(text)[1:-1]


def _joined(parts: Iterable[str | None]) -> str:
    return "/".join(part for part in parts if part)
