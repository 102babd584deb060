"""Errors that end a call. What is wrong with one rule is no such error: see ``diagnostics``."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UsageError(Exception):
    """The call itself is wrong (unknown name, unusable file); the message says cause and cure."""


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that *name* most likely meant, in any case; None if none is near.

    *likeness* is how alike it must be, from 0 to 1 (difflib's ratio).
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=likeness)
    return by_lower[found[0]] if found else None


def unknown(kind: str, name: str, known: Iterable[str], lister: str) -> UsageError:
    """A usage error for an unknown name, with the nearest known one and where to see all."""
    guess = nearest(name, known)
    meant = f"; did you mean '{guess}'?" if guess else ""
    return UsageError(f"unknown {kind} '{name}'{meant} ({lister})")
