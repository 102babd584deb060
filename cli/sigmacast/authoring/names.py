"""Names in a new rule, compared with what AWS, CloudTrail and ATT&CK have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sigmacast import aws
from sigmacast.attack import VERSIONS, Technique, attack
from sigmacast.authoring.draft import NAME, SOURCE, FieldTest
from sigmacast.checks import CheckOptions, Issue, Subject, aws_known
from sigmacast.checks.aws_names import AWS_NAMES
from sigmacast.checks.aws_parameters import AWS_PARAMETERS, operations_of
from sigmacast.checks.aws_pins import pinned_tests
from sigmacast.checks.aws_sources import AWS_SOURCES
from sigmacast.checks.fields import FIELDS
from sigmacast.diagnostics import CODES, Severity, either
from sigmacast.errors import UsageError, nearest
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.matching.comparing import fold
from sigmacast.naming import CLOUDTRAIL
from sigmacast.rule_files import STDIN
from sigmacast.rule_form import Kind

NEWEST = VERSIONS[-1]
"""The version whose tactics SigmaHQ's tags name since April 2026."""
_CHECKS = (AWS_SOURCES, AWS_NAMES, AWS_PARAMETERS, FIELDS)


def strange_names(tests: Sequence[FieldTest], seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """What no known record has in a selection of these tests: in words, ready to be shown.

    By the checks of rules, and by what only somebody who is writing one wants to hear. *seen* are
    fields that an event has, whatever the catalogues say.
    """
    subject = _subject(tests)
    for check in _CHECKS:
        for issue in check.run(subject) if check.run is not None else ():
            assert isinstance(issue, Issue)
            weight = issue.severity or CODES[issue.code].severity
            if weight is not Severity.NOTE and (issue.field in _EVENT or issue.field not in seen):
                yield f"{issue.message}; {issue.hint}" if issue.hint else issue.message
    yield from _other_spellings(subject)
    yield from _strange_values(subject, seen)


def techniques_of(ids: Iterable[str]) -> tuple[tuple[Technique, ...], tuple[tuple[str, str], ...]]:
    """The techniques of some ids, and pairs of an id and of the one that has taken its place.

    Raises UsageError for an id that ATT&CK does not have.
    """
    matrix = attack(NEWEST)
    found: dict[str, Technique] = {}
    replaced: list[tuple[str, str]] = []
    for given in ids:
        id = given.strip().upper().removeprefix("ATTACK.")
        technique = matrix.technique(matrix.replacements.get(id, id))
        if technique is None:
            parent = id.partition(".")[0]
            guess = parent if parent in matrix.techniques else None
            raise UsageError(f"--attack: ATT&CK {NEWEST} has no technique '{given}'{_meant(guess)}")
        found[technique.id] = technique
        if technique.id != id:
            replaced.append((id, technique.id))
    return tuple(found[id] for id in sorted(found)), tuple(replaced)


def tags_of(techniques: Sequence[Technique]) -> list[str]:
    """SigmaHQ's tags: each tactic of each technique in the matrix's order, then the techniques."""
    tactics = {tactic for technique in techniques for tactic in technique.tactics}
    ordered = [each.shortname for each in attack(NEWEST).tactics if each.shortname in tactics]
    return [f"attack.{name}" for name in (*ordered, *(each.id.lower() for each in techniques))]


def _subject(tests: Sequence[FieldTest]) -> Subject:
    """The tests as a rule under check."""
    data = {
        "title": "new",
        "logsource": dict(CLOUDTRAIL),
        "detection": {
            "selection": {test.key: list(test.values) for test in tests},
            "condition": "selection",
        },
    }
    return Subject(RuleSource(STDIN, 0, Kind.RULE, data, ""), Ruleset(), CheckOptions())


def _other_spellings(subject: Subject) -> Iterator[str]:
    """Names that differ from AWS's in case only: a rule matches all the same, and reads badly."""
    for field, known in _EVENT.items():
        for each in pinned_tests(subject, field):
            for value in each.values:
                spelled = known(str(value.written)) if value.is_exact else ()
                if spelled and value.written not in spelled:
                    yield f"CloudTrail writes '{value.written}' as '{either(spelled)}'"


def _spellings_of_source(text: str) -> tuple[str, ...]:
    found = aws_known.event_sources().get(fold(text))
    return () if found is None else (found,)


_EVENT = {SOURCE: _spellings_of_source, NAME: aws_known.spellings_of}
"""The fields whose values AWS's names are, with what finds a value in any case."""


def _strange_values(subject: Subject, seen: frozenset[str]) -> Iterator[str]:
    """Values that AWS's models do not have where they list all."""
    for each in pinned_tests(subject):
        field = each.test.field or ""
        body, *path = field.split(".")
        if each.test.modifiers or field in seen or body not in aws.BODIES or not path:
            continue
        operations = operations_of(each.pins) or ()
        members = [aws.member_at(one, path, aws.BODIES[body]) for one in operations]
        listed = next((member.enum for member in members if member and member.enum), ())
        for value, _ in each.test.values if listed else ():
            if isinstance(value, str) and value not in listed and not set(value) & set("*?"):
                said = f"AWS writes no '{value[:40]}' in {field}"
                yield said + _meant(nearest(value, listed))


def _meant(guess: str | None) -> str:
    return f"; did you mean '{guess}'?" if guess else ""
