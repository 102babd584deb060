"""Diagnostics: what the user is told about one rule while work goes on.

Each has a code that ``codes`` declares. A finding names its place as a *route* of keys and indices;
line and column are looked up only when it is shown (``loading.locate``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from sigma.exceptions import SigmaFeatureNotSupportedByBackendError

from sigmacast.codes import CODES, Code, Severity

__all__ = [
    "CODES",
    "Code",
    "Collector",
    "Diagnostic",
    "Refusal",
    "Route",
    "Severity",
    "collecting",
    "either",
    "make",
    "report",
]

Route = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about one rule; ``line`` and ``column`` count from 1, None if unknown."""

    code: str
    severity: Severity
    message: str
    field: str | None = None
    hint: str | None = None
    at: Route = ()
    line: int | None = None
    column: int | None = None
    path: str | None = None
    """The file that the place is in, where that is not the rule's own."""

    @property
    def concerns_every_target(self) -> bool:
        """Whether the finding is about the rule itself, and so the same on each target."""
        return self.code.startswith(("SC0", "SC101", "SC102"))

    def with_cure(self) -> Diagnostic:
        """The finding with its code's cure where it has no hint of its own."""
        return self if self.hint else replace(self, hint=CODES[self.code].cure)

    @property
    def url(self) -> str:
        """Where the documentation describes this finding's code."""
        return CODES[self.code].url


class Refusal(SigmaFeatureNotSupportedByBackendError):
    """A rule that cannot be converted; carries the finding to show in place of a query.

    A pySigma error, so that sigma-cli prints the message in the same way.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        field: str | None = None,
        hint: str | None = None,
        at: Route = (),
    ) -> None:
        super().__init__(message if hint is None else f"{message}; {hint}")
        self.finding = make(code, message, field=field, hint=hint, at=at)


def make(
    code: str, message: str, *, field: str | None = None, hint: str | None = None, at: Route = ()
) -> Diagnostic:
    """A finding of a declared code, with that code's severity."""
    return Diagnostic(code, CODES[code].severity, message, field, hint, at)


@dataclass
class Collector:
    """Findings reported while a ``collecting`` block is open, each once."""

    _found: dict[Diagnostic, None] = field(default_factory=dict)

    def add(self, diagnostic: Diagnostic) -> None:
        """Note a finding; the same one again changes nothing."""
        self._found.setdefault(diagnostic)

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All findings, by code and message, so that output does not depend on their order."""
        return tuple(sorted(self._found, key=lambda found: (found.code, found.message)))


_collector: ContextVar[Collector | None] = ContextVar("collector", default=None)


@contextmanager
def collecting() -> Iterator[Collector]:
    """Collect what anything beneath reports; for one rule and one target."""
    collector = Collector()
    token = _collector.set(collector)
    try:
        yield collector
    finally:
        _collector.reset(token)


def report(
    code: str, message: str, *, field: str | None = None, hint: str | None = None, at: Route = ()
) -> None:
    """Report a finding to the innermost ``collecting`` block; does nothing outside of one."""
    collector = _collector.get()
    if collector is not None:
        collector.add(make(code, message, field=field, hint=hint, at=at))


def either(names: Sequence[str]) -> str:
    """``a, b or c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"


def counted(count: int, noun: str) -> str:
    """``1 rule``, ``2 rules``, ``2 near misses``."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun}es" if noun.endswith("s") else f"{count} {noun}s"
