"""Commands whose texts are taken as they are.

Typer builds a pydantic adapter for each parameter, which costs more time than converting a rule.
A text needs no conversion; anything else, and every error, still goes Typer's way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand, TyperGroup

_OTHER = object()


class PlainCommand(TyperCommand):
    """To be given as ``cls`` to a command with parameters of type ``str`` and ``list[str]``."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, ``--help`` among them."""
        return _made_plain(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same for the options before a command."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, ``--help`` and those for completion among them."""
        return _made_plain(super().get_params(ctx))


def _made_plain(parameters: list[Any]) -> list[Any]:
    for parameter in parameters:
        if not hasattr(parameter, "made_plain"):
            parameter.process_value = _plain(parameter, parameter.process_value)
            parameter.made_plain = True
    return parameters


def _plain(parameter: Any, process: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    many = parameter.multiple or parameter.nargs == -1

    def process_value(context: Any, value: Any) -> Any:
        plain = _plain_value(value, many=many, required=parameter.required)
        if plain is _OTHER:
            return process(context, value)
        if parameter.callback is not None:
            return parameter.callback(context, parameter, plain)
        return plain

    return process_value


def _plain_value(value: Any, *, many: bool, required: bool) -> Any:
    """What Typer would make of a text or of nothing; ``_OTHER`` for the rest."""
    if value is None and not required:
        return () if many else None
    if many and value and all(isinstance(item, str) for item in value):
        return list(value)
    if not many and isinstance(value, str):
        return value
    return _OTHER
