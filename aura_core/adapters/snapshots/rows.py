"""Content-addressed rows: inserted or ignored, compressed one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection
from zstandard import ZstdCompressor, ZstdDecompressor, ZstdError

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.snapshots.contents import LEVEL
from aura_core.adapters.snapshots.tables import ROWS
from aura_core.errors import StoreCorrupt
from aura_core.ports.snapshots import RowKind


def known(database: Database, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
    """Which of the keys are stored."""
    with database.read() as connection:
        return known_within(database, connection, kind, keys)


def known_within(database: Database, connection: Connection, kind: RowKind, keys: Iterable[bytes]) -> set[bytes]:
    """Which of the keys this transaction sees."""
    return {key for (key,) in database.lookup(connection, f"SELECT key FROM {ROWS[kind].name} WHERE key", keys)}  # noqa: S608 - a constant


def read(database: Database, kind: RowKind, keys: Iterable[bytes]) -> dict[bytes, bytes]:
    """Values by key, those that are there. Raises ``StoreCorrupt`` when one does not decompress."""
    table = ROWS[kind].name
    with database.read() as connection:
        packed = dict(database.lookup(connection, f"SELECT key, data FROM {table} WHERE key", keys))  # noqa: S608 - a constant
    decompress = ZstdDecompressor().decompress
    try:
        return {key: decompress(data) for key, data in packed.items()}
    except ZstdError as error:
        raise StoreCorrupt(f"A row of {table} does not decompress: {error}.", remedy="Move the store away and index again.") from error


def put(database: Database, kind: RowKind, rows: Mapping[bytes, bytes]) -> int:
    """Insert what is not there; how many rows were new."""
    there = known(database, kind, rows)
    missing = sorted(key for key in rows if key not in there)
    compress = ZstdCompressor(level=LEVEL).compress
    new = 0
    for keys in batches(missing, ROWS_AT_ONCE):
        values = [{"key": key, "data": compress(rows[key])} for key in keys]
        with database.write() as connection:
            inserted = connection.execute(database.ignoring(ROWS[kind]), values).rowcount
            new += inserted if inserted >= 0 else len(values)
    return new
