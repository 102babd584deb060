"""Corrections of a rule's text: pieces are cut out at their marks and others put in their place, so
that comments, order and blanks stay byte for byte."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sigmacast.checks.base import Edit
from sigmacast.marks import Marks
from sigmacast.yaml_reader import read_documents

_PLAIN = re.compile(r"[A-Za-z][\w.-]*")
"""A scalar that needs no quotes, whatever stands around it."""
_WORDS = frozenset("y n yes no true false on off null".split())


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put *text* in place of what stands from ``start`` up to ``end``, in characters."""

    start: int
    end: int
    text: str


def replacement_of(marks: Marks, edit: Edit) -> Replacement | None:
    """Where a correction goes; None where the text has a form that is better left alone."""
    span = marks.value(edit.at) if edit.on_value else marks.key(edit.at)
    if span is None or span.line != span.end_line:
        return None
    written = marks.text[span.start : span.end]
    quote = written[:1] if written[:1] in ("'", '"') and written[-1:] == written[:1] else ""
    inner = written[len(quote) : len(written) - len(quote)] if quote else written
    if edit.on_value or edit.whole_key:
        text = edit.text
    else:
        _, bar, modifiers = inner.partition("|")
        text = f"{edit.text}{bar}{modifiers}"
    made = _written(text, quote, is_key=not edit.on_value)
    return None if made is None else Replacement(span.start, span.end, made)


def fixed(text: str, replacements: Iterable[Replacement]) -> str:
    """The text with these corrections; of two that overlap the first is made."""
    parts: list[str] = []
    at = 0
    for each in sorted(set(replacements), key=lambda found: (found.start, found.end)):
        if each.start >= at:
            parts += [text[at : each.start], each.text]
            at = each.end
    changed = "".join([*parts, text[at:]])
    # What is no YAML any more, against all care, is not worth a correction.
    return text if any(document.problem for document in read_documents(changed)) else changed


def difference(path: str, before: str, after: str) -> str:
    """What changes, as a unified diff."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), path, path
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _written(text: str, quote: str, *, is_key: bool) -> str | None:
    """A scalar in the quotes that it had; None for what they cannot hold as it is."""
    if not text.isprintable():
        return None
    if quote == "'":
        return f"'{text.replace(quote, quote * 2)}'"
    if quote == '"':
        return None if '"' in text or "\\" in text else f'"{text}"'
    plain = text.split("|")[0] if is_key else text
    if _PLAIN.fullmatch(plain) and plain.lower() not in _WORDS:
        return text
    return f"'{text}'" if "'" not in text else None
