"""Workflow commands, which GitHub shows beside the lines of a file.

Source: GitHub documentation, "Workflow commands", annotations and the escapes of their toolkit.
"""

from __future__ import annotations

import re


def command(
    kind: str, path: str, line: int | None, title: str, message: str, column: int | None = None
) -> str:
    """An annotation: *kind* is notice, warning or error; line and column count from 1."""
    places = {"file": path, "line": line, "col": column, "title": title}
    shown = ",".join(
        f"{key}={_escaped(str(value))}" for key, value in places.items() if value is not None
    )
    return f"::{kind} {shown}::{_escaped_message(message)}"


def _escaped_message(written: str) -> str:
    return written.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped(written: str) -> str:
    return re.sub("[:,]", lambda found: f"%{ord(found[0]):02X}", _escaped_message(written))
