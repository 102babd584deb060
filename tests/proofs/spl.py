"""SPL: nobody publishes a parser of it, so the one of our own evaluator is asked."""

from __future__ import annotations

from proofs import Unproven
from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.spl_parser import parse

__all__ = ["prove"]


def prove(query: str, *, free_text: bool = False) -> None:
    """Refuse a query that the parser cannot read, be it wrong or beyond the SPL that we write.

    Args:
        query: one SPL query, on one or many lines.
        free_text: allow quoted phrases that belong to no field (rules with keywords).

    Raises:
        Unproven: the query is refused.
    """
    try:
        parse(query, free_text=free_text)
    except (Rejected, Unsupported) as error:
        raise Unproven("spl", query, str(error)) from error
