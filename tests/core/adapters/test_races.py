"""Several processes on one home."""

from __future__ import annotations

import time
from itertools import chain
from pathlib import Path

import numpy as np

from aura_core.errors import SyncInProgress
from aura_core.model.repository import EventKind, Lease, Plan, Ref, Repository, RepositoryKind
from aura_core.model.snapshot import Manifest, ManifestEntry
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.core.adapters.processes import together

ROUNDS = 15
GRABBERS = 6


def prepared(home: Path) -> Stores:
    stores = open_stores(Settings(home=home))
    stores.catalog.repositories.add(Repository("shop-1", "shop", RepositoryKind.LOCAL, "/src/shop"))
    return stores


def look(stores: Stores, index: int) -> int:
    stores.catalog.ping()
    stores.snapshots.ping()
    return len(stores.catalog.repositories.list())


def test_processes_that_start_on_an_empty_home_at_once_all_succeed(tmp_path: Path) -> None:
    assert together(tmp_path / "home", look, 6) == [0] * 6


def grab(stores: Stores, index: int) -> int:
    try:
        fence = stores.catalog.leases.acquire("shop-1", f"run{index}", 60).fence
    except SyncInProgress:
        fence = 0
    (stores.settings.home / f"tried-{index}").touch()
    while len(list(stores.settings.home.glob("tried-*"))) < GRABBERS:
        time.sleep(0.01)  # the lease of a process that has ended is free
    return fence


def test_one_of_many_gets_the_lease(tmp_path: Path) -> None:
    prepared(tmp_path).close()
    assert sorted(together(tmp_path, grab, GRABBERS)) == [0, 0, 0, 0, 0, 1]


def wait_for_lease(stores: Stores, run: str) -> Lease:
    while True:
        try:
            return stores.catalog.leases.acquire("shop-1", run, 60)
        except SyncInProgress:
            time.sleep(0.001)


def publish_in_turns(stores: Stores, index: int) -> list[int]:
    fences = []
    for number in range(ROUNDS):
        run = f"run{index}.{number}"
        lease = wait_for_lease(stores, run)
        (before,) = stores.catalog.publisher.refs("shop-1")
        assert int(before.sha) < lease.fence
        plan = Plan(run, "shop-1", lease.fence, (), (("main", str(lease.fence)),))
        stores.catalog.publisher.save_plan(plan)
        stores.catalog.publisher.publish(plan, [Ref("shop-1", "main", str(lease.fence), "", 1.0)])
        stores.catalog.leases.release(lease)
        fences.append(lease.fence)
    return fences


def test_publishers_take_turns_and_the_last_fence_stands(tmp_path: Path) -> None:
    stores = prepared(tmp_path)
    first = stores.catalog.leases.acquire("shop-1", "first", 60)
    stores.catalog.publisher.publish(
        Plan("first", "shop-1", first.fence, (), ()), [Ref("shop-1", "main", "0", "", 1.0)]
    )
    stores.catalog.leases.release(first)
    answers = together(tmp_path, publish_in_turns, 4)
    assert all(fences == sorted(fences) for fences in answers)
    assert sorted(chain(*answers)) == list(range(2, 2 + 4 * ROUNDS))
    assert [ref.sha for ref in stores.catalog.publisher.refs("shop-1")] == [str(1 + 4 * ROUNDS)]
    stores.close()


def push_all(stores: Stores, index: int) -> int:
    return sum(
        stores.catalog.events.push("shop-1", f"delivery{n}", EventKind.REF, "main", f"process{index}")
        for n in range(40)
    )


def test_a_delivery_that_reaches_several_processes_is_one_event(tmp_path: Path) -> None:
    stores = prepared(tmp_path)
    assert sum(together(tmp_path, push_all, 4)) == 40
    assert len(stores.catalog.events.list("shop-1")) == 40
    stores.close()


def entries_of(sha: str) -> dict[str, ManifestEntry]:
    keys = [bytes([number, int(sha)]) * 8 for number in range(200)]
    return {f"{key.hex()}.py": ManifestEntry(key.hex(), key, key, key) for key in keys}


def index_all(stores: Stores, index: int) -> int:
    new = 0
    for sha in "0123":
        entries = entries_of(sha)
        rows = {entry.facts: entry.facts * 50 for entry in entries.values()}
        for kind in (RowKind.FACTS, RowKind.FRAGMENT, RowKind.READS):
            new += stores.snapshots.put_rows(kind, rows)
        stores.snapshots.put_manifest(Manifest("shop-1", sha, sha, "v1", entries))
        stores.vectors.put("e", list(rows), codes_of(list(rows)))
        stores.snapshots.flush()
        assert stores.snapshots.manifest("shop-1", sha) == Manifest("shop-1", sha, sha, "v1", entries)
        assert np.array_equal(stores.vectors.codes("e", list(rows)), codes_of(list(rows)))
    return new


def codes_of(keys: list[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(keys), dtype=np.int8).reshape(len(keys), 16)


def test_processes_that_index_the_same_content_store_it_once(tmp_path: Path) -> None:
    stores = prepared(tmp_path)
    assert sum(together(tmp_path, index_all, 4)) == 3 * 4 * 200
    assert stores.vectors.count("e") == 4 * 200
    assert len(stores.snapshots.snapshots("shop-1")) == 4
    assert index_all(stores, 9) == 0
    stores.close()


def test_a_reader_sees_vectors_that_another_process_adds_later(tmp_path: Path) -> None:
    stores = prepared(tmp_path)
    own_keys = [bytes([number]) * 16 for number in range(250, 256)]
    stores.vectors.put("e", own_keys, codes_of(own_keys))
    assert np.array_equal(stores.vectors.codes("e", own_keys), codes_of(own_keys))
    together(tmp_path, index_all, 1)
    other_keys = [entry.facts for entry in entries_of("3").values()]
    assert np.array_equal(stores.vectors.codes("e", own_keys + other_keys), codes_of(own_keys + other_keys))
    stores.close()
