"""Write the mapping blocks of the pipelines from the field catalogue (``make pipelines``).

Everything between the two marker comments of a block is replaced; the rest of the file stays.
With ``--check`` nothing is written, and the exit code is 1 if a file is out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sigmacast.resources import pipelines_folder
from sigmacast.schema import Field, catalogue

Block = Callable[[], Iterator[str]]
INDENT = " " * 6


def _mapping(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    for source, target in pairs:
        yield f"{INDENT}{_scalar(source)}: {_scalar(target)}"


def _scalar(name: str) -> str:
    """A YAML scalar; quoted only where YAML would read something else."""
    return name if re.fullmatch(r"[A-Za-z][\w.]*", name) else f"'{name}'"


def _rows(select: Callable[[Field], bool]) -> list[Field]:
    return [row for row in catalogue().fields if select(row)]


def ecs_fields() -> Iterator[str]:
    """Fields of their own name in ECS."""
    rows = _rows(lambda row: bool(row.ecs) and not row.is_prefix and not row.events)
    return _mapping((row.sigma, row.ecs) for row in rows)


def ecs_addresses() -> Iterator[str]:
    """Fields whose address ranges live in a field of type ip."""
    return _mapping((row.sigma, row.ecs_ip) for row in _rows(lambda row: bool(row.ecs_ip)))


def ecs_console_login() -> Iterator[str]:
    """Fields that exist for a console login only."""
    return _mapping((row.sigma, row.ecs) for row in _rows(lambda r: "ConsoleLogin" in r.events))


def ecs_prefixes() -> Iterator[str]:
    """Fields below a path."""
    rows = _rows(lambda row: bool(row.ecs) and row.is_prefix)
    return _mapping((row.sigma[:-1], row.ecs[:-1]) for row in rows)


def splunk_fields() -> Iterator[str]:
    """Fields that the add-on calls otherwise than CloudTrail does."""
    rows = _rows(lambda row: bool(row.splunk) and not row.is_prefix and row.splunk != row.sigma)
    return _mapping((row.sigma, row.splunk) for row in rows)


FILES: dict[str, dict[str, Block]] = {
    "ecs_cloudtrail.yml": {
        "fields": ecs_fields,
        "addresses": ecs_addresses,
        "console login": ecs_console_login,
        "prefixes": ecs_prefixes,
    },
    "splunk_cloudtrail.yml": {"fields": splunk_fields},
}


def remade(text: str, blocks: dict[str, Block]) -> str:
    """The pipeline's text with each block written anew."""
    for name, block in blocks.items():
        pattern = re.compile(
            rf"(?P<begin>[ ]*# begin: {name}\b[^\n]*\n).*?(?P<end>[ ]*# end: {name}\n)", re.DOTALL
        )
        lines = "".join(f"{line}\n" for line in block())
        text, count = pattern.subn(lambda m, lines=lines: m["begin"] + lines + m["end"], text)  # type: ignore[misc]
        if count != 1:
            raise SystemExit(f"block '{name}' found {count} times, expected once")
    return text


def main(arguments: list[str]) -> int:
    """Write the files, or compare them with ``--check``."""
    stale = []
    for name, blocks in FILES.items():
        path: Path = pipelines_folder() / name
        old = path.read_text(encoding="utf-8")
        new = remade(old, blocks)
        if new != old:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(new, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"out of date: {', '.join(stale)}; run `make pipelines`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
