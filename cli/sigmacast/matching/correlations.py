"""What a Sigma correlation means on the events that its rules matched.

The window slides: at each event it reaches back by the timespan, ends included. A correlation fires
at the event at which its condition becomes true, and again only after it was false or the window
ran empty, so that one burst is one finding. An event in which a group-by field is absent takes no
part; where the field is a list, it counts in the group of each element. CloudTrail's times have
whole seconds, so that events of one second are taken to be in the order that an ordered correlation
asks for. (Sigma correlation rules specification 2.1.0, which leaves these points open.)
"""

from __future__ import annotations

import math
import operator
from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any, TypeAlias

from sigma.correlations import (
    CorrelationConditionAND,
    CorrelationConditionNOT,
    CorrelationConditionOR,
    SigmaCorrelationCondition,
    SigmaCorrelationConditionOperator,
    SigmaCorrelationRule,
    SigmaCorrelationType,
    SigmaExtendedCorrelationCondition,
    SigmaRuleReference,
)

from sigmacast.diagnostics import Refusal
from sigmacast.matching.comparing import number, text
from sigmacast.matching.paths import Record, getter

MAX_GROUPS = 1_000
"""Groups that one event may count in; lists in several group-by fields multiply."""

Key: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """What a rule matched: an event, or the event at which a correlation fired.

    ``time`` is in seconds, ``order`` the place in the stream; ``source`` is handed through.
    ``group`` holds the group-by values of a correlation that fired.
    """

    time: float
    order: int
    record: Record
    source: Any = None
    group: Mapping[str, str] = field(default_factory=dict)

    def texts(self, name: str) -> list[str]:
        """The values of a field."""
        if name in self.group:
            return [self.group[name]]
        return [text(value) for value in getter(name)(self.record)]


@dataclass(frozen=True, slots=True)
class Firing:
    """A correlation's condition became true: for which group, at what, over which events."""

    group: Mapping[str, str]
    last: Occurrence
    occurrences: tuple[Occurrence, ...]

    def as_occurrence(self) -> Occurrence:
        """The firing as something that a further correlation counts."""
        last = self.last
        return Occurrence(last.time, last.order, last.record, last.source, self.group)


class Correlation:
    """A correlation rule made ready; raises Refusal SC502 for what has no defined meaning."""

    def __init__(self, rule: SigmaCorrelationRule) -> None:
        condition = rule.condition
        self._span = rule.timespan.seconds
        self._group_by = list(rule.group_by or ())
        self._aliases = {
            alias.alias: {reference.reference: name for reference, name in alias.mapping.items()}
            for alias in rule.aliases
        }
        if isinstance(condition, SigmaExtendedCorrelationCondition):
            self.references = condition.get_referenced_rules()
        else:
            self.references = [each.reference for each in rule.rules or ()]
        self._window = _window_of(rule, self.references)

    def firings(self, matched: Mapping[str, Iterable[Occurrence]]) -> list[Firing]:
        """Where the correlation fires, in order of time.

        *matched* holds for each reference what its rule matched, in any order.
        """
        groups: dict[Key, list[_Step]] = {}
        for rank, reference in enumerate(self.references):
            for occurrence in matched.get(reference, ()):
                for key in self._keys(occurrence, reference):
                    groups.setdefault(key, []).append(_Step(occurrence, rank))
        found = [firing for key, steps in groups.items() for firing in self._firings_of(key, steps)]
        return sorted(found, key=lambda firing: (firing.last.time, firing.last.order))

    def _keys(self, occurrence: Occurrence, reference: str) -> Iterator[Key]:
        names = [self._aliases.get(name, {}).get(reference, name) for name in self._group_by]
        values = [dict.fromkeys(occurrence.texts(name)) for name in names]
        return islice(product(*values), MAX_GROUPS)

    def _firings_of(self, key: Key, steps: list[_Step]) -> Iterator[Firing]:
        group = dict(zip(self._group_by, key, strict=True))
        window = self._window()
        inside: deque[_Step] = deque()
        held = False
        for step in sorted(steps, key=_Step.sorted_by):
            window.start = step.occurrence.time - self._span
            while inside and inside[0].occurrence.time < window.start:
                window.remove(inside.popleft())
            held = held and bool(inside)
            inside.append(step)
            window.add(step)
            holds = window.holds()
            if holds and not held:
                yield Firing(group, step.occurrence, _distinct(inside))
            held = holds


@dataclass(frozen=True, slots=True)
class _Step:
    """An occurrence for one of the correlation's rules, by its rank among them."""

    occurrence: Occurrence
    rank: int

    def sorted_by(self) -> tuple[float, int, int]:
        return (self.occurrence.time, self.rank, self.occurrence.order)


def _distinct(steps: Iterable[_Step]) -> tuple[Occurrence, ...]:
    """Each event once, also where several of the rules matched it."""
    return tuple({step.occurrence.order: step.occurrence for step in steps}.values())


class _Window:
    """What a correlation knows of the steps in its window, which begins at ``start``."""

    start = -math.inf

    def add(self, step: _Step) -> None:
        """A step has come."""

    def remove(self, step: _Step) -> None:
        """The oldest step is out of reach."""

    def holds(self) -> bool:
        """Whether the condition holds now."""
        raise NotImplementedError


class _Counting(_Window):
    """Events, or different values of fields, compared with a number."""

    def __init__(self, fields: Sequence[str], compare: Callable[[float], bool]) -> None:
        self._fields = fields
        self._compare = compare
        self._seen: Counter[object] = Counter()

    def add(self, step: _Step) -> None:
        self._seen.update(self._counted(step))

    def remove(self, step: _Step) -> None:
        for key in self._counted(step):
            self._seen[key] -= 1
            if not self._seen[key]:
                del self._seen[key]

    def holds(self) -> bool:
        return self._compare(len(self._seen))

    def _counted(self, step: _Step) -> list[object]:
        if not self._fields:
            return [step.occurrence.order]
        values = [dict.fromkeys(step.occurrence.texts(name)) for name in self._fields]
        return list(islice(product(*values), MAX_GROUPS))


class _Measuring(_Window):
    """A measure of a numeric field's values, compared with a number."""

    def __init__(
        self, name: str, measure: Callable[[list[float]], float], compare: Callable[[float], bool]
    ) -> None:
        self._name = name
        self._measure = measure
        self._compare = compare
        self._values: list[float] = []

    def add(self, step: _Step) -> None:
        for value in self._numbers(step):
            insort(self._values, value)

    def remove(self, step: _Step) -> None:
        for value in self._numbers(step):
            del self._values[bisect_left(self._values, value)]

    def holds(self) -> bool:
        return bool(self._values) and self._compare(self._measure(self._values))

    def _numbers(self, step: _Step) -> list[float]:
        found = [number(written) for written in step.occurrence.texts(self._name)]
        return [value for value in found if value is not None and math.isfinite(value)]


class _Present(_Window):
    """Which of the rules have matched, asked by a condition over their names."""

    def __init__(self, condition: Callable[[Mapping[int, int]], bool]) -> None:
        self._condition = condition
        self._seen: Counter[int] = Counter()

    def add(self, step: _Step) -> None:
        self._seen[step.rank] += 1

    def remove(self, step: _Step) -> None:
        self._seen[step.rank] -= 1

    def holds(self) -> bool:
        return self._condition(self._seen)


class _Ordered(_Window):
    """Whether the rules matched one after the other.

    For each rule the latest start of a chain that ends in it: one look at each step is enough.
    """

    def __init__(self, count: int) -> None:
        self._starts = [-math.inf] * count

    def add(self, step: _Step) -> None:
        rank, time = step.rank, step.occurrence.time
        self._starts[rank] = time if rank == 0 else max(self._starts[rank], self._starts[rank - 1])

    def holds(self) -> bool:
        return self._starts[-1] >= self.start


def _window_of(rule: SigmaCorrelationRule, references: Sequence[str]) -> Callable[[], _Window]:
    condition = rule.condition
    kind = rule.type
    if isinstance(condition, SigmaExtendedCorrelationCondition):
        parsed = condition.parsed
        if kind is SigmaCorrelationType.TEMPORAL:
            holds = _boolean(parsed, references)
            return lambda: _Present(holds)
        if not _only_and(parsed):
            raise Refusal(
                "SC502",
                "an ordered correlation over 'or' or 'not' has no defined order",
                hint="name the rules with 'and', or use the type temporal",
                at=("correlation", "condition"),
            )
        return lambda: _Ordered(len(references))
    if kind is SigmaCorrelationType.TEMPORAL_ORDERED:
        return lambda: _Ordered(len(references))
    compare = _comparison(condition)
    if kind is SigmaCorrelationType.TEMPORAL:
        return lambda: _Present(lambda seen: compare(sum(1 for times in seen.values() if times)))
    names = condition.fieldref or []
    names = [names] if isinstance(names, str) else list(names)
    if kind is SigmaCorrelationType.EVENT_COUNT:
        return lambda: _Counting([], compare)
    if kind is SigmaCorrelationType.VALUE_COUNT:
        return lambda: _Counting(names, compare)
    if len(names) != 1:
        raise Refusal(
            "SC502",
            f"{kind.name.lower()} measures one field, not {len(names)}",
            hint="name one field",
            at=("correlation", "condition"),
        )
    measure = _measure(kind, condition)
    return lambda: _Measuring(names[0], measure, compare)


def _comparison(condition: SigmaCorrelationCondition) -> Callable[[float], bool]:
    compare: Callable[[Any, Any], bool] = {
        SigmaCorrelationConditionOperator.LT: operator.lt,
        SigmaCorrelationConditionOperator.LTE: operator.le,
        SigmaCorrelationConditionOperator.GT: operator.gt,
        SigmaCorrelationConditionOperator.GTE: operator.ge,
        SigmaCorrelationConditionOperator.EQ: operator.eq,
        SigmaCorrelationConditionOperator.NEQ: operator.ne,
    }[condition.op]
    limit = condition.count
    return lambda value: compare(value, limit)


def _measure(
    kind: SigmaCorrelationType, condition: SigmaCorrelationCondition
) -> Callable[[list[float]], float]:
    """A measure of sorted values, of which there is at least one."""
    if kind is SigmaCorrelationType.VALUE_SUM:
        return math.fsum
    if kind is SigmaCorrelationType.VALUE_AVG:
        return lambda values: math.fsum(values) / len(values)
    if kind is SigmaCorrelationType.VALUE_MEDIAN:
        return lambda values: _quantile(values, 0.5)
    percentile = condition.percentile
    if percentile is None or not 0 <= percentile <= 100:
        raise Refusal(
            "SC006",
            "value_percentile needs a percentile from 0 to 100",
            hint="add percentile: 95 to the condition",
            at=("correlation", "condition"),
        )
    return lambda values: _quantile(values, percentile / 100)


def _quantile(values: Sequence[float], part: float) -> float:
    """Linear interpolation between the two nearest of the sorted values."""
    place = (len(values) - 1) * part
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (place - below)


def _boolean(parsed: Any, references: Sequence[str]) -> Callable[[Mapping[int, int]], bool]:
    match parsed:
        case SigmaRuleReference():
            rank = references.index(parsed.reference)
            return lambda seen: bool(seen.get(rank))
        case CorrelationConditionNOT(args=[inner]):
            part = _boolean(inner, references)
            return lambda seen: not part(seen)
        case CorrelationConditionAND(args=args):
            parts = [_boolean(arg, references) for arg in args]
            return lambda seen: all(part(seen) for part in parts)
        case CorrelationConditionOR(args=args):
            parts = [_boolean(arg, references) for arg in args]
            return lambda seen: any(part(seen) for part in parts)
        case _:
            raise Refusal("SC502", f"a condition of kind {type(parsed).__name__} has no meaning")


def _only_and(parsed: Any) -> bool:
    if isinstance(parsed, CorrelationConditionAND):
        return all(map(_only_and, parsed.args))
    return isinstance(parsed, SigmaRuleReference)
