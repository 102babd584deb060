"""An explanation as a tree, each test with what the rule wants and what the event has."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from sigmacast.matching.nodes import Reason
from sigmacast.reports.text import DIM, RESET, printable

GREEN, RED = "\033[32m", "\033[31m"


def tree(reason: Reason, *, colour: bool = False, depth: int = 0) -> Iterator[str]:
    """One line for each part, those below it indented."""
    yield f"{'  ' * depth}{mark(reason.matched, colour=colour)} {_said(reason, colour=colour)}"
    for part in reason.parts:
        yield from tree(part, colour=colour, depth=depth + 1)


def mark(matched: bool, *, colour: bool = False) -> str:
    """A sign for yes or no that the output can show."""
    encoding = sys.stdout.encoding or "ascii"
    sign = ("✓" if matched else "✗") if _can_encode("✓✗", encoding) else ("+" if matched else "-")
    return f"{GREEN if matched else RED}{sign}{RESET}" if colour else sign


def test_line(reason: Reason, *, colour: bool = False) -> str:
    """One test: the field, what the rule wants, what the event has."""
    name = printable(reason.field or reason.what)
    held = printable(reason.actual or "")
    wanted = printable(reason.expected or "")
    if colour:
        return f"{name}: {DIM}rule{RESET} {wanted} {DIM}event{RESET} {held}"
    return f"{name}: rule {wanted}, event {held}"


def _said(reason: Reason, *, colour: bool) -> str:
    return printable(reason.what) if reason.parts else test_line(reason, colour=colour)


def _can_encode(written: str, encoding: str) -> bool:
    try:
        written.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
