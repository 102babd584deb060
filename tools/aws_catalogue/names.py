"""Reads ``aws_names.csv``: what CloudTrail does otherwise than botocore's models say.

Each row has its evidence. A row that no event has shown (``seen`` is no) makes an assumed spelling.
The kinds of rows:

    botocore       the version that is read, and the day
    service        an event source and a model that belongs to it, where the endpoint misleads
    source, event  an event source, and event names, that botocore lacks
    alias, dated   an event name and the operation (``folder:Operation``) that it stands for
    iam_action     an IAM action that is no event name, and the event names it allows
    read_only      what events say of readOnly against the rule of their first words
    member         a request's member and its path in events (``:type`` if the model lacks it);
                   below an operation's or a shape's name, ``*`` any request, ``**`` any structure
    wrapper        an EC2 operation seen in the form of its newer interface
    capitals, unwrap, input_wrapper   services that keep capitals, drop a response's only wrapper,
                   wrap a request's body (``all`` surely, ``some`` in part: both forms are known)
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).parent.with_name("aws_names.csv")


class Row(NamedTuple):
    """One row of ``aws_names.csv``; an event source stands without its domain."""

    kind: str
    source: str
    name: str
    member: str
    value: str
    seen: str
    evidence: str

    @property
    def path(self) -> str:
        """Where a ``member`` row puts it."""
        return self.value.partition(":")[0]

    @property
    def type(self) -> str:
        """The type that a ``member`` row gives, if it does."""
        return self.value.partition(":")[2]

    @property
    def assumed(self) -> bool:
        """Whether no event has shown what the row says."""
        return self.seen != "yes"


def named(kind: str, source: str) -> list[Row]:
    """The rows of one kind for one event source, in the order of the file."""
    return [row for row in table()[kind] if row.source == source]


@cache
def table() -> dict[str, list[Row]]:
    """The rows of ``aws_names.csv`` by kind, read once; a kind without rows has an empty list."""
    rows: dict[str, list[Row]] = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            rows[row["kind"]].append(Row(**row))
    return rows
