"""A repository's commits and files, and what opens them. Three adapters ship: checkouts, mirrors and plain folders."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from aura_core.model.changes import Change
from aura_core.model.repository import Repository
from aura_core.model.snapshot import Tree
from aura_core.settings import Settings

FetchProgress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""


class Head(NamedTuple):
    """Where HEAD points: the branch's short name, or "HEAD" when it is detached, and the full id of its commit."""

    ref: str
    sha: str


class FetchFailure(Protocol):
    """Fetches that failed in a row; as a text, a sentence for people."""

    @property
    def next_try(self) -> float:
        """Return when to fetch again at the earliest, in UTC seconds."""
        ...


class Source(Protocol):
    """One repository's commits and files.

    ``sha`` is a full commit id, ``blob`` a hex object id. Every error is an ``AuraError`` that carries a remedy.
    """

    def head(self) -> Head | None:
        """Return where HEAD points; None while there is no commit."""
        ...

    def resolve(self, revision: str) -> str:
        """Return the commit that a sha, an abbreviation, a branch, a tag or a remote-tracking name means.

        Raises ``UnknownRevision``, ``AmbiguousRevision`` (``details['candidates']``).
        """
        ...

    def tree(self, sha: str) -> Tree:
        """Return the files of a commit that are indexed, and counts of the others.

        Raises ``UnknownRevision``, ``InputTooLarge``.
        """
        ...

    def worktree(self) -> Tree | None:
        """Return the files as they are on disk.

        None when they equal HEAD's, or when nothing is checked out. A plain folder always has a tree.
        """
        ...

    def read(self, blob: str) -> bytes:
        """Return the raw bytes of a blob. Raises ``SourceGone``."""
        ...

    def read_many(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield (blob, raw bytes) in the order of ``blobs``. Blobs that cannot be read are left out."""
        ...

    def has_blob(self, blob: str) -> bool:
        """Return whether a blob of a commit can be read now."""
        ...

    def dirty_text(self, blob: str) -> bytes | None:
        """Return the text of a blob that the last ``worktree`` had and HEAD has not; None for any other blob.

        Raises ``SourceGone`` when the file has changed since.
        """
        ...

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Bring a mirror up to date, and make it first when there is none. Other sources have nothing to fetch.

        ``commits`` are full shas to fetch besides branches and tags; the ones that the remote refuses are skipped.
        Raises ``GitFailed``, and ``Forbidden`` for an address in a private network.
        """
        ...

    def fetch_failure(self) -> FetchFailure | None:
        """Return how the last fetches of a mirror failed; None after a success, and for other sources."""
        ...

    def keep(self, sha: str) -> None:
        """Make sure that a mirror never loses a commit. Does nothing for other sources."""
        ...

    def keep_only(self, shas: Collection[str]) -> None:
        """Release every commit that ``keep`` protected, except these. Does nothing for other sources."""
        ...

    def ancestors(self, sha: str, limit: int) -> Iterator[str]:
        """Yield a commit and its ancestors, newest first, at most ``limit``. Raises ``SourceGone``."""
        ...

    def commits_between(self, older: str, newer: str, limit: int = 10_000) -> int:
        """Count the commits that ``newer`` has and ``older`` has not, up to ``limit``. Raises ``SourceGone``."""
        ...

    def changes(self, old: str, new: str, threshold: int = 50) -> tuple[Change, ...]:
        """Return the differences between two commits, one per file, sorted by path.

        ``old`` may be "" (an empty tree), ``new`` the word ``WORKTREE``. A deleted and an added file with at least
        ``threshold`` per cent in common are one renamed file. Files that are not indexed count too.
        Raises ``UnknownRevision``.
        """
        ...

    def commit_time(self, sha: str) -> float:
        """Return when a commit was made, in UTC seconds."""
        ...

    def remove(self) -> None:
        """Delete Aura's own copy of the repository: the mirror."""
        ...


class Watcher(Protocol):
    """One checkout whose changes this process hears."""

    @property
    def problem(self) -> str:
        """Return why changes are not heard, "" while they are."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait for a change, and return whether there was one. Where changes are not heard, just wait."""
        ...


class SourceOpener(Protocol):
    """Opens the sources of registered repositories, and holds what they share from one question to the next."""

    def open(self, repository: Repository) -> Source:
        """Return the source of a repository. Nothing is read before its first question."""
        ...

    def watch(self, repository: Repository) -> Watcher:
        """Watch a local checkout from now on; its sources then read only what changed."""
        ...

    def is_watched(self, repository: Repository) -> bool:
        """Return whether ``watch`` was called for a checkout, and ``unwatch`` not yet."""
        ...

    def unwatch(self, repository: Repository) -> None:
        """Stop watching a checkout."""
        ...

    def with_settings(self, settings: Settings) -> SourceOpener:
        """Return an opener of the same kind that goes by other settings and watches nothing yet."""
        ...

    def close(self) -> None:
        """Stop all watchers."""
        ...
