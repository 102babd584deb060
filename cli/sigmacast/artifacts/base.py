"""What artifacts are made from, and what they are."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sigmacast.attack import Threat
from sigmacast.deployment import Deployment
from sigmacast.diagnostics import report
from sigmacast.loading import RuleSource
from sigmacast.naming import FieldNames
from sigmacast.rule_form import Kind

NAMESPACE = uuid.UUID("6f1c8f3e-51f5-4a0f-9f0e-6f0f7f7b9a41")
"""Ids of artifacts are made in it from Sigma's, so that none is one of a vendor's own rules."""
LONGEST_STEM = 120
"""Characters of a file's name, far from what file systems take."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """How many events, or different values of a field, in how long: a correlation that a SIEM
    counts by itself."""

    group_by: tuple[str, ...]
    count: int
    counted: str | None
    """The field whose different values are counted; None for events."""
    timespan: int
    """Seconds."""


@dataclass(frozen=True)
class Detection:
    """One query of a rule on one target, with all that an artifact says of it.

    ``query`` is what runs, ``plain`` the same without first-seen logic. ``number`` counts the
    queries of one rule from 0.
    """

    source: RuleSource
    target: str
    query: str
    plain: str
    deployment: Deployment
    names: FieldNames
    threat: Threat
    quoted: Callable[[str], str] = field(repr=False)
    """A field name as the language writes it."""
    scope: str = ""
    """For Splunk: what limits a search to these events, for which a macro may stand."""
    number: int = 0
    several: bool = False
    threshold: Threshold | None = None

    @property
    def title(self) -> str:
        """The rule's title, numbered where the rule has several queries."""
        title = " ".join(str(self.source.data["title"]).split())
        return f"{title} ({self.number + 1})" if self.several else title

    @property
    def id(self) -> str:
        """A UUID that stays the same as long as the rule's id does."""
        own = self.source.ref.id
        if own is None:
            report("SC612", "the rule has no id, so that its title stands in for it", at=("title",))
        name = own.lower() if own else self.title
        return str(uuid.uuid5(NAMESPACE, f"{name}#{self.number}" if self.several else name))

    @property
    def stem(self) -> str:
        """A name for files and stanzas from the rule file's own; letters, digits and ``_``."""
        stem = Path(self.source.path).stem if self.source.path != "-" else self.title.lower()
        words = "".join(char if char.isascii() and char.isalnum() else "_" for char in stem)
        name = "_".join(filter(None, words.lower().split("_")))[:LONGEST_STEM] or "rule"
        return f"{name}_{self.number + 1}" if self.several else name

    @property
    def is_correlation(self) -> bool:
        """Whether the query itself counts or orders events of other rules."""
        return self.source.kind is Kind.CORRELATION

    @property
    def description(self) -> str:
        """What the rule finds."""
        return self.text("description") or self.title

    def text(self, key: str) -> str:
        """An attribute of the rule as text; empty where it has none."""
        value = self.source.data.get(key)
        return "" if value is None or isinstance(value, (dict, list)) else str(value).strip()

    def texts(self, key: str) -> list[str]:
        """An attribute of the rule as a list of texts."""
        value: Any = self.source.data.get(key)
        listed = value if isinstance(value, list) else [] if value is None else [value]
        return [str(each).strip() for each in listed if str(each).strip()]

    @property
    def grouped_by(self) -> list[str]:
        """The fields of the result that a correlation groups by; empty for other rules."""
        correlation = self.source.data.get("correlation")
        if not isinstance(correlation, dict):
            return []
        aliases = correlation.get("aliases") or {}
        keys = correlation.get("group-by") or []
        listed = keys if isinstance(keys, list) else [keys]
        return [str(key) if key in aliases else self.names.name(str(key)) for key in listed]

    @property
    def shown(self) -> list[str]:
        """The names of the fields to show, in order; of what the SIEM does not store, a warning."""
        found: dict[str, None] = {}
        for index, each in enumerate(self.deployment.shown):
            if each.sigma is None:
                own = each.own.get(self.names.product)
                if own is not None:
                    found.setdefault(own)
            elif not self.names.is_stored(each.sigma):
                report(
                    "SC609",
                    f"{self.names.product} stores no field for {each.sigma}, so it is not shown",
                    field=each.sigma,
                    at=("deployment", "investigation", "fields", index),
                )
            else:
                name = self.names.name(each.sigma)
                found.setdefault(f"{name}.*" if self.names.is_object(each.sigma) else name)
        return list(found)


@dataclass(frozen=True)
class Product:
    """A finished artifact: its text, and the file that it belongs in.

    ``identity`` is what the SIEM tells it from others by.
    """

    file_name: str
    text: str
    identity: str
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For a bundle: stanzas by the file that they go into."""


@dataclass(frozen=True)
class Artifact:
    """A kind of file that a SIEM imports, and the targets that it is made for."""

    name: str
    title: str
    targets: tuple[str, ...]
    make: Callable[[Detection], Product]
    joined: str | None
    """What stands between several of them in one file; None where each needs a file of its own."""
    counts: tuple[str, ...] = ()
    """Targets whose correlations it counts by itself."""
    macro: Callable[[Detection], str] | None = None
    """The name of the macro in which an analyst may leave out events, in the query itself."""
    first_seen: tuple[str, ...] = ()
    """Targets for which it has first-seen logic of its own, so that the query stays plain."""
    bundle: Callable[[str, list[Product]], Mapping[str, str]] | None = None
    """Files by path of all products together, for a bundle of that name."""
