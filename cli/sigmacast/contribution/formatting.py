"""A rule's text in the form of the repository: changed step by step, each proven harmless.

What is in form already stays byte for byte. Each step says what it changes, and is taken back
where the text would then mean anything else than that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sigmacast.contribution import layout
from sigmacast.contribution.table import table
from sigmacast.marks import Marks
from sigmacast.yaml_reader import read_documents

TESTS_PATH = "regression_tests_path"
_DATE_KEYS = ("date", "modified")
_DATE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_OWN_LINE = re.compile(r"^[ \t]*#[ \t]*sigmacast:[^\n]*\n?", re.MULTILINE)
_OWN_END = re.compile(r"[ \t]+#[ \t]*sigmacast:[^\n]*$", re.MULTILINE)

Data = Mapping[str, Any]


@dataclass(frozen=True)
class Formatted:
    """A text in form: what was ``changed``, and what was ``kept`` since a change would not be
    safe, each in words."""

    text: str
    data: Data
    changed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def formatted(text: str, data: Data) -> Formatted:
    """A rule, given as text and as what was read from it, in the repository's form."""
    work = _Work(text, data)
    indent, blanks = table()["indent"], table()["blank_lines"]
    work.step("line ends are line feeds", _with_line_feeds)
    work.step("no --- at the beginning", layout.without_start)
    work.step("comments that are for sigmacast are removed", _without_own_comments)
    _set_status(work)
    for key in _DATE_KEYS:
        _set_date(work, key)
    work.step("lists have one entry a line", partial(layout.one_entry_a_line, indent=indent))
    work.step(f"indented by {indent}", partial(layout.indented, indent=indent))
    work.step("keys in the usual order", partial(layout.ordered, order=table()["key_order"]))
    work.step("blanks and empty lines", partial(layout.without_blanks, most=blanks))
    return work.done()


def with_tests_path(made: Formatted, path: str | None) -> Formatted:
    """The same with ``regression_tests_path``, or for None without it."""
    old = made.data.get(TESTS_PATH)
    if old == path:
        return made
    work = _Work(made.text, made.data, made.changed, made.kept)
    if old is not None:
        work.step(
            f"{TESTS_PATH} is removed ({old})",
            partial(layout.without_key, key=TESTS_PATH),
            lambda data: {key: value for key, value in data.items() if key != TESTS_PATH},
        )
    if path is not None:
        work.step(
            f"{TESTS_PATH} is added",
            partial(layout.with_line, line=f"{TESTS_PATH}: {path}"),
            lambda data: {**data, TESTS_PATH: path},
        )
    return work.done()


class _Work:
    """A text on its way through the steps."""

    def __init__(
        self, text: str, data: Data, changed: tuple[str, ...] = (), kept: tuple[str, ...] = ()
    ) -> None:
        self.text = text
        self.data = data
        self._changed = list(changed)
        self._kept = list(kept)

    def step(
        self,
        told: str,
        change: Callable[[str], str],
        meant: Callable[[Data], Data] = lambda data: data,
    ) -> None:
        """Make a change if the text then says what is *meant*, and nothing else."""
        after = change(self.text)
        if after == self.text:
            return
        read = list(read_documents(after))
        data = read[0].value if len(read) == 1 and read[0].problem is None else None
        if isinstance(data, dict) and _same(data, meant(self.data)):
            self.text, self.data = after, data
            self._changed.append(told)
        else:
            self._kept.append(told)

    def done(self) -> Formatted:
        return Formatted(self.text, self.data, tuple(self._changed), tuple(self._kept))


def _same(one: Data, other: Data) -> bool:
    """Whether two documents are equal, kinds of values and order below the top included."""
    return {key: repr(value) for key, value in one.items()} == {
        key: repr(value) for key, value in other.items()
    }


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_own_comments(text: str) -> str:
    return _OWN_END.sub("", _OWN_LINE.sub("", text))


def _set_status(work: _Work) -> None:
    """What a new rule begins with there."""
    wanted = table()["status"]
    old = work.data.get("status")
    if old == wanted:
        return
    if "status" in work.data:
        told = f"status is {wanted}, as for every new rule there (it was {old})"
        change = partial(_with_value, key="status", value=wanted)
    else:
        told = f"status is {wanted}, as for every new rule there"
        change = partial(layout.with_line, line=f"status: {wanted}")
    work.step(told, change, lambda data: {**data, "status": wanted})


def _set_date(work: _Work, key: str) -> None:
    """Dates as ISO 8601 has them, out of the form that Sigma had before."""
    old = work.data.get(key)
    found = _DATE.fullmatch(old) if isinstance(old, str) else None
    if found is None:
        return
    try:
        new = date(*map(int, found.groups())).isoformat()
    except ValueError:
        return
    if new != old:
        change = partial(_with_value, key=key, value=new)
        work.step(f"{key} is written {new}", change, lambda data: {**data, key: new})


def _with_value(text: str, key: str, value: str) -> str:
    """The text with another value of a key at the top, quoted as it was."""
    span = Marks(text, 0).value((key,))
    if span is None:
        return text
    old = text[span.start : span.end]
    quote = old[0] if old[:1] in ("'", '"') and len(old) > 1 else ""
    blank = "" if old else " "
    return f"{text[: span.start]}{blank}{quote}{value}{quote}{text[span.end :]}"
