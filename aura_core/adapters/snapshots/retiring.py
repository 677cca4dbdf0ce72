"""Taking snapshots away: what builds on their manifests is built on something else first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select, update

from aura_core.adapters.database import ROWS_AT_ONCE, Database, batches
from aura_core.adapters.snapshots.manifests import Draft, Manifests, draft_on, is_there, unused, whole
from aura_core.adapters.snapshots.tables import artifacts, manifests, snapshots
from aura_core.model.snapshot import SNAPSHOT_ARTIFACTS


class Retirement:
    """Deletes snapshots of one repository. Each transaction is short and leaves every other snapshot readable."""

    def __init__(self, database: Database, store: Manifests, repo: str) -> None:
        self._database = database
        self._store = store
        self._repo = repo

    def run(self, shas: Iterable[str]) -> int:
        """Delete snapshots, their artifacts, and all manifests that nothing needs; how many snapshots there were."""
        gone = sum(self._delete(some) for some in batches(sorted(shas), ROWS_AT_ONCE))
        bases = self._bases()
        with self._database.read() as connection:
            used = set(connection.execute(select(snapshots.c.manifest).where(snapshots.c.repo == self._repo)).scalars())
        for child in sorted(used & bases.keys()):
            base = bases[child]
            if base is not None and base not in used:
                self._build_on(child, base, _nearest(base, bases, used))
        doomed = sorted(bases.keys() - used, reverse=True)
        for some in batches(doomed, ROWS_AT_ONCE):
            with self._database.write() as connection:
                for number in some:
                    connection.execute(delete(manifests).where(manifests.c.id == number, unused()))
        return gone

    def _delete(self, shas: Sequence[str]) -> int:
        names = [f"{beginning}{sha}" for beginning in SNAPSHOT_ARTIFACTS for sha in shas]
        with self._database.write() as connection:
            gone = connection.execute(
                delete(snapshots).where(snapshots.c.repo == self._repo, snapshots.c.sha.in_(shas))
            ).rowcount
            connection.execute(delete(artifacts).where(artifacts.c.repo == self._repo, artifacts.c.name.in_(names)))
        return gone

    def _bases(self) -> dict[int, int | None]:
        with self._database.read() as connection:
            found = connection.execute(select(manifests.c.id, manifests.c.base).where(manifests.c.repo == self._repo))
            return {row.id: row.base for row in found}

    def _build_on(self, child: int, old: int, new: int | None) -> None:
        """Store a manifest as a change of another one, or whole when there is none: its content stays what it was."""
        with self._database.read() as connection:
            contents = self._store.contents(connection, child)
            draft = (
                draft_on(new, _depth(connection, new), self._store.contents(connection, new), contents)
                if new
                else whole(contents)
            )
        with self._database.write() as connection:
            if draft.base is not None and not is_there(connection, draft.base):
                draft = whole(contents)
            self._rewrite(connection, child, old, draft)

    def _rewrite(self, connection: Connection, child: int, old: int, draft: Draft) -> None:
        mine = update(manifests).where(manifests.c.id == child, manifests.c.base == old)
        if connection.execute(mine.values(base=draft.base, depth=draft.depth, data=draft.data)).rowcount:
            connection.execute(
                update(snapshots).where(snapshots.c.manifest == child).values(stored_bytes=len(draft.data))
            )


def _nearest(base: int | None, bases: dict[int, int | None], used: set[int]) -> int | None:
    while base is not None and base not in used:
        base = bases.get(base)
    return base


def _depth(connection: Connection, manifest: int) -> int:
    return int(connection.execute(select(manifests.c.depth).where(manifests.c.id == manifest)).scalar_one())
