"""The symbol and file columns of a segment: one row for each definition, files in order, documents numbered within."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment, NodeKind, uid_of
from aura_core.ports.vectors import Codes
from aura_core.views.segments.file import Array
from aura_core.views.segments.file_priors import prior_of
from aura_core.views.segments.hashes import Hashes, hashes_of
from aura_core.views.segments.mention_keys import definition_keys, file_keys
from aura_core.views.segments.strings import StringColumn, Strings

KINDS = tuple(NodeKind)
_KIND_PLACE = {kind: place for place, kind in enumerate(KINDS)}
DEFINITION_KINDS = (NodeKind.CLASS, NodeKind.FUNCTION, NodeKind.METHOD)
KEY_BYTES = 32
"""Bytes of a file's content key."""

_NUMBERS = ("kind", "start", "end", "def", "body", "parent", "owner", "document")
_TEXTS = ("qualname", "signature", "doc", "path", "blob", "language", "module")


@dataclass(frozen=True, slots=True)
class ViewFile:
    """One file of a snapshot: its path, its blob (hex), its facts, its fragment, and a code for each row that owns
    text.

    ``key``: at most ``KEY_BYTES`` bytes; files of one path with equal keys have equal rows.
    """

    path: str
    blob: str
    facts: FileFacts
    fragment: Fragment
    codes: Codes
    key: bytes = b""


class SymbolColumns:
    """Collects the symbols and files of a segment, file by file, and returns them as arrays."""

    def __init__(self) -> None:
        self._numbers = {name: array("i") for name in _NUMBERS}
        self._strings = {name: StringColumn() for name in _TEXTS}
        self._first_symbols = [0]
        self._document_symbol = array("I")
        self._name_keys: list[str] = []
        self._name_documents = array("I")
        self._file_keys: list[str] = []
        self._file_numbers = array("I")
        self._file_weights = array("B")
        self._priors: list[float] = []
        self._contents = bytearray()

    def add(self, file: ViewFile) -> tuple[int, list[int]]:
        """Add a file; return the number of its first symbol, and the rows of its definitions that own text."""
        first = self._first_symbols[-1]
        kind, qualname, start, end, def_line, body, parent, owner, digest, signature, doc = zip(
            *file.facts.definitions, strict=True
        )
        # A row with a digest owns its text and so is a document; the others belong to their owner's document.
        text_rows = [row for row, text_digest in enumerate(digest) if text_digest]
        first_document = len(self._document_symbol)
        documents = {row: first_document + place for place, row in enumerate(text_rows)}
        self._document_symbol.extend(first + row for row in text_rows)
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
        for name, symbol_kind, owner_row in zip(qualname, kind, owner, strict=True):
            document = documents.get(owner_row)
            if symbol_kind in DEFINITION_KINDS and document is not None:
                keys = definition_keys(name)
                self._name_keys += keys
                self._name_documents.extend([document] * len(keys))
        self._first_symbols.append(first + len(kind))
        return first, text_rows

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
        self._contents += file.key.ljust(KEY_BYTES, b"\0")

    def _extend(self, **columns: Any) -> None:
        for name, values in columns.items():
            self._numbers[name].extend(values)

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of a segment."""
        arrays: dict[str, Array] = {
            f"symbol_{name}": np.array(column, np.int32) for name, column in self._numbers.items()
        }
        arrays["symbol_kind"] = arrays["symbol_kind"].astype(np.uint8)
        arrays["file_first"] = np.array(self._first_symbols, np.uint32)
        arrays["document_symbol"] = np.array(self._document_symbol, np.uint32)
        arrays["file_prior"] = (np.array(self._priors) * 100).astype(np.uint8)  # in hundredths: one byte a file
        arrays["file_content"] = np.frombuffer(bytes(self._contents), np.uint8).reshape(-1, KEY_BYTES)
        for name, column in self._strings.items():
            arrays |= column.arrays(f"text_{name}")
        return arrays | key_arrays(
            name_keys=hashes_of(self._name_keys),
            name_documents=np.array(self._name_documents, np.uint32),
            file_keys=hashes_of(self._file_keys),
            file_numbers=np.array(self._file_numbers, np.uint32),
            file_weights=np.array(self._file_weights, np.uint8),
            uid_keys=hashes_of(self.uids()),
        )

    def uids(self) -> Iterator[str]:
        """Yield the uid of each symbol, in order."""
        names = iter(self._read("qualname"))
        for path, first, end in zip(self._read("path"), self._first_symbols, self._first_symbols[1:], strict=False):
            for _ in range(end - first):
                yield uid_of(path, next(names))

    def _read(self, name: str) -> Strings:
        arrays = self._strings[name].arrays("text")
        return Strings(arrays["text"], arrays["text_ends"])


def key_arrays(
    *,
    name_keys: Hashes,
    name_documents: Array,
    file_keys: Hashes,
    file_numbers: Array,
    file_weights: Array,
    uid_keys: Hashes,
) -> dict[str, Array]:
    """Return the sorted keys of a segment: (key, document) of names, (key, file, weight) of paths, and the key of each
    symbol by row.
    """
    by_name, by_file = np.lexsort((name_documents, name_keys)), np.lexsort((file_numbers, file_keys))
    by_uid = np.argsort(uid_keys, kind="stable")
    return {
        "name_key": name_keys[by_name],
        "name_document": name_documents[by_name],
        "file_key": file_keys[by_file],
        "file_number": file_numbers[by_file],
        "file_weight": file_weights[by_file],
        "uid_key": uid_keys[by_uid],
        "uid_symbol": by_uid.astype(np.uint32),
    }
