"""Time matching beside SQLite with the same rules, in pairs in one process (``make bench``).

The peer is what a Python user has without sigmacast: pySigma's SQLite backend, the queries run over
a table that holds the events (as Zircolite does). It gets an environment of its own for the
conversion, ``.bench/sqlite``, made once; only the running of queries is timed. README.md beside
this file says how to read the table.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import sigmacast
from sigmacast.events import EventReader
from sigmacast.matchers import compile_rules
from sigmacast.matching.index import RuleIndex
from sigmacast.matching.paths import getter

ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".bench" / "sqlite"
PEER_PACKAGES = ("sigma-cli", "pysigma-backend-sqlite")
EVENTS = 20_000
"""About how many events the given ones are multiplied to."""


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit code says only whether there was anything to time."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--rules", default=str(ROOT / "sigma" / "rules"), metavar="FOLDER")
    parser.add_argument("--events", default=str(ROOT / "sigma" / "regression_data"), metavar="PATH")
    parser.add_argument("--repeat", type=int, default=5, metavar="N")
    given = parser.parse_args(arguments)
    found = [event.data for event in EventReader([given.events], print)]
    compiled = compile_rules(sigmacast.load([given.rules]))
    if not found or not compiled.matchers:
        print("no rules or no events at the paths given", file=sys.stderr)
        return 3
    events = (found * (EVENTS // len(found) + 1))[: max(EVENTS, len(found))]
    queries = peer_queries(given.rules)
    print(f"{len(compiled.matchers)} rules, {len(events)} events, {len(queries)} SQL queries")
    show(measured(compiled.matchers, queries, events, given.repeat), len(events))
    return 0


def measured(
    matchers: Sequence[Any], queries: Sequence[str], events: Sequence[Any], repeat: int
) -> dict[str, list[float]]:
    """Seconds of each run, by what was run; one round of all after the other."""
    lines = [json.dumps(event) for event in events]
    index = RuleIndex(matchers)
    tests = [matcher.matches for matcher in matchers]

    def parse() -> int:
        return sum(json.loads(line) is not None for line in lines)

    def indexed() -> int:
        return sum(len(index.matching(event)) for event in events)

    def plain() -> int:
        return sum(test(event) for event in events for test in tests)

    work: dict[str, Callable[[], int]] = {
        "parse": parse,
        "indexed": indexed,
        "plain": plain,
        "sqlite": lambda: in_sqlite(queries, events),
    }
    hits = {name: run() for name, run in work.items() if name != "parse"}
    print("hits: " + ", ".join(f"{name} {count}" for name, count in hits.items()))
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(repeat):
        for name, run in work.items():
            begin = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - begin)
    return taken


def in_sqlite(queries: Sequence[str], events: Sequence[Any]) -> int:
    """How many rows the queries find in a table of the events, made in memory."""
    fields = sorted({"eventName", "eventSource"}.union(*map(fields_of, queries)))
    getters = [getter(field) for field in fields]
    base = sqlite3.connect(":memory:")
    base.create_function("REGEXP", 2, lambda regex, text: bool(text and re.search(regex, text)))
    columns = ", ".join(f"`{field}` TEXT COLLATE NOCASE" for field in fields)
    base.execute(f"CREATE TABLE logs ({columns})")
    rows = ([cell(get(event)) for get in getters] for event in events)
    base.executemany(f"INSERT INTO logs VALUES ({', '.join('?' * len(fields))})", rows)
    found = sum(len(base.execute(query).fetchall()) for query in queries)
    base.close()
    return found


def cell(values: Sequence[Any]) -> Any:
    """One column holds one text: lists and objects are written as JSON."""
    if not values:
        return None
    value = values[0] if len(values) == 1 else values
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def fields_of(query: str) -> set[str]:
    """The columns that a query names."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", query)
    names = re.findall(r"`([^`]+)`|\b([A-Za-z][\w.]*)(?=\s*(?:=|LIKE|IS|REGEXP))", bare)
    return {quoted or plain for quoted, plain in names}


def peer_queries(rules: str) -> list[str]:
    """The rules as SQL, by sigma-cli with the SQLite backend; what it cannot say is left out."""
    program = PEER / "bin" / "sigma"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEER)], check=True)
        pip = [str(PEER / "bin" / "python"), "-m", "pip", "install", "--quiet", *PEER_PACKAGES]
        subprocess.run(pip, check=True)
    options = ["convert", "-t", "sqlite", "--without-pipeline", "--skip-unsupported", rules]
    shown = subprocess.run(
        [str(program), *options], capture_output=True, text=True, check=False, env=os.environ
    )
    return [line for line in shown.stdout.splitlines() if line.startswith("SELECT ")]


def show(taken: dict[str, list[float]], count: int) -> None:
    """Medians with their spread, and the peer's time by ours."""
    print(f"{'':10}{'µs/event':>10}{'spread':>18}{'sqlite is':>14}")
    for name, seconds in taken.items():
        each = [1e6 * second / count for second in seconds]
        ratios = [theirs / ours for theirs, ours in zip(taken["sqlite"], seconds, strict=True)]
        spread = f"{min(each):.2f}-{max(each):.2f}"
        print(f"{name:10}{median(each):>10.2f}{spread:>18}{median(ratios):>11.2f} ×")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
