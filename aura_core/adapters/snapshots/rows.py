"""Content-addressed rows: inserted or ignored, compressed alone or as changes of others, with the minute when each was
last wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection
from zstandard import ZstdError

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.last_use import Stamps
from aura_core.adapters.snapshots.packing import LEVEL, Base, decompress, decompress_on, pack_row
from aura_core.adapters.snapshots.tables import KIND_NUMBERS, ROWS, touched
from aura_core.errors import StoreCorrupt
from aura_core.ports.snapshots import NO_SIMILAR, RowKind

FEW = 32
LEVEL_OF_FEW = 9
"""A commit's rows are few and history is made of commits: they are worth four times the time (docs/adr/0007)."""

_Joined = tuple[bytes, bytes, bytes | None, bytes | None]
"""Key and data of a row, key and data of its base."""

REMEDY = "Move the store away and index again."


class Rows:
    """Rows of every kind."""

    def __init__(self, database: Database, stamps: Stamps) -> None:
        self._database = database
        self._stamps = stamps

    def touch(self, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored. Whoever asks is about to name them, so they are touched, unless they were a
        short while ago.
        """
        table, number = ROWS[kind].name, KIND_NUMBERS[kind]
        query = f"SELECT r.key, t.epoch FROM {table} r LEFT JOIN touched t ON t.kind = {number} AND t.key = r.key WHERE r.key"  # noqa: S608
        with self._database.read() as connection:
            there = dict(self._database.lookup(connection, query, keys))
        fresh = self._stamps.fresh()
        stale = [key for key, epoch in there.items() if epoch is None or epoch < fresh]
        return there.keys() - set(stale) | self.stamp(kind, stale)

    def stamp(self, kind: RowKind, keys: Sequence[bytes]) -> set[bytes]:
        """Say that rows are wanted now; those that are there."""
        found: set[bytes] = set()
        for some in batches(keys, ROWS_AT_ONCE):
            with self._database.write() as connection:
                there = known_within(self._database, connection, kind, some)
                self._stamp(connection, kind, there)
            found |= there
        return found

    def read(self, kind: RowKind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Values by key, those that are there. Raises ``StoreCorrupt`` when one does not decompress."""
        with self._database.read() as connection:
            found = self._packed(connection, kind, keys)
        return {key: value for key, (value, _) in _unpacked(kind, found).items()}

    def put(self, kind: RowKind, rows: Mapping[bytes, bytes], like: Mapping[bytes, bytes] = NO_SIMILAR) -> int:
        """Insert what is not there; how many rows were new. Few are not asked about before: that would be a
        transaction more.
        """
        there = self.touch(kind, rows) if len(rows) > FEW else frozenset()
        missing = sorted(key for key in rows if key not in there)
        level = LEVEL if len(missing) > FEW else LEVEL_OF_FEW
        return sum(
            self._put(kind, {key: rows[key] for key in keys}, like, level) for keys in batches(missing, ROWS_AT_ONCE)
        )

    def _put(self, kind: RowKind, rows: Mapping[bytes, bytes], like: Mapping[bytes, bytes], level: int) -> int:
        bases = self._bases(kind, {like[key] for key in rows if key in like})
        packed = {key: pack_row(value, level, bases.get(like.get(key, b""))) for key, value in rows.items()}
        with self._database.write() as connection:
            gone = self._gone(connection, kind, {row.base for row in packed.values() if row.base is not None})
            packed.update((key, pack_row(rows[key], level)) for key, row in packed.items() if row.base in gone)
            values = [{"key": key, "data": row.data, "base": row.base} for key, row in packed.items()]
            inserted = connection.execute(self._database.ignoring(ROWS[kind]), values).rowcount
            self._stamp(connection, kind, packed)
        return inserted if inserted >= 0 else len(values)

    def _bases(self, kind: RowKind, keys: Collection[bytes]) -> dict[bytes, Base]:
        """The whole rows behind those of the keys that are there: a row itself, or the one that it is a change of."""
        if not keys:
            return {}
        with self._database.read() as connection:
            found = self._packed(connection, kind, keys)
        return {key: base or Base(key, value) for key, (value, base) in _unpacked(kind, found).items()}

    def _gone(self, connection: Connection, kind: RowKind, bases: Collection[bytes]) -> set[bytes]:
        """Which of the bases are not there any more, or not whole. The others stay until the transaction ends."""
        if not bases:
            return set()
        self._database.take_turn(connection, shared=True)
        query = f"SELECT key FROM {ROWS[kind].name} WHERE base IS NULL AND key"  # noqa: S608 - a constant
        return {*bases} - {key for (key,) in self._database.lookup(connection, query, bases)}

    def _packed(self, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> list[_Joined]:
        """The rows of the keys that are there, from one statement: on Postgres each sees a state of its own."""
        rows = ROWS[kind].name
        query = f"SELECT r.key, r.data, r.base, b.data FROM {rows} r LEFT JOIN {rows} b ON b.key = r.base WHERE r.key"  # noqa: S608 - a constant
        return list(self._database.lookup(connection, query, keys))

    def _stamp(self, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> None:
        now = self._stamps.now()
        if stamps := [{"kind": KIND_NUMBERS[kind], "key": key, "epoch": now} for key in keys]:
            connection.execute(self._database.replacing(touched), stamps)


def known_within(database: Database, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
    """Which of the keys this transaction sees."""
    return {key for (key,) in database.lookup(connection, f"SELECT key FROM {ROWS[kind].name} WHERE key", keys)}  # noqa: S608 - a constant


def _unpacked(kind: RowKind, rows: Iterable[_Joined]) -> dict[bytes, tuple[bytes, Base | None]]:
    """Values by key, with what they build on. Raises ``StoreCorrupt``."""
    bases: dict[bytes, Base] = {}
    values: dict[bytes, tuple[bytes, Base | None]] = {}
    try:
        for key, data, base, beside in rows:
            if base is None:
                values[key] = decompress(data), None
                continue
            if base not in bases:
                bases[base] = Base(base, decompress(_there(kind, beside)))
            values[key] = decompress_on(bases[base].value, data), bases[base]
    except ZstdError as error:
        raise StoreCorrupt(f"A row of {ROWS[kind].name} does not decompress: {error}.", remedy=REMEDY) from error
    return values


def _there(kind: RowKind, data: bytes | None) -> bytes:
    if data is None:
        raise StoreCorrupt(f"A row of {ROWS[kind].name} has lost the row that it builds on.", remedy=REMEDY)
    return data
