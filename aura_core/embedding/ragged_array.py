"""Rows of different lengths in two arrays, arrays that grow, and ranges of rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class RaggedArray(NamedTuple):
    """Rows of different lengths: row i is ``values[offsets[i]:offsets[i + 1]]``."""

    offsets: Ints
    values: Ints

    def take(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the values of some rows, concatenated, and how many each row has."""
        starts, ends = self.offsets[rows], self.offsets[rows + 1]
        return self.values[expand_ranges(starts, ends)], ends - starts


class GrowingArray:
    """An int64 array that values are appended to. ``view`` copies nothing, and what it returned never changes."""

    def __init__(self, values: Sequence[int] = ()) -> None:
        self._buffer = np.zeros(1_024, np.int64)
        self._size = 0
        self.extend(values)

    def extend(self, values: Sequence[int] | Ints) -> None:
        """Append values."""
        end = self._size + len(values)
        if end > len(self._buffer):
            # At least doubled, so that appending takes constant time on average.
            buffer = np.zeros(max(end, 2 * len(self._buffer)), np.int64)
            buffer[: self._size] = self.view()
            self._buffer = buffer
        self._buffer[self._size : end] = values
        self._size = end

    def view(self) -> Ints:
        """Return what has been appended so far."""
        return self._buffer[: self._size]


class GrowingRaggedArray:
    """A ``RaggedArray`` that rows are appended to."""

    def __init__(self) -> None:
        self._offsets = GrowingArray((0,))
        self._values = GrowingArray()

    def extend(self, values: Sequence[int] | Ints, lengths: Sequence[int] | Ints) -> None:
        """Append rows: their values, one row after the other, and how many each has."""
        end = len(self._values.view())
        self._values.extend(values)
        self._offsets.extend(end + np.cumsum(lengths, dtype=np.int64))

    def view(self) -> RaggedArray:
        """Return the rows so far."""
        return RaggedArray(self._offsets.view(), self._values.view())


def offsets_of(sizes: Sequence[int] | Ints) -> Ints:
    """Return where rows of these sizes start, and where the last one ends."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)))


def expand_ranges(starts: npt.NDArray[Any], ends: npt.NDArray[Any]) -> Ints:
    """Return the numbers of all ranges ``starts[i]:ends[i]``, one range after the other."""
    starts = starts.astype(np.int64)
    sizes = ends.astype(np.int64) - starts
    first = np.cumsum(sizes) - sizes
    return np.repeat(starts - first, sizes) + np.arange(int(sizes.sum()))


def group_starts(column: npt.NDArray[np.integer]) -> Ints:
    """Return where each run of equal values begins."""
    if not len(column):
        return np.zeros(0, np.int64)
    return np.concatenate((np.zeros(1, np.int64), np.flatnonzero(column[1:] != column[:-1]) + 1))
