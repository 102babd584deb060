"""Laws of reading events: any bytes an answer, any form the same, a defect costs itself only."""

from __future__ import annotations

import gzip
import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sigmacast.events import EventReader, content, stream

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WHOLE = 1 << 20

chunks = st.sampled_from([1, 2, 3, 7, 64, 300, WHOLE])

texts = st.text(st.characters(codec="utf-8") | st.sampled_from('{}[]",:\\\n\ufeff😀'), max_size=12)
numbers = st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
anything = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["eventVersion", "eventName", "eventSource", "userIdentity"])
events = st.builds(
    lambda name, value, more: {name: value} | more,
    names,
    anything,
    st.dictionaries(texts.map("x{}".format), anything, max_size=4),
)
"""Records of any content; the x keeps them from being insights or Splunk's rows."""


def reading(data: bytes, chunk: int = WHOLE, **bounds: int) -> tuple[list, list, dict]:
    """Events, problems and what was skipped of a file of these bytes, read in such chunks."""
    problems: list = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as patched:
        path = Path(folder) / "x.json"
        path.write_bytes(data)
        patched.enter_context(patch.object(content, "CHUNK", chunk))
        for name, value in bounds.items():
            patched.enter_context(patch.object(stream, name, value))
        reader = EventReader([str(path)], problems.append)
        found = [(each.record, each.data) for each in reader]
    assert (reader.count, reader.unreadable) == (len(found), len(problems))
    told = [
        (each.record, each.finding.code, each.finding.message, each.finding.line,
         each.finding.column)
        for each in problems
    ]  # fmt: skip
    for _, data in found:
        json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
    return found, told, dict(reader.skipped)


# Any bytes


@SETTINGS
@given(st.binary(max_size=300), chunks)
def test_any_bytes_end_in_an_answer(data, chunk):
    found, told, skipped = reading(data, chunk)
    assert found or told or skipped or not data.strip(b"[] \r\n\t,")


@SETTINGS
@given(st.binary(max_size=300), st.binary(max_size=20), chunks)
def test_any_gzip_ends_in_an_answer(data, noise, chunk):
    packed = gzip.compress(data)
    for mangled in (packed, packed + noise, packed[:-1], packed[:12] + noise + packed[12:]):
        reading(mangled, chunk)


fragments = st.sampled_from(
    [
        "{", "}", "[", "]", ",", ":", '"', "\\", "\n", " ", "  ", "\n{", "\n [", "\r\n", "1", "-",
        "1.5e3", "12", "true", "nul", "null", "NaN", "Infinity", "\\u", "\\ud83d", "d800", '"\\"',
        '{"Records":[', '"Records"', '"hits":{', '"hits":[', '{"hits" : {"hits": [', "]}", "}}",
        '{"eventVersion":"1"}', ',{"eventVersion":', '{"eventName":"x"},', '"message":"{}"',
        '"eventName"', '{"a":1}', '{"logEvents":[', '"é😀"', "\ufeff", "x", '"a":', '"b"',
    ]
)  # fmt: skip
jumbles = st.lists(fragments, max_size=30).map("".join)


@settings(SETTINGS, max_examples=600)
@given(jumbles, chunks)
@example('{"a":1,\n{"eventName":"x"}', 1)
@example('[12,-1.5e3,{"eventVersion":"1"}]', 2)
def test_what_is_read_does_not_depend_on_the_chunks(text, chunk):
    assert reading(text.encode(), chunk) == reading(text.encode())


@SETTINGS
@given(jumbles, chunks)
def test_nor_does_it_for_objects_that_are_read_key_by_key(text, chunk):
    bounds = {"UNFOLD_FROM": 10, "MAX_CHARACTERS": 40}
    reading(text.encode(), chunk, **bounds)
    padded = f'{{"first":"{"x" * 20}",{text.lstrip("{")}'
    reading(padded.encode(), chunk, **bounds)


# Any form

WRAPPERS = [
    lambda event: event,
    lambda event: {"detail-type": "AWS API Call via CloudTrail", "detail": event},
    lambda event: {"messageType": "DATA_MESSAGE", "logEvents": [{"message": json.dumps(event)}]},
    lambda event: {"message": json.dumps(event, ensure_ascii=False)},
    lambda event: {"Events": [{"EventId": "1", "CloudTrailEvent": json.dumps(event)}]},
    lambda event: {"_source": {"event": {"original": json.dumps(event)}}},
    lambda event: {"fields": {"event.original": [json.dumps(event)]}},
    lambda event: {"took": 1, "hits": {"hits": [{"_source": {"message": json.dumps(event)}}]}},
    lambda event: {"result": {"_raw": json.dumps(event), "eventName": "x"}},
    lambda event: {"preview": False, "results": [{"_raw": json.dumps(event)}]},
]  # fmt: skip
FORMS = [
    lambda items: json.dumps(items),
    lambda items: json.dumps(items, indent=1, ensure_ascii=False),
    lambda items: json.dumps({"Records": items}),
    lambda items: json.dumps({"Records": items, "after": [{"Records": 1}]}, indent=2),
    lambda items: json.dumps({"before": {"a": "]"}, "Records": items}),
    lambda items: "".join(json.dumps(item) + "\n" for item in items),
    lambda items: "\r\n".join(json.dumps(item, ensure_ascii=False) for item in items),
    lambda items: "".join(json.dumps(item) for item in items),
    lambda items: "\n".join(json.dumps(item, indent=4) for item in items),
    lambda items: json.dumps([{"Records": items}]),
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]


@settings(SETTINGS, max_examples=400)
@given(
    st.lists(st.tuples(events, st.sampled_from(WRAPPERS)), min_size=1, max_size=5),
    st.sampled_from(FORMS),
    st.sampled_from(ENCODINGS),
    st.booleans(),
    st.booleans(),
    chunks,
)
def test_any_form_gives_the_same_events(wrapped, form, encoding, packed, unfold, chunk):
    expected = [event for event, _ in wrapped]
    data = form([wrap(event) for event, wrap in wrapped]).encode(encoding)
    bounds = {"UNFOLD_FROM": 20} if unfold else {}
    found, told, skipped = reading(gzip.compress(data) if packed else data, chunk, **bounds)
    assert not told and not skipped
    assert [data for _, data in found] == expected
    assert [record for record, _ in found] == list(range(len(expected)))


# One defect

balanced = st.sampled_from(
    [
        '{"a": }', '{"a" 1}', '{"a": "b" "c"}', '{"a": 1,}', "{a: 1}", '{"a": tru}', "nope",
        '{"a": NaN}', '{"a": [1 2]}', '{"a": "\\x"}', '{"a": 1e999}', '{"a": {"b": "}", "c" [{}]}}',
    ]
)  # fmt: skip
unclosed = st.sampled_from(
    ['{"a": "b', '{"a": {"b": 1}', '{"a": ["b", {"c": 1', '{"a": b"}', "{", '{"a": [1, {"b": 2}}']
)


END = '{"eventVersion":"1.11"}'
"""A last record; after one without end, the end of the list could as well be the record's."""


def with_defect(items: list, place: int, defect: str, **options: int) -> list[str]:
    written = [json.dumps(item, **options) for item in items]
    written.insert(place, defect)
    return written


def check_defect(text: str, chunk: int, items: list, place: int) -> None:
    found, told, _ = reading(text.encode(), chunk)
    numbers = [number for number in range(len(items) + 1) if number != place]
    assert found == list(zip(numbers, items, strict=True))
    assert [(record, code) for record, code, *_ in told] == [(place, "SC402")]


@SETTINGS
@given(st.lists(events, max_size=4), st.integers(0, 4), balanced | unclosed, chunks)
def test_a_broken_line_costs_nothing_else(items, place, defect, chunk):
    place = min(place, len(items))
    check_defect("\n".join(with_defect(items, place, defect)), chunk, items, place)


@SETTINGS
@given(
    st.lists(events, max_size=4),
    st.integers(0, 4),
    balanced,
    st.sampled_from(["[{}]", '{{"Records":[{}]}}', '{{"a":1,"hits":{{"hits":[{}]}}}}']),
    chunks,
)
def test_a_broken_record_in_a_list_costs_nothing_else(items, place, defect, frame, chunk):
    place = min(place, len(items))
    check_defect(frame.format(",".join(with_defect(items, place, defect))), chunk, items, place)


@SETTINGS
@given(st.lists(events, max_size=4), st.integers(0, 4), unclosed, chunks)
def test_a_record_without_end_costs_nothing_else_in_cloudtrails_form(items, place, defect, chunk):
    items = [{"eventVersion": "1.11", **item} for item in items]
    place = min(place, len(items))
    text = '{"Records":[' + ",".join([*with_defect(items, place, defect), END]) + "]}"
    check_defect(text, chunk, [*items, json.loads(END)], place)


@SETTINGS
@given(st.lists(events, min_size=1, max_size=4), st.data(), chunks)
def test_a_file_cut_off_anywhere_gives_what_is_complete(items, data, chunk):
    written = [json.dumps(item) for item in items]
    text = '{"Records":[' + ",".join(written)
    ends = [
        len(text) - len(",".join(written[n:])) - (n < len(items)) for n in range(len(items) + 1)
    ]
    cut = data.draw(st.integers(len('{"Records":['), len(text)))
    complete = sum(end <= cut for end in ends[1:])
    found, told, _ = reading(text[:cut].encode(), chunk)
    assert [data for _, data in found] == items[:complete]
    assert len(told) == 1
