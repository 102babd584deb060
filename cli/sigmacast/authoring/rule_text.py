"""A draft as the text of a Sigma rule, in the form that SigmaHQ's rules have."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sigmacast.authoring.draft import ERROR, NAME, SOURCE, Draft, FieldTest
from sigmacast.authoring.names import tags_of
from sigmacast.authoring.proposals import IDENTITY
from sigmacast.authoring.table import new_rules
from sigmacast.authoring.yaml_text import block, entry, indented, listed, tested
from sigmacast.diagnostics import either
from sigmacast.naming import CLOUDTRAIL

SELECTION = "selection"
MAX_NAMED = 5
"""Values of one field that a description names."""


def rule_text(draft: Draft) -> str:
    """The rule, whole."""
    return "".join(f"{line}\n" for line in _lines(draft))


def described(draft: Draft) -> str:
    """What the rule detects, in a sentence made from its tests."""
    of = f" of {_named(draft.sources)}" if draft.sources else ""
    clauses = [_clause(test) for test in draft.tests if test.key not in (SOURCE, NAME)]
    where = [each for each in clauses if each.startswith(", ")]
    nearer = [each for each in clauses if not each.startswith(", ")]
    if where:
        where[0] = where[0].replace(", ", ", where ", 1)
    rest = "".join(where[:1]) + "".join(each.replace(", ", " and ", 1) for each in where[1:])
    names = f"{_named(draft.names)} events" if draft.names else "events"
    return f"Detects {names}{of}{''.join(nearer)}{rest}."


def harmless(draft: Draft) -> list[str]:
    """Whom the rule will find besides those whom it means."""
    names = _named(draft.names) or "such calls"
    return [f"Administrators and automation for whom {names} is part of their work"]


def _lines(draft: Draft) -> Iterator[str]:
    yield entry("title", draft.title)
    yield entry("id", draft.id)
    yield entry("status", "experimental")
    yield from block("description", draft.description or described(draft))
    yield from listed("references", new_rules()["references"]["usual"])
    yield entry("author", draft.author)
    yield f"date: {draft.date.isoformat()}"
    if draft.techniques:
        yield from listed("tags", tags_of(draft.techniques))
    yield "logsource:"
    yield from indented(f"{key}: {value}" for key, value in CLOUDTRAIL.items())
    yield "detection:"
    yield from indented([f"{SELECTION}:"])
    for test in draft.tests:
        yield from indented(tested(test.key, test.values), 2)
    yield from indented([f"condition: {SELECTION}"])
    yield from listed("falsepositives", harmless(draft))
    yield entry("level", draft.level)


def _clause(test: FieldTest) -> str:
    """One test in words; those about the call itself stand nearer to it than the others."""
    values = _named(test.values)
    if test.key == ERROR:
        return " that succeeded" if test.values == (None,) else f" that failed with {values}"
    if test.key == IDENTITY:
        return f" and come from an identity of type {values}"
    verb = " ".join(test.modifiers)
    return f", {test.field} {verb or 'is'} {values}"


def _named(values: Sequence[Any]) -> str:
    """Some values as a reader sees them; the last of many stands for the rest."""
    shown = [_word(value) for value in values[:MAX_NAMED]]
    more = len(values) - len(shown)
    return f"{', '.join(shown)} or {more} others" if more > 0 else either(shown)


def _word(value: Any) -> str:
    if value is None:
        return "absent"
    if isinstance(value, bool):
        return str(value).lower()
    text = re.sub(r"\\([*?\\])", r"\1", str(value))
    return text if text.isprintable() and len(text) <= 80 else f"{ascii(text[:77])[1:-1]}…"
