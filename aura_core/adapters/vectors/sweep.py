"""Deletes vectors that no text needs, and writes a file again without the gaps that this leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from aura_core.adapters.pacer import Pacer
from aura_core.adapters.vectors.codes import CodesFile, lock_file, new_file, stem_of
from aura_core.adapters.vectors.places import DETACHED, KEY_BYTES, Array, PlaceRow, Places
from aura_core.files import locked
from aura_core.model.snapshot import SweepResult

UNUSED_SHARE = 0.25
"""Share of a file's places that may be unused; a file with more is written again."""


class Sweep:
    """One sweep of one array. Whoever is about to use a vector has touched it since the sweep began, or has a manifest
    that the sweep was shown: a manifest is stored before its texts are asked for.
    """

    def __init__(self, places: Places, home: Path, array: Array, limit: int, minute: int) -> None:
        self._places = places
        self._lock = lock_file(home, array.embedder)
        self._array = array
        self._limit = limit
        self._minute = minute
        self._pacer = Pacer()

    def run(self, live: Collection[bytes], *, dry_run: bool) -> SweepResult:
        """Delete, or only count, the vectors that are old and not ``live``; returns the totals."""
        count = young = 0
        for page in self._places.pages(self._array):
            if not dry_run:
                self._stamp_old_rows(page)
            unneeded_rows = [row for row in page if row.key not in live]
            # 0 is no stamp: such a row has been stamped just now, and waits for its own grace period.
            old_keys = [row.key for row in unneeded_rows if 0 < row.minute <= self._limit]
            young += len(unneeded_rows) - len(old_keys)
            count += len(old_keys) if dry_run else sum(self._delete(keys) for keys in self._pacer.batches(old_keys))
        return SweepResult(count, count * (self._array.dimensions + KEY_BYTES), young)

    def _stamp_old_rows(self, page: Sequence[PlaceRow]) -> None:
        """Stamp the rows without a stamp, which an older version of Aura wrote."""
        if keys := [row.key for row in page if not row.minute]:
            with locked(self._lock):
                self._places.stamp(self._array, keys, self._minute)

    def _delete(self, keys: Sequence[bytes]) -> int:
        with locked(self._lock):
            return self._places.delete(self._array, keys, self._limit)


def compact(places: Places, home: Path, embedder: str) -> None:
    """Copy an embedder's vectors into a new file when too much of the old one is unused, and give readers the new file
    in one transaction. Readers that have mapped the old file keep it; writers wait.
    """
    with locked(lock_file(home, embedder)):
        old = places.current(embedder)
        if old is None:
            return
        count = places.count(old)
        if old.length - count <= old.length * UNUSED_SHARE:
            return
        places.switch(old, _copy(places, home, old) if count else None)
        _drop(places, home, old)


def drop_detached(places: Places, home: Path, embedder: str) -> None:
    """Delete the detached arrays of an embedder, which an interrupted compaction has left."""
    with locked(lock_file(home, embedder)):
        for array in places.arrays():
            if array.is_detached and array.file.startswith(stem_of(embedder)):
                _drop(places, home, array)


def _copy(places: Places, home: Path, old: Array) -> Array:
    """Return a new detached array with all rows of the old one, on disk."""
    name = new_file(old.embedder)
    new = places.create(DETACHED + name, old.dimensions, name)
    source, target = CodesFile(home / old.file, old.dimensions), CodesFile(home / name, old.dimensions)
    length, pacer = 0, Pacer()
    for page in places.pages(old):
        first = target.append(source.gather(np.array([row.place for row in page], dtype=np.int64)), length)
        length = first + len(page)
        for rows in pacer.batches([row._replace(place=first + number) for number, row in enumerate(page)]):
            places.add(new, rows)
    return new


def _drop(places: Places, home: Path, array: Array) -> None:
    (home / array.file).unlink(missing_ok=True)
    places.drop(array)
