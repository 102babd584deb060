"""Comments in a rule that silence findings: ``# sigmacast: ignore[SC701, attacktag]``.

One holds for its own line, or for the next line if it stands alone; ``ignore-file[…]`` holds for
the whole file. What is silenced is counted and told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from sigmacast.marks import lines_of

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


def suppressions_of(text: str) -> Suppressions:
    """The comments of a text, read from its lines."""
    by_line: dict[int, frozenset[str]] = {}
    of_file: frozenset[str] = frozenset()
    if "sigmacast:" not in text:
        return Suppressions()
    for number, line in enumerate(lines_of(text), start=1):
        for kind, alone, names in _comments(line):
            if kind == "ignore-file":
                of_file |= names
            else:
                place = number + 1 if alone else number
                by_line[place] = by_line.get(place, frozenset()) | names
    return Suppressions(by_line, of_file)


def _comments(line: str) -> Iterator[tuple[str, bool, frozenset[str]]]:
    """Kind, whether the line holds nothing else, and the names."""
    found = _COMMENT.search(line)
    if found is not None:
        names = frozenset(
            name.strip().lower() for name in found["names"].split(",") if name.strip()
        )
        yield found["kind"], not line[: found.start()].strip(), names
