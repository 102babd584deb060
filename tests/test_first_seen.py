"""First-seen logic on a made history: what each SIEM alerts on, against the rule's own matcher."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from conftest import detection
from sigmacast.engines import esql, kql, lucene, spl
from sigmacast.loading import load
from sigmacast.matchers import matcher
from sigmacast.views.ecs import EcsSchema, as_ecs, searchable
from sigmacast.views.splunk import as_splunk

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=timezone.utc)
HISTORY, LOOKBACK = timedelta(days=10), timedelta(minutes=20)
RULE = detection(
    """
selection:
    eventSource: iam.amazonaws.com
    eventName: CreateUser
condition: selection
""",
    title="First seen",
).replace("logsource", "id: 3f0d3c1e-8a5c-4a53-9f0d-6a4c8f3b1c01\nlogsource", 1)
DEPLOYMENT = """\
rule: 3f0d3c1e-8a5c-4a53-9f0d-6a4c8f3b1c01
schedule:
    interval: 5m
    lookback: 20m
first_seen:
    fields:
        - userIdentity.sessionContext.sessionIssuer.arn
        - awsRegion
    history: 10d
elastic:
    timestamp_override: null
"""
ISSUER = "aws.cloudtrail.user_identity.session_context.session_issuer.arn"
KEYS = {
    "ecs": [ISSUER, "cloud.region"],
    "splunk": ["userIdentity.sessionContext.sessionIssuer.arn", "awsRegion"],
}
Key = tuple[str, ...]
SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
WORDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@dataclass(frozen=True)
class Stored:
    """An event as both SIEMs store it, and when it happened."""

    record: dict
    time: datetime

    def key(self, view: str) -> Key:
        document = searchable(as_ecs(self.record)) if view == "ecs" else as_splunk(self.record)
        return tuple(str(document.get(name, ["-"])[0]) for name in KEYS[view])


def history(seed: int) -> list[Stored]:
    """Events over three weeks: of few roles and regions, some near the borders of the windows."""
    chance = random.Random(seed)
    borders = [NOW - HISTORY, NOW - LOOKBACK, NOW]
    events = []
    for _ in range(chance.randint(1, 40)):
        if chance.random() < 0.5:
            time = chance.choice(borders) + timedelta(seconds=chance.randint(-90, 90))
        else:
            time = NOW - timedelta(seconds=chance.randint(0, 21 * 86400))
        if time <= NOW:
            events.append(Stored(_record(chance, time), time))
    return events


def _record(chance: random.Random, time: datetime) -> dict:
    record = {
        "eventVersion": "1.11",
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "iam.amazonaws.com",
        "eventName": chance.choice(["CreateUser", "CreateUser", "DeleteUser"]),
        "awsRegion": chance.choice(["us-east-1", "eu-west-1"]),
        "userIdentity": {"type": "AssumedRole", "accountId": "111122223333"},
        "eventID": str(chance.random()),
    }
    role = chance.choice(["deploy", "web", "db", None])
    if role is not None:
        arn = f"arn:aws:iam::111122223333:role/{role}"
        record["userIdentity"]["sessionContext"] = {"sessionIssuer": {"type": "Role", "arn": arn}}
    return record


@pytest.fixture
def rule(tmp_path: Path) -> Path:
    path = tmp_path / "rules" / "rule.yml"
    for place, text in (
        (path, RULE),
        (tmp_path / "deployments" / "rules" / "rule.yml", DEPLOYMENT),
    ):
        place.parent.mkdir(parents=True)
        place.write_text(text)
    return path


def expected(events: list[Stored], rule: Path, view: str, *, missing: bool) -> set[Key]:
    """The keys that are new within the history, *missing* values among them or not."""
    found = new_since(events, rule, NOW - HISTORY, view)
    return {key for key in found if missing or "-" not in key}


@pytest.mark.parametrize("target", ["kql", "lucene"])
def test_kibanas_new_terms_rule(run, rule, target):
    made = json.loads(run("convert", "-t", target, "-f", "rule", rule).out)
    assert made["type"] == "new_terms"
    selects = {"kql": kql, "lucene": lucene}[target].compile_query(made["query"], EcsSchema())
    start = NOW - _ago(made["history_window_start"])
    begin = NOW - _ago(made["from"])
    some = False
    for events in histories():
        first: dict[Key, datetime] = {}
        for event in sorted(events, key=lambda each: each.time):
            document = searchable(as_ecs(event.record))
            present = all(name in document for name in made["new_terms_fields"])
            if event.time >= start and present and selects(document):
                first.setdefault(event.key("ecs"), event.time)
        fired = {key for key, time in first.items() if time >= begin}
        assert fired == expected(events, rule, "ecs", missing=False)
        some = some or bool(fired)
    assert some, "no history fired, so nothing was shown"


def test_esql(run, rule):
    made = json.loads(run("convert", "-t", "esql", "-f", "rule", rule).out)
    query, window, tail = re.fullmatch(
        r"(from .*)\n\| where @timestamp >= now\(\) - (\d+ \w+)\n\| (stats .*)",
        made["query"],
        re.DOTALL,
    ).groups()
    keys, begin = re.fullmatch(
        r"stats first_seen = min\(@timestamp\), last_seen = max\(@timestamp\), "
        r"events = count\(\*\) by (.*)\n\| where first_seen >= now\(\) - (\d+ \w+)",
        tail,
    ).groups()
    assert keys.split(", ") == KEYS["ecs"]
    assert _ago(made["from"]) >= _words(window), "the rule has to see its history"
    selects = esql.compile_query(query, EcsSchema())
    for events in histories():
        stored = [
            event
            for event in events
            if event.time >= NOW - _words(window) and selects(searchable(as_ecs(event.record)))
        ]
        first: dict[Key, datetime] = {}
        for event in stored:
            time = first.get(event.key("ecs"), event.time)
            first[event.key("ecs")] = min(time, event.time)
        fired = {key for key, time in first.items() if time >= NOW - _words(begin)}
        assert fired == expected(events, rule, "ecs", missing=True)


def test_spl_over_the_history(run, rule):
    (stanza,) = _stanzas(run("convert", "-f", "savedsearches", rule).out)
    search = stanza["search"]
    query, tail = search.split("\n| fillnull ")
    assert tail.startswith('value="-" ' + " ".join(KEYS["splunk"]) + "\n| stats min(_time) as ")
    assert f" by {', '.join(KEYS['splunk'])}\n" in tail
    (begin,) = re.findall(r'\| where first_seen >= relative_time\(now\(\), "-(\w+)"\)$', tail)
    selects = spl.compile_query(query)
    start = NOW - _span(stanza["dispatch.earliest_time"])
    for events in histories():
        first = _first(events, selects, start)
        fired = {key for key, time in first.items() if time >= NOW - _span(begin)}
        assert fired == expected(events, rule, "splunk", missing=True)


def test_spl_with_a_lookup(run, rule):
    """A run of the detection after ten daily updates; the lookup forgets once a day only."""
    deployment = rule.parent.parent / "deployments" / "rules" / "rule.yml"
    deployment.write_text(DEPLOYMENT.replace("history: 10d", "history: 10d\n    baseline: lookup"))
    detection, initial, update = _stanzas(run("convert", "-f", "savedsearches", rule).out)
    query = detection["search"].split("\n| fillnull ")[0]
    assert [each["search"].split("\n| fillnull ")[0] for each in (initial, update)] == [query] * 2
    begins = re.findall(r'relative_time\(now\(\), "-(\w+)"\)', detection["search"])
    assert begins == ["20m", "20m"]
    (forgotten,) = re.findall(r'last_seen >= relative_time\(now\(\), "-(\w+)"\)', update["search"])
    selects = spl.compile_query(query)
    for events in histories():
        # The last update may be just done, or have been missed once.
        for age in (timedelta(minutes=1), timedelta(hours=20), timedelta(hours=47)):
            updated = NOW - age
            known = _updated(events, selects, initial, update, updated, _span(forgotten))
            recent = _first(events, selects, NOW - _span(detection["dispatch.earliest_time"]))
            fired = {
                key
                for key, time in recent.items()
                if time >= NOW - LOOKBACK and known.get(key, NOW) >= NOW - LOOKBACK
            }
            forgetful = new_since(events, rule, updated - HISTORY)
            mindful = new_since(events, rule, updated - HISTORY - timedelta(days=1))
            assert mindful <= fired <= forgetful


def new_since(events: list[Stored], rule: Path, start: datetime, view: str = "splunk") -> set[Key]:
    """The keys whose first match since *start* lies in the look-back."""
    (source,) = load([rule]).rules
    matches = matcher(source).matches
    first: dict[Key, datetime] = {}
    for event in sorted(events, key=lambda each: each.time):
        if event.time >= start and matches(event.record):
            first.setdefault(event.key(view), event.time)
    return {key for key, time in first.items() if time >= NOW - LOOKBACK}


def _updated(events, selects, initial, update, at: datetime, forget: timedelta) -> dict:
    """What the lookup holds: filled ten days before, then refreshed each day up to *at*."""
    known: dict[Key, tuple[datetime, datetime]] = {}
    for day in range(10, -1, -1):
        time = at - timedelta(days=day)
        window = initial if day == 10 else update
        begin = time - _span(window["dispatch.earliest_time"].removesuffix("@d"))
        for event in events:
            if begin <= event.time <= time and selects(as_splunk(event.record)):
                key = event.key("splunk")
                first, last = known.get(key, (event.time, event.time))
                known[key] = (min(first, event.time), max(last, event.time))
        if window is update:
            known = {key: each for key, each in known.items() if each[1] >= time - forget}
    return {key: first for key, (first, _) in known.items()}


def _first(events: list[Stored], selects, start: datetime) -> dict[Key, datetime]:
    first: dict[Key, datetime] = {}
    for event in events:
        if event.time >= start and selects(as_splunk(event.record)):
            key = event.key("splunk")
            first[key] = min(first.get(key, event.time), event.time)
    return first


def histories() -> Iterator[list[Stored]]:
    yield from map(history, range(60))


def _stanzas(text: str) -> list[dict[str, str]]:
    """Stanzas of a .conf text, continuations joined."""
    found = []
    for stanza in re.split(r"\n\n(?=\[)", text.replace(" \\\n", "\0").strip()):
        pairs = [line.split(" = ", 1) for line in stanza.split("\n")[1:]]
        found.append({key: value.replace("\0", "\n") for key, value in pairs})
    return found


def _ago(text: str) -> timedelta:
    return _span(text.removeprefix("now"))


def _span(text: str) -> timedelta:
    number, unit = re.fullmatch(r"-?(\d+)([smhd])", text).groups()
    return timedelta(seconds=int(number) * SPANS[unit])


def _words(text: str) -> timedelta:
    number, unit = text.split()
    return timedelta(seconds=int(number) * WORDS[unit])
