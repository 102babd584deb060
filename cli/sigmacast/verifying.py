"""Does each query find exactly the events that its rule matches? Shown on events, without a SIEM.

A rule's meaning is that of ``matching``. A query's is that of the target's evaluator (``engines``)
on the event as that SIEM stores it (``views``). Both are asked about the same events; where they
differ and the conversion did not say so, the query is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sigmacast.converting import Caster, Conversion, convert
from sigmacast.diagnostics import Diagnostic
from sigmacast.engines.base import Document, Predicate, Rejected, Unsupported
from sigmacast.events import Event, EventReader, Problem
from sigmacast.findings import finding_of
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.matchers import covers_cloudtrail, matcher
from sigmacast.matching.nodes import Reason
from sigmacast.matching.rules import Matcher
from sigmacast.options import Options
from sigmacast.regression import OTHER_TYPES, find_data, read_data
from sigmacast.rule_form import Kind
from sigmacast.synthesizing import synthesize
from sigmacast.verification.announcements import announcing
from sigmacast.verification.fields import fields_of
from sigmacast.verification.plausible import implausible, misshapen
from sigmacast.verification.proofs import Difference, Proof, Verdict, Verification, Witness
from sigmacast.verification.siems import ENGINES, LIMIT, UNSETTLED, Storage, compiled
from sigmacast.verification.variations import variations

MAX_BASES = 12
"""Records of a rule that are varied: enough for each way to match of all but a few rules."""
MAX_VARIATIONS = 1_000
"""Variations of one rule; those of SigmaHQ's CloudTrail rules are some 60."""


def verify(
    ruleset: Ruleset,
    targets: Sequence[Caster],
    options: Options,
    events: Iterable[Event] = (),
    tell: Callable[[Problem], None] | None = None,
    *,
    made: bool = True,
) -> Verification:
    """Ask each rule and its queries about its regression data, made events and *events*.

    *events* are read once, as a stream. *made* adds events made for the rule, and variations of
    these and of its regression data. Nothing is raised for a bad rule; regression data that cannot
    be read goes to *tell*.
    """
    return _Verifier(ruleset, options, tell or _silent).run(targets, events, made=made)


@dataclass
class _Subject:
    """A rule and its queries, ready for events."""

    source: RuleSource
    matcher: Matcher
    asked: list[_Asked]


@dataclass
class _Asked:
    """One query of a subject; ``told`` is what its conversion said of it."""

    proof: Proof
    selects: Predicate
    view: str
    told: tuple[Diagnostic, ...]
    doubted: set[int] = field(default_factory=set)
    """Bases (by their ids) on which rule and query differ: so will their variations."""


class _Verifier:
    def __init__(self, ruleset: Ruleset, options: Options, tell: Callable[[Problem], None]) -> None:
        self._ruleset = ruleset
        self._options = options
        self._storage = Storage(options)
        self._tell = tell
        self._result = Verification()

    def run(
        self, targets: Sequence[Caster], events: Iterable[Event], *, made: bool
    ) -> Verification:
        subjects = list(self._subjects(targets))
        for subject in subjects:
            self._ask_own(subject, made=made)
        for event in events:
            stored = _Stored(self._storage, event.data)
            witness = Witness(event.data, event.file, event.record)
            for subject in subjects:
                self._ask(subject, witness, stored)
        for proof in self._result.proofs:
            if not proof.events and proof.is_open:
                proof.settle(Verdict.UNPROVEN, "there was no event to ask about")
        return self._result

    def _subjects(self, targets: Sequence[Caster]) -> Iterator[_Subject]:
        rules = tuple(filter(covers_cloudtrail, self._ruleset.rules))
        left_out = {id(rule) for rule in self._ruleset.rules} - {id(rule) for rule in rules}
        self._result.other_log_sources = len(left_out)
        conversions = convert(self._ruleset, targets)
        for _ in self._ruleset.unusable:
            for conversion in islice(conversions, len(targets)):
                self._result.proofs.append(_proof_of(conversion))
        for source in self._ruleset.rules:
            found = list(islice(conversions, len(targets)))
            if id(source) in left_out:
                continue
            subject = self._subject(source, found)
            if subject is not None:
                yield subject

    def _subject(self, source: RuleSource, conversions: list[Conversion]) -> _Subject | None:
        proofs = [_proof_of(conversion) for conversion in conversions]
        self._result.proofs.extend(proofs)
        if not any(proof.is_open for proof in proofs):
            return None
        try:
            if source.kind is Kind.CORRELATION:
                raise Unsupported("a correlation counts events, and its query is not run")
            rule = matcher(source, self._ruleset.filters, self._options.placeholders)
        except Exception as failure:  # one bad rule must not stop the others
            said = failure if isinstance(failure, Unsupported) else finding_of(failure, source)
            message = said.message if isinstance(said, Diagnostic) else str(said)
            for proof in proofs:
                if proof.is_open:
                    proof.settle(Verdict.UNPROVEN, message)
            return None
        asked = [
            _Asked(proof, selects, ENGINES[proof.target][1], conversion.diagnostics)
            for proof, conversion in zip(proofs, conversions, strict=True)
            if proof.is_open
            and (selects := self._compiled(proof, conversion.diagnostics)) is not None
        ]
        return _Subject(source, rule, asked)

    def _compiled(self, proof: Proof, told: Sequence[Diagnostic]) -> Predicate | None:
        """The proof's query, made ready; None if that settles it."""
        try:
            return compiled(proof.target, proof.queries, self._options)
        except Rejected as rejected:
            code = _told_of_unknown_field(told, str(rejected))
            verdict = Verdict.ANNOUNCED if code else Verdict.WRONG
            proof.settle(verdict, f"{f'{code}: ' if code else ''}the query is refused: {rejected}")
        except Unsupported as unsupported:
            proof.settle(Verdict.UNPROVEN, str(unsupported))
        except Exception as failure:  # a defect of the evaluator is none of the query
            proof.settle(Verdict.UNPROVEN, f"the evaluator failed: {failure!r}")
        return None

    def _ask_own(self, subject: _Subject, *, made: bool) -> None:
        """Ask about the events that the rule brings with it, and about what is made of them."""
        if not subject.asked:
            return
        bases: list[Witness] = []
        for witness in self._own(subject.source, made=made):
            field = implausible(witness.data)
            if field is not None:
                if witness.made is None:
                    counted = self._result.implausible
                    counted[field] = counted.get(field, 0) + 1
                continue
            for asked in self._ask(subject, witness, _Stored(self._storage, witness.data)):
                asked.doubted.add(id(witness))
            bases.append(witness)
        if made:
            self._ask_about_variations(subject, bases)

    def _own(self, source: RuleSource, *, made: bool) -> Iterator[Witness]:
        info = find_data(source)
        if info is not None:
            paths = [str(c.path) for c in read_data(info).cases if c.kind not in OTHER_TYPES]
            for event in EventReader(paths, self._tell):
                yield Witness(event.data, event.file, event.record)
        if made:
            alone = replace(self._ruleset, sources=(source,), unusable=())
            for synthesis in synthesize(alone, self._options.placeholders):
                for synthetic in synthesis.events:
                    if misshapen(synthetic.event, filter(None, [synthetic.misses])):
                        continue
                    kind = "match" if synthetic.misses is None else "near miss"
                    said = f"{kind}, {synthetic.name}"
                    yield Witness(synthetic.event, made=said, changed=synthetic.misses)

    def _ask_about_variations(self, subject: _Subject, bases: Sequence[Witness]) -> None:
        fields = fields_of(subject.matcher.node)
        # What matches shows most; a rule of negations alone has near misses to start from.
        chosen = sorted(bases, key=lambda base: not subject.matcher.matches(base.data))
        every = (
            Witness(
                each.record,
                made=f"{base.made + ', ' if base.made else ''}{each.field} {each.what}",
                changed=each.field,
                base=base,
            )
            for base in chosen[:MAX_BASES]
            for each in variations(dict(base.data), fields)
            if implausible(each.record) is None
        )
        for witness in islice(every, MAX_VARIATIONS):
            self._ask(subject, witness, _Stored(self._storage, witness.data))

    def _ask(self, subject: _Subject, witness: Witness, stored: _Stored) -> list[_Asked]:
        """Ask all queries of a rule about an event; those that differ from the rule."""
        wanted = subject.matcher.matches(witness.data)
        differing = []
        reasons: tuple[Reason, ...] = ()  # slow to find, and the same for all queries
        for asked in subject.asked:
            proof = asked.proof
            if not proof.is_open:
                continue
            selected = _selected(asked, stored.document(asked.view))
            if selected is None:
                continue
            proof.events += 1
            proof.matches += wanted
            if selected is not wanted:
                differing.append(asked)
                reasons = reasons or subject.matcher.why(witness.data).deciding()
                proof.add(self._difference(subject, asked, witness, wanted, reasons))
        return differing

    def _difference(
        self,
        subject: _Subject,
        asked: _Asked,
        witness: Witness,
        wanted: bool,
        reasons: tuple[Reason, ...],
    ) -> Difference:
        fields = [reason.field for reason in reasons if reason.field is not None]
        changed = witness.changed
        if changed is not None and id(witness.base) not in asked.doubted:
            # Rule and query agreed before this field was changed.
            fields = [changed]
            reasons = tuple(each for each in reasons if each.field == changed) or reasons
        codes = announcing(asked.told, subject.matcher.node, witness.data, fields)
        return Difference(witness, wanted, reasons, codes or self._excuse(asked, witness, wanted))

    def _excuse(self, asked: _Asked, witness: Witness, wanted: bool) -> tuple[str, ...]:
        """Why rule and query would agree if the SIEM stored the event otherwise; () if not."""
        for cause, document in self._storage.otherwise(asked.view, witness.data):
            try:
                agree = bool(asked.selects(document)) is wanted
            except Unsupported:  # which nobody can tell, either
                agree = cause == UNSETTLED
            except Exception:  # the evaluator has no answer, so it is none
                continue
            if agree:
                told = cause == LIMIT and any(found.code == "SC106" for found in asked.told)
                return ("SC106",) if told else (cause,)
        return ()


class _Stored:
    """A record as each SIEM has it, made when it is first asked for."""

    def __init__(self, storage: Storage, record: Mapping[str, Any]) -> None:
        self._storage = storage
        self._record = record
        self._documents: dict[str, Document] = {}

    def document(self, view: str) -> Document:
        if view not in self._documents:
            self._documents[view] = self._storage.document(view, self._record)
        return self._documents[view]


def _proof_of(conversion: Conversion) -> Proof:
    """The proof as the conversion leaves it; one that stopped unforeseen is wrong."""
    proof = Proof(conversion.rule, conversion.target, conversion.queries)
    error = conversion.error
    if error is not None:
        crashed = error.code == "SC900"
        verdict = Verdict.WRONG if crashed else Verdict.REFUSED
        proof.settle(verdict, f"{error.code}: {error.message}")
    elif conversion.target not in ENGINES:
        proof.settle(Verdict.UNPROVEN, f"there is no evaluator for {conversion.target}")
    return proof


def _told_of_unknown_field(told: Sequence[Diagnostic], rejected: str) -> str | None:
    """The code that said that the query names a field which the index may not have.

    SC101 says it of all fields, for no pipeline was applied; SC102 of one that nobody knows.
    """
    if "unknown" in rejected:
        for each in told:
            named = each.code == "SC102" and each.field is not None and each.field in rejected
            if named or each.code == "SC101":
                return each.code
    return None


def _selected(asked: _Asked, document: Document) -> bool | None:
    """Whether the query finds a document; None if that cannot be told."""
    try:
        return bool(asked.selects(document))
    except Rejected as rejected:
        asked.proof.settle(Verdict.WRONG, f"the query fails on an event: {rejected}")
    except Unsupported as unsupported:
        asked.proof.doubt(str(unsupported))
    except Exception as failure:  # a defect of the evaluator is none of the query
        asked.proof.settle(Verdict.UNPROVEN, f"the evaluator failed: {failure!r}")
    return None


def _silent(problem: Problem) -> None:
    """Say nothing of a problem."""
