"""Deployments, and the artifacts that SIEMs import."""

from __future__ import annotations

from sigmacast.codes.model import Code, Severity

CODES = (
    Code(
        "SC601",
        Severity.ERROR,
        "deployment cannot be used",
        "The document that says how the rule runs breaks its form or is for another rule. Nothing "
        "is made of the rule rather than something that runs otherwise than it says.",
        "Correct the document at the place given; `deployment.schema.json` beside the shipped "
        "deployments is its form.",
    ),
    Code(
        "SC602",
        Severity.ERROR,
        "deployment names an unknown field",
        "No CloudTrail record has this field as far as the catalogue knows: a first-seen rule or a "
        "guide that names it would show nothing.",
        "Correct the spelling (`sigmacast list fields`); what only a SIEM has is written as "
        "`elastic: event.outcome`.",
    ),
    Code(
        "SC603",
        Severity.WARNING,
        "look-back is too short",
        "Runs go by the time of the event, and CloudTrail delivers records late: what arrives "
        "after a run that should have seen it is never looked at.",
        "Look back over the interval and the delay, or let the SIEM count by arrival "
        "(`elastic.timestamp_override`, `splunk.index_time`).",
    ),
    Code(
        "SC604",
        Severity.WARNING,
        "first seen is not part of the query",
        "The language cannot compare an event with what was seen before, so the query finds every "
        "event that the rule matches.",
        "Use `-f rule` with kql or lucene (Kibana's new terms rule), or -t esql or splunk.",
    ),
    Code(
        "SC605",
        Severity.WARNING,
        "values are new for every role session",
        "An assumed role's ARN, principal id and access key hold the name or key of one session, "
        "so that each new session is seen for the first time and alerts.",
        "Use userIdentity.sessionContext.sessionIssuer.arn, which names the role, unless each "
        "session is what you want to hear of.",
    ),
    Code(
        "SC606",
        Severity.NOTE,
        "history is long",
        "A first-seen rule searches its whole history at each run.",
        "Shorten the history, or keep it in a lookup (`first_seen.baseline: lookup`, Splunk).",
    ),
    Code(
        "SC607",
        Severity.ERROR,
        "artifact cannot be made of this rule",
        "What the SIEM imports has no place for what the rule or its deployment says.",
        "Use the artifact or the target that the message names.",
    ),
    Code(
        "SC608",
        Severity.WARNING,
        "ATT&CK tag is not known",
        "The tag names nothing in the ATT&CK version asked for, so it is missing from the mapping.",
        "Correct the tag, or ask for the other version with `--attack`.",
    ),
    Code(
        "SC609",
        Severity.WARNING,
        "field of the deployment is not stored by the target",
        "The SIEM's schema has no field for it, so it is left out of what is shown.",
        "Name another field, or give the SIEM's own with `elastic:` or `splunk:`.",
    ),
    Code(
        "SC610",
        Severity.NOTE,
        "not confirmed on a live SIEM",
        "No document settles whether the SIEM takes this as it is meant.",
        "Try it once on your own stack.",
    ),
    Code(
        "SC611",
        Severity.WARNING,
        "name was shortened",
        "The SIEM limits the length of names.",
        "Give the rule a shorter title.",
    ),
    Code(
        "SC612",
        Severity.WARNING,
        "rule has no id",
        "The SIEM's id of the rule was made from its title, so that a new title makes a new rule "
        "and leaves the old one behind.",
        "Give the rule an id.",
    ),
    Code(
        "SC613",
        Severity.WARNING,
        "values may be missing from what first-seen rules compare",
        "Kibana's new terms rules pass over events without the field, which the rule does not ask "
        "for.",
        "Let the rule test the field, or use -t esql or splunk, where a missing value is a value.",
    ),
    Code(
        "SC614",
        Severity.WARNING,
        "part of the deployment has no place in the artifact",
        "What the SIEM imports has no key for it, so it is left out.",
        "Use the artifact or the key that the message names, or leave it out.",
    ),
)
