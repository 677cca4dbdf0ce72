"""How a run keeps its lease, loses it, and goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from threading import Semaphore

import pytest

from aura_core import indexing
from aura_core.adapters import open_catalog
from aura_core.adapters.catalog.leases import SqlLeases
from aura_core.errors import LeaseLost, NoPlan, RowsGone, StoreUnavailable, SyncInProgress
from aura_core.indexing import StepContext, StepReport, runs, sync
from aura_core.indexing.runs import RESUMPTIONS, PlanState
from aura_core.model.repository import EventKind, EventState, Lease
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.wiring import open_stores
from tests.core.adapters.boundaries import at_boundary
from tests.support import GitRepository, expire_lease

LEASE_SECONDS = 1.0


@pytest.fixture
def repo(stores: Stores, shop: GitRepository) -> str:
    return Aura(stores).add(str(shop.path), from_cli=True).id


class Clock:
    """A clock that stands until a test moves it, however busy the machine is."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def short(stores: Stores, clock: Clock) -> Iterator[Stores]:
    """Stores with short leases, whose catalog goes by the clock."""
    catalog = open_catalog(stores.settings, clock=clock)
    yield replace(stores.with_settings(lease_seconds=LEASE_SECONDS), catalog=catalog)
    catalog.close()


@pytest.fixture
def renewals(monkeypatch: pytest.MonkeyPatch) -> Semaphore:
    """Released at every attempt to renew a lease."""
    tried, renew = Semaphore(0), SqlLeases.renew

    def counted(leases: SqlLeases, lease: Lease, seconds: float) -> Lease:
        try:
            return renew(leases, lease, seconds)
        finally:
            tried.release()

    monkeypatch.setattr(SqlLeases, "renew", counted)
    return tried


def outlive_lease(clock: Clock, renewals: Semaphore) -> None:
    """Three times as long as a lease, by the catalog's clock, while it is renewed as often as it should be."""
    for _ in range(5):
        while renewals.acquire(blocking=False):
            pass
        clock.now += 0.6 * LEASE_SECONDS
        for _ in range(2):  # the first may have looked at the clock before
            assert renewals.acquire(timeout=60), "nobody renews the lease"


def test_a_fetch_may_take_longer_than_a_lease_lives(
    short: Stores, repo: str, clock: Clock, renewals: Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "aura_core.sources.local_source.LocalSource.fetch", lambda *_, **__: outlive_lease(clock, renewals)
    )
    assert indexing.plan_run(short, repo, "run") is not None


def test_a_step_may_take_longer_than_a_lease_lives(short: Stores, repo: str, clock: Clock, renewals: Semaphore) -> None:
    plan = indexing.plan_run(short, repo, "run")
    assert plan is not None
    with indexing.keep_lease(short, plan):
        outlive_lease(clock, renewals)
        with pytest.raises(SyncInProgress):
            short.catalog.leases.acquire(repo, "other", 60)


def test_a_whole_sync_keeps_its_lease_through_every_step(
    short: Stores, repo: str, clock: Clock, renewals: Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    holders: list[str] = []

    def slow(context: StepContext) -> StepReport:
        outlive_lease(clock, renewals)
        with pytest.raises(SyncInProgress) as busy:
            context.stores.catalog.leases.acquire(repo, "other", 60)
        holders.append(busy.value.details["holder"])
        return StepReport("slow", repo, "")

    monkeypatch.setattr(sync, "STEPS", (slow, slow))
    indexing.index(short, repo)
    assert len(holders) == 2
    assert short.catalog.leases.current(repo) is None


def test_a_lease_outlives_a_store_that_is_busy_for_a_moment(
    short: Stores, repo: str, clock: Clock, renewals: Semaphore, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = indexing.plan_run(short, repo, "run")
    assert plan is not None
    failures, renew = [StoreUnavailable("The database is locked.", remedy="Wait.")], SqlLeases.renew

    def busy_once(leases: SqlLeases, lease: Lease, seconds: float) -> Lease:
        if failures:
            raise failures.pop()
        return renew(leases, lease, seconds)

    monkeypatch.setattr(SqlLeases, "renew", busy_once)
    with indexing.keep_lease(short, plan):
        outlive_lease(clock, renewals)
    assert not failures


def test_a_run_that_lost_its_lease_meanwhile_stops_renewing_it_and_raises(
    short: Stores, repo: str, clock: Clock, renewals: Semaphore
) -> None:
    plan = indexing.plan_run(short, repo, "run")
    assert plan is not None

    def robbed() -> None:
        with indexing.keep_lease(short, plan):
            indexing.abandon(short, repo, "run", "killed")
            other = short.catalog.leases.acquire(repo, "other", 60)
            for _ in range(2):
                renewals.acquire(timeout=2)
            assert short.catalog.leases.current(repo) == other, "the lease of another was extended"

    with pytest.raises(LeaseLost, match="while this step worked"):
        robbed()


def test_a_second_sync_waits_for_the_first_and_gives_up_after_a_while(
    stores: Stores, repo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[str] = []

    def seen(step: str, done: int, total: int) -> None:
        if step.startswith("waiting"):
            waits.append(step)
            if len(waits) == 2:
                stores.catalog.leases.release(lease)

    lease = stores.catalog.leases.acquire(repo, "other", 60)
    assert indexing.index(stores, repo, progress=seen).steps
    assert waits == [f"waiting for process {os.getpid()}, seconds"] * 2
    stores.catalog.leases.acquire(repo, "other", 60)
    monkeypatch.setattr("aura_core.indexing.sync.WAIT_SECONDS", 0.3)
    with pytest.raises(SyncInProgress) as busy:
        indexing.index(stores, repo)
    assert busy.value.details["holder"] == "other"


def test_a_run_whose_plan_is_published_plans_anew(stores: Stores, repo: str, shop: GitRepository) -> None:
    plan = indexing.plan_run(stores, repo, "run")
    assert plan is not None
    for step in sync.STEPS:
        step(StepContext.open(stores, plan))
    indexing.finish(stores, plan)
    head = shop.commit({"shop/new.py": "new = 1\n"})
    again = indexing.resume(stores, repo, "run", "graph")
    assert again is not None
    assert again.targets == (("main", head),)


def test_a_run_that_was_overtaken_plans_anew_and_never_publishes_what_it_had(
    stores: Stores, repo: str, shop: GitRepository
) -> None:
    old = indexing.plan_run(stores, repo, "old")
    assert old is not None
    indexing.abandon(stores, repo, "old", "killed")
    head = shop.commit({"shop/new.py": "new = 1\n"})
    indexing.index(stores, repo)
    assert indexing.resume(stores, repo, "old", "snapshot") is None
    assert [r.sha for r in stores.catalog.publisher.refs(repo)] == [head]
    assert stores.catalog.leases.current(repo) is None


def test_clocks_do_not_decide_whether_a_run_was_overtaken(stores: Stores, repo: str, shop: GitRepository) -> None:
    old = indexing.plan_run(stores, repo, "old")
    assert old is not None
    ahead = replace(old, created_at=old.created_at + 3_600)
    stores.catalog.publisher.save_plan(ahead)  # the clock of the process that planned is an hour ahead
    indexing.abandon(stores, repo, "old", "killed")
    head = shop.commit({"shop/new.py": "new = 1\n"})
    indexing.index(stores, repo)
    assert runs.plan_state(stores, ahead) is PlanState.OVERTAKEN
    with pytest.raises(NoPlan):
        indexing.find_plan(stores, "old")
    assert indexing.resume(stores, repo, "old", "snapshot") is None
    assert [r.sha for r in stores.catalog.publisher.refs(repo)] == [head]
    assert stores.catalog.leases.current(repo) is None


@pytest.mark.parametrize("boundary", range(1, 9))
def test_readers_never_move_back_wherever_another_overtakes_a_run_that_resumes(
    stores: Stores, repo: str, shop: GitRepository, boundary: int
) -> None:
    assert indexing.plan_run(stores, repo, "old") is not None
    indexing.abandon(stores, repo, "old", "killed")
    heads = []

    def overtake() -> None:
        expire_lease(stores, repo)
        heads.append(shop.commit({"shop/new.py": "new = 1\n"}))
        with closing(open_stores(stores.settings)) as rival:
            indexing.index(rival, repo)

    with at_boundary(boundary, overtake), suppress(LeaseLost):
        plan = indexing.resume(stores, repo, "old", "snapshot")
        if plan is not None:
            for step in sync.STEPS:
                step(StepContext.open(stores, plan))
    assert [r.sha for r in stores.catalog.publisher.refs(repo)] == heads


def test_a_run_goes_on_with_its_plan_although_the_head_has_moved_since(
    stores: Stores, repo: str, shop: GitRepository
) -> None:
    indexing.index(stores, repo)
    planned = shop.commit({"shop/new.py": "new = 1\n"})
    assert indexing.plan_run(stores, repo, "run") is not None
    indexing.abandon(stores, repo, "run", "killed")
    shop.commit({"shop/newer.py": "newer = 1\n"})
    again = indexing.resume(stores, repo, "run", "graph")
    assert again is not None
    assert again.targets == (("main", planned),)


def test_a_run_that_was_not_overtaken_goes_on_under_a_new_fence(stores: Stores, repo: str) -> None:
    plan = indexing.plan_run(stores, repo, "run")
    assert plan is not None
    stores.catalog.leases.release(stores.catalog.leases.current(repo) or Lease(repo, "", 0, 0, 0))
    moved = indexing.find_plan(stores, "run", "elsewhere")
    assert (moved.targets, moved.fence) == (plan.targets, plan.fence + 1)
    assert stores.catalog.publisher.plan("run") == moved
    assert indexing.find_plan(stores, "run", "elsewhere") == moved


def test_clusters_alone_are_made_of_what_is_published_and_of_nothing_before(
    stores: Stores, repo: str, shop: GitRepository
) -> None:
    assert indexing.resume(stores, repo, "run", "cluster") is None
    indexing.index(stores, repo)
    published = shop.git("rev-parse", "HEAD")
    shop.commit({"shop/new.py": "new = 1\n"})
    plan = indexing.resume(stores, repo, "run", "cluster")
    assert plan is not None
    assert plan.targets == (("main", published),)


def test_every_state_of_a_plan_has_its_case() -> None:
    assert RESUMPTIONS.keys() == set(PlanState)


def test_only_its_holder_gives_a_run_up(stores: Stores, repo: str) -> None:
    stores.catalog.events.push(repo, "d1", EventKind.REF, "HEAD", "test")
    plan = indexing.plan_run(stores, repo, "run")
    assert plan is not None
    indexing.abandon(stores, repo, "another", "killed")
    assert stores.catalog.leases.current(repo) is not None
    stores.catalog.publisher.save_plan(replace(plan, run="root", fence=plan.fence))
    indexing.abandon(stores, repo, "run", "killed", "nobody's")
    assert stores.catalog.leases.current(repo) is None
    assert [(e.state, e.attempts) for e in stores.catalog.events.list(repo)] == [(EventState.CLAIMED, 0)]
    assert [e.delivery for e in stores.catalog.events.due(repo)] == ["d1"], "due again: its lease is over"


@pytest.mark.parametrize(("times", "ends"), [(1, True), (3, True), (4, False)])
def test_a_step_whose_rows_are_gone_is_done_again_a_few_times(
    stores: Stores, repo: str, times: int, ends: bool
) -> None:
    plan = indexing.plan_run(stores, repo, "run")
    assert plan is not None
    errors = [RowsGone("gone", remedy="Sync again.") for _ in range(times)]

    def step(context: StepContext) -> StepReport:
        if errors:
            raise errors.pop()
        return StepReport("graph", context.repo, "")

    context = StepContext.open(stores, plan)
    if ends:
        assert indexing.run_step(step, context).step == "graph"
    else:
        with pytest.raises(RowsGone):
            indexing.run_step(step, context)
    assert errors == []
