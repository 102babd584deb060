"""Splunk's .conf files: stanzas of keys and values.

No library writes them as Splunk reads them, and the form is small: a value goes on over the end of
a line that ends in a backslash (savedsearches.conf.spec 10.2, and how contentctl 5.6 writes it).
"""

from __future__ import annotations

from collections.abc import Mapping


def stanza(name: str, values: Mapping[str, str]) -> str:
    """One stanza, without a blank line at its end; the name has no ``]`` and no line end."""
    lines = [f"[{name}]", *(f"{key} = {_value(value)}" for key, value in values.items())]
    return "\n".join(lines)


def _value(value: str) -> str:
    r"""A value over its lines; one that ended in ``\`` would take the next key for its own.

    No search ends so; a text does not suffer from a full stop behind it.
    """
    lines = [line.rstrip() for line in value.strip().splitlines()] or [""]
    if lines[-1].endswith("\\"):
        lines[-1] += "."
    return " \\\n".join(lines)
