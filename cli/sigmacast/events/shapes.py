"""How CloudTrail records, and what they come wrapped in, are told from anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

RECORD_KEYS = frozenset({"eventVersion", "eventName", "eventSource", "userIdentity"})
"""Any of them at the top makes a CloudTrail record."""
LISTS = frozenset({"Records", "Events", "events", "logEvents", "results"})
"""Keys of the lists that hold records: CloudTrail's files, ``aws cloudtrail lookup-events``,
``aws logs filter-log-events``, CloudWatch's subscriptions, Splunk's results."""
HITS = "hits"
"""The key of Elastic's answers, whose list of the same name is one level below."""
WRAPS = (("detail", "detail-type"), ("event", "rule"))
"""Keys of the one record in a wrapper, with a key that tells the wrapper: EventBridge's, and the
lines that ``match --json`` and ``synth`` print."""
MAX_WRAPS = 4
"""How many wrappers a record may be in."""


def is_record(value: Mapping[str, Any]) -> bool:
    """Whether this is a CloudTrail record itself.

    Splunk puts the fields that it found beside the text, in ``_raw``, that it found them in.
    """
    return not RECORD_KEYS.isdisjoint(value) and not isinstance(value.get("_raw"), str)


def skipped_kind(value: Mapping[str, Any]) -> str | None:
    """What is delivered beside events and is none, by name; None for everything else."""
    if value.get("eventCategory") == "Insight" or value.get("eventType") == "AwsCloudTrailInsight":
        return "insight"
    if "digestStartTime" in value or "digestS3Object" in value:
        return "digest"
    if value.get("messageType") == "CONTROL_MESSAGE":
        return "control message"
    if "preview" in value and "result" not in value and "results" not in value:
        return "status line"
    return None
