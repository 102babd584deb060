"""The files that hold rules: which there are at the paths given, and their text."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STDIN = "-"
SUFFIXES = (".yml", ".yaml")
MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file to read, and whether the caller named it rather than a folder above it."""

    path: str
    named: bool


def rule_files(path: str, missing: list[str]) -> Iterator[RuleFile]:
    """The files at a path: itself or standard input, else what lies below it.

    A path that is not there is put into *missing*.
    """
    if path != STDIN and os.path.isdir(path):
        for found in _walk(path):
            yield RuleFile(found, named=False)
    elif path == STDIN or os.path.lexists(path):
        yield RuleFile(path, named=True)
    else:
        missing.append(path)


def _walk(folder: str) -> Iterator[str]:
    """YAML files below a folder, in a stable order; a link back up is not followed again."""
    seen: set[str] = set()

    def below(current: str) -> Iterator[str]:
        real = os.path.realpath(current)
        if real in seen:
            return
        seen.add(real)
        try:
            entries = sorted(os.scandir(current), key=lambda entry: entry.name)
        except OSError:
            return
        for entry in entries:
            path = os.path.join(current, entry.name)
            if os.path.isdir(path):
                if not entry.name.startswith("."):
                    yield from below(path)
            elif entry.name.endswith(SUFFIXES) and (os.path.isfile(path) or entry.is_symlink()):
                yield path

    yield from below(folder)


def read_text(path: str) -> str:
    """The text of a file of rules, or of standard input; errors as of ``read_file``."""
    if path == STDIN:
        return _text(sys.stdin.buffer, MAX_BYTES)
    return read_file(path, MAX_BYTES)


def read_file(path: str | Path, max_bytes: int) -> str:
    """The text of a file.

    Raises OSError for what cannot be opened, and ValueError for what is too large or no UTF-8 text;
    ``reading_problem`` says either in words.
    """
    with open(path, "rb") as file:
        return _text(file, max_bytes)


def _text(file: IO[bytes], max_bytes: int) -> str:
    raw = file.read(max_bytes + 1)
    if len(raw) > max_bytes:
        raise ValueError(f"larger than {max_bytes // 1024 // 1024} MiB")
    if b"\0" in raw:
        raise ValueError("a binary file, not text")
    return raw.decode("utf-8-sig")


def reading_problem(error: OSError | ValueError) -> str:
    """Why a file could not be read."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"line {line} is not UTF-8 (byte 0x{error.object[error.start]:02x})"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error)
