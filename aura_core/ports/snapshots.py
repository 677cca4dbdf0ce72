"""Content-addressed rows and the manifests that name them. Rows are inserted or ignored, never changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Protocol

from aura_core.model.snapshot import Manifest, ManifestEntry, SnapshotInfo, SweepResult

NO_SIMILAR: Final[Mapping[bytes, bytes]] = MappingProxyType({})


class RowKind(StrEnum):
    """The kind of row that a key names. ``TEXT`` keys are raw object ids: the text of blobs that no repository holds,
    because they are edits of a working tree.
    """

    FACTS = "facts"
    FRAGMENT = "fragment"
    READS = "reads"
    TEXT = "text"


NAMED_KINDS: Final = (RowKind.FACTS, RowKind.FRAGMENT, RowKind.READS)
"""The kinds of rows that a manifest names for each file, each in the field of ``ManifestEntry`` with its name."""


def row_key(kind: RowKind, entry: ManifestEntry) -> bytes:
    """Return the key of a file's row of one of ``NAMED_KINDS``."""
    key: bytes = getattr(entry, kind.value)
    return key


class SnapshotReader(Protocol):
    """Reads rows and manifests. Keys that are not stored are left out of the answers."""

    def touch(self, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of the keys that are stored, and renew their last use: the caller is about to name them, so
        they are kept for the grace period from now on.
        """
        ...

    def rows(self, kind: RowKind, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Return values by key, as they were put. Raises ``StoreCorrupt`` when one does not decompress."""
        ...

    def manifest(self, repo: str, sha: str) -> Manifest | None:
        """Return the complete manifest of a snapshot, deltas applied; None when it is not stored."""
        ...

    def info(self, repo: str, sha: str) -> SnapshotInfo | None:
        """Return a snapshot without its entries, which is cheap; None when it is not stored."""
        ...

    def snapshots(self, repo: str, limit: int = 100, before: float | None = None) -> Sequence[SnapshotInfo]:
        """Return a repository's snapshots, newest first. ``before``: only those created before this time, which is
        the ``created_at`` of the last one on the previous page.
        """
        ...

    def find(self, repo: str, prefix: str) -> Sequence[str]:
        """Return the shas of stored snapshots that begin with ``prefix``, sorted, at most 20."""
        ...

    def artifact(self, repo: str, name: str) -> tuple[str, Any] | None:
        """Return a small derived result (clusters) as (sha of its snapshot, JSON value); None when there is none."""
        ...


class SnapshotWriter(Protocol):
    """Adds rows and manifests. Every call may be repeated."""

    def put_rows(self, kind: RowKind, rows: Mapping[bytes, bytes], similar: Mapping[bytes, bytes] = NO_SIMILAR) -> int:
        """Insert the rows that are not stored yet, at most 200 in a transaction, and return how many were new.

        ``similar``: for any of the keys, the key of a row with probably much the same value, for example that of the
        same file in the commit before. It need not be stored, and only the stored size depends on it.
        """
        ...

    def put_manifest(self, manifest: Manifest) -> None:
        """Store a manifest: as a delta of ``manifest.parent`` where that is stored with the same versions, else whole.

        Raises ``RowsGone`` when it names rows that are not stored.
        """
        ...

    def put_artifact(self, repo: str, name: str, sha: str, value: Any) -> None:
        """Insert or replace a small derived result, a JSON value."""
        ...

    def forget(self, repo: str) -> None:
        """Delete a repository's manifests and artifacts; rows stay, because other repositories may name them."""
        ...

    def flush(self) -> None:
        """Make everything written so far durable (a WAL checkpoint); called before a ref moves."""
        ...


class SnapshotCollector(Protocol):
    """Deletes what nobody needs any more, in short transactions, while others read and write."""

    def artifacts(self, repo: str) -> Sequence[str]:
        """Return the names of a repository's small derived results, sorted."""
        ...

    def owners(self) -> Sequence[str]:
        """Return the ids of the repositories that have snapshots, sorted."""
        ...

    def named_facts(self) -> Iterator[tuple[str, bytes]]:
        """Return (path, facts key) of every file of every snapshot, each pair at least once. A manifest that is
        written meanwhile may be left out.
        """
        ...

    def retire(self, repo: str, shas: Iterable[str]) -> int:
        """Delete snapshots with their artifacts and return how many were stored; all other snapshots stay complete."""
        ...

    def sweep(
        self, texts: Callable[[], Collection[bytes]], *, spare_since: float | None = None, dry_run: bool = False
    ) -> Mapping[RowKind, SweepResult]:
        """Delete the rows that no manifest names and the texts that are not among ``texts()``, if they were not used
        for the grace period; returns the totals by kind.

        ``spare_since`` (UTC seconds since the epoch): rows used since then stay as well. ``dry_run``: count only.
        """
        ...


class SnapshotStore(SnapshotReader, SnapshotWriter, SnapshotCollector, Protocol):
    """Reader, writer and collector over one database."""

    def sizes(self) -> Mapping[str, int]:
        """Return the stored bytes by table."""
        ...

    def ping(self) -> None:
        """Check that the database can be read and written. Raises ``StoreUnavailable``."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...
