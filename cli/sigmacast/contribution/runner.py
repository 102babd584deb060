"""What the repository's own runner of regression tests runs, read from its text.

It is parsed and looked at, and never executed.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from sigmacast.contribution.repository import Repository
from sigmacast.contribution.table import table

TYPE = "type"


@dataclass(frozen=True, slots=True)
class Runner:
    """The types of test data that it runs, and whether it reads ``info.yml`` as we write it."""

    types: frozenset[str]
    is_known: bool


def runner_of(repository: Repository) -> Runner | None:
    """The repository's runner; None where there is none, or it is no Python that we can read."""
    text = repository.text(table()["regression"]["runner"])
    if text is None:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        nodes = list(ast.walk(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return Runner(
        frozenset(name for node in nodes for name in _types(node)),
        texts.issuperset(table()["regression"]["keys"]),
    )


def _types(node: ast.AST) -> Iterator[str]:
    """The names that a comparison (or a match) of a test's type is with."""
    if isinstance(node, ast.Compare) and _is_type(node.left):
        for operation, other in zip(node.ops, node.comparators, strict=True):
            if isinstance(operation, (ast.Eq, ast.In)):
                yield from _texts(other)
    elif isinstance(node, ast.Match) and _is_type(node.subject):
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchValue):
                    yield from _texts(pattern.value)


def _is_type(node: ast.expr) -> bool:
    """``test_type``, ``test.type``, ``test["type"]`` or ``test.get("type", …)``."""
    if isinstance(node, ast.Name):
        return TYPE in node.id.split("_")
    if isinstance(node, ast.Attribute):
        return TYPE in node.attr.split("_")
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and node.slice.value == TYPE
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        first = node.args[0]
        return node.func.attr == "get" and isinstance(first, ast.Constant) and first.value == TYPE
    return False


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        for each in node.elts:
            yield from _texts(each)
