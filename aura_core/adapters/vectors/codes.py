"""One append-only file of int8 vectors, read by mapping it."""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.ports.vectors import Codes

_REMEDY = "Move `store.db` and the `vectors-*` files of AURA_HOME away together and index again."


def stem_of(embedder: str) -> str:
    """How the names of an embedder's files begin."""
    return f"vectors-{hashlib.blake2b(embedder.encode(), digest_size=8).hexdigest()}"


def new_file(embedder: str) -> str:
    """A name that no file has had."""
    return f"{stem_of(embedder)}-{secrets.token_hex(4)}.i8"


def lock_file(home: Path, embedder: str) -> Path:
    """What the embedder's writers hold, one at a time."""
    return home / f"{stem_of(embedder)}.lock"


class CodesFile:
    """Rows of ``dimensions`` int8 codes. Rows are written once and never moved, so that readers need no lock."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self.dimensions = dimensions
        self._lock = threading.Lock()
        self._map: Codes = np.empty((0, dimensions), dtype=np.int8)

    def append(self, codes: Codes, at_least: int) -> int:
        """Write rows behind all others, synced to disk; the place of the first. The caller holds the writers' lock.

        ``at_least`` is how many rows the file must already have. Raises ``StoreCorrupt`` when it is shorter: somebody
        replaced it.
        """
        try:
            made = not self.path.exists()
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                size = os.fstat(descriptor).st_size
                if size < at_least * self.dimensions:
                    raise self._too_short(at_least, size)
                place = -(-size // self.dimensions)
                _write(descriptor, np.ascontiguousarray(codes).tobytes(), place * self.dimensions)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if made:
                _sync_folder(self.path.parent)
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} could not be written: {error.strerror}.", remedy="Check space and permissions."
            ) from error
        return place

    def gather(self, places: npt.NDArray[np.int64]) -> Codes:
        """The rows at ``places``, copied. Raises ``StoreCorrupt`` when the file has no such rows."""
        if len(places) == 0:
            return np.empty((0, self.dimensions), dtype=np.int8)
        last = int(places.max())
        with self._lock:
            if last >= len(self._map):
                self._map = self._mapped(last + 1)
            rows = self._map
        gathered: Codes = np.take(rows, places, axis=0)
        return gathered

    def size(self) -> int:
        """Bytes of the file; 0 when there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def close(self) -> None:
        """Let the map go; readers that still hold it keep theirs."""
        with self._lock:
            self._map = np.empty((0, self.dimensions), dtype=np.int8)

    def _mapped(self, needed: int) -> Codes:
        try:
            size = self.path.stat().st_size
            if size < needed * self.dimensions:
                raise self._too_short(needed, size)
            rows = size // self.dimensions
            return np.asarray(np.memmap(self.path, dtype=np.int8, mode="r", shape=(rows, self.dimensions)))
        except FileNotFoundError as error:
            raise self._too_short(needed, 0) from error
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} could not be read: {error.strerror}.", remedy="Check its permissions."
            ) from error

    def _too_short(self, rows: int, size: int) -> StoreCorrupt:
        return StoreCorrupt(
            f"{self.path} has {size} bytes, but {rows} rows of {self.dimensions} are known.", remedy=_REMEDY
        )


def _write(descriptor: int, data: bytes, offset: int) -> None:
    left = memoryview(data)
    while left:
        written = os.pwrite(descriptor, left, offset)
        left, offset = left[written:], offset + written


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
