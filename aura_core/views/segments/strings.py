"""Many strings in two arrays."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count, islice, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

_ERRORS = "surrogatepass"


class Strings:
    """Read side: string i is the UTF-8 bytes between two offsets."""

    def __init__(self, text: npt.NDArray[np.uint8], ends: npt.NDArray[Any]) -> None:
        self._text = text
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: int) -> str:
        return bytes(self._text[int(self._ends[row]) : int(self._ends[row + 1])]).decode(errors=_ERRORS)

    def equal_to(self, text: str) -> list[int]:
        """The numbers of the strings that equal ``text``; lengths and both end letters are compared for all at once."""
        wanted = text.encode(errors=_ERRORS)
        starts, ends = self._ends[:-1], self._ends[1:]
        rows = np.flatnonzero(ends - starts == len(wanted))
        if wanted:
            rows = rows[self._text[starts[rows]] == wanted[0]]
            rows = rows[self._text[ends[rows] - 1] == wanted[-1]]
        found: list[int] = [row for row in rows.tolist() if self[row] == text]
        return found

    def __iter__(self) -> Iterator[str]:
        text, ends = self._text.tobytes(), self._ends.tolist()
        return (text[start:end].decode(errors=_ERRORS) for start, end in pairwise(ends))


def gathered(
    name: str, tables: Sequence[tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]], rows: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[Any]]:
    """Some strings of several tables, numbered one table after the other, as a column of their own."""
    before = np.cumsum([0, *(len(text) for text, _ in tables)]).tolist()
    ends = [table[1].astype(np.int64) + base for table, base in zip(tables, before, strict=False)]
    starts, stops = (
        np.concatenate([some[:-1] for some in ends])[rows],
        np.concatenate([some[1:] for some in ends])[rows],
    )
    sizes = stops - starts
    last = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    text = np.concatenate([table[0] for table in tables])
    picked = text[np.repeat(starts - last[:-1], sizes) + np.arange(int(last[-1]))]
    return _arrays(name, picked, last)


def _arrays(name: str, text: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[Any]]:
    return {name: text, f"{name}_ends": ends.astype(np.uint32 if ends[-1] < 1 << 32 else np.uint64)}


class StringColumn:
    """Write side: strings are appended and kept as bytes."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("q", [0])

    def extend(self, texts: Iterable[str]) -> None:
        """Append."""
        encoded = [text.encode(errors=_ERRORS) for text in texts]
        self._text += b"".join(encoded)
        self._ends.extend(islice(accumulate(map(len, encoded), initial=self._ends[-1]), 1, None))

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """The two arrays of a segment, under ``name`` and ``name_ends``."""
        return _arrays(name, np.frombuffer(bytes(self._text), np.uint8), np.array(self._ends, np.int64))


class Interned:
    """Distinct strings numbered in order of first use."""

    def __init__(self) -> None:
        self._places: defaultdict[str, int] = defaultdict(count().__next__)

    def places(self, texts: Iterable[str]) -> Iterator[int]:
        """The number of each."""
        return map(self._places.__getitem__, texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """As a ``StringColumn``."""
        column = StringColumn()
        column.extend(self._places)
        return column.arrays(name)
