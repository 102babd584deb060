"""First-seen logic in the query: alert only on values that were not there before.

A key is the values of the fields together; a missing value counts as one (``-`` in Splunk, null in
ES|QL). A key is new if the first event with it that the rule matches, within the history, lies in
the look-back. Runs overlap, so that nothing is lost between them; suppression by the key keeps the
second run quiet.

Sources: Elasticsearch documentation, ``esql/functions-operators`` (stats, min, now); Splunk Search
Reference 10.0 (stats, fillnull, lookup, outputlookup, relative_time).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sigmacast.artifacts.base import Detection
from sigmacast.deployment import Deployment, FirstSeen
from sigmacast.diagnostics import Refusal, report
from sigmacast.durations import SECONDS, seconds
from sigmacast.naming import MENTION
from sigmacast.schema import ecs_type

TIMELESS = ("kql", "eql", "lucene")
"""Languages that cannot ask what was there before."""
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SINCE_UPDATE = "2d"
"""How far back a search with a lookup looks: over all that the last daily update may lack."""
MISSING = "-"
"""What stands for a missing value in Splunk, which groups by present ones only."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """A KV-store lookup of known keys: its columns by the events' fields, its searches."""

    lookup: str
    columns: dict[str, str]
    initial: str
    daily: str


def with_first_seen(detection: Detection) -> str:
    """The query with the logic in it; the plain one, and a warning, where a language has none."""
    first_seen = detection.deployment.first_seen
    assert first_seen is not None
    keys = [detection.names.name(name) for name in first_seen.fields]
    if detection.target == "esql":
        return _esql(detection, first_seen, keys)
    if detection.target == "splunk":
        if first_seen.baseline == "lookup":
            return _known_by_lookup(detection, keys)
        return _spl(detection, keys)
    report(
        "SC604",
        "the query finds every event of the rule, not only those with values seen for the first "
        f"time ({', '.join(first_seen.fields)})",
        hint="use -f rule with kql or lucene, or -t esql or splunk",
        at=("deployment", "first_seen"),
    )
    return detection.plain


def baseline(detection: Detection) -> Baseline | None:
    """The lookup that a deployment asks for, with the searches that fill and refresh it."""
    first_seen = detection.deployment.first_seen
    if first_seen is None or first_seen.baseline != "lookup":
        return None
    keys = [detection.names.name(name) for name in first_seen.fields]
    columns = _columns(keys)
    clock = _clock(detection.deployment)
    known = "\n| ".join(
        [
            detection.plain,
            _filled(detection, keys),
            f"stats min({clock}) as first_seen, max({clock}) as last_seen by "
            + ", ".join(map(detection.quoted, keys)),
        ]
    )
    renamed = [f"{detection.quoted(key)} as {columns[key]}" for key in keys if key != columns[key]]
    if renamed:
        known += f"\n| rename {', '.join(renamed)}"
    name = _lookup(detection)
    kept = f"eval _key=md5({_one_text(list(columns.values()))})\n| outputlookup {name}"
    refreshed = "\n| ".join(
        [
            known,
            f"inputlookup append=true {name}",
            "stats min(first_seen) as first_seen, max(last_seen) as last_seen by "
            + ", ".join(columns.values()),
            f'where last_seen >= relative_time(now(), "-{first_seen.history}")',
        ]
    )
    return Baseline(name, columns, f"{known}\n| {kept}", f"{refreshed}\n| {kept}")


def columns_of(detection: Detection, *, objects: bool = True) -> list[str]:
    """The fields that a Splunk result needs: those shown, and those of message and risk.

    Without *objects*, only single fields: over a history, all members of an object are many.
    """
    splunk = detection.deployment.splunk
    needed = [
        *(mention["field"] for mention in MENTION.finditer(splunk.message or "")),
        *(each.field for each in (*splunk.risk_objects, *splunk.threat_objects)),
    ]
    shown = [name for name in detection.shown if objects or not name.endswith(".*")]
    found = dict.fromkeys([*shown, *map(detection.names.name, needed)])
    wild = tuple(name[:-1] for name in shown if name.endswith(".*"))
    return [name for name in found if name in shown or not name.startswith(wild)]


def window_start(deployment: Deployment) -> str:
    """How far back a run looks: a first-seen search over its history, or what a lookup may lack."""
    first_seen = deployment.first_seen
    if first_seen is None:
        return deployment.lookback
    history = SINCE_UPDATE if first_seen.baseline == "lookup" else first_seen.history
    return max(history, deployment.lookback, key=seconds)


def _esql(detection: Detection, first_seen: FirstSeen, keys: Sequence[str]) -> str:
    deployment = detection.deployment
    for index, (sigma, key) in enumerate(zip(first_seen.fields, keys, strict=True)):
        if ecs_type(key) == "flattened":
            raise Refusal(
                "SC607",
                f"ES|QL cannot group by {sigma} ({key}), a sub-field of a flattened field",
                field=sigma,
                hint="use -t kql or lucene with -f rule, or -t splunk",
                at=("deployment", "first_seen", "fields", index),
            )
    clock = detection.quoted(deployment.elastic.timestamp_override or "@timestamp")
    start = f"now() - {_in_words(deployment.lookback)}"
    others = [name for name in detection.shown if name not in keys and _is_column(name)]
    columns = [
        f"first_seen = min({clock})",
        f"last_seen = max({clock})",
        "events = count(*)",
        *(f"{name} = values({name}) where recent" for name in map(detection.quoted, others)),
    ]
    return "\n| ".join(
        [
            detection.plain,
            f"where {clock} >= now() - {_in_words(first_seen.history)}",
            # All events of a new key are recent, and only theirs need to be kept.
            *([f"eval recent = {clock} >= {start}"] if others else []),
            f"stats {', '.join(columns)} by {', '.join(map(detection.quoted, keys))}",
            f"where first_seen >= {start}",
        ]
    )


def _is_column(name: str) -> bool:
    return ecs_type(name) != "flattened" and name != "@timestamp"


def _spl(detection: Detection, keys: Sequence[str]) -> str:
    start = _threshold(detection.deployment)
    return f"{_grouped(detection, keys)}\n| where first_seen >= {start}"


def _known_by_lookup(detection: Detection, keys: Sequence[str]) -> str:
    """New is what neither the lookup nor the time since its last update knows."""
    columns = _columns(keys)
    matched = " ".join(f"{columns[key]} AS {detection.quoted(key)}" for key in keys)
    start = _threshold(detection.deployment)
    return (
        f"{_grouped(detection, keys)}\n"
        f"| lookup {_lookup(detection)} {matched} OUTPUT first_seen AS known_since\n"
        f"| where first_seen >= {start} AND (isnull(known_since) OR known_since >= {start})"
    )


def _grouped(detection: Detection, keys: Sequence[str]) -> str:
    clock = _clock(detection.deployment)
    known = {*keys, detection.names.name("eventTime")}  # first_seen and last_seen say it
    others = [name for name in columns_of(detection, objects=False) if name not in known]
    columns = [
        f"min({clock}) as first_seen",
        f"max({clock}) as last_seen",
        "count",
        *(f"values({detection.quoted(name)}) as {detection.quoted(name)}" for name in others),
    ]
    return "\n| ".join(
        [
            detection.plain,
            _filled(detection, keys),
            f"stats {', '.join(columns)} by {', '.join(map(detection.quoted, keys))}",
        ]
    )


def _filled(detection: Detection, keys: Sequence[str]) -> str:
    return f'fillnull value="{MISSING}" ' + " ".join(map(detection.quoted, keys))


def _threshold(deployment: Deployment) -> str:
    return f'relative_time(now(), "-{deployment.lookback}")'


def _clock(deployment: Deployment) -> str:
    return "_indextime" if deployment.splunk.index_time else "_time"


def _lookup(detection: Detection) -> str:
    return f"{detection.stem}_known"


def _columns(keys: Sequence[str]) -> dict[str, str]:
    """Column names for fields: the KV store takes a dot for nesting."""
    return {key: re.sub(r"\W+", "_", key).strip("_") for key in keys}


def _one_text(columns: Sequence[str]) -> str:
    return columns[0] if len(columns) == 1 else f'mvjoin(mvappend({", ".join(columns)}), "|")'


def _in_words(span: str) -> str:
    """``10d`` as ES|QL writes it."""
    assert span[-1] in SECONDS and seconds(span)
    return f"{span[:-1]} {UNITS[span[-1]]}"
