"""What an SPL query selects in Splunk, by its documents.

A query is a clause of ``search`` and commands behind it that see one event at a time: search,
where, regex, eval, spath, rename, fields and table; commands that count or join are Unsupported.
Where the documents leave a point open, the query is evaluated with each reading of it, and an
answer that depends on the reading is Unsupported (:mod:`sigmacast.engines.spl_event`).

Sources: Splunk Search Reference 10.0 (search, where, comparison and conditional functions), 9.4
(regex, spath); Search Manual; the events are those of ``sigmacast.views.splunk``.
"""

from __future__ import annotations

from collections.abc import Mapping

from sigmacast.engines.base import Predicate, Schema, Unsupported
from sigmacast.engines.spl_event import Event, decide, text_of
from sigmacast.engines.spl_functions import CUTOFF, extracted, scalar
from sigmacast.engines.spl_json import steps_of
from sigmacast.engines.spl_parser import parse
from sigmacast.engines.spl_search import Test, search_test
from sigmacast.engines.spl_tokens import expanded
from sigmacast.engines.spl_tree import Command, Compare, Field, Literal
from sigmacast.engines.spl_values import found, pcre
from sigmacast.engines.spl_where import condition, value

__all__ = ["compile_query"]


def compile_query(
    query: str,
    schema: Schema | None = None,  # noqa: ARG001
    *,
    macros: Mapping[str, str] | None = None,
) -> Predicate:
    """Whether *query* selects an event; Splunk's fields have no types, so no schema is needed.

    Args:
        query: one SPL query, on one or many lines.
        macros: what macros stand for, by the text between their back-ticks.

    Raises:
        Rejected: Splunk answers the query with an error.
        Unsupported: the query is beyond this evaluator; so may a document be for the predicate,
            if what happens to it depends on a point that no source settles.
    """
    commands = parse(expanded(query, macros) if macros else query, free_text=True)
    steps = [_step(command) for command in commands]
    return lambda document: decide(lambda event: all(step(event) for step in steps), document)


def _step(command: Command) -> Test:
    """A command as what it does to an event, and whether it lets it pass."""
    match command:
        case Command("search", condition=asked) if asked is not None:
            return search_test(asked)
        case Command("where", condition=asked) if asked is not None:
            truth = condition(asked)
            return lambda event: truth(event) is True
        case Command("regex", condition=Compare(Field(name), sign, Literal(str(pattern)))):
            return _regex(name, pattern, keeps=sign == "=")
        case Command("eval"):
            return _eval(command)
        case Command("spath", names=((path, name),), reads=source):
            return _spath(source, path, name)
        case Command("rename"):
            return _rename(command)
        case Command("table" | "fields"):
            return _fields(command)
    raise Unsupported(f"the command {command.name}")


def _regex(name: str, pattern: str, *, keeps: bool) -> Test:
    expression = pcre(pattern)

    def passes(event: Event) -> bool:
        texts = event.values(name)
        if not texts:
            return not keeps and event.choose("regex != on a missing field", True, False)
        hits = [found(expression, text) for text in texts]
        whole = found(expression, "\n".join(texts))
        hit = event.choose("several values in regex", any(hits), all(hits), hits[0], whole)
        return hit is keeps

    return passes


def _eval(command: Command) -> Test:
    """Assignments from left to right; null takes a field away."""
    assignments = [(name, value(node)) for name, node in command.assignments]

    def assign(event: Event) -> bool:
        for name, evaluated in assignments:
            event.set(name, evaluated(event))
        return True

    return assign


def _spath(source: str, path: str, name: str) -> Test:
    steps = steps_of(path)

    def extract(event: Event) -> bool:
        text = scalar(event.get(source), "spath")
        if event.values(name):
            raise Unsupported(f"spath into the field {name}, which is there already")
        if text is not None:
            event.set(name, extracted(event, text_of(text), steps, CUTOFF))
        return True

    return extract


def _rename(command: Command) -> Test:
    def rename(event: Event) -> bool:
        for source, name in command.names:
            if not event.values(source) and event.values(name):
                raise Unsupported(f"rename of a missing field to {name}")
            found_value = event.get(source)
            event.set(source, None)
            event.set(name, found_value)
        return True

    return rename


def _fields(command: Command) -> Test:
    """``fields`` keeps internal fields unless it names them, ``table`` keeps what it names."""
    names = {name for name, _ in command.names}

    def wanted(field: str) -> bool:
        if command.drops:
            return field not in names
        return field in names or (command.name == "fields" and field.startswith("_"))

    def keep(event: Event) -> bool:
        event.keep(wanted)
        return True

    return keep
