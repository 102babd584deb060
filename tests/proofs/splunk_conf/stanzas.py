"""A file whose keys are known, each with a check of its values."""

from __future__ import annotations

from collections.abc import Callable

from proofs import Unproven
from proofs.splunk_conf.lines import Conf, parse
from proofs.splunk_conf.values import Check, Fault

__all__ = ["needs", "prove"]

CheckOf = Callable[[str, str], Check | None]
"""The check of a stanza's key, None for a key that is unknown there."""
Together = Callable[[str, dict[str, str]], object]
"""Raises Fault where the settings of a stanza do not fit each other."""


def prove(text: str, check_of: CheckOf, together: Together | None = None) -> Conf:
    """Refuse a file with a fault.

    Raises:
        Unproven: the file is refused.
    """
    stanzas = parse(text, lambda name, key: check_of(name, key) is not None)
    for name, settings in stanzas.items():
        for key, value in settings.items():
            check = check_of(name, key)
            assert check is not None
            try:
                check(value)
            except Fault as fault:
                raise _unproven(name, {key: value}, f"{key}: {fault}") from fault
        try:
            if together is not None:
                together(name, settings)
        except Fault as fault:
            raise _unproven(name, settings, str(fault)) from fault
    return stanzas


def _unproven(name: str, settings: dict[str, str], reason: str) -> Unproven:
    lines = [f"[{name}]", *(f"{key} = {value}" for key, value in settings.items())]
    return Unproven("splunk_conf", "\n".join(lines), reason)


def needs(settings: dict[str, str], because: str, *keys: str) -> None:
    """Raise Fault for a key that is missing or empty."""
    for key in keys:
        if not settings.get(key, "").strip():
            raise Fault(f"{because} needs {key}")
