"""What is kept of the files of one linked tree, as arrays: which keys each has read, who defines and overrides which
method, its hierarchy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np
import numpy.typing as npt

from aura_core.linking.dependency_keys import KEY_CALLBACKS, KEY_ONLY_METHOD, KEY_OVERRIDES, key_hash
from aura_core.linking.hierarchy import overridden
from aura_core.linking.program import Address, Bases, CallbackFlow, nameable
from aura_core.linking.source_file import Method

Array = npt.NDArray[Any]

LAYERS = 3
"""Bases, orders, links."""

OTHERS = "definers", "overriders", "passers"
"""The indexes beside those of what was read."""

NO_READS = (b"",) * LAYERS


@dataclass(frozen=True, slots=True)
class FileRow:
    """What is kept of one file: how many definitions, edges (CONTAINS not counted) and unresolved call sites it has,
    its part of the hierarchy, and the rows that it recorded in each layer (None when they are to be had from the store
    alone).
    """

    nodes: int
    edges: int = 0
    unresolved: int = 0
    bases: Bases | None = None
    mro: Bases | None = None
    methods: tuple[Method, ...] = ()
    layers: tuple[bytes, ...] | None = NO_READS
    callbacks: tuple[CallbackFlow, ...] = ()


class Index:
    """Sorted 64-bit hashes, and the file that each belongs to."""

    def __init__(self, hashes: Array, files: Array) -> None:
        self.hashes, self.files = hashes, files

    def holders(self, wanted: Array) -> set[int]:
        """The files that have any of the hashes."""
        first = np.searchsorted(self.hashes, wanted, "left").tolist()
        last = np.searchsorted(self.hashes, wanted, "right").tolist()
        return {file for a, b in zip(first, last, strict=True) if a < b for file in self.files[a:b].tolist()}

    def moved(self, numbers: Array, hashes: Array, files: Array) -> Index:
        """The same under new file numbers (-1 drops a file), with some more entries."""
        places = numbers[self.files]
        stays = places >= 0
        hashes, files = (
            np.concatenate([self.hashes[stays], hashes]),
            np.concatenate([places[stays], files]).astype(np.uint32),
        )
        order = np.lexsort((files, hashes))
        return Index(hashes[order], files[order])


def _empty() -> Index:
    return Index(np.zeros(0, np.uint64), np.zeros(0, np.uint32))


class Columns:
    """Rows of files by path; never changed, only replaced. A row's bytes are msgpack of (counts, bases, orders,
    methods, passed).
    """

    def __init__(self, paths: Sequence[str], heap: Array, ends: Array, reads: Sequence[Index], *others: Index) -> None:
        self.paths, self.heap, self.ends, self.reads = paths, heap, ends, reads
        self.definers, self.overriders, self.passers = others
        self.numbers = {path: number for number, path in enumerate(paths)}

    @classmethod
    def empty(cls) -> Columns:
        """Of no files."""
        return cls(
            (),
            np.zeros(0, np.uint8),
            np.zeros(0, np.int64),
            tuple(_empty() for _ in range(LAYERS)),
            *(_empty() for _ in OTHERS),
        )

    def row(self, path: str) -> FileRow | None:
        """One file's row."""
        number = self.numbers.get(path)
        return None if number is None else unpack_row(self.packed(number))

    def packed(self, number: int) -> bytes:
        """One file's row as bytes."""
        start = int(self.ends[number - 1]) if number else 0
        return self.heap[start : int(self.ends[number])].tobytes()

    def replaced(self, rows: Mapping[str, FileRow | None]) -> Columns:
        """With other rows for some files; None drops a file. Rows must say what they read."""
        paths = sorted({*self.paths, *rows} - {path for path, row in rows.items() if row is None})
        place = {path: number for number, path in enumerate(paths)}
        numbers = np.array([-1 if path in rows else place[path] for path in self.paths], np.int64)
        heap = [
            pack_row(row) if (row := rows.get(path)) is not None else self.packed(self.numbers[path]) for path in paths
        ]
        fresh = [(place[path], path, row) for path, row in rows.items() if row is not None]
        return Columns(
            paths,
            np.frombuffer(b"".join(heap), np.uint8),
            np.cumsum([len(packed) for packed in heap], dtype=np.int64),
            [index.moved(numbers, *_read(fresh, layer)) for layer, index in enumerate(self.reads)],
            self.definers.moved(numbers, *_listed((n, definer_hashes(row.methods)) for n, _, row in fresh)),
            self.overriders.moved(numbers, *_listed((n, overrider_hashes(path, row)) for n, path, row in fresh)),
            self.passers.moved(numbers, *_listed((n, passer_hashes(row.callbacks)) for n, _, row in fresh)),
        )

    def arrays(self) -> dict[str, Array]:
        """Everything but the paths, by name."""
        indexes = {
            **{f"reads{n}": index for n, index in enumerate(self.reads)},
            **{name: getattr(self, name) for name in OTHERS},
        }
        found = {"heap": self.heap, "ends": self.ends}
        for name, index in indexes.items():
            found |= {f"{name}_hashes": index.hashes, f"{name}_files": index.files}
        return found

    @classmethod
    def of(cls, paths: Sequence[str], arrays: Mapping[str, Array]) -> Columns:
        """The reverse of ``arrays``. Raises ``KeyError``."""

        def index(name: str) -> Index:
            return Index(arrays[f"{name}_hashes"], arrays[f"{name}_files"])

        reads = [index(f"reads{n}") for n in range(LAYERS)]
        return cls(paths, arrays["heap"], arrays["ends"], reads, *map(index, OTHERS))


def hashes_of(layer: bytes) -> Array:
    """The key hashes of packed (key, value) rows."""
    return np.frombuffer(layer, "<u8")[::2]


def definer_hashes(methods: Iterable[Method]) -> list[int]:
    """Under which hashes a file is found as a definer of its methods."""
    return [key_hash((KEY_ONLY_METHOD, name)) for name, _ in nameable(methods)]


def overrider_hashes(path: str, row: FileRow) -> list[int]:
    """Under which hashes a file is found as one that overrides methods."""
    return [
        address_hash(address) for address in {address for address, _ in overridden(path, row.methods, row.mro or {})}
    ]


def passer_hashes(passed: Iterable[CallbackFlow]) -> list[int]:
    """Under which hashes a file is found as one that passes something to others."""
    return [key_hash((KEY_CALLBACKS, path)) for path in {row[0] for row in passed}]


def address_hash(address: Address) -> int:
    """The hash under which overriders of an address are found."""
    return key_hash((KEY_OVERRIDES, *address))


def pack_row(row: FileRow) -> bytes:
    """A row without what was read."""
    packed: bytes = msgpack.packb(
        (row.nodes, row.edges, row.unresolved, row.bases, row.mro, row.methods, row.callbacks),
        unicode_errors="surrogatepass",
    )
    return packed


def unpack_row(packed: bytes, layers: tuple[bytes, ...] | None = None) -> FileRow:
    """The reverse of ``pack_row``."""
    nodes, edges, unresolved, bases, mro, methods, passed = msgpack.unpackb(
        packed, use_list=False, unicode_errors="surrogatepass"
    )
    return FileRow(nodes, edges, unresolved, _listed_bases(bases), _listed_bases(mro), methods, layers, passed)


def _read(fresh: Sequence[tuple[int, str, FileRow]], layer: int) -> tuple[Array, Array]:
    hashes = [hashes_of(row.layers[layer]) for _, _, row in fresh if row.layers is not None]
    numbers = np.array([number for number, _, _ in fresh], np.int64)
    return np.concatenate([np.zeros(0, np.uint64), *hashes]), np.repeat(numbers, [len(some) for some in hashes])


def _listed(found: Iterable[tuple[int, list[int]]]) -> tuple[Array, Array]:
    pairs = list(_pairs(found))
    return np.array([h for h, _ in pairs], np.uint64), np.array([n for _, n in pairs], np.int64)


def _pairs(found: Iterable[tuple[int, list[int]]]) -> Iterator[tuple[int, int]]:
    for number, hashes in found:
        for hashed in hashes:
            yield hashed, number


def _listed_bases(packed: Any) -> Bases | None:
    return None if packed is None else {name: list(refs) for name, refs in packed.items()}
