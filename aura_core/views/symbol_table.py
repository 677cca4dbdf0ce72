"""Symbols and files of a view: by row, by uid, by place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aura_core.model.graph import Node, uid_of
from aura_core.views.segments.hashing import Hashes, Ints, hash64
from aura_core.views.segments.reader import Column, Part, Parts, Texts
from aura_core.views.segments.symbol_columns import KINDS


class SymbolTable:
    """Read side. Rows and files have the view's numbers; those of dead files may be asked for, but are never found."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.kind, self.start, self.end = (Column(parts, f"symbol_{name}") for name in ("kind", "start", "end"))
        self.body_line = Column(parts, "symbol_body")
        self.qualname, self.signature, self.doc, self.path, self.blob, self.language, self.module = (
            Texts(parts, name) for name in ("qualname", "signature", "doc", "path", "blob", "language", "module")
        )
        self._document = Column(parts, "symbol_document")

    def file_of(self, row: int) -> int:
        """The number of the file that holds a symbol."""
        part, local = self.parts.of_symbol(row)
        return part.file + part.file_of(local)

    def document(self, row: int) -> int:
        """The document that owns a symbol's text, -1 when none does."""
        local = self._document[row]
        return local if local < 0 else local + self.parts.of_symbol(row)[0].document

    def uid(self, row: int) -> str:
        """The symbol's identity."""
        return uid_of(self.path[self.file_of(row)], self.qualname[row])

    def row(self, uid: str) -> int | None:
        """The symbol of a uid."""
        alive = self.parts.file_alive
        return next((row for row in self.rows_of(uid) if alive[self.file_of(row)]), None)

    def rows_of(self, uid: str) -> list[int]:
        """Every symbol of a uid, one a part at most: all but one are dead."""
        key, found = np.uint64(hash64(uid)), []
        for part in self.parts.all:
            keys = part.arrays["uid_key"]
            for at in range(int(keys.searchsorted(key)), len(keys)):
                if keys[at] != key:
                    break
                row = part.symbol + int(part.arrays["uid_symbol"][at])
                if self.uid(row) == uid:
                    found.append(row)
                    break
        return found

    def rows_by_key(self, keys: Hashes) -> Ints:
        """The symbol of each uid's hash, -1 where there is none."""
        rows = np.full(len(keys), -1, np.int64)
        for part in self.parts.all:
            known = part.arrays["uid_key"]
            if not len(known) or not len(keys):
                continue
            at = np.minimum(known.searchsorted(keys), len(known) - 1)
            found = part.arrays["uid_symbol"][at].astype(np.int64) + part.symbol
            hit = (known[at] == keys) & self.parts.symbol_alive[found]
            rows[hit] = found[hit]
        return rows

    def rows_in(self, file: int) -> range:
        """The symbols of a file, in order of position."""
        part, local = self.parts.of_file(file)
        first, end = part.symbols_of(local)
        return range(part.symbol + first, part.symbol + end)

    def file(self, path: str) -> int | None:
        """The number of a file."""
        row = self.row(path)
        return None if row is None else self.file_of(row)

    def node(self, row: int) -> Node:
        """A symbol as questions return it."""
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

    def described(self, rows: Ints, files: Ints) -> Iterator[tuple[str, str, str]]:
        """(uid, qualified name, documentation) of many symbols, whose files are known; the columns are read as a
        whole.
        """
        paths, names, docs = (list(texts) for texts in (self.path, self.qualname, self.doc))
        return (
            (uid_of(paths[file], names[row]), names[row], docs[row])
            for row, file in zip(rows.tolist(), files.tolist(), strict=True)
        )

    def at_line(self, file: int, line: int) -> int | None:
        """The innermost symbol of a file whose span holds the line."""
        inside = [row for row in self.rows_in(file) if self.start[row] <= line <= self.end[row]]
        return max(inside, key=lambda row: (self.start[row], -self.end[row], row), default=None)

    def children(self, row: int) -> Ints:
        """Symbols directly inside a symbol."""
        rows = self.rows_in(self.file_of(row))
        part, local = self.parts.of_symbol(row)
        parents = part.arrays["symbol_parent"][rows.start - part.symbol : rows.stop - part.symbol]
        return np.flatnonzero(parents == local) + rows.start

    def kinds(self) -> Ints:
        """How many symbols there are of each of ``KINDS``."""
        counted = np.zeros(len(KINDS), np.int64)
        for part in self.parts.all:
            kind = part.arrays["symbol_kind"]
            counted += np.bincount(kind, minlength=len(KINDS))
            for file in part.dead.tolist():
                counted -= np.bincount(kind[slice(*part.symbols_of(file))], minlength=len(KINDS))
        return counted


def symbol_keys(part: Part) -> Hashes:
    """The hash of each symbol's uid, by row of the segment."""
    keys = np.empty(part.symbols, np.uint64)
    keys[part.arrays["uid_symbol"]] = part.arrays["uid_key"]
    return keys
