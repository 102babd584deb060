"""Work on many items in several processes, results in the order of the items.

The processes are forks, so that they see everything made before without copying it; only results
travel. Where forking is not to be had or not safe (macOS, Windows), and for little work, one
process does it all.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

Result = TypeVar("Result")

WORTH_A_PROCESS = 250
"""Items below which another process costs more than it saves (each a rule of some lines)."""

_SLICES_PER_JOB = 4
_work: Callable[[int, int], Any] | None = None


def cores() -> int:
    """How many processes can run at once here."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_slices(work: Callable[[int, int], Result], count: int, jobs: int) -> Iterator[Result]:
    """``work(start, stop)`` for slices that together cover *count* items, in order.

    *jobs* is the most processes to use. What *work* raises is raised here.
    """
    jobs = min(jobs, count // WORTH_A_PROCESS + 1)
    if jobs < 2 or sys.platform != "linux":
        yield work(0, count)
        return
    import multiprocessing

    global _work  # forks find the work here: it need not be pickled
    _work = work
    size = -(-count // (jobs * _SLICES_PER_JOB))
    slices = [(start, min(start + size, count)) for start in range(0, count, size)]
    gc.freeze()  # the collector writes into what it looks at, which would copy it into each fork
    try:
        with multiprocessing.get_context("fork").Pool(jobs) as pool:
            yield from pool.imap(_call, slices)
    finally:
        gc.unfreeze()
        _work = None


def _call(bounds: tuple[int, int]) -> Any:
    assert _work is not None
    return _work(*bounds)
