"""Laws of matching: conditions by the rules of logic, one meaning however it is computed."""

from __future__ import annotations

import re
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.rule import SigmaRule
from sigma.types import SigmaString

from sigmacast.matching.index import RuleIndex
from sigmacast.matching.patterns import pattern_test
from sigmacast.matching.rules import Matcher, compile_rule

SETTINGS = settings(max_examples=200, deadline=None)
FIELDS = ("eventName", "eventSource", "userAgent", "requestParameters.a", "requestParameters.b.c")
TEXTS = ("x", "X", "xy", "y", "", "5", "true", "x*", "?y", "*")
SCALARS: st.SearchStrategy[Any] = st.sampled_from(["x", "XY", "y", "", 5, 5.0, "5", True, "True"])
VALUES = st.recursive(
    SCALARS | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("bcd"), inner),
    max_leaves=6,
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "eventName": VALUES,
        "eventSource": VALUES,
        "userAgent": VALUES,
        "requestParameters": st.dictionaries(st.sampled_from(["a", "b", "b.c"]), VALUES),
    },
)
MODIFIERS = ("", "|contains", "|startswith", "|cased", "|neq")
ITEMS = st.one_of(
    st.tuples(
        st.builds(str.__add__, st.sampled_from(FIELDS), st.sampled_from(MODIFIERS)),
        st.sampled_from(TEXTS) | st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3),
    ),
    st.tuples(st.sampled_from(FIELDS), st.sampled_from([5, True, None])),
    st.tuples(st.sampled_from([f"{field}|exists" for field in FIELDS]), st.booleans()),
)
SELECTIONS = st.lists(ITEMS, min_size=1, max_size=3).map(dict)


def rule(condition: str, **selections: Any) -> Matcher:
    document = {
        "title": "x",
        "logsource": {"product": "aws", "service": "cloudtrail"},
        "detection": {**selections, "condition": condition},
    }
    return compile_rule(SigmaRule.from_dict(document))


@SETTINGS
@given(SELECTIONS, SELECTIONS, EVENTS)
def test_de_morgan(a, b, event):
    left = rule("not (a or b)", a=a, b=b)
    right = rule("not a and not b", a=a, b=b)
    assert left.matches(event) == right.matches(event)


@SETTINGS
@given(SELECTIONS, SELECTIONS, EVENTS)
def test_the_order_of_selections_never_matters(a, b, event):
    for condition in ("a and b", "a or b", "1 of them", "all of them"):
        forwards = rule(condition, a=a, b=b)
        backwards = rule(
            condition.replace("a and b", "b and a").replace("a or b", "b or a"),
            b=dict(reversed(b.items())),
            a=dict(reversed(a.items())),
        )
        assert forwards.matches(event) == backwards.matches(event)


@SETTINGS
@given(SELECTIONS, SELECTIONS, st.sampled_from(["a and not b", "not a", "a or b"]), EVENTS)
def test_the_explanation_agrees_with_the_predicate(a, b, condition, event):
    matcher = rule(condition, a=a, b=b)
    reason = matcher.why(event)
    assert reason.matched == matcher.matches(event)
    assert reason.deciding()


@SETTINGS
@given(st.lists(st.tuples(SELECTIONS, SELECTIONS), min_size=1, max_size=8), EVENTS)
def test_indexed_and_plain_matching_agree(pairs, event):
    conditions = ("a and b", "a or b", "a and not b", "a")
    matchers = [
        rule(conditions[position % len(conditions)], a=a, b=b)
        for position, (a, b) in enumerate(pairs)
    ]
    plain = [position for position, each in enumerate(matchers) if each.matches(event)]
    assert RuleIndex(matchers).matching(event) == plain


@SETTINGS
@given(st.text("ab*?\\", max_size=8), st.text("abAB", max_size=8))
def test_patterns_mean_what_a_regular_expression_of_them_means(written, text):
    value = SigmaString(written)
    expression = "".join(
        re.escape(part) if isinstance(part, str) else (".*" if "MULTI" in part.name else ".")
        for part in value.s
    )
    for cased in (True, False):
        found = re.fullmatch(expression, text, re.DOTALL | (0 if cased else re.IGNORECASE))
        assert pattern_test(value, cased=cased)(text) == bool(found)


@SETTINGS
@given(EVENTS, SELECTIONS)
def test_a_rule_survives_its_way_through_yaml(event, selection):
    again = yaml.safe_load(yaml.safe_dump(selection))
    assert rule("a", a=selection).matches(event) == rule("a", a=again).matches(event)
