"""A start for a rule's deployment: which fields to look at, and what to ask of whom and how."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sigmacast.authoring.draft import ERROR, NAME, SOURCE, Draft
from sigmacast.authoring.proposals import IDENTITY
from sigmacast.authoring.rule_text import described, harmless
from sigmacast.authoring.table import new_rules
from sigmacast.authoring.yaml_text import INDENT, block, entry, indented
from sigmacast.aws import Operation, find_operation, is_read_only
from sigmacast.schema import catalogue

MAX_MEMBERS = 4
"""Members of the request that the guide asks about."""
_SESSIONS = ("AssumedRole", "FederatedUser")


def deployment_text(draft: Draft, schema: str | None) -> str:
    """The document of a rule; *schema* is the path from it to the schema that editors read."""
    first = [] if schema is None else [f"# yaml-language-server: $schema={schema}"]
    return "".join(f"{line}\n" for line in (*first, *_lines(draft)))


def _lines(draft: Draft) -> Iterator[str]:
    yield entry("rule", draft.id)
    yield "investigation:"
    yield f"{INDENT}fields:"
    yield from indented(_shown_fields(draft), 2)
    yield from indented(block("guide", "\n".join(_guide(draft))))
    yield "setup: |"
    yield f"{INDENT}{_setup(draft)}"


def _shown_fields(draft: Draft) -> Iterator[str]:
    shown = new_rules()["shown"]
    fields: list[Any] = [*shown["always"], *_details(draft), *shown["finally"]]
    named = [name for each in shown["finally"] if isinstance(each, dict) for name in each.values()]
    for index, field in enumerate(fields):
        if field in fields[:index] or field in named:
            continue
        products = {"": field} if isinstance(field, str) else field
        lines = [f"{key}: {name}" if key else name for key, name in products.items()]
        yield f"- {lines[0]}"
        yield from (f"  {line}" for line in lines[1:])


def _guide(draft: Draft) -> Iterator[str]:
    # Braces in a text of somebody else name no field.
    yield (draft.description or described(draft)).replace("{{", "{ {")
    yield ""
    yield "### Who did it"
    yield ""
    yield (
        "- Is {{userIdentity.arn}} somebody whose work this is? Is there a ticket, or a change in "
        "your infrastructure code at {{eventTime}}?"
    )
    yield (
        "- Are {{sourceIPAddress}} and {{userAgent}} usual for the caller? Compare with the calls "
        "of the last weeks."
    )
    types = draft.values(IDENTITY)
    if not types or set(types) & set(_SESSIONS):
        yield (
            "- For a session, {{userIdentity.sessionContext.sessionIssuer.arn}} is the role: who "
            "may assume it, and where was this session opened?"
        )
    yield ""
    yield "### What was done"
    yield ""
    if len(draft.names) > 1:
        yield "- {{eventName}} tells which of the calls it was."
    details = _details(draft)
    named = ", ".join(f"{{{{{field}}}}}" for field in details or ["requestParameters"])
    yield f"- Look at {named}. Is what the call concerns important, and to whom does it belong?"
    if not any(test.field == ERROR for test in draft.tests):
        yield (
            "- {{errorCode}} is there if the call failed. A failed call is an attempt: look for "
            "further ones, and for one that succeeded."
        )
    yield ""
    yield "### How it came about, and what followed"
    yield ""
    yield (
        "- List all calls with {{userIdentity.accessKeyId}} for an hour before and after "
        "{{eventTime}}, failed ones among them."
    )
    yield (
        "- Has the same caller done this before, and in other accounts or regions than "
        "{{awsRegion}}?"
    )
    yield ""
    yield "### When it is harmless"
    yield ""
    yield from (f"- {each}." for each in harmless(draft))


def _setup(draft: Draft) -> str:
    """What a trail has to record; whether the calls are data events is not known here."""
    reads = ", reads among them" if any(map(is_read_only, _operations(draft))) else ""
    of = f" of {' and '.join(draft.sources)}" if draft.sources else ""
    return f"A trail has to record events{of} in all regions{reads}."


def _details(draft: Draft) -> list[str]:
    """Fields that tell what a call concerned: those of the rule, and those that AWS requires."""
    usual = {SOURCE, NAME, IDENTITY, ERROR}
    tested = [test.field for test in draft.tests if test.field not in usual]
    required = [
        f"requestParameters.{member.name}"
        for operation in _operations(draft)
        for member in operation.request
        if member.required and not member.assumed and not member.sensitive
    ]
    known = [field for field in (*tested, *required) if catalogue().find(field) is not None]
    return list(dict.fromkeys(known))[:MAX_MEMBERS]


def _operations(draft: Draft) -> Iterator[Operation]:
    for source in draft.sources:
        for name in draft.names:
            operation = find_operation(source, name)
            if operation is not None:
                yield operation
