"""One append-only file of int8 vectors, which is read through a memory map."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.files import sync_to_disk
from aura_core.ports.vectors import Codes

_REMEDY = "Move `store.db` and the `vectors-*` files of AURA_HOME away together and index again."


def stem_of(embedder: str) -> str:
    """Return how the names of an embedder's files begin."""
    return f"vectors-{hashlib.blake2b(embedder.encode(), digest_size=8).hexdigest()}"


def new_file(embedder: str) -> str:
    """Return a file name that was never used."""
    return f"{stem_of(embedder)}-{secrets.token_hex(4)}.i8"


def lock_file(home: Path, embedder: str) -> Path:
    """Return the lock that the embedder's writers hold, one at a time."""
    return home / f"{stem_of(embedder)}.lock"


class CodesFile:
    """Rows of ``dimensions`` int8 codes. Rows are written once and never moved, so that readers need no lock."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self.dimensions = dimensions
        self._lock = threading.Lock()
        self._map: Codes = np.empty((0, dimensions), dtype=np.int8)

    def append(self, codes: Codes, min_rows: int) -> int:
        """Write rows behind all others, synced to disk, and return the place of the first. The caller holds the
        writers' lock.

        ``min_rows``: how many rows the file must have already. Raises ``StoreCorrupt`` when it is shorter, because
        somebody replaced it, and ``StoreUnavailable`` when it cannot be written.
        """
        try:
            is_new = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                if size < min_rows * self.dimensions:
                    raise self._too_short(min_rows, size)
                place = -(-size // self.dimensions)  # behind the part of a row that a crash may have left
                _write(descriptor, np.ascontiguousarray(codes).tobytes(), place * self.dimensions)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if is_new:
                sync_to_disk(self.path.parent)
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} could not be written: {error.strerror}.", remedy="Check space and permissions."
            ) from error
        return place

    def gather(self, places: npt.NDArray[np.int64]) -> Codes:
        """Return a copy of the rows at ``places``. Raises ``StoreCorrupt`` when the file has no such rows."""
        if len(places) == 0:
            return np.empty((0, self.dimensions), dtype=np.int8)
        last = int(places.max())
        with self._lock:
            if last >= len(self._map):
                self._map = self._open_map(last + 1)
            rows = self._map
        codes: Codes = np.take(rows, places, axis=0)
        return codes

    def size(self) -> int:
        """Return the bytes of the file; 0 when there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Release the map; readers that still hold it keep theirs."""
        with self._lock:
            self._map = np.empty((0, self.dimensions), dtype=np.int8)

    def _open_map(self, min_rows: int) -> Codes:
        try:
            size = self.path.stat().st_size
            if size < min_rows * self.dimensions:
                raise self._too_short(min_rows, size)
            rows = size // self.dimensions
            return np.asarray(np.memmap(self.path, dtype=np.int8, mode="r", shape=(rows, self.dimensions)))
        except FileNotFoundError as error:
            raise self._too_short(min_rows, 0) from error
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} could not be read: {error.strerror}.", remedy="Check its permissions."
            ) from error

    def _too_short(self, rows: int, size: int) -> StoreCorrupt:
        return StoreCorrupt(
            f"{self.path} has {size} bytes, but {rows} rows of {self.dimensions} are known.", remedy=_REMEDY
        )


def _write(descriptor: int, data: bytes, offset: int) -> None:
    # One call may write less than it was given.
    rest = memoryview(data)
    while rest:
        count = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[count:], offset + count
