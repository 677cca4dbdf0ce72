"""Holds what linking one tree leaves for linking the next one: every file's manifest entry and row, the tree's module
names, and which file has read which key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import NamedTuple, TypedDict, cast

import msgpack
import numpy as np

from aura_core.linking.dependency_keys import KEY_CALLBACKS, KEY_ONLY_METHOD, Key, key_hash
from aura_core.linking.hierarchy import overrides_of
from aura_core.linking.modules.hints import ImportHints
from aura_core.linking.modules.module_names import NO_MODULES, ModuleTables, module_tables
from aura_core.linking.program import MAX_DEFINERS, Address, CallbackFlow, public_methods
from aura_core.linking.state.columns import (
    Array,
    Columns,
    FileRow,
    Index,
    Layer,
    address_hash,
    key_hashes,
    pack_row,
    unpack_row,
)
from aura_core.linking.summary import Summary
from aura_core.model.snapshot import ManifestEntry, SkipReason

MAX_SUMMARIES = 256
"""Files whose facts and summaries stay in memory between two trees."""

MAX_INDEXED_ROWS = 2_000
"""Rows that stay in memory with their index entries."""

KEY_BYTES = 16
"""The length in bytes of each of an entry's three row keys (facts, fragment, reads)."""


class StateFields(TypedDict):
    """The part of a state that is stored as JSON. ``apart`` is the stored name of ``excluded``."""

    snapshot: str
    apart: dict[str, tuple[str, str]]
    notes: dict[str, str]
    too_complex: dict[str, int]
    hints: dict[str, ImportHints]
    totals: dict[str, int]


class ExcludedFile(NamedTuple):
    """A file of the tree that is no part of the graph: its blob id (hex), and why."""

    blob: str
    reason: SkipReason


class LinkState:
    """The state of one linked tree. Linking moves it to the next tree; everything in it follows from the tree's facts.

    All tables are by path. ``entries``: those of the manifest. ``excluded``: the files that are no part of the graph.
    ``notes``: warnings. ``too_complex``: how many call sites of a file were too complex, if any. ``hints``: what files
    say about imports. ``tables``: the module names. ``summaries``: of the files that were used last. ``totals``: how
    many definitions (``nodes``), edges and unresolved call sites there are. ``snapshot``: the id of the tree's
    snapshot. ``file_name``: the name of the file that the compacted rows are stored in, or "".
    """

    def __init__(self) -> None:
        self.snapshot = ""
        self.file_name = ""
        self.entries: dict[str, ManifestEntry] = {}
        self.excluded: dict[str, ExcludedFile] = {}
        self.notes: dict[str, str] = {}
        self.too_complex: dict[str, int] = {}
        self.hints: dict[str, ImportHints] = {}
        self.tables: ModuleTables = NO_MODULES
        self.totals: Counter[str] = Counter()
        self.summaries: dict[str, Summary] = {}
        self._columns = Columns.empty()
        self._pending: dict[str, FileRow | None] = {}
        self._indexed_rows: dict[str, _IndexedRow] = {}

    def changes_to(self, blobs: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """Return the paths that have another blob in another tree (path → blob id), and those that it does not have."""
        changed = [path for path, blob in blobs.items() if self._blob(path) != blob]
        removed = [path for path in (*self.entries, *self.excluded) if path not in blobs]
        return changed, removed

    def _blob(self, path: str) -> str | None:
        file = self.entries.get(path) or self.excluded.get(path)
        return file.blob if file is not None else None

    def counts(self) -> dict[str, int]:
        """Return the counts of the whole graph by their names in reports."""
        files, total = len(self.entries), self.totals
        return {
            "files": files,
            "code_files": len(self.tables.names),
            "nodes": total["nodes"],
            "edges": total["nodes"] - files + total["edges"],  # every node but the file's own has a CONTAINS edge to it
            "unresolved": total["unresolved"],
        }

    # Questions about rows

    def row(self, path: str) -> FileRow | None:
        """Return one file's row."""
        indexed = self._indexed(path)
        return indexed.row if indexed is not None else None

    def readers(self, layer: Layer, keys: Iterable[Key]) -> set[str]:
        """Return the paths of the files that read one of the keys in a layer."""
        hashes = {key_hash(key) for key in keys}
        readers = self._files_with(self._columns.reads[layer], hashes)
        return readers | {
            path
            for path in self._pending
            if (row := self._indexed(path)) is not None and not hashes.isdisjoint(row.read_hashes[layer])
        }

    def definers(self, name: str, moving_paths: Collection[str]) -> set[str] | None:
        """Return the uids of the methods of a name, or None when there are none. All methods in files of
        ``moving_paths`` are among them; of those in other files it is enough to find more than ``MAX_DEFINERS``.
        """
        moving: set[str] = set()
        others: set[str] = set()
        for path in self._candidates(self._columns.definers, key_hash((KEY_ONLY_METHOD, name))):
            if path in moving_paths or len(others) <= MAX_DEFINERS:
                row = self._indexed(path)
                uids = row.definers.get(name, ()) if row is not None else ()
                (moving if path in moving_paths else others).update(uids)
        return moving | others or None

    def overriders(self, address: Address) -> set[str] | None:
        """Return the uids of the methods that override the one at an address, or None."""
        uids: set[str] = set()
        for path in self._candidates(self._columns.overriders, address_hash(address)):
            row = self._indexed(path)
            uids.update(row.overriders.get(address, ()) if row is not None else ())
        return uids or None

    def callbacks_into(self, path: str) -> Counter[CallbackFlow] | None:
        """Return how many files pass each callback to functions of a file, or None."""
        counts: Counter[CallbackFlow] = Counter()
        for passer in self._candidates(self._columns.passers, key_hash((KEY_CALLBACKS, path))):
            row = self.row(passer)
            counts.update(flow for flow in (row.callbacks if row is not None else ()) if flow.path == path)
        return counts or None

    # Changes of rows

    def replace_rows(self, rows: Mapping[str, FileRow | None]) -> None:
        """Replace the rows of some files; None drops one."""
        for path, row in rows.items():
            self.totals.subtract(_counts(self.row(path)))
            self.totals.update(_counts(row))
            self._pending[path] = row
            self._indexed_rows.pop(path, None)

    def cache_summaries(self, summaries: Mapping[str, Summary]) -> None:
        """Remember the summaries that were used last."""
        self.summaries = dict(list({**self.summaries, **summaries}.items())[-MAX_SUMMARIES:])

    @property
    def pending_rows(self) -> int:
        """How many files' rows are not in the arrays yet."""
        return len(self._pending)

    def compact(self) -> None:
        """Move all pending rows into the arrays."""
        if self._pending:
            self._columns = self._columns.replace(self._pending)
            self._pending = {}

    # Storage

    def to_arrays(self) -> tuple[dict[str, Array], StateFields]:
        """Return the arrays and the JSON fields from which ``from_arrays`` makes an equal state."""
        columns = self._columns.replace(self._pending) if self._pending else self._columns
        paths = columns.paths
        entries = [self.entries[path] for path in paths]
        keys = b"".join(entry.facts + entry.fragment + entry.reads for entry in entries)
        arrays = {
            "paths": _text_array(paths),
            "blobs": _text_array([entry.blob for entry in entries]),
            "keys": np.frombuffer(keys, np.uint8),
            "python": np.array([path in self.tables.names for path in paths], np.bool_),
        }
        return arrays | columns.to_arrays(), self._fields()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], fields: Mapping[str, object]) -> LinkState:
        """Return the state that ``to_arrays`` stored. Raises ``KeyError`` when an array or a field is missing."""
        state = cls()
        paths, blobs = _texts(arrays["paths"]), _texts(arrays["blobs"])
        keys = arrays["keys"].tobytes()
        # ``keys`` holds three keys a path: zipping one iterator with itself takes them three at a time
        row_keys = iter([keys[start : start + KEY_BYTES] for start in range(0, len(keys), KEY_BYTES)])
        state.entries = {
            path: ManifestEntry(blob, *three)
            for path, blob, three in zip(paths, blobs, zip(row_keys, row_keys, row_keys, strict=True), strict=True)
        }
        state._columns = Columns.from_arrays(paths, arrays)
        state._set_fields(cast("StateFields", fields))
        state._name_modules(path for path, code in zip(paths, arrays["python"].tolist(), strict=True) if code)
        return state

    def pack_changes(self) -> bytes:
        """Pack what has changed since the last ``compact``, for ``apply_changes``."""
        rows: list[tuple[str, _PackedChange | None]] = []
        for path, row in self._pending.items():
            if row is None:
                rows.append((path, None))
            else:
                rows.append(
                    (path, _PackedChange(pack_row(row), row.reads, self.entries[path], path in self.tables.names))
                )
        packed: bytes = msgpack.packb((rows, self._fields()), unicode_errors="surrogatepass")
        return packed

    def apply_changes(self, packed: bytes) -> None:
        """Apply what ``pack_changes`` packed, to the state that ``from_arrays`` made of the compacted one."""
        rows, fields = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
        python = set(self.tables.names)
        for path, row in rows:
            python.discard(path)
            self.entries.pop(path, None)
            self._pending[path] = None
            if row is not None:
                change = _PackedChange(*row)
                self._pending[path] = unpack_row(change.row, change.reads)
                self.entries[path] = ManifestEntry(*change.entry)
                if change.is_python:
                    python.add(path)
        self._set_fields(fields)
        self._name_modules(python)

    def _fields(self) -> StateFields:
        return {
            "snapshot": self.snapshot,
            "apart": {path: (file.blob, file.reason.value) for path, file in self.excluded.items()},
            "notes": self.notes,
            "too_complex": self.too_complex,
            "hints": self.hints,
            "totals": dict(self.totals),
        }

    def _set_fields(self, fields: StateFields) -> None:
        self.snapshot, self.notes = fields["snapshot"], dict(fields["notes"])
        self.too_complex = dict(fields["too_complex"])
        self.excluded = {
            path: ExcludedFile(blob, SkipReason(reason)) for path, (blob, reason) in fields["apart"].items()
        }
        self.hints = {path: ImportHints(*map(tuple, hint)) for path, hint in fields["hints"].items()}
        self.totals = Counter(fields["totals"])

    def _name_modules(self, python_paths: Iterable[str]) -> None:
        self.tables = module_tables(sorted(python_paths), self.hints)

    def _files_with(self, index: Index, hashes: set[int]) -> set[str]:
        """Return the paths of the files with any of the hashes whose rows are not pending."""
        paths = self._columns.paths
        numbers = index.files_with(np.array(sorted(hashes), np.uint64))
        return {path for number in numbers if (path := paths[number]) not in self._pending}

    def _candidates(self, index: Index, hashed: int) -> set[str]:
        """Return the paths of the files that may have a hash: those in the index, and all pending ones."""
        return self._files_with(index, {hashed}) | self._pending.keys()

    def _indexed(self, path: str) -> _IndexedRow | None:
        indexed = self._indexed_rows.get(path)
        if indexed is None:
            row = self._pending[path] if path in self._pending else self._columns.row(path)
            if row is None:
                return None
            if len(self._indexed_rows) >= MAX_INDEXED_ROWS:
                self._indexed_rows.clear()
            self._indexed_rows[path] = indexed = _IndexedRow(path, row)
        return indexed


class _PackedChange(NamedTuple):
    """One changed file as it is stored: its packed row, its reads, its manifest entry, and whether it is a module."""

    row: bytes
    reads: tuple[bytes, ...] | None
    entry: ManifestEntry
    is_python: bool


class _IndexedRow:
    """One file's row with the entries that it has in the indexes."""

    def __init__(self, path: str, row: FileRow) -> None:
        self.path, self.row = path, row

    @cached_property
    def read_hashes(self) -> list[frozenset[int]]:
        """The hashes of the keys read, by layer."""
        return [frozenset(key_hashes(reads).tolist()) for reads in self.row.reads or ()]

    @cached_property
    def definers(self) -> dict[str, list[str]]:
        """The uids of the file's methods by name."""
        uids: dict[str, list[str]] = {}
        for name, function in public_methods(self.row.methods):
            uids.setdefault(name, []).append(f"{self.path}::{function}")
        return uids

    @cached_property
    def overriders(self) -> dict[Address, list[str]]:
        """The uids of the file's methods by the address of what they override."""
        uids: dict[Address, list[str]] = {}
        row = self.row
        for address, uid in overrides_of(self.path, row.methods, row.mro or {}, row.bases or {}):
            uids.setdefault(address, []).append(uid)
        return uids


def _counts(row: FileRow | None) -> dict[str, int]:
    return {"nodes": row.nodes, "edges": row.edges, "unresolved": row.unresolved} if row is not None else {}


def _text_array(texts: Iterable[str]) -> Array:
    return np.frombuffer("\0".join(texts).encode("utf-8", "surrogatepass"), np.uint8)


def _texts(array: Array) -> list[str]:
    return array.tobytes().decode("utf-8", "surrogatepass").split("\0") if len(array) else []
