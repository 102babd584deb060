"""Lucene's query_string by its sources: what a query selects, what is refused, in how much time.

JJ is Lucene's ``classic/QueryParser.jj``, BASE its ``QueryParserBase.java``, QSP Elasticsearch's
``QueryStringQueryParser.java``, FACTS our account of Elastic, by section.
"""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from luqum import thread
from luqum.exceptions import ParseError

from golden_cases import Case, cases, conversions
from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.lucene import LONGEST_EXPRESSION, compile_query
from sigmacast.engines.lucene_parser import DEEPEST
from sigmacast.views.ecs import EcsSchema

FLAT = "aws.cloudtrail.flattened.request_parameters.userName"
TEXT = "user_agent.original.text"
ARN = "aws.cloudtrail.user_identity.arn"
READ_ONLY = "aws.cloudtrail.read_only"
EVENT = {
    "event.action": ["CreateUser"],
    "source.ip": ["10.1.2.3"],
    "user.name": ["alice", "bob"],
    "user_agent.original": ["two words"],
    "aws.cloudtrail.error_message": ['a/b "c" <d> *e?'],
    READ_ONLY: [False],
    "@timestamp": ["2026-05-06T07:08:09.000Z"],
    FLAT: ["bob"],
}
A = "event.action:CreateUser"  # true of the event
B = "user.name:bob"  # true
N = "user.name:nobody"  # false
M = "event.action:Missing"  # false


class Permissive:
    """The fields of CloudTrail, and any other as a keyword."""

    def type_of(self, field: str) -> str:
        return EcsSchema().type_of(field) or "keyword"


def selects(query: str, document=EVENT) -> bool:
    return compile_query(query, EcsSchema())(document)


SELECTED = [
    # FACTS: whole terms, by case
    ("event.action:CreateUser", True),
    ("event.action:createuser", False),
    ("event.action:Create", False),
    ('event.action:"CreateUser"', True),
    ('user_agent.original:"two words"', True),
    ('user_agent.original:"two"', False),
    ("user_agent.original:two\\ words", True),
    # JJ: blanks between tokens mean nothing
    ("event.action : CreateUser", True),
    ("\t( event.action:\n(CreateUser ) )\u3000", True),
    ("event.action:Create\xa0User", False),
    # FACTS: field:* and _exists_
    ("event.action:*", True),
    (f"{ARN}:*", False),
    ("_exists_:event.action", True),
    ('_exists_:"event.action"', True),
    (f"_exists_:{ARN}", False),
    (f"_exists_:({ARN} OR event.action)", True),
    (f"{FLAT}:*", True),
    ("*:*", True),
    ("*", True),
    # FACTS: wildcards stand for any text, or for one character
    ("event.action:Create*", True),
    ("event.action:*ate?ser", True),
    ("event.action:*User", True),
    ("event.action:create*", False),
    ("event.action:Creat?", False),
    ('event.action:"Create*"', False),
    ("aws.cloudtrail.error_message:*\\*e\\?", True),
    ("aws.cloudtrail.error_message:*\\*f\\?", False),
    ("event.action:Create\\*", False),
    # FACTS: regular expressions are anchored, in Lucene's dialect
    ("event.action:/Create.*/", True),
    ("event.action:/Create/", False),
    ("event.action:/[cC]reate[a-zA-Z]{4}/", True),
    ("event.action:/(Create|Delete)User/", True),
    ("event.action:/^Create.*/", False),
    ("aws.cloudtrail.error_message:/a\\/b.*/", True),
    ("aws.cloudtrail.error_message:/.*\\<d\\>.*/", True),
    ("user.name:/a\\\\/", False),
    ("user.name:/()/", False),
    # JJ, REGEXPTERM: the longest token wins, so that \/ never closes where another / follows
    ("user.name:(/bob\\\\/ OR bob)", True),
    # BASE, discardEscapeChar
    ("event.action:\\u0043reateUser", True),
    ("event.action:\\u0043reate*", True),
    ('event.action:"\\u0043reateUser"', True),
    ("event\\.action:CreateUser", True),
    ("event.action:\\C\\reateUser", True),
    ('aws.cloudtrail.error_message:"a/b \\"c\\" <d> *e?"', True),
    ('aws.cloudtrail.error_message:a\\/b\\ \\"c\\"\\ <d>\\ \\*e\\?', True),
    # FACTS: f:(X Y) is the one text "X Y"; JJ, MultiTerm, tells when it is not
    ("user_agent.original:(two words)", True),
    ("user.name:(alice bob)", False),
    ("user.name:(alice OR bob)", True),
    ("user.name:(alice b*)", True),
    ('user.name:("alice" "nobody")', True),
    ("user.name:(nobody bob AND alice)", True),
    ("user.name:(nobody bob OR x)", True),
    ("user.name:(nobody bob NOT x)", False),
    ("nobody user.name:bob", True),
    (f"{N} two words", True),
    # FACTS: < and > cannot be escaped; QSP: they are ranges with one bound
    ("event.action:>=CreateUser", True),
    ("event.action:>CreateUser", False),
    ("event.action:<D", True),
    ("event.action:<=A", False),
    ("event.action:\\<D", True),
    ("event.action:\\>=CreateUser", True),
    ('event.action:"<D"', False),
    ("event.action:>", False),
    # FACTS: ranges hold for one value
    ("event.action:[A TO D]", True),
    ("event.action:[A TO CreateUser]", True),
    ("event.action:[A TO CreateUser}", False),
    ("event.action:{CreateUser TO D]", False),
    ('event.action:["A" TO "D"]', True),
    ('user_agent.original:["two w" TO "two x"]', True),
    ("event.action:[ * TO D ]", True),
    ("event.action:[* TO *]", True),
    (f"{ARN}:[* TO *]", False),
    ("user.name:[alicf TO bo]", False),
    ("@timestamp:[2026-05-06 TO 2026-05-06]", True),
    ("@timestamp:{2026-05-06 TO *]", False),
    ("@timestamp:2026-05-06", True),
    # ip: CIDR quoted or escaped
    ('source.ip:"10.0.0.0/8"', True),
    ("source.ip:10.0.0.0\\/8", True),
    ('source.ip:"11.0.0.0/8"', False),
    ("source.ip:10.1.2.3", True),
    ("source.ip:[10.1.0.0 TO 10.1.255.255]", True),
    # boolean
    (f"{READ_ONLY}:false", True),
    (f"{READ_ONLY}:true", False),
    # FACTS: flattened sub-fields know whole values, a plain beginning, and two-sided ranges
    (f"{FLAT}:bob", True),
    (f'{FLAT}:"bob"', True),
    (f"{FLAT}:Bob", False),
    (f"{FLAT}:bo*", True),
    (f"{FLAT}:ob*", False),
    (f"{FLAT}:[a TO c]", True),
    # one of several values is enough
    ("user.name:bob AND user.name:alice", True),
    ("NOT user.name:bob", False),
    (f"NOT {ARN}:x", True),
    # QSP, fixNegativeQueryIfNeeded: nothing but NOT means all without
    (f"NOT {M}", True),
    (f"-{M} -{N}", True),
    (f"NOT {M} AND NOT {A}", False),
    (f"{M} OR (NOT {N})", True),
    # BASE, addClause with the default operator OR: NOT takes away, whatever joins it
    (f"{M} OR NOT {N}", False),
    (f"{A} OR NOT {N}", True),
    (f"{A} OR NOT {B}", False),
    # AND makes both sides required, OR neither optional again
    (f"{A} AND {B}", True),
    (f"{A} AND {N}", False),
    (f"{A} OR {M}", True),
    (f"{A} {M}", True),
    (f"{A} OR {M} AND {B}", False),
    (f"{A} AND {B} OR {M}", True),
    (f"{M} OR {A} AND {B}", True),
    (f"({A} OR {M}) AND {B}", True),
    (f"{A} OR ({M} AND {B})", True),
    (f"{A} && !{N} || {M}", True),
    (f"+{A} {M}", True),
    (f"+{M} {A}", False),
    (f"NOT {N} AND {A}", True),
    (f"NOT {A} AND {B}", False),
    # JJ: words of the language are in capitals
    ("user.name:(not OR and OR bob)", True),
    ("event.action:or", False),
    # a field holds within its brackets, unless another is named
    ("user.name:(nobody OR event.action:CreateUser)", True),
    ("user.name:((nobody OR bob) AND NOT carol)", True),
    # without a field: one whole text of any field
    ("CreateUser", True),
    ("createuser", False),
    ("Create*", True),
    ("/Create.*/", True),
    ('"two words"', True),
    ("two words", True),
    ("NOT nothing", True),
]


@pytest.mark.parametrize(("query", "expected"), SELECTED, ids=lambda value: repr(value))
def test_selects(query: str, expected: bool) -> None:
    assert selects(query) is expected


@pytest.mark.parametrize("query", [query for query, _ in SELECTED])
def test_not_is_the_complement(query: str) -> None:
    for document in (EVENT, {}):
        assert selects(f"NOT ({query})", document) is not selects(query, document)


def test_two_escapes_make_one_character_as_in_java() -> None:
    assert selects('event.action:"\\ud83d\\ude00"', {"event.action": ["\U0001f600"]})


def test_an_expression_that_ends_in_a_backslash() -> None:
    document = {"user.name": ["CORP\\"], "event.action": ["x"]}
    assert selects("user.name:/CORP\\\\/ AND event.action:x", document)
    with pytest.raises(Rejected):  # the token is all up to the last slash
        selects("user.name:/CORP\\\\/ AND event.action:/x/", document)
    assert selects("user.name:/CORP(\\\\)/ AND event.action:/x/", document)


REJECTED = [
    # no such field, which Elasticsearch takes without a match
    ("nope:x", "unknown field nope"),
    ("nope:*", "unknown field nope"),
    ("_exists_:nope", "unknown field nope"),
    ("NOT nope:[a TO b]", "unknown field nope"),
    # FACTS: flattened sub-fields take no wildcards but a plain beginning, and no expressions
    (f"{FLAT}:*ob", "flattened"),
    (f"{FLAT}:b?b", "flattened"),
    (f"{FLAT}:b*b*", "flattened"),
    (f"{FLAT}:**", "flattened"),
    (f"{FLAT}:/bob/", "flattened"),
    # FACTS: one-sided ranges of flattened keys
    (f"{FLAT}:>=a", "flattened"),
    (f"{FLAT}:\\<a", "flattened"),
    (f"{FLAT}:[a TO *]", "flattened"),
    (f"{FLAT}:[* TO *]", "flattened"),
    # types that read no such value
    ("source.ip:10.*", "type ip"),
    ("source.ip:/10.*/", "type ip"),
    ("source.ip:nonsense", "no IP address"),
    ("source.ip:(10.1.2.3 10.1.2.4)", "no IP address"),
    (f"{READ_ONLY}:t*", "type boolean"),
    (f"{READ_ONLY}:yes", "no boolean"),
    ("@timestamp:2026*", "type date"),
    ("@timestamp:soon", "no date"),
    # QSP, index.max_regex_length
    (f"event.action:/{'a' * (LONGEST_EXPRESSION + 1)}/", "1,000 characters"),
    # FACTS, Lucene regular expressions
    ("event.action:/\\bCreate/", "\\b"),
    ("event.action:/[a-/", "["),
    ("event.action:/(a/", "lacks"),
    # BASE, discardEscapeChar
    ("event.action:\\u00g0", "hexadecimal"),
    ('event.action:"\\u12"', "hexadecimal"),
    ("event.action:a\\", "unexpected"),
    # JJ
    ("", "blank"),
    (" \n", "blank"),
    ('event.action:"x', "open"),
    ('event.action:"x\\"', "open"),
    ("event.action:/x", "open"),
    ("source.ip:10.0.0.0/8", "open"),
    (f"({A}", "the end"),
    (f"{A})", "unexpected )"),
    ("event.action:(x OR y", "the end"),
    ("()", "unexpected )"),
    ("event.action:()", "unexpected )"),
    ("event.action:", "the end"),
    (":x", "unexpected :"),
    ("event.action:a:b", "unexpected :"),
    ("event.*:x", "unexpected :"),
    ('"event.action":x', "unexpected :"),
    (f"{A} AND", "the end"),
    (f"{A} OR", "the end"),
    ("NOT", "the end"),
    (f"AND {A}", "unexpected AND"),
    (f"OR {A}", "unexpected OR"),
    (f"{A} OR AND {B}", "unexpected AND"),
    (f"NOT NOT {A}", "unexpected NOT"),
    (f"{A} AND NOT -{B}", "unexpected -"),
    ("event.action:AND", "unexpected AND"),
    ("event.action:[A TO]", "bound"),
    ("event.action:[A B]", "bound"),
    ("event.action:[A OR B]", "range"),
    ("event.action:[A TO B", "range"),
    ("event.action:]", "unexpected"),
]


@pytest.mark.parametrize(("query", "why"), REJECTED)
def test_refuses_what_elastic_refuses(query: str, why: str) -> None:
    with pytest.raises(Rejected) as refusal:
        compile_query(query, EcsSchema())
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("event.action:Crate~", "fuzzy"),
        ('user_agent.original:"two words"~2', "fuzzy"),
        (f"{A}^2", "boost"),
        (f"({A})^2", "boost"),
        (f"- {A}", "before a blank"),
        ("*:x", "field name"),
        ("event.\\*:x", "field name"),
        ("_exists_:event.*", "_exists_"),
        ("[a TO b]", "without a field"),
        (f"{TEXT}:x", "analysed"),
        (f"{TEXT}:[a TO b]", "analysed"),
        ("@timestamp:[now-1d TO now]", "date math"),
        ("event.action:/~x/", "complement"),
        ("(" * (DEEPEST + 1) + A + ")" * (DEEPEST + 1), "deep"),
    ],
)
def test_says_what_it_cannot_evaluate(query: str, why: str) -> None:
    with pytest.raises(Unsupported) as refusal:
        compile_query(query, EcsSchema())
    assert why in str(refusal.value)


def test_analysed_text_can_be_asked_for() -> None:
    assert selects(f"{TEXT}:*", {TEXT: ["two words"]})


def test_brackets_beside_each_other_are_not_deep() -> None:
    assert selects(" AND ".join([f"(({A}))"] * (DEEPEST + 1)))


LONG = 100_000
HOSTILE = {
    "brackets": "(" * LONG,
    "closed brackets": "(" * LONG + A + ")" * LONG,
    "nots": "NOT " * (LONG // 4) + A,
    "signs": "-" * LONG,
    "a value": "event.action:" + "a" * LONG,
    "a wildcard": "event.action:" + "a" * LONG + "?",
    "words": "event.action:(" + "a " * (LONG // 2) + ")",
    "blanks": "event.action:" + " " * LONG + "x",
    "backslashes": "event.action:" + "\\" * (LONG + 1),
    "escapes": "event.action:" + "\\a" * (LONG // 2),
    "backslashes in quotes": 'event.action:"' + "\\" * LONG,
    "slashes": "event.action:/" + "\\/" * (LONG // 2),
    "a range": "event.action:[" + "a" * LONG,
    "a quoted range": 'event.action:["' + '\\"' * (LONG // 2),
    "ranges": "event.action:" + "[a " * (LONG // 3),
    "alternatives": " OR ".join([A] * (LONG // 27)),
    "wildcards": "event.action:" + "*a" * 5_000 + "b",
    "an expression": "event.action:/" + "(a*)*" * 190 + "b/",
    "repetitions": "event.action:/((((a{1,99}){1,99}){1,99}){1,99}){1,99}/",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_queries_take_bounded_time(query: str) -> None:
    start = time.process_time()
    with suppress(Rejected, Unsupported):
        compile_query(query, EcsSchema())({"event.action": ["a" * 10_000]})
    assert time.process_time() - start < 5


UNFINISHED = [query for query, why in REJECTED if why in ("the end", "bound", "range")]


@pytest.mark.parametrize("query", UNFINISHED)
def test_another_parser_refuses_unfinished_queries_too(query: str) -> None:
    """luqum was written by others; it takes some slashes and words that Lucene does not."""
    with pytest.raises(ParseError):
        thread.parse(query)


@pytest.mark.parametrize("case", [c for c in cases() if c.target == "lucene"], ids=str)
def test_each_query_that_we_make_compiles(case: Case) -> None:
    for conversion in conversions(case):
        for query in conversion.queries:
            compile_query(query, Permissive())
