"""The array that each embedder's vectors are in, and the place of each key in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.pacer import Pacer
from aura_core.adapters.vectors.tables import arrays, places
from aura_core.errors import StoreCorrupt

PAGE_ROWS = 2_000

PLACES_AT_ONCE = 1_000
"""Rows that one transaction adds. They are small and in order of their keys: a thousand take 4 to 13 ms, half of what
five times 200 take.
"""

DETACHED = "-"
"""The embedder of an array that belongs to nobody begins with this: it is being written, or another has replaced it."""

KEY_BYTES = 16
"""Bytes that a key takes beside its codes."""


class Array(NamedTuple):
    """One file of codes: ``length`` is how many of its places belong or belonged to rows, ``file`` its name in the
    home.
    """

    id: int
    embedder: str
    dimensions: int
    length: int
    file: str

    @property
    def is_detached(self) -> bool:
        """Whether the array belongs to no embedder."""
        return self.embedder.startswith(DETACHED)


NO_CHECKSUM = -1
"""In the rows of an older version of Aura."""


class PlaceRow(NamedTuple):
    """The place of a key's vector, the minute of its last use (0 in rows of an older version of Aura), and the CRC-32
    of its codes.
    """

    key: bytes
    place: int
    minute: int
    checksum: int = NO_CHECKSUM


class Places:
    """Reads and writes the tables of arrays and places. Whoever changes an array that is not detached holds the lock of
    the embedder's writers.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self, embedder: str) -> Array | None:
        """Return the array that the embedder's vectors are in; None when it has none."""
        with self._database.read() as connection:
            return _current(connection, embedder)

    def find(self, embedder: str, keys: Iterable[bytes]) -> tuple[Array | None, dict[bytes, PlaceRow]]:
        """Return the embedder's array and the rows of those keys that are in it, as of one moment."""
        with self._database.read() as connection:
            array = _current(connection, embedder)
            if array is None:
                return None, {}
            query = f"SELECT key, place, epoch, checksum FROM vector_places WHERE array = {array.id:d} AND key"  # noqa: S608 - a number
            rows = [PlaceRow(*row) for row in self._database.lookup(connection, query, keys)]
        return array, {row.key: row for row in rows}

    def count(self, array: Array) -> int:
        """Return how many vectors the array has."""
        query = select(func.count()).where(places.c.array == array.id)
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def count_all(self) -> int:
        """Return how many vectors all arrays have."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(places)).scalar_one())

    def arrays(self) -> list[Array]:
        """Return every array, detached ones too."""
        with self._database.read() as connection:
            return [Array(*row) for row in connection.execute(select(arrays).order_by(arrays.c.id))]

    def create(self, embedder: str, dimensions: int, file: str) -> Array:
        """Return a new, empty array. Raises ``StoreCorrupt`` when it is not stored."""
        values = {"embedder": embedder, "dimensions": dimensions, "length": 0, "file": file}
        with self._database.write() as connection:
            connection.execute(self._database.insert_or_ignore(arrays), values)
            array = _current(connection, embedder)
        if array is None:
            raise StoreCorrupt(f"The array of {embedder} vanished while it was made.", remedy="Try again.")
        return array

    def add(self, array: Array, rows: Sequence[PlaceRow]) -> None:
        """Store rows whose vectors are in the array's file already, in the order of their places."""
        # SQLite's marks for parameters will do: places are in a SQLite file, whatever the catalog is in.
        insert = "INSERT INTO vector_places (array, key, place, epoch, checksum) VALUES (?, ?, ?, ?, ?)"
        for batch in batches(rows, PLACES_AT_ONCE):
            length = batch[-1].place + 1
            with self._database.write() as connection:
                connection.exec_driver_sql(insert, [(array.id, *row) for row in batch])
                connection.execute(update(arrays).where(arrays.c.id == array.id).values(length=length))

    def stamp(self, array: Array, keys: Iterable[bytes], minute: int) -> None:
        """Store that vectors were used in this minute."""
        for batch in batches(sorted(keys), ROWS_AT_ONCE):
            query = update(places).where(places.c.array == array.id, places.c.key.in_(batch))
            with self._database.write() as connection:
                connection.execute(query.values(epoch=minute))

    def pages(self, array: Array) -> Iterator[Sequence[PlaceRow]]:
        """Yield all rows by key, ``PAGE_ROWS`` at a time; each page as of another moment."""
        columns = (places.c.key, places.c.place, places.c.epoch, places.c.checksum)
        query = select(*columns).where(places.c.array == array.id)
        query = query.order_by(places.c.key).limit(PAGE_ROWS)
        last_key = b""
        while True:
            with self._database.read() as connection:
                page = [PlaceRow(*row) for row in connection.execute(query.where(places.c.key > last_key))]
            if not page:
                return
            yield page
            last_key = page[-1].key

    def delete(self, array: Array, keys: Sequence[bytes], limit: int) -> int:
        """Delete those of the keys that nobody used after minute ``limit``; returns how many."""
        query = delete(places).where(places.c.array == array.id, places.c.key.in_(keys), places.c.epoch <= limit)
        with self._database.write() as connection:
            return connection.execute(query).rowcount

    def forget(self, array: Array, keys: Iterable[bytes]) -> None:
        """Delete rows whose vectors are damaged."""
        for batch in batches(sorted(keys), ROWS_AT_ONCE):
            with self._database.write() as connection:
                connection.execute(delete(places).where(places.c.array == array.id, places.c.key.in_(batch)))

    def forget_from(self, array: Array, length: int) -> None:
        """Delete the rows from place ``length`` on, which the file no longer has, in one transaction."""
        with self._database.write() as connection:
            connection.execute(delete(places).where(places.c.array == array.id, places.c.place >= length))
            connection.execute(update(arrays).where(arrays.c.id == array.id).values(length=length))

    def switch(self, old: Array, new: Array | None) -> None:
        """Give the embedder the array ``new`` and detach ``old``, in one transaction."""
        with self._database.write() as connection:
            connection.execute(update(arrays).where(arrays.c.id == old.id).values(embedder=DETACHED + old.file))
            if new is not None:
                connection.execute(update(arrays).where(arrays.c.id == new.id).values(embedder=old.embedder))

    def drop(self, array: Array) -> None:
        """Delete a detached array, a few rows at a time."""
        pacer = Pacer()
        for page in self.pages(array):
            for keys in pacer.batches([row.key for row in page]):
                with self._database.write() as connection:
                    connection.execute(delete(places).where(places.c.array == array.id, places.c.key.in_(keys)))
        with self._database.write() as connection:
            connection.execute(delete(arrays).where(arrays.c.id == array.id))


def _current(connection: Connection, embedder: str) -> Array | None:
    row = connection.execute(select(arrays).where(arrays.c.embedder == embedder)).one_or_none()
    return None if row is None else Array(*row)
