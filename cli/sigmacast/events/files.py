"""Paths to files: what the user named, and what lies in folders as S3 delivers them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import PurePath

STDIN = "-"
SUFFIXES = tuple(
    suffix + packed for suffix in (".json", ".jsonl", ".ndjson", ".log") for packed in ("", ".gz")
)
KINDS = {"CloudTrail-Digest": "digest", "CloudTrail-Insight": "insight"}
"""Folders in which CloudTrail keeps what is no event, and how their content is called."""


def exists(path: str) -> bool:
    """Whether a path that the user gave can be tried; a link to nowhere can, and then fails."""
    return path == STDIN or os.path.lexists(path)


def is_folder(path: str) -> bool:
    """Whether a path that the user gave is to be walked."""
    return path != STDIN and os.path.isdir(path)


def kind_by_folder(path: str) -> str | None:
    """The kind of a file that, by the folder it lies in, holds no events; else None."""
    return next((KINDS[part] for part in PurePath(path).parts[:-1] if part in KINDS), None)


def walk(folder: str, refuse: Callable[[str, OSError], None]) -> Iterator[str]:
    """Files below a folder that may hold events, in a stable order.

    Hidden folders, other suffixes and whatever is no regular file are passed over; a folder that
    several links lead to is read once. A folder that cannot be listed goes to *refuse*.
    """
    seen: set[tuple[int, int]] = set()
    # A stack rather than recursion: nothing keeps folders from being nested a thousand deep.
    waiting = [(folder, True)]
    while waiting:
        path, folder_too = waiting.pop()
        if not folder_too:
            yield path
            continue
        try:
            status = os.stat(path)
            folder_itself = (status.st_dev, status.st_ino)
            if folder_itself in seen:
                continue
            seen.add(folder_itself)
            with os.scandir(path) as entries:
                found = sorted(
                    (entry.name, below)
                    for entry in entries
                    if (below := _is_folder_or_file(entry)) is not None
                )
        except OSError as error:
            refuse(path, error)
            continue
        waiting.extend((os.path.join(path, name), below) for name, below in reversed(found))


def _is_folder_or_file(entry: os.DirEntry[str]) -> bool | None:
    """True for a folder to walk, False for a file to read, None for what is passed over."""
    try:
        if entry.is_dir():
            return None if entry.name.startswith(".") else True
        wanted = entry.is_file()
    except OSError:
        wanted = True  # opening it will say why
    return False if wanted and entry.name.endswith(SUFFIXES) else None
