"""The shape of a rule document, checked before pySigma sees it, in words that name the place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from sigmacast.diagnostics import Diagnostic, Route, make

MAX_CONDITION_DEPTH = 100
MAX_SELECTOR_STARS = 4
MAX_SELECTOR_STEPS = 10_000_000
"""A selection pattern is matched by backtracking: each further asterisk multiplies the time by the
length of the name that it is compared with."""
MAX_NAMED_VALUES = 100_000
"""How many values a rule's conditions may name, each counted as often as it is named."""
MULTIPLIED = {
    "windash": (re.compile(r"\B[-/]\b"), 6, "dashes, each of which |windash writes in five ways"),
    "expand": (re.compile("%[^%]+%"), 3, "placeholders, each of which stands for a list"),
}
"""Modifiers that multiply a value: what they count, and how many of it one value may have. Without
a bound, a dozen dashes are 5^12 values."""

_NAME = re.compile(r"[\w*-]+")
_SELECTOR = re.compile(r"\b(?:1|any|all)\s+of\s+([\w*]+)")


class Kind(str, Enum):
    """What a document is."""

    RULE = "rule"
    CORRELATION = "correlation"
    FILTER = "filter"


def check_form(kind: Kind, data: Mapping[str, Any]) -> Diagnostic | None:
    """What is wrong with the shape of a document, in words that name the place; None if nothing.

    pySigma checks the rest (attributes, modifiers, values) when a rule is built.
    """
    if "title" not in data:
        return make("SC006", "the rule has no title", hint="add a title")
    for key, kinds, name in (
        ("title", str, "text"),
        ("id", str, "a UUID as text"),
        ("name", str, "text"),
        ("logsource", dict, "a mapping"),
        ("detection", dict, "a mapping"),
        ("correlation", dict, "a mapping"),
        ("filter", dict, "a mapping"),
        ("tags", list, "a list"),
        ("fields", list, "a list"),
        ("references", list, "a list"),
    ):
        value = data.get(key)
        if key in data and value is not None and not isinstance(value, kinds):
            said = f"{key} must be {name}, not {kind_of(value)}"
            return make("SC006", said, hint=f"write {name}, or leave {key} out", at=(key,))
    if kind is Kind.RULE:
        for key in ("logsource", "detection"):
            if not data.get(key):
                return make("SC006", f"the rule has no {key}", hint=f"add a {key}")
        return _check_detection(kind, data["detection"], ("detection",))
    if kind is Kind.FILTER:
        return _check_detection(kind, data["filter"], ("filter",))
    return None


def _check_detection(kind: Kind, detection: Mapping[Any, Any], route: Route) -> Diagnostic | None:
    for name in detection:
        if not isinstance(name, str):
            return make(
                "SC006",
                f"the selection name {name!r} is no text",
                hint="put it in quotes",
                at=(*route, str(name)),
            )
    if detection.get("condition") is None:
        return make("SC007", "the rule has no condition", hint="add a condition", at=route)
    no_selections = ("condition", "rules") if kind is Kind.FILTER else ("condition",)
    selections = {name: each for name, each in detection.items() if name not in no_selections}
    conditions = detection["condition"]
    listed = isinstance(conditions, list)
    for index, condition in enumerate(conditions if listed else [conditions]):
        at = (*route, "condition", index) if listed else (*route, "condition")
        problem = _check_condition(condition, selections, at)
        if problem is not None:
            return problem
    if not selections:
        return make("SC006", "the detection has no selection", hint="add one", at=route)
    for name, selection in selections.items():
        problem = _check_selection(selection, (*route, name))
        if problem is not None:
            return problem
    return _check_repetition(
        conditions if listed else [conditions], selections, (*route, "condition")
    )


def _check_condition(condition: Any, selections: Mapping[str, Any], at: Route) -> Diagnostic | None:
    if not isinstance(condition, str):
        return make(
            "SC007",
            f"the condition must be text, not {kind_of(condition)}",
            hint="write the names of selections with and, or, not",
            at=at,
        )
    for word in _NAME.findall(condition):
        if word.count("*") > MAX_SELECTOR_STARS:
            return make(
                "SC005",
                f"the pattern '{word}' has more than {MAX_SELECTOR_STARS} asterisks",
                hint="name the selections so that one asterisk is enough",
                at=at,
            )
        if "*" in word and _steps(word, selections) > MAX_SELECTOR_STEPS:
            return make(
                "SC005",
                f"the pattern '{word}' is compared with names that are too long",
                hint="give the selections short names",
                at=at,
            )
    for pattern in dict.fromkeys(_SELECTOR.findall(condition)):
        if not _fits_any(pattern, selections):
            names = ", ".join(list(selections)[:5])
            return make(
                "SC007",
                f"no selection is named like '{pattern}'",
                hint=f"the rule has {names}" if names else "add a selection",
                at=at,
            )
    if _nesting(condition) > MAX_CONDITION_DEPTH:
        return make(
            "SC005",
            f"the condition is nested deeper than {MAX_CONDITION_DEPTH}",
            hint="flatten the condition",
            at=at,
        )
    return None


def _check_repetition(
    conditions: Iterable[str], selections: Mapping[str, Any], at: Route
) -> Diagnostic | None:
    """A few kilobytes of conditions that each name every selection are gigabytes of query."""
    sizes = {name: _count_values(selection) for name, selection in selections.items()}
    named = Counter(word for condition in conditions for word in _NAME.findall(condition))
    total = 0
    for word, times in named.items():
        if word in sizes:
            values = sizes[word]
        elif word == "them" or "*" in word:
            fits = _selections_like(word)
            values = sum(size for name, size in sizes.items() if fits.fullmatch(name))
        else:
            continue
        total += values * times
        if total > MAX_NAMED_VALUES:
            return make(
                "SC005",
                f"the conditions name more than {MAX_NAMED_VALUES} values",
                hint="split the rule into several",
                at=at,
            )
    return None


def _count_values(selection: Any) -> int:
    if isinstance(selection, dict):
        return sum(map(_count_values, selection.values()))
    return sum(map(_count_values, selection)) if isinstance(selection, list) else 1


def _check_selection(selection: Any, route: Route) -> Diagnostic | None:
    if isinstance(selection, (dict, list)) and not selection:
        return make(
            "SC006",
            f"the selection {route[-1]} is empty",
            hint="give it a field or a keyword, or remove it",
            at=route,
        )
    if isinstance(selection, list):
        for index, item in enumerate(selection):
            if isinstance(item, (dict, list)):
                problem = _check_selection(item, (*route, index))
                if problem is not None:
                    return problem
    if isinstance(selection, dict):
        for key, value in selection.items():
            at = (*route, key)
            if not isinstance(key, str):
                return make(
                    "SC006",
                    f"the field name {key!r} is no text",
                    hint="put it in quotes",
                    at=(*route, str(key)),
                )
            for item in value if isinstance(value, list) else [value]:
                problem = _check_value(item, key, at)
                if problem is not None:
                    return problem
    return None


def _check_value(value: Any, key: str, at: Route) -> Diagnostic | None:
    field, *modifiers = key.split("|")
    if isinstance(value, (dict, list)):
        return make(
            "SC006",
            f"{key} holds {kind_of(value)}, where values are expected",
            field=field,
            hint="write a value, or a list of values",
            at=at,
        )
    for modifier in MULTIPLIED.keys() & set(modifiers):
        counted, most, what = MULTIPLIED[modifier]
        if isinstance(value, str) and len(counted.findall(value)) > most:
            return make(
                "SC005",
                f"a value of {key} has more than {most} {what}",
                field=field,
                hint="split it into several values",
                at=at,
            )
    if "re" in modifiers and not isinstance(value, str):
        return make(
            "SC006",
            f"{key} holds {kind_of(value)}, where a regular expression is expected",
            field=field,
            hint="put it in quotes",
            at=at,
        )
    return None


def _fits_any(pattern: str, selections: Iterable[str]) -> bool:
    """Whether ``1 of pattern`` finds a selection; without one pySigma drops it unsaid."""
    fits = _selections_like(pattern)
    return any(fits.fullmatch(name) and not name.startswith("_") for name in selections)


def _steps(pattern: str, selections: Iterable[str]) -> int:
    """The most steps that comparing a pattern with the names can take."""
    return sum(len(name) ** pattern.count("*") for name in selections)


def _selections_like(pattern: str) -> re.Pattern[str]:
    return re.compile(".*" if pattern == "them" else pattern.replace("*", ".*"))


def _nesting(condition: str) -> int:
    """How deep parentheses and chains of ``not`` go."""
    depth = deepest = chain = 0
    for word in condition.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            depth += 1
        elif word == ")":
            depth -= 1
        chain = chain + 1 if word.lower() == "not" else (chain if word == "(" else 0)
        deepest = max(deepest, depth, chain)
    return deepest


def kind_of(value: Any) -> str:
    """What a parsed value is, in words."""
    names = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "a boolean",
        type(None): "nothing",
    }
    return names.get(type(value), "a number")
