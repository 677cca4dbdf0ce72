"""The symbol and file tables of a segment: one row a definition, files in order, documents numbered within."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment, Node, NodeKind, uid_of
from aura_core.ports.vectors import Codes
from aura_core.views.hashing import Ints, hash64, hashes_of, ranges_of
from aura_core.views.names import definition_keys, file_keys
from aura_core.views.priors import prior_of
from aura_core.views.strings import StringColumn, Strings

KINDS = tuple(NodeKind)
_KIND_PLACE = {kind: place for place, kind in enumerate(KINDS)}
CODE = (NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD)
_NUMBERS = ("kind", "start", "end", "def", "body", "parent", "owner", "document")


@dataclass(frozen=True, slots=True)
class ViewFile:
    """One file of a snapshot: its place, its blob (hex), what it says, how it is linked, and a code for each row that owns text."""

    path: str
    blob: str
    facts: FileFacts
    fragment: Fragment
    codes: Codes


class SymbolColumns:
    """Grows file by file."""

    def __init__(self) -> None:
        self._numbers = {name: array("i") for name in _NUMBERS}
        self._strings = {name: StringColumn() for name in ("qualname", "signature", "doc", "path", "blob", "language", "module")}
        self._first = [0]
        self._document_symbol = array("I")
        self._name_keys: list[str] = []
        self._name_documents = array("I")
        self._file_keys: list[str] = []
        self._file_numbers = array("I")
        self._file_weights = array("B")
        self._priors: list[float] = []

    def add(self, file: ViewFile) -> tuple[int, list[int]]:
        """(number of the file's first symbol, rows of its definitions that own text)."""
        first = self._first[-1]
        kind, qualname, start, end, def_line, body, parent, owner, digest, signature, doc = zip(*file.facts.definitions, strict=True)
        owning = [row for row, text in enumerate(digest) if text]
        documents = dict(zip(owning, range(len(self._document_symbol), len(self._document_symbol) + len(owning)), strict=True))
        self._document_symbol.extend(first + row for row in owning)
        self._extend(
            kind=map(_KIND_PLACE.__getitem__, kind),
            start=start,
            end=end,
            body=body,
            parent=(first + row if row >= 0 else -1 for row in parent),
            owner=(first + row for row in owner),
            document=(documents.get(row, -1) for row in owner),
            **{"def": def_line},
        )
        for name, texts in (("qualname", qualname), ("signature", signature), ("doc", doc)):
            self._strings[name].extend(texts)
        self._add_file(file)
        for row, (each, name) in enumerate(zip(kind, qualname, strict=True)):
            if each in CODE and (document := documents.get(owner[row])) is not None:
                keys = definition_keys(name)
                self._name_keys += keys
                self._name_documents.extend([document] * len(keys))
        self._first.append(first + len(kind))
        return first, owning

    def _add_file(self, file: ViewFile) -> None:
        number = len(self._priors)
        for name, text in (("path", file.path), ("blob", file.blob), ("language", file.facts.language), ("module", file.fragment.module)):
            self._strings[name].extend([text])
        for key, weight in file_keys(file.path):
            self._file_keys.append(key)
            self._file_numbers.append(number)
            self._file_weights.append(weight)
        self._priors.append(prior_of(file.path))

    def _extend(self, **columns: Any) -> None:
        for name, values in columns.items():
            self._numbers[name].extend(values)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays of a segment."""
        made: dict[str, npt.NDArray[Any]] = {f"symbol_{name}": np.array(column, np.int32) for name, column in self._numbers.items()}
        made["symbol_kind"] = made["symbol_kind"].astype(np.uint8)
        made["file_first"] = np.array(self._first, np.uint32)
        made["document_symbol"] = np.array(self._document_symbol, np.uint32)
        made["file_prior"] = (np.array(self._priors) * 100).astype(np.uint8)
        for name, column in self._strings.items():
            made |= column.arrays(f"text_{name}")
        names, name_documents = _sorted_keys(self._name_keys, np.array(self._name_documents, np.uint32))
        files, file_numbers, weights = _sorted_keys(self._file_keys, np.array(self._file_numbers, np.uint32), np.array(self._file_weights, np.uint8))
        uids, rows = _sorted_keys(list(self.uids()), np.arange(self._first[-1], dtype=np.uint32))
        return made | {
            "name_key": names,
            "name_document": name_documents,
            "file_key": files,
            "file_number": file_numbers,
            "file_weight": weights,
            "uid_key": uids,
            "uid_symbol": rows,
        }

    def uids(self) -> Iterator[str]:
        """The uid of each symbol, in order."""
        names = iter(self._read("qualname"))
        for path, first, end in zip(self._read("path"), self._first, self._first[1:], strict=False):
            for _ in range(end - first):
                yield uid_of(path, next(names))

    def _read(self, name: str) -> Strings:
        arrays = self._strings[name].arrays("text")
        return Strings(arrays["text"], arrays["text_ends"])


class SymbolTable:
    """Read side: symbols by row, by uid, by file and line."""

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self.kind = arrays["symbol_kind"]
        self.start = arrays["symbol_start"]
        self.end = arrays["symbol_end"]
        self.def_line = arrays["symbol_def"]
        self.body_line = arrays["symbol_body"]
        self.parent = arrays["symbol_parent"]
        self.owner = arrays["symbol_owner"]
        self.document = arrays["symbol_document"]
        self.first = arrays["file_first"]
        self.qualname, self.signature, self.doc, self.path, self.blob, self.language, self.module = (
            Strings(arrays[f"text_{name}"], arrays[f"text_{name}_ends"])
            for name in ("qualname", "signature", "doc", "path", "blob", "language", "module")
        )
        self._uid_key, self._uid_symbol = arrays["uid_key"], arrays["uid_symbol"]

    def __len__(self) -> int:
        return len(self.kind)

    def file_of(self, row: int) -> int:
        """The number of the file that holds a symbol."""
        return int(np.searchsorted(self.first, row, "right")) - 1

    def uid(self, row: int) -> str:
        """The symbol's identity."""
        return uid_of(self.path[self.file_of(row)], self.qualname[row])

    def row(self, uid: str) -> int | None:
        """The symbol of a uid."""
        ((start, end),) = ranges_of(self._uid_key, [hash64(uid)])
        return next((row for row in self._uid_symbol[start:end].tolist() if self.uid(row) == uid), None)

    def rows_in(self, file: int) -> range:
        """The symbols of a file, in order of position."""
        return range(int(self.first[file]), int(self.first[file + 1]))

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
            KINDS[int(self.kind[row])],
            int(self.start[row]),
            int(self.end[row]),
            self.module[file],
            self.signature[row],
            self.doc[row],
        )

    def at_line(self, file: int, line: int) -> int | None:
        """The innermost symbol of a file whose span holds the line."""
        rows = self.rows_in(file)
        inside = [row for row in rows if int(self.start[row]) <= line <= int(self.end[row])]
        return max(inside, key=lambda row: (int(self.start[row]), -int(self.end[row]), row), default=None)

    def children(self, row: int) -> Ints:
        """Symbols directly inside a symbol."""
        rows = self.rows_in(self.file_of(row))
        return np.flatnonzero(self.parent[rows.start : rows.stop] == row) + rows.start


def _sorted_keys(keys: list[str], *columns: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    hashes = hashes_of(keys)
    order = np.argsort(hashes, kind="stable")
    return hashes[order], *(column[order] for column in columns)
