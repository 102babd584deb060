"""One commit on a new branch of somebody's repository, made so that a failure leaves no trace.

The commit is put together beside the working tree, in an index of its own, and the branch appears
at once or not at all; only then is it checked out. No hook runs, nothing is fetched or pushed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sigmacast.errors import UsageError
from sigmacast.git_program import GitProgram, complaint

MAX_SHOWN = 3
"""Changed files that a refusal names."""

# Where programs are and who the author is; nothing that points git to another repository.
_KEPT = (
    "PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP",
    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL",
)  # fmt: skip
_NO_PROGRAMS = ("-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false")


class Git:
    """The git repository whose working tree is a folder."""

    def __init__(self, root: Path) -> None:
        """Raises UsageError where git is missing and where the folder is no such working tree."""
        self._git = GitProgram(
            root,
            missing=", and a contribution is a branch in git",
            environment={name: os.environ[name] for name in _KEPT if name in os.environ},
            options=_NO_PROGRAMS,
        )
        self._root = root
        top = self._try("rev-parse", "--show-toplevel")
        if top is None:
            raise UsageError(f"{root} is no git repository: clone the shared repository first")
        if os.path.realpath(top) != str(root):
            raise UsageError(f"{root} lies in a git repository: give its top, --repo {top}")
        head = self._try("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if head is None:
            raise UsageError(f"{root} has no commit yet to begin a branch from")
        self.head = head

    @property
    def place(self) -> str:
        """Where HEAD is: a branch, or a commit."""
        return self._try("symbolic-ref", "--short", "--quiet", "HEAD") or self.head

    def require_clean(self) -> None:
        """Raises UsageError where the working tree has changes, unknown files among them."""
        changed = self._ask("status", "--porcelain", "-z", "--untracked-files=normal").split("\0")
        names = [entry[3:] for entry in changed if entry]
        if names:
            more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
            raise UsageError(
                f"{self._root} has changes ({', '.join(names[:MAX_SHOWN])}{more}): "
                "commit or stash them first"
            )

    def require_free(self, branch: str, path: str) -> None:
        """Raises UsageError for a branch or a file that is there already."""
        if self._try("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}") is not None:
            raise UsageError(f"the branch {branch} is there already: remove or rename it first")
        if os.path.lexists(self._root / path):
            raise UsageError(f"{path} is there already: this command prepares new rules only")

    def commit(self, files: Mapping[str, bytes], branch: str, message: str) -> str:
        """Make a branch with one commit of these files by path, and check it out; the commit's id.

        Raises UsageError where git refuses; all is then as it was.
        """
        with tempfile.TemporaryDirectory(prefix="sigmacast-") as folder:
            index = {"GIT_INDEX_FILE": os.path.join(folder, "index")}
            self._ask("read-tree", self.head, more=index)
            for path, content in files.items():
                blob = self._ask("hash-object", "-w", "--stdin", given=content)
                entry = f"100644,{blob},{path}"
                self._ask("update-index", "--add", "--cacheinfo", entry, more=index)
            tree = self._ask("write-tree", more=index)
        commit = self._ask("commit-tree", tree, "-p", self.head, "-F", "-", given=message.encode())
        before = self.place
        # The empty old value lets git refuse a branch that came into being meanwhile.
        self._ask("update-ref", f"refs/heads/{branch}", commit, "0" * len(commit))
        try:
            self._ask("checkout", "--quiet", branch, "--")
        except UsageError:
            self._try("checkout", "--quiet", before, "--")
            self._try("update-ref", "-d", f"refs/heads/{branch}", commit)
            raise
        return commit

    def _try(self, *arguments: str) -> str | None:
        """The answer, None where git gives none."""
        done = self._git.run(*arguments)
        return os.fsdecode(done.stdout).rstrip("\n") if done.returncode == 0 else None

    def _ask(
        self,
        *arguments: str,
        given: bytes = b"",
        more: Mapping[str, str] | None = None,
    ) -> str:
        """The answer; raises UsageError with git's first words where it gives none."""
        done = self._git.run(*arguments, given=given, more=more)
        if done.returncode:
            said = complaint(done) or "it says no reason"
            raise UsageError(f"git {arguments[0]} failed: {said}")
        return os.fsdecode(done.stdout).rstrip("\n")
