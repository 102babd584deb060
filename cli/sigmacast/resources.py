"""Where the shipped data lies: rules, deployments, pipelines, the field catalogue, tables.

An installed wheel carries them inside the package, an editable install reads them from the
repository. This module alone knows both places.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _root() -> Path:
    package = Path(__file__).parent
    shipped = package / "data"
    return shipped if shipped.is_dir() else package.parent.parent


def pipelines_folder() -> Path:
    """The folder of the pipelines and of the field catalogue."""
    return _root() / "pipelines"


def deployments_folder() -> Path:
    """The folder of the shipped deployments, and of the schema that they follow."""
    return _root() / "sigma" / "deployments"


def tables_folder() -> Path:
    """The folder of tables that no pipeline is made from: ATT&CK, defaults, conventions."""
    return _root() / "tables"


@cache
def table(name: str) -> Any:
    """A table by its file name, read once; each says itself where its facts come from."""
    return json.loads((tables_folder() / name).read_text(encoding="utf-8"))
