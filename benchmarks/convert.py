"""Time sigmacast beside sigma-cli, in pairs of runs on the same machine (``make bench``).

sigma-cli gets an environment of its own in ``.bench/sigma-cli``, made once. Both tools run as their
users run them, each time in a new process whose output goes to a file. The pairs alternate in
order, after a warm-up of each. README.md beside this file says how to read the table.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OWN_RULES = ROOT / "sigma" / "rules"
PEER = ROOT / ".bench" / "sigma-cli"
PEER_PACKAGES = (
    "sigma-cli==3.1.*",
    "pysigma-backend-splunk>=2.1.0,<3",
    "pysigma-backend-elasticsearch>=2.1.1,<3",
)
LIBRARIES = ("pysigma", "pysigma-backend-elasticsearch", "pysigma-backend-splunk")

TARGETS = ("lucene", "eql", "splunk", "esql")
COPIES_TO = 3000
"""About how many files the rules of this repository are multiplied to."""
GOALS = {"help": 3.0, "one": 1.1, "folder": 5.0, "four": 8.0}
"""How many times as long sigma-cli should take, by case."""

MAX_FILES = 100_000
MAX_BYTES = 512 * 1024 * 1024

OURS_NAME, PEER_NAME = "sigmacast", "sigma-cli"


class BenchmarkError(Exception):
    """Why there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Command:
    """One process: its arguments, what it converts to, and the exit codes that are in order."""

    arguments: tuple[str, ...]
    targets: tuple[str, ...] = ()
    codes: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Case:
    """The same work done by each tool, in one process or in several."""

    name: str
    title: str
    ours: tuple[Command, ...]
    peer: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process took, and what it wrote."""

    wall: float
    cpu: float
    code: int
    output: str
    talk: str


@dataclass(frozen=True, slots=True)
class Emitted:
    """How many queries came out, by target, and why a run stopped before its end."""

    queries: dict[str, int]
    stopped: dict[str, str]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of all processes of one tool's part of a pair."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Result:
    """All pairs of one case."""

    case: Case
    pairs: list[tuple[Times, Times]]
    ours: Emitted
    peer: Emitted

    def clock(self, name: str) -> dict[str, float]:
        """Medians, their ratio and the spread of the pairs' ratios, for ``wall`` or ``cpu``."""
        ours = [getattr(each, name) for each, _ in self.pairs]
        peer = [getattr(each, name) for _, each in self.pairs]
        ratios = [theirs / own for own, theirs in zip(ours, peer, strict=True)]
        return {
            "ours": median(ours),
            "peer": median(peer),
            "ratio": median(peer) / median(ours),
            "lowest": min(ratios),
            "highest": max(ratios),
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if there is nothing to compare."""
    options = _options(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that temporary folders go
    try:
        ours, peer = _sigmacast(), _sigma_cli()
        left_out = [] if options.rules else _stopping(peer)
        with _rules(options.rules, left_out) as folder, _one_rule() as rule:
            count = sum(1 for _ in folder.rglob("*.yml"))
            if not count:
                raise BenchmarkError(f"no rules (*.yml) in {options.rules or OWN_RULES}")
            about = {
                **_versions(ours),
                "rules": count,
                "left_out": [path.stem for path in left_out],
                "pairs": options.repeat,
            }
            results = [
                _measured(case, ours, peer, options.repeat)
                for case in _cases(rule, folder)
                if not options.only or case.name in options.only
            ]
    except BenchmarkError as error:
        print(f"benchmark: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({**about, "cases": [_as_json(result) for result in results]}))
    else:
        print("\n".join(_as_text(about, results, goals=options.require)))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time sigmacast beside sigma-cli.")
    parser.add_argument(
        "--rules",
        type=Path,
        metavar="FOLDER",
        help="a folder of rules or a .tar.gz of one, such as SigmaHQ's; without it the rules of "
        f"this repository are multiplied to about {COPIES_TO} files",
    )
    parser.add_argument("--repeat", type=_positive, default=7, metavar="N", help="pairs of runs")
    parser.add_argument(
        "--only", action="append", choices=list(GOALS), help="only this case; repeatable"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--require", action="store_true", help="say which goals are met")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least one pair is needed")
    return number


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


# --- the tools ---


def _sigmacast() -> Path:
    program = Path(sys.executable).parent / "sigmacast"
    if not program.is_file():
        raise BenchmarkError(
            f"{program} is missing; install this project into that environment, and start the "
            "benchmark with its Python"
        )
    return program


def _sigma_cli() -> Path:
    """sigma-cli's program; installed first if it is not there in this version."""
    program = PEER / "bin" / "sigma"
    stamp = PEER / "installed.txt"
    wanted = "\n".join((f"Python {platform.python_version()}", *PEER_PACKAGES)) + "\n"
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted):
        _say(f"installing {PEER_NAME} into {PEER} (once)")
        shutil.rmtree(PEER, ignore_errors=True)
        _install([sys.executable, "-m", "venv", str(PEER)])
        pip = [str(PEER / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        _install([*pip, "install", "--quiet", *PEER_PACKAGES])
        stamp.write_text(wanted, encoding="utf-8")
    if not program.is_file():
        raise BenchmarkError(f"{program} is missing; remove {PEER} and start again")
    return program


def _install(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
    if done.returncode != 0:
        raise BenchmarkError(
            f"{PEER_NAME} cannot be installed: `{' '.join(command)}` exits with {done.returncode}"
        )


def _versions(ours: Path) -> dict[str, Any]:
    """What is compared, and on what."""
    own = _run(ours, Command(("--version",))).output.split()[-1]
    return {
        "sigmacast": {"sigmacast": own, **_installed(Path(sys.executable), LIBRARIES)},
        "sigma_cli": _installed(PEER / "bin" / "python", ("sigma-cli", *LIBRARIES)),
        "python": platform.python_version(),
        "cores": _cores(),
    }


def _cores() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _installed(python: Path, packages: Sequence[str]) -> dict[str, str]:
    code = (
        "import json, sys; from importlib.metadata import version; "
        "print(json.dumps({name: version(name) for name in sys.argv[1:]}))"
    )
    sample = _run(python, Command(("-c", code, *packages)))
    versions: dict[str, str] = json.loads(sample.output)
    return versions


# --- the rules ---


def _stopping(peer: Path) -> list[Path]:
    """The rules of this repository at which sigma-cli stops in one of the languages.

    Its run over a folder ends there, so neither tool is timed with them.
    """
    _say(f"trying each rule with {PEER_NAME}")
    return [
        rule
        for rule in sorted(OWN_RULES.rglob("*.yml"))
        if any(_run(peer, _theirs(target, rule)).code for target in TARGETS)
    ]


@contextmanager
def _rules(given: Path | None, left_out: Sequence[Path]) -> Iterator[Path]:
    """The folder to convert; a temporary one unless it was given as a folder."""
    if given is not None and given.is_dir():
        yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="rules-") as name:
        folder = Path(name).resolve()
        if given is None:
            _multiply(OWN_RULES, folder, left_out)
        elif given.is_file():
            _unpack(given, folder)
        else:
            raise BenchmarkError(f"{given} is neither a folder nor an archive")
        yield folder


@contextmanager
def _one_rule() -> Iterator[Path]:
    """A rule by itself, away from any settings above it."""
    first = next(iter(sorted(OWN_RULES.rglob("*.yml"))), None)
    if first is None:
        raise BenchmarkError(f"no rules (*.yml) in {OWN_RULES}")
    with tempfile.TemporaryDirectory(prefix="rule-") as name:
        yield Path(shutil.copy(first, Path(name).resolve()))


def _multiply(source: Path, folder: Path, left_out: Sequence[Path]) -> None:
    """Copies of all other rules, each copy with ids of its own; the same ones in each run."""
    texts = {
        path.relative_to(source): path.read_text(encoding="utf-8")
        for path in sorted(source.rglob("*.yml"))
        if path not in left_out
    }
    ids = sorted({found for text in texts.values() for found in _ids(text)})
    for number in range(round(COPIES_TO / len(texts)) if texts else 0):
        fresh = {old: str(uuid.uuid5(uuid.NAMESPACE_OID, f"{old} {number}")) for old in ids}
        for path, text in texts.items():
            copy = folder / f"{number:04}" / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(_renamed(text, fresh), encoding="utf-8")


def _ids(text: str) -> list[str]:
    return re.findall(r"^id:\s*([0-9a-fA-F-]{36})\s*$", text, re.MULTILINE)


def _renamed(text: str, fresh: Mapping[str, str]) -> str:
    return re.sub(r"[0-9a-fA-F-]{36}", lambda found: fresh.get(found[0], found[0]), text)


def _unpack(archive: Path, folder: Path) -> None:
    """The rules of an archive: plain files below *folder* only, in bounds."""
    files = size = 0
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                if not member.isfile() or name.suffix not in (".yml", ".yaml"):
                    continue
                if name.is_absolute() or ".." in name.parts:
                    raise BenchmarkError(f"{archive} holds a file outside of itself: {name}")
                files, size = files + 1, size + member.size
                if files > MAX_FILES or size > MAX_BYTES:
                    raise BenchmarkError(f"{archive} holds too much for a folder of rules")
                content = tar.extractfile(member)
                if content is not None:
                    path = folder.joinpath(*name.parts)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.read())
    except (OSError, tarfile.TarError, EOFError) as error:
        raise BenchmarkError(f"{archive} cannot be unpacked: {error}") from None


# --- the work ---


def _cases(rule: Path, folder: Path) -> list[Case]:
    first = TARGETS[0]
    return [
        Case("help", "top-level help", (Command(("--help",)),), (Command(("--help",)),)),
        Case(
            "one",
            f"one rule, {first}",
            (Command(("convert", "-t", first, str(rule)), (first,)),),
            (Command(("convert", "--without-pipeline", "-t", first, str(rule)), (first,)),),
        ),
        Case("folder", f"folder, {first}", (_ours((first,), folder),), (_theirs(first, folder),)),
        Case(
            "four",
            f"folder, {len(TARGETS)} targets",
            (_ours(TARGETS, folder),),
            tuple(_theirs(target, folder) for target in TARGETS),
        ),
    ]


def _ours(targets: tuple[str, ...], folder: Path) -> Command:
    flags = [part for target in targets for part in ("-t", target)]
    # 1: some rule has no query in one of the languages.
    return Command(("convert", *flags, str(folder)), targets, frozenset({0, 1}))


def _theirs(target: str, rules: Path) -> Command:
    arguments = ("convert", "--without-pipeline", "--skip-unsupported", "-t", target, str(rules))
    # Its backends also raise what --skip-unsupported does not skip, and then the run stops.
    return Command(arguments, (target,), frozenset({0, 1}))


def _measured(case: Case, ours: Path, peer: Path, repeat: int) -> Result:
    _say(f"{case.title}: warm-up")
    own = _emitted(OURS_NAME, case.ours, [_run(ours, command) for command in case.ours])
    theirs = _emitted(PEER_NAME, case.peer, [_run(peer, command) for command in case.peer])
    pairs = []
    for number in range(repeat):
        _say(f"{case.title}: pair {number + 1} of {repeat}")
        if number % 2 == 0:
            first = _times(ours, case.ours)
            pairs.append((first, _times(peer, case.peer)))
        else:
            first = _times(peer, case.peer)
            pairs.append((_times(ours, case.ours), first))
    return Result(case, pairs, own, theirs)


def _times(program: Path, commands: Sequence[Command]) -> Times:
    samples = [_run(program, command) for command in commands]
    return Times(sum(each.wall for each in samples), sum(each.cpu for each in samples))


def _run(program: Path, command: Command) -> Sample:
    """One process, from its start to its end; raises BenchmarkError if it does not end well."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as talk:
        start = time.perf_counter()
        try:
            process = subprocess.Popen(
                [str(program), *command.arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=talk,
                env=_environment(),
            )
        except OSError as error:
            raise BenchmarkError(f"{program} does not start: {error.strerror or error}") from None
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        talk.seek(0)
        sample = Sample(
            wall,
            usage.ru_utime + usage.ru_stime,
            process.returncode,
            output.read().decode("utf-8", "replace"),
            talk.read().decode("utf-8", "replace"),
        )
    if sample.code not in command.codes or "Traceback (most recent call last)" in sample.talk:
        last = sample.talk.strip().splitlines()[-1:] or ["it says nothing"]
        raise BenchmarkError(
            f"`{program.name} {' '.join(command.arguments)}` exits with {sample.code}: {last[0]}"
        )
    return sample


def _environment() -> dict[str, str]:
    """The caller's, less what changes how Python starts: both tools read and write their .pyc."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _emitted(tool: str, commands: Sequence[Command], samples: Sequence[Sample]) -> Emitted:
    queries: dict[str, int] = {}
    stopped: dict[str, str] = {}
    for command, sample in zip(commands, samples, strict=True):
        found = _count(tool, command.targets, sample.output)
        queries.update({target: found[target] for target in command.targets})
        if tool == PEER_NAME and sample.code != 0:
            stopped[command.targets[0]] = sample.talk.strip().splitlines()[-1]
        elif command.targets and not sum(found.values()):
            raise BenchmarkError(f"`{tool} {' '.join(command.arguments)}` gives no query")
    return Emitted(queries, stopped)


def _count(tool: str, targets: tuple[str, ...], output: str) -> Counter[str]:
    """Queries by target: a line each of ours, blank lines between those of sigma-cli."""
    if not targets or not output.strip():
        return Counter()
    if tool == PEER_NAME:
        return Counter({targets[0]: len(re.split(r"\n\s*\n", output.strip()))})
    lines = output.rstrip("\n").split("\n")
    if len(targets) == 1:
        return Counter({targets[0]: len(lines)})
    return Counter(line.partition("\t")[0] for line in lines)


# --- the report ---


def _as_json(result: Result) -> dict[str, Any]:
    wall = result.clock("wall")
    goal = GOALS[result.case.name]
    return {
        "case": result.case.name,
        "title": result.case.title,
        "wall": wall,
        "cpu": result.clock("cpu"),
        "goal": goal,
        "met": wall["ratio"] >= goal,
        "ours": {"queries": result.ours.queries},
        "peer": {"queries": result.peer.queries, "stopped": result.peer.stopped},
    }


def _as_text(about: Mapping[str, Any], results: Sequence[Result], *, goals: bool) -> list[str]:
    lines = [
        _listed(about["sigmacast"]),
        _listed(about["sigma_cli"]),
        f"Python {about['python']}, {about['cores']} cores, {about['rules']} rules, "
        f"{about['pairs']} pairs of runs",
        *(f"left out, since {PEER_NAME} stops at it: {name}" for name in about["left_out"]),
        "",
        *_table(results),
        "",
        "Medians in seconds; ratio: sigma-cli / sigmacast; spread: of the pairs' ratios.",
    ]
    for result in results:
        lines += _remarks(result)
    if goals:
        lines.append("")
        for result in results:
            goal, ratio = GOALS[result.case.name], result.clock("wall")["ratio"]
            verdict = "met" if ratio >= goal else "NOT met"
            lines.append(f"{result.case.title}: goal {goal:g}, wall ratio {ratio:.2f}: {verdict}")
    return lines


def _listed(versions: Mapping[str, str]) -> str:
    (tool, version), *libraries = versions.items()
    return f"{tool} {version} with " + ", ".join(f"{name} {found}" for name, found in libraries)


def _table(results: Sequence[Result]) -> list[str]:
    rows = [("case", "clock", OURS_NAME, PEER_NAME, "ratio", "spread")]
    for result in results:
        for clock in ("wall", "cpu"):
            found = result.clock(clock)
            rows.append(
                (
                    result.case.title if clock == "wall" else "",
                    clock,
                    f"{found['ours']:.3f}",
                    f"{found['peer']:.3f}",
                    f"{found['ratio']:.2f}",
                    f"{found['lowest']:.2f}-{found['highest']:.2f}",
                )
            )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _remarks(result: Result) -> list[str]:
    """What each tool emitted, where that is more than one query."""
    ours, peer = result.ours.queries, result.peer.queries
    if sum(ours.values()) <= 1:
        return []
    lines = [
        f"{result.case.title}: queries of {tool}: "
        + ", ".join(f"{target} {count}" for target, count in queries.items())
        for tool, queries in ((OURS_NAME, ours), (PEER_NAME, peer))
    ]
    for target, reason in result.peer.stopped.items():
        lines.append(
            f"{result.case.title}: {PEER_NAME} stopped its {target} run in spite of "
            f"--skip-unsupported, so its time lacks the rest of that work: {reason}"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
