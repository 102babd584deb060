"""Proofs that a query or an artifact is one that its engine would accept.

One module per language, each with ``prove(query)``, which returns nothing or raises
:class:`Unproven`; those of artifacts say what they take. A module asks a parser that others wrote
wherever there is one, and adds the faults that this parser is known to let through; its docstring
names both.

=========== =======================================================================================
kql         ``kibana-ql``, and an older grammar of Kibana itself by way of node
eql         ``eql``, the parser that Elastic checks its own rules with
esql        ``detection-rules-esql-py``, Elasticsearch's own grammars (Python 3.12 or later)
lucene      ``luqum``, and the token rules of Lucene's classic query parser
spl         our own parser of the SPL that we write, since there is no other
kibana_rule ``jsonschema``, with a schema written after Kibana's own
splunk_conf ``addonfactory-splunk-conf-parser-lib``, and rules of our own for lines and values
=========== =======================================================================================

``lucene_regex`` holds the regular expressions that lucene, eql and esql have in common.
"""

from __future__ import annotations

__all__ = ["Unproven"]


class Unproven(Exception):
    """A query that the parser of its language refuses.

    Args:
        language: the name of the module that refused it, such as ``kql``.
        query: the whole query.
        reason: what is wrong with it, in the parser's words or ours.
    """

    def __init__(self, language: str, query: str, reason: str) -> None:
        super().__init__(language, query, reason)
        self.language = language
        self.query = query
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.language}: {self.reason}\n  in: {self.query}"
