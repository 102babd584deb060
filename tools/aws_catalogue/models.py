"""Reads the service models of the botocore that ``aws_names.csv`` names.

Only the files are read; botocore is never imported.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from aws_catalogue.names import TABLE, table

Model = dict[str, Any]


class WrongBotocore(Exception):
    """The version that ``aws_names.csv`` names is not the one in this Python, or none is."""


def models() -> dict[str, dict[str, Model]]:
    """All models by folder and API version, newest first; raises ``WrongBotocore``."""
    found: dict[str, dict[str, Model]] = defaultdict(dict)
    for path in sorted(botocore_data().glob("*/*/service-2.json*"), reverse=True):
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            found[path.parts[-3]][path.parts[-2]] = json.load(file)
    return dict(sorted(found.items()))


def botocore_data() -> Path:
    """The folder of the models; raises ``WrongBotocore``."""
    pinned = table()["botocore"][0].name
    try:
        found = distribution("botocore")
    except PackageNotFoundError:
        raise WrongBotocore(f"botocore {pinned} is not installed in this Python") from None
    if found.version != pinned:
        raise WrongBotocore(f"botocore is {found.version}, {TABLE.name} names {pinned}; change one")
    return Path(str(found.locate_file("botocore"))) / "data"


def legal_texts() -> dict[str, str]:
    """The license and the notice of botocore, which go wherever the catalogue goes."""
    texts = {}
    for path in distribution("botocore").files or ():
        name = {"LICENSE.txt": "LICENSE", "NOTICE": "NOTICE"}.get(path.name)
        if name and ".dist-info" in str(path):
            texts[name] = path.read_text(encoding="utf-8")
    assert set(texts) == {"LICENSE", "NOTICE"}, "botocore's license files have moved"
    return texts
