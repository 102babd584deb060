"""Lines, stanzas and settings: the syntax that all of Splunk's files have."""

from __future__ import annotations

import re
from collections.abc import Callable

from addonfactory_splunk_conf_parser_lib import TABConfigParser

from proofs import Unproven

__all__ = ["Conf", "parse"]

Conf = dict[str, dict[str, str]]
"""Stanza to key to value; the lines of a value that goes on are joined with newlines."""
Known = Callable[[str, str], bool]
"""Whether a stanza may have a key."""

_HEADER = re.compile(r"\[([^\[\]]*)\]")
_SETTING = re.compile(r"([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(.*)", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\ufeff]")


class _FaultError(Exception):
    """What is wrong with a line."""


def parse(text: str, known: Known | None = None) -> Conf:
    """Read a file.

    Args:
        text: the file.
        known: with it, a key that no stanza of that name has is refused.

    Raises:
        Unproven: a line is refused, or Splunk's parser reads the file otherwise.
    """
    reader = _Reader(known)
    for number, line in enumerate([*text.split("\n"), ""], 1):
        try:
            reader.take(line)
        except _FaultError as fault:
            raise Unproven("splunk_conf", line, f"line {number}: {fault}") from fault
    _compare(text, reader.stanzas)
    return reader.stanzas


class _Reader:
    """What has been read so far, one line after the other."""

    def __init__(self, known: Known | None) -> None:
        self.stanzas: Conf = {}
        self._known = known
        self._stanza = ""
        self._key = ""
        self._goes_on = False

    def take(self, line: str) -> None:
        """Read a line."""
        if found := _CONTROL.search(line):
            raise _FaultError(f"the character {found[0]!r}")
        header, setting = _HEADER.fullmatch(line), _SETTING.fullmatch(line)
        if self._goes_on:
            own = setting is not None and self._known is not None and self._is_known(setting[1])
            if header or own or not line.strip():
                raise _FaultError(f"the value of {self._key} before it ends in a backslash")
            if line.lstrip()[0] in "#;*":
                raise _FaultError("Splunk's tools take this line of a value for a comment")
            self._add("\n", line)
        elif header:
            self._begin(header[1])
        elif setting:
            self._set(*setting.groups())
        elif line.strip() and not line.startswith("#"):
            raise _FaultError("neither header, comment, setting nor the rest of a value")

    def _is_known(self, key: str) -> bool:
        return self._known is None or self._known(self._stanza, key)

    def _begin(self, name: str) -> None:
        if name in self.stanzas:
            raise _FaultError(f"[{name}] is there twice")
        if name != name.strip():
            raise _FaultError("a blank at an end of the name")
        self.stanzas[name] = {}
        self._stanza = name

    def _set(self, key: str, value: str) -> None:
        if not self.stanzas:
            raise _FaultError("a setting outside any stanza")
        if key in self.stanzas[self._stanza]:
            raise _FaultError(f"{key} is there twice")
        if not self._is_known(key):
            raise _FaultError(f"nobody reads {key}")
        self.stanzas[self._stanza][key] = ""
        self._key = key
        self._add("", value)

    def _add(self, joint: str, value: str) -> None:
        """Add a line to the value, and see whether another one follows."""
        self._goes_on = value.endswith("\\")
        if self._goes_on:
            value = value[:-1]
            if value and value[-1] not in " \t":
                raise _FaultError("a value cannot end in a backslash; to go on it needs a blank")
        elif value.rstrip().endswith("\\"):
            raise _FaultError("a blank after the backslash at the end")
        self.stanzas[self._stanza][self._key] += joint + value.strip(" \t")


def _compare(text: str, ours: Conf) -> None:
    """Refuse what Splunk's parser reads otherwise.

    It takes ``;`` after a blank for the beginning of a comment, which Splunk does not, and does not
    know ``[]``; both are taken out of its way. It leaves the backslashes at the ends of lines.
    """
    parser = TABConfigParser()
    parser.read_string(re.sub(r"^\[\]$", "[ ]", _masked(text), flags=re.MULTILINE))
    theirs = {
        "" if name == " " else name: {
            key: _plain(re.sub(r"\\$", "", value, flags=re.MULTILINE))
            for key, value in settings.items()
        }
        for name, settings in parser.item_dict().items()
    }
    expected = {
        _masked(name): {key: _plain(_masked(value)) for key, value in settings.items()}
        for name, settings in ours.items()
    }
    for name in {**expected, **theirs}:
        if theirs.get(name) != expected.get(name):
            reason = f"Splunk's parser reads {theirs.get(name)}"
            raise Unproven("splunk_conf", f"[{name}] {expected.get(name)}", reason)


def _masked(text: str) -> str:
    return text.replace(";", ",")


def _plain(value: str) -> str:
    """A value without what the two keep or drop of blanks, newlines and empty quotes."""
    return "" if value == '""' else " ".join(value.split())
