"""Deletes snapshots: manifest rows that build on theirs are first stored on another base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select, update

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.snapshots.drafts import Draft, draft_change, draft_whole
from aura_core.adapters.snapshots.manifests import Manifests, is_unused, lock_row
from aura_core.adapters.snapshots.tables import artifacts, manifests, snapshots
from aura_core.model.snapshot import SNAPSHOT_ARTIFACTS


class Retirement:
    """Deletes snapshots of one repository. Each transaction is short and leaves every other snapshot readable."""

    def __init__(self, database: Database, store: Manifests, repo: str) -> None:
        self._database = database
        self._store = store
        self._repo = repo

    def run(self, shas: Iterable[str]) -> int:
        """Delete snapshots, their artifacts, and all manifest rows that nothing needs; returns how many snapshots were
        stored.
        """
        count = sum(self._delete(batch) for batch in batches(sorted(shas), ROWS_AT_ONCE))
        bases = self._bases()
        with self._database.read() as connection:
            live = set(connection.execute(select(snapshots.c.manifest).where(snapshots.c.repo == self._repo)).scalars())
        for child in sorted(live & bases.keys()):
            base = bases[child]
            if base is not None and base not in live:
                self._rebase(child, base, _nearest_live(base, bases, live))
        # Newest first: a row may be deleted once nothing builds on it, and what builds on a row is newer.
        for batch in batches(sorted(bases.keys() - live, reverse=True), ROWS_AT_ONCE):
            with self._database.write() as connection:
                for row_id in batch:
                    connection.execute(delete(manifests).where(manifests.c.id == row_id, is_unused()))
        return count

    def _delete(self, shas: Sequence[str]) -> int:
        names = [f"{prefix}{sha}" for prefix in SNAPSHOT_ARTIFACTS for sha in shas]
        query = delete(snapshots).where(snapshots.c.repo == self._repo, snapshots.c.sha.in_(shas))
        with self._database.write() as connection:
            count = connection.execute(query).rowcount
            connection.execute(delete(artifacts).where(artifacts.c.repo == self._repo, artifacts.c.name.in_(names)))
        return count

    def _bases(self) -> dict[int, int | None]:
        """Return the base of each manifest row of the repository, by row id."""
        query = select(manifests.c.id, manifests.c.base).where(manifests.c.repo == self._repo)
        with self._database.read() as connection:
            return {row.id: row.base for row in connection.execute(query)}

    def _rebase(self, child: int, old: int, new: int | None) -> None:
        """Store a row's content as a change of the row ``new`` instead of ``old``, or whole when ``new`` is None."""
        with self._database.read() as connection:
            contents = self._store.contents(connection, child)
            if new is None:
                draft = draft_whole(contents)
            else:
                base_contents = self._store.contents(connection, new)
                draft = draft_change(new, _depth(connection, new), base_contents, contents)
        with self._database.write() as connection:
            if draft.base is not None and not lock_row(connection, draft.base):
                draft = draft_whole(contents)
            self._rewrite(connection, child, old, draft)

    def _rewrite(self, connection: Connection, child: int, old: int, draft: Draft) -> None:
        query = update(manifests).where(manifests.c.id == child, manifests.c.base == old)
        if connection.execute(query.values(base=draft.base, depth=draft.depth, data=draft.data)).rowcount:
            size = len(draft.data)
            connection.execute(update(snapshots).where(snapshots.c.manifest == child).values(stored_bytes=size))


def _nearest_live(base: int | None, bases: dict[int, int | None], live: set[int]) -> int | None:
    while base is not None and base not in live:
        base = bases.get(base)
    return base


def _depth(connection: Connection, row_id: int) -> int:
    return int(connection.execute(select(manifests.c.depth).where(manifests.c.id == row_id)).scalar_one())
