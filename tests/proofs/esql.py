"""ES|QL, the piped language of Elasticsearch.

The parser is ``detection-rules-esql-py`` (PyPI, module ``esql``, Python 3.12 or later): the ANTLR
grammars of Elasticsearch 8.19, 9.3, 9.4 and 9.5, with checks of function names and arity. A stack
in between takes the grammar before it, so what came with 9.2 is refused until 9.3. We add what it
lets through:

- more than 400 chained ``and``/``or`` terms, which Elasticsearch refuses; the parser itself ends in
  a RecursionError near 320, so Python's limit is lifted while it runs;
- ``_id``, ``_index``, ``_version`` in a query that does not ask for them with METADATA;
- a regular expression that Lucene refuses, and the text inside ``kql("…")``.

Some refusals are bare exceptions (an extra ``)`` for 9.x), so every exception counts as one.
Not seen: a type that does not fit, unless ``types`` are given, and even then ``ip like "…"`` and
``boolean == "true"`` pass; ``mv_contains`` (9.2) and ``mv_intersects`` (9.3) pass for every stack.
``a.x-y == "p"`` is a good subtraction: compare :func:`fields` with the fields that were meant.

Sources: elastic/elasticsearch ``esql/esql-syntax.md``; its pull request 111186 for the 400.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from proofs import Unproven, kql, lucene_regex

__all__ = ["available", "fields", "prove"]

_MOST_TERMS = 400
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}


def available() -> bool:
    """Whether the parser is installed (it needs Python 3.12)."""
    return importlib.util.find_spec("esql") is not None


def prove(query: str, *, stack: str = "8.19.0", types: Mapping[str, str] | None = None) -> None:
    """Refuse a query that the given version of Elasticsearch would refuse.

    Args:
        query: one ES|QL query.
        stack: the oldest version that has to take it.
        types: Elasticsearch types by field; with them an unknown field is refused too.

    Raises:
        Unproven: the query is refused.
    """
    tree = _parse(query, stack=stack, types=types, kql_parse=kql.prove)
    if (terms := _terms(tree)) > _MOST_TERMS:
        raise Unproven("esql", query, f"{terms} chained terms, at most {_MOST_TERMS} may be")
    with _deep_recursion():
        _check_metadata(query, tree)
        _check_regexes(query, tree)


def fields(query: str, *, stack: str = "8.19.0") -> set[str]:
    """The columns that a query reads, without the metadata ones.

    Raises:
        Unproven: the query is refused.
    """
    tree = _parse(query, stack=stack)
    with _deep_recursion():
        return set(_library().get_unique_fields(tree))


def _library() -> Any:
    return importlib.import_module("esql")


def _parse(
    query: str, *, stack: str, types: Mapping[str, str] | None = None, kql_parse: Any = None
) -> Any:
    library = _library()
    schema = None if types is None else library.Schema(dict(types))
    config = library.ParserConfig(min_stack_version=stack, schema=schema, kql_parse=kql_parse)
    try:
        with config, _deep_recursion():
            return library.parse_query(query)
    except Exception as error:
        raise Unproven("esql", query, str(error) or type(error).__name__) from error


@contextmanager
def _deep_recursion() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def _terms(tree: Any) -> int:
    """How deep ``and`` and ``or`` nest: a chain leans to the left, so this counts its terms."""
    most = 1
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        depth += getattr(node, "op", None) in ("and", "or")
        most = max(most, depth)
        waiting += [(child, depth) for child in node.iter_children()]
    return most


def _check_metadata(query: str, tree: Any) -> None:
    library = _library()
    used = {*library.get_field_names(tree), *library.get_keep_columns(tree)}
    missing = used & {"_id", "_index", "_version"} - {*library.get_metadata_fields(tree)}
    if missing:
        raise Unproven("esql", query, f"METADATA does not ask for {', '.join(sorted(missing))}")


def _check_regexes(query: str, tree: Any) -> None:
    for node in tree:
        if getattr(node, "name", None) in ("rlike", "not_rlike"):
            for literal in node.args[1:]:
                if fault := lucene_regex.fault(_text(query, literal)):
                    raise Unproven("esql", query, fault)


def _text(query: str, literal: Any) -> str:
    """What a string says: the tree keeps the escapes of ``"…"``, and a raw string has none."""
    value = str(literal.value)
    if query.split("\n")[literal.line].startswith('"""', literal.column):
        return value
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), value)
