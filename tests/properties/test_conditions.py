"""Laws of condition trees: rewriting never changes what a tree means."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionItem,
    ConditionNOT,
    ConditionOR,
)
from sigma.types import SigmaExists, SigmaNull, SigmaString

from properties import strategies
from sigmacast.targets.conditions import guarded_field, normal_form, push_negation

FIELDS = ("a", "b", "c")
VALUES = ("x", "y")

leaves = st.builds(
    ConditionFieldEqualsValueExpression,
    st.sampled_from(FIELDS),
    st.one_of(
        st.sampled_from(VALUES).map(SigmaString),
        st.just(SigmaNull()),
        st.booleans().map(SigmaExists),
    ),
)
trees = strategies.conditions(leaves, fewest_parts=1, max_leaves=12)
events = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES))


def meaning(node, event) -> bool:
    """What Sigma means: a test on a missing field is false, and NOT turns that round."""
    if isinstance(node, ConditionNOT):
        return not meaning(node.args[0], event)
    if isinstance(node, ConditionAND):
        return all(meaning(arg, event) for arg in node.args)
    if isinstance(node, ConditionOR):
        return any(meaning(arg, event) for arg in node.args)
    value = event.get(node.field)
    if isinstance(node.value, SigmaNull):
        return value is None
    if isinstance(node.value, SigmaExists):
        return (value is not None) == node.value.exists
    return value is not None and node.value == value


def guarded_meaning(node, event) -> bool | None:
    """What a language of three truth values makes of it, with the guards that we write."""
    if isinstance(node, ConditionNOT):
        inner = node.args[0]
        field = guarded_field(inner)
        if field is not None and event.get(field) is None:
            return True  # "field is null or not …"
        truth = guarded_meaning(inner, event)
        return None if truth is None else not truth
    if isinstance(node, ConditionItem):
        truths = [guarded_meaning(arg, event) for arg in node.args]
        decisive = isinstance(node, ConditionOR)
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    if isinstance(node.value, SigmaExists):
        return (event.get(node.field) is not None) == node.value.exists
    value = event.get(node.field)
    return None if value is None else node.value == value


@settings(max_examples=300, deadline=None)
@given(trees, events)
def test_the_normal_form_means_the_same(tree, event):
    assert meaning(normal_form(tree), event) == meaning(tree, event)


@settings(max_examples=300, deadline=None)
@given(trees, events)
def test_pushed_negation_means_the_same_where_missing_fields_are_null(tree, event):
    pushed = push_negation(normal_form(tree))
    assert (guarded_meaning(pushed, event) is True) == meaning(tree, event)


@given(trees)
def test_the_normal_form_is_flat_and_without_double_negation(tree):
    def check(node):
        if not isinstance(node, ConditionItem):
            return
        for arg in node.args:
            assert not (isinstance(node, ConditionNOT) and isinstance(arg, ConditionNOT))
            if isinstance(node, ConditionAND) and isinstance(arg, ConditionAND):
                assert len({leaf.field for leaf in arg.args}) == 1
            check(arg)

    check(normal_form(tree))


@given(trees)
def test_the_original_tree_stays_as_it_is(tree):
    before = repr(tree)
    push_negation(normal_form(tree))
    assert repr(tree) == before
