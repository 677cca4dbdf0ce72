"""Our own bare copy of a remote repository, under ``AURA_HOME/mirrors``."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pygit2

from aura_core.errors import GitFailed, SourceGone, UnknownRevision
from aura_core.model.repository import Repository
from aura_core.ports.sources import FetchProgress, Head
from aura_core.settings import Settings
from aura_core.sources import urls
from aura_core.sources.git.commit_selection import RecentSelections
from aura_core.sources.git.fetch import KEEP, Fetch, Request
from aura_core.sources.git.objects import GitObjects

_ID = re.compile(r"[a-z0-9._-]{1,80}")


class MirrorSource(GitObjects):
    """Reads a remote repository from its mirror; branches and tags follow the remote, indexed commits are never lost."""

    def __init__(self, repository: Repository, settings: Settings, recent: RecentSelections) -> None:
        if not _ID.fullmatch(repository.id):
            raise ValueError(f"not a repository id: {repository.id!r}")
        self._folder = settings.home / "mirrors"
        super().__init__(self._folder / f"{repository.id}.git", settings, recent)
        self._origin = repository.origin
        self._allow_file = repository.added_by == "cli" and urls.scheme_of(repository.origin) == "file"

    @property
    def git(self) -> pygit2.Repository:
        """The mirror. Raises ``SourceGone`` before the first fetch."""
        if self._opened is None and not self.path.is_dir():
            raise SourceGone(f"{self._origin} has not been fetched yet.", remedy="Sync it first.")
        return super().git

    def head(self) -> Head | None:
        """See ``Source.head``; None before the first fetch."""
        return super().head() if self.path.is_dir() else None

    def resolve(self, revision: str) -> str:
        """See ``Source.resolve``."""
        if not self.path.is_dir():
            raise UnknownRevision(
                f"{self._origin} has not been fetched yet, so {revision[:100]!r} is not known.", remedy="Sync it first."
            )
        return super().resolve(revision)

    def worktree(self) -> None:
        """A mirror has no working tree."""
        return

    def dirty_text(self, blob: str) -> None:
        """A mirror has no working tree."""
        return

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Make the mirror, or bring it up to date. ``commits`` are full shas wanted besides branches and tags (say of
        a pull request); those that the remote does not give are left out. Raises ``GitFailed``; an interrupted first
        fetch leaves nothing behind.
        """
        deadline = time.monotonic() + self.settings.git_timeout_seconds
        request = Request(self._origin, self._allow_file, commits, deadline, self.settings.max_mirror_bytes, progress)
        with self._locked(deadline) as hold:
            self._sweep()
            if self.path.is_dir():
                Fetch(self.path, request, hold).run()
            else:
                self._make(request, hold)
        self.reopen()

    def keep(self, sha: str) -> None:
        """Hold a commit until ``keep_only`` lets it go, whatever happens to the remote's branches. Raises
        ``UnknownRevision``.
        """
        self.git.references.create(KEEP + sha, self._commit(sha).id, force=True)

    def keep_only(self, shas: Collection[str]) -> None:
        """See ``Source.keep_only``; what no branch, tag or kept commit holds may then be lost to git's own
        housekeeping.
        """
        if not self.path.is_dir():
            return
        for name in [
            name for name in self.git.references if name.startswith(KEEP) and name.removeprefix(KEEP) not in shas
        ]:
            self.git.references.delete(name)

    def remove(self) -> None:
        """Delete the mirror."""
        if not self._folder.is_dir():
            return
        with self._locked(time.monotonic() + self.settings.git_timeout_seconds):
            self.reopen()
            self._sweep()
            if self.path.is_dir():
                doomed = self._aside()
                os.rename(self.path, doomed)
                shutil.rmtree(doomed)

    @property
    def _lock_file(self) -> Path:
        return self.path.with_suffix(".lock")

    @contextlib.contextmanager
    def _locked(self, deadline: float) -> Iterator[int]:
        """One writer per mirror. The git program inherits the lock, so a mirror whose owner was killed stays locked
        until git has ended too.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self._lock_file, "wb") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise GitFailed(
                            f"Another process has been fetching {self._origin} for too long.",
                            remedy="Wait for it, or end it.",
                        ) from error
                    time.sleep(0.1)
            yield file.fileno()

    def _aside(self) -> Path:
        return self.path.with_name(f"{self.path.name}.aside-{secrets.token_hex(8)}")

    def _sweep(self) -> None:
        """Remove what a killed process left behind; we hold the lock, so nobody works on it."""
        for left in self._folder.glob(f"{self.path.name}.aside-*"):
            shutil.rmtree(left)
        for pattern in ("**/*.lock", "objects/pack/tmp_*", "objects/pack/.tmp-*"):
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)
        for pattern in ("objects/incoming-*", "objects/tmp_objdir-*"):
            for folder in self.path.glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)

    def _make(self, request: Request, hold: int) -> None:
        new = self._aside()
        new.mkdir(mode=0o700)
        try:
            fetch = Fetch(new, request, hold)
            fetch.git("init", "--quiet", "--bare", "--template=", "--initial-branch=main")
            fetch.run()
            os.rename(new, self.path)
        finally:
            shutil.rmtree(new, ignore_errors=True)
