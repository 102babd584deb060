"""What a correlation means on the events that its rules matched."""

from __future__ import annotations

from typing import Any

import pytest
from sigma.correlations import SigmaCorrelationRule

from sigmacast.diagnostics import Refusal
from sigmacast.matching.correlations import Correlation, Firing, Occurrence


def correlation(**parts: Any) -> Correlation:
    parts.setdefault("rules", ["a"])
    parts.setdefault("timespan", "10s")
    parts = {name.replace("_", "-") if name == "group_by" else name: v for name, v in parts.items()}
    return Correlation(SigmaCorrelationRule.from_dict({"title": "c", "correlation": parts}))


def occurrences(*times: float, **fields: Any) -> list[Occurrence]:
    """One for each time; a field's list gives each its own value."""
    return [
        Occurrence(
            time,
            round(time * 1000),
            {name: value[index] for name, value in fields.items()},
        )
        for index, time in enumerate(times)
    ]


def times(firings: list[Firing]) -> list[float]:
    return [firing.last.time for firing in firings]


def fired(rule: Correlation, *found: float, **fields: Any) -> list[float]:
    return times(rule.firings({"a": occurrences(*found, **fields)}))


def test_the_window_slides_and_has_both_ends():
    rule = correlation(type="event_count", condition={"gte": 3})
    assert fired(rule, 0, 5, 10) == [10]
    assert fired(rule, 0, 5, 10.5) == []
    assert fired(rule, 0, 9, 11, 12) == [12]


def test_one_burst_fires_once_and_a_second_one_again():
    rule = correlation(type="event_count", condition={"gte": 2})
    assert fired(rule, 0, 1, 2, 3) == [1]
    assert fired(rule, 0, 1, 30, 31) == [1, 31]
    assert fired(correlation(type="event_count", condition={"gte": 1}), 0, 60) == [0, 60]


def test_input_need_not_be_sorted():
    rule = correlation(type="event_count", condition={"gte": 3})
    assert fired(rule, 10, 0, 5) == [10]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"gt": 2}, [2]),
        ({"gte": 2}, [1]),
        ({"eq": 2}, [1]),
        ({"lt": 2}, [0]),
        ({"lte": 1}, [0]),
        ({"neq": 1}, [1]),
    ],
)
def test_operators(condition, expected):
    assert fired(correlation(type="event_count", condition=condition), 0, 1, 2) == expected


def test_groups_are_counted_apart_and_an_absent_field_counts_nowhere():
    rule = correlation(type="event_count", group_by=["u"], condition={"gte": 2})
    assert fired(rule, 0, 1, 2, 3, u=["x", "y", "y", "x"]) == [2, 3]
    assert fired(rule, 0, 1, u=[None, None]) == []
    (firing,) = rule.firings({"a": occurrences(0, 1, u=["x", "x"])})
    assert firing.group == {"u": "x"} and len(firing.occurrences) == 2


def test_an_event_counts_in_the_group_of_each_element():
    rule = correlation(type="event_count", group_by=["u"], condition={"gte": 2})
    assert fired(rule, 0, 1, u=[["x", "y"], ["y", "z"]]) == [1]
    many = [[str(n) for n in range(5000)]] * 2
    assert len(rule.firings({"a": occurrences(0, 1, u=many)})) == 1000


def test_value_count_counts_different_values():
    rule = correlation(type="value_count", condition={"gte": 2, "field": "u"})
    assert fired(rule, 0, 1, 2, u=["x", "x", "y"]) == [2]
    assert fired(rule, 0, 1, 11.5, u=["x", "x", "y"]) == []
    both = correlation(type="value_count", condition={"gte": 2, "field": ["u", "v"]})
    assert fired(both, 0, 1, 2, u=["x", "x", "x"], v=["1", "1", "2"]) == [2]


@pytest.mark.parametrize(
    ("kind", "condition", "expected"),
    [
        ("value_sum", {"gt": 5}, [2]),
        ("value_avg", {"gte": 3}, [2]),
        ("value_median", {"gte": 2}, [1]),
        ("value_percentile", {"gte": 5, "percentile": 90}, [2]),
    ],
)
def test_measures(kind, condition, expected):
    rule = correlation(type=kind, condition={**condition, "field": "n"})
    assert fired(rule, 0, 1, 2, 3, n=[1, "3", 6, "no number"]) == expected


def test_temporal_needs_each_rule_in_any_order():
    rule = correlation(type="temporal", rules=["a", "b"], group_by=["u"])
    a, b = occurrences(5, 50, u=["x", "x"]), occurrences(1, 70, u=["x", "x"])
    assert times(rule.firings({"a": a, "b": b})) == [5]
    assert rule.firings({"a": a, "b": occurrences(6, u=["y"])}) == []


def test_temporal_ordered_needs_them_in_order():
    rule = correlation(type="temporal_ordered", rules=["a", "b", "c"])
    a, b, c = occurrences(1), occurrences(5), occurrences(8)
    assert times(rule.firings({"a": a, "b": b, "c": c})) == [8]
    assert rule.firings({"a": b, "b": a, "c": c}) == []
    assert rule.firings({"a": occurrences(0), "b": b, "c": occurrences(10.5)}) == []
    again = rule.firings({"a": occurrences(0, 4), "b": b, "c": occurrences(12)})
    assert times(again) == [12]


def test_events_of_one_second_are_in_the_order_asked_for():
    rule = correlation(type="temporal_ordered", rules=["a", "b"])
    first, second = Occurrence(1, 7, {}), Occurrence(1, 3, {})
    assert times(rule.firings({"a": [first], "b": [second]})) == [1]


def test_conditions_over_the_names_of_rules():
    rule = correlation(type="temporal", rules=["a", "b", "c"], condition="a and (b or not c)")
    assert times(rule.firings({"a": occurrences(1)})) == [1]
    assert times(rule.firings({"a": occurrences(2), "c": occurrences(1)})) == []
    assert times(rule.firings({"a": occurrences(2), "b": occurrences(3), "c": occurrences(1)})) == [
        3
    ]
    ordered = correlation(type="temporal_ordered", rules=["a", "b"], condition="a and b")
    assert times(ordered.firings({"a": occurrences(1), "b": occurrences(2)})) == [2]


def test_an_order_over_alternatives_is_refused():
    with pytest.raises(Refusal, match="ordered"):
        correlation(type="temporal_ordered", rules=["a", "b"], condition="a or b")


def test_aliases_join_fields_of_other_names():
    aliases = {"who": {"a": "u", "b": "v"}}
    rule = correlation(type="temporal", rules=["a", "b"], aliases=aliases, group_by=["who"])
    same = rule.firings({"a": occurrences(1, u=["x"]), "b": occurrences(2, v=["x"])})
    assert [firing.group for firing in same] == [{"who": "x"}]
    assert rule.firings({"a": occurrences(1, u=["x"]), "b": occurrences(2, v=["y"])}) == []


def test_a_correlation_counts_what_another_found():
    burst = correlation(type="event_count", group_by=["u"], condition={"gte": 2})
    found = burst.firings({"a": occurrences(0, 1, 20, 21, u=["x"] * 4)})
    above = correlation(type="event_count", timespan="1m", group_by=["u"], condition={"gte": 2})
    (firing,) = above.firings({"a": [each.as_occurrence() for each in found]})
    assert firing.last.time == 21 and firing.group == {"u": "x"}


def test_one_event_of_two_rules_counts_once():
    rule = correlation(type="event_count", rules=["a", "b"], condition={"gte": 2})
    assert rule.firings({"a": occurrences(1), "b": occurrences(1)}) == []


@pytest.mark.parametrize("percentile", [None, 101])
def test_a_percentile_is_needed(percentile):
    condition = {"gte": 1, "field": "n"}
    if percentile is not None:
        condition["percentile"] = percentile
    with pytest.raises(Refusal, match="percentile"):
        correlation(type="value_percentile", condition=condition)


def test_long_runs_take_time_that_grows_with_them():
    rule = correlation(type="temporal_ordered", rules=["a", "b"], timespan="1d", condition=None)
    many = occurrences(*range(20_000))
    assert len(rule.firings({"a": many, "b": many})) == 1
