"""Holds the rows of one linked tree's files as arrays: which keys each file has read, which methods it defines and
overrides, and which callbacks it passes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt

from aura_core.linking.dependency_keys import KEY_CALLBACKS, KEY_ONLY_METHOD, KEY_OVERRIDES, Key, key_hash
from aura_core.linking.hierarchy import overrides_of
from aura_core.linking.program import Address, CallbackFlow, ClassRefs, public_methods
from aura_core.linking.source_file import Method
from aura_core.linking.values import MroEntry

Array = npt.NDArray[Any]


class Layer(IntEnum):
    """The layers in which files record what they read, in the order in which they are linked."""

    BASES = 0
    MRO = 1
    LINKS = 2


NO_READS = (b"",) * len(Layer)
"""The packed reads of a file that has read nothing in any layer."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """The state of one file: how many definitions (``nodes``), edges (CONTAINS not counted) and unresolved call sites
    it has, its part of the hierarchy, the callbacks that it passes to other files, and its packed reads by layer (None
    when only the store has them).
    """

    nodes: int
    edges: int = 0
    unresolved: int = 0
    bases: ClassRefs | None = None
    mro: ClassRefs | None = None
    methods: tuple[Method, ...] = ()
    reads: tuple[bytes, ...] | None = NO_READS
    callbacks: tuple[CallbackFlow, ...] = ()


class Index:
    """Sorted 64-bit hashes, and the number of the file that each belongs to."""

    def __init__(self, hashes: Array, files: Array) -> None:
        self.hashes, self.files = hashes, files

    @classmethod
    def empty(cls) -> Index:
        """Return an index without entries."""
        return cls(np.zeros(0, np.uint64), np.zeros(0, np.uint32))

    def files_with(self, hashes: Array) -> set[int]:
        """Return the numbers of the files that have any of the hashes."""
        first = np.searchsorted(self.hashes, hashes, "left").tolist()
        last = np.searchsorted(self.hashes, hashes, "right").tolist()
        return {file for a, b in zip(first, last, strict=True) if a < b for file in self.files[a:b].tolist()}

    def renumber(self, numbers: Array, hashes: Array, files: Array) -> Index:
        """Return the same entries under new file numbers (-1 drops a file), with some more entries."""
        places = numbers[self.files]
        stays = places >= 0
        hashes = np.concatenate([self.hashes[stays], hashes])
        files = np.concatenate([places[stays], files]).astype(np.uint32)
        # lexsort sorts by its last key first: by hash, then by file
        order = np.lexsort((files, hashes))
        return Index(hashes[order], files[order])


class Columns:
    """The rows of a tree's files, one after another in ``heap`` (see ``pack_row``), and four kinds of indexes over
    them: readers of keys by layer, definers of methods, overriders, and files that pass callbacks. Never changed, only
    replaced.
    """

    INDEXES = "definers", "overriders", "passers"

    def __init__(self, paths: Sequence[str], heap: Array, ends: Array, reads: Sequence[Index], *others: Index) -> None:
        self.paths, self.heap, self.ends, self.reads = paths, heap, ends, reads
        self.definers, self.overriders, self.passers = others
        self.numbers = {path: number for number, path in enumerate(paths)}

    @classmethod
    def empty(cls) -> Columns:
        """Return the columns of no files."""
        indexes = [Index.empty() for _ in (*Layer, *cls.INDEXES)]
        return cls((), np.zeros(0, np.uint8), np.zeros(0, np.int64), indexes[: len(Layer)], *indexes[len(Layer) :])

    def row(self, path: str) -> FileRow | None:
        """Return one file's row, without what it read."""
        number = self.numbers.get(path)
        return None if number is None else unpack_row(self._packed_row(number))

    def _packed_row(self, number: int) -> bytes:
        start = int(self.ends[number - 1]) if number else 0
        return self.heap[start : int(self.ends[number])].tobytes()

    def replace(self, rows: Mapping[str, FileRow | None]) -> Columns:
        """Return the columns with other rows for some files; None drops a file. New rows must have their reads."""
        paths = sorted({*self.paths, *rows} - {path for path, row in rows.items() if row is None})
        places = {path: number for number, path in enumerate(paths)}
        # -1 drops the old index entries of a replaced file; its new row brings new ones
        numbers = np.array([-1 if path in rows else places[path] for path in self.paths], np.int64)
        heap = [
            pack_row(row) if (row := rows.get(path)) is not None else self._packed_row(self.numbers[path])
            for path in paths
        ]
        new = [(places[path], path, row) for path, row in rows.items() if row is not None]

        def renumber(index: Index, hashes_of: Callable[[str, FileRow], Array]) -> Index:
            hashes = [hashes_of(path, row) for _, path, row in new]
            files = np.repeat(np.array([n for n, _, _ in new], np.int64), [len(array) for array in hashes])
            return index.renumber(numbers, np.concatenate([np.zeros(0, np.uint64), *hashes]), files)

        return Columns(
            paths,
            np.frombuffer(b"".join(heap), np.uint8),
            np.cumsum([len(packed) for packed in heap], dtype=np.int64),
            [renumber(index, partial(read_hashes, layer)) for layer, index in enumerate(self.reads)],
            renumber(self.definers, definer_hashes),
            renumber(self.overriders, overrider_hashes),
            renumber(self.passers, passer_hashes),
        )

    def to_arrays(self) -> dict[str, Array]:
        """Return all arrays by name; the paths are not among them."""
        indexes = {f"reads{layer}": index for layer, index in enumerate(self.reads)}
        indexes |= {name: getattr(self, name) for name in self.INDEXES}
        arrays = {"heap": self.heap, "ends": self.ends}
        for name, index in indexes.items():
            arrays |= {f"{name}_hashes": index.hashes, f"{name}_files": index.files}
        return arrays

    @classmethod
    def from_arrays(cls, paths: Sequence[str], arrays: Mapping[str, Array]) -> Columns:
        """Return the columns from which ``to_arrays`` made these arrays. Raises ``KeyError`` when one is missing."""

        def index(name: str) -> Index:
            return Index(arrays[f"{name}_hashes"], arrays[f"{name}_files"])

        reads = [index(f"reads{layer}") for layer in range(len(Layer))]
        return cls(paths, arrays["heap"], arrays["ends"], reads, *map(index, cls.INDEXES))


def key_hashes(reads: bytes) -> Array:
    """Return the key hashes of packed reads."""
    # hashes and values alternate
    return np.frombuffer(reads, "<u8")[::2]


def read_hashes(layer: int, _: str, row: FileRow) -> Array:
    """Return the hashes under which a file is found as a reader of keys in a layer."""
    return key_hashes(row.reads[layer]) if row.reads is not None else np.zeros(0, np.uint64)


def definer_hashes(_: str, row: FileRow) -> Array:
    """Return the hashes under which a file is found as a definer of its methods."""
    return _hash_array((KEY_ONLY_METHOD, name) for name, _ in public_methods(row.methods))


def overrider_hashes(path: str, row: FileRow) -> Array:
    """Return the hashes under which a file is found as one that overrides methods."""
    addresses = {address for address, _ in overrides_of(path, row.methods, row.mro or {}, row.bases or {})}
    return np.array([address_hash(address) for address in addresses], np.uint64)


def passer_hashes(_: str, row: FileRow) -> Array:
    """Return the hashes under which a file is found as one that passes callbacks to others."""
    return _hash_array((KEY_CALLBACKS, path) for path in {flow.path for flow in row.callbacks})


def address_hash(address: Address) -> int:
    """Return the hash under which the overriders of an address are found."""
    return key_hash((KEY_OVERRIDES, *address))


def pack_row(row: FileRow) -> bytes:
    """Pack a row as msgpack of its fields in order, without its reads."""
    packed: bytes = msgpack.packb(
        (row.nodes, row.edges, row.unresolved, row.bases, row.mro, row.methods, row.callbacks),
        unicode_errors="surrogatepass",
    )
    return packed


def unpack_row(packed: bytes, reads: tuple[bytes, ...] | None = None) -> FileRow:
    """Return the row that ``pack_row`` packed, with the given reads."""
    nodes, edges, unresolved, bases, mro, methods, callbacks = msgpack.unpackb(
        packed, use_list=False, unicode_errors="surrogatepass"
    )
    flows = tuple(map(CallbackFlow._make, callbacks))
    return FileRow(nodes, edges, unresolved, _class_refs(bases), _class_refs(mro), methods, reads, flows)


def _class_refs(unpacked: Mapping[str, Iterable[MroEntry]] | None) -> ClassRefs | None:
    return None if unpacked is None else {name: list(refs) for name, refs in unpacked.items()}


def _hash_array(keys: Iterable[Key]) -> Array:
    return np.array([key_hash(key) for key in keys], np.uint64)
