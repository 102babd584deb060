"""Pieces of YAML in the form that SigmaHQ's rules have: four spaces, single quotes."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

INDENT = "    "
_PLAIN_KEY = re.compile(r"[A-Za-z][\w.|-]*", re.ASCII)


def entry(key: str, value: str) -> str:
    """A line with a text, quoted only where YAML needs it."""
    return _dumped({key: value})


def block(key: str, text: str) -> Iterator[str]:
    """A text of several lines, as it is."""
    yield f"{key}: |"
    yield from (f"{INDENT}{line}" if line else "" for line in text.split("\n"))


def listed(key: str, values: Iterable[str]) -> Iterator[str]:
    """A list of texts, quoted only where YAML needs it."""
    yield f"{key}:"
    yield from (f"{INDENT}- {_dumped([value])[2:]}" for value in values)


def tested(key: str, values: tuple[Any, ...]) -> Iterator[str]:
    """A test of a detection: one value behind its field, or a list of them."""
    name = key if _PLAIN_KEY.fullmatch(key) else scalar(key)
    if len(values) == 1:
        yield f"{name}: {scalar(values[0])}"
        return
    yield f"{name}:"
    yield from (f"{INDENT}- {scalar(value)}" for value in values)


def scalar(value: Any) -> str:
    """A value of a test: texts in quotes, all else as YAML writes it."""
    if value is None:
        return "null"
    if not isinstance(value, str):
        return _dumped([value])[2:]
    style = "'" if value.isprintable() else '"'
    return _dumped(value, default_style=style)


def indented(lines: Iterable[str], depth: int = 1) -> Iterator[str]:
    """The lines further to the right; empty ones stay empty."""
    yield from (f"{INDENT * depth}{line}" if line else "" for line in lines)


def _dumped(value: Any, **options: Any) -> str:
    text: str = yaml.safe_dump(value, allow_unicode=True, width=math.inf, **options)
    return text.rstrip("\n")
