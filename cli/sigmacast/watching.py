"""Waiting until one of the files below some paths changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping

PAUSE = 0.4
"""Seconds between two looks."""

Snapshot = Mapping[str, tuple[int, int]]
"""File to time of last change (nanoseconds) and size."""


def snapshot(paths: Iterable[str]) -> Snapshot:
    """How the files at and below these paths look now; hidden folders are left out."""
    found: dict[str, tuple[int, int]] = {}
    for path in paths:
        if not os.path.isdir(path):
            _note(path, found)
        for folder, below, files in os.walk(path):
            below[:] = [name for name in below if not name.startswith(".")]
            for name in files:
                _note(os.path.join(folder, name), found)
    return found


def wait_for_change(
    paths: Iterable[str], before: Snapshot, pause: Callable[[float], None] = time.sleep
) -> None:
    """Return once the files differ from *before*: changed, new or gone."""
    watched = list(paths)
    while snapshot(watched) == before:
        pause(PAUSE)


def _note(path: str, found: dict[str, tuple[int, int]]) -> None:
    try:
        status = os.stat(path)
    except OSError:
        return
    found[path] = (status.st_mtime_ns, status.st_size)
