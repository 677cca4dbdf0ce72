"""The segments that a view is made of, and one numbering over the rows of all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, chain
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.views.segments.file import Array, Arrays
from aura_core.views.segments.hashing import Ints
from aura_core.views.segments.strings import Strings

Mask = npt.NDArray[np.bool_]


class Part:
    """One segment of a view, ``number`` in their order. ``dead``: numbers of its files that later parts replace or
    that are gone.

    ``file``, ``symbol``, ``document``: where its rows begin in the view's numbering.
    """

    __slots__ = ("arrays", "dead", "document", "documents", "file", "files", "number", "symbol", "symbols")

    def __init__(self, number: int, arrays: Arrays, dead: Ints, file: int, symbol: int, document: int) -> None:
        self.number = number
        self.arrays = arrays
        self.dead = dead
        self.file, self.symbol, self.document = file, symbol, document
        self.files = len(arrays["file_prior"])
        self.symbols = len(arrays["symbol_kind"])
        self.documents = len(arrays["document_symbol"])

    def symbols_of(self, file: int) -> tuple[int, int]:
        """First row of one of the segment's files, and the row after its last; numbers of the segment."""
        first = self.arrays["file_first"]
        return int(first[file]), int(first[file + 1])

    def file_of(self, symbol: int) -> int:
        """The file that holds a row; numbers of the segment."""
        return int(self.arrays["file_first"].searchsorted(np.uint32(symbol), "right")) - 1

    def paths(self) -> Strings:
        """Of its files."""
        return Strings(self.arrays["text_path"], self.arrays["text_path_ends"])


class Parts:
    """The parts of a view, oldest first. A row's number in the view is its number in its segment plus where the part
    begins.
    """

    def __init__(self, segments: Sequence[tuple[Arrays, Ints]]) -> None:
        made: list[Part] = []
        file = symbol = document = 0
        for arrays, dead in segments:
            part = Part(len(made), arrays, dead, file, symbol, document)
            made.append(part)
            file, symbol, document = file + part.files, symbol + part.symbols, document + part.documents
        self.all = tuple(made)
        self.files, self.symbols, self.documents = file, symbol, document
        self.whole = len(made) == 1 and not len(made[0].dead)
        """One segment with nothing dead: what a view built from nothing is."""
        self._file_starts = [part.file for part in made]
        self._symbol_starts = [part.symbol for part in made]

    def of_file(self, file: int) -> tuple[Part, int]:
        """The part that holds a file, and the file's number there."""
        part = self.all[bisect_right(self._file_starts, file) - 1]
        return part, file - part.file

    def of_symbol(self, row: int) -> tuple[Part, int]:
        """The part that holds a symbol, and the symbol's number there."""
        part = self.all[bisect_right(self._symbol_starts, row) - 1]
        return part, row - part.symbol

    def joined(self, name: str, base: str = "") -> Array:
        """A column of all parts; ``base`` (file, symbol, document) says what its numbers count, so that they mean rows
        of the view.
        """
        columns = [part.arrays[name] for part in self.all]
        if base:
            columns = [
                column.astype(np.int64) + getattr(part, base) for column, part in zip(columns, self.all, strict=True)
            ]
        return columns[0] if len(columns) == 1 else np.concatenate(columns)

    @cached_property
    def file_alive(self) -> Mask:
        """Which files the view shows."""
        alive = np.ones(self.files, np.bool_)
        for part in self.all:
            alive[part.dead + part.file] = False
        return alive

    @cached_property
    def symbol_alive(self) -> Mask:
        """Which symbols the view shows."""
        return np.repeat(
            self.file_alive, np.concatenate([np.diff(part.arrays["file_first"].astype(np.int64)) for part in self.all])
        )

    @cached_property
    def document_alive(self) -> Mask:
        """Which documents the view shows."""
        return self.file_alive[self.joined("document_file", "file")]

    @cached_property
    def in_order(self) -> Ints:
        """The files that the view shows, by path. The files of each segment are sorted already."""
        if self.whole:
            return np.arange(self.files)
        base, alive = self.all[0], self.file_alive
        paths = base.paths()
        later = sorted(
            (path, part.file + n)
            for part in self.all[1:]
            for n, path in enumerate(part.paths())
            if alive[part.file + n]
        )
        held = np.flatnonzero(alive[: base.files])
        places = np.array([bisect_left(paths, path) for path, _ in later], np.int64)
        files = np.concatenate((held, np.array([file for _, file in later], np.int64)))
        order: Ints = files[np.argsort(np.concatenate((held * 2 + 1, places * 2)), kind="stable")]
        return order

    @cached_property
    def rank(self) -> Ints:
        """The place by path of each file that the view shows."""
        rank = np.full(self.files, -1, np.int64)
        rank[self.in_order] = np.arange(len(self.in_order))
        return rank


class Column:
    """One number a symbol, by its row in the view."""

    def __init__(self, parts: Parts, name: str) -> None:
        self._starts = [part.symbol for part in parts.all]
        self._arrays = [part.arrays[name] for part in parts.all]

    def __getitem__(self, row: int) -> int:
        place = bisect_right(self._starts, row) - 1
        return int(self._arrays[place][row - self._starts[place]])


class Texts:
    """One text a row of some table, by its number in the view."""

    def __init__(self, parts: Parts, name: str) -> None:
        self.parts = tuple(Strings(part.arrays[f"text_{name}"], part.arrays[f"text_{name}_ends"]) for part in parts.all)
        self.starts = list(accumulate(map(len, self.parts), initial=0))

    def __len__(self) -> int:
        return self.starts[-1]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self.parts)

    def __getitem__(self, row: int) -> str:
        place = bisect_right(self.starts, row, hi=len(self.parts)) - 1
        return self.parts[place][row - self.starts[place]]


def expanded(starts: npt.NDArray[Any], ends: npt.NDArray[Any]) -> Ints:
    """The numbers of all ranges ``starts[i]:ends[i]``, one range after the other."""
    starts = starts.astype(np.int64)
    sizes = ends.astype(np.int64) - starts
    first = np.cumsum(sizes) - sizes
    return np.repeat(starts - first, sizes) + np.arange(int(sizes.sum()))
