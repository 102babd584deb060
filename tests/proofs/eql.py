"""EQL, the event query language of Elasticsearch.

The parser is ``eql`` (PyPI), which Elastic checks its own rules with, in its Elasticsearch mode
and with negated events, ``runs`` and ``sample`` switched on (off by default). It knows ``?field``,
raw strings, back-ticked names, sequences, and refuses a comparison of two fields, an unescaped
``x-y`` name and an illegal escape without help. We add what it lets through:

- functions that Elasticsearch does not have (its list holds ``wildcard``, ``match``, ``safe`` …);
- a sequence of a single event, unless repeated by ``with runs``;
- regular expressions that Lucene refuses.

Not seen: an unknown field, a type that does not fit, whether an operator ignores case (``in~`` and
``in`` are one to it), a trailing comma in a list, a literal on the left of ``:``, and a field that
stands alone as a condition.

Sources: elastic/elasticsearch ``eql/eql-syntax.md`` and ``eql/eql-function-ref.md``.
"""

from __future__ import annotations

from eql import EqlError, parse_query  # type: ignore[import-untyped,unused-ignore]
from eql.ast import FunctionCall, Sequence, String  # type: ignore[import-untyped,unused-ignore]
from eql.parser import elasticsearch_syntax  # type: ignore[import-untyped,unused-ignore]
from eql.utils import ParserConfig  # type: ignore[import-untyped,unused-ignore]

from proofs import Unproven, lucene_regex

__all__ = ["prove"]

_FUNCTIONS = [
    "add",
    "between",
    "cidrMatch",
    "concat",
    "divide",
    "endsWith",
    "indexOf",
    "length",
    "modulo",
    "multiply",
    "number",
    "startsWith",
    "string",
    "stringContains",
    "substring",
    "subtract",
]


def prove(query: str) -> None:
    """Refuse a query that ``eql`` does not parse or that Elasticsearch is known to refuse.

    Raises:
        Unproven: the query is refused.
    """
    config = ParserConfig(
        elasticsearch_syntax,
        allow_negation=True,
        allow_runs=True,
        allow_sample=True,
        allowed_functions=_FUNCTIONS,
    )
    try:
        with config:
            tree = parse_query(query)
    except EqlError as error:
        raise Unproven("eql", query, str(error)) from error
    if isinstance(tree.first, Sequence) and len(tree.first.queries) < 2:
        raise Unproven("eql", query, "a sequence needs two events")
    for node in tree:
        # ``regex`` and ``regex~`` become the function that nobody may write, match.
        if isinstance(node, FunctionCall) and node.name == "match":
            for argument in node.arguments:
                fault = lucene_regex.fault(argument.value) if isinstance(argument, String) else None
                if fault:
                    raise Unproven("eql", query, fault)
