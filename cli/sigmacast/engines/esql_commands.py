"""Reads a query of ES|QL: ``from`` and the commands behind it.

Sources: elasticsearch ``x-pack/plugin/esql/src/main/antlr/EsqlBaseParser.g4``, ``EsqlParser`` (the
longest statement); Elasticsearch documentation, ``esql/esql-metadata-fields.md``.
"""

from __future__ import annotations

import re

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.esql_parser import ExpressionParser
from sigmacast.engines.esql_tokens import BLANK, EXPRESSION, PROJECTION, SOURCE, tokens
from sigmacast.engines.esql_tree import Command, Eval, Keep, Limit, Query, Sort, Where
from sigmacast.engines.reading import Reader

LONGEST = 1_000_000
"""Characters of a statement."""
METADATA = frozenset(
    "_id _ignored _index _index_mode _score _size _slice _source _tier _version".split()
)
OTHER_SOURCES = frozenset("explain promql row set show ts".split())
OTHER_COMMANDS = frozenset(
    (
        "change_point completion dissect drop enrich fork fuse grok inline inlinestats insist join "
        "lookup metrics_info mv_expand registered_domain rename rerank sample stats ts_info "
        "uri_parts user_agent"
    ).split()
)
_WORD = re.compile(r"[^ \r\n\t\[\]/]+")
_PIECE = re.compile(r"`((?:[^`]|``)+)`|(\*+)|([^`*]+)")


def parse(query: str) -> Query:
    """The commands of a query.

    Raises Rejected for what Elasticsearch does not parse, and Unsupported for other sources than
    ``from`` and commands that change the rows.
    """
    if len(query) > LONGEST:
        raise Rejected(f"a statement of more than {LONGEST:,} characters")
    word, at = _command(query, 0)
    if word in OTHER_SOURCES:
        raise Unsupported(f"a query that begins with {word}")
    if word != "from":
        raise Rejected("a query begins with from")
    found, at = tokens(SOURCE, query, at)
    metadata = _source(Reader(found, at))
    commands: list[Command] = []
    while at < len(query):
        word, at = _command(query, at + 1)
        found, at = tokens(PROJECTION if word == "keep" else EXPRESSION, query, at)
        commands.append(_parsed(word, Reader(found, at)))
    return Query(metadata, tuple(commands))


def _command(query: str, at: int) -> tuple[str, int]:
    """The word that names a command, in lower case, and where it ends.

    Any character but a blank or a comment belongs to it, so that ``where(`` is no command.
    """
    while (blank := BLANK.match(query, at)) is not None:
        at = blank.end()
    word = _WORD.match(query, at)
    if word is None:
        raise Rejected(f"expected a command at {at}")
    return word.group().lower(), word.end()


def _source(reader: Reader) -> tuple[str, ...]:
    """The names that ``metadata`` asks for."""
    _index(reader)
    while reader.skips("operator", ","):
        _index(reader)
    if reader.sees("operator", "["):
        raise Unsupported("metadata in brackets, which newer versions refuse")
    names: list[str] = []
    if _is_metadata(reader):
        reader.take()
        names.append(reader.expect("part").text)
        while reader.skips("operator", ","):
            names.append(reader.expect("part").text)
    if not reader.sees("end"):
        raise reader.unexpected("the end of from")
    for name in names:
        if name not in METADATA:
            raise Rejected(f"unresolved metadata pattern [{name}]")
    return tuple(names)


def _is_metadata(reader: Reader) -> bool:
    return reader.sees("part") and reader.token.text.lower() == "metadata"


def _index(reader: Reader) -> None:
    """``index``, ``cluster:index`` or ``index::selector``; a name may be a string."""
    if reader.sees("operator", "("):
        raise Unsupported("a query within from")
    if not (reader.skips("string") or reader.skips("raw")):
        if _is_metadata(reader):
            raise reader.unexpected("an index")
        reader.expect("part")
    if reader.skips("operator", ":", "::") and not reader.skips("string"):
        reader.expect("part")


def _parsed(word: str, reader: Reader) -> Command:
    command: Command
    parser = ExpressionParser(reader)
    match word:
        case "where":
            command = Where(parser.expression())
        case "eval":
            command = _eval(reader, parser)
        case "keep":
            command = _keep(reader)
        case "sort":
            command = _sort(reader, parser)
        case "limit":
            reader.expect("integer")
            command = Limit()
        case _ if word in OTHER_COMMANDS:
            raise Unsupported(f"the command {word}")
        case _:
            raise Rejected(f"the command {word} is not known")
    if not reader.sees("end"):
        raise reader.unexpected(f"the end of {word}")
    return command


def _eval(reader: Reader, parser: ExpressionParser) -> Eval:
    columns = []
    while True:
        name = _named(reader, parser)
        expression = parser.expression()
        if name is None:
            raise Unsupported("a column without a name")
        columns.append((name, expression))
        if not reader.skips("operator", ","):
            return Eval(tuple(columns))


def _named(reader: Reader, parser: ExpressionParser) -> str | None:
    """The name before ``=``, if there is one."""
    ahead = 0
    while reader.ahead(ahead).kind in ("name", "quoted") or reader.ahead(ahead).text == ".":
        ahead += 1
    if not ahead or reader.ahead(ahead).kind != "operator" or reader.ahead(ahead).text != "=":
        return None
    name = parser.name()
    reader.expect("operator", "=")
    return name


def _sort(reader: Reader, parser: ExpressionParser) -> Sort:
    keys = []
    while True:
        keys.append(parser.expression())
        reader.skips("keyword", "asc", "desc")
        if reader.skips("keyword", "nulls"):
            reader.expect("keyword", "first", "last")
        if not reader.skips("operator", ","):
            return Sort(tuple(keys))


def _keep(reader: Reader) -> Keep:
    names = [_pieces(reader)]
    while reader.skips("operator", ","):
        names.append(_pieces(reader))
    return Keep(tuple(names))


def _pieces(reader: Reader) -> tuple[str, ...]:
    """A name in pieces, between which a ``*`` stood."""
    pieces = [""]
    while True:
        for quoted, star, plain in _PIECE.findall(reader.expect("pattern").text):
            if star:
                pieces.append("")
            else:
                pieces[-1] += quoted.replace("``", "`") or plain
        if not reader.skips("operator", "."):
            return tuple(pieces)
        pieces[-1] += "."
