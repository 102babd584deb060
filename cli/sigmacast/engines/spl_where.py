"""What a condition of ``where`` selects: true, false or null, of which it keeps what is true.

Case counts, and AND binds closer than OR. Open points (:mod:`sigmacast.engines.spl_event`) are a
field with several values outside the multivalue functions, NOT of null, and the case of ``like``.
Source: Splunk Search Reference 10.0, where, comparison and conditional functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, product
from typing import TypeAlias

from sigmacast.engines.base import Rejected, Unsupported
from sigmacast.engines.spl_event import Data, Event, text_of
from sigmacast.engines.spl_functions import Evaluated, function, scalar
from sigmacast.engines.spl_search import ORDERS
from sigmacast.engines.spl_tree import And, Call, Compare, Field, Literal, Node, Not, Or
from sigmacast.engines.spl_values import NUMBERS, found, is_within, network, number, pcre
from sigmacast.engines.three_valued import conjunction, disjunction, negation

__all__ = ["condition", "value"]

Truth: TypeAlias = "bool | None"
Condition: TypeAlias = Callable[[Event], Truth]

MOST_COMBINATIONS = 1000
_OF_MANY = frozenset({"mvappend", "mvcount", "mvdedup", "mvfilter", "mvfind", "mvindex", "mvjoin"})


def condition(node: Node) -> Condition:
    """The truth of a condition for an event; raises Rejected and Unsupported as the parser does."""
    match node:
        case And(items):
            parts = [condition(item) for item in items]
            return lambda event: conjunction(part(event) for part in parts)
        case Or(items):
            parts = [condition(item) for item in items]
            return lambda event: disjunction(part(event) for part in parts)
        case Not(item):
            return _not(condition(item))
        case Compare(left, sign, right):
            one, other = value(left), value(right)
            return _of_single(node, lambda event: _compared(event, one(event), sign, other(event)))
        case Call("true" | "false" as name):
            return lambda _: name == "true"
        case Call("isnull" | "isnotnull" as name, (argument,)):
            wanted, inner = name == "isnull", value(argument)
            if isinstance(argument, Field):
                return lambda event: (inner(event) is None) is wanted
            return _of_single(argument, lambda event: (inner(event) is None) is wanted)
        case Call(name, arguments):
            return _of_single(node, _test(name, arguments))
    raise Unsupported(f"{type(node).__name__} in where")


def value(node: Node) -> Evaluated:
    """The value of an expression for an event; raises as :func:`condition` does."""
    match node:
        case Literal(constant):
            return lambda _: constant
        case Field(name):
            return lambda event: event.get(name)
        case Call("if", (asked, _, _)) | Call("case", (asked, *_)):
            return _choice(node.name, node.arguments)
        case Call("mvfilter", (asked,)):
            return _mvfilter(asked)
        case Call(name, arguments):
            return function(name, [value(argument) for argument in arguments], arguments)
    raise Unsupported(f"{type(node).__name__} as a value")


def _not(inner: Condition) -> Condition:
    def negated(event: Event) -> Truth:
        truth = inner(event)
        if truth is None:
            return event.choose("NOT of null in where", None, True)
        return negation(truth)

    return negated


def _choice(name: str, arguments: Sequence[Node]) -> Evaluated:
    """The value behind the first condition that is true; that of ``if`` has an alternative."""
    pairs = [
        (condition(arguments[at]), value(arguments[at + 1]))
        for at in range(0, len(arguments) - 1, 2)
    ]
    otherwise = value(arguments[2]) if name == "if" else None

    def chosen(event: Event) -> Data:
        for asked, result in pairs:
            if asked(event) is True:
                return result(event)
        return None if otherwise is None else otherwise(event)

    return chosen


def _mvfilter(asked: Node) -> Evaluated:
    """The values of the one field in a condition for which that is true."""
    names = set().union(*_fields(asked))
    if len(names) != 1:
        raise Rejected("mvfilter takes one field")
    (name,) = names
    test = condition(asked)

    def kept(event: Event) -> Data:
        texts = []
        for text in event.values(name):
            with event.instead({name: text}):
                texts += [text] if test(event) is True else []
        return texts if len(texts) > 1 else next(iter(texts), None)

    return kept


def _of_single(node: Node, test: Condition) -> Condition:
    """*test*, and for a field with several values all that it may say of them."""
    plain, in_lists = _fields(node)

    def answer(event: Event) -> Truth:
        several = sorted(name for name in plain if len(event.values(name)) > 1)
        if not several:
            return test(event)
        if in_lists.intersection(several):
            raise Unsupported("a field with several values, both as a list and as a single value")
        choices = product(*(event.values(name) for name in several))
        combinations = list(islice(choices, MOST_COMBINATIONS + 1))
        if len(combinations) > MOST_COMBINATIONS:
            raise Unsupported(f"more than {MOST_COMBINATIONS} combinations of values")
        combinations.append(tuple("\n".join(event.values(name)) for name in several))
        answers = []
        for combination in combinations:
            with event.instead(dict(zip(several, combination, strict=True))):
                answers.append(test(event))
        single = answers[:-1]
        return event.choose(
            "several values in where",
            disjunction(single),
            conjunction(single),
            single[0],
            answers[-1],  # the values as one text
            None,
        )

    return answer


def _fields(node: Node) -> tuple[set[str], set[str]]:
    """The fields whose single value a condition reads, and those that it reads as lists."""
    plain: set[str] = set()
    in_lists: set[str] = set()
    waiting = [(node, plain)]
    while waiting:
        found_node, names = waiting.pop()
        match found_node:
            case Field(name):
                names.add(name)
            case Call(name, arguments):
                inner = in_lists if name in _OF_MANY else names
                waiting += [(argument, inner) for argument in arguments]
            case Compare(left, _, right):
                waiting += [(left, names), (right, names)]
            case And(items) | Or(items):
                waiting += [(item, names) for item in items]
            case Not(item):
                waiting.append((item, names))
    return plain, in_lists


def _test(name: str, arguments: Sequence[Node]) -> Condition:
    """A function that is a condition: null for a value that is null."""
    match name, arguments:
        case "match", (tested, Literal(str(pattern))):
            expression = pcre(pattern)
            return _text_test(tested, lambda _, text: found(expression, text))
        case "like", (tested, Literal(str(pattern))):
            cased, folded = _like(pattern, ""), _like(pattern, "i")
            return _text_test(
                tested,
                lambda event, text: event.choose(
                    "whether case counts in like", found(cased, text), found(folded, text)
                ),
            )
        case "cidrmatch", (Literal(str(written)), tested):
            block = network(written)
            return _text_test(tested, lambda _, text: is_within(text, block))
        case "in", (tested, *listed):
            left, rights = value(tested), [value(item) for item in listed]
            return lambda event: disjunction(
                _compared(event, left(event), "=", right(event)) for right in rights
            )
    raise Unsupported(f"the function {name}")


def _text_test(node: Node, test: Callable[[Event, str], bool]) -> Condition:
    inner = value(node)

    def answer(event: Event) -> Truth:
        single = scalar(inner(event), "a condition")
        return None if single is None else test(event, text_of(single))

    return answer


def _like(pattern: str, flags: str) -> object:
    import re2

    if "\\" in pattern:
        raise Unsupported("a backslash in like")
    while "%%" in pattern:
        pattern = pattern.replace("%%", "%")
    body = "".join({"%": ".*", "_": "."}.get(char) or re2.escape(char) for char in pattern)
    return pcre(f"(?s{flags})^(?:{body})\\z")


def _compared(event: Event, left: Data, sign: str, right: Data) -> Truth:
    """Numeric if both sides are numbers, else by their texts, in which case counts."""
    one, other = scalar(left, "a comparison"), scalar(right, "a comparison")
    if one is None or other is None:
        return None
    numbers = _number(event, one), _number(event, other)
    are_texts = isinstance(one, str) and isinstance(other, str)
    if sign in ORDERS:
        if None not in numbers:
            return ORDERS[sign](*numbers)
        by_text = ORDERS[sign](text_of(one), text_of(other))
        return by_text if are_texts else event.choose(_MIXED, by_text, None)
    if None not in numbers and not are_texts:
        equal: Truth = numbers[0] == numbers[1]
    elif not are_texts:
        equal = event.choose(_MIXED, False, None)
    elif None not in numbers and numbers[0] == numbers[1]:
        equal = one == other or event.choose(
            "whether two texts of one number are equal", False, True
        )
    else:
        equal = one == other
    return negation(equal) if sign == "!=" else equal


_MIXED = "the comparison of a text and a number"


def _number(event: Event, single: str | float) -> float | None:
    return single if isinstance(single, float) else event.choose(NUMBERS, *number(single))
