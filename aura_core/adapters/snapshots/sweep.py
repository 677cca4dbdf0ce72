"""Deletes rows that no manifest names and nobody used for a while, a few at a time, while syncs go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, delete, func, select

from aura_core.adapters.database import ROWS_AT_ONCE, Database
from aura_core.adapters.pacer import Pacer
from aura_core.adapters.snapshots.contents import entry_rows
from aura_core.adapters.snapshots.rows import Rows
from aura_core.adapters.snapshots.tables import KIND_NUMBERS, ROWS, last_uses, manifests
from aura_core.model.snapshot import SweepResult
from aura_core.ports.snapshots import RowKind

STAMPS_AT_ONCE = 2_000

LiveTexts = Callable[[], Collection[bytes]]
"""Returns the keys of the texts that working trees have."""


class Sweep:
    """One sweep. A row may be deleted when it is old and no manifest names it in the very transaction that deletes it:
    manifests that came since are read there first, and whoever writes a manifest checks in its own transaction that
    every row it names is stored.
    """

    def __init__(self, database: Database, rows: Rows, texts: LiveTexts, limit: int) -> None:
        self._database = database
        self._rows = rows
        self._texts = texts
        self._limit = limit
        self._live: dict[RowKind, set[bytes]] = {kind: set() for kind in RowKind}
        self._last_manifest = 0
        self._pacer = Pacer()

    def run(self, *, dry_run: bool) -> dict[RowKind, SweepResult]:
        """Delete, or only count, the rows that may be deleted; returns the totals by kind."""
        self._mark()
        return {kind: self._sweep(kind, dry_run) for kind in RowKind}

    def _mark(self) -> None:
        """Collect every key that a manifest names. Bases come before what builds on them, so a base that is retired
        meanwhile has been read already, or what built on it has been made whole.
        """
        with self._database.write() as connection:
            self._database.lock_sweeps(connection)
            newest = connection.execute(select(func.max(manifests.c.id))).scalar() or 0
        while self._last_manifest < newest:
            with self._database.read() as connection:
                if not self._read_manifests(connection, newest):
                    break
        self._last_manifest = newest

    def _read_manifests(self, connection: Connection, newest: int | None = None) -> int:
        """Add the keys that the next manifests name; returns how many manifests were read."""
        batch = _manifests_after(connection, self._last_manifest, newest)
        for row_id, data in batch:
            for _, _, facts, fragment, reads in entry_rows(data):
                self._live[RowKind.FACTS].add(facts)
                self._live[RowKind.FRAGMENT].add(fragment)
                self._live[RowKind.READS].add(reads)
            self._last_manifest = row_id
        return len(batch)

    def _sweep(self, kind: RowKind, dry_run: bool) -> SweepResult:
        self._stamp_old_rows(kind)
        if kind is RowKind.TEXT:
            self._live[kind] = set(self._texts())
        unnamed_rows = [(key, minute) for key, minute in self._stamps(kind) if key not in self._live[kind]]
        old_keys = {key for key, minute in unnamed_rows if minute <= self._limit}
        rows = size = 0
        for keys in self._pacer.batches(self._in_order(kind, old_keys)):
            batch_rows, batch_size = self._count(kind, keys) if dry_run else self._delete(kind, keys)
            rows, size = rows + batch_rows, size + batch_size
        return SweepResult(rows, size, len(unnamed_rows) - len(old_keys))

    def _in_order(self, kind: RowKind, old_keys: set[bytes]) -> list[bytes]:
        """Return the old rows but those that a row that stays builds on: changes first, then their bases."""
        table = ROWS[kind]
        with self._database.read() as connection:
            changes = connection.execute(select(table.c.key, table.c.base).where(table.c.base.is_not(None)))
            bases: dict[bytes, bytes] = {row.key: row.base for row in changes}
        live_bases = {base for key, base in bases.items() if key not in old_keys}
        return sorted(old_keys - live_bases, key=lambda key: (key not in bases, key))

    def _stamp_old_rows(self, kind: RowKind) -> None:
        """Stamp the rows without a stamp, which an older version of Aura wrote."""
        table = ROWS[kind]
        is_stamp = (last_uses.c.kind == KIND_NUMBERS[kind]) & (last_uses.c.key == table.c.key)
        query = select(table.c.key).outerjoin(last_uses, is_stamp).where(last_uses.c.key.is_(None))
        with self._database.read() as connection:
            keys = list(connection.execute(query).scalars())
        self._rows.stamp(kind, keys)

    def _stamps(self, kind: RowKind) -> Iterator[tuple[bytes, int]]:
        """Yield (key, minute of the last use) by key, each page as of another moment."""
        query = select(last_uses.c.key, last_uses.c.epoch).where(last_uses.c.kind == KIND_NUMBERS[kind])
        query = query.order_by(last_uses.c.key).limit(STAMPS_AT_ONCE)
        last_key = b""
        while True:
            with self._database.read() as connection:
                page = [(row.key, row.epoch) for row in connection.execute(query.where(last_uses.c.key > last_key))]
            if not page:
                return
            yield from page
            last_key, _ = page[-1]

    def _count(self, kind: RowKind, keys: Sequence[bytes]) -> tuple[int, int]:
        with self._database.read() as connection:
            return self._measure(connection, kind, keys)

    def _delete(self, kind: RowKind, keys: Sequence[bytes]) -> tuple[int, int]:
        """Delete those of the rows that may still be deleted; returns how many and their bytes."""
        number, table = KIND_NUMBERS[kind], ROWS[kind]
        query = f"SELECT key FROM touched WHERE kind = {number} AND epoch <= {self._limit} AND key"  # noqa: S608 - numbers
        with self._database.write() as connection:
            self._database.lock_sweeps(connection)
            while self._read_manifests(connection):  # those that were written since the last batch
                pass
            live = set(self._texts()) if kind is RowKind.TEXT else self._live[kind]
            old_keys = {key for (key,) in self._database.lookup(connection, query, keys)} - live
            batch = sorted(old_keys - self._live_bases(connection, kind, old_keys))
            totals = self._measure(connection, kind, batch)
            connection.execute(delete(table).where(table.c.key.in_(batch)))
            connection.execute(delete(last_uses).where(last_uses.c.kind == number, last_uses.c.key.in_(batch)))
        return totals

    def _live_bases(self, connection: Connection, kind: RowKind, old_keys: set[bytes]) -> set[bytes]:
        """Return those of the old rows on which a row builds that is not among them."""
        query = f"SELECT key, base FROM {ROWS[kind].name} WHERE base"  # noqa: S608 - a constant
        return {base for key, base in self._database.lookup(connection, query, old_keys) if key not in old_keys}

    def _measure(self, connection: Connection, kind: RowKind, keys: Sequence[bytes]) -> tuple[int, int]:
        """Return how many of the rows are stored, and their bytes."""
        query = f"SELECT length(key) + length(data) + coalesce(length(base), 0) FROM {ROWS[kind].name} WHERE key"  # noqa: S608 - a constant
        sizes = [size for (size,) in self._database.lookup(connection, query, keys)]
        return len(sizes), sum(sizes)


def sweep(
    database: Database, rows: Rows, texts: LiveTexts, limit: int, *, dry_run: bool
) -> Mapping[RowKind, SweepResult]:
    """Sweep once and return the totals by kind; rows used after minute ``limit`` stay."""
    return Sweep(database, rows, texts, limit).run(dry_run=dry_run)


def named_facts(database: Database) -> Iterator[tuple[str, bytes]]:
    """Yield (path, facts key) of every entry of every manifest row, bases before what builds on them."""
    last_manifest = 0
    while True:
        with database.read() as connection:
            batch = _manifests_after(connection, last_manifest)
        if not batch:
            return
        for row_id, data in batch:
            for path, _, facts, _, _ in entry_rows(data):
                yield path, facts
            last_manifest = row_id


def _manifests_after(connection: Connection, row_id: int, newest: int | None = None) -> Sequence[tuple[int, bytes]]:
    """Return (id, data) of the next manifest rows after ``row_id``, up to ``newest``."""
    query = select(manifests.c.id, manifests.c.data).where(manifests.c.id > row_id)
    if newest is not None:
        query = query.where(manifests.c.id <= newest)
    return [(row.id, row.data) for row in connection.execute(query.order_by(manifests.c.id).limit(ROWS_AT_ONCE))]
