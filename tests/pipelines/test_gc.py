"""The nightly garbage collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from aura_pipelines.definitions import build_defs
from tests.pipelines.conftest import Sync
from tests.support import GitRepository


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    """Stores that keep nothing but what is published."""
    stores = open_stores(replace(settings, keep_snapshots=0, keep_days=0.0, gc_grace_hours=0.0))
    yield stores
    stores.close()


def collect_garbage(stores: Stores, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return (
        build_defs(stores.settings, stores=stores)
        .resolve_job_def("delete_old_snapshots")
        .execute_in_process(instance=instance, raise_on_error=False)
    )


def logged(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> list[str]:
    return [entry.user_message for entry in instance.all_logs(result.run_id)]


def test_a_night_retires_what_is_not_kept_and_says_so(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, repo: str, shop: GitRepository
) -> None:
    assert sync().success
    head = shop.commit({"shop/prices.py": "def total_price(lines, voucher=None):\n    return 0\n"})
    assert sync().success
    assert len(stores.snapshots.snapshots(repo)) == 2
    result = collect_garbage(stores, instance)
    assert result.success
    assert [info.sha for info in stores.snapshots.snapshots(repo)] == [head]
    assert any(
        line.startswith("Retired 1 snapshot, freed ") and line.endswith("busy: none.")
        for line in logged(instance, result)
    )
    assert sync().success


def test_a_night_leaves_what_is_busy(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, repo: str, shop: GitRepository
) -> None:
    sync()
    shop.commit({"shop/more.py": "more = 1\n"})
    sync()
    lease = stores.catalog.leases.acquire(repo, "sync", 60)
    result = collect_garbage(stores, instance)
    assert result.success
    assert any(line.endswith(f"busy: {repo}.") for line in logged(instance, result))
    assert len(stores.snapshots.snapshots(repo)) == 2
    stores.catalog.leases.release(lease)


def test_a_night_warns_of_a_mirror_that_cannot_be_read_and_goes_on(
    stores: Stores, instance: dg.DagsterInstance, sync: Sync, repo: str, shop: GitRepository, tmp_path: Path
) -> None:
    sync()
    shop.commit({"shop/more.py": "more = 1\n"})
    sync()
    remote = GitRepository(tmp_path / "remote")
    remote.commit({"a.py": "a = 1\n"})
    broken = Aura(stores).add(f"file://{remote.path}", from_cli=True).id
    sync(of=broken)
    (mirror,) = (stores.settings.home / "mirrors").glob(f"{broken}*.git")
    (mirror / "HEAD").unlink()
    result = collect_garbage(stores, instance)
    assert result.success
    assert any(line.startswith(f"{broken}: ") for line in logged(instance, result))
    assert [len(stores.snapshots.snapshots(r)) for r in (repo, broken)] == [1, 1]
    assert stores.catalog.leases.current(broken) is None


def test_the_collection_is_scheduled(stores: Stores) -> None:
    defs = build_defs(stores.settings, stores=stores)
    schedule = defs.resolve_schedule_def("delete_old_snapshots_nightly")
    assert (schedule.job_name, schedule.default_status) == ("delete_old_snapshots", dg.DefaultScheduleStatus.RUNNING)
