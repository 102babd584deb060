"""KQL by Kibana's sources: what a query selects, what is refused, and in how much time.

GRAMMAR is Kibana's ``kuery/grammar/grammar.peggy``, IS its ``kuery/functions/is.ts``, FACTS our
account of Elastic, by section.
"""

from __future__ import annotations

import random
import time
from contextlib import suppress

import pytest
from kibana_ql import KqlParser
from parsimonious.exceptions import ParseError

from golden_cases import Case, cases, conversions
from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.kql import compile_query
from sigmacast.engines.kql_reading import DEEPEST
from sigmacast.views.ecs import EcsSchema

FLAT = "aws.cloudtrail.flattened.request_parameters.userName"
TEXT = "user_agent.original.text"
ARN = "aws.cloudtrail.user_identity.arn"
EVENT = {
    "event.action": ["CreateUser"],
    "event.provider": ["iam.amazonaws.com"],
    "source.ip": ["10.1.2.3"],
    "user.name": ["alice", "bob"],
    "user_agent.original": ['say "hi" (x) \\ <y> {z}: 100*'],
    "aws.cloudtrail.read_only": [False],
    "aws.cloudtrail.management_event": ["true"],
    "aws.cloudtrail.error_message": ["x and y"],
    "@timestamp": ["2026-05-06T07:08:09.000Z"],
    FLAT: ["bob"],
}


class Permissive:
    """The fields of CloudTrail, and any other as a keyword."""

    def type_of(self, field: str) -> str:
        return EcsSchema().type_of(field) or "keyword"


def selects(query: str, document=EVENT) -> bool:
    return compile_query(query, EcsSchema())(document)


SELECTED = [
    # GRAMMAR, start: nothing is everything
    ("", True),
    (" \t\n", True),
    ("*", True),
    # IS: a term on a keyword field, by case
    ("event.action: CreateUser", True),
    ("event.action : CreateUser ", True),
    ('"event.action": "CreateUser"', True),
    ("event.action: createuser", False),
    ("event.action: Create", False),
    # FACTS, Kibana KQL: wildcards in unquoted values only, and no question mark
    ("event.action: Create*", True),
    ("event.action: *ate*er", True),
    ("event.action: create*", False),
    ("event.action: *ate", False),
    ('event.action: "Create*"', False),
    ("event.action: CreateUse?", False),
    # FACTS: exists, also of a flattened sub-field
    ("event.action: *", True),
    (f"{ARN}: *", False),
    (f"{FLAT}: *", True),
    ('event.action: "*"', False),
    # FACTS: flattened sub-fields know whole values
    (f"{FLAT}: bob", True),
    (f'{FLAT}: "bob"', True),
    (f"{FLAT}: Bob", False),
    # GRAMMAR: and before or, not before both; words in any case
    ("event.action: x and event.action: y or user.name: bob", True),
    ("event.action: x and (event.action: y or user.name: bob)", False),
    ("not event.action: x and user.name: bob", True),
    ("NOT event.action: CreateUser OR user.name: *", True),
    ("event.action: CreateUser AND\tNoT user.name: carol", True),
    ("event.action: CreateUser and\xa0user.name: bob", True),
    # two values of truth: not selects what lacks the field
    (f"not {ARN}: x", True),
    (f"not (event.action: CreateUser and {ARN}: x)", True),
    ("not (not event.action: CreateUser)", True),
    # one of several values is enough, and not asks for none
    ("user.name: bob", True),
    ("user.name: (alice and bob)", True),
    ("not user.name: bob", False),
    # GRAMMAR, ListOfValues
    ("event.action: (x or CreateUser)", True),
    ("event.action: ( x or (CreateUser and not y) )", True),
    ("event.action: (not CreateUser)", False),
    (f"{ARN}: (not x)", True),
    # GRAMMAR, UnquotedLiteral: blanks inside belong to the value, at its ends they do not
    ("aws.cloudtrail.error_message: x \\and y", True),
    ('aws.cloudtrail.error_message: "x and y"', True),
    ("aws.cloudtrail.error_message: *and*", True),
    ("aws.cloudtrail.error_message:  x*y  ", True),
    ("aws.cloudtrail.error_message: x *d y", True),
    ("event.action: CreateUser or", False),  # the value is "CreateUser or"
    ("event.action: or", False),
    # GRAMMAR, escapes without quotes
    ('user_agent.original: say \\"hi\\" \\(x\\) \\\\ \\<y\\> \\{z\\}\\: 100\\*', True),
    ("user_agent.original: *\\(x\\)*", True),
    ("user_agent.original: *100\\*", True),
    ("user_agent.original: *99\\*", False),
    ("user_agent.original: *\\\\*", True),
    ("event.action: *\\\\*", False),
    ("event.action: \\u0043reateUser", True),
    ("event.action: \\u0043reate*", True),
    # GRAMMAR, escapes in quotes; any other backslash stays
    ('user_agent.original: "say \\"hi\\" (x) \\\\ <y> {z}: 100*"', True),
    ('event.action: "\\u0043reateUser"', True),
    ('user_agent.original: "say \\"hi\\" (x) \\ <y> {z}: 100*"', True),
    # FACTS: CIDR on ip fields, which compare as addresses
    ('source.ip: "10.0.0.0/8"', True),
    ('source.ip: "11.0.0.0/8"', False),
    ('source.ip: "10.1.2.3"', True),
    ("source.ip >= 10.1.0.0", True),
    ("source.ip < 10.1.2.3", False),
    # FACTS: true and false, on boolean and keyword fields
    ("aws.cloudtrail.read_only: false", True),
    ("aws.cloudtrail.read_only: true", False),
    ('aws.cloudtrail.read_only: "false"', True),
    ("aws.cloudtrail.management_event: true", True),
    ('aws.cloudtrail.management_event: "true"', True),
    # GRAMMAR, FieldRangeExpression; IS: a date is the whole of what is written
    ('@timestamp >= "2026-05-06"', True),
    ('@timestamp > "2026-05-06"', False),
    ('@timestamp <= "2026-05-06"', True),
    ('@timestamp: "2026-05-06"', True),
    ('@timestamp: "2026-05-07"', False),
    ("event.action >= C", True),
    ("event.action < C", False),
    # IS, without a field: any field, as one term
    ("CreateUser", True),
    ('"x and y"', True),
    ("Create*", True),
    ("*amazonaws*", True),
    ("createuser", False),
    ("and", False),
    ("not nothing", True),
]


@pytest.mark.parametrize(("query", "expected"), SELECTED, ids=lambda value: repr(value))
def test_selects(query: str, expected: bool) -> None:
    assert selects(query) is expected


@pytest.mark.parametrize("query", [query for query, _ in SELECTED if query.strip()])
def test_not_is_the_complement(query: str) -> None:
    for document in (EVENT, {}):
        assert selects(f"not ({query})", document) is not selects(query, document)


PAIR = {"event.action": ["x\U0001f600y"]}


@pytest.mark.parametrize("query", ['"x\\ud83d\\ude00y"', "x\\ud83d\\ude00y", "*\\ud83d\\ude00*"])
def test_two_escapes_make_one_character_as_in_javascript(query: str) -> None:
    assert selects(f"event.action: {query}", PAIR)


def test_an_escape_of_a_line_end_comes_before_that_of_not() -> None:
    assert selects("event.action: a \\not b", {"event.action": ["a \not b"]})


REJECTED = [
    # no such field, which Kibana takes without a match
    ("nope: x", "unknown field nope"),
    ("nope >= 5", "unknown field nope"),
    ("not nope: *", "unknown field nope"),
    # FACTS: flattened sub-fields take no wildcards
    (f"{FLAT}: b*", "flattened"),
    (f"{FLAT}: *b", "flattened"),
    (f"{FLAT}: (x or *b*)", "flattened"),
    (f"{FLAT}: **", "flattened"),
    # FACTS: one-sided ranges of flattened keys
    (f"{FLAT} >= a", "flattened"),
    # types that read no such value
    ("source.ip: 10.*", "type ip"),
    ("source.ip: nonsense", "no IP address"),
    ('source.ip: "10.0.0.0/99"', "no IP address"),
    ("aws.cloudtrail.read_only: t*", "type boolean"),
    ("aws.cloudtrail.read_only: yes", "no boolean"),
    ("@timestamp: 2026*", "type date"),
    ('@timestamp >= "soon"', "no date"),
    # a term search takes no null
    ("event.action: null", "null"),
    ("event.action >= null", "null"),
    ("null", "null"),
    # GRAMMAR
    ('event.action: "x', "open quote"),
    ('event.action: "x\\"', "open quote"),
    ("(event.action: x", "expected )"),
    ("event.action: (x or y", "expected )"),
    ("event.action: x)", "unexpected )"),
    ("event.action:", "missing"),
    ("event.action: ()", "missing"),
    ("event.action: (x or )", "missing"),
    ("event.action: <5", "missing"),
    ("event.action >=", "missing"),
    ("()", "missing"),
    (": x", "missing"),
    ('event.action: "x" "y"', "unexpected"),
    ('event.action: "x" user.name: y', "unexpected"),
    ("event.action: a:b", "unexpected :"),
    ("event.action: x{y", "unexpected {"),
    # GRAMMAR, escapes
    ("event.action: x\\y", "escape"),
    ("event.action: x\\", "escape"),
    ("event.action: \\u00g0", "escape"),
    ("event.action: a\\T", "escape"),
    # GRAMMAR, And, Or, Not: with blanks around them; one not
    ('event.action: "x"and user.name: y', "unexpected"),
    ("(event.action: x)and user.name: y", "unexpected"),
    ("not(event.action: x)", "unexpected ("),
    ("event.action: x and not(user.name: y)", "unexpected ("),
    ("not not event.action: x", "missing"),
    ("event.action: not x", "missing"),
    ("event.action: cannot do", "unexpected"),
    ("event.action: *cannot do*", "unexpected"),
    ("event.action: x\u2003or user.name: y", "unexpected :"),
]


@pytest.mark.parametrize(("query", "why"), REJECTED)
def test_refuses_what_elastic_refuses(query: str, why: str) -> None:
    with pytest.raises(Rejected) as refusal:
        compile_query(query, EcsSchema())
    assert why in str(refusal.value)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("event.action: { a: b }", "nested"),
        ("event.*: x", "field name"),
        ("*: *", "field name"),
        (f"{TEXT}: x", "analysed"),
        (f"{TEXT}: x*", "analysed"),
        (f"{TEXT} >= x", "analysed"),
        ("two words", "several words"),
        ("two wor*", "several words"),
        ("@timestamp >= now-1d", "date math"),
        ("(" * (DEEPEST + 1) + "event.action: x" + ")" * (DEEPEST + 1), "deep"),
        ("event.action: " + "(" * (DEEPEST + 1) + "x" + ")" * (DEEPEST + 1), "deep"),
    ],
)
def test_says_what_it_cannot_evaluate(query: str, why: str) -> None:
    with pytest.raises(Unsupported) as refusal:
        compile_query(query, EcsSchema())
    assert why in str(refusal.value)


def test_brackets_beside_each_other_are_not_deep() -> None:
    assert selects(" and ".join(["((event.action: *))"] * (DEEPEST + 1)))


LONG = 100_000
HOSTILE = {
    "brackets": "(" * LONG,
    "closed brackets": "(" * LONG + "event.action: x" + ")" * LONG,
    "nots": "not " * (LONG // 4) + "event.action: x",
    "a value": "event.action: " + "a" * LONG,
    "blanks": "event.action: x" + " " * LONG + "or user.name: y",
    "blanks before a value": "event.action: " + " " * LONG + "x",
    "blanks that end a value": "event.action: x" + " " * LONG,
    "backslashes": "event.action: " + "\\" * LONG,
    "escapes": "event.action: " + "\\u0041" * (LONG // 6),
    "backslashes in quotes": 'event.action: "' + "\\" * LONG,
    "alternatives": " or ".join(["event.action: x"] * (LONG // 19)),
    "a list": "event.action: (" + " or ".join(["x"] * (LONG // 5)) + ")",
    "almost keywords": "event.action: " + "no an " * (LONG // 6),
    "wildcards": "event.action: " + "*a" * 5_000 + "b",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_queries_take_bounded_time(query: str) -> None:
    start = time.process_time()
    with suppress(Rejected, Unsupported):
        compile_query(query, EcsSchema())({"event.action": ["a" * 10_000]})
    assert time.process_time() - start < 5


PIECES = [
    *'ab x()*\\<{}n"',
    *(" and ", " or ", "not ", "and", "or", "not", ">=", ": ", "a: x", '"q"', "\xa0", "\\u0041"),
]


def test_agrees_with_another_parser_on_what_is_kql() -> None:
    """kibana-ql is a port of Kibana's grammar, written by others."""
    other = KqlParser()
    chosen = random.Random(1)
    taken = compared = 0
    for _ in range(3_000):
        query = "".join(chosen.choices(PIECES, k=chosen.randint(1, 9)))
        try:
            compile_query(query, Permissive())
            ours = True
        except Rejected:
            ours = False
        except Unsupported:
            continue
        try:
            other.parse(query)
            theirs = True
        except ParseError:
            theirs = False
        assert ours is theirs, query
        compared += 1
        taken += theirs
    assert taken > 100
    assert compared - taken > 100


@pytest.mark.parametrize("case", [c for c in cases() if c.target == "kql"], ids=str)
def test_each_query_that_we_make_compiles(case: Case) -> None:
    for conversion in conversions(case):
        for query in conversion.queries:
            compile_query(query, Permissive())
