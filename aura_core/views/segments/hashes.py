"""64-bit hashes of strings, and lookups of hashes in sorted arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from aura_core.embedding import group_starts
from aura_core.views.segments.strings import StringIds

Hashes = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Number = TypeVar("Number", bound=np.integer)


def hash64(text: str) -> int:
    """Return the hash of a string, the same in every process."""
    return int.from_bytes(_digest(text), "little")


def hashes_of(texts: Iterable[str]) -> Hashes:
    """Return the hash of each string; equal strings are hashed once."""
    ids = StringIds()
    numbers = np.fromiter(ids.numbers(texts), np.int64)
    return np.frombuffer(b"".join(map(_digest, ids)), "<u8").astype(np.uint64)[numbers]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def places_of(keys: Hashes, hashes: Sequence[int]) -> list[int]:
    """Return the place of each hash in sorted distinct ``keys``, -1 where it is missing."""
    if not len(keys) or not len(hashes):
        return [-1] * len(hashes)
    values = np.array(hashes, np.uint64)
    candidates = np.minimum(np.searchsorted(keys, values), len(keys) - 1)
    places: list[int] = np.where(keys[candidates] == values, candidates, -1).tolist()
    return places


def ranges_of(keys: Hashes, hashes: Sequence[int]) -> list[tuple[int, int]]:
    """Return the range of sorted ``keys`` that equals each hash; it is empty where the hash is missing."""
    values = np.array(hashes, np.uint64)
    left, right = np.searchsorted(keys, values), np.searchsorted(keys, values, "right")
    return list(zip(left.tolist(), right.tolist(), strict=True))


def distinct(keys: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Return the values, sorted, each once. ``numpy.unique`` loads numpy's masked arrays first, which takes 15 ms."""
    sorted_keys = np.sort(keys)
    return sorted_keys[group_starts(sorted_keys)]
