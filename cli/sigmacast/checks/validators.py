"""The validators of pySigma and of SigmaHQ, run offline.

Each finding goes by the validator's own name, as in sigma-cli. With a profile, what it runs is what
that repository's own checks run, and each finding is an error, since they stop at any. Without one
all run that do not contradict or repeat each other; what SigmaHQ's find then weighs little, since
it is the style of one repository.

pySigma keeps validators with a state for all rules in one object; those run once, before the work
is divided among processes. The others have no state, and each process makes its own.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaRuleLocation
from sigma.rule import SigmaRule
from sigma.validators.base import (
    SigmaRuleValidator,
    SigmaValidationIssue,
    SigmaValidationIssueSeverity,
)

from sigmacast.attack import threat_of
from sigmacast.checks.base import Check, Issue, Subject
from sigmacast.checks.validator_data import use_own_data
from sigmacast.checks.validator_places import Place, Places
from sigmacast.checks.validator_table import (
    compares_entries,
    fields_of,
    hint_of,
    left_out,
    longest_list,
    place_of,
    without_data,
)
from sigmacast.diagnostics import Severity

CORE = "SC741"
SIGMAHQ = "SC742"
UNCHECKED = "SC743"
ATTACK_TAGS = "attacktag"
ATTACK_VERSION = "v19"
_SENTENCE = re.compile(r"\.\s")
"""After the first sentence, validators give advice; our table has it."""
MOST_FINDINGS = 50
"""How many findings of one validator in one rule are told each for itself."""
OTHERS_NAMED = 3
"""How many other rules a finding about several rules names."""

Rule = SigmaRule | SigmaCorrelationRule


@dataclass(frozen=True)
class _Validator:
    """One validator at work."""

    name: str
    code: str
    validator: SigmaRuleValidator


def run(subject: Subject) -> Iterator[Issue]:
    """What the validators of single rules find."""
    rule = _rule_of(subject)
    if rule is None:
        return
    profile = subject.options.profile
    places = Places(subject.source.data, rule if isinstance(rule, SigmaRule) else None)
    with _today(subject.options.today):
        judged = [
            (each, None if _takes_too_long(each, subject) else _judged(each, rule))
            for each in _of_single_rules(profile)
        ]
    for each, found in judged:
        if found is None:
            yield _unchecked(each.name, f"a list has more than {longest_list()} entries")
        elif isinstance(found, Exception):
            yield _failed(each.name, found, profile)
        else:
            yield from _issues(each, found, places, profile)
    if isinstance(rule, SigmaRule):
        yield from _undecided(subject)


def whole(subjects: Sequence[Subject]) -> Iterator[tuple[Subject, Issue]]:
    """What validators find that compare all rules; each rule concerned is told of the others."""
    if not subjects:
        return
    profile = subjects[0].options.profile
    rules = [(subject, rule) for subject in subjects if (rule := _rule_of(subject)) is not None]
    subject_of = {id(rule): subject for subject, rule in rules}
    for name, kind in _chosen(profile).items():
        if not _compares_rules(kind):
            continue
        validator = kind()
        each = _Validator(name, _code(name), validator)
        try:
            for _, rule in rules:
                validator.validate(rule)
            found = validator.finalize()
        except Exception as failure:  # as in _judged
            yield subjects[0], _failed(name, failure, profile)
            continue
        for issue in found:
            for rule in issue.rules:
                places = Places(subject_of[id(rule)].source.data, None)
                others = _others(issue.rules, rule, subject_of)
                for told in _issues(each, [issue], places, profile, others):
                    yield subject_of[id(rule)], told


def _takes_too_long(each: _Validator, subject: Subject) -> bool:
    if not compares_entries(each.name):
        return False
    return _longest(subject.source.data.get(str(place_of(each.name)[0]))) > longest_list()


def _judged(each: _Validator, rule: Rule) -> list[SigmaValidationIssue] | Exception:
    try:
        return each.validator.validate(rule)
    except Exception as failure:  # it met a value that its author did not expect
        return failure


def names() -> Sequence[str]:
    """All validators, by the names that sigma-cli has for them."""
    return sorted(_all())


@cache
def _all() -> Mapping[str, type[SigmaRuleValidator]]:
    from sigma.validators.core import validators as core

    return {**core, **_sigmahq()}


@cache
def _sigmahq() -> Mapping[str, type[SigmaRuleValidator]]:
    from sigma.validators.sigmahq import validators

    return validators


def _code(name: str) -> str:
    return SIGMAHQ if name in _sigmahq() else CORE


@cache
def _chosen(profile: str | None) -> Mapping[str, type[SigmaRuleValidator]]:
    """The validators that a profile runs, ready to work offline."""
    use_own_data()
    return {name: kind for name, kind in _all().items() if name not in left_out(profile)}


@cache
def _of_single_rules(profile: str | None) -> Sequence[_Validator]:
    return [
        _Validator(name, _code(name), kind())
        for name, kind in _chosen(profile).items()
        if not _compares_rules(kind)
    ]


def _compares_rules(kind: type[SigmaRuleValidator]) -> bool:
    return kind.finalize is not SigmaRuleValidator.finalize


def _rule_of(subject: Subject) -> Rule | None:
    """The rule as pySigma would have read it from its file; None for what it could not read."""
    source = subject.source
    rule: Rule | None = subject.rule or subject.correlation
    if rule is not None:
        rule = copy.copy(rule)
        # A validator may open the file again: a pipe would keep it waiting.
        rule.source = SigmaRuleLocation(Path(source.path)) if os.path.isfile(source.path) else None
    return rule


@contextmanager
def _today(day: date) -> Iterator[None]:
    """Let the validator that asks for the day (StatusToHigh) have that of the options."""
    from sigma.validators.sigmahq import status

    module: Any = status
    module.datetime = _Clock(day)
    try:
        yield
    finally:
        module.datetime = datetime


@dataclass(frozen=True, slots=True)
class _Clock:
    """Stands for ``datetime``, of which that validator uses nothing but ``now``."""

    day: date

    def now(self) -> datetime:
        return datetime.combine(self.day, time())


def _issues(
    each: _Validator,
    found: Sequence[SigmaValidationIssue],
    places: Places,
    profile: str | None,
    others: str = "",
) -> Iterator[Issue]:
    """The findings in the validator's own words, with what they name; one for each place."""
    groups: dict[tuple[str, Place], list[SigmaValidationIssue]] = {}
    for issue in found[:MOST_FINDINGS]:
        said = _SENTENCE.split(" ".join(issue.description.split()))[0].rstrip(".")
        place = places.of(issue, place_of(each.name), fields_of(each.name))
        groups.setdefault((said, place), []).append(issue)
    lacking = without_data(each.name)
    for (said, place), issues in groups.items():
        named = ", ".join(dict.fromkeys(filter(None, map(places.concrete, issues))))
        if lacking is not None:
            yield _unchecked(each.name, f"{lacking} ({named})", place)
            continue
        yield Issue(
            each.code,
            f"{said}{': ' if named else ''}{named}{others}",
            place.at,
            place.on_value,
            place.field,
            (_attack_hint(named) if each.name == ATTACK_TAGS else None) or hint_of(each.name),
            _severity(each.code, issues[0], profile),
            alias=each.name,
        )
    if len(found) > MOST_FINDINGS:
        more = f"{len(found) - MOST_FINDINGS} more findings of {each.name}"
        severity = _severity(each.code, found[-1], profile)
        yield Issue(each.code, more, place_of(each.name), severity=severity, alias=each.name)


def _severity(code: str, issue: SigmaValidationIssue, profile: str | None) -> Severity:
    if profile is not None:
        return Severity.ERROR
    weighs = {SigmaValidationIssueSeverity.HIGH}
    if code == CORE:
        weighs.add(SigmaValidationIssueSeverity.MEDIUM)
    return Severity.WARNING if issue.severity in weighs else Severity.NOTE


def _attack_hint(tag: str) -> str | None:
    """What ATT&CK has in place of an old id or of a name in another spelling."""
    threat = threat_of([tag], ATTACK_VERSION)
    names = [new.lower() for _, new in threat.replaced]
    names = names or [entry.tactic.shortname for entry in threat.entries]
    tags = ", ".join(f"attack.{name}" for name in names)
    return f"ATT&CK {ATTACK_VERSION} has {tags} in its place" if tags else None


def _others(rules: Sequence[Rule], rule: Rule, subject_of: Mapping[int, Subject]) -> str:
    """The files of the other rules that an issue concerns."""
    paths = [
        subject_of[id(each)].source.path for each in rules[: OTHERS_NAMED + 1] if each is not rule
    ][:OTHERS_NAMED]
    more = len(rules) - 1 - len(paths)
    return f" (also in {', '.join(paths)}{f' and {more} more' if more else ''})"


def _undecided(subject: Subject) -> Iterator[Issue]:
    """A note where a validator without its data would have had something to decide."""
    log_source = subject.source.data["logsource"]
    if log_source.get("product") != "windows" or not log_source.get("category"):
        return
    for each in _of_single_rules(subject.options.profile):
        lacking = without_data(each.name)
        test = next((one for one in subject.tests if one.field in fields_of(each.name)), None)
        if lacking is not None and test is not None:
            yield _unchecked(each.name, lacking, Place(test.at, field=test.field))


def _unchecked(name: str, why: str, place: Place | None = None) -> Issue:
    at = place or Place(place_of(name))
    message = f"{name} was not run: {why}"
    return Issue(UNCHECKED, message, at.at, at.on_value, at.field, alias=name)


def _failed(name: str, failure: Exception, profile: str | None) -> Issue:
    """A validator that stops; under a profile it would stop the repository's own check, too."""
    return Issue(
        UNCHECKED,
        f"{name} cannot judge the rule: {type(failure).__name__}: {failure}",
        place_of(name),
        hint="compare the part that it looks at with the specification",
        severity=None if profile is None else Severity.ERROR,
        alias=name,
    )


def _longest(data: Any) -> int:
    """The number of entries in the longest list of a part of a rule."""
    if isinstance(data, dict):
        return max(map(_longest, data.values()), default=0)
    if isinstance(data, list):
        return max(len(data), max(map(_longest, data), default=0))
    return 0


VALIDATORS = Check(
    "validators",
    "Conventions that the validators of pySigma and SigmaHQ know",
    (CORE, SIGMAHQ, UNCHECKED),
    run,
    whole,
    aliases=names,
)
