"""Tests of one field as SPL's eval expressions, for ``where``.

Case counts there, ``match`` searches by PCRE, and a missing field makes a test null. Sources:
Splunk Search Reference 10.0, where, comparison and multivalue functions; 9.4, JSON functions.
"""

from __future__ import annotations

import re
from typing import Any

from sigma.backends.splunk.splunk import SplunkBackend as UpstreamBackend
from sigma.types import (
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
)

from sigmacast.diagnostics import Refusal, report
from sigmacast.rule_parts import anywhere, written
from sigmacast.schema import catalogue
from sigmacast.targets.base import Binding, Clause
from sigmacast.transformations.splunk_names import RawPath

__all__ = ["absence_clause", "field_test", "is_raw", "keyword_test", "missing", "name_of"]

UNICODE_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u([0-9a-fA-F]{4})")
"""Python's way to write a code point, which PCRE does not know."""
FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
NUMERIC = (SigmaCompareExpression, SigmaNumber)


def is_raw(field: str) -> bool:
    """Whether Splunk has no field for it, so that it is read from the event's JSON."""
    return isinstance(field, RawPath) or catalogue().is_object(field)


def name_of(field: str) -> str:
    """A field's value. Raises Refusal SC203 for a name with a single quote or a backslash."""
    if is_raw(field):
        report(
            "SC112",
            f"Splunk has no field for an object such as {field}; the query reads its JSON from the "
            "event",
            field=field.replace("{}", ""),
        )
        # What may be a list as a whole has to stay one text, of which spath makes several values.
        may_be_list = "." in field and "{}" not in field
        function = "json_extract" if may_be_list else "spath"
        return f"{function}(_raw, {_eval_string(field)})"
    if "'" in field or "\\" in field:
        raise Refusal("SC203", f"SPL cannot name the field {field} in `where`", field=field)
    return f"'{field}'"


def field_test(field: str, value: Any) -> str:
    """Whether a field has a value; with a list in its name, whether one of its values is it.

    Raises Refusal SC201 for a list of objects compared with anything but text.
    """
    if isinstance(value, SigmaExists):
        return _presence(field)
    name = name_of(field)
    is_text = isinstance(value, (SigmaString, SigmaRegularExpression))
    if is_raw(field) and is_text:
        _tell_of_form(field, value)
    if "{}" not in field:
        return _single_test(name, value)
    if is_text:
        return f"isnotnull(mvfind({name}, {_eval_string(_whole_expression(value))}))"
    if is_raw(field):
        raise Refusal(
            "SC201", f"SPL cannot compare the objects in {field} with a number or the like"
        )
    return f"isnotnull(mvfilter({_single_test(name, value)}))"


def absence_clause(field: str) -> Clause:
    """Whether a field has no value: the opposite of a test of its presence."""
    if catalogue().is_object(field):
        return Clause(f"NOT {_presence(field)}", Binding.NOT)
    name = name_of(field)
    if isinstance(field, RawPath) and "{}" not in field:
        return Clause(f'isnull({name}) OR {name}="null"', Binding.OR)
    return Clause(f"isnull({name})")


def missing(field: str, value: Any) -> str | None:
    """What is true where a test of the field is null, and so has no opposite; None for never."""
    if "{}" in field:
        return None
    name = name_of(field)
    return f"isnull(tonumber({name}))" if isinstance(value, NUMERIC) else f"isnull({name})"


def keyword_test(value: Any) -> str:
    """Whether the event's text contains a keyword."""
    if isinstance(value, SigmaRegularExpression):
        return f"match(_raw, {_eval_string(_expression(value))})"
    if isinstance(value, SigmaString):
        flags = "(?s)" if isinstance(value, SigmaCasedString) else "(?is)"
        return f"match(_raw, {_eval_string(flags + _wildcard_expression(anywhere(value)))})"
    return f"match(_raw, {_eval_string(_literal(str(value)))})"


def _presence(field: str) -> str:
    """In the event's JSON, null is no value, whatever Splunk makes of it."""
    if catalogue().is_object(field):
        # Of JSON's words only null begins with n. In a text that holds JSON, quotes are escaped.
        expression = f'"{field}":\\s*[^n\\s]'
        return f"match(_raw, {_eval_string(expression)})"
    name = name_of(field)
    if isinstance(field, RawPath) and "{}" not in field:
        return f'{name}!="null"'
    return f"isnotnull({name})"


def _tell_of_form(field: str, value: SigmaString | SigmaRegularExpression) -> None:
    text = str(value) if isinstance(value, SigmaString) else value.regexp.to_plain_regex()
    if '"' in text:
        report(
            "SC314",
            f"'{text}' looks for JSON's quotes in {field}, and no document says that Splunk gives "
            "its JSON as AWS wrote it",
            field=field.replace("{}", ""),
        )


def _single_test(name: str, value: Any) -> str:
    """A test of one value; where there are several, most eval functions are not defined."""
    match value:
        case SigmaString():
            return _string_test(name, value)
        case SigmaRegularExpression():
            return f"match({name}, {_eval_string(_expression(value))})"
        case SigmaCIDRExpression(network=network):
            return f'cidrmatch("{network}", {name})'
        case SigmaBool(boolean=flag):
            return f'lower({name})="{str(flag).lower()}"'
        case SigmaCompareExpression(number=number, op=operator):
            return f"tonumber({name}){UpstreamBackend.compare_operators[operator]}{number}"
        case SigmaNumber():
            return f"tonumber({name})={value}"
        case _:
            raise TypeError(f"no test for {type(value).__name__}")


def _string_test(name: str, value: SigmaString) -> str:
    cased = isinstance(value, SigmaCasedString)
    if value.contains_special():
        flags = "(?s)" if cased else "(?is)"
        return f"match({name}, {_eval_string(flags + _wildcard_expression(value))})"
    text = value.to_plain_regex()
    if any(char < " " for char in text):
        flags = "(?s)" if cased else "(?is)"
        return f"match({name}, {_eval_string(f'{flags}^{_literal(text)}$')})"
    return (
        f"{name}={_eval_string(text)}" if cased else f"lower({name})={_eval_string(text.lower())}"
    )


def _whole_expression(value: SigmaString | SigmaRegularExpression) -> str:
    """PCRE for one of several values."""
    if isinstance(value, SigmaRegularExpression):
        return _expression(value)
    return ("(?s)" if isinstance(value, SigmaCasedString) else "(?is)") + _wildcard_expression(
        value
    )


def _expression(value: SigmaRegularExpression) -> str:
    """PCRE as the rule has it, with its flags in front."""
    flags = "".join(sorted(FLAGS[flag] for flag in value.flags))
    text = UNICODE_ESCAPE.sub(
        lambda found: found[1] + re.escape(chr(int(found[2], 16))), value.regexp.to_plain_regex()
    )
    return (f"(?{flags})" if flags else "") + text


def _wildcard_expression(value: SigmaString) -> str:
    """A pattern as PCRE for the whole value; an outer ``*`` is an end left open."""
    body = written(value, _literal, many=".*", one=".")
    start, end = "^", "$"
    while body.startswith(".*"):
        body, start = body[2:], ""
    while body.endswith(".*"):
        body, end = body[:-2], ""
    return start + body + end


def _literal(text: str) -> str:
    return "".join(
        f"\\x{ord(c):02x}" if c < " " else re.sub(r"[^\w\s\-/:@,;<>='\"%&~`!#]", r"\\\g<0>", c)
        for c in text
    )


def _eval_string(text: str) -> str:
    """A string of an eval expression, with backslashes and quotes escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
