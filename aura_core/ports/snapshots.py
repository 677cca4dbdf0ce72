"""Content-addressed rows and the manifests that name them. Rows are inserted or ignored, never changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol

from aura_core.model.snapshot import Manifest, ManifestEntry, SnapshotInfo, SweepResult

NO_SIMILAR: Final[Mapping[bytes, bytes]] = MappingProxyType({})


class RowKind(StrEnum):
    """Which kind of row a key names. ``TEXT`` keys are raw object ids: text of blobs that no repository keeps
    (working-tree edits).
    """

    FACTS = "facts"
    FRAGMENT = "fragment"
    READS = "reads"
    TEXT = "text"


NAMED_KINDS: Final = (RowKind.FACTS, RowKind.FRAGMENT, RowKind.READS)
"""The kinds of rows that a manifest names for each file, in a field of the entry that is called as the kind is."""


def row_key(kind: RowKind, entry: ManifestEntry) -> bytes:
    """The key of a file's row of one of ``NAMED_KINDS``."""
    key: bytes = getattr(entry, kind.value)
    return key


class SnapshotReader(Protocol):
    """Rows and manifests that are there. Missing keys are left out of answers."""

    def touch(self, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored. Whoever asks is about to name them: they are kept for the time of grace from
        now on.
        """
        ...

    def rows(self, kind: RowKind, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Packed values by key, as they were put."""
        ...

    def manifest(self, repo: str, sha: str) -> Manifest | None:
        """The whole manifest of a snapshot, deltas applied."""
        ...

    def info(self, repo: str, sha: str) -> SnapshotInfo | None:
        """A snapshot without its entries; cheap."""
        ...

    def snapshots(self, repo: str, limit: int = 100, before: float | None = None) -> Sequence[SnapshotInfo]:
        """Newest first; ``before`` continues after the last one's ``created_at``."""
        ...

    def find(self, repo: str, prefix: str) -> Sequence[str]:
        """Shas of stored snapshots that begin with ``prefix``, sorted, at most 20."""
        ...

    def artifact(self, repo: str, name: str) -> tuple[str, Any] | None:
        """A small derived result (clusters) as (sha it was made at, JSON value)."""
        ...


class SnapshotWriter(Protocol):
    """Adds rows and manifests. Every call may be repeated."""

    def put_rows(self, kind: RowKind, rows: Mapping[bytes, bytes], like: Mapping[bytes, bytes] = NO_SIMILAR) -> int:
        """Insert or ignore, in transactions of at most 200 rows; how many were new. ``like``: for any of the keys,
        that of a row which probably has much in common with it, as the one before of the same file has. It need not be
        there, and only what is stored depends on it.
        """
        ...

    def put_manifest(self, manifest: Manifest) -> None:
        """Store a manifest, as a delta to ``manifest.parent`` when that is stored with the same versions, else whole.

        Raises ``RowsGone`` when it names rows that are not there.
        """
        ...

    def put_artifact(self, repo: str, name: str, sha: str, value: Any) -> None:
        """Insert or replace a small derived result."""
        ...

    def forget(self, repo: str) -> None:
        """Delete a repository's manifests and artifacts; rows stay for others."""
        ...

    def flush(self) -> None:
        """Make everything written so far durable (WAL checkpoint); called before a ref flips."""
        ...


class SnapshotCollector(Protocol):
    """Takes away what is not wanted any more, in short transactions, while others read and write."""

    def artifacts(self, repo: str) -> Sequence[str]:
        """Names of a repository's small derived results, sorted."""
        ...

    def owners(self) -> Sequence[str]:
        """Ids of the repositories that have snapshots, sorted."""
        ...

    def named_facts(self) -> Iterator[tuple[str, bytes]]:
        """(path, facts key) of every file of every snapshot, each at least once. A manifest that is written meanwhile
        may be left out.
        """
        ...

    def retire(self, repo: str, shas: Iterable[str]) -> int:
        """Delete snapshots with their artifacts; all others stay whole. How many snapshots there were."""
        ...

    def sweep(
        self, texts: Callable[[], Collection[bytes]], *, spare_since: float | None = None, dry_run: bool = False
    ) -> Mapping[RowKind, SweepResult]:
        """Delete rows that no manifest names, texts that are not among ``texts()``, when nobody has wanted them for
        the time of grace, nor since ``spare_since`` (UTC seconds since the epoch).
        """
        ...


class SnapshotStore(SnapshotReader, SnapshotWriter, SnapshotCollector, Protocol):
    """Reader, writer and collector over one database."""

    def sizes(self) -> Mapping[str, int]:
        """Bytes by table."""
        ...

    def ping(self) -> None:
        """Raises ``StoreUnavailable``."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...
