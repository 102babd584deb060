"""The operations of each event source: those of its services, and what ``aws_names.csv`` adds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from aws_catalogue.ec2 import LAST_OLD_VERSION, Ec2Service
from aws_catalogue.models import Model, models
from aws_catalogue.names import Row, named, table
from aws_catalogue.s3 import S3Service
from aws_catalogue.service import DEPRECATED, READS, UNMODELLED, WRITES, Call, Service
from aws_catalogue.shapes import ASSUMED, Member, Shape


def all_calls() -> dict[str, dict[str, Call]]:
    """The operations of all event sources, in order; raises ``WrongBotocore``."""
    parts: dict[str, dict[str, dict[str, Call]]] = defaultdict(dict)
    for folder, versions in models().items():
        for source in sources_of_service(folder, next(iter(versions.values()))):
            parts[source][folder] = calls(folder, source, versions)
    for row in [*table()["event"], *table()["source"]]:
        parts.setdefault(row.source, {})
    return {source: event_source(source, parts[source]) for source in sorted(parts)}


def sources_of_service(folder: str, model: Model) -> tuple[str, ...]:
    """The event sources of a service, without their domain.

    The endpoint's prefix, but for the rows of the table; a prefix with a dot was never one.
    """
    rows = [row.source for row in table()["service"] if row.name == folder]
    if rows:
        return tuple(rows)
    metadata = model["metadata"]
    prefix: str = metadata["endpointPrefix"]
    return (metadata.get("signingName", prefix) if "." in prefix else prefix,)


def calls(folder: str, source: str, versions: dict[str, Model]) -> dict[str, Call]:
    """The operations of a service; those of older versions only are deprecated."""
    found: dict[str, Call] = {}
    for age, service in enumerate(services(folder, source, versions)):
        for name in service.model["operations"]:
            if name not in found:
                found[name] = service.call(name)
                found[name].flags |= DEPRECATED if age else 0
    return found


def services(folder: str, source: str, versions: dict[str, Model]) -> Iterator[Service]:
    """A service's models, the newest one first."""
    for model in versions.values():
        if folder == "ec2":
            old = frozenset(versions[LAST_OLD_VERSION]["operations"])
            yield Ec2Service(folder, source, model, old)
        else:
            kind = S3Service if folder in ("s3", "s3control") else Service
            yield kind(folder, source, model)


def event_source(source: str, parts: dict[str, dict[str, Call]]) -> dict[str, Call]:
    """The operations of an event source by name: of its services (by folder), and of the table."""
    found: dict[str, Call] = {}
    for operations in parts.values():
        for name, call in operations.items():
            found[name] = found[name].also(call) if name in found else call
    names: dict[str, list[str]] = defaultdict(list)
    for row in [*named("alias", source), *named("dated", source)]:
        folder, _, operation = row.value.partition(":")
        call = parts[folder][operation]
        names[operation].append(row.name)
        if row.kind == "alias":
            old = found.get(row.name)
            # A call of its own: what events say of readOnly is said of one name only.
            own = Call(call.request, call.response, call.flags)
            found[row.name] = old.also(call) if old else own
    for row in named("event", source):
        found.setdefault(row.name, Call(flags=UNMODELLED))
    for row in named("read_only", source):
        flags = found[row.name].flags & ~(READS | WRITES)
        found[row.name].flags = flags | (READS if row.value == "true" else WRITES)
    for row in named("member", source):
        if not row.member:
            for name in found if row.name == "*" else (row.name,):
                extra(found[name], row)
    # Last, since a call that is put together from two has no event names.
    for operation, spelled in names.items():
        found[operation].event_names = tuple(spelled)
    return dict(sorted(found.items()))


def extra(call: Call, row: Row) -> None:
    """Add a request's member that the model lacks; an operation without a model stays empty."""
    if not call.flags & UNMODELLED:
        member = Member(Shape(row.type), ASSUMED if row.assumed else 0)
        call.request.members.setdefault(row.path, member)
