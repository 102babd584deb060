"""``savedsearches``: stanzas of Splunk's savedsearches.conf, for Enterprise Security as well.

Sources: savedsearches.conf.spec 10.2; Splunk Enterprise Security 8, names of detections.
"""

from __future__ import annotations

from sigmacast.artifacts.base import Artifact, Detection, Product
from sigmacast.artifacts.conf import stanza
from sigmacast.artifacts.enterprise_security import security_keys
from sigmacast.artifacts.first_seen import SINCE_UPDATE, baseline, columns_of, window_start
from sigmacast.diagnostics import Refusal, report
from sigmacast.durations import seconds, span

SUFFIX = " - Rule"
"""Enterprise Security takes a saved search for a detection by this end of its name."""
LONGEST_NAME = 99
BRACKETS = str.maketrans("[]", "()")
"""Square ones would end the header of a stanza."""
SAVEDSEARCHES_CONF = "savedsearches.conf"
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
        **security_keys(detection, name),
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


def _flag(value: bool) -> str:
    return str(int(value))


SAVEDSEARCHES = Artifact(
    "savedsearches",
    "Splunk saved searches (savedsearches.conf)",
    ("splunk",),
    make,
    joined="\n\n",
)
