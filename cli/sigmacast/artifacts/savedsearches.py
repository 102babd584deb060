"""``savedsearches``: stanzas of Splunk's savedsearches.conf, for Enterprise Security as well.

Sources: savedsearches.conf.spec 10.2; contentctl 5.6 (keys of correlation searches, findings and
risk); Splunk Enterprise Security 8, detection names. ES calls notable events findings now, the keys
keep their old names.
"""

from __future__ import annotations

import json
from typing import Any

from sigmacast.artifacts.base import Artifact, Detection, Product
from sigmacast.artifacts.conf import stanza
from sigmacast.artifacts.first_seen import SINCE_UPDATE, baseline, columns_of, window_start
from sigmacast.deployment import RiskObject
from sigmacast.diagnostics import Refusal, report
from sigmacast.durations import seconds, span

SUFFIX = " - Rule"
"""Enterprise Security takes a saved search for a detection by this end of its name."""
LONGEST_NAME = 99
BRACKETS = str.maketrans("[]", "()")
"""Square ones would end the header of a stanza."""
SAVEDSEARCHES_CONF = "savedsearches.conf"
SHORTEST_CRON = 60
DAY = 86_400


def make(detection: Detection) -> Product:
    """The stanza of a detection, and those that fill and refresh its baseline."""
    known = baseline(detection)
    if known is not None:
        report(
            "SC614",
            f"savedsearches.conf cannot define the lookup {known.lookup}",
            hint="use -f app, or define it in transforms.conf and collections.conf",
            at=("deployment", "first_seen", "baseline"),
        )
    return stanzas(detection)


def stanzas(detection: Detection) -> Product:
    """The saved searches alone."""
    name = stanza_name(detection)
    made = [stanza(name, values(detection, name, detection.query))]
    made += [stanza(each, found) for each, found in baseline_searches(detection, name)]
    text = "\n\n".join(made)
    return Product(f"{detection.stem}.conf", text, name, {SAVEDSEARCHES_CONF: tuple(made)})


def stanza_name(detection: Detection) -> str:
    """The rule's title as Enterprise Security wants the name of a detection."""
    longest = LONGEST_NAME - len(SUFFIX)
    title = detection.title.translate(BRACKETS)
    if len(title) > longest:
        title = title[:longest].rstrip()
        report(
            "SC611",
            f"Splunk Enterprise Security takes names of {LONGEST_NAME} characters, so the rule is "
            f"called '{title}' there",
            at=("title",),
        )
    return f"{title}{SUFFIX}"


def values(detection: Detection, name: str, search: str) -> dict[str, str]:
    """The keys of the detection's stanza, those of the deployment last."""
    deployment = detection.deployment
    made = {
        "search": _shown(detection, search),
        "description": detection.description,
        "disabled": _flag(not deployment.enabled),
        "enableSched": "1",
        "cron_schedule": deployment.cron or cron(deployment.interval),
        **_window(detection),
        "realtime_schedule": "0",
        "schedule_window": "auto",
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": "0",
        "alert.track": "1",
        "alert.severity": str(deployment.level.splunk_severity),
        "alert.digest_mode": "1",
        **_suppression(detection),
        **_enterprise_security(detection, name),
    }
    return made | dict(deployment.splunk.savedsearches)


def baseline_searches(detection: Detection, name: str) -> list[tuple[str, dict[str, str]]]:
    """The searches of a baseline in a lookup: one to run once by hand, one for each day."""
    known = baseline(detection)
    first_seen = detection.deployment.first_seen
    if known is None or first_seen is None:
        return []
    title = name.removesuffix(SUFFIX)
    off = _flag(not detection.deployment.enabled)
    return [
        (
            f"{title} - Baseline Initial",
            {
                "search": known.initial,
                "description": f"Fills {known.lookup} from the history. Run it once, before the "
                "detection is switched on.",
                "disabled": "0",
                "enableSched": "0",
                "dispatch.earliest_time": f"-{first_seen.history}",
                "dispatch.latest_time": "now",
            },
        ),
        (
            f"{title} - Baseline Update",
            {
                "search": known.daily,
                "description": f"Adds two days to {known.lookup}, and forgets what was not seen "
                f"for {first_seen.history}.",
                "disabled": off,
                "enableSched": "1",
                "cron_schedule": "17 3 * * *",
                "dispatch.earliest_time": f"-{SINCE_UPDATE}@d",
                "dispatch.latest_time": "now",
                "realtime_schedule": "0",
                "schedule_window": "auto",
            },
        ),
    ]


def cron(interval: str) -> str:
    """The cron schedule of an interval: cron knows parts of an hour and of a day only.

    Raises Refusal SC607 for an interval that is none.
    """
    asked = seconds(interval)
    minutes, hours, days = asked // 60, asked // 3600, asked // DAY
    if asked == DAY * days and days == 1:
        return "0 0 * * *"
    if asked == 3600 * hours and hours and 24 % hours == 0:
        return "0 * * * *" if hours == 1 else f"0 */{hours} * * *"
    if asked == 60 * minutes and minutes and 60 % minutes == 0:
        return "* * * * *" if minutes == 1 else f"*/{minutes} * * * *"
    raise Refusal(
        "SC607",
        f"cron cannot say 'every {interval}'",
        hint="use a part of an hour or a day (5m, 15m, 1h, 4h, 1d), or write schedule.cron",
        at=("deployment", "schedule", "interval"),
    )


def next_steps(detection: Detection) -> str:
    """Guide and response as Enterprise Security's next steps, in Markdown."""
    deployment = detection.deployment
    parts = [deployment.guide.strip()] if deployment.guide else []
    if deployment.response:
        steps = "\n".join(f"- {step}" for step in deployment.response)
        parts.append(f"### Response\n\n{steps}")
    return detection.names.in_text("\n\n".join(parts))


def message(detection: Detection) -> str:
    """The line that a finding shows, with tokens for the values of the result."""
    text = detection.deployment.splunk.message or detection.title
    return detection.names.in_text(text, "${}$".format)


def risk(detection: Detection) -> list[dict[str, Any]]:
    """Risk and threat objects, as ``action.risk.param._risk`` has them."""
    splunk = detection.deployment.splunk
    score = max(detection.deployment.risk_score, 1)
    return [
        *(_risk_object(detection, each, score) for each in splunk.risk_objects),
        *(
            {
                "threat_object_field": detection.names.name(each.field),
                "threat_object_type": each.type,
            }
            for each in splunk.threat_objects
        ),
    ]


def techniques(detection: Detection) -> list[str]:
    """The ids of the ATT&CK techniques, sub-techniques in place of their parents."""
    found: dict[str, None] = {}
    for entry in detection.threat.entries:
        for each in entry.techniques:
            ids = [sub.id for sub in each.subtechniques] or [each.technique.id]
            found.update(dict.fromkeys(ids))
    return list(found)


def _risk_object(detection: Detection, each: RiskObject, score: int) -> dict[str, Any]:
    return {
        "risk_object_field": detection.names.name(each.field),
        "risk_object_type": each.type,
        "risk_score": each.score or score,
    }


def _shown(detection: Detection, search: str) -> str:
    """The search with the columns asked for; first-seen searches have theirs already."""
    if not detection.deployment.columns or detection.deployment.first_seen is not None:
        return search
    names = ["_time", *columns_of(detection)]
    columns = [name if name.endswith(".*") else detection.quoted(name) for name in names]
    return f"{search}\n| table {', '.join(columns)}"


def _window(detection: Detection) -> dict[str, str]:
    """The time that a run searches.

    Runs follow each other without a gap and without an overlap: each looks at one interval of
    events, as long ago as the look-back leaves for late ones. A first-seen search needs the whole
    history up to now, and a correlation its whole timespan; those overlap and are throttled.
    """
    deployment = detection.deployment
    if deployment.first_seen is not None or detection.is_correlation:
        return {
            "dispatch.earliest_time": f"-{window_start(deployment)}",
            "dispatch.latest_time": "now",
        }
    late = max(seconds(deployment.lookback) - seconds(deployment.interval), 0)
    earliest = f"-{span(late + seconds(deployment.interval))}@m"
    latest = f"-{span(late)}@m" if late else "@m"
    if not deployment.splunk.index_time:
        return {"dispatch.earliest_time": earliest, "dispatch.latest_time": latest}
    return {
        "dispatch.earliest_time": "-2d",  # events that come later than this are not looked at
        "dispatch.latest_time": "now",
        "dispatch.index_earliest": f"-{deployment.interval}@m",
        "dispatch.index_latest": "@m",
    }


def _suppression(detection: Detection) -> dict[str, str]:
    asked = detection.deployment.suppression
    first_seen = detection.deployment.first_seen
    period = detection.deployment.lookback
    if asked is not None:
        names, period = list(map(detection.names.name, asked.fields)), asked.period
    elif first_seen is not None:
        names = list(map(detection.names.name, first_seen.fields))
    elif detection.is_correlation:
        names = detection.grouped_by
    else:
        return {"alert.suppress": "0"}
    if any(not name.isidentifier() for name in names):
        report(
            "SC610",
            "no document says that Splunk's alert.suppress.fields takes names with dots or {} "
            f"({', '.join(names)})",
        )
    made = {"alert.suppress": "1", "alert.suppress.period": period}
    return made | ({"alert.suppress.fields": ",".join(names)} if names else {})


def _enterprise_security(detection: Detection, name: str) -> dict[str, str]:
    deployment = detection.deployment
    steps = next_steps(detection)
    found = {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.label": name,
        "action.correlationsearch.detection_type": "ebd",
        "action.correlationsearch.annotations": _json({"mitre_attack": techniques(detection)}),
        "action.notable": "1",
        "action.notable.param.rule_title": message(detection),
        "action.notable.param.rule_description": detection.description,
        "action.notable.param.security_domain": deployment.splunk.security_domain,
        "action.notable.param.severity": deployment.level.finding_severity,
    }
    if not detection.is_correlation:
        found["action.notable.param.drilldown_searches"] = _json([_drilldown(detection)])
    if steps:
        found["action.notable.param.next_steps"] = _json({"version": 1, "data": steps})
    if detection.shown:
        shown = [each for each in detection.shown if not each.endswith(".*")]
        found["action.notable.param.nes_fields"] = ",".join(shown)
    objects = risk(detection)
    if deployment.splunk.risk_objects:
        found |= {
            "action.risk": "1",
            "action.risk.param._risk": _json(objects),
            "action.risk.param._risk_message": message(detection),
            "action.risk.param._risk_score": "0",
            "action.risk.param.verbose": "0",
        }
    return found


def _drilldown(detection: Detection) -> dict[str, str]:
    """A search for the events behind a finding, by the values that are new."""
    first_seen = detection.deployment.first_seen
    keys = [] if first_seen is None else list(map(detection.names.name, first_seen.fields))
    tests = " ".join(f'{detection.quoted(key)}="${key}$"' for key in keys)
    return {
        "name": "View the events",
        "search": f"{detection.plain}\n| search {tests}" if tests else detection.plain,
        "earliest_offset": "$info_min_time$",
        "latest_offset": "$info_max_time$",
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _flag(value: bool) -> str:
    return str(int(value))


SAVEDSEARCHES = Artifact(
    "savedsearches",
    "Splunk saved searches (savedsearches.conf)",
    ("splunk",),
    make,
    joined="\n\n",
)
