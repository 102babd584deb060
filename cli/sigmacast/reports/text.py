"""Conversions as text: bare on a pipe, under titles on a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from sigmacast.converting import Conversion
from sigmacast.diagnostics import Diagnostic

BOLD, DIM, RESET = "\033[1m", "\033[2m", "\033[0m"
COLOURS = {"note": "\033[36m", "warning": "\033[33m", "error": "\033[31m"}
PARTS = {
    "\033[32m": r'"(?:[^"\\]|\\.)*"',
    "\033[35m": r"(?i:\b(?:and|or|not|in|where|from|metadata|like|any|stats|eval|by)\b)",
}


def folded(query: str) -> str:
    """A query on one line: SPL's pipes follow each other without line breaks."""
    return " ".join(line.strip() for line in query.split("\n") if line.strip())


def piped(conversion: Conversion, *, several_targets: bool) -> list[str]:
    """One line for each query; with several targets the target and a tab come first."""
    start = f"{conversion.target}\t" if several_targets else ""
    return [start + folded(query) for query in conversion.queries]


def titled(conversion: Conversion, *, colour: bool) -> list[str]:
    """For people: the rule's title and target, then the query, highlighted."""
    name = conversion.rule.title or conversion.rule.path
    head = f"{name}  [{conversion.target}]"
    lines = [f"{BOLD}{head}{RESET}" if colour else head]
    lines.extend(highlighted(query) if colour else query for query in conversion.queries)
    return [*lines, ""]


def highlighted(query: str) -> str:
    """Strings and keywords in colour."""
    import re

    pattern = re.compile("|".join(f"({part})" for part in PARTS.values()))
    colours = list(PARTS)
    return pattern.sub(
        lambda match: f"{colours[(match.lastindex or 1) - 1]}{match.group()}{RESET}", query
    )


def finding(
    path: str, found: Diagnostic, target: str | None = None, *, colour: bool = False
) -> str:
    """``file:line:column: severity[code]: message`` with the cure below.

    What it quotes is the rule's own text, so control characters are shown and not obeyed.
    """
    parts = (found.path or path, found.line, found.column)
    place = printable(":".join(str(part) for part in parts if part is not None))
    severity = f"{found.severity.value}[{found.code}]"
    if colour:
        severity = f"{COLOURS[found.severity.value]}{severity}{RESET}"
    where = f" ({target})" if target else ""
    help_line = f"\n  help: {printable(found.hint)}" if found.hint else ""
    return f"{place}: {severity}: {printable(found.message)}{where}{help_line}"


def printable(written: str) -> str:
    """A text from an event or a rule on one line: control characters are shown, not obeyed."""
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in written
    )


def table(rows: Iterable[tuple[str, ...]], heads: tuple[str, ...]) -> list[str]:
    """Aligned columns with a head line; the last column is not padded."""
    lines = [heads, *rows]
    widths = [max(len(line[index]) for line in lines) for index in range(len(heads))]
    return [
        "  ".join(
            cell if index == len(line) - 1 else cell.ljust(widths[index])
            for index, cell in enumerate(line)
        ).rstrip()
        for line in lines
    ]
