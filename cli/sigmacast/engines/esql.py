"""What a ``from … | where …`` query of ES|QL selects in Elasticsearch.

Sources: Elasticsearch documentation, ``esql/`` (operators, functions, ``limitations.md``,
``esql-multivalued-fields.md``); elasticsearch ``x-pack/plugin/esql`` (``Analyzer``, ``Verifier``);
our facts, "ES|QL".

- Comparisons mind case; a missing field gives null, and so does an operator or a function on a
  field of several values, but for ``mv_`` functions; ``where`` keeps what is true.
- ``keep``, ``sort`` and ``limit`` neither add nor drop what a predicate can tell.
- Rejected: a column that the mapping lacks, that ``keep`` dropped, or of type ``flattened``; types
  that do not fit; functions that the stack does not have; an expression too deep (``esql_parser``).
- Unsupported: commands that make other rows, a ``where`` after a ``limit``, metadata as a value,
  arithmetic, conversions, full-text search. Where ``to_lower(f)`` meets one text or pattern,
  Elasticsearch searches without case instead (``ReplaceStringCasingWithInsensitiveEquals``,
  ``…RegexMatch``), by Lucene 9 only in the letters of ASCII: so is a document of which that
  says something else, and a text that is not in lower case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sigmacast.engines.base import Document, Predicate, Rejected, Schema, Unsupported
from sigmacast.engines.eql_tree import (
    Arithmetic,
    Call,
    Compare,
    Field,
    Literal,
    Logic,
    Lookup,
    Node,
    Not,
)
from sigmacast.engines.esql_calls import called
from sigmacast.engines.esql_columns import KINDS, NULL, Column, Test, compared, constant, stored
from sigmacast.engines.esql_commands import METADATA, parse
from sigmacast.engines.esql_functions import OLDEST
from sigmacast.engines.esql_tree import IS_NULL, LIST, Command, Eval, Keep, Limit, Sort, Where
from sigmacast.engines.lucene_patterns import expression_test, folded, wildcard_test
from sigmacast.engines.reading import DEEPEST
from sigmacast.engines.three_valued import conjunction, disjunction, negation

LONGEST_EXPRESSION = 1000
"""``index.max_regex_length``, for an expression that is searched in the index."""
RLIKE_LISTS = (9, 2)
"""The first stack that has them."""
_METADATA = "metadata"


def compile_query(query: str, schema: Schema, *, stack: tuple[int, int] = OLDEST) -> Predicate:
    """Whether *query* selects a document, on an Elastic Stack of this version or later.

    Raises Rejected for what Elasticsearch answers with an error, and Unsupported for what is
    beyond this evaluator; the predicate raises Unsupported for a text in other letters than ASCII,
    of which versions of Elasticsearch say different things.
    """
    parsed = parse(query)
    compiler = _Compiler(schema, parsed.metadata, stack)
    tests: list[Test] = []
    limited = False
    for command in parsed.commands:
        if limited and isinstance(command, Where):
            raise Unsupported("a condition after a limit")
        limited = limited or isinstance(command, Limit)
        test = compiler.run(command)
        if test is not None:
            tests.append(test)
    return lambda document: all(test(document) is True for test in tests)


class _Compiler:
    """The columns that there are after some commands."""

    def __init__(
        self, schema: Schema, metadata: Sequence[str], stack: tuple[int, int] = OLDEST
    ) -> None:
        self.schema = schema
        self.metadata = metadata
        self.stack = stack
        self.made: dict[str, Column] = {}
        self.depths: dict[str, int] = {}
        self.built_on = 0
        self.kept: list[list[Callable[[str], bool]]] = []

    def run(self, command: Command) -> Test | None:
        """Follow a command; the condition that it sets, if it does."""
        match command:
            case Where(condition):
                return self.condition(condition)
            case Eval(columns):
                for name, node in columns:
                    self.make(name, node)
            case Sort(keys):
                for key in keys:
                    self.column(key)
            case Keep(names):
                self.keep(names)
        return None

    def make(self, name: str, node: Node) -> None:
        self.built_on = 0
        column = self.column(node)
        depth = self.built_on + _depth(node)
        if depth > DEEPEST:
            raise Unsupported(f"columns built on each other, more than {DEEPEST} deep")
        self.made[name] = column
        self.depths[name] = depth

    def keep(self, names: Sequence[tuple[str, ...]]) -> None:
        for pieces in names:
            if len(pieces) == 1 and pieces[0] not in self.made:
                self.stored_type(pieces[0])
        self.kept.append([_named(pieces) for pieces in names])
        kept = {name: column for name, column in self.made.items() if self.is_kept(name)}
        self.made = kept

    def is_kept(self, name: str) -> bool:
        return all(any(fits(name) for fits in names) for names in self.kept)

    # --- conditions ---

    def condition(self, node: Node) -> Test:
        """A node as a function that is true, false or null."""
        match node:
            case Not(inner):
                test = self.condition(inner)
                return lambda document: negation(test(document))
            case Logic(operator, terms):
                return _joined(operator, [self.condition(term) for term in terms])
            case Compare("!=", left, right):
                return self.condition(Not(Compare("==", left, right)))
            case Compare(operator, left, right):
                return _compared(operator, self.column(left), self.column(right))
            case Lookup("in"):
                return self.is_in(node)
            case Lookup(operator, operand) if operator == IS_NULL:
                column = self.column(operand)
                return lambda document: column.get(document) is None
            case Lookup():
                return self.matched(node)
        column = self.column(node)
        if column.kind not in ("boolean", "null"):
            raise Rejected(f"a condition needs to be boolean, not {column.kind}")
        return column.single

    def is_in(self, node: Lookup) -> Test:
        operand = self.column(node.operand)
        values = [self.column(value) for value in node.values]
        if len(values) == 1:
            return _compared("==", operand, values[0])
        return _joined("or", [compared("==", operand, value) for value in values])

    def matched(self, node: Lookup) -> Test:
        """``like`` and ``rlike``, whose patterns are texts by the grammar."""
        operand = self.column(node.operand)
        patterns = [str(each.value) for each in node.values if isinstance(each, Literal)]
        if operand.kind not in ("text", "null"):
            raise Rejected(f"{node.operator} needs a text, not {operand.kind}")
        if node.operator == "rlike" and len(patterns) > 1 and self.stack < RLIKE_LISTS:
            raise Rejected("this stack has no list of rlike")
        make = _like if node.operator == "like" else _rlike
        is_searched = len(patterns) == 1 and (operand.uncased or operand).field
        if make is _rlike and is_searched and len(patterns[0]) > LONGEST_EXPRESSION:
            raise Rejected(f"an expression of more than {LONGEST_EXPRESSION} characters")
        tests = [make(pattern, False) for pattern in patterns]

        def test(document: Document) -> bool | None:
            text = operand.single(document)
            return None if text is None else any(fits(text) for fits in tests)

        if operand.uncased is None or len(patterns) > 1:
            return test
        return _without_case(test, operand, patterns[0], make(patterns[0], True))

    # --- columns ---

    def column(self, node: Node) -> Column:
        """A node as a value."""
        match node:
            case Literal(None):
                return NULL
            case Literal(bool() as value):
                return constant("boolean", value)
            case Literal(str() as value):
                return constant("text", value)
            case Literal(value):
                return constant("number", value)
            case Field(name):
                return self.field(name)
            case Call(name, arguments) if name == LIST:
                items = [self.column(argument) for argument in arguments]
                values = tuple(item.literal for item in items)
                several = values if len(values) > 1 else values[0]
                return Column(items[0].kind, lambda document: several)
            case Call(name, arguments):
                return called(name, [self.column(each) for each in arguments], self.stack)
            case Arithmetic(operator, left, right):
                for operand in (self.column(left), self.column(right)):
                    if operand.kind not in ("number", "date", "null"):
                        raise Rejected(f"{operator} needs numbers, not {operand.kind}")
                raise Unsupported("arithmetic")
        return Column("boolean", self.condition(node))

    def field(self, name: str) -> Column:
        if name in self.made:
            self.built_on = max(self.built_on, self.depths[name])
            return self.made[name]
        kind = self.stored_type(name)
        if kind == _METADATA:
            raise Unsupported(f"the metadata field {name}")
        if kind not in KINDS:
            raise Rejected(f"cannot use field [{name}] with unsupported type [{kind}]")
        return stored(name, kind)

    def stored_type(self, name: str) -> str:
        """The type of a column that no ``eval`` made; raises Rejected if there is none."""
        if not self.is_kept(name):
            raise Rejected(f"unknown column [{name}], which keep has dropped")
        if name in METADATA and name in self.metadata:
            return _METADATA
        kind = self.schema.type_of(name)
        if kind is None:
            raise Rejected(f"unknown column [{name}]")
        return kind


def _depth(node: Node) -> int:
    """How deep an expression nests; the parser has bounded it."""
    match node:
        case Not(inner):
            below: tuple[Node, ...] = (inner,)
        case Logic(_, nodes) | Call(_, nodes):
            below = nodes
        case Compare(_, left, right):
            below = (left, right)
        case Lookup(_, operand, values):
            below = (operand, *values)
        case _:
            below = ()
    return 1 + max(map(_depth, below), default=0)


def _named(pieces: tuple[str, ...]) -> Callable[[str], bool]:
    if len(pieces) == 1:
        return lambda name: name == pieces[0]
    return wildcard_test("*".join(piece.replace("\\", "\\\\") for piece in pieces))


def _joined(operator: str, tests: Sequence[Test]) -> Test:
    join = conjunction if operator == "and" else disjunction
    return lambda document: join(test(document) for test in tests)


def _like(pattern: str, ignore_case: bool) -> Callable[[str], bool]:
    """A test by ``*`` and ``?``; only these and the backslash can be escaped."""
    at = 0
    while (at := pattern.find("\\", at)) >= 0:
        if pattern[at + 1 : at + 2] not in tuple("*?\\"):
            raise Rejected(f"invalid pattern for LIKE [{pattern}]: invalid escape at {at}")
        at += 2
    return wildcard_test(pattern, ignore_case=ignore_case)


def _rlike(pattern: str, ignore_case: bool) -> Callable[[str], bool]:
    return expression_test(pattern, ignore_case=ignore_case)


def _compared(operator: str, left: Column, right: Column) -> Test:
    test = compared(operator, left, right)
    for changed, other in ((left, right), (right, left)):
        if operator == "==" and changed.uncased is not None and isinstance(other.literal, str):
            return _without_case(test, changed, other.literal, _equal(other.literal))
    return test


def _equal(literal: str) -> Callable[[str], bool]:
    sought = folded(literal)
    return lambda text: folded(text) == sought


def _without_case(
    test: Test, changed: Column, literal: str, searched: Callable[[str], bool]
) -> Test:
    """*test*, where the search without case that replaces it says the same."""
    case, original = changed.case, changed.uncased
    if case is None or original is None:
        return test
    if case(literal) != literal:
        raise Unsupported(f"a change of case compared with {literal!r}, which has the other case")

    def settled(document: Document) -> bool | None:
        truth = test(document)
        text = original.single(document)
        if truth is not None and isinstance(text, str) and searched(text) is not truth:
            raise Unsupported("the case of letters beyond ASCII")
        return truth

    return settled
