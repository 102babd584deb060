"""sigmacast: write a detection once, cast it to every SIEM.

The library's public face: ``load`` rules, ``convert`` them, or make a ``matcher`` of one. Each
imports what it needs when it is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sigmacast.converting import Conversion
    from sigmacast.loading import Ruleset, RuleSource
    from sigmacast.matching.rules import Matcher
    from sigmacast.options import Options

__all__ = ["__version__", "convert", "load", "matcher"]
__version__ = "0.1.0"


def load(paths: Iterable[str | Path], filters: Iterable[str | Path] = ()) -> Ruleset:
    """Load Sigma rules from files and folders; see ``sigmacast.loading.load``."""
    from sigmacast.loading import load as load_rules

    return load_rules(paths, filters)


def convert(
    rules: Ruleset,
    targets: Sequence[str],
    options: Options | None = None,
    *,
    strict: bool = False,
) -> Iterator[Conversion]:
    """Convert loaded rules to targets such as ``["kql", "splunk"]``, one result for each pair.

    Raises UsageError for an unknown target or pipeline; what is wrong with a rule is in its
    result, as ``error``.
    """
    from sigmacast.converting import casters
    from sigmacast.converting import convert as convert_rules
    from sigmacast.options import Options as DefaultOptions

    return convert_rules(rules, casters(targets, options or DefaultOptions()), strict=strict)


def matcher(rule: RuleSource, filters: Sequence[RuleSource] = ()) -> Matcher:
    """A rule as a predicate on raw CloudTrail events: ``matches(event)``, ``why(event)``.

    Raises sigmacast.diagnostics.Refusal for a rule that cannot be matched on events.
    """
    from sigmacast.matchers import matcher as matcher_of

    return matcher_of(rule, filters)
