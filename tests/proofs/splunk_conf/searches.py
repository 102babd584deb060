"""``savedsearches.conf``: searches, schedules, alerts, and detections of Enterprise Security."""

from __future__ import annotations

import re

from proofs.splunk_conf import values
from proofs.splunk_conf.lines import Conf
from proofs.splunk_conf.schedule import cron, relative_time
from proofs.splunk_conf.spl import expression
from proofs.splunk_conf.stanzas import needs, prove
from proofs.splunk_conf.values import Check, Fault, is_true, like, one_of

__all__ = ["prove_savedsearches"]

_NAME_LENGTH = 99
_MOST_OFTEN = 5


def _cron(value: str) -> None:
    shortest = cron(value).shortest
    if shortest < _MOST_OFTEN:
        raise Fault(f"{value!r} runs every {shortest} minutes, {_MOST_OFTEN} at least are allowed")


_KNOWN: dict[str, Check] = {
    "search": expression,
    "description": values.anything,
    "disabled": values.truth,
    "enableSched": one_of("0", "1"),
    "cron_schedule": _cron,
    "realtime_schedule": values.truth,
    "schedule_window": like("[0-9]+|auto", "window"),
    "schedule_priority": one_of("default", "higher", "highest"),
    "allow_skew": like("0|100%|[1-9][0-9]?%|[1-9][0-9]*[mhd]", "skew"),
    "max_concurrent": values.number,
    "run_on_startup": values.truth,
    "dispatch.earliest_time": relative_time,
    "dispatch.latest_time": relative_time,
    "dispatch.index_earliest": relative_time,
    "dispatch.index_latest": relative_time,
    "dispatch.ttl": like("[0-9]+p?", "time to live"),
    "dispatch.max_count": values.number,
    "dispatch.max_time": values.number,
    "dispatch.lookups": values.truth,
    "counttype": one_of(
        "number of events", "number of hosts", "number of sources", "custom", "always"
    ),
    "relation": one_of(
        "greater than", "less than", "equal to", "not equal to", "drops by", "rises by"
    ),
    "quantity": values.number,
    "alert_condition": expression,
    "alert.track": one_of("0", "1", "true", "false", "auto"),
    "alert.severity": one_of("1", "2", "3", "4", "5", "6"),
    "alert.digest_mode": values.truth,
    "alert.suppress": values.truth,
    "alert.suppress.period": values.span,
    "alert.suppress.fields": values.fields,
    "alert.suppress.group_name": values.line,
    "alert.expires": values.span,
    "alert.managedBy": values.line,
    "is_visible": values.truth,
    "request.ui_dispatch_app": values.word,
    "request.ui_dispatch_view": values.word,
    "action.correlationsearch.enabled": values.truth,
    "action.correlationsearch.label": values.line,
    "action.correlationsearch.detection_type": one_of("ebd"),
    "action.correlationsearch.annotations": values.es_annotations,
    "action.correlationsearch.metadata": values.metadata,
    "action.notable": values.truth,
    "action.notable.param.rule_title": values.line,
    "action.notable.param.rule_description": values.text,
    "action.notable.param.security_domain": one_of(
        "access", "endpoint", "network", "threat", "identity", "audit"
    ),
    "action.notable.param.severity": one_of("informational", "low", "medium", "high", "critical"),
    "action.notable.param.nes_fields": values.fields,
    "action.notable.param.drilldown_searches": values.drilldowns,
    "action.notable.param.drilldown_name": values.line,
    "action.notable.param.drilldown_search": expression,
    "action.notable.param.drilldown_earliest_offset": values.line,
    "action.notable.param.drilldown_latest_offset": values.line,
    "action.notable.param.next_steps": values.next_steps,
    "action.notable.param.recommended_actions": values.fields,
    "action.notable.param.default_owner": values.line,
    "action.notable.param.default_status": values.line,
    "action.notable.param.extract_artifacts": values.artifacts,
    "action.notable.param.investigation_profiles": values.parse_json,
    "action.notable.param._entities": values.entities,
    "action.risk": values.truth,
    "action.risk.param._risk": values.risk,
    "action.risk.param._risk_message": values.text,
    "action.risk.param._risk_score": like("[0-9]{1,2}|100", "score"),
    "action.risk.param.verbose": values.truth,
}
_FREE = re.compile(
    r"display\.[\w.]+|action\.(?!(?:correlationsearch|notable|risk)(?:\.|$))\w+(?:\.[\w.]+)?",
    re.ASCII,
)


def prove_savedsearches(text: str) -> Conf:
    """Refuse a savedsearches.conf with a fault.

    Returns:
        Stanza to key to value.

    Raises:
        Unproven: the file is refused.
    """
    return prove(text, _check_of, _together)


def _check_of(_: str, key: str) -> Check | None:
    return values.anything if _FREE.fullmatch(key) else _KNOWN.get(key)


def _together(name: str, settings: dict[str, str]) -> None:
    """What the settings of one search demand of each other."""
    if name == "default":
        return
    needs(settings, "a search", "search")
    if not 0 < len(name) <= _NAME_LENGTH:
        raise Fault(f"a name of {len(name)} characters, at most {_NAME_LENGTH} may be")
    on = {key for key, value in settings.items() if is_true(value)}
    _check_range(settings)
    if "enableSched" in on:
        _check_schedule(settings)
    _check_trigger(settings)
    if "alert.suppress" in on:
        needs(settings, "alert.suppress", "alert.suppress.period")
        if not is_true(settings.get("alert.digest_mode", "1")):
            needs(settings, "alert.suppress for each result", "alert.suppress.fields")
    if "action.correlationsearch.enabled" in on:
        needs(settings, "a detection", "action.correlationsearch.label")
        if not name.endswith("- Rule"):
            raise Fault("the name of a detection ends in '- Rule'")
    if "action.notable" in on:
        parts = ("rule_title", "rule_description", "security_domain", "severity")
        needs(settings, "a finding", *(f"action.notable.param.{part}" for part in parts))
    if "action.risk" in on:
        needs(settings, "risk", "action.risk.param._risk", "action.risk.param._risk_message")


_RANGES = (
    ("dispatch.earliest_time", "dispatch.latest_time"),
    ("dispatch.index_earliest", "dispatch.index_latest"),
)


def _check_range(settings: dict[str, str]) -> None:
    for first, last in _RANGES:
        if first in settings and last in settings:
            begin, end = relative_time(settings[first]), relative_time(settings[last])
            same = begin.seconds == end.seconds and begin.snap in (None, end.snap)
            if begin.seconds > end.seconds or same:
                raise Fault(f"{first} is not before {last}")


def _check_schedule(settings: dict[str, str]) -> None:
    needs(settings, "a schedule", "cron_schedule", *_RANGES[0])
    runs = cron(settings["cron_schedule"])
    # A search over what was indexed since looks further back in the events' own time.
    first, last = _RANGES["dispatch.index_earliest" in settings]
    begin, end = relative_time(settings[first]), relative_time(settings.get(last, "now"))
    if end.snap in (None, begin.snap) and end.seconds - begin.seconds < runs.longest * 60:
        raise Fault(
            f"{settings[first]} to {settings.get(last, 'now')} leaves gaps: "
            f"{runs.longest} minutes may lie between two runs"
        )
    window = settings.get("schedule_window", "0")
    if window.isdecimal() and int(window) >= runs.shortest:
        raise Fault(f"schedule_window {window} is not shorter than the time between two runs")
    if window != "0" and settings.get("schedule_priority", "default") != "default":
        raise Fault("schedule_window and schedule_priority exclude each other")


def _check_trigger(settings: dict[str, str]) -> None:
    kind = settings.get("counttype", "always")
    if kind not in ("always", "custom"):
        needs(settings, f"counttype {kind}", "relation", "quantity")
        return
    for key in ("relation", "quantity"):
        if key in settings:
            raise Fault(f"counttype {kind} has no {key}")
    if kind == "custom":
        needs(settings, "counttype custom", "alert_condition")
