"""The segments of a view, and one numbering over the rows of all of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import accumulate, chain
from typing import Literal

import numpy as np
import numpy.typing as npt

from aura_core.views.segments.file import Array, Arrays
from aura_core.views.segments.hashes import Ints
from aura_core.views.segments.strings import Strings

Mask = npt.NDArray[np.bool_]
RowType = Literal["file", "symbol", "document"]


class Segment:
    """One segment of a view.

    ``number`` is its place in the view, oldest first. ``deleted`` are the numbers of its files that the view does not
    show, because a later segment replaces them or they were removed. Its rows begin at ``first_file``,
    ``first_symbol`` and ``first_document`` in the numbering of the view.
    """

    __slots__ = (
        "arrays",
        "deleted",
        "document_count",
        "file_count",
        "first_document",
        "first_file",
        "first_symbol",
        "number",
        "symbol_count",
    )

    def __init__(
        self,
        arrays: Arrays,
        deleted: Ints,
        *,
        number: int = 0,
        first_file: int = 0,
        first_symbol: int = 0,
        first_document: int = 0,
    ) -> None:
        self.number = number
        self.arrays = arrays
        self.deleted = deleted
        self.first_file, self.first_symbol, self.first_document = first_file, first_symbol, first_document
        self.file_count = len(arrays["file_prior"])
        self.symbol_count = len(arrays["symbol_kind"])
        self.document_count = len(arrays["document_symbol"])

    def symbols_of(self, file: int) -> tuple[int, int]:
        """Return the first symbol of a file and the one after its last; all are numbers of the segment."""
        first = self.arrays["file_first"]
        return int(first[file]), int(first[file + 1])

    def file_of(self, symbol: int) -> int:
        """Return the file that holds a symbol; both are numbers of the segment."""
        return int(self.arrays["file_first"].searchsorted(np.uint32(symbol), "right")) - 1

    def paths(self) -> Strings:
        """Return the paths of its files, which are sorted."""
        return Strings(self.arrays["text_path"], self.arrays["text_path_ends"])


class Segments:
    """The segments of a view, oldest first.

    A row's number in the view is its number in its segment plus the number at which the segment's rows begin.
    """

    def __init__(self, contents: Iterable[tuple[Arrays, Ints]]) -> None:
        """Number the rows of segments, each given by its arrays and the numbers of its deleted files."""
        segments: list[Segment] = []
        files = symbols = documents = 0
        for arrays, deleted in contents:
            segment = Segment(
                arrays,
                deleted,
                number=len(segments),
                first_file=files,
                first_symbol=symbols,
                first_document=documents,
            )
            segments.append(segment)
            files += segment.file_count
            symbols += segment.symbol_count
            documents += segment.document_count
        self._segments = tuple(segments)
        self.file_count, self.symbol_count, self.document_count = files, symbols, documents
        self.is_single = len(segments) == 1 and not len(segments[0].deleted)
        """Whether this is one segment without deleted files, as a view that was built from nothing is."""
        self._file_starts = [segment.first_file for segment in segments]
        self._symbol_starts = [segment.first_symbol for segment in segments]

    def __iter__(self) -> Iterator[Segment]:
        return iter(self._segments)

    @property
    def base(self) -> Segment:
        """The oldest segment, which is mostly the largest one."""
        return self._segments[0]

    def locate_file(self, file: int) -> tuple[Segment, int]:
        """Return the segment that holds a file, and the file's number there."""
        segment = self._segments[bisect_right(self._file_starts, file) - 1]
        return segment, file - segment.first_file

    def locate_symbol(self, symbol: int) -> tuple[Segment, int]:
        """Return the segment that holds a symbol, and the symbol's number there."""
        segment = self._segments[bisect_right(self._symbol_starts, symbol) - 1]
        return segment, symbol - segment.first_symbol

    def column(self, name: str) -> Array:
        """Return a column of all segments."""
        columns = [segment.arrays[name] for segment in self._segments]
        return columns[0] if len(columns) == 1 else np.concatenate(columns)

    def row_column(self, name: str, row_type: RowType) -> Ints:
        """Return a column that holds row numbers, as row numbers of the view. Signed columns have -1 for no row."""
        columns = []
        for segment in self._segments:
            rows = segment.arrays[name]
            first: int = getattr(segment, f"first_{row_type}")
            view_rows = rows.astype(np.int64) + first
            columns.append(np.where(rows < 0, -1, view_rows) if rows.dtype.kind == "i" else view_rows)
        return columns[0] if len(columns) == 1 else np.concatenate(columns)

    @cached_property
    def live_files(self) -> Mask:
        """Which files the view shows."""
        live = np.ones(self.file_count, np.bool_)
        for segment in self._segments:
            live[segment.deleted + segment.first_file] = False
        return live

    @cached_property
    def live_symbols(self) -> Mask:
        """Which symbols the view shows."""
        sizes = [np.diff(segment.arrays["file_first"].astype(np.int64)) for segment in self._segments]
        return np.repeat(self.live_files, np.concatenate(sizes))

    @cached_property
    def live_documents(self) -> Mask:
        """Which documents the view shows."""
        return self.live_files[self.row_column("document_file", "file")]

    @cached_property
    def files_by_path(self) -> Ints:
        """The files that the view shows, sorted by path. The files of each segment are sorted already."""
        if self.is_single:
            return np.arange(self.file_count)
        base, live = self.base, self.live_files
        base_paths = base.paths()
        upper = sorted(
            (path, segment.first_file + number)
            for segment in self._segments[1:]
            for number, path in enumerate(segment.paths())
            if live[segment.first_file + number]
        )
        base_files = np.flatnonzero(live[: base.file_count])
        # A file of the base has the odd key 2n + 1, and one that belongs before the base's file n has the even key 2n.
        places = np.array([bisect_left(base_paths, path) for path, _ in upper], np.int64)
        files = np.concatenate((base_files, np.array([file for _, file in upper], np.int64)))
        order: Ints = files[np.argsort(np.concatenate((base_files * 2 + 1, places * 2)), kind="stable")]
        return order

    @cached_property
    def path_rank(self) -> Ints:
        """The place of each file in ``files_by_path``, -1 for those that the view does not show."""
        rank = np.full(self.file_count, -1, np.int64)
        rank[self.files_by_path] = np.arange(len(self.files_by_path))
        return rank


class NumberColumn:
    """One number for each symbol, by its row in the view."""

    def __init__(self, segments: Segments, name: str) -> None:
        self._starts = [segment.first_symbol for segment in segments]
        self._arrays = [segment.arrays[name] for segment in segments]

    def __getitem__(self, row: int) -> int:
        place = bisect_right(self._starts, row) - 1
        return int(self._arrays[place][row - self._starts[place]])


class TextColumn:
    """One text for each row of some table, by its number in the view."""

    def __init__(self, segments: Segments, name: str) -> None:
        self.tables = tuple(
            Strings(segment.arrays[f"text_{name}"], segment.arrays[f"text_{name}_ends"]) for segment in segments
        )
        self.starts = list(accumulate(map(len, self.tables), initial=0))

    def __len__(self) -> int:
        return self.starts[-1]

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self.tables)

    def __getitem__(self, row: int) -> str:
        # The last start is the end of the last table, and no table begins there.
        place = bisect_right(self.starts, row, hi=len(self.tables)) - 1
        return self.tables[place][row - self.starts[place]]
