"""Reading rule files and their documents."""

from __future__ import annotations

from sigmacast.codes.model import Code, Severity

CODES = (
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
)
