"""What the checks find in a rule."""

from __future__ import annotations

from sigmacast.codes.model import Code, Severity

CODES = (
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
        "SC744",
        Severity.WARNING,
        "comment silences nothing",
        "A comment with `sigmacast: ignore` names findings by their code, their check or their "
        "validator, and this is none of them.",
        "Correct the name, or remove the comment.",
    ),
)
