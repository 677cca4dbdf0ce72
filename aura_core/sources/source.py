"""What every kind of source answers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol

from aura_core.model.changes import Change
from aura_core.model.snapshot import Tree

FetchProgress = Callable[[str, int, int], None]
"""Called with a step's name, how much of it is done, and how much there is."""


class Source(Protocol):
    """One repository's commits and files. ``sha`` is a full commit id, ``blob`` a hex object id; errors are named and
    carry a remedy.
    """

    def head(self) -> tuple[str, str] | None:
        """(ref, sha) of HEAD: the branch's short name, or "HEAD" when detached; None while there is no commit."""
        ...

    def resolve(self, revision: str) -> str:
        """The commit that a sha, an abbreviation, a branch, a tag or a remote-tracking name means.

        Raises ``UnknownRevision``, ``AmbiguousRevision`` (``details['candidates']``).
        """
        ...

    def tree(self, sha: str) -> Tree:
        """The files of a commit that are indexed, and counts of the others. Raises ``UnknownRevision``,
        ``InputTooLarge``.
        """
        ...

    def worktree(self) -> Tree | None:
        """The files as they are on disk; None when that is what HEAD says or there are none. Always a tree for a plain
        folder.
        """
        ...

    def read(self, blob: str) -> bytes:
        """Raw bytes. Raises ``SourceGone``."""
        ...

    def read_many(self, blobs: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """(blob, raw bytes) in the order asked for. Raises ``SourceGone``."""
        ...

    def dirty_text(self, blob: str) -> bytes | None:
        """The text of a blob that the last ``worktree`` named and git may not keep; None for others. Raises
        ``SourceGone``.
        """
        ...

    def fetch(self, progress: FetchProgress | None = None, commits: Sequence[str] = ()) -> None:
        """Bring a mirror up to date, making it when it is not there; nothing for local repositories. Raises
        ``GitFailed``.

        ``commits`` are full shas wanted besides branches and tags; those that the remote does not give are left out.
        """
        ...

    def keep(self, sha: str) -> None:
        """Make sure that a mirror never loses a commit; nothing for local repositories."""
        ...

    def keep_only(self, shas: Collection[str]) -> None:
        """Hold none but these of the commits that were to be kept; nothing for local repositories."""
        ...

    def ancestors(self, sha: str, limit: int) -> Iterator[str]:
        """A commit and what it came from, newest first, at most ``limit``."""
        ...

    def commits_between(self, older: str, newer: str, limit: int = 10_000) -> int:
        """How many commits ``newer`` has that ``older`` has not, counted up to ``limit``."""
        ...

    def changes(self, old: str, new: str, threshold: int = 50) -> tuple[Change, ...]:
        """What differs between two commits, file by file, sorted by path; ``old`` may be "" (nothing), ``new`` the
        word ``WORKTREE``.

        A deleted and an added file with at least ``threshold`` per cent in common are one renamed file. All files
        count, also those that are not indexed. Raises ``UnknownRevision``.
        """
        ...

    def commit_time(self, sha: str) -> float:
        """When a commit was made: UTC seconds."""
        ...

    def remove(self) -> None:
        """Delete what Aura itself keeps of the repository: the mirror."""
        ...
