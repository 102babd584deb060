"""The files of the catalogue, and the zip that holds them.

One JSON file for each event source, so that a reader opens one service only (``packing`` tells of
its form). ``index.json`` holds the operations of each source and the IAM actions that are no event
names, ``about.json`` the origin; botocore's license and notice go along.
"""

from __future__ import annotations

import json
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from aws_catalogue.models import legal_texts
from aws_catalogue.names import table
from aws_catalogue.packing import written
from aws_catalogue.sources import all_calls


def catalogue() -> dict[str, str]:
    """The files of the zip, by name; raises ``WrongBotocore``."""
    sources = all_calls()
    files = {f"{source}.json": compact(written(each)) for source, each in sources.items()}
    actions: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for row in table()["iam_action"]:
        actions[row.source][row.name] = row.value.split()
    origin = table()["botocore"][0]
    about = {
        "source": "botocore",
        "version": origin.name,
        "date": origin.value,
        "changes": "operations and members only, spelled as CloudTrail writes them",
    }
    index = {source: " ".join(each) for source, each in sources.items()}
    return {
        **files,
        "index.json": compact({"operations": index, "actions": actions}),
        "about.json": compact(about),
        **legal_texts(),
    }


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def save(path: Path, files: dict[str, str]) -> None:
    """Write the zip: sorted names, one time stamp, so that the bytes tell of the contents only."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, compresslevel=9)


def saved(path: Path) -> dict[str, str]:
    """The files of the zip as it is; none if there is no zip."""
    if not path.exists():
        return {}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
