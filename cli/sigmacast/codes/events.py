"""Reading events and regression data, and what a rule means on an event."""

from __future__ import annotations

from sigmacast.codes.model import Code, Severity

CODES = (
    # Reading events and regression data
    Code(
        "SC401",
        Severity.ERROR,
        "events cannot be read",
        "The file cannot be opened, is no text, is a broken archive, or expands without end; the "
        "events in it have not been seen.",
        "Check path, permissions and how the file was made. The other files were read.",
    ),
    Code(
        "SC402",
        Severity.ERROR,
        "record is broken",
        "The record is no JSON object, is cut off, too large or nested too deep, so nothing is "
        "known of it. The records around it were read.",
        "Mend or remove the record at the place given.",
    ),
    Code(
        "SC403",
        Severity.ERROR,
        "not a CloudTrail record",
        "The object has none of the members that every CloudTrail record has, and is no wrapper "
        "that CloudTrail records are delivered in.",
        "Export the original event: `event.original` from Elastic, `_raw` from Splunk.",
    ),
    Code(
        "SC404",
        Severity.ERROR,
        "regression data cannot be used",
        "The description of a rule's test events breaks its form, or names a file that is not "
        "there, so the rule has not been tested.",
        "Correct info.yml at the place that the message names (docs/testing.md has its form).",
    ),
    Code(
        "SC405",
        Severity.WARNING,
        "rule has no regression data",
        "Nothing shows that the rule fires on what it is for, or stays quiet on what it is not.",
        "Make a start with `sigmacast synth RULE --write`.",
    ),
    # What a rule means on an event
    Code(
        "SC501",
        Severity.ERROR,
        "regular expression cannot be matched in bounded time",
        "Look-around, back-references and the like can take exponential time on a chosen text, "
        "and a few escapes mean different things in different engines. Both are refused rather "
        "than guessed.",
        "Rewrite the expression, or split it into several selections.",
    ),
    Code(
        "SC502",
        Severity.ERROR,
        "rule cannot be matched on events",
        "The rule uses a construct whose meaning is defined by a query language and not by Sigma.",
        "Write the test in Sigma's own terms.",
    ),
)
