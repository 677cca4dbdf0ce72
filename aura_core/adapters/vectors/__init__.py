"""The embedded vector store: int8 rows in append-only files, the place of each key in ``store.db``."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from sqlalchemy import func, select, update

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches, open_sqlite
from aura_core.adapters.locks import locked
from aura_core.adapters.migrations import bring_up
from aura_core.adapters.snapshots import STORE_FILE
from aura_core.adapters.vectors.codes import CodesFile
from aura_core.adapters.vectors.tables import arrays, places
from aura_core.errors import StoreCorrupt
from aura_core.ports.vectors import Codes
from aura_core.settings import Settings


class FileVectors:
    """One file of codes an embedder. Writers take turns; bytes are on disk before a row names them, so a crash leaves at most unused bytes."""

    def __init__(self, database: Database, home: Path) -> None:
        self._database = database
        self._home = home
        self._lock = threading.Lock()
        self._open: dict[str, tuple[int, CodesFile]] = {}

    def known(self, embedder: str, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored."""
        array = self._array(embedder)
        return set() if array is None else set(self._places(array[0], keys))

    def codes(self, embedder: str, keys: Sequence[bytes]) -> Codes:
        """Int8 rows (len(keys), dimensions) in the order of ``keys``. Raises ``StoreCorrupt`` naming how many are missing."""
        array = self._array(embedder)
        if array is None:
            if keys:
                raise _missing(embedder, len(set(keys)))
            return np.empty((0, 0), dtype=np.int8)
        found = self._places(array[0], keys)
        if missing := len(set(keys) - found.keys()):
            raise _missing(embedder, missing)
        return array[1].gather(np.fromiter(map(found.__getitem__, keys), dtype=np.int64, count=len(keys)))

    def count(self, embedder: str) -> int:
        """How many vectors of this embedder are stored."""
        array = self._array(embedder)
        if array is None:
            return 0
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).where(places.c.array == array[0])).scalar_one())

    def put(self, embedder: str, keys: Sequence[bytes], codes: Codes) -> int:
        """Append rows, durable on return; how many were new. A key that is there, or comes twice, keeps its first row."""
        if codes.ndim != 2 or len(codes) != len(keys) or codes.dtype != np.int8:
            raise ValueError(f"{len(keys)} keys need int8 codes of as many rows, not {codes.dtype} {codes.shape}")
        first = {key: row for row, key in reversed(list(enumerate(keys)))}
        if not first:
            return 0
        array, file = self._array(embedder) or self._make(embedder, codes.shape[1])
        if file.dimensions != codes.shape[1]:
            raise ValueError(f"{embedder} has {file.dimensions} dimensions, not {codes.shape[1]}")
        with locked(file.lock_path):
            new = sorted(first.keys() - self._places(array, first).keys())
            if new:
                at = file.append(codes[[first[key] for key in new]], self._length(array))
                self._name(array, new, at)
        return len(new)

    def close(self) -> None:
        """Unmap files and give connections back."""
        with self._lock:
            for _, file in self._open.values():
                file.close()
            self._open.clear()
        self._database.close()

    def _name(self, array: int, keys: Sequence[bytes], at: int) -> None:
        rows = [(array, key, at + number) for number, key in enumerate(keys)]
        for some in batches(rows, ROWS_AT_ONCE):
            with self._database.write() as connection:
                connection.exec_driver_sql("INSERT INTO vector_places (array, key, place) VALUES (?, ?, ?)", list(some))
                connection.execute(update(arrays).where(arrays.c.id == array).values(length=some[-1][2] + 1))

    def _places(self, array: int, keys: Iterable[bytes]) -> dict[bytes, int]:
        query = f"SELECT key, place FROM vector_places WHERE array = {array:d} AND key"  # noqa: S608 - a number
        with self._database.read() as connection:
            return dict(self._database.lookup(connection, query, keys))

    def _length(self, array: int) -> int:
        with self._database.read() as connection:
            return int(connection.execute(select(arrays.c.length).where(arrays.c.id == array)).scalar_one())

    def _array(self, embedder: str) -> tuple[int, CodesFile] | None:
        with self._lock:
            if embedder not in self._open:
                with self._database.read() as connection:
                    row = connection.execute(select(arrays).where(arrays.c.embedder == embedder)).one_or_none()
                if row is None:
                    return None
                self._open[embedder] = row.id, CodesFile(self._home, embedder, row.dimensions)
            return self._open[embedder]

    def _make(self, embedder: str, dimensions: int) -> tuple[int, CodesFile]:
        with self._database.write() as connection:
            connection.execute(self._database.ignoring(arrays), {"embedder": embedder, "dimensions": dimensions, "length": 0})
        made = self._array(embedder)
        if made is None:
            raise StoreCorrupt(f"The array of {embedder} vanished while it was made.", remedy="Try again.")
        return made


def open_vectors(settings: Settings) -> FileVectors:
    """Open the store in the home, making or migrating its tables. Raises ``StoreUnavailable``, ``StoreCorrupt``."""
    database = open_sqlite(settings.home / STORE_FILE, synchronous="FULL")
    bring_up(database, "vectors")
    return FileVectors(database, settings.home)


def _missing(embedder: str, number: int) -> StoreCorrupt:
    return StoreCorrupt(f"{number} vectors of {embedder} are not stored.", remedy="Index the commit again.", missing=number)
