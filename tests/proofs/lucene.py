"""Lucene's query_string syntax, as Elasticsearch reads it.

``luqum`` (PyPI) gives the tree. It takes ``field:(a OR b)``, ``_exists_:f``, ``NOT``, ``/…/``,
escapes, ``f:>=5``, ``f:[1 TO 2]``, phrases and ``*:*``, and refuses unbalanced brackets, quotes and
slashes, an operator without its operand, ``f:`` and ``()``. It is laxer than Lucene in its words
(it takes ``a/b``, ``a"b``, ``a!b``, ``a:b:c``, ``NOT NOT a``), so these are held against the token
rules of Lucene's classic parser. On top of that we refuse what is legal and never meant:

- words beside each other, which are an implicit OR: ``f:a b`` (an unescaped blank);
- a word without a field, and a field inside a field's brackets;
- ``AND`` and ``OR`` without brackets between them, and ``OR NOT x`` without brackets round the NOT,
  which Lucene reads as "and must not";
- ``<`` and ``>`` in a word, escaped or not: Elasticsearch cannot escape them. They are good at the
  beginning as a range, in a phrase, and escaped in a regular expression;
- ``+ - ~ ^``, the operators that no query of ours uses;
- regular expressions that Lucene refuses.

luqum is stricter than Lucene in two things: no word begins with ``'``, no bound as in ``f:>=-5``
with a dash.

Sources: apache/lucene ``queryparser/classic/QueryParser.jj``; elastic/elasticsearch
``query-dsl/query-dsl-query-string-query.md`` and ``QueryStringQueryParser.java``.
"""

from __future__ import annotations

import re
from typing import Any

from luqum.exceptions import ParseError  # type: ignore[import-untyped,unused-ignore]
from luqum.thread import parse  # type: ignore[import-untyped,unused-ignore]

from proofs import Unproven, lucene_regex

__all__ = ["prove"]

# TERM and WILDTERM of Lucene's grammar, less < and >.
_START = r"""[^\s\u3000+\-!():^\[\]"{}~*?\\/<>]|\\[^<>]"""
_WORD = re.compile(rf"(?:{_START}|[*?])(?:{_START}|[-+*?])*", re.DOTALL)
_FIELD = re.compile(rf"\*|(?:{_START})(?:{_START}|[-+])*", re.DOTALL)


class _FaultError(Exception):
    """What is wrong with a query."""


def prove(query: str, *, free_text: bool = False) -> None:
    """Refuse a query that ``luqum`` does not parse, that Lucene would refuse or misread.

    Args:
        query: one query_string query.
        free_text: allow words that belong to no field (rules with keywords).

    Raises:
        Unproven: the query is refused.
    """
    try:
        tree = parse(query)
        if tree is None:
            raise _FaultError("an empty query")
        _check(tree, in_field=free_text, may_have_field=True)
    except (ParseError, _FaultError) as error:
        raise Unproven("lucene", query, str(error)) from error


def _check(node: Any, *, in_field: bool, may_have_field: bool) -> None:
    kind = type(node).__name__
    if kind == "SearchField":
        if not may_have_field:
            raise _FaultError(f"field {node.name} inside a field (an unescaped colon?)")
        if not _FIELD.fullmatch(node.name):
            raise _FaultError(f"field name {node.name} needs escapes")
        in_field, may_have_field = True, False
    elif kind in ("Word", "Phrase", "Regex"):
        _check_value(kind, node.value, in_field=in_field)
    elif kind in ("AndOperation", "OrOperation", "Not"):
        _check_operands(kind, [type(child).__name__ for child in node.children])
    elif kind == "UnknownOperation":
        raise _FaultError(f"no operator between words: {node}")
    elif kind == "Range" and in_field:
        return  # its bounds may hold anything but blanks and brackets
    elif kind not in ("Group", "FieldGroup", "Range", "From", "To"):
        raise _FaultError(f"{kind.lower()} is an operator that we do not use: {node}")
    for child in node.children:
        _check(child, in_field=in_field, may_have_field=may_have_field)


def _check_operands(kind: str, operands: list[str]) -> None:
    if kind == "Not" and "Not" in operands:
        raise _FaultError("NOT NOT")
    if {kind, *operands} >= {"AndOperation", "OrOperation"}:
        raise _FaultError("AND and OR without brackets between them")
    if kind == "OrOperation" and "Not" in operands:
        raise _FaultError("OR NOT without brackets round the NOT means AND NOT")


def _check_value(kind: str, text: str, *, in_field: bool) -> None:
    if not in_field:
        raise _FaultError(f"{text} belongs to no field")
    if kind == "Word" and (not _WORD.fullmatch(text) or text in ("&&", "||")):
        raise _FaultError(f"{text} holds a reserved character")
    if kind == "Regex" and (fault := lucene_regex.fault(text[1:-1])):
        raise _FaultError(fault)
