"""Files of a git revision, written below a folder without a checkout.

Only git's plumbing is asked (``rev-parse``, ``merge-base``, ``ls-tree``, ``cat-file``): no hook,
filter or pager of a repository runs, no index or working tree changes, and nothing is fetched.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from sigmacast.errors import UsageError
from sigmacast.git_program import GitProgram, complaint
from sigmacast.rule_files import MAX_BYTES

_REGULAR = (b"100644", b"100755")
_ODD_PARTS = frozenset({"", ".", "..", ".git"})
_NO_GIT = ": give two folders or files"


@dataclass(frozen=True, slots=True)
class Blob:
    """A regular file of a revision; ``path`` is from the top of the repository."""

    id: str
    path: PurePosixPath


@dataclass(frozen=True)
class Repository:
    """The git repository that a folder lies in; ``top`` is its working tree."""

    top: Path
    _git: GitProgram = field(repr=False, compare=False)

    def commit(self, name: str) -> str | None:
        """The id of the commit that a name stands for, None if it stands for none."""
        if name.startswith("-"):
            return None
        asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        done = self._git.run(*asked)
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def merge_base(self, one: str, other: str) -> str | None:
        """The commit that two commits have last in common."""
        done = self._git.run("merge-base", one, other)
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def inside(self, path: str | Path) -> PurePosixPath | None:
        """A path as git knows it, from the top; None for one that is elsewhere."""
        absolute = os.path.abspath(path)
        # The folder may be a link to where git says that the top is; the file itself is not looked
        # at, since it need not be there.
        real = os.path.join(os.path.realpath(os.path.dirname(absolute)), os.path.basename(absolute))
        for candidate in (os.path.realpath(absolute), real, absolute):
            relative = os.path.relpath(candidate, self.top)
            if relative.partition(os.sep)[0] != os.pardir:
                return PurePosixPath(Path(relative).as_posix())
        return None

    def extract(
        self, commit: str, folder: Path, wanted: Callable[[PurePosixPath], bool]
    ) -> Iterator[Path]:
        """Write the wanted files of a commit below a folder; links are passed over.

        Raises UsageError for a file that cannot be written or is larger than a rule file may be.
        """
        blobs = [blob for blob in self._blobs(commit) if wanted(blob.path)]
        for blob, content in zip(blobs, self._contents(blobs), strict=True):
            target = folder.joinpath(*blob.path.parts)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            except OSError as error:
                raise UsageError(f"cannot write {target}: {error.strerror or error}") from None
            yield target

    def _blobs(self, commit: str) -> Iterator[Blob]:
        done = self._git.run("ls-tree", "-r", "-z", "--full-tree", commit)
        if done.returncode:
            raise UsageError(f"git cannot read {commit}: {complaint(done)}")
        for entry in done.stdout.split(b"\0"):
            about, tab, name = entry.partition(b"\t")
            if not tab:
                continue
            mode, _, id = about.split()
            path = os.fsdecode(name)
            parts = path.split("/")
            if mode not in _REGULAR or _ODD_PARTS.intersection(part.lower() for part in parts):
                continue
            if os.sep != "/" and any(os.sep in part or ":" in part for part in parts):
                continue
            yield Blob(id.decode(), PurePosixPath(path))

    def _contents(self, blobs: Sequence[Blob]) -> Iterator[bytes]:
        if not blobs:
            return
        with tempfile.TemporaryFile() as asked:
            asked.write("".join(f"{blob.id}\n" for blob in blobs).encode())
            asked.seek(0)
            with self._git.answering("cat-file", "--batch", asked=asked) as process:
                assert process.stdout is not None
                try:
                    for blob in blobs:
                        yield _content(process.stdout, blob)
                finally:
                    process.kill()


def repository_of(folder: str | Path = ".") -> Repository:
    """The repository of a folder; raises UsageError where there is none, or no git."""
    done = GitProgram(Path(folder), missing=_NO_GIT).run("rev-parse", "--show-toplevel")
    top = os.fsdecode(done.stdout.rstrip(b"\n"))
    if done.returncode or not top:
        reason = complaint(done) or "it has no working tree"
        raise UsageError(f"no git repository here to find revisions in: {reason}")
    real = Path(os.path.realpath(top))
    return Repository(real, GitProgram(real, missing=_NO_GIT))


def _content(stream: IO[bytes], blob: Blob) -> bytes:
    head = stream.readline().split()
    if len(head) != 3 or head[1] != b"blob":
        raise UsageError(f"git has no content of {blob.path}; fetch the revision first")
    size = int(head[2])
    if size > MAX_BYTES:
        raise UsageError(f"{blob.path} is larger than {MAX_BYTES // 1024 // 1024} MiB")
    content = stream.read(size)
    stream.read(1)  # the line end behind it
    return content
