"""Deleting rows that no manifest names and nobody has wanted for a while, a few at a time, while syncs go on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection, delete, func, select

from aura_core.adapters.database import ROWS_AT_ONCE, Database
from aura_core.adapters.pacing import Turns
from aura_core.adapters.snapshots.contents import unpack
from aura_core.adapters.snapshots.rows import Rows
from aura_core.adapters.snapshots.tables import KIND_NUMBERS, ROWS, manifests, touched
from aura_core.model.snapshot import SweepResult
from aura_core.ports.snapshots import RowKind

LOOKED_AT = 2_000

LiveTexts = Callable[[], Collection[bytes]]


class Sweep:
    """One sweep. A row may go when it is old and unnamed in the very transaction that deletes it: manifests that came
    since are read there first, and whoever writes a manifest checks in its own transaction that every row it names is
    there.
    """

    def __init__(self, database: Database, rows: Rows, texts: LiveTexts, limit: int) -> None:
        self._database = database
        self._rows = rows
        self._texts = texts
        self._limit = limit
        self._live: dict[RowKind, set[bytes]] = {kind: set() for kind in RowKind}
        self._seen = 0
        self._turns = Turns()

    def run(self, *, dry_run: bool) -> dict[RowKind, SweepResult]:
        """Delete, or only count, what may go; by kind."""
        self._mark()
        return {kind: self._sweep(kind, dry_run) for kind in RowKind}

    def _mark(self) -> None:
        """Note every key that a manifest names. Bases come before what builds on them, so one that is retired
        meanwhile has been read already, or what built on it has been made whole.
        """
        with self._database.write() as connection:
            self._database.take_turn(connection)
            last = connection.execute(select(func.max(manifests.c.id))).scalar() or 0
        while self._seen < last:
            with self._database.read() as connection:
                if not self._learn(connection, last):
                    break
        self._seen = last

    def _learn(self, connection: Connection, last: int | None = None) -> int:
        found = _manifests_after(connection, self._seen, last)
        for number, data in found:
            for _, _, facts, fragment, reads in unpack(data)[0]:
                self._live[RowKind.FACTS].add(facts)
                self._live[RowKind.FRAGMENT].add(fragment)
                self._live[RowKind.READS].add(reads)
            self._seen = number
        return len(found)

    def _sweep(self, kind: RowKind, dry_run: bool) -> SweepResult:
        self._adopt(kind)
        if kind is RowKind.TEXT:
            self._live[kind] = set(self._texts())
        unnamed = [(key, epoch) for key, epoch in self._stamps(kind) if key not in self._live[kind]]
        old = {key for key, epoch in unnamed if epoch <= self._limit}
        rows = size = 0
        for keys in self._turns.portions(self._in_order(kind, old)):
            some, bytes_ = self._count(kind, keys) if dry_run else self._delete(kind, keys)
            rows, size = rows + some, size + bytes_
        return SweepResult(rows, size, len(unnamed) - len(old))

    def _in_order(self, kind: RowKind, old: set[bytes]) -> list[bytes]:
        """Those of the old rows on which none builds that stays: changes first, then what they build on."""
        table = ROWS[kind]
        with self._database.read() as connection:
            built = connection.execute(select(table.c.key, table.c.base).where(table.c.base.is_not(None)))
            bases: dict[bytes, bytes] = {row.key: row.base for row in built}
        needed = {base for key, base in bases.items() if key not in old}
        return sorted(old - needed, key=lambda key: (key not in bases, key))

    def _adopt(self, kind: RowKind) -> None:
        """Rows without a stamp, which an older version of Aura wrote, get one."""
        table = ROWS[kind]
        mine = (touched.c.kind == KIND_NUMBERS[kind]) & (touched.c.key == table.c.key)
        with self._database.read() as connection:
            found = connection.execute(select(table.c.key).outerjoin(touched, mine).where(touched.c.key.is_(None)))
            keys = list(found.scalars())
        self._rows.stamp(kind, keys)

    def _stamps(self, kind: RowKind) -> Iterator[tuple[bytes, int]]:
        after = b""
        while True:
            some = select(touched.c.key, touched.c.epoch).where(
                touched.c.kind == KIND_NUMBERS[kind], touched.c.key > after
            )
            with self._database.read() as connection:
                found = [
                    (row.key, row.epoch) for row in connection.execute(some.order_by(touched.c.key).limit(LOOKED_AT))
                ]
            if not found:
                return
            yield from found
            after = found[-1][0]

    def _count(self, kind: RowKind, keys: Sequence[bytes]) -> tuple[int, int]:
        with self._database.read() as connection:
            return self._measure(connection, kind, keys)

    def _delete(self, kind: RowKind, keys: Sequence[bytes]) -> tuple[int, int]:
        number, table = KIND_NUMBERS[kind], ROWS[kind]
        query = f"SELECT key FROM touched WHERE kind = {number} AND epoch <= {self._limit} AND key"  # noqa: S608 - numbers
        with self._database.write() as connection:
            self._database.take_turn(connection)
            while self._learn(connection):
                pass
            live = set(self._texts()) if kind is RowKind.TEXT else self._live[kind]
            old = {key for (key,) in self._database.lookup(connection, query, keys)} - live
            doomed = sorted(old - self._needed(connection, kind, old))
            measured = self._measure(connection, kind, doomed)
            connection.execute(delete(table).where(table.c.key.in_(doomed)))
            connection.execute(delete(touched).where(touched.c.kind == number, touched.c.key.in_(doomed)))
        return measured

    def _needed(self, connection: Connection, kind: RowKind, old: set[bytes]) -> set[bytes]:
        """Those of the old rows on which one builds that is not among them."""
        query = f"SELECT key, base FROM {ROWS[kind].name} WHERE base"  # noqa: S608 - a constant
        return {base for key, base in self._database.lookup(connection, query, old) if key not in old}

    def _measure(self, connection: Connection, kind: RowKind, keys: Sequence[bytes]) -> tuple[int, int]:
        query = f"SELECT length(key) + length(data) + coalesce(length(base), 0) FROM {ROWS[kind].name} WHERE key"  # noqa: S608 - a constant
        sizes = [size for (size,) in self._database.lookup(connection, query, keys)]
        return len(sizes), sum(sizes)


def sweep(
    database: Database, rows: Rows, texts: LiveTexts, limit: int, *, dry_run: bool
) -> Mapping[RowKind, SweepResult]:
    """Sweep once; rows touched after minute ``limit`` stay."""
    return Sweep(database, rows, texts, limit).run(dry_run=dry_run)


def named_facts(database: Database) -> Iterator[tuple[str, bytes]]:
    """(path, facts key) of every entry of every manifest. Bases come before what builds on them, as for a sweep."""
    seen = 0
    while True:
        with database.read() as connection:
            found = _manifests_after(connection, seen)
        if not found:
            return
        for number, data in found:
            for path, _, facts, _, _ in unpack(data)[0]:
                yield path, facts
            seen = number


def _manifests_after(connection: Connection, seen: int, last: int | None = None) -> Sequence[tuple[int, bytes]]:
    wanted = (
        select(manifests.c.id, manifests.c.data)
        .where(manifests.c.id > seen)
        .order_by(manifests.c.id)
        .limit(ROWS_AT_ONCE)
    )
    return [
        (row.id, row.data)
        for row in connection.execute(wanted if last is None else wanted.where(manifests.c.id <= last))
    ]
