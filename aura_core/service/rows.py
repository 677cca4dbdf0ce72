"""The graphs of a snapshot's files, from the rows that its manifest names: no view is needed, and little is held at a
time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from aura_core.errors import StoreCorrupt
from aura_core.graphs import FileGraph, file_graph
from aura_core.linking import unpack_fragment
from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment
from aura_core.model.snapshot import ManifestEntry
from aura_core.parsing import unpack_facts
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores

FILES_AT_ONCE = 256

Entries = Mapping[str, ManifestEntry]


def fragments(stores: Stores, entries: Entries) -> Iterator[tuple[str, Fragment]]:
    """(path, fragment) by path."""
    for some in _batches(entries):
        packed = stores.snapshots.rows(RowKind.FRAGMENT, {e.fragment for _, e in some})
        for path, entry in some:
            yield path, unpack_fragment(_row(packed, entry.fragment, path))


def files(stores: Stores, entries: Entries) -> Iterator[tuple[str, FileFacts, Fragment]]:
    """(path, facts without words, fragment) by path."""
    for some in _batches(entries):
        facts = stores.snapshots.rows(RowKind.FACTS, {e.facts for _, e in some})
        packed = stores.snapshots.rows(RowKind.FRAGMENT, {e.fragment for _, e in some})
        for path, entry in some:
            yield (
                path,
                unpack_facts(_row(facts, entry.facts, path), words=False),
                unpack_fragment(_row(packed, entry.fragment, path)),
            )


def graphs(stores: Stores, entries: Entries) -> dict[str, FileGraph]:
    """The graph of each file."""
    return {path: file_graph(path, facts, fragment) for path, facts, fragment in files(stores, entries)}


def _batches(entries: Entries) -> Iterator[Sequence[tuple[str, ManifestEntry]]]:
    ordered = sorted(entries.items())
    return (ordered[start : start + FILES_AT_ONCE] for start in range(0, len(ordered), FILES_AT_ONCE))


def _row(rows: Mapping[bytes, bytes], key: bytes, path: str) -> bytes:
    found = rows.get(key)
    if found is None:
        raise StoreCorrupt(
            f"A row of {path} is no longer stored.", remedy="Ask again; if it stays, index the commit again."
        )
    return found
