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

from proofs import spl
from proofs import spl_tree as tree
from properties import strategies
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
    commands = spl.parse(query)
    assert [command.name for command in commands] in (["search"], ["search", "where"])
    read = {"search": searched, "where": filtered}
    selected = all(read[each.name](each.condition, event) is True for each in commands)
    assert selected == meaning(condition, event), query


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


def searched(node, event) -> bool:
    """``search``: two truth values, case does not count, every ``*`` is a wildcard."""
    match node:
        case tree.Everything():
            return True
        case tree.And(items=items):
            return all(searched(item, event) for item in items)
        case tree.Or(items=items):
            return any(searched(item, event) for item in items)
        case tree.Not(item=item):
            return not searched(item, event)
        case tree.Matches(field=field, operator="=", value=value) if not value.cased:
            text = event.get(field)
            pattern = ".*".join(map(re.escape, value.text.split("*")))
            return text is not None and bool(re.fullmatch(pattern, text, re.I | re.S))
    raise AssertionError(f"search does not say {node}")


def filtered(node, event):
    """``where``: null for a missing field, and NOT null is null."""
    match node:
        case tree.And(items=items):
            return _joined([filtered(item, event) for item in items], decisive=False)
        case tree.Or(items=items):
            return _joined([filtered(item, event) for item in items], decisive=True)
        case tree.Not(item=item):
            truth = filtered(item, event)
            return None if truth is None else not truth
        case tree.Field(name=name):
            return event.get(name)
        case tree.Literal(value=value):
            return value
        case tree.Call(name="isnull", arguments=(field,)):
            return filtered(field, event) is None
        case tree.Call(name="isnotnull", arguments=(field,)):
            return filtered(field, event) is not None
        case tree.Call(name="lower", arguments=(field,)):
            text = filtered(field, event)
            return None if text is None else text.lower()
        case tree.Call(name="match", arguments=(field, expression)):
            text = filtered(field, event)
            return None if text is None else bool(re.search(expression.value, text))
        case tree.Compare(left=left, operator="=", right=right):
            one, other = filtered(left, event), filtered(right, event)
            return None if one is None or other is None else one == other
    raise AssertionError(f"where does not say {node}")


def _joined(truths, *, decisive: bool):
    if decisive in truths:
        return decisive
    return None if None in truths else not decisive
