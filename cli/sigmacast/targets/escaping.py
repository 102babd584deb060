"""Backslashes before reserved characters, fast: values are escaped by the ten thousand."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x1f]")
"""What would break a query into lines or cannot be seen in one."""

BLANKS = "\t\n\r\x0b\x0c \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""All that Python, Java and JavaScript take for white space."""


def table(reserved: str) -> dict[int, str]:
    """For ``str.translate``: each reserved character with a backslash before it."""
    return {ord(char): f"\\{char}" for char in reserved}


QUOTED = table('\\"')
"""Within double quotes, in each of our languages."""
