"""Each proof accepts what is good and, above all, refuses what is bad."""

from __future__ import annotations

import pickle

import pytest

from proofs import Unproven, eql, esql, kql, lucene, lucene_regex, spl
from sigmacast.engines.spl_parser import parse as parse_spl
from sigmacast.engines.spl_tree import (
    And,
    Call,
    Command,
    Compare,
    Field,
    Literal,
    Matches,
    Not,
    Or,
    Value,
)

needs_esql = pytest.mark.skipif(
    not esql.available(), reason="the ES|QL parser is not installed (Python 3.12 or later)"
)
needs_kibana = pytest.mark.skipif(
    not kql.kibana_available(), reason="node or Kibana's parser is not installed"
)


def test_unproven_names_language_reason_and_query() -> None:
    error = pickle.loads(pickle.dumps(Unproven("kql", "a: (b", "open bracket")))
    assert (error.language, error.query, error.reason) == ("kql", "a: (b", "open bracket")
    assert str(error) == "kql: open bracket\n  in: a: (b"


KQL_GOOD = [
    'event.dataset: "aws.cloudtrail" and event.provider: "iam.amazonaws.com"',
    'event.action: ("CreateUser" or "DeleteUser") and not a.arn: *i-*',
    "aws.cloudtrail.read_only: true and b >= 5",
    'source.ip: "10.0.0.0/8" and not (a: (*x* and *y*) or b < 5)',
    "user_agent.original: *S3 Browser* and x: *can\\not do*",
    "user.id: *\\:i-*",
    "a: * and not b: *",
    "a: (not x) and b.c-d: y",
    'a: "x\\\\y\\"z"',
    "a: x\\*y and b: x\\<y\\>",
    "a: *x\\ny* and b: *S3\\and Co*",
    "a: ((x or y) and not z)",
    "a: [x TO y]",
]
KQL_BEYOND_OLD_GRAMMAR = ["a: x\\{y\\}", "a: *\\u0041*", "a: { b: c }"]
KQL_BAD = [
    'a: "x',
    "a: x)",
    "(a: x",
    "a: ",
    "a: ()",
    'a: ("x" or )',
    'a: "x" "y"',
    'a: "x" b: "y"',
    "a: x b: y",
    'a: ("x", "y")',
    'a in ("x")',
    'a == "x"',
    "a >= ",
    "a: <5",
    "a: x\\y",
    "a: *cannot do*",
    "not not a: x",
    "a: not b: x",
    'a: "x"and b: "y"',
    'not(a: "x")',
    "a: x && b: y",
    'a: "\\"',
]
KQL_NEVER_MEANT = ["", "  ", "a: x or y", "x", "not", "and a: x", 'a b: "x"']


@pytest.mark.parametrize("query", KQL_GOOD + KQL_BEYOND_OLD_GRAMMAR)
def test_kql_accepts(query: str) -> None:
    kql.prove(query)


@pytest.mark.parametrize("query", [*KQL_BAD, *KQL_NEVER_MEANT, "a: x{y", "a: {"])
def test_kql_refuses(query: str) -> None:
    with pytest.raises(Unproven, match="kql: "):
        kql.prove(query)


def test_kql_takes_free_text_when_asked() -> None:
    kql.prove('a: "x" and *stop*', free_text=True)


@pytest.mark.parametrize("query", KQL_BEYOND_OLD_GRAMMAR)
def test_braces_and_unicode_escapes_are_not_in_kibanas_older_grammar(query: str) -> None:
    assert not kql.in_kibanas_grammar(query)


@pytest.mark.parametrize("query", [*KQL_GOOD, 'a: "{x}" and b: "\\u0041"', 'a: \\" and b: \\"'])
def test_everything_else_is_in_kibanas_older_grammar(query: str) -> None:
    assert kql.in_kibanas_grammar(query)


@needs_kibana
def test_kibana_accepts_and_refuses_as_we_do() -> None:
    good = [*KQL_GOOD, 'a: "{x}"', 'a: "\u2028"', 'a: "two\nlines"']
    verdicts = kql.prove_with_kibana(good + KQL_BAD)
    assert [query for query in good if verdicts[query] is not None] == []
    assert [query for query in KQL_BAD if verdicts[query] is None] == []


@needs_kibana
def test_kibana_is_not_asked_about_nothing() -> None:
    assert kql.prove_with_kibana([]) == {}


EQL_GOOD = [
    'any where event.dataset == "aws.cloudtrail" and event.action in~ ("A", "B")',
    'any where user_agent.original : ("a*", "*b") and (?f == null or not f : "x*")',
    'any where cidrMatch(source.ip, "10.0.0.0/8") and f regex~ """a\\.b"""',
    'any where `a.b-c` == "x" and a.`b-c` : "y" and ?`a.b-c` != null',
    'any where f == "x\\\\y\\"z" and g == """raw "text\\"""" and h == true and i >= 5',
    'any where stringContains~(f, "name=x") and endsWith~(g, "y") and ?f.g like~ ("x*", "y")',
    'sequence by user.id with maxspan=5m [any where a == "A"] [any where a == "B"]',
    'sequence by ?user.id, b with maxspan=1h\n  [any where a == "A"]\n  ![any where a == "B"]',
    'sequence by user.id with maxspan=5m [any where a == "A"] with runs=5',
    'sequence [any where a == "A"] [any where b == "B"] until [any where c == "C"]',
    'sample by user.id [any where a == "A"] [any where b == "B"]',
    "any where true",
]
EQL_BAD = [
    "",
    'f == "x"',
    "any where",
    'any where f == "x" and',
    'any where f == "x")',
    'any where (f == "x"',
    'any where f == "x',
    "any where f == 'x'",
    'any where f = "x"',
    'any where f : "a\\*b"',
    'any where f == "two\nlines"',
    'any where a.b-c == "x"',
    "any where f == g",
    "any where f in ()",
    "any where f : 5",
    'any where @timestamp == "x"',
    'any where cidrMatch(f, "nonsense")',
    'any where unknown(f, "x")',
    'any where wildcard(f, "x*")',
    'sequence by user.id [any where a == "A"]',
    'sequence [any where a == "A"] ![any where b == "B"]',
    'any where f regex~ "(?i)x"',
    'any where f regex ("x", """a\\b""")',
]


@pytest.mark.parametrize("query", EQL_GOOD)
def test_eql_accepts(query: str) -> None:
    eql.prove(query)


@pytest.mark.parametrize("query", EQL_BAD)
def test_eql_refuses(query: str) -> None:
    with pytest.raises(Unproven, match="eql: "):
        eql.prove(query)


FROM = "from logs-aws.cloudtrail-* metadata _id, _version, _index | where "
ESQL_GOOD = [
    FROM + 'event.provider == "iam.amazonaws.com" and event.action in ("A", "B")',
    FROM + 'a.arn like "*i-*" and (f is null or f != "x") and not g like ("a*", "b*")',
    FROM + 'cidr_match(source.ip, "10.0.0.0/8") and to_lower(f) == "x" and g == true',
    FROM + '`a.x-y` == "p" and a.`x-y` == "q" and f like "a\\\\*b" and g like """a\\*b"""',
    FROM + 'f rlike """a\\d.*""" and g rlike "a\\\\.b" and h not rlike "x\\\\\\""',
    FROM + 'a == "x" | eval t = date_trunc(5 minutes, @timestamp) '
    "| stats n = count(*), u = count_distinct(user.name) by t, user.id | where n >= 10 "
    "| keep n, t, user.id",
    FROM + " or ".join(f'f{number} == "x"' for number in range(400)),
    FROM + 'f == "x" and kql("a: b and c: (d or e)")',
    FROM + '_id == "x" | keep *',
]
ESQL_BAD = [
    "",
    "from x |",
    "from x | where",
    'where f == "x"',
    'from x | where f == "x")',
    'from x | where (f == "x"',
    'from x | where f == "x" and',
    "from x | where f == 'x'",
    'from x | where f = "x"',
    'from x | where(f == "x")',
    'from x | where f == "a\\*b"',
    'from x | where f like~ "x"',
    'from x | where f in~ ("x")',
    'from x | where in == "x"',
    'from x | where unknown(f, "x")',
    "from x | where cidr_match(f)",
    "from x | bogus f",
    'from x | where _id == "x"',
    "from x | keep _version",
    'from x | where f rlike "(?i)x"',
    'from x | where f rlike """a\\b"""',
    'from x | where f rlike "a\\\\b"',
    'from x | where kql("a: (b")',
    "from x | where " + " and ".join(f'f{number} == "x"' for number in range(401)),
]


@needs_esql
@pytest.mark.parametrize("query", ESQL_GOOD)
@pytest.mark.parametrize("stack", ["8.19.0", "9.5.0"])
def test_esql_accepts(query: str, stack: str) -> None:
    esql.prove(query, stack=stack)


@needs_esql
@pytest.mark.parametrize("query", ESQL_BAD)
@pytest.mark.parametrize("stack", ["8.19.0", "9.5.0"])
def test_esql_refuses(query: str, stack: str) -> None:
    with pytest.raises(Unproven, match="esql: "):
        esql.prove(query, stack=stack)


@needs_esql
@pytest.mark.parametrize(
    ("query", "since"),
    [
        ('from x | where f rlike ("a", "b")', "9.3.0"),
        ('from x | where field_extract(f, "a.b") == "x"', "9.5.0"),
        ('set unmapped_fields="nullify"; from x | where f == "x"', "9.3.0"),
    ],
)
def test_esql_knows_what_an_older_stack_lacks(query: str, since: str) -> None:
    esql.prove(query, stack=since)
    with pytest.raises(Unproven):
        esql.prove(query)


@needs_esql
def test_esql_checks_types_when_given() -> None:
    types = {"f": "keyword", "b": "boolean"}
    esql.prove('from x | where f == "x" and b', types=types)
    for condition in ('g == "x"', "f", "5", "f > 5", 'to_lower(b) == "true"'):
        with pytest.raises(Unproven):
            esql.prove(f"from x | where {condition}", types=types)


@needs_esql
def test_esql_fields_uncover_an_unquoted_dash() -> None:
    assert esql.fields('from x | where `a.x-y` == "p" and a.b : "q"') == {"a.x-y", "a.b"}
    assert esql.fields('from x | where a.x-y == "p"') == {"a.x", "y"}


LUCENE_GOOD = [
    'event.dataset:"aws.cloudtrail" AND event.action:("A" OR "B") AND NOT a.arn:*i\\-*',
    "(a:x OR (NOT b:y)) AND f:/.*\\<x.*/",
    "f:(*a\\ b* OR c?d OR x\\:y) AND NOT (a:x OR b:y)",
    "_exists_:f AND NOT _exists_:g.h\\-i",
    "f:>=5 AND f:<9 AND g:[1 TO *] AND h:{2020-01-01T00:00:00 TO 2021-01-01]",
    'f:"<a> \\"b\\" (c" AND g:"10.0.0.0/8" AND h:10.0.0.0\\/8',
    "f:/a\\/b|c d/ OR f:(/x/ OR /y/)",
    "*:*",
    "f:* AND f.a-b:a-b+c",
    "a\\ b:x",
]
LUCENE_BAD = [
    "",
    "f:",
    "f:()",
    "f:(a",
    "f:a)",
    'f:"a',
    "f:/a",
    "f:a\\",
    "f:a AND",
    "AND f:a",
    "NOT",
    "NOT NOT f:a",
    "f:a OR AND g:b",
    "f:a b",
    "f:a g:b",
    "f:/a/i",
    "a",
    '"a b"',
    "f:a and g:b",
    "f:a:b",
    "f:(g:a)",
    "f:a/b",
    'f:a"b"',
    "f:a!b",
    "!f:a",
    "f:a<b",
    "f:*x>y*",
    "f:\\<a",
    "f:*\\>*",
    "f:-a",
    "+f:a",
    "f:a~",
    "f:a^2",
    "f:a AND g:b OR h:c",
    "f:a OR NOT g:b",
    "f:(a OR NOT b)",
    "f:a && g:b",
    "f:/(?i)a/",
    "f:/a<b/",
    "f:/\\bx/",
]


@pytest.mark.parametrize("query", LUCENE_GOOD)
def test_lucene_accepts(query: str) -> None:
    lucene.prove(query)


@pytest.mark.parametrize("query", LUCENE_BAD)
def test_lucene_refuses(query: str) -> None:
    with pytest.raises(Unproven, match="lucene: "):
        lucene.prove(query)


def test_lucene_takes_free_text_when_asked() -> None:
    lucene.prove('f:a AND (*stop* OR "two words")', free_text=True)
    with pytest.raises(Unproven):
        lucene.prove("f:a && *stop*", free_text=True)


REGEX_GOOD = [
    "abc",
    ".*\\.\\w+\\d{2,4}[^/]*",
    "(a|b)?c{3}d{3,}",
    "()",
    "[-a]x[\\-b][\\w-][a\\]b][\\wx]",
    '[#@&<>~"^$.*+?(){}|]',
    '\\<\\>\\#\\@\\&\\~\\"\\^\\$\\/\\\\',
]
REGEX_BAD = [
    "",
    "(a",
    "a)",
    "[a",
    "[]",
    "a\\",
    "\\b",
    "\\q",
    "(a)\\1",
    "(?:a)",
    "(?i)a",
    "(a|)",
    "a|",
    "|a",
    "a{,2}",
    "a{2",
    "a{3,2}",
    "a+?",
    "a**",
    "*a",
    "^a",
    "a$",
    "a#",
    'a"b"',
    "a<1-2>",
    "a~b",
    "[a-]",
    "[\\w.-]",
    "[\\w\\.-]",
    "[z-a]",
]


@pytest.mark.parametrize("pattern", REGEX_GOOD)
def test_lucene_regex_accepts(pattern: str) -> None:
    assert lucene_regex.fault(pattern) is None


@pytest.mark.parametrize("pattern", REGEX_BAD)
def test_lucene_regex_refuses(pattern: str) -> None:
    assert lucene_regex.fault(pattern)


SPL_GOOD = [
    'sourcetype="aws:cloudtrail" eventSource="iam.amazonaws.com" eventName IN ("A", "B*") '
    '(NOT errorCode=* OR errorCode IN ("success", "failure")) NOT userIdentity.arn="*x*" '
    '"resources{}.ARN"="*y*" | where match(\'userAgent\', "(?i)^a\\.b$") AND '
    "(isnull('vpcEndpointId') OR NOT cidrmatch(\"10.0.0.0/8\", 'sourceIPAddress')) AND "
    "lower('a.b')=lower('c.d')",
    "`cloudtrail` eventName=ConsoleLogin",
    '`cloudtrail("a|b, c")` (a=1 OR b!=2) AND NOT c<=3',
    "search index=main a=CASE(Value*) x-amz-acl=y a.items{}.b=z tags.lambda:x=1",
    'a="say \\"hi\\" to C:\\\\x | y [z] (w" b=10.0.0.0/8 c=arn:aws:iam::1:role/x',
    'a="x\\\\*"',
    'a=1 | where \'x.y\'="z" OR foo>=5 | where like(lower(\'x\'), "a%") AND \'f\' IN ("a", "b")',
    'a=1 | where isnotnull(mvfind(\'a{}.b\', "(?i)^x$")) AND in(\'f\', "a", "b")',
    "a=1 | where mvcount(mvfilter(match('a{}.b', \"x\"))) > 0 AND tonumber('n') != 5",
    "a=1 | where if(isnull('a'), \"\", 'a') != \"x\"",
    "a=1 | where 't' >= relative_time(now(), \"-1d@d\")",
    "a=1\n\n| bin _time span=5m\n| stats count as event_count by _time userIdentity.arn\n\n"
    "| search event_count >= 10",
    'a=1 | stats dc(b.c) as n, values("d{}.e") AS all by f, g | search n>1 NOT all=x',
    '| multisearch\n[ search a=1 | eval event_type="x" | rename b.c as d ]\n'
    '[ search `m` a=2 | eval event_type="y" ]\n| bin _time span=1h\n'
    "| stats dc(event_type) as n by _time\n| search n >= 2",
    'a=1 | table _time, user b | fields - _raw | fields + "a{}.b" | rename a as b, c as "d e"',
]
SPL_BAD = [
    "",
    "  ",
    "search",
    "| where 'a'=\"b\"",
    '| regex a="b"',
    '| rex field=a "b"',
    "| search a=1",
    "a=1 |",
    "a=1 | | where isnull('a')",
    "a=1 | rex field=a b",
    "a=1 | multisearch [ search a=1 ] [ search b=1 ]",
    'a="x',
    'a="x\\"',
    'a=x"y',
    "(a=1",
    "a=1)",
    "a=1 (",
    "()",
    "a IN (1",
    "a IN ()",
    "a IN (1,)",
    "a IN (1 2)",
    "a NOT IN (1)",
    "a=1 NOT",
    "NOT",
    "a=1 OR",
    "OR a=1",
    "a=1 AND AND b=2",
    "a=",
    "=1",
    "a=1 b",
    "a=two words",
    'a=1 "free text"',
    "a==1",
    "a=OR",
    "a=and",
    "'a.b'=1",
    'a="x\\*y"',
    "a=\\x",
    "a>1*",
    'a b="x"',
    '""=1',
    "`open a=1",
    "a=CASE()",
    "a=1 | where",
    "a=1 | where 'a'",
    'a=1 | where "a"="b"',
    "a=1 | where \"x\"='a'",
    'a=1 | where a.b="x"',
    "a=1 | where 'a'=",
    "a=1 | where 'a'=\"x\" AND",
    "a=1 | where NOT",
    "a=1 | where 'a'=\"x\" 'b'=\"y\"",
    "a=1 | where ('a'=\"x\"",
    'a=1 | where \'a="x"',
    "a=1 | where 'a' IN ()",
    "a=1 | where isnull('a')=1",
    "a=1 | where lower('a')",
    "a=1 | where bogus('a')",
    "a=1 | where match('a')",
    "a=1 | where match('a', 'b')",
    'a=1 | where match("a", "b")',
    "a=1 | where match('a', \"(\")",
    'a=1 | where match(\'a\', "b", "c")',
    'a=1 | where isnull("a")',
    "a=1 | where cidrmatch('a', \"10.0.0.0/8\")",
    "a=1 | where cidrmatch(\"10.0.0.0/99\", 'a')",
    "a=1 | where mvfilter(match('a', \"x\"))",
    "a=1 | where `macro`",
    "a=1 | eval a",
    "a=1 | eval a=isnull('b')",
    'a=1 | eval "a"=1',
    "a=1 | bin _time",
    "a=1 | bin _time span=soon",
    "a=1 | stats",
    "a=1 | stats by a",
    "a=1 | stats count by",
    "a=1 | stats dc by a",
    "a=1 | stats bogus(a)",
    "a=1 | stats count as by a",
    "a=1 | table",
    "a=1 | rename a b",
    "a=1 | fields -",
    "| multisearch",
    "| multisearch [ search a=1 ]",
    "| multisearch [ search a=1 ] [ a=2 ]",
    "| multisearch [ search a=1 ] [ search ]",
    "| multisearch [ search a=1 ] [ search b=1 | stats count ]",
    "| multisearch [ search a=1 ] [ search b=1",
    "a=1 [ search b=1 ]",
    "a=1 ]",
]


@pytest.mark.parametrize("query", SPL_GOOD)
def test_spl_accepts(query: str) -> None:
    spl.prove(query)


@pytest.mark.parametrize("query", SPL_BAD)
def test_spl_refuses(query: str) -> None:
    with pytest.raises(Unproven, match="spl: "):
        spl.prove(query)


def test_spl_takes_quoted_free_text_when_asked() -> None:
    spl.prove('a=1 ("stop" OR "two words")', free_text=True)
    with pytest.raises(Unproven):
        spl.prove("a=1 two words", free_text=True)


def test_spl_or_binds_closer_than_and_in_search() -> None:
    a, b, c = (Matches(name, "=", Value("1")) for name in "abc")
    assert parse_spl("a=1 b=1 OR c=1") == (Command("search", And((a, Or((b, c))))),)
    assert parse_spl("NOT a=1 OR b=1") == (Command("search", Or((Not(a), b))),)


def test_spl_and_binds_closer_than_or_in_where() -> None:
    a, b, c = (Compare(Field(name), "=", Literal(1.0)) for name in "abc")
    assert parse_spl("x=1 | where a=1 OR b=1 AND c=1")[1].condition == Or((a, And((b, c))))


def test_spl_reads_values_and_names() -> None:
    search, where = parse_spl(
        'a.b{}="C:\\\\x \\"y\\" \\d" c IN (CASE1, "2*") d=CASE(E) '
        "| where match('f.g', \"\\.\\\\\\\\\") AND 'h' IN (\"i\", 2)"
    )
    assert search.condition == And(
        (
            Matches("a.b{}", "=", Value('C:\\x "y" \\d')),
            Or((Matches("c", "=", Value("CASE1")), Matches("c", "=", Value("2*")))),
            Matches("d", "=", Value("E", cased=True)),
        )
    )
    assert where.condition == And(
        (
            Call("match", (Field("f.g"), Literal("\\.\\\\"))),
            Call("in", (Field("h"), Literal("i"), Literal(2.0))),
        )
    )
