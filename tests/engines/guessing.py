"""Schemas for tests of the engines: fields whose types are guessed, and those of a file."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from sigmacast.engines.base import Rejected
from sigmacast.views.ecs import EcsSchema


class Guessed:
    """The fields of CloudTrail and others as they are guessed, else keywords."""

    def __init__(self, kinds: dict[str, str]) -> None:
        self.kinds = kinds
        self.asked: set[str] = set()

    def type_of(self, field: str) -> str | None:
        known = EcsSchema().type_of(field)
        if known is None and not field.startswith("_"):
            self.asked.add(field)
            return self.kinds.get(field, "keyword")
        return known


def compiled(query: str, compile_query: Callable) -> Callable:
    """The query with the fields of CloudTrail, and of other names the first types that fit."""
    asked: set[str] = set()
    for _ in range(4):  # a refusal hides the names behind it
        names = sorted(asked)
        for kinds in product(("keyword", "ip", "long", "boolean"), repeat=len(names)):
            schema = Guessed(dict(zip(names, kinds, strict=True)))
            try:
                return compile_query(query, schema)
            except Rejected as refusal:
                last = refusal
            asked |= schema.asked
    raise last
