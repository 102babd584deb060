"""The conditions of SPL, read into a tree: those of search, and those of where and eval.

Sources: Splunk Search Reference (search, where, comparison and multivalue functions), Search
Manual (backslashes, CASE); names with ``{} - :`` as in the Splunk Add-on for AWS.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from sigmacast.engines.base import Unsupported
from sigmacast.engines.spl_tokens import KEYWORDS, Tokens
from sigmacast.engines.spl_tree import (
    And,
    Call,
    Compare,
    Field,
    Literal,
    Macro,
    Matches,
    Node,
    Not,
    Or,
    Text,
    Value,
)
from sigmacast.engines.spl_values import network, pcre

__all__ = ["FUNCTIONS", "Conditions", "Function"]


class Function(NamedTuple):
    """What a function takes, and whether it is a condition.

    Arguments by letter: v value, s value that is no literal, t text, r regular expression,
    n network, i whole number, b condition. The last *repeats* of them come any number of times,
    those after the first *least* may be missing.
    """

    arguments: str
    condition: bool = False
    repeats: int = 0
    least: int | None = None

    def kind(self, index: int) -> str | None:
        """The letter of the argument at *index*, None if there can be none."""
        beyond = index - len(self.arguments)
        if beyond < 0:
            return self.arguments[index]
        return self.arguments[beyond % self.repeats - self.repeats] if self.repeats else None

    def takes(self, count: int) -> bool:
        """Whether that many arguments are enough and make whole repetitions."""
        most = len(self.arguments)
        if count <= most:
            return count >= (most if self.least is None else self.least)
        return self.repeats > 0 and (count - most) % self.repeats == 0


FUNCTIONS = {
    "case": Function("bv", repeats=2),
    "cidrmatch": Function("nv", condition=True),
    "coalesce": Function("v", repeats=1),
    "false": Function("", condition=True),
    "if": Function("bvv"),
    "in": Function("sv", condition=True, repeats=1),
    "isnotnull": Function("s", condition=True),
    "isnull": Function("s", condition=True),
    "json_extract": Function("vt", repeats=1, least=1),
    "len": Function("v"),
    "like": Function("st", condition=True),
    "lower": Function("v"),
    "match": Function("sr", condition=True),
    "md5": Function("v"),
    "mvappend": Function("v", repeats=1),
    "mvcount": Function("s"),
    "mvdedup": Function("s"),
    "mvfilter": Function("b"),
    "mvfind": Function("sr"),
    "mvindex": Function("sii", least=2),
    "mvjoin": Function("st"),
    "now": Function(""),
    "null": Function(""),
    "relative_time": Function("vt"),
    "replace": Function("srt"),
    "spath": Function("vt"),
    "substr": Function("vii", least=2),
    "tonumber": Function("vv", least=1),
    "tostring": Function("vv", least=1),
    "true": Function("", condition=True),
    "upper": Function("v"),
}
_COMPARISONS = ("=", "==", "!=", "<", "<=", ">", ">=")
_ESCAPED_STAR = re.compile(r"(?<!\\)(?:\\\\)*\\\*")
_BARE_VALUE = re.compile(r"[\w.*:/@{}$+-]+")
_NUMBER = re.compile(r"-?\d{1,300}(?:\.\d{1,300})?")


class _Search(Tokens):
    """The conditions of search: NOT before OR before AND, which may be left out."""

    def search_all(self) -> Node:
        """Conditions that must all hold, up to the end of the command or the bracket."""
        items = [self._search_any()]
        while not self.ends():
            self.accept("word", "AND")
            items.append(self._search_any())
        return And(tuple(items)) if len(items) > 1 else items[0]

    def _search_any(self) -> Node:
        items = self.chain(self._search_not, "OR")
        return Or(tuple(items)) if len(items) > 1 else items[0]

    def _search_not(self) -> Node:
        if self.accept("word", "NOT"):
            with self.deeper():
                return Not(self._search_not())
        return self._search_term()

    def _search_term(self) -> Node:
        if self.accept("sign", "("):
            with self.deeper():
                inner = self.search_all()
            self.expect(")")
            return inner
        if self.token.kind == "macro":
            return Macro(self.take().strip("`"))
        if self.sees("word", "IN", ahead=1):
            return self._search_in()
        if self.sees("sign", *_COMPARISONS, ahead=1):
            return self._search_comparison()
        if self.token.kind != "text":
            self._refuse_term()
        if not self.free_text:
            self.give_up(f"{self.token.text} belongs to no field,")
        return Text(self._search_value())

    def _refuse_term(self) -> None:
        if self.token.kind in ("word", "name") and self.token.text not in KEYWORDS:
            self.give_up(f"{self.token.text} is text without quotes,")
        self.fail(f"{self.token.text or 'nothing'} is no condition")

    def _search_in(self) -> Node:
        field = self.name()
        self.take()
        self.expect("(")
        values = [self._search_value()]
        while self.accept("sign", ","):
            values.append(self._search_value())
        self.expect(")")
        return Or(tuple(Matches(field, "=", value) for value in values))

    def _search_comparison(self) -> Node:
        field, operator = self.name(), self.take()
        if operator == "==":
            self.give_up("== in search")
        value = self._search_value(may_be_cased=operator == "=")
        if operator not in ("=", "!=") and "*" in value.text:
            self.give_up(f"a wildcard after {operator}")
        return Matches(field, operator, value)

    def _search_value(self, *, may_be_cased: bool = False) -> Value:
        text = self.token.text
        if self.token.kind == "text":
            if _ESCAPED_STAR.search(text):
                self.give_up("a backslash before a star, which is no escape in search,")
            return Value(self.quoted())
        if may_be_cased and text == "CASE" and self.sees("sign", "(", ahead=1):
            self.next += 2
            value = self._search_value()
            self.expect(")")
            return Value(value.text, cased=True)
        if not _BARE_VALUE.fullmatch(text) or text.upper() in KEYWORDS:
            reason = f"{text or 'nothing'} is no value without quotes"
            if self.token.kind == "word" and text not in KEYWORDS:
                self.give_up(reason)
            self.fail(reason)
        return Value(self.take())


class Conditions(_Search):
    """Adds the conditions and values of where and eval: NOT before AND before OR."""

    def condition(self) -> Node:
        """What is true, false or null."""
        items = self.chain(self._condition_all, "OR")
        return Or(tuple(items)) if len(items) > 1 else items[0]

    def _condition_all(self) -> Node:
        items = self.chain(self._condition_not, "AND")
        return And(tuple(items)) if len(items) > 1 else items[0]

    def _condition_not(self) -> Node:
        if self.accept("word", "NOT"):
            with self.deeper():
                return Not(self._condition_not())
        return self._comparison()

    def _comparison(self) -> Node:
        if self.accept("sign", "("):
            with self.deeper():
                inner = self.condition()
            self.expect(")")
            return inner
        left = self._operand()
        if isinstance(left, Call) and FUNCTIONS[left.name].condition:
            return left
        if isinstance(left, Literal):
            self.give_up("text or a number on the left of a comparison")
        if self.accept("word", "IN"):
            self.expect("(")
            return self._call("in", left)
        if not self.sees("sign", *_COMPARISONS):
            self._refuse_condition()
        return Compare(left, self.take(), self.value())

    def _refuse_condition(self) -> None:
        """Nothing but a value, unless brackets or arithmetic make more of it."""
        if self.sees("sign", ")") or (
            self.token.kind == "word" and self.token.text not in ("AND", "OR")
        ):
            self.give_up("an expression that we do not know")
        self.fail("a value is no condition")

    def value(self) -> Node:
        """Text, a number, some values, or null."""
        found = self._operand()
        if isinstance(found, Call) and FUNCTIONS[found.name].condition:
            self.fail(f"{found.name} is a condition, no value")
        return found

    def _operand(self) -> Node:
        text = self.token.text
        if self.token.kind == "text":
            return Literal(self.quoted())
        if _NUMBER.fullmatch(text):
            return Literal(float(self.take()))
        if self.token.kind == "word" and self.sees("sign", "(", ahead=1):
            if text not in FUNCTIONS:
                self.give_up(f"{text} is no function that we know")
            self.next += 2
            with self.deeper():
                return self._call(text)
        return Field(self.eval_name())

    def _call(self, name: str, *given: Node) -> Node:
        """The arguments of a function, up to its closing bracket; IN gives the first before it."""
        function = FUNCTIONS[name]
        arguments = list(given)
        while not self.accept("sign", ")"):
            if len(arguments) > len(given):
                self.expect(",")
            kind = function.kind(len(arguments))
            if kind is None:
                self.fail(f"{name} takes {len(function.arguments)} arguments")
            arguments.append(self.condition() if kind == "b" else self._argument(name, kind))
        if not function.takes(len(arguments)):
            self.fail(f"{name} takes other than {len(arguments)} arguments")
        return Call(name, tuple(arguments))

    def _argument(self, name: str, kind: str) -> Node:
        found = self.value()
        literal = found.value if isinstance(found, Literal) else None
        if kind == "s" and literal is not None:
            self.give_up(f"{name} of {literal!r}")
        if kind in "trn" and not isinstance(literal, str):
            self.give_up(f"{name} with other than a text in quotes")
        if kind == "i" and not (isinstance(literal, float) and literal.is_integer()):
            self.give_up(f"{name} with other than a whole number")
        if kind == "r":
            with suppress(Unsupported):  # it is still SPL, and who evaluates it is told again
                pcre(str(literal))
        if kind == "n":
            network(str(literal))
        return found
