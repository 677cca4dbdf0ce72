"""Content-addressed rows: inserted or ignored, compressed one by one, with the minute when each was last wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.snapshots.contents import LEVEL
from aura_core.adapters.snapshots.tables import KIND_NUMBERS, ROWS, touched
from aura_core.adapters.stamps import Stamps
from aura_core.errors import StoreCorrupt
from aura_core.ports.snapshots import RowKind

FEW = 32
LEVEL_OF_FEW = 9
"""A commit's rows are few and history is made of commits: they are worth four times the time (docs/adr/0007)."""


class Rows:
    """Rows of every kind."""

    def __init__(self, database: Database, stamps: Stamps) -> None:
        self._database = database
        self._stamps = stamps

    def known(self, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored. Whoever asks is about to name them, so they are touched, unless they were a short while ago."""
        table, number = ROWS[kind].name, KIND_NUMBERS[kind]
        query = f"SELECT r.key, t.epoch FROM {table} r LEFT JOIN touched t ON t.kind = {number} AND t.key = r.key WHERE r.key"  # noqa: S608
        with self._database.read() as connection:
            there = dict(self._database.lookup(connection, query, keys))
        fresh = self._stamps.fresh()
        stale = [key for key, epoch in there.items() if epoch is None or epoch < fresh]
        return there.keys() - set(stale) | self.touch(kind, stale)

    def touch(self, kind: RowKind, keys: Sequence[bytes]) -> set[bytes]:
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
        table = ROWS[kind].name
        with self._database.read() as connection:
            packed = dict(self._database.lookup(connection, f"SELECT key, data FROM {table} WHERE key", keys))  # noqa: S608 - a constant
        decompress = ZstdDecompressor().decompress
        try:
            return {key: decompress(data) for key, data in packed.items()}
        except ZstdError as error:
            raise StoreCorrupt(f"A row of {table} does not decompress: {error}.", remedy="Move the store away and index again.") from error

    def put(self, kind: RowKind, rows: Mapping[bytes, bytes]) -> int:
        """Insert what is not there; how many rows were new. Few are not asked about before: that would be a transaction more."""
        there = self.known(kind, rows) if len(rows) > FEW else frozenset()
        missing = sorted(key for key in rows if key not in there)
        compress = ZstdCompressor(level=LEVEL if len(missing) > FEW else LEVEL_OF_FEW).compress
        new = 0
        for keys in batches(missing, ROWS_AT_ONCE):
            values = [{"key": key, "data": compress(rows[key])} for key in keys]
            with self._database.write() as connection:
                inserted = connection.execute(self._database.ignoring(ROWS[kind]), values).rowcount
                self._stamp(connection, kind, keys)
                new += inserted if inserted >= 0 else len(values)
        return new

    def _stamp(self, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> None:
        now = self._stamps.now()
        if stamps := [{"kind": KIND_NUMBERS[kind], "key": key, "epoch": now} for key in keys]:
            connection.execute(self._database.replacing(touched), stamps)


def known_within(database: Database, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
    """Which of the keys this transaction sees."""
    return {key for (key,) in database.lookup(connection, f"SELECT key FROM {ROWS[kind].name} WHERE key", keys)}  # noqa: S608 - a constant
