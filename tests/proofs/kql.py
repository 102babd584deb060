r"""KQL, Kibana's query language.

Two parsers: ``kibana-ql`` (PyPI), a port of Kibana's present grammar, and Kibana's own parser in
``@cybernetex/kbn-es-query`` (npm), older than nested queries, which is asked in one node process
for many queries. They differ only in braces and ``\uXXXX``, which :func:`in_kibanas_grammar` leaves
to the first alone. The second is installed by::

    npm install --prefix tests/proofs/kibana --no-package-lock --ignore-scripts

Kibana takes more than we ever mean, so we also refuse

- a blank query, which selects every event;
- free text: ``a: x or y`` looks for ``y`` in every field (a value with an unescaped ``or``);
- a field name with a blank outside quotes, such as ``a b: "x"``.

Not seen by either parser: an unknown field, a type that does not fit, ``true`` where ``"true"``
was meant, and a ``*`` inside quotes, which is a plain star.

Sources: elastic/kibana ``kbn-es-query/src/kuery/grammar/grammar.peggy``.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from kibana_ql import KqlParser
from parsimonious.exceptions import (  # type: ignore[import-untyped,unused-ignore]
    ParseError,
)

from proofs import Unproven

__all__ = ["in_kibanas_grammar", "kibana_available", "prove", "prove_with_kibana"]

_KIBANA = Path(__file__).parent / "kibana"
_PACKAGE = _KIBANA / "node_modules" / "@cybernetex" / "kbn-es-query"
_QUOTED = re.compile(r'(\\.)|"(?:\\.|[^"\\])*"', re.DOTALL)
_BEYOND = re.compile(r"[{}]|\\u[0-9a-fA-F]{4}")


def prove(query: str, *, free_text: bool = False) -> None:
    """Refuse a query that ``kibana-ql`` does not parse, or that does not say what it seems to.

    Args:
        query: one KQL query.
        free_text: allow values that belong to no field (rules with keywords).

    Raises:
        Unproven: the query is refused.
    """
    if not query.strip():
        raise Unproven("kql", query, "a blank query selects every event")
    try:
        tree = _parser().parse(query)
    except ParseError as error:
        raise Unproven("kql", query, str(error)) from error
    for name, text in _nodes(tree):
        if name == "ValueExpression" and not free_text:
            raise Unproven("kql", query, f"{text!r} belongs to no field")
        if name == "Field" and not text.startswith('"') and len(text.split()) > 1:
            raise Unproven("kql", query, f"field name {text!r} needs quotes")


def in_kibanas_grammar(query: str) -> bool:
    r"""Whether the older grammar of :func:`prove_with_kibana` knows all that a query uses.

    It has neither the escapes ``\{ \} \uXXXX`` nor ``path:{…}``, and takes a bare brace for a
    letter. Inside quotes none of these is an escape for either grammar.
    """
    return not _BEYOND.search(_QUOTED.sub(r"\1", query))


def kibana_available() -> bool:
    """Whether node and Kibana's parser are installed."""
    return shutil.which("node") is not None and _PACKAGE.is_dir()


def prove_with_kibana(queries: list[str]) -> dict[str, str | None]:
    """Parse queries with Kibana's own parser, all in one process.

    Returns:
        For each query its error, or None where it was accepted.

    Raises:
        subprocess.CalledProcessError: the script itself failed.
    """
    done = subprocess.run(
        ["node", str(_KIBANA / "prove.cjs")],
        input="".join(json.dumps(query) + "\n" for query in queries),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    # Not splitlines: an error may quote a character that only Python takes for a line end.
    verdicts = done.stdout.rstrip("\n").split("\n") if queries else []
    return {query: json.loads(verdict) for query, verdict in zip(queries, verdicts, strict=True)}


@cache
def _parser() -> KqlParser:
    return KqlParser()


def _nodes(node: Any) -> Iterator[tuple[str, str]]:
    """Walk a parse tree; the grammar gives its fields and values names of their own."""
    if node.text:
        yield node.expr_name, node.text
    for child in node.children:
        yield from _nodes(child)
