"""What a new rule is to say, before it is written; each part refused where it cannot stand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sigmacast.attack import Technique
from sigmacast.authoring.table import new_rules
from sigmacast.errors import UsageError, unknown

SOURCE, NAME, ERROR = "eventSource", "eventName", "errorCode"
MAX_VALUE = 2000
"""Characters of one value or line: more is a document, which a rule should not repeat."""

_KEY = re.compile(r"[\w@:/-]+(?:\.[\w@:/-]+){0,20}(?:\|[a-z0-9_]+){0,6}", re.ASCII)
_LONGEST_KEY = 120


@dataclass(frozen=True, slots=True)
class FieldTest:
    """One test of the rule: ``field|modifiers``, and the values of which one must fit.

    The values are as the rule writes them: wildcards count.
    """

    key: str
    values: tuple[Any, ...]

    @property
    def field(self) -> str:
        """The field without its modifiers."""
        return self.key.partition("|")[0]

    @property
    def modifiers(self) -> tuple[str, ...]:
        """The modifiers."""
        return tuple(self.key.split("|")[1:])


@dataclass(frozen=True)
class Draft:
    """A rule to be: one selection of ``tests``, eventSource and eventName among them."""

    id: str
    title: str
    level: str
    author: str
    date: date
    tests: tuple[FieldTest, ...]
    techniques: tuple[Technique, ...] = ()
    description: str | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The event sources that it names."""
        return self.values(SOURCE)

    @property
    def names(self) -> tuple[str, ...]:
        """The event names that it names."""
        return self.values(NAME)

    def values(self, key: str) -> tuple[str, ...]:
        """The texts that the test of exactly this key has."""
        return tuple(
            value
            for test in self.tests
            if test.key == key
            for value in test.values
            if isinstance(value, str)
        )


def title_of(given: str) -> str:
    """A title for a rule; raises UsageError for what cannot be one."""
    title = line_of("--title", given)
    longest = new_rules()["title"]["longest"]
    if len(title) > longest:
        raise UsageError(f"--title has {len(title)} characters, and SigmaHQ takes {longest}")
    return title


def line_of(option: str, given: str) -> str:
    """A text of one line without what cannot be seen; raises UsageError for any other."""
    text = given.strip()
    if not text:
        raise UsageError(f"{option} is empty")
    if not text.isprintable() or len(text) > MAX_VALUE:
        raise UsageError(f"{option} takes one line of printable text")
    return text


def description_of(given: str) -> str:
    """A description of one or more lines; raises UsageError for unprintable text."""
    lines = [line.strip() for line in given.strip().split("\n")]
    if not any(lines) or not all(line.isprintable() and len(line) <= MAX_VALUE for line in lines):
        raise UsageError("--description takes printable text")
    return "\n".join(lines)


def level_of(given: str) -> str:
    """One of Sigma's levels; raises UsageError for any other."""
    level = given.strip().lower()
    known: list[str] = new_rules()["levels"]["values"]
    if level not in known:
        raise unknown("level", given, known, ", ".join(known))
    return level


def key_of(given: str) -> str:
    """A field with modifiers; raises UsageError for what Sigma cannot read as such."""
    key = given.strip()
    if not _KEY.fullmatch(key) or len(key) > _LONGEST_KEY:
        shown = key[:40].encode("unicode_escape").decode()
        raise UsageError(f"--field takes FIELD=VALUE with a field of an event, not '{shown}'")
    return key


def file_name(title: str, names: Iterable[str]) -> str:
    """The name of the rule's file without its suffix, as SigmaHQ wants it.

    From the title, or from the event's *names* where nothing of the title can stand in it.
    """
    form = new_rules()["file_name"]
    words = _words(title)
    while words and words[0] in form["left_out"]:
        words = words[1:]
    if len("".join(words)) < 3:
        parted = [re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name) for name in names]
        words = [word for name in parted for word in _words(name)]
    name: str = form["start"]
    for word in words:
        grown = f"{name}{word}_"
        if len(grown) - 1 > form["longest"]:
            break
        name = grown
    if name == form["start"]:  # not even the first word fits
        name += "".join(words)[: form["longest"] - len(name)] or "rule"
    return name.rstrip("_")


def _words(text: str) -> list[str]:
    """The words of a text in small letters, accents taken off."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9]+", plain.lower())
