"""Columns of strings: the UTF-8 bytes of all strings in one array, and where each ends in another."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, count, islice, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.embedding import expand_ranges, offsets_of

_ERRORS = "surrogatepass"
"""Names of files that are not UTF-8 hold lone surrogates; they are stored and come back as they were."""


class Strings:
    """Reads strings: string i is the UTF-8 bytes between two offsets."""

    def __init__(self, text: npt.NDArray[np.uint8], ends: npt.NDArray[Any]) -> None:
        self._text = text
        self._ends = ends

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, row: int) -> str:
        return bytes(self._text[int(self._ends[row]) : int(self._ends[row + 1])]).decode(errors=_ERRORS)

    def equal_to(self, text: str) -> list[int]:
        """Return the numbers of the strings that equal ``text``.

        Lengths, first and last bytes are compared for all strings at once, and only what is left string by string.
        """
        data = text.encode(errors=_ERRORS)
        starts, ends = self._ends[:-1], self._ends[1:]
        rows = np.flatnonzero(ends - starts == len(data))
        if data:
            rows = rows[self._text[starts[rows]] == data[0]]
            rows = rows[self._text[ends[rows] - 1] == data[-1]]
        return [row for row in rows.tolist() if self[row] == text]

    def __iter__(self) -> Iterator[str]:
        # One copy of all bytes: slices of ``bytes`` are several times faster than slices of an array.
        text, ends = self._text.tobytes(), self._ends.tolist()
        return (text[start:end].decode(errors=_ERRORS) for start, end in pairwise(ends))


def gather_strings(
    name: str, tables: Sequence[tuple[npt.NDArray[np.uint8], npt.NDArray[Any]]], rows: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[Any]]:
    """Return some strings of several tables as a column of their own, under ``name`` and ``name_ends``.

    ``tables`` are the two arrays of each; ``rows`` number their strings one table after the other.
    """
    texts, ends_of_tables = zip(*tables, strict=True)
    bases = np.cumsum([0, *map(len, texts)]).tolist()
    offsets = [ends.astype(np.int64) + base for ends, base in zip(ends_of_tables, bases, strict=False)]
    starts = np.concatenate([table_offsets[:-1] for table_offsets in offsets])[rows]
    ends = np.concatenate([table_offsets[1:] for table_offsets in offsets])[rows]
    return _arrays(name, np.concatenate(texts)[expand_ranges(starts, ends)], offsets_of(ends - starts))


def _arrays(name: str, text: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> dict[str, npt.NDArray[Any]]:
    return {name: text, f"{name}_ends": ends.astype(np.uint32 if ends[-1] < 1 << 32 else np.uint64)}


class StringColumn:
    """Writes strings: they are appended and stored as bytes."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("q", [0])

    def extend(self, texts: Iterable[str]) -> None:
        """Append strings."""
        encoded_texts = [text.encode(errors=_ERRORS) for text in texts]
        self._text += b"".join(encoded_texts)
        self._ends.extend(islice(accumulate(map(len, encoded_texts), initial=self._ends[-1]), 1, None))

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Return the two arrays of a segment, under ``name`` and ``name_ends``."""
        return _arrays(name, np.frombuffer(bytes(self._text), np.uint8), np.array(self._ends, np.int64))


class StringIds:
    """Distinct strings, numbered in order of first use."""

    def __init__(self) -> None:
        self._numbers: defaultdict[str, int] = defaultdict(count().__next__)

    def numbers(self, texts: Iterable[str]) -> Iterator[int]:
        """Yield the number of each string; a new string gets the next one."""
        return map(self._numbers.__getitem__, texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def arrays(self, name: str) -> dict[str, npt.NDArray[Any]]:
        """Return the strings as the arrays of a ``StringColumn``."""
        column = StringColumn()
        column.extend(self._numbers)
        return column.arrays(name)
