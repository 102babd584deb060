"""A JSON value to CloudTrail records: wrappers of other systems come off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sigmacast.events.shapes import HITS, LISTS, MAX_WRAPS, WRAPS, is_record, skipped_kind
from sigmacast.events.values import Refused, parse


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is left out knowingly, by kind."""

    kind: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """A record that gives no event, and why; the code is one of ``diagnostics``."""

    code: str
    message: str
    hint: str | None = None


Found = dict[str, Any] | Skipped | Unusable


def records(value: Any, wraps: int = 0) -> Iterator[Found]:
    """What a value of a file holds, record by record; *wraps* wrappers are off already."""
    if isinstance(value, Unusable):
        yield value
    elif not isinstance(value, dict):
        yield Unusable("SC402", f"a record is an object, not {_called(value)}")
    elif kind := skipped_kind(value):
        yield Skipped(kind)
    elif is_record(value):
        yield value
    else:
        inner = _unwrapped(value)
        if inner is None:
            yield _unknown(value)
        elif wraps >= MAX_WRAPS:
            yield Unusable("SC403", f"wrapped more than {MAX_WRAPS} times")
        else:
            for each in inner:
                yield from records(each, wraps + 1)


def _unwrapped(value: Mapping[str, Any]) -> list[Any] | None:
    """What a wrapper of a known shape holds, texts parsed; None if this is no such wrapper."""
    lists = [each for key, each in value.items() if key in LISTS and isinstance(each, list)]
    hits = value.get(HITS)
    if isinstance(hits, dict) and isinstance(hits.get(HITS), list):
        lists.append(hits[HITS])
    if lists:
        return [each for one in lists for each in one]
    for key, beside in WRAPS:
        if beside in value and isinstance(value.get(key), dict):
            return [value[key]]
    for name, text in (
        ("_raw", value.get("_raw")),
        ("CloudTrailEvent", value.get("CloudTrailEvent")),
        *(("event.original", _original(value.get(part))) for part in ("_source", "fields")),
        ("event.original", _original(value)),
        ("message", value.get("message")),
    ):
        if text is not None:
            return [_parsed(name, each) for each in (text if isinstance(text, list) else [text])]
    for part in ("result", "_source"):
        if isinstance(value.get(part), dict):
            return [value[part]]
    return None


def _original(document: Any) -> Any:
    """The text that an Elastic document was made from, if it was kept."""
    if not isinstance(document, dict):
        return None
    event = document.get("event")
    nested = event.get("original") if isinstance(event, dict) else None
    return document.get("event.original", nested)


def _parsed(name: str, text: Any) -> Any:
    if isinstance(text, dict):
        return text
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return Unusable("SC403", f"'{name}' holds no JSON object")
    try:
        return parse(text)
    except Refused as refused:
        return Unusable("SC402", f"in the text of '{name}': {refused}")


def _unknown(value: Mapping[str, Any]) -> Unusable:
    keys = ", ".join(f"'{key[:30]}'" for key in list(value)[:4])
    message = f"no CloudTrail record; its keys: {keys}" if keys else "an empty object"
    hint = None
    if "@timestamp" in value or "_source" in value or "event" in value:
        hint = "export Elastic documents with event.original"
    elif "_time" in value:
        hint = "export Splunk events with _raw"
    return Unusable("SC403", message, hint)


def _called(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a number"
