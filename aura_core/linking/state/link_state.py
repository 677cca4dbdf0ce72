"""What linking a tree leaves behind for the next one: every file's entry and row, the tree's names, and who read which
key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

import msgpack
import numpy as np

from aura_core.linking.dependency_keys import KEY_CALLBACKS, KEY_ONLY_METHOD, Key, key_hash
from aura_core.linking.hierarchy import overridden
from aura_core.linking.module_names import ModuleName, hinted_roots, module_names, module_paths, stub_paths
from aura_core.linking.program import MOST, Address, CallbackFlow, nameable
from aura_core.linking.source_file import SourceFile
from aura_core.linking.state.columns import (
    Array,
    Columns,
    FileRow,
    Index,
    address_hash,
    hashes_of,
    pack_row,
    unpack_row,
)
from aura_core.model.snapshot import ManifestEntry

MAX_SOURCES = 256
"""Files whose facts stay in memory between two trees."""


MAX_ANSWERS = 2_000
"""Rows whose answers stay in memory."""


class LinkState:
    """One linked tree. It moves from tree to tree by ``move``; everything in it could be made again from the tree's
    facts.

    ``entries`` are the manifest's. ``excluded``: blob ids of the tree's files that are no part of the graph, by path.
    ``notes``: warnings by path.
    ``hints``: the roots that packaging files name. ``snapshot``: whose tree it is. ``file_name``: what it was written as
    when all was settled last, or "".
    """

    def __init__(self) -> None:
        self.snapshot = ""
        self.file_name = ""
        self.entries: dict[str, ManifestEntry] = {}
        self.excluded: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.hints: dict[str, tuple[str, ...]] = {}
        self.names: dict[str, ModuleName] = {}
        self.modules: dict[str, str] = {}
        self.stubs: dict[str, str] = {}
        self.totals: Counter[str] = Counter()
        self.sources: dict[str, SourceFile] = {}
        self._columns = Columns.empty()
        self._fresh: dict[str, FileRow | None] = {}
        self._answers: dict[str, _Answers] = {}

    def changes_to(self, blobs: Mapping[str, str]) -> tuple[list[str], list[str]]:
        """What another tree (path → blob id) has otherwise, and what it has not."""
        entries, excluded = self.entries, self.excluded
        changed = [
            p
            for p, blob in blobs.items()
            if (entry.blob if (entry := entries.get(p)) is not None else excluded.get(p)) != blob
        ]
        removed = [p for some in (entries, excluded) for p in some if p not in blobs]
        return changed, removed

    def row(self, path: str) -> FileRow | None:
        """What is kept of a file."""
        found = self._ask(path)
        return found.row if found is not None else None

    def readers(self, layer: int, keys: Iterable[Key]) -> set[str]:
        """The files that read one of the keys while a layer was linked."""
        wanted = {key_hash(key) for key in keys}
        found = self._holders(self._columns.reads[layer], wanted)
        return found | {
            path
            for path in self._fresh
            if (row := self._ask(path)) is not None and not wanted.isdisjoint(row.reads[layer])
        }

    def definers(self, name: str, moving: Collection[str]) -> set[str] | None:
        """The uids of the methods of a name: those in ``moving`` files, and of the others all, or more than ``MOST``."""
        found: set[str] = set()
        beside: set[str] = set()
        for path in self._holders(self._columns.definers, {key_hash((KEY_ONLY_METHOD, name))}) | self._fresh.keys():
            if path in moving or len(beside) <= MOST:
                row = self._ask(path)
                (found if path in moving else beside).update(row.definers.get(name, ()) if row is not None else ())
        return found | beside or None

    def overriders(self, address: Address) -> set[str] | None:
        """The uids of the methods that override the one at an address."""
        found: set[str] = set()
        for path in self._holders(self._columns.overriders, {address_hash(address)}) | self._fresh.keys():
            row = self._ask(path)
            found.update(row.overriders.get(address, ()) if row is not None else ())
        return found or None

    def callbacks_into(self, path: str) -> Counter[CallbackFlow] | None:
        """What is passed to the functions of a file, and by how many files."""
        found: Counter[CallbackFlow] = Counter()
        for passer in self._holders(self._columns.passers, {key_hash((KEY_CALLBACKS, path))}) | self._fresh.keys():
            row = self._ask(passer)
            found.update(passed for passed in (row.row.callbacks if row is not None else ()) if passed[0] == path)
        return found or None

    def counts(self) -> dict[str, int]:
        """Of the whole graph."""
        files, total = len(self.entries), self.totals
        edges = total["nodes"] - files + total["edges"]
        return {
            "files": files,
            "code_files": len(self.names),
            "nodes": total["nodes"],
            "edges": edges,
            "unresolved": total["unresolved"],
        }

    def replace_rows(self, rows: Mapping[str, FileRow | None]) -> None:
        """Replace what is kept of some files; None drops one."""
        for path, row in rows.items():
            for part, sign in ((self.row(path), -1), (row, 1)):
                if part is not None:
                    self.totals.update(
                        nodes=sign * part.nodes, edges=sign * part.edges, unresolved=sign * part.unresolved
                    )
            self._fresh[path] = row
            self._answers.pop(path, None)

    def cache_sources(self, sources: Mapping[str, SourceFile]) -> None:
        """Remember the facts that were used last."""
        self.sources = dict(list({**self.sources, **sources}.items())[-MAX_SOURCES:])

    @property
    def pending_rows(self) -> int:
        """How many files' rows stand outside the arrays."""
        return len(self._fresh)

    def compact(self) -> None:
        """Bring all rows into the arrays."""
        if self._fresh:
            self._columns = self._columns.replaced(self._fresh)
            self._fresh = {}

    # As arrays

    def to_arrays(self) -> tuple[dict[str, Array], dict[str, Any]]:
        """(arrays, values of JSON) from which ``from_arrays`` makes the same again."""
        columns = self._columns.replaced(self._fresh) if self._fresh else self._columns
        paths = columns.paths
        keys = b"".join(b"".join(self.entries[p][1:]) for p in paths)
        texts = {"paths": paths, "blobs": [self.entries[p].blob for p in paths]}
        arrays = {
            name: np.frombuffer("\0".join(some).encode("utf-8", "surrogatepass"), np.uint8)
            for name, some in texts.items()
        }
        arrays |= {
            "keys": np.frombuffer(keys, np.uint8),
            "python": np.array([p in self.names for p in paths], np.bool_),
            **columns.arrays(),
        }
        return arrays, self._plain()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array], plain: Mapping[str, Any]) -> LinkState:
        """The reverse of ``to_arrays``. Raises ``KeyError``."""
        state = cls()
        paths, blobs = (_texts(arrays[name]) for name in ("paths", "blobs"))
        keys = arrays["keys"].tobytes()
        state.entries = {
            path: ManifestEntry(blob, keys[i : i + 16], keys[i + 16 : i + 32], keys[i + 32 : i + 48])
            for i, path, blob in zip(range(0, len(keys), 48), paths, blobs, strict=True)
        }
        state._columns = Columns.of(paths, arrays)
        state._set_plain(plain)
        state._name_modules(path for path, code in zip(paths, arrays["python"].tolist(), strict=True) if code)
        return state

    def pack_changes(self) -> bytes:
        """What has changed since all was settled, from which ``apply_changes`` makes the same again."""
        rows = []
        for path, row in self._fresh.items():
            packed = None if row is None else (pack_row(row), row.layers, self.entries[path], path in self.names)
            rows.append((path, packed))
        found: bytes = msgpack.packb((rows, self._plain()), unicode_errors="surrogatepass")
        return found

    def apply_changes(self, packed: bytes) -> None:
        """The reverse of ``pack_changes``, on what ``from_arrays`` made of what was settled."""
        rows, plain = msgpack.unpackb(packed, use_list=False, unicode_errors="surrogatepass")
        python = set(self.names)
        for path, row in rows:
            python.discard(path)
            self.entries.pop(path, None)
            self._fresh[path] = None if row is None else unpack_row(row[0], row[1])
            if row is not None:
                self.entries[path] = ManifestEntry(*row[2])
                python |= {path} if row[3] else set()
        self._set_plain(plain)
        self._name_modules(python)

    def _plain(self) -> dict[str, Any]:
        return {
            "snapshot": self.snapshot,
            "apart": self.excluded,
            "notes": self.notes,
            "hints": self.hints,
            "totals": dict(self.totals),
        }

    def _set_plain(self, plain: Mapping[str, Any]) -> None:
        self.snapshot, self.excluded, self.notes = plain["snapshot"], dict(plain["apart"]), dict(plain["notes"])
        self.hints = {path: tuple(folders) for path, folders in plain["hints"].items()}
        self.totals = Counter(plain["totals"])

    def _name_modules(self, python: Iterable[str]) -> None:
        """Give module names to the tree's Python files."""
        self.names = module_names(sorted(python), hinted_roots(self.hints))
        self.modules = module_paths(self.names)
        self.stubs = stub_paths(self.names, self.modules)

    def _holders(self, index: Index, wanted: set[int]) -> set[str]:
        paths, fresh = self._columns.paths, self._fresh
        found = index.holders(np.array(sorted(wanted), np.uint64))
        return {path for number in found if (path := paths[number]) not in fresh}

    def _ask(self, path: str) -> _Answers | None:
        found = self._answers.get(path)
        if found is None:
            row = self._fresh[path] if path in self._fresh else self._columns.row(path)
            if row is None:
                return None
            if len(self._answers) >= MAX_ANSWERS:
                self._answers.clear()
            self._answers[path] = found = _Answers(path, row)
        return found


class _Answers:
    """One row, and what the arrays would answer for it."""

    def __init__(self, path: str, row: FileRow) -> None:
        self.path, self.row = path, row

    @cached_property
    def reads(self) -> list[frozenset[int]]:
        """The hashes of the keys read, by layer."""
        return [frozenset(hashes_of(layer).tolist()) for layer in self.row.layers or ()]

    @cached_property
    def definers(self) -> dict[str, list[str]]:
        """The uids of the file's methods by name."""
        found: dict[str, list[str]] = {}
        for name, function in nameable(self.row.methods):
            found.setdefault(name, []).append(f"{self.path}::{function}")
        return found

    @cached_property
    def overriders(self) -> dict[Address, list[str]]:
        """The uids of the file's methods by the address of what they override."""
        found: dict[Address, list[str]] = {}
        for address, uid in overridden(self.path, self.row.methods, self.row.mro or {}):
            found.setdefault(address, []).append(uid)
        return found


def _texts(packed: Array) -> list[str]:
    return packed.tobytes().decode("utf-8", "surrogatepass").split("\0") if len(packed) else []
