"""Manifests: a chain of deltas with a whole one every ``KEYFRAME_EVERY``, read back as one."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, exists, func, insert, select

from aura_core.adapters.database import ROWS_AT_ONCE, Clock, Database
from aura_core.adapters.snapshots.contents import (
    Contents,
    apply_changes,
    changed,
    contents_of,
    pack_change,
    pack_whole,
    unpack_whole,
)
from aura_core.adapters.snapshots.rows import known_within
from aura_core.adapters.snapshots.tables import manifests, snapshots
from aura_core.errors import RowsGone, StoreCorrupt
from aura_core.lru import LruCache
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.ports.snapshots import NAMED_KINDS, row_key

KEYFRAME_EVERY = 32
MAX_RECENT = 8
MAX_RECENT_ENTRIES = 50_000
TICK = 1e-6
"""Two snapshots of a repository are at least this many seconds apart, so that a listing can go on after any of them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A manifest row to be written: its base row (None for a whole one), the packed bytes, and the entries that the
    base does not vouch for.
    """

    base: int | None
    depth: int
    data: bytes
    unchecked: dict[str, ManifestEntry]


class Manifests:
    """Reads and writes manifests; remembers the last few contents, which are immutable under their row's id."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._recent: LruCache[int, Contents] = LruCache(MAX_RECENT_ENTRIES, _weight)

    def get(self, repo: str, sha: str) -> Manifest | None:
        """The whole manifest of a snapshot."""
        with self._database.read() as connection:
            row = connection.execute(
                select(snapshots).where(snapshots.c.repo == repo, snapshots.c.sha == sha)
            ).one_or_none()
            if row is None:
                return None
            found = self.contents(connection, row.manifest)
        entries, skipped = MappingProxyType(found.entries), MappingProxyType(found.skipped)
        return Manifest(repo, sha, row.digest, row.versions, entries, skipped, found.warnings, row.base, row.parent)

    def put(self, manifest: Manifest) -> None:
        """Store a manifest; one that is stored already is left alone. Raises ``StoreCorrupt`` when it names rows that
        are not there.
        """
        contents = contents_of(manifest)
        if self._stored(manifest, contents):
            return
        draft = self._draft(manifest, contents)
        with self._database.write() as connection:
            self._database.take_turn(connection, shared=True)
            if draft.base is not None and not is_there(connection, draft.base):
                draft = whole(contents)
            _check(self._database, connection, manifest, draft.unchecked)
            written = self._write(connection, manifest, draft)
        if (
            manifest.parent
        ):  # the first one's entries lie among all that a whole index makes: kept here they would keep its memory
            self._recent.put(written, contents)

    def forget(self, repo: str) -> None:
        """Delete a repository's snapshots and manifests, newest first because a delta holds on to its base."""
        while True:
            with self._database.write() as connection:
                connection.execute(delete(snapshots).where(snapshots.c.repo == repo))
                newest = (
                    select(manifests.c.id)
                    .where(manifests.c.repo == repo)
                    .order_by(manifests.c.id.desc())
                    .limit(ROWS_AT_ONCE)
                )
                ids = list(connection.execute(newest).scalars())
                connection.execute(delete(manifests).where(manifests.c.id.in_(ids)))
            if len(ids) < ROWS_AT_ONCE:
                return

    def _stored(self, manifest: Manifest, contents: Contents) -> bool:
        there = self.get(manifest.repo, manifest.sha)
        if there is None or (there.digest, there.versions, there.base) != (
            manifest.digest,
            manifest.versions,
            manifest.base,
        ):
            return False
        return Contents(there.entries, there.skipped, there.warnings) == contents

    def _draft(self, manifest: Manifest, contents: Contents) -> Draft:
        with self._database.read() as connection:
            mine = (
                snapshots.c.repo == manifest.repo,
                snapshots.c.sha == manifest.parent,
                snapshots.c.versions == manifest.versions,
            )
            found = (
                select(manifests.c.id, manifests.c.depth)
                .join(snapshots, snapshots.c.manifest == manifests.c.id)
                .where(*mine)
            )
            parent = connection.execute(found).one_or_none()
            if parent is None or parent.depth + 1 >= KEYFRAME_EVERY:
                return whole(contents)
            old = self.contents(connection, parent.id)
        return draft_on(parent.id, parent.depth, old, contents)

    def _write(self, connection: Connection, manifest: Manifest, draft: Draft) -> int:
        row = {"repo": manifest.repo, "base": draft.base, "depth": draft.depth, "data": draft.data}
        key = connection.execute(insert(manifests).values(row)).inserted_primary_key
        written = int(key[0]) if key else 0
        newest = connection.execute(
            select(func.max(snapshots.c.created_at)).where(snapshots.c.repo == manifest.repo)
        ).scalar()
        mine = (snapshots.c.repo == manifest.repo, snapshots.c.sha == manifest.sha)
        replaced = connection.execute(select(snapshots.c.manifest).where(*mine)).scalar_one_or_none()
        values = {
            "repo": manifest.repo,
            "sha": manifest.sha,
            "digest": manifest.digest,
            "versions": manifest.versions,
            "base": manifest.base,
            "parent": manifest.parent,
            "files": len(manifest.entries),
            "stored_bytes": len(draft.data),
            "created_at": max(self._clock(), (newest or 0.0) + TICK),
            "manifest": written,
        }
        connection.execute(self._database.replacing(snapshots), values)
        if replaced is not None:
            connection.execute(delete(manifests).where(manifests.c.id == replaced, unused()))
        return written

    def contents(self, connection: Connection, manifest: int) -> Contents:
        """The content of a manifest row, from the nearest one below it that is at hand."""
        found = self._recent.get(manifest)
        if found is not None:
            return found
        changes: list[bytes] = []
        for row in connection.execute(_chain(manifest)):
            found = self._recent.get(row.id) or (unpack_whole(row.data) if row.base is None else None)
            if found is not None:
                break
            changes.append(row.data)
        if found is None:
            raise StoreCorrupt(
                f"Manifest {manifest} has lost its base.", remedy="Remove the repository and index it again."
            )
        if changes:
            found = apply_changes(found, reversed(changes))
        self._recent.put(manifest, found)
        return found


def _weight(contents: Contents) -> int:
    return max(len(contents.entries), MAX_RECENT_ENTRIES // MAX_RECENT)


def draft_on(base: int, depth: int, old: Contents, contents: Contents) -> Draft:
    """Contents as a change of the row ``base``, or whole when most of it has changed."""
    put = changed(old, contents)
    if len(put) > len(contents.entries) // 2:
        return whole(contents)
    return Draft(base, depth + 1, pack_change(old, contents, put), put)


def whole(contents: Contents) -> Draft:
    """Contents that build on nothing."""
    return Draft(None, 0, pack_whole(contents), dict(contents.entries))


def _chain(manifest: int) -> Select[Any]:
    """A manifest row and those that it builds on, the nearest first."""
    columns = (manifests.c.id, manifests.c.base, manifests.c.depth, manifests.c.data)
    chain = select(*columns).where(manifests.c.id == manifest).cte("chain", recursive=True)
    below = select(*columns).join(chain, manifests.c.id == chain.c.base)
    found = chain.union_all(below)
    return select(found).order_by(found.c.depth.desc())


def is_there(connection: Connection, manifest: int) -> bool:
    """Whether a row is there, and stays until this transaction ends."""
    return (
        connection.execute(select(manifests.c.id).where(manifests.c.id == manifest).with_for_update()).one_or_none()
        is not None
    )


def unused() -> ColumnElement[bool]:
    """Rows that no snapshot shows and nothing builds on."""
    child = manifests.alias("child")
    return ~exists().where(child.c.base == manifests.c.id) & ~exists().where(snapshots.c.manifest == manifests.c.id)


def _check(database: Database, connection: Connection, manifest: Manifest, entries: dict[str, ManifestEntry]) -> None:
    for kind in NAMED_KINDS:
        wanted = {row_key(kind, entry) for entry in entries.values()}
        if missing := len(wanted) - len(known_within(database, connection, kind, wanted)):
            message = (
                f"The manifest of {manifest.repo} at {manifest.sha} names {missing} {kind} rows that are not stored."
            )
            raise RowsGone(message, remedy="Index the commit again.", kind=str(kind), missing=missing)
