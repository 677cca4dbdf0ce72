"""Rows of different lengths in two arrays, and arrays that grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class RaggedArray(NamedTuple):
    """Rows of different lengths: row i is ``values[offsets[i]:offsets[i + 1]]``."""

    offsets: Ints
    values: Ints

    def take(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the values of some rows, concatenated, and how many each row has."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        before = np.cumsum(lengths) - lengths
        return self.values[np.repeat(self.offsets[rows] - before, lengths) + np.arange(int(lengths.sum()))], lengths


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
