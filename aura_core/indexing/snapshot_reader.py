"""Reads snapshots from the stores: manifests, and the rows that they name, a few files at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from aura_core.errors import RowsGone, StoreCorrupt
from aura_core.fingerprint import index_versions
from aura_core.linking import unpack_fragment
from aura_core.model.facts import FileFacts
from aura_core.model.graph import Fragment
from aura_core.model.snapshot import Manifest, ManifestEntry, SnapshotInfo
from aura_core.parsing import facts_to_link, facts_to_search, unpack_facts
from aura_core.ports.snapshots import RowKind
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.workers.pool import chunks

FILES_IN_A_BATCH = 256
"""Files whose rows are in memory at a time."""

SNAPSHOTS_IN_A_PAGE = 500

Entries = Mapping[str, ManifestEntry]
"""Manifest entries by path."""


def manifest_of(stores: Stores, repo: str, sha: str) -> Manifest:
    """Return the manifest that the graph step wrote. Raises ``StoreCorrupt`` when there is none."""
    manifest = stores.snapshots.manifest(repo, sha)
    if manifest is None:
        raise StoreCorrupt(f"{repo} has no manifest of {sha}.", remedy="Run the graph step first, or index again.")
    return manifest


def entries_of(stores: Stores, repo: str, sha: str) -> Entries:
    """Return the entries of a snapshot; none when it is not stored or was made by other versions of Aura."""
    manifest = stores.snapshots.manifest(repo, sha)
    return manifest.entries if manifest is not None and manifest.versions == index_versions() else {}


def newest_entries(stores: Stores, repo: str) -> Entries:
    """Return the entries of the repository's newest snapshot, if it was made by the present versions."""
    newest = next(iter(stores.snapshots.snapshots(repo, limit=1)), None)
    return entries_of(stores, repo, newest.sha) if newest is not None else {}


def snapshots_of(stores: Stores, repo: str) -> Iterator[SnapshotInfo]:
    """Yield all stored snapshots of a repository, newest first."""
    before: float | None = None
    while page := stores.snapshots.snapshots(repo, SNAPSHOTS_IN_A_PAGE, before):
        yield from page
        before = page[-1].created_at


def row_batches(stores: Stores, kind: RowKind, keys: Sequence[bytes]) -> Iterator[Mapping[bytes, bytes]]:
    """Yield packed rows by key, a batch at a time. Keys that are not stored are left out."""
    return (stores.snapshots.rows(kind, batch) for batch in chunks(keys, FILES_IN_A_BATCH))


def read_rows(stores: Stores, kind: RowKind, keys: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield (path, packed row) for every path of ``keys``, sorted by path. Raises ``RowsGone`` for a row that is not
    stored.
    """
    for paths in chunks(sorted(keys), FILES_IN_A_BATCH):
        rows = stores.snapshots.rows(kind, {keys[path] for path in paths})
        for path in paths:
            if (row := rows.get(keys[path])) is None:
                raise RowsGone(
                    f"The {kind} of {path} are not stored, or no longer.",
                    remedy="Run the parse step first, or index the commit again.",
                    path=path,
                )
            yield path, row


def read_facts(
    stores: Stores, entries: Entries, unpack: Callable[[bytes], FileFacts] = facts_to_search
) -> Iterator[tuple[str, FileFacts]]:
    """Yield (path, facts) of manifest entries, sorted by path; by default what search needs of them. Raises
    ``RowsGone``.
    """
    for path, row in read_rows(stores, RowKind.FACTS, {path: entry.facts for path, entry in entries.items()}):
        yield path, unpack(row)


def read_fragments(stores: Stores, entries: Entries) -> Iterator[tuple[str, Fragment]]:
    """Yield (path, fragment) of manifest entries, sorted by path. Raises ``RowsGone``."""
    for path, row in read_rows(stores, RowKind.FRAGMENT, {path: entry.fragment for path, entry in entries.items()}):
        yield path, unpack_fragment(row)


def read_files(stores: Stores, entries: Entries) -> Iterator[tuple[str, FileFacts, Fragment]]:
    """Yield (path, facts without their words, fragment) of manifest entries, sorted by path. Raises ``RowsGone``."""
    facts = read_facts(stores, entries, lambda row: unpack_facts(row, words=False))
    for (path, file_facts), (_, fragment) in zip(facts, read_fragments(stores, entries), strict=True):
        yield path, file_facts, fragment


def read_texts(stores: Stores, source: Source, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield (blob, bytes): edits of working trees from the store, everything else from the source."""
    keys = {bytes.fromhex(blob): blob for blob in blobs}  # text rows are stored under the raw object id
    edits = stores.snapshots.rows(RowKind.TEXT, keys)
    yield from ((keys[key], text) for key, text in edits.items())
    yield from source.read_many([blob for key, blob in keys.items() if key not in edits])


class StoredRows:
    """Rows of earlier trees by their keys, for the linker. Keys that are not stored are left out."""

    def __init__(self, stores: Stores) -> None:
        self._snapshots = stores.snapshots

    def facts(self, keys: Collection[bytes]) -> Mapping[bytes, FileFacts]:
        """Return facts by key, without their words."""
        return {key: facts_to_link(row) for key, row in self._snapshots.rows(RowKind.FACTS, keys).items()}

    def reads(self, keys: Collection[bytes]) -> Mapping[bytes, bytes]:
        """Return packed reads by key."""
        return self._snapshots.rows(RowKind.READS, keys)
