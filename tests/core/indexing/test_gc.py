"""What stays, what goes, and that a collection never disturbs a sync, wherever the two meet."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from aura_core import indexing
from aura_core.embedding import static_embedder
from aura_core.indexing import gc
from aura_core.indexing.gc import live_texts
from aura_core.model.repository import EventKind
from aura_core.model.snapshot import is_worktree
from aura_core.ports.snapshots import RowKind
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.core.adapters.boundaries import at_boundary
from tests.support import GitRepository, run_sql

EVERY = 1 if "AURA_TEST_LONG" in os.environ else 3
"""Which transaction boundaries are tried: all of them by ``make test-long``."""

AT_ONCE = {"keep_snapshots": 0, "keep_days": 0.0, "gc_grace_hours": 0.0}


def impatient_stores(home: Path, **more: object) -> Stores:
    """Stores that keep nothing longer than it is needed."""
    return open_stores(Settings(home=home, workers=1, **{**AT_ONCE, **more}))  # type: ignore[arg-type]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "aura-home"


def large(number: int) -> str:
    return "".join(f"def step_{n}(value):\n    return value + {n if n else number}\n\n\n" for n in range(30))


@pytest.fixture
def repo(home: Path, shop: GitRepository) -> str:
    """Three commits are indexed, each with something of its own, and each with another version of a file that hardly
    changes.
    """
    stores = impatient_stores(home)
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    for number in range(3):
        extra = f"from shop.prices import total_price\n\n\ndef extra_{number}():\n    return total_price([])\n"
        shop.commit({f"shop/extra{number}.py": extra, "shop/large.py": large(number)})
        indexing.index(stores, repo)
        (shop.path / f"shop/extra{number}.py").unlink()
    stores.close()
    return repo


def shas(stores: Stores, repo: str) -> list[str]:
    return [info.sha for info in stores.snapshots.snapshots(repo)]


def assert_complete(stores: Stores, repo: str) -> None:
    """Every snapshot can be read, and every row that it names is stored."""
    for sha in shas(stores, repo):
        manifest = stores.snapshots.manifest(repo, sha)
        assert manifest is not None
        for kind, field in ((RowKind.FACTS, "facts"), (RowKind.FRAGMENT, "fragment"), (RowKind.READS, "reads")):
            keys = {getattr(entry, field) for entry in manifest.entries.values()}
            assert stores.snapshots.rows(kind, keys).keys() == keys, f"{kind} of {sha}"
    texts = live_texts(stores)
    assert stores.vectors.codes(static_embedder().id, sorted(texts)).shape[0] == len(texts) > 0
    for name in ("catalog.db", "store.db"):
        assert run_sql(stores.settings.home / name, "PRAGMA integrity_check") == [("ok",)]
        assert run_sql(stores.settings.home / name, "PRAGMA foreign_key_check") == []


def row_count(stores: Stores) -> int:
    tables = ("facts", "fragments", "reads", "texts")
    counts = [run_sql(stores.settings.home / "store.db", f"SELECT count(*) FROM {table}") for table in tables]
    return sum(count for [(count,)] in counts)


def base_count(stores: Stores) -> int:
    """How many facts others are stored as changes of."""
    [(count,)] = run_sql(stores.settings.home / "store.db", "SELECT count(DISTINCT base) FROM facts")
    return int(count)


def age_vectors(home: Path) -> None:
    """Set the last use of all vectors back by an hour: those that were used in this very minute always stay."""
    run_sql(home / "store.db", "UPDATE vector_places SET epoch = epoch - 60")


def vector_count(stores: Stores) -> int:
    return stores.vectors.count(static_embedder().id)


def clean(tmp_path: Path, repository: GitRepository, name: str = "clean") -> Stores:
    stores = open_stores(Settings(home=tmp_path / name, workers=1))
    indexing.index(stores, Aura(stores).add(str(repository.path), from_cli=True).id)
    return stores


def test_what_is_not_kept_goes_with_all_that_it_alone_needed(
    home: Path, tmp_path: Path, repo: str, shop: GitRepository
) -> None:
    stores = impatient_stores(home)
    age_vectors(home)
    head = shop.git("rev-parse", "HEAD")
    done = indexing.collect_garbage(stores)
    assert (len(done.retired[repo]), done.remaining[repo]) == (2, 1)
    assert shas(stores, repo) == [head]
    assert stores.snapshots.artifacts(repo) == sorted(["clusters", f"counts:{head}"])
    assert_complete(stores, repo)
    other = clean(tmp_path, shop)
    assert row_count(stores) == row_count(other) + 1, (
        "what the facts of the large file are stored as a change of, and nothing else"
    )
    assert base_count(stores) == 1
    assert vector_count(stores) == vector_count(other)
    assert done.vectors.rows > 0
    assert stores.catalog.publisher.refs(repo)[0].digest == other.catalog.publisher.refs(repo)[0].digest
    assert stores.catalog.leases.current(repo) is None
    other.close()
    stores.close()


def test_a_dry_run_says_it_and_deletes_nothing(home: Path, repo: str) -> None:
    stores = impatient_stores(home)
    stores.vectors.put("an earlier embedder", [b"k" * 16], np.zeros((1, 8), np.int8))
    age_vectors(home)
    before, vectors = row_count(stores), stores.vectors.sizes()
    done = indexing.collect_garbage(stores, dry_run=True)
    assert len(done.retired[repo]) == 2
    assert (done.vectors.rows, done.bytes) == (1, 24)
    assert (len(shas(stores, repo)), row_count(stores), stores.vectors.sizes()) == (3, before, vectors)
    indexing.collect_garbage(stores)
    assert indexing.collect_garbage(stores, dry_run=True).bytes == 0
    stores.close()


def test_the_newest_the_young_the_pinned_and_those_asked_for_stay(home: Path, repo: str) -> None:
    stores = impatient_stores(home)
    third, second, first = shas(stores, repo)
    for settings, stay in (
        ({"keep_snapshots": 2}, [third, second]),
        ({"keep_days": 1.0}, [third, second, first]),
        ({"keep_shas": (first[:8],)}, [third, first]),
        ({}, [third]),
    ):
        other = stores.with_settings(**settings)
        assert indexing.plan_retention(other, stores.catalog.repositories.list()[0]).keep == stay, settings
    stores.catalog.events.push(repo, "wish", EventKind.SHA, second, "test")
    assert indexing.plan_retention(stores, stores.catalog.repositories.list()[0]).keep == [third, second]
    stores.close()


def test_rows_that_were_wanted_within_the_time_of_grace_wait(home: Path, repo: str) -> None:
    patient = impatient_stores(home, gc_grace_hours=24.0)
    before = row_count(patient)
    done = indexing.collect_garbage(patient)
    assert (row_count(patient), done.bytes) == (before, 0)
    assert sum(swept.waiting for swept in done.rows.values()) > 0
    run_sql(home / "store.db", "UPDATE touched SET epoch = epoch - 31 * 60")
    assert indexing.collect_garbage(patient, dry_run=True).vectors.rows == 0, "vectors have stamps of their own"
    dead = run_sql(home / "store.db", "SELECT key FROM facts")
    patient.snapshots.touch(RowKind.FACTS, [key for (key,) in dead])
    assert indexing.collect_garbage(patient).rows[RowKind.FACTS].rows == 0, "a row that somebody asks for is touched"
    assert patient.snapshots.touch(RowKind.FACTS, [key for (key,) in dead]) == {key for (key,) in dead}
    patient.close()


def test_a_busy_repository_keeps_its_snapshots(home: Path, repo: str) -> None:
    stores = impatient_stores(home)
    lease = stores.catalog.leases.acquire(repo, "sync", 60)
    assert indexing.collect_garbage(stores).busy == (repo,)
    assert len(shas(stores, repo)) == 3
    stores.catalog.leases.release(lease)
    stores.close()


def test_texts_of_a_working_tree_go_with_its_snapshot(home: Path, repo: str, shop: GitRepository) -> None:
    stores = impatient_stores(home)
    shop.write({"shop/draft.py": "def draft():\n    pass\n"})
    old = indexing.index(stores, repo, worktree=True)
    assert is_worktree(old.sha)
    indexing.collect_garbage(stores)
    assert indexing.ensure_view(stores, repo, old.sha).node("shop/draft.py::draft") is not None
    first = bytes.fromhex(shop.git("hash-object", "shop/draft.py"))
    shop.write({"shop/draft.py": "def rewritten():\n    pass\n"})
    new = indexing.index(stores, repo, worktree=True)
    assert stores.snapshots.touch(RowKind.TEXT, [first]) == {first}
    indexing.collect_garbage(stores)
    assert [sha for sha in shas(stores, repo) if is_worktree(sha)] == [new.sha]
    assert stores.snapshots.touch(RowKind.TEXT, [first]) == set()
    second = bytes.fromhex(shop.git("hash-object", "shop/draft.py"))
    assert stores.snapshots.rows(RowKind.TEXT, [second]) == {second: b"def rewritten():\n    pass\n"}
    stores.close()


@contextmanager
def stores_of_copy(home: Path, copy: Path) -> Iterator[tuple[Path, Stores, Stores]]:
    """A copy of a home in which all was used an hour ago, and stores of it for a sync and for a collection."""
    shutil.copytree(home, copy)
    age_vectors(copy)
    stores, collector = impatient_stores(copy), impatient_stores(copy)
    yield copy, stores, collector
    stores.close()
    collector.close()
    shutil.rmtree(copy)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_collection_at_any_point_of_a_sync_changes_nothing(
    part: int, home: Path, tmp_path: Path, repo: str, shop: GitRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "working_since", lambda _: None)  # as for a collection that looked before the sync began
    shop.git("revert", "--no-edit", "HEAD")  # what the new commit needs is stored, and named by snapshots that go
    shop.commit({"shop/prices.py": "def total_price(lines, voucher=None):\n    return 0\n", "shop/large.py": large(7)})
    other = clean(tmp_path, shop)
    (want,) = [r.digest for r in other.catalog.publisher.refs(repo)]
    other.close()
    boundary, total = part + 1, 10_000
    while boundary <= total:
        with stores_of_copy(home, tmp_path / f"copy{boundary}") as (copy, stores, collector):
            with at_boundary(boundary, lambda: indexing.collect_garbage(collector), copy) as seen:
                assert indexing.index(stores, repo).digest == want, boundary
            total = seen[0] if boundary == part + 1 else total
            assert_complete(stores, repo)
            indexing.collect_garbage(collector)
            assert_complete(stores, repo)
            assert indexing.check(stores, repo, shas(stores, repo)[0])[0].passed
        boundary += 4 * EVERY
    assert total > 40


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_a_sync_at_any_point_of_a_collection_changes_nothing(
    part: int, home: Path, tmp_path: Path, repo: str, shop: GitRepository
) -> None:
    shop.git("revert", "--no-edit", "HEAD")
    other = clean(tmp_path, shop)
    (want,) = [r.digest for r in other.catalog.publisher.refs(repo)]
    other.close()
    boundary, total = part + 1, 10_000
    while boundary <= total:
        with stores_of_copy(home, tmp_path / f"copy{boundary}") as (copy, stores, collector):
            stop = []

            def sync() -> None:
                lease = stores.catalog.leases.current(repo)
                if lease is None:  # a sync waits while snapshots are retired
                    stop.append(indexing.index(stores, repo).digest)  # noqa: B023 - called inside

            with at_boundary(boundary, sync, copy) as seen:
                indexing.collect_garbage(collector)
            total = min(total, seen[0]) if boundary == part + 1 else total
            assert_complete(stores, repo)
            assert indexing.index(stores, repo).digest == want
            assert stop in ([], [want])
        boundary += 2 * EVERY
    assert total > 10


def test_what_a_working_sync_has_wanted_stays_while_it_works(home: Path, repo: str) -> None:
    stores = impatient_stores(home)
    key = b"k" * 16
    lease = stores.catalog.leases.acquire(repo, "run", 60)
    stores.snapshots.put_rows(RowKind.FACTS, {key: b"facts of a tree that has no manifest yet"})
    indexing.collect_garbage(stores)
    assert stores.snapshots.touch(RowKind.FACTS, [key]) == {key}
    stores.catalog.leases.release(lease)
    indexing.collect_garbage(stores)
    assert stores.snapshots.touch(RowKind.FACTS, [key]) == set()
    stores.close()


COLLECT = """
import sys, time
from aura_core import indexing
from aura_core.settings import Settings
from aura_core.wiring import open_stores
stores = open_stores(Settings())
print("ready", flush=True)
while True:
    indexing.collect_garbage(stores)
"""


def test_syncs_go_on_while_processes_collect_all_the_time(
    home: Path, tmp_path: Path, repo: str, shop: GitRepository
) -> None:
    env = {
        **os.environ,
        "AURA_HOME": str(home),
        "AURA_WORKERS": "1",
        **{f"AURA_{k.upper()}": str(v) for k, v in AT_ONCE.items()},
    }
    racer = subprocess.Popen([sys.executable, "-c", COLLECT], env=env, stdout=subprocess.PIPE, text=True)
    stores = impatient_stores(home)
    try:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
        for number in range(4):
            shop.commit({"shop/prices.py": f"def total_price(lines, voucher=None):\n    return {number % 2}\n"})
            digest = indexing.index(stores, repo).digest
            time.sleep(0.1)
        assert racer.poll() is None
    finally:
        racer.kill()
        racer.wait()
        racer.stdout.close() if racer.stdout else None
    assert_complete(stores, repo)
    other = clean(tmp_path, shop)
    assert [r.digest for r in other.catalog.publisher.refs(repo)] == [digest]
    other.close()
    stores.close()
