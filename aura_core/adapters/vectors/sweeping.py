"""Deleting vectors that no text needs, and writing a file anew without the holes that this leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from aura_core.adapters.pacing import Turns
from aura_core.adapters.vectors.codes import CodesFile, lock_file, new_file, stem_of
from aura_core.adapters.vectors.places import KEY_BYTES, NOBODYS, Array, Places, Row
from aura_core.files import locked
from aura_core.model.snapshot import SweepResult

UNUSED_SHARE = 0.25
"""Share of a file's places that may be unused; a file with more is written anew."""


class Sweep:
    """One sweep of one array. Whoever is about to use a vector has touched it since the sweep began, or has a manifest
    that it was shown: a manifest is stored before its texts are asked for.
    """

    def __init__(self, places: Places, home: Path, array: Array, limit: int, now: int) -> None:
        self._places = places
        self._lock = lock_file(home, array.embedder)
        self._array = array
        self._limit = limit
        self._now = now
        self._turns = Turns()

    def run(self, live: Collection[bytes], *, dry_run: bool) -> SweepResult:
        """Delete, or only count, the vectors that are old and not ``live``."""
        gone = waiting = 0
        for page in self._places.pages(self._array):
            if not dry_run:
                self._adopt(page)
            unnamed = [row for row in page if row.key not in live]
            old = [row.key for row in unnamed if 0 < row.epoch <= self._limit]
            waiting += len(unnamed) - len(old)
            gone += len(old) if dry_run else sum(self._delete(keys) for keys in self._turns.portions(old))
        return SweepResult(gone, gone * (self._array.dimensions + KEY_BYTES), waiting)

    def _adopt(self, page: Sequence[Row]) -> None:
        """Rows without a stamp, which an older version of Aura wrote, get one."""
        if keys := [row.key for row in page if not row.epoch]:
            with locked(self._lock):
                self._places.touch(self._array, keys, self._now)

    def _delete(self, keys: Sequence[bytes]) -> int:
        with locked(self._lock):
            return self._places.delete(self._array, keys, self._limit)


def compact(places: Places, home: Path, embedder: str) -> None:
    """Write an embedder's vectors into a new file when too much of the old one is unused, and let readers have that in
    one flip. Those who have the old file mapped keep it; writers wait.
    """
    with locked(lock_file(home, embedder)):
        old = places.current(embedder)
        if old is None:
            return
        held = places.count(old)
        if old.length - held <= old.length * UNUSED_SHARE:
            return
        places.flip(old, _copied(places, home, old) if held else None)
        _drop(places, home, old)


def drop_leftovers(places: Places, home: Path, embedder: str) -> None:
    """Delete what a compaction that was interrupted has left."""
    with locked(lock_file(home, embedder)):
        for array in places.all():
            if array.embedder.startswith(NOBODYS) and array.file.startswith(stem_of(embedder)):
                _drop(places, home, array)


def _copied(places: Places, home: Path, old: Array) -> Array:
    """A new array of nobody with all rows of the old one, on disk."""
    name = new_file(old.embedder)
    new = places.make(NOBODYS + name, old.dimensions, name)
    source, target = CodesFile(home / old.file, old.dimensions), CodesFile(home / name, old.dimensions)
    length, turns = 0, Turns()
    for page in places.pages(old):
        at = target.append(source.gather(np.array([row.place for row in page], dtype=np.int64)), length)
        length = at + len(page)
        for some in turns.portions([row._replace(place=at + number) for number, row in enumerate(page)]):
            places.add(new, some)
    return new


def _drop(places: Places, home: Path, array: Array) -> None:
    (home / array.file).unlink(missing_ok=True)
    places.drop(array)
