"""The two sides of a comparison: paths as they lie there, or git revisions."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sigmacast.deployment_reader import FOLDER as DEPLOYMENTS
from sigmacast.errors import UsageError
from sigmacast.revisions import Repository, repository_of
from sigmacast.rule_files import STDIN, SUFFIXES

_RANGE = re.compile(r"(?P<old>.*?)(?P<dots>\.\.\.?)(?P<new>[^.].*)?")


@dataclass(frozen=True, slots=True)
class Side:
    """One side: what to load, and the folder that its rules' paths are told from.

    ``base`` is None for a single file that is compared with another, whatever they are called.
    ``missing`` are paths that this side does not have.
    """

    name: str
    paths: tuple[str, ...]
    base: Path | None
    filters: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def shown(self, path: str) -> str:
        """A rule's path as both sides call it."""
        if self.base is None:
            return path
        return Path(os.path.relpath(path, self.base)).as_posix()


@contextmanager
def sides(
    old: str,
    new: str | None,
    limits: Sequence[str],
    filters: Sequence[str],
    *,
    deployments: bool,
) -> Iterator[tuple[Side, Side]]:
    """Both sides, made ready while the block lasts.

    A name that exists as a file or folder is one, any other a revision of the repository of the
    working folder. A path beside a revision stands for the working tree, and limits both to it.
    *filters* that lie in the repository are those of the revision; *deployments* are looked for
    beside its rules if they are wanted. Raises UsageError for what is neither path nor revision.
    """
    for name in (old, new):
        if name == STDIN:
            raise UsageError("two sides cannot come from standard input: give files or revisions")
    if _is_path(old) and new is not None and _is_path(new):
        if limits:
            raise UsageError("two paths are compared as they are: there is nothing to limit")
        yield _paths(old, new, filters)
        return
    if new is None and _is_path(old):
        raise UsageError(f"{old} is to be compared with what? name a revision or a second path")
    with ExitStack() as stack:
        maker = _Maker(repository_of(), filters, stack, deployments=deployments)
        yield maker.sides(old, new, limits)


def _is_path(name: str) -> bool:
    return os.path.lexists(name)


def _paths(old: str, new: str, filters: Sequence[str]) -> tuple[Side, Side]:
    """Two files whatever they are called, else by their paths below two folders."""
    files = not os.path.isdir(old) and not os.path.isdir(new)

    def side(path: str) -> Side:
        folder = Path(path) if os.path.isdir(path) else Path(path).parent
        return Side(path, (path,), None if files else folder, tuple(filters))

    return side(old), side(new)


class _Maker:
    def __init__(
        self, repository: Repository, filters: Sequence[str], stack: ExitStack, *, deployments: bool
    ) -> None:
        self._repository = repository
        self._filters = filters
        self._stack = stack
        self._deployments = deployments

    def sides(self, old: str, new: str | None, limits: Sequence[str]) -> tuple[Side, Side]:
        """The sides, of which one at least is a revision."""
        paths = [name for name in (old, new) if name is not None and _is_path(name)]
        within = self._within([*paths, *limits])
        if not _is_path(old) and (new is None or _is_path(new)):
            ends = self._range(old)
            if ends is not None:
                start, end = ends
                return self._revision(*start, within), self._revision(*end, within)
        return self._named(old, within), self._named(new, within)

    def _named(self, name: str | None, within: Sequence[PurePosixPath]) -> Side:
        """A revision, or the working tree for a path in it and for nothing."""
        if name is None or _is_path(name):
            return self._side("working tree", self._repository.top, within, tuple(self._filters))
        commit = self._repository.commit(name)
        if commit is None:
            raise UsageError(f"'{name}' is no file or folder here, and no revision that git knows")
        return self._revision(name, commit, within)

    def _range(self, written: str) -> tuple[tuple[str, str], tuple[str, str]] | None:
        """The ends of ``a..b``, or of ``a...b``, which starts where b left a; None for no range.

        HEAD stands for an end that is left out.
        """
        found = _RANGE.fullmatch(written)
        if found is None:
            return None
        old, new = found["old"] or "HEAD", found["new"] or "HEAD"
        start, end = self._repository.commit(old), self._repository.commit(new)
        if start is None or end is None:
            return None
        if found["dots"] == "...":
            start = self._repository.merge_base(start, end)
            if start is None:
                raise UsageError(f"{old} and {new} have no commit in common")
        return (old, start), (new, end)

    def _within(self, limits: Sequence[str]) -> tuple[PurePosixPath, ...]:
        """The limits as git knows them; the working folder if there are none."""
        found = []
        for limit in limits or ["."]:
            inside = self._repository.inside(limit)
            if inside is None:
                raise UsageError(f"{limit} lies outside of the repository {self._repository.top}")
            found.append(inside)
        distinct = dict.fromkeys(found)
        return tuple(path for path in distinct if not distinct.keys() & set(path.parents))

    def _revision(self, name: str, commit: str, within: Sequence[PurePosixPath]) -> Side:
        """The files of a commit, in a folder that goes with the block."""
        folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="sigmacast-"))
        ).resolve()
        inside = {name: self._repository.inside(name) for name in self._filters}
        named = [*within, *(path for path in inside.values() if path is not None)]

        def wanted(path: PurePosixPath) -> bool:
            if path in named:
                return True
            if path.suffix not in SUFFIXES:
                return False
            beside = self._deployments and DEPLOYMENTS in path.parts[:-1]
            return beside or any(each in path.parents for each in named)

        for _ in self._repository.extract(commit, folder, wanted):
            pass
        filters = tuple(
            name if path is None else str(folder / path)
            for name, path in inside.items()
            if path is None or (folder / path).exists()
        )
        return self._side(name, folder, within, filters)

    def _side(
        self, name: str, base: Path, within: Sequence[PurePosixPath], filters: tuple[str, ...]
    ) -> Side:
        there = [path for path in within if os.path.lexists(base / path)]
        missing = tuple(str(path) for path in within if path not in there)
        return Side(name, tuple(str(base / path) for path in there), base, filters, missing)
