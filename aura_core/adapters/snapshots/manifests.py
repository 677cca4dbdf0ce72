"""Manifests: chains of changes with a whole row every ``KEYFRAME_EVERY``, which readers see as one content."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, select

from aura_core.adapters.database import ROWS_AT_ONCE, Clock, Database
from aura_core.adapters.snapshots.contents import Contents, apply_changes, contents_of, unpack_whole
from aura_core.adapters.snapshots.drafts import Draft, draft_change, draft_whole
from aura_core.adapters.snapshots.rows import keys_within
from aura_core.adapters.snapshots.tables import manifests, snapshots
from aura_core.errors import RowsGone, StoreCorrupt
from aura_core.lru import LruCache
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.ports.snapshots import NAMED_KINDS, row_key

# Reading applies at most 31 changes; of the bytes of an average commit, whole rows stay about a third (docs/adr/0007).
KEYFRAME_EVERY = 32
# How many contents stay in memory, and how many entries they have together: see ``_weight``.
MAX_RECENT = 8
MAX_RECENT_ENTRIES = 50_000
TICK = 1e-6
"""Two snapshots of a repository are at least this many seconds apart, so that a listing can go on after any of them."""


class Manifests:
    """Reads and writes manifests. The contents used last stay in memory by row id, because a row never changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._recent: LruCache[int, Contents] = LruCache(MAX_RECENT_ENTRIES, _weight)

    def get(self, repo: str, sha: str) -> Manifest | None:
        """Return the complete manifest of a snapshot; None when it is not stored."""
        with self._database.read() as connection:
            row = connection.execute(select(snapshots).where(*_is_snapshot(repo, sha))).one_or_none()
            if row is None:
                return None
            contents = self.contents(connection, row.manifest)
        return Manifest(
            repo=repo,
            sha=sha,
            digest=row.digest,
            versions=row.versions,
            entries=MappingProxyType(contents.entries),
            skipped=MappingProxyType(contents.skipped),
            warnings=contents.warnings,
            base=row.base,
            parent=row.parent,
        )

    def put(self, manifest: Manifest) -> None:
        """Store a manifest unless an equal one is stored. Raises ``RowsGone`` when it names rows that are not."""
        contents = contents_of(manifest)
        if self._is_stored(manifest, contents):
            return
        draft = self._draft(manifest, contents)
        with self._database.write() as connection:
            self._database.lock_sweeps(connection, shared=True)
            # The base was read in another transaction; meanwhile its snapshot may have been retired.
            if draft.base is not None and not lock_row(connection, draft.base):
                draft = draft_whole(contents)
            _check_rows(self._database, connection, manifest, draft.new_entries)
            row = self._write(connection, manifest, draft)
        if manifest.parent:
            # The first manifest's entries lie among everything that a whole index allocates: to remember them here
            # would keep all of that memory.
            self._recent.put(row, contents)

    def forget(self, repo: str) -> None:
        """Delete a repository's snapshots and manifests, the newest first because a change refers to its base."""
        newest = (
            select(manifests.c.id).where(manifests.c.repo == repo).order_by(manifests.c.id.desc()).limit(ROWS_AT_ONCE)
        )
        while True:
            with self._database.write() as connection:
                connection.execute(delete(snapshots).where(snapshots.c.repo == repo))
                ids = list(connection.execute(newest).scalars())
                connection.execute(delete(manifests).where(manifests.c.id.in_(ids)))
            if len(ids) < ROWS_AT_ONCE:
                return

    def contents(self, connection: Connection, row_id: int) -> Contents:
        """Return the content of a manifest row: that of the nearest row below it that is in memory or whole, with the
        changes above. Raises ``StoreCorrupt``.
        """
        contents = self._recent.get(row_id)
        if contents is not None:
            return contents
        changes: list[bytes] = []
        for row in connection.execute(_chain(row_id)):
            contents = self._recent.get(row.id) or (unpack_whole(row.data) if row.base is None else None)
            if contents is not None:
                break
            changes.append(row.data)
        if contents is None:
            raise StoreCorrupt(
                f"Manifest {row_id} has lost its base.", remedy="Remove the repository and index it again."
            )
        if changes:
            contents = apply_changes(contents, reversed(changes))
        self._recent.put(row_id, contents)
        return contents

    def _is_stored(self, manifest: Manifest, contents: Contents) -> bool:
        stored = self.get(manifest.repo, manifest.sha)
        return (
            stored is not None
            and (stored.digest, stored.versions, stored.base) == (manifest.digest, manifest.versions, manifest.base)
            and Contents(stored.entries, stored.skipped, stored.warnings) == contents
        )

    def _draft(self, manifest: Manifest, contents: Contents) -> Draft:
        query = (
            select(manifests.c.id, manifests.c.depth)
            .join(snapshots, snapshots.c.manifest == manifests.c.id)
            .where(*_is_snapshot(manifest.repo, manifest.parent), snapshots.c.versions == manifest.versions)
        )
        with self._database.read() as connection:
            parent = connection.execute(query).one_or_none()
            if parent is None or parent.depth + 1 >= KEYFRAME_EVERY:
                return draft_whole(contents)
            old = self.contents(connection, parent.id)
        return draft_change(parent.id, parent.depth, old, contents)

    def _write(self, connection: Connection, manifest: Manifest, draft: Draft) -> int:
        """Insert the manifest row, let the snapshot show it, and delete the row that it showed before; returns the id
        of the new row.
        """
        repo, sha = manifest.repo, manifest.sha
        row = {"repo": repo, "base": draft.base, "depth": draft.depth, "data": draft.data}
        (row_id,) = connection.execute(insert(manifests).values(row)).inserted_primary_key or (0,)
        newest = connection.execute(select(func.max(snapshots.c.created_at)).where(snapshots.c.repo == repo)).scalar()
        previous = connection.execute(select(snapshots.c.manifest).where(*_is_snapshot(repo, sha))).scalar_one_or_none()
        values = {
            "repo": repo,
            "sha": sha,
            "digest": manifest.digest,
            "versions": manifest.versions,
            "base": manifest.base,
            "parent": manifest.parent,
            "files": len(manifest.entries),
            "stored_bytes": len(draft.data),
            "created_at": max(self._clock(), (newest or 0.0) + TICK),
            "manifest": row_id,
        }
        connection.execute(self._database.insert_or_replace(snapshots), values)
        if previous is not None:
            connection.execute(delete(manifests).where(manifests.c.id == previous, is_unused()))
        return int(row_id)


def lock_row(connection: Connection, row_id: int) -> bool:
    """Return whether a manifest row is stored; if so, it stays until this transaction ends."""
    query = select(manifests.c.id).where(manifests.c.id == row_id).with_for_update()
    return connection.execute(query).one_or_none() is not None


def is_unused() -> ColumnElement[bool]:
    """Return the condition for manifest rows that no snapshot shows and no other row builds on."""
    child = manifests.alias("child")
    return ~exists().where(child.c.base == manifests.c.id) & ~exists().where(snapshots.c.manifest == manifests.c.id)


def _is_snapshot(repo: str, sha: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return snapshots.c.repo == repo, snapshots.c.sha == sha


def _chain(row_id: int) -> Select[Any]:
    """Select a manifest row and the rows that it builds on, the nearest first."""
    columns = (manifests.c.id, manifests.c.base, manifests.c.depth, manifests.c.data)
    chain = select(*columns).where(manifests.c.id == row_id).cte("chain", recursive=True)
    chain = chain.union_all(select(*columns).join(chain, manifests.c.id == chain.c.base))
    return select(chain).order_by(chain.c.depth.desc())


def _weight(contents: Contents) -> int:
    """Return the weight of one content in the cache: at most ``MAX_RECENT`` of them, and of their entries together at
    most ``MAX_RECENT_ENTRIES``.
    """
    return max(len(contents.entries), MAX_RECENT_ENTRIES // MAX_RECENT)


def _check_rows(
    database: Database, connection: Connection, manifest: Manifest, entries: dict[str, ManifestEntry]
) -> None:
    for kind in NAMED_KINDS:
        keys = {row_key(kind, entry) for entry in entries.values()}
        if missing := len(keys) - len(keys_within(database, connection, kind, keys)):
            message = (
                f"The manifest of {manifest.repo} at {manifest.sha} names {missing} {kind} rows that are not stored."
            )
            raise RowsGone(message, remedy="Index the commit again.", kind=str(kind), missing=missing)
