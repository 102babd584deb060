"""Comments in a rule that silence findings: ``# sigmacast: ignore[SC701, attacktag]``.

One holds for its own line, or for the next line if it stands alone; ``ignore-file[…]`` holds for
the whole file. What is silenced is counted and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sigmacast.marks import Span, line_starts, lines_of

_COMMENT = re.compile(r"#\s*sigmacast:\s*(?P<kind>ignore(?:-file)?)\[(?P<names>[^\]]*)\]")


@dataclass
class Suppressions:
    """The comments of one text: names by line, and those of the whole file."""

    by_line: dict[int, frozenset[str]] = field(default_factory=dict)
    of_file: frozenset[str] = frozenset()

    def silences(self, line: int | None, *names: str) -> bool:
        """Whether a finding at a line, known by any of these names, is silenced."""
        wanted = {name.lower() for name in names}
        if wanted & self.of_file:
            return True
        return line is not None and bool(wanted & self.by_line.get(line, frozenset()))


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment: where it stands, and what it names, as it is written.

    ``of_file`` ones hold for the file; ``alone`` ones have nothing else on their line.
    """

    span: Span
    names: tuple[str, ...]
    of_file: bool
    alone: bool


def suppressions_of(text: str) -> Suppressions:
    """What the comments of a text silence."""
    by_line: dict[int, frozenset[str]] = {}
    of_file: frozenset[str] = frozenset()
    for comment in comments_of(text):
        names = frozenset(map(str.lower, comment.names))
        if comment.of_file:
            of_file |= names
        else:
            line = comment.span.line
            place = line + 1 if comment.alone else line
            by_line[place] = by_line.get(place, frozenset()) | names
    return Suppressions(by_line, of_file)


def comments_of(text: str) -> Iterator[Comment]:
    """The comments of a text, read from its lines."""
    if "sigmacast:" not in text:
        return
    starts = line_starts(text)
    for number, line in enumerate(lines_of(text), start=1):
        found = _COMMENT.search(line)
        if found is not None:
            names = (name.strip() for name in found["names"].split(","))
            start, end = found.span()
            before = starts[number - 1]
            yield Comment(
                Span(before + start, before + end, number, start + 1, number, end + 1),
                tuple(name for name in names if name),
                found["kind"] == "ignore-file",
                not line[: found.start()].strip(),
            )
