"""Writing results: files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sigmacast.errors import UsageError


def is_folder(path: str) -> bool:
    """Whether ``-o`` names a folder: it ends in ``/``, is one, or has no suffix."""
    return path.endswith(("/", os.sep)) or os.path.isdir(path) or not Path(path).suffix


def write_whole(path: Path, text: str) -> None:
    """Write *text* to *path* through a temporary file beside it.

    Raises UsageError if the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
