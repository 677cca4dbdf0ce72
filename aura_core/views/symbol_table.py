"""Symbols and files of a view: by row, by uid, by position."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aura_core.model.graph import Node, uid_of
from aura_core.views.segments.hashes import Hashes, Ints, hash64
from aura_core.views.segments.reader import NumberColumn, Segment, Segments, TextColumn
from aura_core.views.segments.symbol_columns import KINDS


class SymbolTable:
    """Reads the symbols of a view. Rows and files have the view's numbers.

    Rows of deleted files can be read, but no search returns them, ``rows_of_uid`` excepted.
    """

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        self.kind, self.start, self.end = (
            NumberColumn(segments, f"symbol_{name}") for name in ("kind", "start", "end")
        )
        self.body_line = NumberColumn(segments, "symbol_body")
        self.qualname, self.signature, self.doc, self.path, self.blob, self.module = (
            TextColumn(segments, name) for name in ("qualname", "signature", "doc", "path", "blob", "module")
        )
        self._document = NumberColumn(segments, "symbol_document")

    def file_of(self, row: int) -> int:
        """Return the number of the file that holds a symbol."""
        segment, local_row = self.segments.locate_symbol(row)
        return segment.first_file + segment.file_of(local_row)

    def document(self, row: int) -> int:
        """Return the document that owns a symbol's text, -1 when none does."""
        local_document = self._document[row]
        if local_document < 0:
            return local_document
        segment, _ = self.segments.locate_symbol(row)
        return segment.first_document + local_document

    def uid(self, row: int) -> str:
        """Return the uid of a symbol."""
        return uid_of(self.path[self.file_of(row)], self.qualname[row])

    def row(self, uid: str) -> int | None:
        """Return the symbol of a uid; None when the view has none."""
        live = self.segments.live_files
        return next((row for row in self.rows_of_uid(uid) if live[self.file_of(row)]), None)

    def rows_of_uid(self, uid: str) -> list[int]:
        """Return every symbol of a uid, at most one of each segment; all but one of them are deleted."""
        key, rows = np.uint64(hash64(uid)), []
        for segment in self.segments:
            keys = segment.arrays["uid_key"]
            # Different uids may have one hash, so all of that hash are read until the uid itself is found.
            for place in range(int(keys.searchsorted(key)), len(keys)):
                if keys[place] != key:
                    break
                row = segment.first_symbol + int(segment.arrays["uid_symbol"][place])
                if self.uid(row) == uid:
                    rows.append(row)
                    break
        return rows

    def rows_by_key(self, keys: Hashes) -> Ints:
        """Return the symbol of each uid's hash, -1 where the view has none."""
        rows = np.full(len(keys), -1, np.int64)
        for segment in self.segments:
            stored_keys = segment.arrays["uid_key"]
            if not len(stored_keys) or not len(keys):
                continue
            places = np.minimum(stored_keys.searchsorted(keys), len(stored_keys) - 1)
            candidates = segment.arrays["uid_symbol"][places].astype(np.int64) + segment.first_symbol
            hits = (stored_keys[places] == keys) & self.segments.live_symbols[candidates]
            rows[hits] = candidates[hits]
        return rows

    def rows_in(self, file: int) -> range:
        """Return the symbols of a file, in order of position."""
        segment, local_file = self.segments.locate_file(file)
        first, end = segment.symbols_of(local_file)
        return range(segment.first_symbol + first, segment.first_symbol + end)

    def file(self, path: str) -> int | None:
        """Return the number of the file at a path; None when the view has none."""
        row = self.row(path)
        return None if row is None else self.file_of(row)

    def node(self, row: int) -> Node:
        """Return a symbol as a node of the graph."""
        file = self.file_of(row)
        path, qualname = self.path[file], self.qualname[row]
        return Node(
            uid_of(path, qualname),
            path,
            qualname,
            KINDS[self.kind[row]],
            self.start[row],
            self.end[row],
            self.module[file],
            self.signature[row],
            self.doc[row],
        )

    def describe(self, rows: Ints, files: Ints) -> Iterator[tuple[str, str, str]]:
        """Yield (uid, qualified name, documentation) of symbols, given the file of each.

        It reads all texts of a column at once, which is faster for many symbols than one text after the other.
        """
        paths, names, docs = (list(texts) for texts in (self.path, self.qualname, self.doc))
        return (
            (uid_of(paths[file], names[row]), names[row], docs[row])
            for row, file in zip(rows.tolist(), files.tolist(), strict=True)
        )

    def row_at_line(self, file: int, line: int) -> int | None:
        """Return the innermost symbol of a file whose span holds the line."""
        # Of nested spans that hold the line the innermost starts last; of those that start alike it ends first.
        rows = [row for row in self.rows_in(file) if self.start[row] <= line <= self.end[row]]
        return max(rows, key=lambda row: (self.start[row], -self.end[row], row), default=None)

    def children(self, row: int) -> Ints:
        """Return the symbols directly inside a symbol."""
        rows = self.rows_in(self.file_of(row))
        segment, local_row = self.segments.locate_symbol(row)
        parents = segment.arrays["symbol_parent"][rows.start - segment.first_symbol : rows.stop - segment.first_symbol]
        return np.flatnonzero(parents == local_row) + rows.start

    def count_kinds(self) -> Ints:
        """Return how many symbols there are of each of ``KINDS``."""
        counts = np.zeros(len(KINDS), np.int64)
        for segment in self.segments:
            kinds = segment.arrays["symbol_kind"]
            counts += np.bincount(kinds, minlength=len(KINDS))
            for file in segment.deleted.tolist():
                counts -= np.bincount(kinds[slice(*segment.symbols_of(file))], minlength=len(KINDS))
        return counts


def symbol_keys(segment: Segment) -> Hashes:
    """Return the hash of each symbol's uid, by row of the segment."""
    keys = np.empty(segment.symbol_count, np.uint64)
    keys[segment.arrays["uid_symbol"]] = segment.arrays["uid_key"]
    return keys
