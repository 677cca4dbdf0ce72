"""One append-only file of int8 vectors."""

from __future__ import annotations

import hashlib
import os
import secrets
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.files import sync_to_disk
from aura_core.ports.vectors import Codes

READ_GAP_ROWS = 64
"""Rows between two that are asked for that one read takes along, rather than reading twice."""

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


def checksum(codes: Codes) -> int:
    """Return the CRC-32 of one row of codes."""
    return zlib.crc32(np.ascontiguousarray(codes).data)


class CodesFile:
    """Rows of ``dimensions`` int8 codes. Rows are written once and never moved, so that readers need no lock.

    They are read and not mapped: a file that somebody else cuts off would end a process that has mapped it.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self.dimensions = dimensions

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
        codes = np.empty((len(places), self.dimensions), dtype=np.int8)
        try:
            with self.path.open("rb", buffering=0) as file:
                for rows, offsets, block in self._blocks(file.fileno(), places):
                    codes[rows] = block[offsets]
        except FileNotFoundError as error:
            raise self._too_short(int(places.max()) + 1, 0) from error
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} could not be read: {error.strerror}.", remedy="Check its permissions."
            ) from error
        return codes

    def rows(self) -> int:
        """Return how many whole rows the file has."""
        return self.size() // self.dimensions

    def size(self) -> int:
        """Return the bytes of the file; 0 when there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def _blocks(
        self, descriptor: int, places: npt.NDArray[np.int64]
    ) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Codes]]:
        """Read what lies close together at once: yield (rows of the answer, their offsets in the block, the block)."""
        order = np.argsort(places, kind="stable")
        ordered = places[order]
        starts = [0, *(np.flatnonzero(np.diff(ordered) > READ_GAP_ROWS) + 1).tolist()]
        for start, end in zip(starts, [*starts[1:], len(ordered)], strict=True):
            first, last = int(ordered[start]), int(ordered[end - 1])
            data = _read(descriptor, (last + 1 - first) * self.dimensions, first * self.dimensions)
            if len(data) < (last + 1 - first) * self.dimensions:
                raise self._too_short(last + 1, os.fstat(descriptor).st_size)
            block = np.frombuffer(data, np.int8).reshape(-1, self.dimensions)
            yield order[start:end], ordered[start:end] - first, block

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


def _read(descriptor: int, size: int, offset: int) -> bytes:
    """Return ``size`` bytes from an offset on, or fewer where the file ends."""
    parts = []
    while size > 0 and (part := os.pread(descriptor, size, offset)):
        parts.append(part)
        size, offset = size - len(part), offset + len(part)
    return b"".join(parts)
