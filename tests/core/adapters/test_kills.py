"""A process that is killed while it writes leaves a home that reads whole."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aura_core.model.repository import EventKind, EventState, Plan, Ref, Repository, RepositoryKind
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.core.adapters.processes import CONTEXT, begin
from tests.support import PATIENCE_SECONDS

KILLS = 15
FILES = 300
FOREVER = 1e9


def key_of(*parts: object) -> bytes:
    return repr(parts).encode().rjust(16, b".")[-16:]


def entries_at(number: int) -> dict[str, ManifestEntry]:
    """The tree of commit ``number``: a third of its files differ from the commit before."""
    keys = {f"f{n}.py": key_of(n, (number + n) // 3) for n in range(FILES)}
    return {path: ManifestEntry(key.hex(), key, key, key) for path, key in keys.items()}


def value_of(key: bytes) -> bytes:
    """Values of one file have nearly all in common, and nothing with those of others."""
    return random.Random(key.partition(b",")[0]).randbytes(300) + key


def like_at(number: int) -> dict[bytes, bytes]:
    """For the rows of commit ``number``, those of the commit before."""
    before = entries_at(number - 1)
    return {entry.facts: before[path].facts for path, entry in entries_at(number).items()}


def codes_of(keys: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(keys), dtype=np.int8).reshape(len(keys), 16)


def sync_for_ever(stores: Stores, ready: Any) -> None:
    ready.set()
    refs = stores.catalog.publisher.refs("shop-1")
    number = int(refs[0].sha) + 1 if refs else 0
    while True:
        sync(stores, number)
        number += 1


def sync(stores: Stores, number: int) -> None:
    catalog, sha = stores.catalog, str(number)
    catalog.events.push("shop-1", sha, EventKind.SHA, sha, "test")
    # A run that was killed left its lease: the test's runs bear one name, so that the next retakes it at once.
    lease = catalog.leases.acquire("shop-1", "run", FOREVER)
    event = next(event for event in catalog.events.list("shop-1") if event.delivery == sha)
    plan = Plan("run", "shop-1", lease.fence, (event.id,), (("main", sha),))
    catalog.publisher.save_plan(plan)
    entries = entries_at(number)
    keys = sorted({entry.facts for entry in entries.values()})
    for kind in (RowKind.FACTS, RowKind.FRAGMENT, RowKind.READS):
        stores.snapshots.put_rows(kind, {key: value_of(key) for key in keys}, like_at(number))
    stores.vectors.put("e", keys, codes_of(keys))
    stores.snapshots.put_manifest(Manifest("shop-1", sha, sha, "v1", entries, parent=str(number - 1)))
    stores.snapshots.flush()
    catalog.publisher.publish(plan, [Ref("shop-1", "main", sha, sha, 1.0)])


@pytest.mark.slow
def test_what_was_published_is_whole_after_every_kill(tmp_path: Path) -> None:
    chance = random.Random(7)
    stores = open_stores(Settings(home=tmp_path))
    stores.catalog.repositories.add(Repository("shop-1", "shop", RepositoryKind.LOCAL, "/src/shop"))
    started = time.monotonic()
    sync(stores, 0)
    pace = time.monotonic() - started
    stores.close()
    published, kills = 0, 0
    while kills < KILLS or (published == 0 and kills < 10 * KILLS):
        kills += 1
        ready = CONTEXT.Event()
        process = begin(tmp_path, sync_for_ever, ready)
        assert ready.wait(PATIENCE_SECONDS)
        time.sleep(chance.uniform(0.0, 3 * pace * max(1.0, kills / KILLS)))
        process.kill()
        process.join(PATIENCE_SECONDS)
        process.close()
        published = check_whole(tmp_path, published)
    stores = open_stores(Settings(home=tmp_path))
    sync(stores, published + 1)
    stores.close()
    assert check_whole(tmp_path, published) == published + 1
    assert published > 0, "no sync ended before its kill: the test proves nothing"


def check_whole(home: Path, before: int) -> int:
    """The number of the published commit, after reading everything that it names."""
    for name in ("catalog.db", "store.db"):
        connection = sqlite3.connect(home / name)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert (
            name == "catalog.db" or before == 0 or connection.execute("SELECT count(base) FROM reads").fetchone() > (0,)
        )
        connection.close()
    stores = open_stores(Settings(home=home))
    try:
        for info in stores.snapshots.snapshots("shop-1"):
            manifest = stores.snapshots.manifest("shop-1", info.sha)
            assert manifest is not None
            assert manifest.entries == entries_at(int(info.sha))
            keys = sorted({entry.facts for entry in manifest.entries.values()})
            assert stores.snapshots.rows(RowKind.READS, keys) == {key: value_of(key) for key in keys}
            assert np.array_equal(stores.vectors.codes("e", keys), codes_of(keys))
        return check_events(stores, before)
    finally:
        stores.close()


def check_events(stores: Stores, before: int) -> int:
    refs = stores.catalog.publisher.refs("shop-1")
    published = int(refs[0].sha) if refs else -1
    assert published >= before
    assert published == -1 or stores.snapshots.info("shop-1", str(published)) is not None
    done = {
        int(event.delivery) for event in stores.catalog.events.list("shop-1", 10_000) if event.state is EventState.DONE
    }
    assert done == set(range(published + 1))
    return published
