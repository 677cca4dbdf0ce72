"""Which array an embedder's vectors are in, and the place of each key in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.pacing import Turns
from aura_core.adapters.vectors.tables import arrays, places
from aura_core.errors import StoreCorrupt

LOOKED_AT = 2_000

PLACES_AT_ONCE = 1_000
"""Rows that one transaction adds. They are small and in order of their keys: a thousand take 4 to 13 ms, half of what
five times 200 take.
"""

NOBODYS = "-"
KEY_BYTES = 16
"""What a key takes beside its codes."""


class Array(NamedTuple):
    """One file of codes. ``length`` is how many of its places rows have had; ``file`` its name in the home."""

    id: int
    embedder: str
    dimensions: int
    length: int
    file: str


class Row(NamedTuple):
    """Where the vector of a key is, and the minute when it was last wanted."""

    key: bytes
    place: int
    epoch: int


class Places:
    """The two tables. Who changes anything but an array of nobody holds the lock of the embedder's writers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def current(self, embedder: str) -> Array | None:
        """The array that the embedder's vectors are in now."""
        with self._database.read() as connection:
            return _current(connection, embedder)

    def find(self, embedder: str, keys: Iterable[bytes]) -> tuple[Array | None, dict[bytes, Row]]:
        """The embedder's array and those of the keys that are in it, as of one moment."""
        with self._database.read() as connection:
            array = _current(connection, embedder)
            return array, {} if array is None else self._rows(connection, array, keys)

    def count(self, array: Array) -> int:
        """How many vectors the array has."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).where(places.c.array == array.id)).scalar_one())

    def rows(self) -> int:
        """How many vectors all arrays have."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(places)).scalar_one())

    def all(self) -> list[Array]:
        """Every array, also those of nobody."""
        with self._database.read() as connection:
            return [Array(*row) for row in connection.execute(select(arrays).order_by(arrays.c.id))]

    def make(self, embedder: str, dimensions: int, file: str) -> Array:
        """A new, empty array."""
        with self._database.write() as connection:
            connection.execute(
                self._database.ignoring(arrays),
                {"embedder": embedder, "dimensions": dimensions, "length": 0, "file": file},
            )
            made = _current(connection, embedder)
        if made is None:
            raise StoreCorrupt(f"The array of {embedder} vanished while it was made.", remedy="Try again.")
        return made

    def add(self, array: Array, rows: Sequence[Row]) -> None:
        """Name places of the array's file that are on disk, in the order of the places."""
        for some in batches(rows, PLACES_AT_ONCE):
            values = [(array.id, *row) for row in some]
            with self._database.write() as connection:
                connection.exec_driver_sql(
                    "INSERT INTO vector_places (array, key, place, epoch) VALUES (?, ?, ?, ?)", values
                )
                connection.execute(update(arrays).where(arrays.c.id == array.id).values(length=some[-1].place + 1))

    def touch(self, array: Array, keys: Iterable[bytes], epoch: int) -> None:
        """Say that vectors were wanted in this minute."""
        for some in batches(sorted(keys), ROWS_AT_ONCE):
            with self._database.write() as connection:
                connection.execute(
                    update(places).where(places.c.array == array.id, places.c.key.in_(some)).values(epoch=epoch)
                )

    def pages(self, array: Array) -> Iterator[Sequence[Row]]:
        """All rows by key, some at a time; each portion as of another moment."""
        after = b""
        found = (
            select(places.c.key, places.c.place, places.c.epoch)
            .where(places.c.array == array.id)
            .order_by(places.c.key)
            .limit(LOOKED_AT)
        )
        while True:
            with self._database.read() as connection:
                some = [Row(*row) for row in connection.execute(found.where(places.c.key > after))]
            if not some:
                return
            yield some
            after = some[-1].key

    def delete(self, array: Array, keys: Sequence[bytes], limit: int) -> int:
        """Delete those of the keys that nobody has wanted after minute ``limit``; how many."""
        old = delete(places).where(places.c.array == array.id, places.c.key.in_(keys), places.c.epoch <= limit)
        with self._database.write() as connection:
            return connection.execute(old).rowcount

    def flip(self, old: Array, new: Array | None) -> None:
        """Readers get ``new`` from now on, and ``old`` belongs to nobody."""
        with self._database.write() as connection:
            connection.execute(update(arrays).where(arrays.c.id == old.id).values(embedder=NOBODYS + old.file))
            if new is not None:
                connection.execute(update(arrays).where(arrays.c.id == new.id).values(embedder=old.embedder))

    def drop(self, array: Array) -> None:
        """Delete an array of nobody, a few rows at a time."""
        turns = Turns()
        for page in self.pages(array):
            for some in turns.portions([row.key for row in page]):
                with self._database.write() as connection:
                    connection.execute(delete(places).where(places.c.array == array.id, places.c.key.in_(some)))
        with self._database.write() as connection:
            connection.execute(delete(arrays).where(arrays.c.id == array.id))

    def _rows(self, connection: Connection, array: Array, keys: Iterable[bytes]) -> dict[bytes, Row]:
        query = f"SELECT key, place, epoch FROM vector_places WHERE array = {array.id:d} AND key"  # noqa: S608 - a number
        return {row[0]: Row(*row) for row in self._database.lookup(connection, query, keys)}


def _current(connection: Connection, embedder: str) -> Array | None:
    row = connection.execute(select(arrays).where(arrays.c.embedder == embedder)).one_or_none()
    return None if row is None else Array(*row)
