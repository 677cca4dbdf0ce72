"""The embedded vector store: int8 rows in append-only files, the place of each key in ``store.db``."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from aura_core.adapters.database import Clock, Database
from aura_core.adapters.engine import open_sqlite
from aura_core.adapters.last_use import LastUse
from aura_core.adapters.migrations import migrate
from aura_core.adapters.snapshots.store import STORE_FILE
from aura_core.adapters.vectors.codes import CodesFile, checksum, lock_file, new_file
from aura_core.adapters.vectors.places import KEY_BYTES, NO_CHECKSUM, Array, PlaceRow, Places
from aura_core.adapters.vectors.sweep import Sweep, compact, drop_detached
from aura_core.errors import StoreCorrupt
from aura_core.files import locked
from aura_core.model.snapshot import SweepResult
from aura_core.ports.vectors import Codes
from aura_core.settings import Settings


class FileVectors:
    """The adapter of ``VectorStore``: one file of codes an embedder.

    Writers take turns. Bytes are on disk before a row names them, so a crash leaves at most unused bytes. Vectors that
    are lost or damaged all the same, because somebody cut the file off or a disk failed, are forgotten as soon as that
    is noticed: they count as never stored, and are made again. ``grace``: minutes that a vector is kept after its last
    use.
    """

    def __init__(self, database: Database, home: Path, clock: Clock, grace: int = 0) -> None:
        self._database = database
        self._places = Places(database)
        self._last_use = LastUse(clock, grace)
        self._home = home

    def touch(self, embedder: str, keys: Iterable[bytes]) -> set[bytes]:
        """Return those of the keys that are stored, and stamp those whose stamp is not recent."""
        self._forget_lost(embedder)
        _, rows = self._places.find(embedder, keys)
        stale_keys = self._stale(rows)
        if not stale_keys:
            return set(rows)
        with locked(lock_file(self._home, embedder)):
            # A sweep may have deleted some meanwhile: only what is stored now, under the lock, is promised.
            array, stale_rows = self._places.find(embedder, stale_keys)
            if array is not None:
                self._places.stamp(array, stale_rows, self._last_use.minute())
        return rows.keys() - set(stale_keys) | stale_rows.keys()

    def codes(self, embedder: str, keys: Sequence[bytes]) -> Codes:
        """Return the codes (len(keys), dimensions) in the order of ``keys``."""
        while True:
            array, rows = self._places.find(embedder, keys)
            if missing := len(set(keys) - rows.keys()):
                raise _not_stored(embedder, missing)
            if array is None:
                return np.empty((0, 0), dtype=np.int8)
            places = np.fromiter((rows[key].place for key in keys), dtype=np.int64, count=len(keys))
            try:
                codes = self._file(array).gather(places)
            except StoreCorrupt:
                current = self._places.current(embedder)
                if current is not None and current.id == array.id and not self._forget_lost(embedder):
                    raise  # else another file has replaced it meanwhile, or the lost rows are gone: look again
                continue
            damaged_keys = _damaged_keys(keys, rows, codes)
            if not damaged_keys:
                return codes
            with locked(lock_file(self._home, embedder)):
                self._places.forget(array, damaged_keys)

    def count(self, embedder: str) -> int:
        """Return how many vectors of this embedder are stored."""
        array = self._places.current(embedder)
        return 0 if array is None else self._places.count(array)

    def put(self, embedder: str, keys: Sequence[bytes], codes: Codes) -> int:
        """Append the vectors of new keys, durable on return, and return how many were new. A key that comes twice
        keeps its first vector.
        """
        if codes.ndim != 2 or len(codes) != len(keys) or codes.dtype != np.int8:
            raise ValueError(f"{len(keys)} keys need int8 codes of as many rows, not {codes.dtype} {codes.shape}")
        first_row = {key: row for row, key in reversed(list(enumerate(keys)))}
        if not first_row:
            return 0
        _, dimensions = codes.shape
        self._forget_lost(embedder)
        with locked(lock_file(self._home, embedder)):
            array, rows = self._places.find(embedder, first_row)
            array = array or self._places.create(embedder, dimensions, new_file(embedder))
            if array.dimensions != dimensions:
                raise ValueError(f"{embedder} has {array.dimensions} dimensions, not {dimensions}")
            minute = self._last_use.minute()
            self._places.stamp(array, self._stale(rows), minute)
            new_keys = sorted(first_row.keys() - rows.keys())
            if new_keys:
                new_codes = codes[[first_row[key] for key in new_keys]]
                first = self._file(array).append(new_codes, array.length)
                new_rows = [
                    PlaceRow(key, place, minute, checksum(row))
                    for place, (key, row) in enumerate(zip(new_keys, new_codes, strict=True), first)
                ]
                self._places.add(array, new_rows)
        return len(new_keys)

    def embedders(self) -> Sequence[str]:
        """Return the ids of the embedders that have vectors here, sorted."""
        return sorted(array.embedder for array in self._places.arrays() if not array.is_detached)

    def sweep(
        self,
        embedder: str,
        live: Callable[[], Collection[bytes]],
        *,
        spare_since: float | None = None,
        dry_run: bool = False,
    ) -> SweepResult:
        """Delete an embedder's vectors that are neither ``live()`` nor used for the grace period; then write the file
        again when more than a quarter of it is unused. Returns the totals.
        """
        if not dry_run:
            drop_detached(self._places, self._home, embedder)
            self._forget_lost(embedder)
        array = self._places.current(embedder)
        if array is None:
            return SweepResult(0, 0, 0)
        begin = self._last_use.seconds()
        limit = self._last_use.unused_until(begin if spare_since is None else min(begin, spare_since))
        sweep = Sweep(self._places, self._home, array, limit, self._last_use.minute())
        totals = sweep.run(live(), dry_run=dry_run)
        if not dry_run:
            compact(self._places, self._home, embedder)
        return totals

    def sizes(self) -> Mapping[str, int]:
        """Return the bytes of the files of codes, and of the keys and places in the database."""
        files = [CodesFile(self._home / array.file, array.dimensions) for array in self._places.arrays()]
        return {
            "vectors": sum(file.size() for file in files),
            "vector_places": self._places.count_all() * KEY_BYTES,
        }

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _forget_lost(self, embedder: str) -> bool:
        """Forget the rows that lie behind the end of an embedder's file. Returns whether there were any."""
        array = self._places.current(embedder)
        if array is None or self._file(array).rows() >= array.length:
            return False
        with locked(lock_file(self._home, embedder)):
            array = self._places.current(embedder)  # a writer may have mended it, or written another file, meanwhile
            if array is not None and (rows := self._file(array).rows()) < array.length:
                self._places.forget_from(array, rows)
        return True

    def _stale(self, rows: Mapping[bytes, PlaceRow]) -> list[bytes]:
        limit = self._last_use.stale_before()
        return [key for key, row in rows.items() if row.minute < limit]

    def _file(self, array: Array) -> CodesFile:
        return CodesFile(self._home / array.file, array.dimensions)


def open_vectors(settings: Settings, *, clock: Clock = time.time) -> FileVectors:
    """Open the store in the home after its tables have been created or migrated.

    ``clock`` returns UTC seconds since the epoch. Raises ``StoreUnavailable``, ``StoreCorrupt``.
    """
    database = open_sqlite(settings.home / STORE_FILE, synchronous="FULL")
    migrate(database, "vectors")
    return FileVectors(database, settings.home, clock, round(settings.gc_grace_hours * 60))


def _damaged_keys(keys: Sequence[bytes], rows: Mapping[bytes, PlaceRow], codes: Codes) -> set[bytes]:
    """Return the keys whose codes are not those that were stored."""
    pairs = zip(keys, codes, strict=True)
    return {key for key, row in pairs if rows[key].checksum not in (NO_CHECKSUM, checksum(row))}


def _not_stored(embedder: str, number: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"{number} vectors of {embedder} are not stored.", remedy="Index the commit again.", missing=number
    )
