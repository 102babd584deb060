"""Where the shipped data lies: rules, deployments, pipelines, the field catalogue, tables.

An installed wheel carries them inside the package, an editable install reads them from the
repository. This module alone knows both places.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


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
    """The folder of tables that no pipeline is made from: ATT&CK, severities, schedules."""
    return _root() / "tables"
