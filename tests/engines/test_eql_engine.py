"""EQL by its documents: what a query selects, what Elasticsearch refuses, what is not evaluated.

SYN is Elasticsearch's ``eql/eql-syntax.md``, REF its ``eql/eql-function-ref.md``, FACTS ours, and
ES the source of ``x-pack/plugin/eql`` and ``x-pack/plugin/ql``.
"""

from __future__ import annotations

import time

import pytest

from engines.guessing import compiled
from golden_cases import cases, conversions
from proofs import Unproven, eql
from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.eql import LONGEST_EXPRESSION, compile_query
from sigmacast.engines.reading import DEEPEST
from sigmacast.views.ecs import EcsSchema, as_searched

TYPES = {
    "k": "keyword",
    "a.b": "keyword",
    "x-y": "keyword",
    "event.category": "keyword",
    "user.name": "keyword",
    "ip": "ip",
    "flag": "boolean",
    "n": "long",
    "d": "double",
    "@timestamp": "date",
    "k.text": "text",
    "flat": "flattened",
    "flat.a": "flattened",
}


class Types:
    """The schema of this file; names that it lacks may have a type too."""

    def __init__(self, unknown: str | None = None) -> None:
        self.unknown = unknown

    def type_of(self, field: str) -> str | None:
        return TYPES.get(field, self.unknown)


def selects(query: str, **fields: object) -> bool:
    """Whether a query selects the document of these fields; ``__`` in a name is a dot."""
    document = {
        name.replace("__", "."): value if isinstance(value, list) else [value]
        for name, value in fields.items()
    }
    return compile_query(query, Types())(document)


K = {"k": "Boto3/1.0"}
STAR = {"k": "a*b"}
MANY = {"k": ["One", "Two"]}
SELECTED = [
    # FACTS: == and in mind case, : and the operators with ~ do not
    ('k == "Boto3/1.0"', K, True),
    ('k == "boto3/1.0"', K, False),
    ('k : "boto3/1.0"', K, True),
    ('k in ("x", "Boto3/1.0")', K, True),
    ('k in ("x", "boto3/1.0")', K, False),
    ('k in~ ("x", "boto3/1.0")', K, True),
    ('k not in ("x")', K, True),
    ('k not in~ ("BOTO3/1.0")', K, False),
    ('k like "Boto*"', K, True),
    ('k like "boto*"', K, False),
    ('k like~ "boto*"', K, True),
    ('k like ("x*", "B?to3*")', K, True),
    ('k like~ ("x*", "b?TO3*")', K, True),
    ('k regex "Boto[0-9].*"', K, True),
    ('k regex "boto[0-9].*"', K, False),
    ('k regex~ "boto[0-9].*"', K, True),
    ('k regex ("x", "B.*")', K, True),
    # SYN: : takes wildcards and lists; a pattern stands for the whole value
    ('k : "*oto3*"', K, True),
    ('k : ("x", "BOTO?/1.0")', K, True),
    ('k : "boto"', K, False),
    ('k like "oto"', K, False),
    ('k regex "oto"', K, False),
    # FACTS: no escape for * and ?; == never expands them, regex can say them
    ('k == "a*b"', STAR, True),
    ('k == "a*"', STAR, False),
    ('k : "a\\\\*b"', STAR, False),
    ('k : "a\\\\*b"', {"k": "a\\xxb"}, True),
    ('k regex~ "A\\\\*b"', STAR, True),
    ('k regex~ "A\\\\*b"', {"k": "axb"}, False),
    # FACTS, regular expressions: ranges keep their case, (?:a) is a text, ^ and $ are characters
    ('k regex~ "[a-z]"', {"k": "A"}, False),
    ('k regex~ "[abc]"', {"k": "A"}, True),
    ('k regex "(?:a)"', {"k": "?:a"}, True),
    ('k regex "(?:a)"', {"k": "a"}, False),
    ('k regex "^a$"', {"k": "a"}, False),
    ('k regex "^a$"', {"k": "^a$"}, True),
    ('k regex "a\\\\d\\\\w\\\\s"', {"k": "a1_ "}, True),
    ('k regex "a+?"', {"k": ""}, True),
    ('k regex "\\"a.b\\"c"', {"k": "a.bc"}, True),
    ('k regex "a.c"', {"k": "a\nc"}, True),
    # FACTS, strings: the escapes, and raw strings
    ('k == "a\\\\b\\"c\\n\\r\\t\\u{e9}\\u{1f680}"', {"k": 'a\\b"c\n\r\té🚀'}, True),
    ('k == """a\\n"b"""', {"k": 'a\\n"b'}, True),
    ('k == """"a""""', {"k": '"a"'}, True),
    # FACTS, ES ExpressionTranslators.Nots: not and != select documents without the field
    ('k != "x"', K, True),
    ('k != "x"', {}, True),
    ('k != "Boto3/1.0"', K, False),
    ('not k : "x"', {}, True),
    ('not k : "boto*"', K, False),
    ('not k in ("x")', {}, True),
    ('not cidrMatch(ip, "10.0.0.0/8")', {}, True),
    ("not n > 5", {}, True),
    ('k == "x"', {}, False),
    # SYN: null tests
    ("k == null", {}, True),
    ("k == null", K, False),
    ("k != null", K, True),
    ("not k == null", {}, False),
    ('k == null or k == "x"', {}, True),
    ('k == null and k != "x"', {}, False),
    # SYN: an optional field is null where the mapping lacks it
    ("?unknown == null", K, True),
    ("?unknown != null", K, False),
    ('?unknown == "x"', K, False),
    ('?unknown : "x" or k : "b*"', K, True),
    ('not ?unknown == "x"', K, False),
    ('?k == "Boto3/1.0"', K, True),
    # ES pull request 76610: one of several values is enough, and not asks that none fits
    ('k == "Two"', MANY, True),
    ('k : "two"', MANY, True),
    ('not k == "Two"', MANY, False),
    ('k != "Two"', MANY, False),
    ('k != "three"', MANY, True),
    ('k like "O*" and k like "T*"', MANY, True),
    ("length(k) == 3", {"k": ["x", "abc"]}, True),
    # SYN: precedence is not, and, or
    ('k == "x" and n == 1 or flag == true', {"flag": True}, True),
    ('k == "x" and (n == 1 or flag == true)', {"flag": True}, False),
    ('not k == "x" and n == 1', {"k": "y", "n": 1}, True),
    ('not (k == "x" and n == 1)', {"k": "x", "n": 2}, True),
    # FACTS: names that are no identifiers stand in back-ticks
    ('`x-y` == "p"', {"x-y": "p"}, True),
    ('a.`b` == "p"', {"a__b": "p"}, True),
    # types
    ("flag == true", {"flag": True}, True),
    ("flag == false", {"flag": True}, False),
    ("flag", {"flag": True}, True),
    ("not flag", {"flag": False}, True),
    ("flag != true", {}, True),
    ("n >= 10 and n < 11.5", {"n": 10}, True),
    ("n > 10", {"n": 10}, False),
    ("n in (9, 10)", {"n": 10}, True),
    ("d == 1.5", {"d": 1.5}, True),
    ("5 < n", {"n": 6}, True),
    ("n == -1", {"n": -1}, True),
    ("n + 1 == 3", {"n": 2}, True),
    ("n * 2 - 1 == 3", {"n": 2}, True),
    ("n % 2 == 0", {"n": 3}, False),
    ('k > "A" and k <= "a"', {"k": "B"}, True),
    ('@timestamp >= "2024-05-01"', {"@timestamp": "2024-05-01T00:00:00.000Z"}, True),
    ('@timestamp < "2024-05-01T10:00:00Z"', {"@timestamp": "2024-05-01T10:00:00.000Z"}, False),
    ('ip == "10.1.2.3"', {"ip": "10.1.2.3"}, True),
    # FACTS: cidrMatch on an address; IPv4 is within ::ffff:0:0/96
    ('cidrMatch(ip, "10.0.0.0/8")', {"ip": "10.1.2.3"}, True),
    ('cidrMatch(ip, "192.168.0.0/16", "10.1.0.0/16")', {"ip": "10.1.2.3"}, True),
    ('cidrMatch(ip, "11.0.0.0/8")', {"ip": "10.1.2.3"}, False),
    ('cidrMatch(ip, "fd00::/8")', {"ip": "fd12::1"}, True),
    ('cidrMatch(ip, "0.0.0.0/0")', {"ip": "fd12::1"}, False),
    ('cidrMatch(ip, "::/0")', {"ip": "10.1.2.3"}, True),
    ('cidrMatch(ip, "10.0.0.0/8")', {}, False),
    # REF
    ('stringContains(k, "oto")', K, True),
    ('stringContains(k, "OTO")', K, False),
    ('stringContains~(k, "OTO")', K, True),
    ('startsWith(k, "Boto")', K, True),
    ('startsWith(k, "boto")', K, False),
    ('startsWith~(k, "boto")', K, True),
    ('endsWith(k, "/1.0")', K, True),
    ('endsWith~(k, "O3/1.0")', K, True),
    ('startsWith(k, "x") == false', K, True),
    ('not startsWith(k, "x")', {}, True),
    ('concat(k, "!") == "Boto3/1.0!"', K, True),
    ('concat(k, "!") == "Boto3/1.0!"', {}, False),
    ("length(k) > 8", K, True),
    ("length(k) == 2", {"k": "🚀"}, True),
    ('substring(k, 0, 4) == "Boto"', K, True),
    ('substring(k, -3) == "1.0"', K, True),
    ('between(k, "B", "/") == "oto3"', K, True),
    ('indexOf(k, "o") == 1', K, True),
    ('indexOf(k, "o", 2) == 3', K, True),
    ("number(k) == 31", {"k": "0x1f"}, True),
    ('string(n) == "5"', {"n": 5}, True),
    ("add(n, 1) == 6", {"n": 5}, True),
    # SYN: a condition may be a constant
    ("true", {}, True),
    ("false", K, False),
    ("null", K, False),
    # comments
    ('k == "x" // or true', K, False),
    ('k == "x" /* or true */ or flag', {"flag": True}, True),
]


@pytest.mark.parametrize(("condition", "fields", "expected"), SELECTED)
def test_condition(condition, fields, expected):
    assert selects(f"any where {condition}", **fields) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("process where true", True),
        ('"process" where true', True),
        ("network where true", False),
        ("any where true", True),
    ],
)
def test_category_is_the_value_of_event_category(query, expected):
    assert selects(query, event__category="process") is expected


REJECTED = [
    # the mapping: unknown fields, types that EQL cannot use (FACTS; SYN, limitations)
    'unknown == "x"',
    'flat.a == "x"',
    'flat : "x"',
    'k.text == "x"',
    # FACTS: : works on texts only; so do like, regex and the text functions
    'n : "5"',
    'ip : "10.*"',
    'flag : "true"',
    "k : 5",
    "k : true",
    "k like 5",
    'ip like "10.*"',
    'n regex "5"',
    'startsWith(ip, "10.")',
    "length(n) == 1",
    # FACTS: no comparison of two fields
    "k == user.name",
    "k : user.name",
    'k in ("x", user.name)',
    # cidrMatch
    'cidrMatch(k, "10.0.0.0/8")',
    'cidrMatch(ip, "nonsense")',
    'cidrMatch(ip, "10.0.0.0/33")',
    "cidrMatch(ip)",
    # values that a field's type cannot read
    'n == "x"',
    'ip == "AWS Internal"',
    '@timestamp == "yesterday"',
    'flag == "yes"',
    'n in (1, "x")',
    'flag in ("true")',
    # FACTS: strings know these escapes and no other
    "k == 'x'",
    'k == "\\q"',
    'k == "\\u0041"',
    'k == "\\u{110000}"',
    'k == "a\nb"',
    # FACTS: Lucene's expressions
    'k regex "\\\\b"',
    'k regex "[a-]"',
    'k regex "(a|)"',
    'k regex "a{,2}"',
    'k regex "[\\\\w.-]"',
    f'k regex "{"a" * (LONGEST_EXPRESSION + 1)}"',
    # a condition is true or false
    "k",
    "5",
    "length(k)",
    '"x"',
    # functions
    'unknown(k, "x")',
    'wildcard(k, "x*")',
    "startsWith(k)",
    "length~(k) == 1",
    "concat() == k",
]


@pytest.mark.parametrize("condition", REJECTED)
def test_elasticsearch_refuses(condition):
    with pytest.raises(Rejected):
        compile_query(f"any where {condition}", Types())


UNSUPPORTED = [
    'sequence by k [any where k == "A"] [any where k == "B"]',
    'sample by k [any where k == "A"] [any where k == "B"]',
    'any where k == "x" | head 5',
    'any where STARTSWITH(k, "x")',
    'any where k regex "~a"',
    'any where k regex "a&b"',
    'any where k regex "<1-5>"',
    'any where stringContains(k, "a*b")',
    'any where @timestamp > "now-1d"',
    'any where k == "x" /* a /* b */ */',
    "any where " + "(" * (DEEPEST + 1) + "flag" + ")" * (DEEPEST + 1),
    "any where " + "n + " * (DEEPEST + 1) + "1 == 2",
]


@pytest.mark.parametrize("query", UNSUPPORTED)
def test_not_evaluated(query):
    with pytest.raises(Unsupported):
        compile_query(query, Types())


def test_a_division_by_zero_ends_the_search():
    query = compile_query("any where 10 / n == 5", Types())
    assert query({"n": [2]}) is True
    with pytest.raises(Unsupported):
        query({"n": [0]})


BROKEN = [
    "",
    "any",
    "any where",
    "any where ()",
    'k == "x"',
    'where k == "x"',
    'any WHERE k == "x"',
    'any where k == "x" and',
    'any where and k == "x"',
    'any where k == "x" AND k == "y"',
    'any where k == "x")',
    'any where (k == "x"',
    'any where k == "x',
    "any where k == 'x'",
    'any where k = "x"',
    'any where k === "x"',
    'any where k == "x" k == "y"',
    'any where k == k == "x"',
    'any where k : "a" : "b"',
    'any where k : "a\\*b"',
    'any where k !: "a"',
    'any where k not like "a"',
    "any where k in ()",
    "any where k in",
    "any where k like~ ()",
    "any where k like 5",
    "any where k : 5",
    'any where k.-y == "x"',
    'any where k..b == "x"',
    'any where k. == "x"',
    'any where k == "two\nlines"',
    'any where k == """two\nlines"""',
    'any where k == "x" /* open',
    'any where startsWith(k, "x"',
    'any where startsWith(k "x")',
    'any where unknown(k, "x")',
    "any where k == user.name",
    'any where k == "x" | foo',
    'any where k == "x" |',
    'any where # == "x"',
]


@pytest.mark.parametrize("query", BROKEN)
def test_refuses_what_elastics_parser_refuses(query):
    with pytest.raises(Unproven):
        eql.prove(query)
    with pytest.raises((Rejected, Unsupported)):
        compile_query(query, Types("keyword"))


LONG = 100_000


@pytest.mark.parametrize(
    "query",
    [
        "any where " + "(" * LONG,
        "any where " + "not " * LONG + "flag",
        "any where n == " + "-" * LONG + "1",
        "any where " + "n + " * LONG + "1 == 2",
        "any where " + "concat(" * LONG,
        "any where " + "/* " * LONG,
        "any where " + "`" * (LONG + 1),
        "any where k == " + '"""' * LONG,
        "any where n == " + "9" * LONG,
        'any where k regex "' + "(" * LONG + '"',
        'any where k : "' + "*a" * LONG + '"',
    ],
    ids=lambda query: query[10:20],
)
def test_hostile_queries_are_refused_in_bounded_time(query):
    start = time.monotonic()
    with pytest.raises((Rejected, Unsupported)):
        compile_query(query, Types())
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (" or ".join(f'k == "{number}"' for number in range(20_000)), False),
        ("k in (" + ", ".join(f'"{number}"' for number in range(20_000)) + ")", False),
        ('k : "' + "*a" * 1000 + '*b"', False),
        ('k regex "(a*)*b"', False),
        ('k like "' + "*" * LONG + '"', True),
        ("(" * (DEEPEST - 1) + 'k like "a*"' + ")" * (DEEPEST - 1), True),
        ("not " * (DEEPEST - 2) + 'k like "a*"', True),
    ],
    ids=lambda value: str(value)[:12],
)
def test_hostile_values_take_bounded_time(condition, expected):
    start = time.monotonic()
    assert selects(f"any where {condition}", k="a" * LONG) is expected
    assert time.monotonic() - start < 10


def test_many_values_of_many_fields_are_not_combined_without_bound():
    query = compile_query("any where concat(" + "k, " * 9 + 'k) == "x"', Types())
    with pytest.raises(Unsupported):
        query({"k": ["x", "y"] * 10})


@pytest.mark.parametrize("case", [case for case in cases() if case.target == "eql"], ids=str)
def test_each_golden_query_of_single_events_compiles(case):
    document = as_searched({"eventName": "x"})
    for conversion in conversions(case):
        for query in conversion.queries:
            if query.startswith(("sequence", "sample")):
                with pytest.raises(Unsupported):
                    compile_query(query, EcsSchema())
            else:
                assert compiled(query, compile_query)(document) in (True, False), query
