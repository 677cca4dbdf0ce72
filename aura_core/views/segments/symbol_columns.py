"""The symbol and file columns of a segment: one row a definition, files in order, documents numbered within."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment, NodeKind, uid_of
from aura_core.ports.vectors import Codes
from aura_core.views.priors import prior_of
from aura_core.views.segments.file import Array
from aura_core.views.segments.hashing import Hashes, hashes_of
from aura_core.views.segments.mention_keys import definition_keys, file_keys
from aura_core.views.segments.strings import StringColumn, Strings

KINDS = tuple(NodeKind)
_KIND_PLACE = {kind: place for place, kind in enumerate(KINDS)}
CODE = (NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD)
CONTENT = 32
"""Bytes of a file's key."""

_NUMBERS = ("kind", "start", "end", "def", "body", "parent", "owner", "document")


@dataclass(frozen=True, slots=True)
class ViewFile:
    """One file of a snapshot: its place, its blob (hex), what it says, how it is linked, a code for each row that owns
    text, and a key of
    ``CONTENT`` bytes: files of one path with equal keys have equal rows."""

    path: str
    blob: str
    facts: FileFacts
    fragment: Fragment
    codes: Codes
    key: bytes = b""


class SymbolColumns:
    """Grows file by file."""

    def __init__(self) -> None:
        self._numbers = {name: array("i") for name in _NUMBERS}
        self._strings = {
            name: StringColumn() for name in ("qualname", "signature", "doc", "path", "blob", "language", "module")
        }
        self._first = [0]
        self._document_symbol = array("I")
        self._name_keys: list[str] = []
        self._name_documents = array("I")
        self._file_keys: list[str] = []
        self._file_numbers = array("I")
        self._file_weights = array("B")
        self._priors: list[float] = []
        self._contents = bytearray()

    def add(self, file: ViewFile) -> tuple[int, list[int]]:
        """(number of the file's first symbol, rows of its definitions that own text)."""
        first = self._first[-1]
        kind, qualname, start, end, def_line, body, parent, owner, digest, signature, doc = zip(
            *file.facts.definitions, strict=True
        )
        owning = [row for row, text in enumerate(digest) if text]
        documents = dict(
            zip(owning, range(len(self._document_symbol), len(self._document_symbol) + len(owning)), strict=True)
        )
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
        for name, text in (
            ("path", file.path),
            ("blob", file.blob),
            ("language", file.facts.language),
            ("module", file.fragment.module),
        ):
            self._strings[name].extend([text])
        for key, weight in file_keys(file.path):
            self._file_keys.append(key)
            self._file_numbers.append(number)
            self._file_weights.append(weight)
        self._priors.append(prior_of(file.path))
        self._contents += file.key.ljust(CONTENT, b"\0")

    def _extend(self, **columns: Any) -> None:
        for name, values in columns.items():
            self._numbers[name].extend(values)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The arrays of a segment."""
        made: dict[str, npt.NDArray[Any]] = {
            f"symbol_{name}": np.array(column, np.int32) for name, column in self._numbers.items()
        }
        made["symbol_kind"] = made["symbol_kind"].astype(np.uint8)
        made["file_first"] = np.array(self._first, np.uint32)
        made["document_symbol"] = np.array(self._document_symbol, np.uint32)
        made["file_prior"] = (np.array(self._priors) * 100).astype(np.uint8)
        made["file_content"] = np.frombuffer(bytes(self._contents), np.uint8).reshape(-1, CONTENT)
        for name, column in self._strings.items():
            made |= column.arrays(f"text_{name}")
        names, documents = hashes_of(self._name_keys), np.array(self._name_documents, np.uint32)
        files, numbers, weights = (
            hashes_of(self._file_keys),
            np.array(self._file_numbers, np.uint32),
            np.array(self._file_weights, np.uint8),
        )
        return made | key_arrays((names, documents), (files, numbers, weights), hashes_of(self.uids()))

    def uids(self) -> Iterator[str]:
        """The uid of each symbol, in order."""
        names = iter(self._read("qualname"))
        for path, first, end in zip(self._read("path"), self._first, self._first[1:], strict=False):
            for _ in range(end - first):
                yield uid_of(path, next(names))

    def _read(self, name: str) -> Strings:
        arrays = self._strings[name].arrays("text")
        return Strings(arrays["text"], arrays["text_ends"])


def key_arrays(
    names: tuple[Hashes, Array],
    files: tuple[Hashes, Array, Array],
    uids: Hashes,
) -> dict[str, Array]:
    """The sorted keys of a segment: (key, document) of names, (key, file, weight) of paths, and the key of each symbol
    by row.
    """
    by_name, by_file, by_uid = (
        np.lexsort((names[1], names[0])),
        np.lexsort((files[1], files[0])),
        np.argsort(uids, kind="stable"),
    )
    return {
        "name_key": names[0][by_name],
        "name_document": names[1][by_name],
        "file_key": files[0][by_file],
        "file_number": files[1][by_file],
        "file_weight": files[2][by_file],
        "uid_key": uids[by_uid],
        "uid_symbol": by_uid.astype(np.uint32),
    }
