"""From Sigma names to the schema of the target."""

from __future__ import annotations

from sigmacast.codes.model import Code, Severity

CODES = (
    Code(
        "SC101",
        Severity.NOTE,
        "pipeline does not apply to this log source",
        "Fields are mapped for product aws, service cloudtrail only; this rule's field names went "
        "into the query as they are.",
        "Add a pipeline for this log source with -p.",
    ),
    Code(
        "SC102",
        Severity.WARNING,
        "unknown CloudTrail field",
        "No CloudTrail record has this field as far as the catalogue knows, so the query may "
        "never match.",
        "Correct the spelling (`sigmacast list fields`), or ignore this if AWS has added it.",
    ),
    Code(
        "SC103",
        Severity.ERROR,
        "field is not stored by the target",
        "The SIEM's schema has no field for it, so a query that tests it would never match.",
        "Test another field, or use a target that stores it.",
    ),
    Code(
        "SC104",
        Severity.NOTE,
        "no schema knowledge for this target",
        "The backend comes from another package; fields are mapped only by the pipelines given.",
        "Give the pipeline that fits your schema with -p.",
    ),
    Code(
        "SC105",
        Severity.NOTE,
        "value put right in its spelling",
        "Sigma ignores case, AWS writes this field's values in one way only. The query looks for "
        "that spelling, which costs less than ignoring case and finds the same.",
        "Write the value as CloudTrail does, or use `--case insensitive`.",
    ),
    Code(
        "SC106",
        Severity.NOTE,
        "parameters are searched in the text of their object",
        "Elastic's flattened fields answer exact values in KQL and Lucene only; all else is asked "
        "of the text that the integration keeps of the whole object (`{userName=bob, path=/}`), "
        "anchored on the member's name and on its value's end.",
        "Nothing to do. `--elastic-fields` says which of the two forms your cluster keeps.",
    ),
    Code(
        "SC107",
        Severity.NOTE,
        "empty values count as missing",
        "Elastic's integration drops empty texts, lists and objects, so that a test of presence or "
        "absence cannot tell them from a missing field. AWS writes few of them.",
        "Nothing to do, unless an empty value is what you look for: then use -t splunk.",
    ),
    Code(
        "SC108",
        Severity.NOTE,
        "quotes of a whole object are not those of its texts",
        "Sigma compares an object by its compact JSON text, where a policy document is a text of "
        'its own with escaped quotes (`\\"Allow\\"`).',
        "To look into a policy, test its member: `requestParameters.policyDocument|contains`.",
    ),
    Code(
        "SC111",
        Severity.NOTE,
        "shape of a field is not known",
        "Splunk marks lists in field names (`a{}.b`), and nothing says whether this field is or "
        "has one, so the query tries the likely names.",
        "Pin eventSource and eventName, so that AWS's own description of the call decides.",
    ),
    Code(
        "SC112",
        Severity.NOTE,
        "object is read from the event's text",
        "Splunk has fields for the leaves of an object only; the query reads the object's JSON "
        "from `_raw`.",
        "Test a member, which is faster: `requestParameters.policyDocument|contains`.",
    ),
    Code(
        "SC113",
        Severity.NOTE,
        "field may be missing in long events",
        "Splunk extracts fields from the first 5,000 characters of an event only (limits.conf, "
        "`[spath] extraction_cutoff`); what stands behind them in a long event is no field.",
        "Raise extraction_cutoff on the search head if you rely on such fields.",
    ),
    Code(
        "SC114",
        Severity.NOTE,
        "empty texts may count as missing",
        "Whether Splunk's JSON extraction makes a field of an empty text is documented nowhere, so "
        "a test of presence or absence may take one for missing. AWS writes few of them.",
        "Nothing to do, unless an empty value is what you look for.",
    ),
    Code(
        "SC115",
        Severity.NOTE,
        "the text null may be JSON's null",
        "Whether Splunk's JSON extraction makes the text `null` of a null is not documented. A "
        "test of presence takes it for missing; a test of that text finds both.",
        "Write `field: null` if a missing value is meant.",
    ),
)
