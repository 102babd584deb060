"""What a target cannot say, and known differences in meaning."""

from __future__ import annotations

from sigmacast.codes.model import Code, Severity

CODES = (
    # What a target cannot say
    Code(
        "SC201",
        Severity.ERROR,
        "target language lacks a feature",
        "The language has no means to express what the rule says, so no query would be right.",
        "Use one of the targets that the message names.",
    ),
    Code(
        "SC202",
        Severity.ERROR,
        "field type does not support the test",
        "The target stores the field in a type on which this test errors or never matches.",
        "Use another target, or an exact value in place of a pattern.",
    ),
    Code(
        "SC203",
        Severity.ERROR,
        "value cannot be written in the target language",
        "The language has no escape for a character of the value, so the query would search for "
        "something else.",
        "Use one of the targets that the message names.",
    ),
    Code(
        "SC204",
        Severity.ERROR,
        "regular expression is beyond the target's engine",
        "Lucene's engine knows no look-around, back-references or word boundaries.",
        "Rewrite the expression, or use splunk, whose engine is PCRE.",
    ),
    Code(
        "SC205",
        Severity.ERROR,
        "placeholder has no value",
        "`|expand` stands for values of your own environment.",
        "Give them with --vars FILE, a YAML mapping of names to lists.",
    ),
    Code(
        "SC206",
        Severity.ERROR,
        "array syntax is not supported",
        "`field[any]` and the like are not part of what the targets can say.",
        "Write the plain path: it matches if any element does.",
    ),
    Code(
        "SC207",
        Severity.ERROR,
        "correlation cannot be expressed",
        "The target has no means to count or order events in this way.",
        "Use one of the targets that the message names.",
    ),
    Code(
        "SC208",
        Severity.ERROR,
        "a pipeline refuses the rule",
        "A pipeline given with -p stops at rules that it is not made for.",
        "Leave out that pipeline, or the rule.",
    ),
    # Known differences in meaning
    Code(
        "SC301",
        Severity.WARNING,
        "time window is cut into fixed buckets",
        "The correlation's window slides in Sigma; the query counts in fixed buckets, so a burst "
        "across a border is split in two.",
        "Choose a longer timespan or a lower count if such bursts matter.",
    ),
    Code(
        "SC302",
        Severity.WARNING,
        "EQL counts a run of events",
        "`with runs=n` needs n events within maxspan and starts anew after each match, so it "
        "reports runs and not windows.",
        "Use splunk or esql if the count of a window matters.",
    ),
    Code(
        "SC303",
        Severity.WARNING,
        "query minds case where the rule does not",
        "The field holds free text, and the language can compare it by its case only; events that "
        "spell the value otherwise are missed.",
        "Use -t eql, esql, lucene or splunk, or list the spellings that occur.",
    ),
    Code(
        "SC304",
        Severity.WARNING,
        "query cannot tell a member from its neighbours",
        "The object is kept as one text, and what the rule looks for in one member may also stand "
        "in another one there. The query may find more than the rule means.",
        "Test an exact value with -t kql or lucene, or use -t splunk.",
    ),
    Code(
        "SC305",
        Severity.WARNING,
        "target's field holds something else too",
        "Elastic's integration does not keep this CloudTrail field for itself or for all records, "
        "so that the query finds other events than the rule means.",
        "Test another field, or use -t splunk.",
    ),
    Code(
        "SC306",
        Severity.WARNING,
        "value is never stored",
        "Elastic's integration drops empty values, so that a query for one never matches.",
        "Write `null`, which matches missing and empty ones there, or use -t splunk.",
    ),
    Code(
        "SC307",
        Severity.WARNING,
        "keywords are looked for in single values",
        "Elastic indexes the values of fields and not the event's own text, so that a keyword that "
        "spans members, names one, or stands in a field without an index is not found.",
        "Name the field that holds the word, or use -t splunk.",
    ),
    Code(
        "SC311",
        Severity.WARNING,
        "error code that Splunk's add-on invents",
        "CloudTrail leaves errorCode out where a call succeeded; the Add-on for AWS fills it with "
        "`success` or `failure`. A rule that names one of these matches no record of AWS.",
        "Write `errorCode: null`, which is converted to what each SIEM stores.",
    ),
    Code(
        "SC313",
        Severity.WARNING,
        "fields are compared as single values",
        "`where` compares one value with one other. Nothing says whether this field is a list in "
        "the events of the rule; where it is one, the query does not see it.",
        "Pin eventSource and eventName, so that AWS's own description of the call decides.",
    ),
    Code(
        "SC314",
        Severity.WARNING,
        "the form of an object's JSON is not documented",
        "The rule looks for JSON's own quotes in an object, which Sigma compares as AWS wrote it. "
        "No document says that Splunk's json_extract and spath give that text unchanged.",
        "Test a member: `requestParameters.maxCount: 1`.",
    ),
)
