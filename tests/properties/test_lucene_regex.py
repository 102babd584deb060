"""Laws of translated expressions: they match the values that the rule's expression finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sigma.types import SigmaRegularExpression, SigmaRegularExpressionFlag, SigmaString

from proofs import lucene_regex as proof
from sigmacast.diagnostics import Refusal
from sigmacast.targets.lucene_regex import from_pattern, from_regex

atoms = st.sampled_from(
    ["a", "b", "-", "\\.", ".", "[ab]", "[^a]", "[a-c]", "[\\w.-]", "\\d", "\\s", "[^\\d]", "/",
     '"', "#", "@", "&", "<", ">", "~", "\\\\", "é", "[\\sa]"]
)  # fmt: skip
expressions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        inner.map(lambda part: f"(?:{part})*"),
        inner.map(lambda part: f"({part})?"),
        inner.map(lambda part: f"(?:{part})+?"),
        inner.map(lambda part: f"(?:{part}){{1,2}}"),
    ),
    max_leaves=6,
)
anchored = st.tuples(st.sampled_from(["", "^"]), expressions, st.sampled_from(["", "$"])).map(
    "".join
)
values = st.text(alphabet=st.sampled_from('abcABC1 -./"#@&<>~\\é'), max_size=8)


def lucene_matches(expression: str, value: str) -> bool:
    """Lucene's dialect is a subset of Python's once it matches whole values."""
    return re.fullmatch(expression, value, re.ASCII | re.DOTALL) is not None


@settings(max_examples=400, deadline=None)
@given(anchored, values, st.booleans())
def test_a_translated_expression_finds_the_same_values(text, value, ignore_case):
    flags = {SigmaRegularExpressionFlag.IGNORECASE} if ignore_case else set()
    translated = from_regex(SigmaRegularExpression(text, flags), "f", "Lucene")
    assert proof.fault(translated) is None
    assume(value.isascii() or not ignore_case)
    python = re.ASCII | (re.IGNORECASE if ignore_case else 0)
    assert lucene_matches(translated, value) == bool(re.search(text, value, python))


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("ab*?.\\[(#<\"'"), min_size=1, max_size=8),
    values,
)
def test_a_pattern_as_expression_means_its_wildcards(text, value):
    pattern = SigmaString(text)
    expression = from_pattern(pattern)
    assert proof.fault(expression) is None
    plain = pattern.to_regex().regexp.to_plain_regex()
    python = re.fullmatch(plain, value, re.DOTALL)
    assert lucene_matches(expression, value) == bool(python)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (r"\bfoo", "word boundary"),
        ("a(?=b)", "look-around"),
        ("(?<!a)b", "look-around"),
        (r"(a)\1", "back-reference"),
        ("a(^b)c", "anchor"),
        ("(?m)^a", "multi-line"),
    ],
)
def test_what_lucene_does_not_know_is_refused_by_name(text, named):
    with pytest.raises(Refusal, match=named):
        from_regex(SigmaRegularExpression(text), "f", "EQL")
