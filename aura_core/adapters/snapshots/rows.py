"""Content-addressed rows: inserted or ignored, compressed alone or as changes of others, with the minute of their last
use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import Connection
from zstandard import ZstdError

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.last_use import LastUse
from aura_core.adapters.snapshots.compression import LEVEL, Base, PackedRow, decompress, decompress_on, pack_row
from aura_core.adapters.snapshots.tables import KIND_NUMBERS, ROWS, last_uses
from aura_core.errors import StoreCorrupt
from aura_core.ports.snapshots import NO_SIMILAR, RowKind

FEW = 32
LEVEL_OF_FEW = 9
"""At most ``FEW`` rows at once are those of a commit. History is made of commits, so their rows are compressed at this
level, which takes four times as long (docs/adr/0007).
"""

_Value = tuple[bytes, Base | None]
"""A value, and the whole row that it is stored as a change of."""

_JoinedRow = tuple[bytes, bytes, bytes | None, bytes | None]
"""Key and data of a row, key and data of its base."""

REMEDY = "Move the store away and index again."


class Rows:
    """Rows of every kind."""

    def __init__(self, database: Database, last_use: LastUse) -> None:
        self._database = database
        self._last_use = last_use

    def touch(self, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of the keys that are stored, and stamp those whose stamp is not recent."""
        table, number = ROWS[kind].name, KIND_NUMBERS[kind]
        stamps_join = f"LEFT JOIN touched t ON t.kind = {number} AND t.key = r.key"
        query = f"SELECT r.key, t.epoch FROM {table} r {stamps_join} WHERE r.key"  # noqa: S608 - constants
        with self._database.read() as connection:
            stamps = dict(self._database.lookup(connection, query, keys))
        # A stamp is a write, so rows that are used all the time get only a few in each grace period.
        limit = self._last_use.stale_before()
        stale = [key for key, minute in stamps.items() if minute is None or minute < limit]
        return stamps.keys() - set(stale) | self.stamp(kind, stale)

    def stamp(self, kind: RowKind, keys: Sequence[bytes]) -> set[bytes]:
        """Store that rows are used now; returns those of the keys that are stored."""
        stored_keys: set[bytes] = set()
        for batch in batches(keys, ROWS_AT_ONCE):
            with self._database.write() as connection:
                batch_keys = keys_within(self._database, connection, kind, batch)
                self._write_stamps(connection, kind, batch_keys)
            stored_keys |= batch_keys
        return stored_keys

    def read(self, kind: RowKind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the values of the keys that are stored. Raises ``StoreCorrupt`` when one does not decompress."""
        with self._database.read() as connection:
            rows = self._joined_rows(connection, kind, keys)
        return {key: value for key, (value, _) in _values(kind, rows).items()}

    def put(self, kind: RowKind, rows: Mapping[bytes, bytes], similar: Mapping[bytes, bytes] = NO_SIMILAR) -> int:
        """Insert what is not stored and return how many rows were new. A few rows are inserted without a look at what
        is stored: that would be a transaction more.
        """
        stored_keys = self.touch(kind, rows) if len(rows) > FEW else frozenset()
        new_keys = sorted(rows.keys() - stored_keys)
        level = LEVEL if len(new_keys) > FEW else LEVEL_OF_FEW
        return sum(
            self._insert(kind, {key: rows[key] for key in batch}, similar, level)
            for batch in batches(new_keys, ROWS_AT_ONCE)
        )

    def _insert(self, kind: RowKind, rows: Mapping[bytes, bytes], similar: Mapping[bytes, bytes], level: int) -> int:
        bases = self._whole_rows(kind, {similar[key] for key in rows if key in similar})
        packed_rows = {key: pack_row(value, level, bases.get(similar.get(key, b""))) for key, value in rows.items()}
        with self._database.write() as connection:
            # A sweep may have deleted a base since it was read: then the value is stored whole.
            lost_bases = self._lost_bases(connection, kind, packed_rows.values())
            for key, row in packed_rows.items():
                if row.base in lost_bases:
                    packed_rows[key] = pack_row(rows[key], level)
            values = [{"key": key, "data": row.data, "base": row.base} for key, row in packed_rows.items()]
            count = connection.execute(self._database.insert_or_ignore(ROWS[kind]), values).rowcount
            self._write_stamps(connection, kind, packed_rows)
        return count if count >= 0 else len(values)  # a driver that cannot tell says -1

    def _whole_rows(self, kind: RowKind, keys: Collection[bytes]) -> dict[bytes, Base]:
        """Return the whole row behind each key that is stored: the row itself, or the one that it is a change of."""
        if not keys:
            return {}
        with self._database.read() as connection:
            rows = self._joined_rows(connection, kind, keys)
        return {key: base or Base(key, value) for key, (value, base) in _values(kind, rows).items()}

    def _lost_bases(self, connection: Connection, kind: RowKind, rows: Iterable[PackedRow]) -> set[bytes]:
        """Return the bases that are not stored any more, or not whole; the others stay until the transaction ends."""
        bases = {row.base for row in rows if row.base is not None}
        if not bases:
            return bases
        self._database.lock_sweeps(connection, shared=True)
        query = f"SELECT key FROM {ROWS[kind].name} WHERE base IS NULL AND key"  # noqa: S608 - a constant
        return bases - {key for (key,) in self._database.lookup(connection, query, bases)}

    def _joined_rows(self, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> list[_JoinedRow]:
        """Return the stored rows with their bases, from one statement: on Postgres each sees a state of its own."""
        table = ROWS[kind].name
        query = f"SELECT r.key, r.data, r.base, b.data FROM {table} r LEFT JOIN {table} b ON b.key = r.base WHERE r.key"  # noqa: S608 - a constant
        return list(self._database.lookup(connection, query, keys))

    def _write_stamps(self, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> None:
        minute = self._last_use.minute()
        if stamps := [{"kind": KIND_NUMBERS[kind], "key": key, "epoch": minute} for key in keys]:
            connection.execute(self._database.insert_or_replace(last_uses), stamps)


def keys_within(database: Database, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
    """Return those of the keys that this transaction sees."""
    return {key for (key,) in database.lookup(connection, f"SELECT key FROM {ROWS[kind].name} WHERE key", keys)}  # noqa: S608 - a constant


def _values(kind: RowKind, rows: Iterable[_JoinedRow]) -> dict[bytes, _Value]:
    """Return the values of rows by key. Raises ``StoreCorrupt``."""
    bases: dict[bytes, Base] = {}
    values: dict[bytes, _Value] = {}
    try:
        for key, data, base, base_data in rows:
            if base is None:
                values[key] = decompress(data), None
                continue
            if base_data is None:
                raise StoreCorrupt(f"A row of {ROWS[kind].name} has lost the row that it builds on.", remedy=REMEDY)
            if base not in bases:
                bases[base] = Base(base, decompress(base_data))
            values[key] = decompress_on(bases[base].value, data), bases[base]
    except ZstdError as error:
        raise StoreCorrupt(f"A row of {ROWS[kind].name} does not decompress: {error}.", remedy=REMEDY) from error
    return values
