"""The codes of all diagnostics: each is declared once, here.

The documentation, ``list diagnostics`` and the reports read the declarations.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DOCS = "docs/diagnostics.md"


class Severity(str, Enum):
    """How much a finding weighs: a note changes nothing, a warning is a difference in meaning."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: what it is called, why it matters, how to cure it."""

    code: str
    severity: Severity
    title: str
    why: str
    cure: str

    @property
    def url(self) -> str:
        """Where the documentation describes this code."""
        return f"{DOCS}#{self.code.lower()}"


def _declare(*codes: Code) -> dict[str, Code]:
    return {code.code: code for code in codes}


CODES = _declare(
    # Reading files and documents
    Code(
        "SC001",
        Severity.ERROR,
        "file cannot be read",
        "The path cannot be opened, or its content is no UTF-8 text.",
        "Check path and permissions; save the file as UTF-8 text.",
    ),
    Code(
        "SC002",
        Severity.ERROR,
        "file is not valid YAML",
        "The YAML parser stopped, so the rest of the file is unknown.",
        "Mend the file at the line and column given.",
    ),
    Code(
        "SC003",
        Severity.ERROR,
        "document is not a Sigma rule",
        "A rule is a mapping with at least a title, a log source and a detection.",
        "Complete the document, or keep files that are no rules out of the paths given.",
    ),
    Code(
        "SC004",
        Severity.ERROR,
        "key is given twice",
        "YAML keeps only one of them, so a part of the detection would be lost unseen.",
        "Merge the two keys; for several values of one field use a list, or `|all`.",
    ),
    Code(
        "SC005",
        Severity.ERROR,
        "document is too large or too deep",
        "Nesting beyond 100 levels, or aliases, modifiers and conditions that multiply values into "
        "the thousands, are no rule anybody wrote by hand; they are refused so that one file "
        "cannot exhaust the machine.",
        "Flatten the document, or split the rule into several.",
    ),
    Code(
        "SC006",
        Severity.ERROR,
        "rule breaks the Sigma specification",
        "An attribute, a modifier or a value is not what the specification allows.",
        "Correct the attribute that the message names.",
    ),
    Code(
        "SC007",
        Severity.ERROR,
        "condition cannot be understood",
        "The condition names a selection that is not defined, or is no valid expression.",
        "Define the selection, or correct the condition.",
    ),
    Code(
        "SC008",
        Severity.ERROR,
        "referenced rule is missing",
        "A correlation can only be converted together with the rules that it names.",
        "Give the files of those rules too, or correct the name or id.",
    ),
    Code(
        "SC009",
        Severity.WARNING,
        "rule id occurs twice",
        "Tools that keep rules by id will keep one of them only. Both are converted.",
        "Give one of the rules a new id.",
    ),
    Code(
        "SC010",
        Severity.WARNING,
        "filter changes no rule",
        "A Sigma filter that matches no loaded rule silently filters nothing.",
        "Check the filter's log source and the rules that it names.",
    ),
    # From Sigma names to the schema of the target
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
    # Deployments, and the artifacts that SIEMs import
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
    # Checks while writing
    Code(
        "SC701",
        Severity.ERROR,
        "event source is not known",
        "No AWS service writes records under this name as far as the catalogue and CloudTrail's "
        "irregular names go, so the rule never matches.",
        "Correct the spelling. AWS adds services: if you have seen such a record, ignore the code.",
    ),
    Code(
        "SC702",
        Severity.ERROR,
        "event name is not known",
        "No AWS service has an operation or an event of this name, so the rule never matches.",
        "Correct the spelling. AWS adds operations: if you have seen such a record, ignore the "
        "code.",
    ),
    Code(
        "SC703",
        Severity.ERROR,
        "event name belongs to another service",
        "The services that write under the rule's event source have no such operation, another one "
        "has, so the two are never in one record.",
        "Name the event source of that service.",
    ),
    Code(
        "SC704",
        Severity.WARNING,
        "operation has no such parameter",
        "AWS's service model lists the members of the request and the response, and this is none "
        "of them. The public models are not complete, so this is no proof.",
        "Compare with a real record, and correct the spelling.",
    ),
    Code(
        "SC705",
        Severity.NOTE,
        "data event",
        "CloudTrail records such events only where a trail is told to, so that the rule is silent "
        "elsewhere.",
        "Say so in the rule's description, or in the setup of its deployment.",
    ),
    Code(
        "SC706",
        Severity.NOTE,
        "read-only calls",
        "Calls that only read are many, and some trails leave them out.",
        "Add a test that tells the ones you mean from the rest.",
    ),
    Code(
        "SC707",
        Severity.WARNING,
        "CloudTrail writes this event by another name",
        "The name is that of an operation or of an IAM action; the records carry another one.",
        "Use the name that the message gives.",
    ),
    Code(
        "SC708",
        Severity.NOTE,
        "value is not in the records",
        "AWS hides the value of this parameter, so that a test of it finds nothing.",
        "Test another parameter.",
    ),
    Code(
        "SC711",
        Severity.ERROR,
        "test never matches",
        "No record has a value that fits: the field holds something of another kind.",
        "Correct the value or the modifier.",
    ),
    Code(
        "SC712",
        Severity.WARNING,
        "condition is always true",
        "Every record of the log source matches.",
        "Remove what makes it so, or add a test.",
    ),
    Code(
        "SC713",
        Severity.ERROR,
        "condition is never true",
        "Parts of it exclude each other, so that the rule never matches.",
        "Correct the parts that the message names.",
    ),
    Code(
        "SC714",
        Severity.WARNING,
        "selection is not used",
        "No condition names it, so that it changes nothing.",
        "Use it in the condition, or remove it.",
    ),
    Code(
        "SC716",
        Severity.WARNING,
        "value is not one of this field's",
        "AWS writes only certain values there, and this is none of them.",
        "Correct the value.",
    ),
    Code(
        "SC721",
        Severity.WARNING,
        "a target refuses the rule",
        "The rule cannot be converted for it.",
        "See the finding that the message names, or leave the target out of the settings.",
    ),
    Code(
        "SC722",
        Severity.NOTE,
        "a target says the rule otherwise",
        "The query for it differs in meaning from the rule.",
        "See the finding that the message names.",
    ),
    Code(
        "SC731",
        Severity.NOTE,
        "wildcard at the beginning",
        "A search for text that may begin anywhere cannot use an index of terms.",
        "Give the beginning of the value where it is known.",
    ),
    Code(
        "SC732",
        Severity.NOTE,
        "whole events are searched",
        "The text of each event has to be read.",
        "Name the field that holds the text.",
    ),
    Code(
        "SC733",
        Severity.NOTE,
        "many patterns in one test",
        "Each pattern is tried on each value.",
        "Use whole values, or one regular expression.",
    ),
    Code(
        "SC741",
        Severity.WARNING,
        "Sigma convention",
        "A validator of pySigma finds something that Sigma's specification or usage advises "
        "against.",
        "Follow the advice, or ignore the validator by its name.",
    ),
    Code(
        "SC742",
        Severity.WARNING,
        "SigmaHQ convention",
        "A validator of the SigmaHQ repository finds something that its review would send back.",
        "Follow the convention, or ignore the validator by its name.",
    ),
    Code(
        "SC743",
        Severity.NOTE,
        "convention was not checked",
        "The validator needs data that is not here.",
        "Nothing to do.",
    ),
    Code(
        "SC900",
        Severity.ERROR,
        "defect in sigmacast",
        "The conversion stopped in a way that nobody foresaw. The other rules are not affected.",
        "Please report it with the rule.",
    ),
)
