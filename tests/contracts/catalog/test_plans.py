"""What every catalog promises of plans and runs: a plan claims its events, and publishes whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aura_core.errors import LeaseLost, UnknownRepository
from aura_core.model.repository import EventState, Plan, Ref, RunRecord
from aura_core.ports.catalog import Catalog
from tests.contracts.catalog.shop_events import planned, push, states
from tests.contracts.conftest import TurnableClock


def test_a_saved_plan_claims_its_events_only(catalog: Catalog) -> None:
    claimed, other = push(catalog, "claimed"), push(catalog, "other")
    plan = planned(catalog, "run", claimed)
    assert catalog.publisher.plan("run") == plan
    assert states(catalog) == {"claimed": EventState.CLAIMED, "other": EventState.DUE}
    assert catalog.events.due() == [other]


def test_what_a_fence_has_claimed_is_due_to_that_fence_alone(catalog: Catalog) -> None:
    claimed = push(catalog, "claimed")
    plan = planned(catalog, "run", claimed)
    other = push(catalog, "other")
    assert [e.id for e in catalog.events.due("shop-1", plan.fence)] == [claimed.id, other.id]
    assert [e.id for e in catalog.events.due("shop-1", plan.fence - 1)] == [other.id]


def test_a_plan_may_be_saved_again(catalog: Catalog) -> None:
    event = push(catalog, "one")
    plan = planned(catalog, "run", event)
    again = replace(plan, targets=(("main", "b" * 40), ("", "c" * 40)))
    catalog.publisher.save_plan(again)
    assert catalog.publisher.plan("run") == again


def test_there_is_no_plan_of_an_unknown_run(catalog: Catalog) -> None:
    assert catalog.publisher.plan("nobody") is None


def test_a_plan_needs_the_live_lease(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    lease = catalog.leases.acquire("shop-1", "run", 10)
    clock.turn(10)
    with pytest.raises(LeaseLost):
        catalog.publisher.save_plan(Plan("run", "shop-1", lease.fence, (event.id,), ()))
    assert catalog.publisher.plan("run") is None
    assert states(catalog) == {"one": EventState.DUE}


def test_publishing_moves_refs_and_ends_exactly_the_plans_events(catalog: Catalog) -> None:
    first = push(catalog, "first")
    plan = planned(catalog, "run", first)
    push(catalog, "meanwhile")
    refs = [Ref("shop-1", "main", "a" * 40, "digest", 9.0), Ref("shop-1", "dev", "b" * 40, "other", 9.0)]
    catalog.publisher.publish(plan, refs)
    assert catalog.publisher.refs("shop-1") == [replace(ref, fence=plan.fence) for ref in (refs[1], refs[0])]
    assert states(catalog) == {"first": EventState.DONE, "meanwhile": EventState.DUE}


def test_publishing_twice_is_publishing_once(catalog: Catalog) -> None:
    plan = planned(catalog, "run", push(catalog, "one"))
    ref = Ref("shop-1", "main", "a" * 40, "digest", 9.0)
    catalog.publisher.publish(plan, [ref])
    catalog.publisher.publish(plan, [replace(ref, sha="b" * 40)])
    assert [r.sha for r in catalog.publisher.refs("shop-1")] == ["b" * 40]
    assert states(catalog) == {"one": EventState.DONE}


@pytest.mark.slow
def test_a_plan_of_very_many_events_is_published_whole(catalog: Catalog) -> None:
    pushed = [push(catalog, str(number)) for number in range(1_203)]
    plan = planned(catalog, "run", *pushed)
    assert catalog.events.due() == []
    catalog.publisher.publish(plan, [])
    assert {event.state for event in catalog.events.list("shop-1", limit=2_000)} == {EventState.DONE}


def test_nothing_is_published_after_the_lease_ran_out(catalog: Catalog, clock: TurnableClock) -> None:
    plan = planned(catalog, "run", push(catalog, "one"), seconds=10)
    clock.turn(10)
    with pytest.raises(LeaseLost):
        catalog.publisher.publish(plan, [Ref("shop-1", "main", "a" * 40, "digest", 9.0)])
    assert catalog.publisher.refs("shop-1") == []
    assert states(catalog) == {"one": EventState.CLAIMED}


def test_a_late_finisher_can_neither_publish_nor_fail_nor_release(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    late = planned(catalog, "late", event, seconds=10)
    old = catalog.leases.current("shop-1")
    assert old is not None
    clock.turn(11)
    now = planned(catalog, "now", event)
    with pytest.raises(LeaseLost):
        catalog.publisher.publish(late, [Ref("shop-1", "main", "a" * 40, "late", 9.0)])
    with pytest.raises(LeaseLost):
        catalog.leases.renew(old, 60)
    catalog.events.fail(late, "too late")
    catalog.leases.release(old)
    assert states(catalog) == {"one": EventState.CLAIMED}
    catalog.publisher.publish(now, [Ref("shop-1", "main", "b" * 40, "now", 9.0)])
    assert [r.digest for r in catalog.publisher.refs("shop-1")] == ["now"]


def test_the_run_that_started_last_is_the_last_run(catalog: Catalog) -> None:
    assert catalog.publisher.last_run("shop-1") is None
    catalog.publisher.record(RunRecord("b", "shop-1", "running", 20.0))
    catalog.publisher.record(RunRecord("a", "shop-1", "done", 10.0, 30.0))
    done = RunRecord("b", "shop-1", "done", 20.0, 25.0, "fine", {"files": 3, "seconds": 1.5})
    catalog.publisher.record(done)
    assert catalog.publisher.last_run("shop-1") == done


def test_a_run_of_an_unknown_repository_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UnknownRepository):
        catalog.publisher.record(RunRecord("run", "nobody", "running", 1.0))
