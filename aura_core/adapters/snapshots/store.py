"""The snapshot store over SQLAlchemy: one adapter for SQLite and Postgres."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, select

from aura_core.adapters.database import Clock, Database, open_database
from aura_core.adapters.last_use import Stamps
from aura_core.adapters.migrations import bring_up
from aura_core.adapters.snapshots.contents import pack, unpack
from aura_core.adapters.snapshots.manifests import Manifests
from aura_core.adapters.snapshots.retiring import Retirement
from aura_core.adapters.snapshots.rows import Rows
from aura_core.adapters.snapshots.sweeping import named_facts, sweep
from aura_core.adapters.snapshots.tables import ROWS, STORE, artifacts, snapshots
from aura_core.model.snapshot import Manifest, SnapshotInfo, SweepResult
from aura_core.ports.snapshots import NO_SIMILAR, RowKind
from aura_core.settings import Settings

STORE_FILE = "store.db"
MAX_FOUND = 20

_INFO = select(
    *(snapshots.c[name] for name in ("repo", "sha", "digest", "files", "created_at", "versions", "stored_bytes"))
)


class SqlSnapshots:
    """Rows, manifests and artifacts over one database."""

    def __init__(self, database: Database, clock: Clock, grace: int = 0) -> None:
        self._database = database
        self._stamps = Stamps(clock, grace)
        self._rows = Rows(database, self._stamps)
        self._manifests = Manifests(database, clock)

    def touch(self, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored."""
        return self._rows.touch(kind, keys)

    def rows(self, kind: RowKind, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Packed values by key, as they were put."""
        return self._rows.read(kind, keys)

    def put_rows(self, kind: RowKind, values: Mapping[bytes, bytes], like: Mapping[bytes, bytes] = NO_SIMILAR) -> int:
        """Insert or ignore, in transactions of at most 200 rows; how many were new. A row is stored as a change where
        that is shorter: of the whole row behind the one that it is like.
        """
        return self._rows.put(kind, values, like)

    def manifest(self, repo: str, sha: str) -> Manifest | None:
        """The whole manifest of a snapshot, deltas applied."""
        return self._manifests.get(repo, sha)

    def put_manifest(self, manifest: Manifest) -> None:
        """Store a manifest, as a delta to its parent where that pays. Raises ``StoreCorrupt`` when it names rows that
        are not there.
        """
        self._manifests.put(manifest)

    def info(self, repo: str, sha: str) -> SnapshotInfo | None:
        """A snapshot without its entries; cheap."""
        with self._database.read() as connection:
            row = connection.execute(_INFO.where(snapshots.c.repo == repo, snapshots.c.sha == sha)).one_or_none()
        return None if row is None else _info(row)

    def snapshots(self, repo: str, limit: int = 100, before: float | None = None) -> Sequence[SnapshotInfo]:
        """Newest first; ``before`` continues after the last one's ``created_at``."""
        found = _INFO.where(snapshots.c.repo == repo).order_by(snapshots.c.created_at.desc()).limit(limit)
        if before is not None:
            found = found.where(snapshots.c.created_at < before)
        with self._database.read() as connection:
            return [_info(row) for row in connection.execute(found)]

    def find(self, repo: str, prefix: str) -> Sequence[str]:
        """Shas of stored snapshots that begin with ``prefix``, sorted, at most 20."""
        begins = func.substr(snapshots.c.sha, 1, len(prefix)) == prefix
        found = (
            select(snapshots.c.sha).where(snapshots.c.repo == repo, begins).order_by(snapshots.c.sha).limit(MAX_FOUND)
        )
        with self._database.read() as connection:
            return list(connection.execute(found).scalars())

    def artifact(self, repo: str, name: str) -> tuple[str, Any] | None:
        """A small derived result as (sha it was made at, JSON value)."""
        found = select(artifacts.c.sha, artifacts.c.data).where(artifacts.c.repo == repo, artifacts.c.name == name)
        with self._database.read() as connection:
            row = connection.execute(found).one_or_none()
        return None if row is None else (row.sha, unpack(row.data))

    def put_artifact(self, repo: str, name: str, sha: str, value: Any) -> None:
        """Insert or replace a small derived result."""
        with self._database.write() as connection:
            connection.execute(
                self._database.replacing(artifacts), {"repo": repo, "name": name, "sha": sha, "data": pack(value)}
            )

    def forget(self, repo: str) -> None:
        """Delete a repository's manifests and artifacts; rows stay for others."""
        self._manifests.forget(repo)
        with self._database.write() as connection:
            connection.execute(delete(artifacts).where(artifacts.c.repo == repo))

    def artifacts(self, repo: str) -> Sequence[str]:
        """Names of a repository's small derived results, sorted."""
        with self._database.read() as connection:
            return list(
                connection.execute(
                    select(artifacts.c.name).where(artifacts.c.repo == repo).order_by(artifacts.c.name)
                ).scalars()
            )

    def owners(self) -> Sequence[str]:
        """Ids of the repositories that have snapshots, sorted."""
        with self._database.read() as connection:
            return list(connection.execute(select(snapshots.c.repo).distinct().order_by(snapshots.c.repo)).scalars())

    def named_facts(self) -> Iterator[tuple[str, bytes]]:
        """(path, facts key) of every file of every snapshot, each at least once. A manifest that is written meanwhile
        may be left out.
        """
        return named_facts(self._database)

    def retire(self, repo: str, shas: Iterable[str]) -> int:
        """Delete snapshots with their artifacts; manifests that build on theirs are stored anew first. How many
        snapshots there were.
        """
        return Retirement(self._database, self._manifests, repo).run(shas)

    def sweep(
        self, texts: Callable[[], Collection[bytes]], *, spare_since: float | None = None, dry_run: bool = False
    ) -> Mapping[RowKind, SweepResult]:
        """Delete rows that no manifest names, texts that are not among ``texts()``, when nobody has wanted them for
        the time of grace, nor since ``spare_since`` (UTC seconds since the epoch).
        """
        return sweep(self._database, self._rows, texts, self._stamps.doomed_before(spare_since), dry_run=dry_run)

    def flush(self) -> None:
        """Make everything written so far durable; called before a ref flips."""
        self._database.settle()

    def sizes(self) -> Mapping[str, int]:
        """Bytes of keys and values by table, without indexes and free pages."""
        with self._database.read() as connection:
            return {table.name: connection.execute(_bytes_of(table.name)).scalar_one() for table in STORE.sorted_tables}

    def ping(self) -> None:
        """Raises ``StoreUnavailable`` when the database cannot be read and written."""
        with self._database.write() as connection:
            connection.execute(select(ROWS[RowKind.FACTS].c.key).limit(1)).one_or_none()

    def close(self) -> None:
        """Give connections back."""
        self._database.close()


def open_snapshots(settings: Settings, *, clock: Clock = time.time) -> SqlSnapshots:
    """Open the store, making or migrating its tables. ``clock`` gives UTC seconds. Raises ``StoreUnavailable``,
    ``StoreCorrupt``.
    """
    database = open_database(settings, STORE_FILE, synchronous="NORMAL")
    bring_up(database, "store")
    return SqlSnapshots(database, clock, round(settings.gc_grace_hours * 60))


def _info(row: Row[Any]) -> SnapshotInfo:
    return SnapshotInfo(row.repo, row.sha, row.digest, row.files, row.created_at, row.versions, row.stored_bytes)


def _bytes_of(table: str) -> Any:
    columns = STORE.tables[table].c
    return select(
        func.coalesce(
            func.sum(sum(func.coalesce(func.length(c), 0) for c in columns if c.type.python_type in (bytes, str))), 0
        )
    )
