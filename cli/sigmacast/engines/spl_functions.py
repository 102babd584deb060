"""The functions of eval that give a value.

Null in gives null, unless a function's line says otherwise. Source: Splunk Search Reference 10.0,
evaluation functions (text, conversion, comparison, multivalue, JSON).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sigmacast.engines.base import Unsupported
from sigmacast.engines.spl_event import Data, Event, text_of
from sigmacast.engines.spl_json import Found, look_up, steps_of
from sigmacast.engines.spl_tree import Literal, Node
from sigmacast.engines.spl_values import NUMBERS, found, number, pcre

__all__ = ["Evaluated", "extracted", "function", "scalar"]

Evaluated: TypeAlias = Callable[[Event], Data]

CUTOFF = 5000
"""``[spath] extraction_cutoff`` of limits.conf; whether a path reads further is open."""


def function(name: str, given: Sequence[Evaluated], arguments: Sequence[Node]) -> Evaluated:
    """A call of the function *name*, whose arguments are evaluated by *given*.

    *arguments* are the same as written, for those that must be literals. Raises Unsupported for a
    function or a form of it that is beyond us.
    """
    match name, [node.value if isinstance(node, Literal) else None for node in arguments]:
        case "null", []:
            return lambda _: None
        case "coalesce", _:
            return lambda event: next(
                (value for part in given if (value := part(event)) is not None), None
            )
        case "lower", _:
            return _of_text(name, given[0], lambda _, text: text.lower())
        case "upper", _:
            return _of_text(name, given[0], lambda _, text: text.upper())
        case "len", _:
            return _of_text(name, given[0], lambda _, text: float(len(text)))
        case "tonumber", [_]:
            return _of_text(
                name, given[0], lambda event, text: event.choose(NUMBERS, *number(text))
            )
        case "tostring", [_]:
            return _of_text(name, given[0], lambda _, text: text)
        case "substr", [_, float(start), *length]:
            return _substr(given[0], int(start), None if not length else int(length[0] or 0))
        case "replace", [_, str(pattern), str(by)]:
            return _replace(given[0], pattern, by)
        case (("spath" | "json_extract"), [_, str(path)]):
            if name == "json_extract" and "{" in path:
                raise Unsupported("a list of values by json_extract")
            steps, limit = steps_of(path), CUTOFF if name == "spath" else None
            return _of_text(
                name, given[0], lambda event, text: extracted(event, text, steps, limit)
            )
    return _of_many(name, given, arguments)


def _of_many(name: str, given: Sequence[Evaluated], arguments: Sequence[Node]) -> Evaluated:
    """The functions of several values, for which a single one is a list of one."""
    first = given[0] if given else None
    if first is None:
        raise Unsupported(f"the function {name}")
    match name, [node.value if isinstance(node, Literal) else None for node in arguments]:
        case "mvcount", _:
            return lambda event: float(len(_texts(first(event)))) or None
        case "mvappend", _:
            return lambda event: _many([text for part in given for text in _texts(part(event))])
        case "mvdedup", _:
            return lambda event: _many(list(dict.fromkeys(_texts(first(event)))))
        case "mvjoin", [_, str(between)]:
            return lambda event: between.join(texts) if (texts := _texts(first(event))) else None
        case "mvfind", [_, str(pattern)]:
            search = pcre(pattern)
            return lambda event: next(
                (float(at) for at, text in enumerate(_texts(first(event))) if found(search, text)),
                None,
            )
        case "mvindex", [_, float(start), *rest]:
            end = int(rest[0] or 0) if rest else int(start)
            return lambda event: _many(_slice(_texts(first(event)), int(start), end))
    raise Unsupported(f"the function {name}")


def scalar(value: Data, name: str) -> str | float | None:
    """A single value; raises Unsupported for several, of which no source tells."""
    if isinstance(value, list):
        raise Unsupported(f"{name} of several values")
    return value


def extracted(event: Event, text: str, steps: Sequence[str], limit: int | None) -> Data:
    """What stands at a path of a JSON text: an object as its text; null where there is nothing.

    Behind *limit* characters it may or may not be found.
    """
    values: list[str] = []
    beyond = False
    for hit in look_up(text, steps):
        value = _value(event, hit)
        beyond = beyond or (limit is not None and hit.end > limit)
        values += [] if value is None else [value]
    data = _many(values)
    return event.choose("spath with a path beyond the cutoff", data, None) if beyond else data


def _value(event: Event, hit: Found) -> str | None:
    if hit.says == "":
        return event.choose("an empty text at a path", "", None)
    if hit.says is not None:
        return hit.says
    if hit.text == "null":
        return event.choose("JSON null at a path", None, hit.text)
    if hit.text[0] == "[" or hit.text.strip("{} \t\r\n") == "":
        return event.choose("a list or an empty object at a path", hit.text, None)
    return hit.text


def _of_text(name: str, value: Evaluated, apply: Callable[[Event, str], Data]) -> Evaluated:
    def applied(event: Event) -> Data:
        single = scalar(value(event), name)
        return None if single is None else apply(event, text_of(single))

    return applied


def _substr(value: Evaluated, start: int, length: int | None) -> Evaluated:
    """From a place that counts from 1, or from the end if it is negative."""
    if start == 0 or (length is not None and length < 0):
        raise Unsupported("substr from 0 or of a negative length")

    def cut(_: Event, text: str) -> str:
        if -start > len(text):
            raise Unsupported("substr from before the beginning")
        first = start - 1 if start > 0 else len(text) + start
        return text[first : None if length is None else first + length]

    return _of_text("substr", value, cut)


def _replace(value: Evaluated, pattern: str, by: str) -> Evaluated:
    expression = pcre(pattern)
    if "\\" in by or "$" in pattern or found(expression, ""):
        raise Unsupported("replace with a group, an end or nothing to replace")
    return _of_text("replace", value, lambda _, text: str(expression.sub(by, text)))


def _texts(value: Data) -> list[str]:
    if value is None:
        return []
    return value if isinstance(value, list) else [text_of(value)]


def _many(texts: list[str]) -> Data:
    if len(texts) > 1:
        return texts
    return texts[0] if texts else None


def _slice(texts: list[str], first: int, last: int) -> list[str]:
    """Both ends count, from 0, and from the end if negative."""
    places = [place + len(texts) if place < 0 else place for place in (first, last)]
    if not 0 <= places[0] <= places[1] < len(texts):
        return []
    return texts[places[0] : places[1] + 1]
