"""Values that several laws are tried on."""

from __future__ import annotations

from hypothesis import strategies as st
from sigma.conditions import ConditionAND, ConditionNOT, ConditionOR


def conditions(tests, *, fewest_parts: int, max_leaves: int):
    """Condition trees over *tests*, with at least *fewest_parts* below each AND and OR."""
    return st.recursive(
        tests,
        lambda inner: st.one_of(
            st.builds(ConditionNOT, st.lists(inner, min_size=1, max_size=1)),
            st.builds(ConditionAND, st.lists(inner, min_size=fewest_parts, max_size=3)),
            st.builds(ConditionOR, st.lists(inner, min_size=fewest_parts, max_size=3)),
        ),
        max_leaves=max_leaves,
    )
