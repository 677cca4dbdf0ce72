"""The snapshot store over SQLAlchemy: one adapter for SQLite and Postgres."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select

from aura_core.adapters.database import Clock, Database
from aura_core.adapters.engine import open_database
from aura_core.adapters.last_use import LastUse
from aura_core.adapters.migrations import migrate
from aura_core.adapters.snapshots.contents import pack, unpack
from aura_core.adapters.snapshots.manifests import Manifests
from aura_core.adapters.snapshots.retirement import Retirement
from aura_core.adapters.snapshots.rows import Rows
from aura_core.adapters.snapshots.sweep import named_facts, sweep
from aura_core.adapters.snapshots.tables import ROWS, STORE, artifacts, snapshots
from aura_core.model.snapshot import Manifest, SnapshotInfo, SweepResult
from aura_core.ports.snapshots import NO_SIMILAR, RowKind
from aura_core.settings import Settings

STORE_FILE = "store.db"
MAX_MATCHES = 20

_INFO = select(
    *(snapshots.c[name] for name in ("repo", "sha", "digest", "files", "created_at", "versions", "stored_bytes"))
)


class SqlSnapshots:
    """The adapter of ``SnapshotStore``. ``grace``: minutes that an unnamed row is kept after its last use."""

    def __init__(self, database: Database, clock: Clock, grace: int = 0) -> None:
        self._database = database
        self._last_use = LastUse(clock, grace)
        self._rows = Rows(database, self._last_use)
        self._manifests = Manifests(database, clock)

    def touch(self, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of the keys that are stored, and renew their last use."""
        return self._rows.touch(kind, keys)

    def rows(self, kind: RowKind, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Return values by key, as they were put."""
        return self._rows.read(kind, keys)

    def put_rows(self, kind: RowKind, rows: Mapping[bytes, bytes], similar: Mapping[bytes, bytes] = NO_SIMILAR) -> int:
        """Insert the rows that are not stored yet and return how many were new. A row is stored as a change of the
        whole row behind its similar one, where that is shorter.
        """
        return self._rows.put(kind, rows, similar)

    def manifest(self, repo: str, sha: str) -> Manifest | None:
        """Return the complete manifest of a snapshot, deltas applied; None when it is not stored."""
        return self._manifests.get(repo, sha)

    def put_manifest(self, manifest: Manifest) -> None:
        """Store a manifest, as a delta of its parent where that is shorter."""
        self._manifests.put(manifest)

    def info(self, repo: str, sha: str) -> SnapshotInfo | None:
        """Return a snapshot without its entries; None when it is not stored."""
        with self._database.read() as connection:
            row = connection.execute(_INFO.where(snapshots.c.repo == repo, snapshots.c.sha == sha)).one_or_none()
        return None if row is None else _info(row)

    def snapshots(self, repo: str, limit: int = 100, before: float | None = None) -> Sequence[SnapshotInfo]:
        """Return a repository's snapshots, newest first, created before the time ``before``."""
        query = _INFO.where(snapshots.c.repo == repo).order_by(snapshots.c.created_at.desc()).limit(limit)
        if before is not None:
            query = query.where(snapshots.c.created_at < before)
        with self._database.read() as connection:
            return [_info(row) for row in connection.execute(query)]

    def find(self, repo: str, prefix: str) -> Sequence[str]:
        """Return the shas of stored snapshots that begin with ``prefix``, sorted, at most ``MAX_MATCHES``."""
        matches = func.substr(snapshots.c.sha, 1, len(prefix)) == prefix
        query = select(snapshots.c.sha).where(snapshots.c.repo == repo, matches).order_by(snapshots.c.sha)
        with self._database.read() as connection:
            return list(connection.execute(query.limit(MAX_MATCHES)).scalars())

    def artifact(self, repo: str, name: str) -> tuple[str, Any] | None:
        """Return a small derived result as (sha of its snapshot, JSON value); None when there is none."""
        query = select(artifacts.c.sha, artifacts.c.data).where(artifacts.c.repo == repo, artifacts.c.name == name)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.sha, unpack(row.data))

    def put_artifact(self, repo: str, name: str, sha: str, value: Any) -> None:
        """Insert or replace a small derived result."""
        values = {"repo": repo, "name": name, "sha": sha, "data": pack(value)}
        with self._database.write() as connection:
            connection.execute(self._database.insert_or_replace(artifacts), values)

    def forget(self, repo: str) -> None:
        """Delete a repository's manifests and artifacts; rows stay, because other repositories may name them."""
        self._manifests.forget(repo)
        with self._database.write() as connection:
            connection.execute(delete(artifacts).where(artifacts.c.repo == repo))

    def artifacts(self, repo: str) -> Sequence[str]:
        """Return the names of a repository's small derived results, sorted."""
        query = select(artifacts.c.name).where(artifacts.c.repo == repo).order_by(artifacts.c.name)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def owners(self) -> Sequence[str]:
        """Return the ids of the repositories that have snapshots, sorted."""
        with self._database.read() as connection:
            return list(connection.execute(select(snapshots.c.repo).distinct().order_by(snapshots.c.repo)).scalars())

    def named_facts(self) -> Iterator[tuple[str, bytes]]:
        """Return (path, facts key) of every file of every snapshot, each pair at least once."""
        return named_facts(self._database)

    def retire(self, repo: str, shas: Iterable[str]) -> int:
        """Delete snapshots with their artifacts and return how many were stored."""
        return Retirement(self._database, self._manifests, repo).run(shas)

    def sweep(
        self, texts: Callable[[], Collection[bytes]], *, spare_since: float | None = None, dry_run: bool = False
    ) -> Mapping[RowKind, SweepResult]:
        """Delete the rows that nothing names and nobody used for the grace period; returns the totals by kind."""
        return sweep(self._database, self._rows, texts, self._last_use.unused_until(spare_since), dry_run=dry_run)

    def flush(self) -> None:
        """Make everything written so far durable."""
        self._database.checkpoint()

    def sizes(self) -> Mapping[str, int]:
        """Return the bytes of keys and values by table, without indexes and free pages."""
        with self._database.read() as connection:
            return {table.name: connection.execute(_bytes_of(table.name)).scalar_one() for table in STORE.sorted_tables}

    def ping(self) -> None:
        """Check that the database can be read and written."""
        with self._database.write() as connection:
            connection.execute(select(ROWS[RowKind.FACTS].c.key).limit(1)).one_or_none()

    def close(self) -> None:
        """Close the connections."""
        self._database.close()


def open_snapshots(settings: Settings, *, clock: Clock = time.time) -> SqlSnapshots:
    """Open the store after its tables have been created or migrated.

    ``clock`` returns UTC seconds since the epoch. Raises ``StoreUnavailable``, ``StoreCorrupt``.
    """
    # NORMAL: the rows of a commit need not be on disk before ``flush``, which comes before its ref moves.
    database = open_database(settings, STORE_FILE, synchronous="NORMAL")
    migrate(database, "store")
    return SqlSnapshots(database, clock, round(settings.gc_grace_hours * 60))


def _info(row: Row[Any]) -> SnapshotInfo:
    return SnapshotInfo(row.repo, row.sha, row.digest, row.files, row.created_at, row.versions, row.stored_bytes)


def _bytes_of(table: str) -> Any:
    """Return the query for the bytes in a table's columns of text and bytes."""
    columns = [c for c in STORE.tables[table].c if c.type.python_type in (bytes, str)]
    return select(func.coalesce(func.sum(sum(func.coalesce(func.length(c), 0) for c in columns)), 0))
