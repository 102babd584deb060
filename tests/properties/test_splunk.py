"""A law of SPL: search and where together select what the condition means, for any condition."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
)
from sigma.conversion.state import ConversionState
from sigma.types import (
    SigmaCasedString,
    SigmaExists,
    SigmaFieldReference,
    SigmaNull,
    SigmaRegularExpression,
    SigmaString,
)

from properties import strategies
from sigmacast.engines.spl import compile_query
from sigmacast.engines.spl_parser import parse
from sigmacast.targets.splunk import SplunkBackend

FIELDS = ("a", "b.c", "d-e")
TEXTS = ("x", "X", "xy", "x*y", 'q"', "s\\t", "p?")

tests = st.builds(
    ConditionFieldEqualsValueExpression,
    st.sampled_from(FIELDS),
    st.one_of(
        st.sampled_from(["x", "x*", "*y", "*", r"x\*y", "?", 'q"', "s\\t", "p\\?"]).map(
            SigmaString
        ),
        st.sampled_from(["x", "X*", r"x\*y"]).map(SigmaCasedString),
        st.sampled_from(["^x", "y$", "X", "[xp]"]).map(SigmaRegularExpression),
        st.sampled_from(FIELDS).map(SigmaFieldReference),
        st.just(SigmaNull()),
        st.booleans().map(SigmaExists),
    ),
)
conditions = strategies.conditions(tests, fewest_parts=2, max_leaves=8)
events = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(TEXTS))


@settings(max_examples=500, deadline=None)
@given(conditions, events)
def test_a_query_selects_what_the_condition_means(condition, event):
    query = SplunkBackend().convert_condition(condition, ConversionState())
    assert [command.name for command in parse(query)] in (["search"], ["search", "where"])
    selects = compile_query(query)
    document = {field: [text] for field, text in event.items()}
    assert selects(document) == meaning(condition, event), query


def meaning(node, event) -> bool:
    """Sigma: case does not count but for ``|cased`` and ``|re``; absent is no value."""
    if isinstance(node, ConditionNOT):
        return not meaning(node.args[0], event)
    if isinstance(node, ConditionAND):
        return all(meaning(arg, event) for arg in node.args)
    if isinstance(node, ConditionOR):
        return any(meaning(arg, event) for arg in node.args)
    text, value = event.get(node.field), node.value
    if isinstance(value, SigmaNull):
        return text is None
    if isinstance(value, SigmaExists):
        return (text is not None) == value.exists
    if text is None:
        return False
    if isinstance(value, SigmaFieldReference):
        other = event.get(value.field)
        return other is not None and text.lower() == other.lower()
    if isinstance(value, SigmaRegularExpression):
        return re.search(value.regexp.to_plain_regex(), text) is not None
    flags = re.DOTALL | (0 if isinstance(value, SigmaCasedString) else re.IGNORECASE)
    return re.fullmatch(value.to_regex().regexp.to_plain_regex(), text, flags) is not None
