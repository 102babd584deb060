"""Any bytes, any mangled rule: an answer, never a traceback."""

from __future__ import annotations

import json
import string
import tempfile
from pathlib import Path

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sigmacast
from conftest import RULE
from sigmacast.reports.jsonl import conversion_line

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TARGETS = ["kql", "eql", "esql", "lucene", "splunk"]

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=8)
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


def answers(content: bytes) -> list:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rule.yml"
        path.write_bytes(content)
        found = list(sigmacast.convert(sigmacast.load([path]), TARGETS))
    for conversion in found:
        assert (conversion.error is None) == bool(conversion.queries)
        assert conversion.error is None or conversion.error.code != "SC900", conversion.error
        json.loads(conversion_line(conversion))
    return found


@SETTINGS
@given(st.binary(max_size=200))
def test_any_bytes_end_in_an_answer(content):
    answers(content)


@SETTINGS
@given(st.text(alphabet=string.printable, max_size=200))
def test_any_text_ends_in_an_answer(content):
    assert answers(content.encode())


@SETTINGS
@given(st.data())
def test_a_rule_with_any_value_anywhere_ends_in_an_answer(data):
    rule = yaml.safe_load(RULE)
    place, key = rule, data.draw(st.sampled_from(sorted(rule)))
    while isinstance(place[key], dict) and data.draw(st.booleans()):
        place, key = place[key], data.draw(st.sampled_from(sorted(place[key])))
    place[key] = data.draw(anything)
    answers(yaml.safe_dump(rule, allow_unicode=True).encode("utf-8", "replace"))


@SETTINGS
@given(
    st.text(max_size=12),
    st.lists(
        st.sampled_from(
            "contains startswith endswith all re i m s cased cidr exists fieldref base64 "
            "base64offset wide utf16 windash gt lte neq minute expand bogus".split()
        ),
        max_size=3,
    ),
    anything,
)
def test_any_modifiers_on_any_value_end_in_an_answer(field, modifiers, value):
    rule = yaml.safe_load(RULE)
    rule["detection"]["selection"] = {"|".join([field, *modifiers]): value}
    answers(yaml.safe_dump(rule, allow_unicode=True).encode("utf-8", "replace"))


@SETTINGS
@given(st.text(alphabet="selection ()andornot1of*|them", max_size=40))
def test_any_condition_ends_in_an_answer(condition):
    rule = yaml.safe_load(RULE)
    rule["detection"]["condition"] = condition
    answers(yaml.safe_dump(rule).encode())


@SETTINGS
@given(st.integers(0, len(RULE) - 1), st.text(alphabet="{}[]:&*!|>'\"%@`#,? -\n\t", max_size=3))
def test_a_mangled_rule_ends_in_an_answer(position, noise):
    answers((RULE[:position] + noise + RULE[position:]).encode())
