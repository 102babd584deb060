"""The report of ``diff``: what changed in queries, for patches, pull requests and programs."""

from __future__ import annotations

import difflib
import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from sigmacast import exit_codes
from sigmacast.comparing import Change, Comparison, Difference
from sigmacast.diagnostics import Diagnostic, counted
from sigmacast.loading import Ruleset
from sigmacast.reports import jsonl, text
from sigmacast.reports.terminal import Terminal
from sigmacast.reports.text import RESET
from sigmacast.sides import Side

FORMATS = ("text", "markdown", "json")
MARKDOWN_LIMIT = 60_000
"""Characters of a Markdown report: GitHub's comments end at 65,536."""
CONTEXT = 3
NOWHERE = "/dev/null"
"""What a unified diff calls the side that has no such file."""
COLOURS = {"+": "\033[32m", "-": "\033[31m", "@": "\033[36m", "\\": "\033[33m"}


def report(
    comparison: Comparison,
    loaded: Sequence[tuple[Side, Ruleset]],
    terminal: Terminal,
    output_format: str,
    *,
    exit_code: bool,
) -> int:
    """Write the differences to standard output in one of ``FORMATS``; the exit code of the run.

    *loaded* are the old and the new side. With *exit_code* any difference counts as failure.
    """
    (old, _), (new, ruleset) = loaded
    missing = [path for path in old.missing if path in new.missing]
    for path in missing:
        terminal.error(f"sigmacast: {path}: neither side has it")
    if not comparison.rules:
        if not missing:
            terminal.error("sigmacast: no rules found on either side")
        return exit_codes.NOTHING
    forms = {"text": _text, "markdown": _markdown, "json": _json}
    for line in forms[output_format](comparison):
        coloured = output_format == "text" and terminal.result_colour
        colour = COLOURS.get(line[:1]) if coloured else None
        terminal.result(f"{colour}{line}{RESET}" if colour else line)
    for unusable in ruleset.unusable:  # those of the old side are no news
        path, finding = new.shown(unusable.ref.path), unusable.finding
        terminal.error(text.finding(path, finding, colour=terminal.talk_colour))
    terminal.talk(summary(comparison))
    lost = any(each.change is Change.REFUSED for each in comparison.differences)
    differs = exit_code and bool(comparison.differences)
    bad = lost or ruleset.unusable or missing or differs
    return exit_codes.FAILED if bad else exit_codes.OK


def summary(comparison: Comparison) -> str:
    """How many rules have changed, and how; a rule counts once for each kind of change."""
    counts = Counter(
        change
        for _, found in _by_rule(comparison.differences)
        for change in {each.change for each in found}
    )
    if not counts:
        return f"no query differs ({counted(comparison.rules, 'rule')} compared)"
    words = {
        Change.ADDED: "added",
        Change.REMOVED: "removed",
        Change.CHANGED: "changed",
        Change.REFUSED: "newly refused",
        Change.ACCEPTED: "no longer refused",
    }
    parts = [
        f"{counted(counts[change], 'rule')} {word}"
        for change, word in words.items()
        if counts[change]
    ]
    return ", ".join(parts)


def _by_rule(
    differences: Iterable[Difference],
) -> Iterator[tuple[object, list[Difference]]]:
    for key, found in groupby(differences, lambda each: (each.rule, each.old_path, each.new_path)):
        yield key, list(found)


def _text(comparison: Comparison) -> Iterator[str]:
    """Unified diffs; what a refusal says stands behind a backslash, which tools leave alone."""
    for each in comparison.differences:
        yield from _headed(each, comparison)


def _headed(each: Difference, comparison: Comparison) -> Iterator[str]:
    for sign, path, side in (
        ("---", each.old_path, comparison.old),
        ("+++", each.new_path, comparison.new),
    ):
        where = NOWHERE if path is None else text.printable(path)
        yield f"{sign} {where}\t{each.target}, {text.printable(side)}"
    yield from _changes(each)
    if each.error is not None:
        yield f"\\ {_error(each.error)}"


def _changes(each: Difference) -> Iterator[str]:
    """The hunks of a unified diff."""
    before, after = (list(_lines(queries)) for queries in (each.old, each.new))
    hunks = difflib.unified_diff(before, after, lineterm="", n=CONTEXT)
    yield from (line for number, line in enumerate(hunks) if number > 1)  # its own head


def _lines(queries: Iterable[str]) -> Iterator[str]:
    """Queries line by line; JSON spread out, so that a change of one key is one line."""
    for query in queries:
        for line in query.split("\n"):
            yield from map(text.printable, _spread(line))


def _spread(line: str) -> list[str]:
    if line.startswith("{") and line.endswith("}"):
        try:
            return json.dumps(json.loads(line), indent=2, ensure_ascii=False).split("\n")
        except (ValueError, RecursionError):
            pass
    return [line]


def _error(error: Diagnostic) -> str:
    return text.printable(f"{error.severity.value}[{error.code}]: {error.message}")


def _json(comparison: Comparison) -> Iterator[str]:
    for each in comparison.differences:
        error = each.error
        yield json.dumps(
            {
                "v": jsonl.VERSION,
                "change": each.change.value,
                "rule": {"id": each.rule.id, "title": each.rule.title},
                "target": each.target,
                "format": each.format,
                "old": _side(comparison.old, each.old_path, each.old),
                "new": _side(comparison.new, each.new_path, each.new),
                "error": None if error is None else {"code": error.code, "message": error.message},
            },
            ensure_ascii=False,
        )


def _side(name: str, path: str | None, queries: Sequence[str]) -> dict[str, object]:
    return {"side": name, "path": path, "queries": list(queries)}


def _markdown(comparison: Comparison) -> Iterator[str]:
    """A table of rules and targets, then each diff folded away; as long as a comment may be."""
    yield f"### Queries from {_code(comparison.old)} to {_code(comparison.new)}"
    yield ""
    yield f"{summary(comparison)[:1].upper()}{summary(comparison)[1:]}."
    found = list(_by_rule(comparison.differences))
    if not found:
        return
    heads = ["rule", *comparison.targets]
    yield ""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    room = MARKDOWN_LIMIT
    yield from _fitting([[_row(each, comparison.targets)] for _, each in found], room // 3)
    details = [list(_details(each, comparison)) for _, each in found]
    yield from _fitting(details, room - room // 3)


def _fitting(pieces: Sequence[Sequence[str]], room: int) -> Iterator[str]:
    """As many of the pieces as there is room for, and how many are left out."""
    for number, piece in enumerate(pieces):
        room -= sum(len(line) + 1 for line in piece)
        if room < 0:
            yield ""
            yield f"… and {counted(len(pieces) - number, 'rule')} more than fit here."
            return
        yield from piece


def _row(found: Sequence[Difference], targets: Sequence[str]) -> str:
    by_target = {each.target: each.change.value for each in found}
    cells = [_code(_name(found[0])), *(by_target.get(target, "") for target in targets)]
    return f"| {' | '.join(cells)} |"


def _details(found: Sequence[Difference], comparison: Comparison) -> Iterator[str]:
    yield ""
    shown = html.escape(text.printable(_name(found[0])))
    yield f"<details><summary><code>{shown}</code></summary>"
    for each in found:
        lines = list(_headed(each, comparison))
        longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
        fence = "`" * max(3, longest + 1)
        yield ""
        yield f"{each.target}: {each.change.value}"
        yield ""
        yield f"{fence}diff"
        yield from lines
        yield fence
    yield ""
    yield "</details>"


def _name(each: Difference) -> str:
    return each.rule.title or each.new_path or each.old_path or ""


def _code(name: str) -> str:
    """A name as code in a line or a table, where nothing in it is a mention or a link."""
    shown = text.printable(name).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`"
