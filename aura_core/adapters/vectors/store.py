"""The embedded vector store: int8 rows in append-only files, the place of each key in ``store.db``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from aura_core.adapters.database import Clock, Database, open_sqlite
from aura_core.adapters.last_use import Stamps
from aura_core.adapters.migrations import bring_up
from aura_core.adapters.snapshots.store import STORE_FILE
from aura_core.adapters.vectors.codes import CodesFile, lock_file, new_file
from aura_core.adapters.vectors.places import KEY_BYTES, NOBODYS, Array, Places, Row
from aura_core.adapters.vectors.sweeping import Sweep, compact, drop_leftovers
from aura_core.errors import StoreCorrupt
from aura_core.files import locked
from aura_core.model.snapshot import SweepResult
from aura_core.ports.vectors import Codes
from aura_core.settings import Settings


class FileVectors:
    """One file of codes an embedder. Writers take turns; bytes are on disk before a row names them, so a crash leaves
    at most unused bytes.
    """

    def __init__(self, database: Database, home: Path, clock: Clock, grace: int = 0) -> None:
        self._database = database
        self._places = Places(database)
        self._stamps = Stamps(clock, grace)
        self._home = home
        self._lock = threading.Lock()
        self._open: dict[str, CodesFile] = {}

    def touch(self, embedder: str, keys: Iterable[bytes]) -> set[bytes]:
        """Which of the keys are stored. Whoever asks is about to use them, so they are touched, unless they were a
        short while ago.
        """
        there = self._places.find(embedder, keys)[1]
        stale = self._stale(there)
        if not stale:
            return set(there)
        with locked(lock_file(self._home, embedder)):
            array, still = self._places.find(embedder, stale)
            if array is not None:
                self._places.touch(array, still, self._stamps.now())
        return there.keys() - set(stale) | still.keys()

    def codes(self, embedder: str, keys: Sequence[bytes]) -> Codes:
        """Int8 rows (len(keys), dimensions) in the order of ``keys``. Raises ``StoreCorrupt`` naming how many are
        missing.
        """
        while True:
            array, found = self._places.find(embedder, keys)
            if missing := len(set(keys) - found.keys()):
                raise _missing(embedder, missing)
            if array is None:
                return np.empty((0, 0), dtype=np.int8)
            try:
                return self._file(array).gather(
                    np.fromiter((found[key].place for key in keys), dtype=np.int64, count=len(keys))
                )
            except StoreCorrupt:
                now = self._places.current(embedder)
                if now is not None and now.id == array.id:
                    raise  # else another file has taken its place meanwhile

    def count(self, embedder: str) -> int:
        """How many vectors of this embedder are stored."""
        array = self._places.current(embedder)
        return 0 if array is None else self._places.count(array)

    def put(self, embedder: str, keys: Sequence[bytes], codes: Codes) -> int:
        """Append rows, durable on return; how many were new. A key that is there, or comes twice, keeps its first row."""
        if codes.ndim != 2 or len(codes) != len(keys) or codes.dtype != np.int8:
            raise ValueError(f"{len(keys)} keys need int8 codes of as many rows, not {codes.dtype} {codes.shape}")
        first = {key: row for row, key in reversed(list(enumerate(keys)))}
        if not first:
            return 0
        with locked(lock_file(self._home, embedder)):
            array, there = self._places.find(embedder, first)
            array = array or self._places.make(embedder, codes.shape[1], new_file(embedder))
            if array.dimensions != codes.shape[1]:
                raise ValueError(f"{embedder} has {array.dimensions} dimensions, not {codes.shape[1]}")
            self._places.touch(array, self._stale(there), self._stamps.now())
            new = sorted(first.keys() - there.keys())
            if new:
                at = self._file(array).append(codes[[first[key] for key in new]], array.length)
                self._name(array, new, at)
        return len(new)

    def embedders(self) -> Sequence[str]:
        """Ids of the embedders that have vectors here, sorted."""
        return sorted(array.embedder for array in self._places.all() if not array.embedder.startswith(NOBODYS))

    def sweep(
        self,
        embedder: str,
        live: Callable[[], Collection[bytes]],
        *,
        spare_since: float | None = None,
        dry_run: bool = False,
    ) -> SweepResult:
        """Delete vectors of an embedder whose keys are not among ``live()`` when nobody has wanted them for the time
        of grace, nor since
        ``spare_since`` (UTC seconds since the epoch), nor since this began; then write the file anew when more than a
        quarter of it is unused.
        """
        if not dry_run:
            drop_leftovers(self._places, self._home, embedder)
        array = self._places.current(embedder)
        if array is None:
            return SweepResult(0, 0, 0)
        now = self._stamps.seconds()
        limit = self._stamps.doomed_before(now if spare_since is None else min(now, spare_since))
        swept = Sweep(self._places, self._home, array, limit, self._stamps.now()).run(live(), dry_run=dry_run)
        if not dry_run:
            compact(self._places, self._home, embedder)
        return swept

    def sizes(self) -> Mapping[str, int]:
        """Bytes of the files of codes, and of the keys and places in the database."""
        found = self._places.all()
        codes = sum(CodesFile(self._home / array.file, array.dimensions).size() for array in found)
        return {"vectors": codes, "vector_places": self._places.rows() * KEY_BYTES}

    def close(self) -> None:
        """Unmap files and give connections back."""
        with self._lock:
            for file in self._open.values():
                file.close()
            self._open.clear()
        self._database.close()

    def _name(self, array: Array, keys: Sequence[bytes], at: int) -> None:
        now = self._stamps.now()
        self._places.add(array, [Row(key, at + number, now) for number, key in enumerate(keys)])

    def _stale(self, rows: Mapping[bytes, Row]) -> list[bytes]:
        fresh = self._stamps.fresh()
        return [key for key, row in rows.items() if row.epoch < fresh]

    def _file(self, array: Array) -> CodesFile:
        with self._lock:
            opened = self._open.get(array.embedder)
            if opened is None or opened.path.name != array.file:
                if opened is not None:
                    opened.close()
                opened = self._open[array.embedder] = CodesFile(self._home / array.file, array.dimensions)
            return opened


def open_vectors(settings: Settings, *, clock: Clock = time.time) -> FileVectors:
    """Open the store in the home, making or migrating its tables. ``clock`` gives UTC seconds. Raises
    ``StoreUnavailable``, ``StoreCorrupt``.
    """
    database = open_sqlite(settings.home / STORE_FILE, synchronous="FULL")
    bring_up(database, "vectors")
    return FileVectors(database, settings.home, clock, round(settings.gc_grace_hours * 60))


def _missing(embedder: str, number: int) -> StoreCorrupt:
    return StoreCorrupt(
        f"{number} vectors of {embedder} are not stored.", remedy="Index the commit again.", missing=number
    )
