"""64-bit names of strings, and finding them in a sorted array."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from aura_core.views.segments.strings import Interned

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.integer)


def hash64(text: str) -> int:
    """The same in every process."""
    return int.from_bytes(_digest(text), "little")


def hashes_of(texts: Iterable[str]) -> Hashes:
    """Many; equal strings are hashed once."""
    names = Interned()
    places = np.fromiter(names.places(texts), np.int64)
    return np.frombuffer(b"".join(map(_digest, names)), "<u8").astype(np.uint64)[places]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def places_of(keys: Hashes, wanted: Sequence[int]) -> list[int]:
    """For each wanted hash its place in sorted distinct ``keys``, -1 when it is not there."""
    if not len(keys) or not len(wanted):
        return [-1] * len(wanted)
    asked = np.array(wanted, np.uint64)
    at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
    places: list[int] = np.where(keys[at] == asked, at, -1).tolist()
    return places


def ranges_of(keys: Hashes, wanted: Sequence[int]) -> list[tuple[int, int]]:
    """For each wanted hash the range of sorted ``keys`` that equals it; empty ranges included."""
    asked = np.array(wanted, np.uint64)
    left, right = np.searchsorted(keys, asked), np.searchsorted(keys, asked, "right")
    return list(zip(left.tolist(), right.tolist(), strict=True))


def boundaries(column: npt.NDArray[np.integer]) -> Ints:
    """Where a new value begins in a grouped column."""
    if not len(column):
        return np.zeros(0, np.int64)
    return np.concatenate((np.zeros(1, np.int64), np.flatnonzero(column[1:] != column[:-1]) + 1))


def distinct(keys: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """The values, sorted, each once: ``numpy.unique``, which loads numpy's masked arrays (15 ms of a start)."""
    ordered = np.sort(keys)
    return ordered[boundaries(ordered)]
