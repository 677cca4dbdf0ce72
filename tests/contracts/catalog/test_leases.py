"""What every catalog promises of leases: one run at a time, and a higher fence for the next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aura_core.errors import LeaseLost, SyncInProgress
from aura_core.model.repository import EventState
from aura_core.model.times import iso_time
from aura_core.ports.catalog import Catalog
from tests.contracts.catalog.shop_events import planned, push, states
from tests.contracts.conftest import FakeProcesses, TurnableClock


def test_a_lease_shuts_others_out_and_says_who_has_it(catalog: Catalog, clock: TurnableClock) -> None:
    lease = catalog.leases.acquire("shop-1", "first", 10)
    assert (lease.acquired_at, lease.expires_at) == (clock.now, clock.now + 10)
    assert catalog.leases.current("shop-1") == lease
    with pytest.raises(SyncInProgress) as refused:
        catalog.leases.acquire("shop-1", "second", 10)
    assert refused.value.details["holder"] == "first"
    assert refused.value.details["since"] == iso_time(clock.now)
    assert catalog.leases.current("shop-1") == lease


def test_the_holder_retakes_its_lease_under_the_same_fence(catalog: Catalog, clock: TurnableClock) -> None:
    first = catalog.leases.acquire("shop-1", "run", 10)
    clock.turn(5)
    again = catalog.leases.acquire("shop-1", "run", 10)
    assert again == replace(first, expires_at=clock.now + 10)


def test_the_last_holder_retakes_an_expired_lease_that_nobody_took(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    plan = planned(catalog, "run", event, seconds=10)
    clock.turn(100)
    assert catalog.leases.acquire("shop-1", "run", 10).fence == plan.fence
    catalog.publisher.publish(plan, [])
    assert states(catalog) == {"one": EventState.DONE}


def test_the_lease_of_a_process_that_has_ended_is_free_at_once(catalog: Catalog, processes: FakeProcesses) -> None:
    event = push(catalog, "one")
    plan = planned(catalog, "first", event)
    processes.this, processes.ended = "machine 2 200", ("machine 1 100",)
    assert catalog.leases.current("shop-1") is None
    left = catalog.leases.unreleased("shop-1")
    assert left is not None
    assert (left.holder, left.process) == ("first", "machine 1 100")
    assert [e.id for e in catalog.events.due()] == [event.id]
    second = catalog.leases.acquire("shop-1", "second", 10)
    assert (second.fence, second.process) == (plan.fence + 1, "machine 2 200")
    assert states(catalog) == {"one": EventState.DUE}, "given back with one attempt more"


def test_a_process_of_which_nothing_is_known_keeps_its_lease_until_it_runs_out(
    catalog: Catalog, processes: FakeProcesses, clock: TurnableClock
) -> None:
    catalog.leases.acquire("shop-1", "first", 10)
    processes.this = "elsewhere 1 100"
    with pytest.raises(SyncInProgress, match="process 1"):
        catalog.leases.acquire("shop-1", "second", 10)
    clock.turn(10)
    assert catalog.leases.acquire("shop-1", "second", 10).holder == "second"


def test_a_holder_that_goes_on_in_another_process_holds_it_there(catalog: Catalog, processes: FakeProcesses) -> None:
    catalog.leases.acquire("shop-1", "run", 10)
    processes.this, processes.ended = "machine 2 200", ("machine 1 100",)
    lease = catalog.leases.acquire("shop-1", "run", 10)
    assert catalog.leases.renew(lease, 10).process == "machine 2 200"
    assert catalog.leases.current("shop-1") == lease


def test_nothing_is_unreleased_before_and_after(catalog: Catalog) -> None:
    assert catalog.leases.unreleased("shop-1") is None
    catalog.leases.release(catalog.leases.acquire("shop-1", "run", 10))
    assert catalog.leases.unreleased("shop-1") is None


def test_an_expired_lease_is_free_under_a_higher_fence(catalog: Catalog, clock: TurnableClock) -> None:
    first = catalog.leases.acquire("shop-1", "first", 10)
    clock.turn(10)
    assert catalog.leases.current("shop-1") is None
    assert catalog.leases.acquire("shop-1", "second", 10).fence > first.fence
    assert catalog.leases.acquire("other-1", "second", 10).holder == "second"


def test_fences_grow_through_releases(catalog: Catalog) -> None:
    fences = []
    for _ in range(3):
        lease = catalog.leases.acquire("shop-1", "run", 10)
        fences.append(lease.fence)
        catalog.leases.release(lease)
        assert catalog.leases.current("shop-1") is None
    assert fences == sorted(set(fences))


def test_a_renewed_lease_lives_on(catalog: Catalog, clock: TurnableClock) -> None:
    lease = catalog.leases.acquire("shop-1", "run", 10)
    clock.turn(9)
    renewed = catalog.leases.renew(lease, 10)
    assert renewed == replace(lease, expires_at=clock.now + 10)
    clock.turn(9)
    assert catalog.leases.current("shop-1") == renewed


def test_a_released_lease_is_renewed_by_nobody(catalog: Catalog) -> None:
    lease = catalog.leases.acquire("shop-1", "run", 10)
    catalog.leases.release(lease)
    with pytest.raises(LeaseLost):
        catalog.leases.renew(lease, 10)
    with pytest.raises(LeaseLost):
        catalog.leases.renew(replace(lease, repo="nobody"), 10)
