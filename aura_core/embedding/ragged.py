"""Rows of different lengths in two arrays, and arrays that grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Ragged(NamedTuple):
    """Row i is ``values[offsets[i]:offsets[i + 1]]``."""

    offsets: Ints
    values: Ints

    def take(self, rows: Ints) -> tuple[Ints, Ints]:
        """The values of some rows, concatenated, and how many each row has."""
        lengths = self.offsets[rows + 1] - self.offsets[rows]
        before = np.cumsum(lengths) - lengths
        return self.values[np.repeat(self.offsets[rows] - before, lengths) + np.arange(int(lengths.sum()))], lengths


class Growing:
    """An int64 array that is appended to; ``view`` costs nothing and what it returned never changes."""

    def __init__(self, first: Sequence[int] = ()) -> None:
        self._room = np.zeros(1_024, np.int64)
        self._size = 0
        self.extend(first)

    def extend(self, values: Sequence[int] | Ints) -> None:
        """Append."""
        end = self._size + len(values)
        if end > len(self._room):
            room = np.zeros(max(end, 2 * len(self._room)), np.int64)
            room[: self._size] = self.view()
            self._room = room
        self._room[self._size : end] = values
        self._size = end

    def view(self) -> Ints:
        """What has been appended so far."""
        return self._room[: self._size]


class GrowingRagged:
    """A ``Ragged`` that rows are appended to."""

    def __init__(self) -> None:
        self._offsets = Growing((0,))
        self._values = Growing()

    def extend(self, values: Sequence[int] | Ints, lengths: Sequence[int] | Ints) -> None:
        """Append rows: their values, one row after the other, and how many each has."""
        end = len(self._values.view())
        self._values.extend(values)
        self._offsets.extend(end + np.cumsum(lengths, dtype=np.int64))

    def view(self) -> Ragged:
        """The rows so far."""
        return Ragged(self._offsets.view(), self._values.view())
