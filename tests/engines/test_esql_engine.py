r"""ES|QL by its documents: what a query selects, what Elasticsearch refuses, what is not evaluated.

FACTS are ours; MV is Elasticsearch's ``esql/esql-multivalued-fields.md``, CAST its
``esql/esql-implicit-casting.md``, FUN its ``esql/functions-operators/``, and ES the source of
``x-pack/plugin/esql``.
"""

from __future__ import annotations

import time

import pytest

from engines.guessing import compiled
from golden_cases import cases, conversions
from proofs import Unproven, esql
from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.esql import LONGEST_EXPRESSION, compile_query
from sigmacast.engines.reading import DEEPEST
from sigmacast.views.ecs import EcsSchema, as_searched

TYPES = {
    "k": "keyword",
    "l": "keyword",
    "a.b": "keyword",
    "x-y": "keyword",
    "a.x-y": "keyword",
    "a.and": "keyword",
    "from": "keyword",
    "k.text": "text",
    "ip": "ip",
    "flag": "boolean",
    "n": "long",
    "d": "double",
    "@timestamp": "date",
    "flat": "flattened",
    "flat.a": "flattened",
}
FROM = "from logs-aws.cloudtrail-* metadata _id, _version, _index"
NEWER = (9, 2)


class Types:
    """The schema of this file; names that it lacks may have a type too."""

    def __init__(self, unknown: str | None = None) -> None:
        self.unknown = unknown

    def type_of(self, field: str) -> str | None:
        return TYPES.get(field, None if field.startswith("_") else self.unknown)


def document(fields: dict[str, object]) -> dict[str, list[object]]:
    return {
        name.replace("__", "."): value if isinstance(value, list) else [value]
        for name, value in fields.items()
    }


def selects(query: str, **fields: object) -> bool:
    """Whether a query selects the document of these fields; ``__`` in a name is a dot."""
    return compile_query(query, Types())(document(fields))


K = {"k": "Boto3/1.0"}
MANY = {"k": ["Two", "One"]}
SELECTED = [
    # FACTS: == and in mind case, and so do like and rlike
    ('k == "Boto3/1.0"', K, True),
    ('k == "boto3/1.0"', K, False),
    ('k in ("x", "Boto3/1.0")', K, True),
    ('k in ("boto3/1.0")', K, False),
    ('k not in ("x", "y")', K, True),
    ('k like "Boto*"', K, True),
    ('k like "boto*"', K, False),
    ('k like ("x*", "B?to3*")', K, True),
    ('k not like "x*"', K, True),
    ('k rlike "Boto[0-9].*"', K, True),
    ('k rlike "boto[0-9].*"', K, False),
    ('k not rlike "boto.*"', K, True),
    ('to_lower(k) == "boto3/1.0"', K, True),
    ('"boto3/1.0" == to_lower(k)', K, True),
    ('to_lower(k) != "boto3/1.0"', K, False),
    ('to_lower(k) in ("x", "boto3/1.0")', K, True),
    ('to_lower(k) like "boto*"', K, True),
    ('to_lower(k) rlike "boto[0-9].*"', K, True),
    ('to_upper(k) == "BOTO3/1.0"', K, True),
    ('to_lower(k) in ("école", "x")', {"k": "École"}, True),
    ('to_lower(k) == "école"', {"k": "école"}, True),
    # FACTS: a pattern stands for the whole value
    ('k like "oto"', K, False),
    ('k rlike "oto"', K, False),
    # FACTS: a literal star, question mark and backslash are escaped, doubled in "…"
    ('k like "a\\\\*b"', {"k": "a*b"}, True),
    ('k like "a\\\\*b"', {"k": "axb"}, False),
    ('k like """a\\*b"""', {"k": "a*b"}, True),
    ('k like "a\\\\?"', {"k": "a?"}, True),
    ('k like "a\\\\?"', {"k": "ax"}, False),
    ('k like "a\\\\\\\\b"', {"k": "a\\b"}, True),
    ('k == "a*b"', {"k": "a*b"}, True),
    ('k == "a*"', {"k": "ab"}, False),
    ('k like "a?c"', {"k": "a\nc"}, True),
    ('k like "?"', {"k": "🚀"}, True),
    # FACTS: Lucene's expressions
    ('k rlike "a\\\\.b"', {"k": "a.b"}, True),
    ('k rlike "a\\\\.b"', {"k": "axb"}, False),
    ('k rlike """a\\d\\w"""', {"k": "a1_"}, True),
    ('k rlike "(?:a)"', {"k": "?:a"}, True),
    ('k rlike "^a$"', {"k": "a"}, False),
    ('k rlike ".*[aA][bB].*"', {"k": "xAbx"}, True),
    # FACTS: strings know these escapes and no other
    ('k == "a\\\\b\\"c\\n\\r\\t"', {"k": 'a\\b"c\n\r\t'}, True),
    ('k == """a\\n"b"""', {"k": 'a\\n"b'}, True),
    ('k == """a""""', {"k": 'a"'}, True),
    ('k == ""', {"k": ""}, True),
    # FACTS: names that are no identifiers stand in back-ticks
    ('`x-y` == "p"', {"x-y": "p"}, True),
    ('a.`x-y` == "p"', {"a.x-y": "p"}, True),
    ('`a.x-y` == "p"', {"a.x-y": "p"}, True),
    ('a.`and` == "p"', {"a.and": "p"}, True),
    ('a . b == "p"', {"a.b": "p"}, True),
    ('from == "p"', {"from": "p"}, True),
    # FACTS, null: != and not drop documents without the field
    ('k != "x"', {}, False),
    ('not k == "x"', {}, False),
    ('not (k == "x")', {}, False),
    ('k not in ("x")', {}, False),
    ('not k like "x*"', {}, False),
    ('not cidr_match(ip, "10.0.0.0/8")', {}, False),
    ('(k is null or k != "x")', {}, True),
    ("k is null", {}, True),
    ("k is null", K, False),
    ("k is not null", K, True),
    ("not k is null", {}, False),
    ("k == null", {}, False),
    ("k == null", K, False),
    ("not k == null", K, False),
    ("(k == null) is null", K, True),
    ("null", K, False),
    ("not null", K, False),
    ('k in ("x", null)', K, False),
    ('not k in ("x", null)', K, False),
    ('k in ("Boto3/1.0", null)', K, True),
    ('k == "x" or l == "y"', {"l": "y"}, True),
    ('not (k == "x" and l == "z")', {"l": "y"}, True),
    ('not (k == "x" or l == "z")', {"l": "y"}, False),
    # FACTS and MV: operators and functions on several values give null
    ('k == "Two"', MANY, False),
    ('k != "x"', MANY, False),
    ('not k == "Two"', MANY, False),
    ('k in ("One", "Two")', MANY, False),
    ('k like "*"', MANY, False),
    ('concat(k, "") like "*"', MANY, False),
    ('starts_with(k, "")', MANY, False),
    ("length(k) > 0", MANY, False),
    ("k is null", MANY, False),
    ("k is not null", MANY, True),
    ('cidr_match(ip, "10.0.0.0/8")', {"ip": ["10.0.0.1", "10.0.0.2"]}, False),
    # FUN: mv_ functions take them, in ascending order (MV)
    ('mv_concat(k, ",") == "One,Two"', MANY, True),
    ('mv_concat(k, ",") like "*Two*"', MANY, True),
    ('mv_concat(k, ",") == "Boto3/1.0"', K, True),
    ('mv_concat(k, ",") == ""', {}, False),
    ('concat("\\n", mv_concat(k, "\\n"), "\\n") like "*\\nTwo\\n*"', MANY, True),
    ('concat("\\n", mv_concat(k, "\\n"), "\\n") like "*\\nTw\\n*"', MANY, False),
    ('to_lower(concat("|", mv_concat(k, "|"), "|")) like "*|two|*"', MANY, True),
    ('mv_concat(to_lower(k), ",") == "one,two"', MANY, True),
    ("mv_count(k) == 2", MANY, True),
    ("mv_count(k) == 1", K, True),
    ("mv_count(k) == 0", {}, False),
    ('mv_min(k) == "One"', MANY, True),
    ('mv_max(k) == "Two"', MANY, True),
    ("mv_max(n) == 10", {"n": [9, 10]}, True),
    ("mv_count(mv_dedupe(n)) == 1", {"n": [5, 5]}, True),
    # FUN
    ('starts_with(k, "Boto")', K, True),
    ('starts_with(k, "boto")', K, False),
    ('ends_with(k, "/1.0")', K, True),
    ('ends_with(k, "x")', K, False),
    ("length(k) == 9", K, True),
    ("length(k) == 1", {"k": "🚀"}, True),
    ('concat(k, "-", l) == "a-b"', {"k": "a", "l": "b"}, True),
    ('concat(k, "-", l) == "a-"', {"k": "a"}, False),
    ('coalesce(k, l, "none") == "none"', {}, True),
    ('coalesce(k, l, "none") == "b"', {"l": "b"}, True),
    ("coalesce(flag, false) == false", {}, True),
    ('case(k == "a", "one", l == "b", "two", "else") == "two"', {"l": "b"}, True),
    ('case(k == "a", "one", "else") == "else"', {}, True),
    ('case(k == "a", "one") is null', {"k": "b"}, True),
    ('case(k == "a", true, false)', {"k": "a"}, True),
    # FACTS: cidr_match takes an address and blocks
    ('cidr_match(ip, "10.0.0.0/8")', {"ip": "10.1.2.3"}, True),
    ('cidr_match(ip, "192.168.0.0/16", "10.1.0.0/16")', {"ip": "10.1.2.3"}, True),
    ('cidr_match(ip, "11.0.0.0/8")', {"ip": "10.1.2.3"}, False),
    ('cidr_match(ip, "fd00::/8")', {"ip": "fd12::1"}, True),
    ('cidr_match(ip, "0.0.0.0/0")', {"ip": "fd12::1"}, False),
    ('cidr_match(ip, "203.0.113.7/32")', {"ip": "203.0.113.7"}, True),
    ('ip is null or not cidr_match(ip, "10.0.0.0/8")', {}, True),
    # types
    ("flag == true", {"flag": True}, True),
    ("flag", {"flag": True}, True),
    ("flag", {}, False),
    ("not flag", {"flag": False}, True),
    ("flag != true", {"flag": False}, True),
    ("(k is null) == flag", {"flag": True}, True),
    ("n >= 10 and n < 11.5", {"n": 10}, True),
    ("5 < n", {"n": 5}, False),
    ("n == -1", {"n": -1}, True),
    ("n in (1, +2, 3.0)", {"n": 3}, True),
    ("d == .5", {"d": 0.5}, True),
    ("n == d", {"n": 2, "d": 2.0}, True),
    ("k == l", {"k": "a", "l": "a"}, True),
    ("k == k.text", {"k": "a", "k.text": "a"}, True),
    ('k > "A" and k <= "a"', {"k": "B"}, True),
    # CAST: a string literal becomes a date, an address, a boolean
    ('@timestamp > "2024-05-01"', {"@timestamp": "2024-05-01T00:00:00.001Z"}, True),
    ('@timestamp > "2024-05-01"', {"@timestamp": "2024-05-01T00:00:00.000Z"}, False),
    ('@timestamp <= "2024-05"', {"@timestamp": "2024-05-02T00:00:00.000Z"}, False),
    ('ip == "10.1.2.3"', {"ip": "10.1.2.3"}, True),
    ('ip == "fd12:0::1"', {"ip": "fd12::1"}, True),
    ('ip in ("10.1.2.3", "10.1.2.4")', {"ip": "10.1.2.3"}, True),
    ('ip > "10.0.0.9"', {"ip": "10.0.0.10"}, True),
    ('flag == "true"', {"flag": True}, True),
    # FACTS: fields of type text are as keywords are
    ('k.text == "Ab"', {"k.text": "Ab"}, True),
    ('k.text == "ab"', {"k.text": "Ab"}, False),
    # ES Expression.g4: precedence is not, and, or; keywords in any case
    ('k == "x" and n == 1 or flag == true', {"flag": True}, True),
    ('k == "x" and (n == 1 or flag == true)', {"flag": True}, False),
    ('not k == "x" and n == 1', {"k": "y", "n": 1}, True),
    ('NOT k == "x" AND n IN (1) Or FALSE', {"k": "y", "n": 1}, True),
    ('TO_LOWER(k) LIKE "boto*"', K, True),
    ('k == "x" // or true', K, False),
    ('k == "x" /* | where true */ or true', K, True),
]


@pytest.mark.parametrize(("condition", "fields", "expected"), SELECTED)
def test_condition(condition, fields, expected):
    assert selects(f"{FROM} | where {condition}", **fields) is expected


WITH_9_2 = [
    # FACTS: mv_contains takes null as the empty set; an empty text counts as null (ES MvContains)
    ('mv_contains(k, "Two")', MANY, True),
    ('mv_contains(k, "two")', MANY, False),
    ('mv_contains(k, ["One", "Two"])', MANY, True),
    ('mv_contains(k, ["One", "x"])', MANY, False),
    ('mv_contains(k, "Two")', {}, False),
    ('not mv_contains(k, "Two")', {}, True),
    ("mv_contains(k, null)", {}, True),
    ("mv_contains(k, l)", {"k": "x"}, True),
    ('mv_contains(k, "")', {"k": "x"}, True),
    ('mv_contains(to_lower(k), "two")', MANY, True),
    ('contains(k, "oto")', K, True),
    ('contains(k, "OTO")', K, False),
    ('contains(k, "oto")', {}, False),
    ('contains(k, "o")', MANY, False),
    # FACTS: lists of rlike
    ('k rlike ("x", "B.*")', K, True),
]


@pytest.mark.parametrize(("condition", "fields", "expected"), WITH_9_2)
def test_condition_that_needs_a_newer_stack(condition, fields, expected):
    query = f"{FROM} | where {condition}"
    assert compile_query(query, Types(), stack=NEWER)(document(fields)) is expected
    with pytest.raises(Rejected):
        compile_query(query, Types())


COMMANDS = [
    ("from x", K, True),
    ("FROM x, y-*, z:a | LIMIT 10", K, True),
    ('from "x-*" | where k like "B*"', K, True),
    ('  /* c */ from x // c\n|where k like "B*"\n| where k like "*0"', K, True),
    ('from x | where k like "B*" | where k like "*1"', K, False),
    ('from x metadata _id | where k == "Boto3/1.0" | keep k, _id, a* | limit 5', K, True),
    ("from x | sort k desc nulls last, n | limit 5", K, True),
    ('from x | keep * | where k == "Boto3/1.0"', K, True),
    ('from x | keep k* | where k.text == "a"', {"k.text": "a"}, True),
    ('from x | where/* c */k == "Boto3/1.0"', K, True),
    ('from x | eval m = to_lower(k), o = concat(m, "!") | where o == "boto3/1.0!"', K, True),
    ('from x | eval k = "y" | where k == "y"', K, True),
    ("from x | eval m = k == \"y\" | where m", {"k": "y"}, True),
    ('from x | eval m = to_lower(k) | keep m | where m like "boto*"', K, True),
]  # fmt: skip


@pytest.mark.parametrize(("query", "fields", "expected"), COMMANDS)
def test_commands(query, fields, expected):
    assert selects(query, **fields) is expected


REJECTED = [
    # FACTS: unknown columns, flattened fields
    'unknown == "x"',
    'k == "x" or unknown is null',
    'flat == "x"',
    'flat.a == "x"',
    "flat.a is null",
    '_score == "x"',
    # FACTS: an unquoted dash is a subtraction
    'a.x-y == "p"',
    # FACTS: like and text functions refuse ip and boolean fields
    'ip like "10.*"',
    'flag like "t*"',
    'n rlike "5"',
    'ip like ("10.*", "11.*")',
    'to_lower(flag) == "true"',
    'to_lower(ip) == "x"',
    'concat(k, n) == "x"',
    'starts_with(ip, "10.")',
    "length(n) == 1",
    'mv_concat(ip, ",") == "x"',
    # FACTS: types that do not compare
    "k == true",
    "k == flag",
    "k == ip",
    "k == @timestamp",
    "k == 5",
    'n == "5"',
    "n == flag",
    'k in ("x", 5)',
    "flag in (1, 2)",
    "flag > false",
    "flag in (true, k)",
    # CAST: what is no address and no date
    'ip == "AWS Internal"',
    'ip == "10.0.0.0/8"',
    'ip in ("10.0.0.1", "x")',
    '@timestamp > "yesterday"',
    # FACTS: cidr_match takes an address and blocks
    'cidr_match(k, "10.0.0.0/8")',
    'cidr_match(ip, "10.0.0.0/33")',
    'cidr_match(ip, "nonsense")',
    "cidr_match(ip)",
    "cidr_match(ip, 10)",
    # FACTS: strings know these escapes and no other
    'k == "\\q"',
    'k == "\\u0041"',
    'k like "a\\*b"',
    "k == 'x'",
    # ES WildcardPattern: what a backslash does not escape
    'k like "a\\\\b"',
    'k like "a\\\\"',
    # FACTS: Lucene's expressions
    'k rlike "\\\\b"',
    'k rlike "[a-]"',
    'k rlike "(a|)"',
    'k rlike "a{,2}"',
    f'k rlike "{"a" * (LONGEST_EXPRESSION + 1)}"',
    f'to_lower(k) rlike "{"a" * (LONGEST_EXPRESSION + 1)}"',
    # a condition is true or false
    "k",
    "5",
    '"x"',
    "to_lower(k)",
    'not k and n == 1',
    # functions
    'unknown(k, "x")',
    "to_lower(k, l) == \"x\"",
    "to_lower() == \"x\"",
    "concat(k) == \"x\"",
    "starts_with(k)",
    "case(k) == 1",
    'case(k, "x") == "x"',
    'case(flag, "x", 5) == "x"',
    "coalesce() is null",
    "coalesce(k, n) is null",
    "k == ?p",
]  # fmt: skip


@pytest.mark.parametrize("condition", REJECTED)
def test_elasticsearch_refuses(condition):
    with pytest.raises(Rejected):
        compile_query(f"{FROM} | where {condition}", Types())


@pytest.mark.parametrize(
    "query",
    [
        'from x | where _id == "x"',
        "from x | keep _version",
        "from x | keep unknown",
        "from x | sort unknown",
        'from x | keep l | where k == "x"',
        'from x | eval m = "y" | keep k | where m == "y"',
        'from x | keep k | keep * | where l == "x"',
        "from x | eval m = unknown",
        "from x metadata foo",
    ],
)
def test_elasticsearch_refuses_columns_that_are_not_there(query):
    with pytest.raises(Rejected):
        compile_query(query, Types())


def test_what_needs_9_3_is_refused_no_more_than_it_is_evaluated():
    query = f'{FROM} | where mv_intersects(k, ["One"])'
    for stack in ((8, 19), (9, 3)):
        with pytest.raises((Rejected, Unsupported)):
            compile_query(query, Types(), stack=stack)


@pytest.mark.parametrize("operator", ["and", "or"])
def test_a_chain_has_as_many_terms_as_elasticsearch_can_nest(operator):
    """ES ExpressionBuilder: 400 levels, of which a comparison takes two beneath the chain."""
    terms = ['k == "x"'] * 399
    assert selects(f"from x | where {f' {operator} '.join(terms[:398])}", k="x")
    with pytest.raises(Rejected, match="depth"):
        compile_query(f"from x | where {f' {operator} '.join(terms)}", Types())
    deeper = f"not ({f' {operator} '.join(terms[:396])})"
    with pytest.raises(Rejected, match="depth"):
        compile_query(f"from x | where {deeper}", Types())
    assert selects(f"from x | where not ({f' {operator} '.join(terms[:395])})", k="y")


UNSUPPORTED = [
    "set unmapped_fields=\"nullify\"; from x",
    "row a = 1",
    "from x [metadata _id]",
    "from x | stats n = count(*) by k",
    "from x | enrich p",
    "from x | dissect k \"%{m}\"",
    "from x | grok k \"%{WORD:m}\"",
    "from x | mv_expand k",
    "from x | drop k",
    "from x | rename k as m",
    "from x | limit 10 | where k == \"x\"",
    "from x | eval to_lower(k)",
    "from x metadata _id | where _id == \"x\"",
    "from x | where n + 1 == 2",
    "from x | where n::keyword == \"x\"",
    "from x | where k : \"x\"",
    "from x | where kql(\"k: x\")",
    "from x | where date_trunc(5 minutes, @timestamp) is null",
    "from x | where field_extract(k, \"a\") == \"x\"",
    "from x | where substring(k, 1) == \"x\"",
    "from x | where cidr_match(ip, k)",
    "from x | where cidr_match(ip, \"10.0.0.1\")",
    "from x | where k rlike \"~a\"",
    "from x | where k == \"x\" /* a /* b */ */",
    # ES ReplaceStringCasingWithInsensitive…: false of a missing field, or null, by version
    "from x | where to_lower(k) == \"X\"",
    "from x | where to_lower(k) like \"X*\"",
    "from x | where to_upper(k) == \"x\"",
    "from x | where " + "(" * (DEEPEST + 1) + "flag" + ")" * (DEEPEST + 1),
    "from x | eval a0 = k" + "".join(f", a{n} = to_lower(a{n - 1})" for n in range(1, DEEPEST)),
]  # fmt: skip


@pytest.mark.parametrize("query", UNSUPPORTED)
def test_not_evaluated(query):
    with pytest.raises(Unsupported):
        compile_query(query, Types())


@pytest.mark.parametrize(
    "condition",
    [
        'to_lower(k) == "école"',
        '"école" == to_lower(k)',
        'to_lower(k) != "école"',
        'to_lower(k) in ("école")',
        'to_lower(k) like "éc*"',
        'to_lower(k) rlike "éc.*"',
        'to_lower(to_upper(k)) == "école"',
    ],
)
def test_a_search_without_case_is_unsettled_beyond_ascii(condition):
    """Elasticsearch searches instead of changing the case, by Lucene 9 in ASCII letters only."""
    query = compile_query(f"from x | where {condition}", Types())
    expected = "!=" not in condition
    assert query({"k": ["éCOLE"]}) is expected
    assert query({"k": ["x"]}) is not expected
    assert query({}) is False
    with pytest.raises(Unsupported):
        query({"k": ["École"]})


BROKEN = [
    "",
    "from",
    "from |",
    'from | where k == "x"',
    "from x |",
    "from x,",
    "from x y",
    "from x metadata",
    "from x metadata _id _index",
    "from x metadata _id,",
    "from x | bogus k",
    "from x | where",
    "from x | where|",
    'from x | where(k == "x")',
    'where k == "x"',
    'from x | where k == "x")',
    'from x | where (k == "x"',
    'from x | where k == "x" and',
    'from x | where k == "x" k == "y"',
    'from x | where k == l == "x"',
    'from x | where k == "x" || l == "y"',
    'from x | where k == "x" && l == "y"',
    'from x | where k <> "x"',
    'from x | where k = "x"',
    'from x | where k =~ "x"',
    "from x | where k == 'x'",
    'from x | where k == "x',
    'from x | where k == "two\nlines"',
    'from x | where k == """two\nlines"""',
    'from x | where k == "a\\*b"',
    'from x | where k == "\\u0041"',
    'from x | where k like """x""',
    'from x | where k like~ "x"',
    'from x | where k in~ ("x")',
    "from x | where k like l",
    'from x | where k like ("x", l)',
    "from x | where k like ()",
    "from x | where k like 5",
    "from x | where k in ()",
    'from x | where k in ("x",)',
    'from x | where k in "x"',
    "from x | where k is",
    'from x | where k is "x"',
    'from x | where k == ["x", 1]',
    'from x | where in == "x"',
    'from x | where a.and == "x"',
    'from x | where `` == "x"',
    'from x | where _ == "x"',
    'from x | where @ == "x"',
    'from x | where a. == "x"',
    'from x | where a..b == "x"',
    'from x | where .a == "x"',
    'from x | where k* == "x"',
    'from x | where k == "x" /* open',
    'from x | where k == "x" ;',
    'from x | where unknown(k, "x")',
    "from x | where cidr_match(k)",
    'from x | where concat(k) == "x"',
    'from x | where k rlike "(?i)x"',
    'from x | where k rlike """a\\b"""',
    'from x | where k rlike ("a", "b")',
    "from x | keep",
    "from x | keep k,",
    "from x | limit",
    "from x | limit k",
    "from x | sort",
    "from x | sort k up",
    "from x | eval",
    "from x | eval m =",
    'from x | where _id == "x"',
]


@pytest.mark.parametrize("query", BROKEN)
def test_refuses_what_elastics_parser_refuses(query):
    if esql.available():
        with pytest.raises(Unproven):
            esql.prove(query)
    # Lucene takes (?i) for a text, which the proof refuses, since no rule means that.
    if "(?i)" not in query:
        with pytest.raises((Rejected, Unsupported)):
            compile_query(query, Types("keyword"))


LONG = 100_000


@pytest.mark.parametrize(
    "query",
    [
        "|" * LONG,
        "/" * LONG,
        " " * LONG,
        "from " + "x," * LONG,
        "from x | where " + "(" * LONG,
        "from x | where " + "not " * LONG + "flag",
        "from x | where n == " + "-" * LONG + "1",
        "from x | where " + "n + " * LONG + "1 == 2",
        "from x | where " + "concat(" * LONG,
        "from x | where " + "/* " * LONG,
        "from x | where " + "`" * (LONG + 1),
        "from x | where k == " + '"""' * LONG,
        "from x | where n == " + "9" * LONG,
        'from x | where k rlike "' + "(" * 999 + '"',
        'from x | where k like "' + "*a" * LONG + '"',
        "from x | keep " + "`" * (LONG + 1),
        "from x | where k == " + '"' + "x" * 1_000_000 + '"',
        "from x | eval " + ", ".join(f"v{n + 1} = to_lower(v{n})" for n in range(5000)),
        "from x | eval v0 = k, "
        + ", ".join(f"v{n + 1} = to_lower(v{n})" for n in range(5000))
        + ' | where v5000 == "x"',
    ],
    ids=lambda query: query[:24],
)
def test_hostile_queries_are_refused_in_bounded_time(query):
    start = time.monotonic()
    with pytest.raises((Rejected, Unsupported)):
        compile_query(query, Types())
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("where k in (" + ", ".join(f'"{number}"' for number in range(20_000)) + ")", False),
        ('where k like "' + "*a" * 1000 + '*b"', False),
        ('where k rlike "(a*)*b"', False),
        ('where k like "' + "*" * LONG + '"', True),
        ("where " + "(" * (DEEPEST - 1) + 'k like "a*"' + ")" * (DEEPEST - 1), True),
        ("where " + "not " * (DEEPEST - 2) + 'k like "a*"', True),
        ("where " + '(k == "b" or ' * 95 + 'k like "a*"' + ")" * 95, True),
        ("where " + "to_lower(" * 95 + "k" + ")" * 95 + ' like "a*"', True),
        ("where true | " * 5000 + 'where k like "a*"', True),
        ("sort " + "k, " * 20_000 + "k", True),
    ],
    ids=lambda value: str(value)[:20],
)
def test_hostile_values_take_bounded_time(commands, expected):
    start = time.monotonic()
    assert selects(f"from x | {commands}", k="a" * LONG) is expected
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("case", [case for case in cases() if case.target == "esql"], ids=str)
def test_each_golden_query_of_single_events_compiles(case):
    document = as_searched({"eventName": "x"})
    for conversion in conversions(case):
        for query in conversion.queries:
            if "| stats" in query:
                with pytest.raises(Unsupported):
                    compile_query(query, EcsSchema())
            else:
                assert compiled(query, compile_query)(document) in (True, False), query
