"""Keeps Aura's own bare copy of a remote repository, under ``AURA_HOME/mirrors``."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pygit2

from aura_core.errors import Forbidden, GitFailed, SourceGone, UnknownRevision
from aura_core.files import locked
from aura_core.model.repository import Repository
from aura_core.ports.sources import FetchProgress, Head
from aura_core.settings import Settings
from aura_core.sources import urls
from aura_core.sources.git.commit_selection import RecentSelections
from aura_core.sources.git.fetch import KEEP_PREFIX, Fetch, FetchRequest
from aura_core.sources.git.fetch_failures import FetchFailure, forget_failure, read_failure, record_failure
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.git.remote_address import pinned_config

# an id names a folder, so it must not hold a slash
_ID = re.compile(r"[a-z0-9._-]{1,80}")


class MirrorSource(GitObjects):
    """Reads a remote repository from its mirror: branches and tags follow the remote, indexed commits are kept."""

    def __init__(self, repository: Repository, settings: Settings, recent: RecentSelections) -> None:
        if not _ID.fullmatch(repository.id):
            raise ValueError(f"not a repository id: {repository.id!r}")
        self._folder = settings.home / "mirrors"
        super().__init__(self._folder / f"{repository.id}.git", settings, recent)
        self._failure_file = self._folder / f"{repository.id}.failure.json"
        self._origin = repository.origin
        self._allow_file = repository.added_by == "cli" and urls.scheme_of(repository.origin) == "file"

    @property
    def git(self) -> pygit2.Repository:
        """Return the mirror. Raises ``SourceGone`` before the first fetch."""
        if self._repository is None and not self.path.is_dir():
            raise SourceGone(f"{self._origin} has not been fetched yet.", remedy="Sync it first.")
        return super().git

    def head(self) -> Head | None:
        """Return where HEAD points; None while there is no commit, and before the first fetch."""
        return super().head() if self.path.is_dir() else None

    def resolve(self, revision: str) -> str:
        """Return the commit of a revision, see ``Source.resolve``."""
        if not self.path.is_dir():
            raise UnknownRevision(
                f"{self._origin} has not been fetched yet, so {revision[:100]!r} is not known.", remedy="Sync it first."
            )
        return super().resolve(revision)

    def worktree(self) -> None:
        """Return None: a mirror has no working tree."""
        return

    def dirty_text(self, blob: str) -> None:
        """Return None: a mirror has no working tree."""
        return

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Make the mirror, or bring it up to date.

        ``commits`` are full shas to fetch besides branches and tags (for example of a pull request); the ones that
        the remote refuses are skipped. An interrupted first fetch leaves nothing behind. Raises ``GitFailed``, and
        ``Forbidden`` for an address in a private network.
        """
        with self._lock() as lock:
            try:
                self._fetch(lock, progress, commits)
            except (GitFailed, Forbidden) as error:
                record_failure(self._failure_file, str(error), self.settings.poll_seconds)
                raise
            forget_failure(self._failure_file)
        self.reopen()

    def fetch_failure(self) -> FetchFailure | None:
        """Return how the last fetches failed, None after a success."""
        return read_failure(self._failure_file)

    def _fetch(self, lock: int, progress: FetchProgress | None, commits: Sequence[str]) -> None:
        deadline = time.monotonic() + self.settings.git_timeout_seconds
        config = pinned_config(self._origin, self.settings.private_mirror_hosts)
        request = FetchRequest(
            self._origin, self._allow_file, commits, deadline, self.settings.max_mirror_bytes, progress, config
        )
        self._remove_leftovers()
        if self.path.is_dir():
            Fetch(self.path, request, lock).run()
        else:
            self._make(request, lock)

    def keep(self, sha: str) -> None:
        """Protect a commit until ``keep_only`` releases it, whatever happens to the remote's branches.

        Raises ``UnknownRevision``.
        """
        self.git.references.create(KEEP_PREFIX + sha, self._commit(sha).id, force=True)

    def keep_only(self, shas: Collection[str]) -> None:
        """Release all protected commits but these.

        Git's own housekeeping may then delete what no branch, tag or protected commit has.
        """
        if not self.path.is_dir():
            return
        protecting_refs = [name for name in self.git.references if name.startswith(KEEP_PREFIX)]
        for name in protecting_refs:
            if name.removeprefix(KEEP_PREFIX) not in shas:
                self.git.references.delete(name)

    def remove(self) -> None:
        """Delete the mirror."""
        if not self._folder.is_dir():
            return
        with self._lock():
            self.reopen()
            self._remove_leftovers()
            forget_failure(self._failure_file)
            if self.path.is_dir():
                # A rename is atomic: when the deletion is interrupted, no half mirror is left.
                trash = self._temporary_path()
                os.rename(self.path, trash)
                shutil.rmtree(trash)

    @contextlib.contextmanager
    def _lock(self) -> Iterator[int]:
        """Hold the mirror's lock; yields its descriptor. Raises ``GitFailed`` when another process holds it too long.

        The git program inherits the lock, so a mirror whose owner was killed stays locked until git has ended too.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_file = self.path.with_suffix(".lock")
        with contextlib.ExitStack() as stack:
            try:
                lock = stack.enter_context(locked(lock_file, seconds=self.settings.git_timeout_seconds))
            except TimeoutError as error:
                raise GitFailed(
                    f"Another process has been fetching {self._origin} for too long.", remedy="Wait for it, or end it."
                ) from error
            yield lock

    def _temporary_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.aside-{secrets.token_hex(8)}")

    def _remove_leftovers(self) -> None:
        """Remove what a killed process left behind. Nobody works on it, since this process holds the lock."""
        for folder in self._folder.glob(f"{self.path.name}.aside-*"):
            shutil.rmtree(folder)
        # Lock files and temporary packs of git stop every later fetch.
        for pattern in ("**/*.lock", "objects/pack/tmp_*", "objects/pack/.tmp-*"):
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)
        for pattern in ("objects/incoming-*", "objects/tmp_objdir-*"):
            for folder in self.path.glob(pattern):
                shutil.rmtree(folder, ignore_errors=True)

    def _make(self, request: FetchRequest, lock: int) -> None:
        """Fetch into a new folder, which takes the mirror's name when it is complete."""
        new_mirror = self._temporary_path()
        new_mirror.mkdir(mode=0o700)
        try:
            fetch = Fetch(new_mirror, request, lock)
            fetch.git("init", "--quiet", "--bare", "--template=", "--initial-branch=main")
            fetch.run()
            os.rename(new_mirror, self.path)
        finally:
            shutil.rmtree(new_mirror, ignore_errors=True)
