"""Writing results: files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sigmacast.errors import UsageError

ARCHIVES = (".tar.gz", ".tgz", ".spl")
"""What ``-o`` ends in where several files are to be packed into one (Splunk's too)."""


def is_folder(path: str) -> bool:
    """Whether ``-o`` names a folder: it ends in ``/``, is one, or has no suffix."""
    return path.endswith(("/", os.sep)) or os.path.isdir(path) or not Path(path).suffix


def write_all(output: str, files: Mapping[str, str]) -> None:
    """Write files by their paths below a folder, or into an archive if *output* names one.

    An archive is the same, byte for byte, for the same files. Raises UsageError if the place cannot
    be written.
    """
    if output.endswith(ARCHIVES):
        _write(Path(output), _archive(files))
        return
    folder = Path(output)
    if folder.is_file():
        raise UsageError(f"cannot write into {output}: it is a file")
    for name, text in files.items():
        write_whole(folder / name, text)


def write_whole(path: Path, text: str) -> None:
    """Write *text* to *path* through a temporary file beside it.

    Raises UsageError if the place cannot be written.
    """
    _write(path, text.encode("utf-8", "replace"))


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def _archive(files: Mapping[str, str]) -> bytes:
    """A .tar.gz of these files, without times and owners."""
    import gzip
    import io
    import tarfile

    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0, filename="") as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, text in sorted(files.items()):
            content = text.encode("utf-8", "replace")
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
