"""YAML documents read safely: bounded, without silent losses, with positions on demand.

pySigma's own readers take a duplicate key silently, follow aliases without bound and fail on an
impossible date before the rule is seen. Here libyaml builds the nodes, and this module turns them
into plain values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from sigmacast.diagnostics import Route

MAX_DEPTH = 100
MAX_VALUES = 100_000
"""Values in one document, aliases counted each time they are used."""

_DEEP_BLOCK = re.compile(rf"^[ \-?:]{{{MAX_DEPTH},}}", re.MULTILINE)
_PLAIN_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*|0x[0-9a-fA-F]+)")
"""What YAML 1.1 calls an integer besides (octal ``0123…``, ``1:30``, ``1_000``) is an account id
or a text to whoever wrote the rule, and stays one."""
_MERGE = "tag:yaml.org,2002:merge"
_STRING = "tag:yaml.org,2002:str"
_SEQUENCE = "tag:yaml.org,2002:seq"
_MAPPING = "tag:yaml.org,2002:map"
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "value")}

SAFE_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader is eight times faster; a PyYAML without it works too."""


_RESOLVERS: dict[str, list[tuple[str, re.Pattern[str]]]] = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in SAFE_LOADER.yaml_implicit_resolvers.items()
}
"""What a plain scalar may be, by its first character. Dates stay text: pySigma checks them, and a
date as a value is compared as text."""


class _Loader(SAFE_LOADER):  # type: ignore[misc]
    """libyaml's nodes with the tags of plain scalars; a third of PyYAML's time goes into these."""

    def resolve(self, kind: type[yaml.Node], value: str, implicit: Any) -> str:
        """The tag of a node without one."""
        if kind is not yaml.ScalarNode:
            return _SEQUENCE if kind is yaml.SequenceNode else _MAPPING
        if implicit[0]:
            for tag, pattern in _RESOLVERS.get(value[:1], ()):
                if pattern.match(value):
                    return tag
        return _STRING

    def descend_resolver(self, node: Any, index: Any) -> None:
        """Nothing: no tag depends on the path."""

    def ascend_resolver(self) -> None:
        """Nothing: no tag depends on the path."""


class YamlProblem(Exception):
    """Why a document cannot be used; ``line`` and ``column`` count from 1."""

    def __init__(
        self, code: str, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: its number from 0, and its value or what is wrong with it."""

    index: int
    value: Any = None
    problem: YamlProblem | None = None


def read_documents(text: str) -> Iterator[Document]:
    """All documents of a YAML text; the first syntax error ends it, after what came before."""
    index = 0
    try:
        _require_depth(text)
        loader = _Loader(text)
        try:
            while loader.check_node():
                yield _document(index, loader)
                index += 1
        finally:
            loader.dispose()
    except YamlProblem as problem:
        yield Document(index, problem=problem)
    except yaml.YAMLError as error:
        yield Document(index, problem=_syntax_problem(error))
    except RecursionError:
        yield Document(index, problem=YamlProblem("SC005", "the document is nested too deep"))


def _document(index: int, loader: Any) -> Document:
    node = loader.get_node()
    try:
        return Document(index, _Builder().build(node, 0))
    except YamlProblem as problem:
        return Document(index, problem=problem)


class _Builder:
    """Plain values from nodes; counts what aliases multiply."""

    def __init__(self) -> None:
        self._built: dict[int, tuple[Any, int]] = {}
        self._open: set[int] = set()
        self._scalars = yaml.constructor.SafeConstructor()
        self._values = 0

    def build(self, node: yaml.Node, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise _problem("SC005", f"nested deeper than {MAX_DEPTH} levels", node)
        if isinstance(node, yaml.ScalarNode):
            self._count(1, node)
            return self._scalar(node)
        known = self._built.get(id(node))
        if known is not None:
            self._count(known[1], node)
            return known[0]
        if id(node) in self._open:
            raise _problem("SC005", "an alias refers to the value that it stands in", node)
        self._open.add(id(node))
        before = self._values
        self._count(1, node)
        if isinstance(node, yaml.SequenceNode):
            value: Any = [self.build(item, depth + 1) for item in node.value]
        else:
            value = self._mapping(node, depth)
        self._open.discard(id(node))
        self._built[id(node)] = (value, self._values - before)
        return value

    def _count(self, values: int, node: yaml.Node) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise _problem("SC005", f"more than {MAX_VALUES} values, aliases counted in", node)

    def _mapping(self, node: yaml.Node, depth: int) -> dict[Any, Any]:
        merged: dict[Any, Any] = {}
        own: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                merged = self._merged(value_node, depth) | merged
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                raise _problem("SC003", "a key is a list or a mapping", key_node)
            key = self._scalar(key_node)
            if key in own:
                raise _problem("SC004", f"key '{key}' is given twice", key_node)
            own[key] = self.build(value_node, depth + 1)
        return merged | own

    def _merged(self, node: yaml.Node, depth: int) -> dict[Any, Any]:
        value = self.build(node, depth + 1)
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, dict) for part in parts):
            raise _problem("SC002", "a merge key (<<) takes mappings only", node)
        result: dict[Any, Any] = {}
        for part in reversed(parts):
            result |= part
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag == _STRING:
            return node.value
        if node.tag not in _TAGS:
            raise _problem("SC002", f"the tag {node.tag} has no meaning in a Sigma rule", node)
        kind = node.tag.rpartition(":")[2]
        if kind == "value" or (kind == "int" and not _PLAIN_INTEGER.fullmatch(node.value)):
            return node.value
        try:
            return getattr(self._scalars, f"construct_yaml_{kind}")(node)
        except (ValueError, OverflowError) as error:
            raise _problem(
                "SC002", f"'{node.value[:40]}' is no usable number: {error}", node
            ) from None


@lru_cache(maxsize=2)
def nodes(text: str) -> Sequence[yaml.Node]:
    """The documents of a text as YAML nodes; up to the first that is broken.

    The last ones are kept: a rule with one finding often has more.
    """
    found: list[yaml.Node] = []
    try:
        for node in yaml.compose_all(text, Loader=_Loader):
            found.append(node)
    except (yaml.YAMLError, RecursionError):
        pass
    return tuple(found)


def position(text: str, document: int, route: Route) -> tuple[int, int] | None:
    """Line and column, from 1, of what *route* leads to in a document; None if it is not there.

    A key's place is the key, an item's place the item. A route that leads nowhere gives the
    deepest place on its way.
    """
    if document == 0 and len(route) == 1:
        quick = _place_of_top_key(text, str(route[0]))
        if quick is not None:
            return quick
    found = nodes(text)
    return _place(found[document], route) if document < len(found) else None


def _place_of_top_key(text: str, key: str) -> tuple[int, int] | None:
    """The first line that begins with *key*: in block style nothing else can stand there."""
    found = re.search(rf"^{re.escape(key)}\s*:", text, re.MULTILINE)
    return None if found is None else (text.count("\n", 0, found.start()) + 1, 1)


def _place(node: yaml.Node, route: Route) -> tuple[int, int] | None:
    mark = node.start_mark
    for step in route:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if pair is None:
                break
            mark, node = pair[0].start_mark, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
            mark = node.start_mark
        else:
            break
    return (mark.line + 1, mark.column + 1)


def _require_depth(text: str) -> None:
    """Refuse a text that would exhaust libyaml's recursion, by its events, which do not recurse.

    Most rules cannot be that deep: too few brackets and too little indentation to be.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH and not _DEEP_BLOCK.search(text):
        return
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                mark: Any = event.start_mark
                raise YamlProblem(
                    "SC005",
                    f"nested deeper than {MAX_DEPTH} levels",
                    mark.line + 1,
                    mark.column + 1,
                )
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1


def _problem(code: str, message: str, node: yaml.Node) -> YamlProblem:
    return YamlProblem(code, message, node.start_mark.line + 1, node.start_mark.column + 1)


def _syntax_problem(error: yaml.YAMLError) -> YamlProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    text = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    message = " ".join(str(text).split())
    if "maximum nesting depth" in message:  # libyaml's own limit, reached before the first event
        return YamlProblem("SC005", f"nested deeper than {MAX_DEPTH} levels", 1, 1)
    if mark is None:
        return YamlProblem("SC002", message)
    return YamlProblem("SC002", message, mark.line + 1, mark.column + 1)
