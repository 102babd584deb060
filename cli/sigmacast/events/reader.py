"""Files to events, and what to say of the rest: the one class that commands use."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from sigmacast.diagnostics import CODES, Diagnostic, make
from sigmacast.events.content import reason, text_chunks
from sigmacast.events.files import exists, is_folder, kind_by_folder, walk
from sigmacast.events.records import Skipped, Unusable, records
from sigmacast.events.stream import Broken, ValueStream

GIVE_UP_AFTER = 100
"""Broken records at the beginning of a file, none of them good, after which it is no JSON."""


@dataclass(frozen=True, slots=True)
class Event:
    """One CloudTrail record, as read."""

    data: dict[str, Any]
    file: str
    """The path as given, joined with the walk below it; ``-`` for standard input."""
    record: int
    """Its number in the file, from 0; broken and skipped records count too."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, and where; ``record`` is None if it is the file itself."""

    file: str
    record: int | None
    finding: Diagnostic

    @property
    def diagnostic(self) -> Diagnostic:
        """The finding with the record's number in its message."""
        if self.record is None:
            return self.finding
        return replace(self.finding, message=f"record {self.record}: {self.finding.message}")


class EventReader:
    """Iterates, once, over the events of files, folders and ``-`` (standard input).

    Streams: memory does not grow with the files. Whatever is wrong with a file or a record goes to
    *tell*, in its place between the events, and is never raised. In a folder, files are read by
    their suffix, in a stable order; a file that the user names is read whatever it is called.
    """

    def __init__(self, paths: Iterable[str], tell: Callable[[Problem], None]) -> None:
        self.count = 0
        """Events given so far."""
        self.unreadable = 0
        """Problems told so far."""
        self.skipped: Counter[str] = Counter()
        """Files and records left out knowingly, by kind (``digest``, ``insight`` …)."""
        self.missing: list[str] = []
        """Paths given that do not exist."""
        self._waiting: deque[str] = deque()
        for path in paths:
            (self._waiting if exists(path) else self.missing).append(path)
        self._tell_user = tell

    def __iter__(self) -> Iterator[Event]:
        while self._waiting:
            path = self._waiting.popleft()
            if not is_folder(path):
                yield from self._file(path, named=True)
                continue
            for below in walk(path, self._refuse_folder):
                kind = kind_by_folder(below)
                if kind is not None:
                    self.skipped[kind] += 1
                else:
                    yield from self._file(below, named=False)

    def _file(self, path: str, *, named: bool) -> Iterator[Event]:
        def warn(message: str, line: int) -> None:
            self._tell(path, None, message, hint="save it as UTF-8 text", line=line)

        record = 0
        all_broken = True
        with closing(text_chunks(path, warn)) as chunks:
            stream = ValueStream(chunks)
            for value in stream:
                if isinstance(value, Broken):
                    self._tell_broken(path, record, value)
                    record += value.record
                    if all_broken and record >= GIVE_UP_AFTER:
                        message = f"given up: its first {record} records are all broken"
                        self._tell(path, None, message)
                        return
                    continue
                all_broken = False
                for found in records(value, stream.level):
                    if isinstance(found, dict):
                        self.count += 1
                        yield Event(found, path, record)
                    elif isinstance(found, Skipped):
                        self.skipped[found.kind] += 1
                    else:
                        self._tell_unusable(path, record, found, stream.place)
                    record += 1
        if stream.failure is not None:
            self._tell(path, None, str(stream.failure), hint=stream.failure.hint)
        elif stream.empty and named:
            self._tell(path, None, "the file is empty")

    def _tell_broken(self, path: str, record: int, broken: Broken) -> None:
        code, number = ("SC402", record) if broken.record else ("SC401", None)
        self._tell(path, number, broken.message, code=code, line=broken.line, column=broken.column)

    def _tell_unusable(
        self, path: str, record: int, unusable: Unusable, place: tuple[int, int]
    ) -> None:
        line, column = place
        self._tell(
            path,
            record,
            unusable.message,
            code=unusable.code,
            hint=unusable.hint,
            line=line,
            column=column,
        )

    def _tell(
        self,
        path: str,
        record: int | None,
        message: str,
        *,
        code: str = "SC401",
        hint: str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        finding = make(code, message, hint=hint or CODES[code].cure)
        self.unreadable += 1
        self._tell_user(Problem(path, record, replace(finding, line=line, column=column)))

    def _refuse_folder(self, path: str, error: OSError) -> None:
        self._tell(path, None, f"the folder cannot be read: {reason(error)}")
