"""Rules with their deployments to artifacts: what a SIEM imports, query and all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain

from sigma.conversion.base import TextQueryBackend
from sigma.conversion.state import ConversionState
from sigma.types import SigmaString

from sigmacast.artifacts import Detection, Product
from sigmacast.artifacts.first_seen import TIMELESS, with_first_seen
from sigmacast.attack import Threat, threat_of
from sigmacast.building import Builder, parts_of
from sigmacast.converting import QUERY, Caster, Conversion, convert, strictly
from sigmacast.deployment_checks import check
from sigmacast.deployment_reader import UnusableDeployment
from sigmacast.diagnostics import Diagnostic, collecting, report
from sigmacast.findings import finding_of, located
from sigmacast.loading import Ruleset, RuleSource
from sigmacast.naming import FieldNames
from sigmacast.preparing import Plan, Ready, prepared
from sigmacast.rule_form import Kind
from sigmacast.targets import target as target_of
from sigmacast.transformations.scope import splunk_fields

__all__ = ["Deployed", "Plan", "conversions_of", "deploy"]


@dataclass(frozen=True)
class Deployed:
    """A conversion with the files that were made of it."""

    conversion: Conversion
    products: tuple[Product, ...] = ()


def deploy(
    ruleset: Ruleset, casters: Sequence[Caster], plan: Plan, *, strict: bool = False, jobs: int = 1
) -> Iterator[Deployed]:
    """Make the plan's artifact of every rule for each target; results of one rule come together.

    Nothing is raised for a rule: what is wrong with it is in its conversion.
    """
    each = [_for_target(ruleset, caster, plan, strict=strict, jobs=jobs) for caster in casters]
    yield from chain.from_iterable(zip(*each, strict=True))


def conversions_of(deployed: Iterable[Deployed]) -> Iterator[Conversion]:
    """The conversions alone, for bare queries."""
    return (each.conversion for each in deployed)


def _for_target(
    ruleset: Ruleset, caster: Caster, plan: Plan, *, strict: bool, jobs: int
) -> Iterator[Deployed]:
    """All rules on one target, converted together, in the order of the ruleset."""
    format = QUERY if plan.artifact is None else plan.artifact.name
    ready: dict[int, Ready | UnusableDeployment] = {}
    sources: list[RuleSource] = []
    for source in ruleset.sources:
        made: Ready | UnusableDeployment | None = None
        if not source.part_of_correlation:
            try:
                made = prepared(source, ruleset, caster.name, plan)
            except UnusableDeployment as bad:
                made = bad
        changed = made.source if isinstance(made, Ready) else source
        if made is not None:
            ready[id(changed)] = made
        sources.append(changed)
    changed_set = replace(ruleset, sources=tuple(sources))
    maker = _Maker(changed_set, caster, plan)
    rules = iter(changed_set.rules)
    for index, conversion in enumerate(convert(changed_set, [caster], strict=strict, jobs=jobs)):
        conversion = replace(conversion, format=format)
        if index < len(changed_set.unusable):
            yield Deployed(conversion)
            continue
        known = ready[id(next(rules))]
        if isinstance(known, Ready):
            deployed = maker.deployed(conversion, known)
        else:
            deployed = Deployed(_failed(conversion, known.findings))
        if strict:
            judged = strictly(deployed.conversion)
            deployed = Deployed(judged, () if judged.error else deployed.products)
        yield deployed


def _failed(conversion: Conversion, findings: Sequence[Diagnostic]) -> Conversion:
    """The conversion without its queries; the last of the findings is the error."""
    return replace(conversion, queries=(), diagnostics=tuple(findings), error=findings[-1])


class _Maker:
    """Makes artifacts of converted rules, for one target."""

    def __init__(self, ruleset: Ruleset, caster: Caster, plan: Plan) -> None:
        self._ruleset = ruleset
        self._caster = caster
        self._plan = plan
        self._builder = Builder(ruleset.filters)

    def deployed(self, conversion: Conversion, ready: Ready) -> Deployed:
        """The conversion with artifacts in place of queries, or with what prevents them."""
        conversion = replace(
            conversion,
            rule=ready.original.ref,
            diagnostics=tuple(map(ready.placed, conversion.diagnostics)),
        )
        if conversion.error is not None:
            return Deployed(replace(conversion, error=ready.placed(conversion.error)))
        error: Exception | None = None
        texts: list[str] = []
        products: list[Product] = []
        with collecting() as found:
            try:
                for detection in self._detections(conversion, ready):
                    product = self._product(detection)
                    texts.append(detection.query if product is None else product.text)
                    products.extend([product] if product is not None else [])
            except Exception as failure:  # one bad rule must not stop the others
                error = failure
        said = list(found.sorted())
        if error is not None:
            said.append(finding_of(error, ready.original))
        backend = self._caster.backend
        placed = [ready.placed(located(each.with_cure(), ready.original, backend)) for each in said]
        diagnostics = (*conversion.diagnostics, *placed)
        if error is not None:
            return Deployed(_failed(conversion, diagnostics))
        done = replace(conversion, queries=tuple(texts), diagnostics=diagnostics)
        return Deployed(done, tuple(products))

    def _detections(self, conversion: Conversion, ready: Ready) -> Iterator[Detection]:
        """One for each query of the rule."""
        base = ready.source
        if base.kind is Kind.CORRELATION:
            base = parts_of(base, self._ruleset)[0]
        fresh = partial(self._builder.rule, base)
        schema = target_of(self._caster.name).schema
        pipeline = self._caster.backend.last_processing_pipeline
        names = FieldNames(base, pipeline, schema, fresh)
        check(ready.deployment, self._caster.name, fresh(), names, self._plan.artifact)
        threat = _threat(ready.original, self._plan.attack)
        for number, written in enumerate(conversion.queries):
            query = "\n".join(line for line in written.splitlines() if line.strip())
            detection = Detection(
                source=ready.source,
                target=self._caster.name,
                query=query,
                plain=query,
                deployment=ready.deployment,
                names=names,
                threat=threat,
                quoted=_quoting(self._caster),
                scope=_scope(self._caster),
                number=number,
                several=len(conversion.queries) > 1,
                threshold=ready.threshold,
            )
            yield self._with_first_seen(self._with_macro(detection))

    def _with_macro(self, detection: Detection) -> Detection:
        """The macro for exceptions behind the query, before anything that counts its events."""
        macro = None if self._plan.artifact is None else self._plan.artifact.macro
        if macro is None:
            return detection
        query = f"{detection.query}\n| `{macro(detection)}`"
        return replace(detection, query=query, plain=query)

    def _with_first_seen(self, detection: Detection) -> Detection:
        """First-seen logic in the query, unless the artifact has its own."""
        artifact = self._plan.artifact
        if detection.deployment.first_seen is None:
            if self._plan.first_seen:
                report(
                    "SC604",
                    "the rule's deployment names no first_seen fields, so the query stays as it is",
                    hint="give the rule a deployment with first_seen",
                    at=("deployment", "rule"),
                )
            return detection
        if artifact is not None and detection.target in artifact.first_seen:
            return detection
        detection = replace(detection, query=with_first_seen(detection))
        if detection.target in TIMELESS:  # nothing in it is about first-seen any more
            plain = replace(detection.deployment, first_seen=None)
            detection = replace(detection, deployment=plain)
        return detection

    def _product(self, detection: Detection) -> Product | None:
        return None if self._plan.artifact is None else self._plan.artifact.make(detection)


def _quoting(caster: Caster) -> Callable[[str], str]:
    backend = caster.backend
    assert isinstance(backend, TextQueryBackend)
    return backend.escape_and_quote_field


def _scope(caster: Caster) -> str:
    """What limits the target's searches where the query names a macro for it; Splunk's alone."""
    backend = caster.backend
    assert isinstance(backend, TextQueryBackend)
    limits = splunk_fields(backend.last_processing_pipeline.vars)
    return " ".join(
        f"{name}={backend.convert_value_str(SigmaString(value), ConversionState())}"
        for name, value in limits.items()
    )


def _threat(source: RuleSource, version: str) -> Threat:
    tags = source.data.get("tags")
    found = threat_of(tags if isinstance(tags, list) else [], version)
    for tag in found.unknown:
        report("SC608", f"ATT&CK {version} has no {tag}", at=("tags",))
    return found
