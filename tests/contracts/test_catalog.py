"""What every catalog promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aura_core.errors import LeaseLost, SyncInProgress, UnknownRepository
from aura_core.model.repository import Event, EventKind, EventState, Plan, Ref, Repository, RepositoryKind, RunRecord
from aura_core.model.times import iso_time
from aura_core.ports.catalog import Catalog
from tests.contracts.conftest import FakeProcesses, TurnableClock

SHOP = Repository("shop-1", "shop", RepositoryKind.LOCAL, "/src/shop", "main", "api", 5.0)


@pytest.fixture(autouse=True)
def _shop(catalog: Catalog) -> None:
    catalog.repositories.add(SHOP)


def push(catalog: Catalog, delivery: str, repo: str = "shop-1") -> Event:
    assert catalog.events.push(repo, delivery, EventKind.REF, "main", "test")
    return catalog.events.list(repo)[0]


def planned(catalog: Catalog, run: str, *events: Event, seconds: float = 60.0) -> Plan:
    lease = catalog.leases.acquire("shop-1", run, seconds)
    plan = Plan(run, "shop-1", lease.fence, tuple(e.id for e in events), (("main", "a" * 40),), 7.0)
    catalog.publisher.save_plan(plan)
    return plan


def states(catalog: Catalog) -> dict[str, EventState]:
    return {event.delivery: event.state for event in catalog.events.list("shop-1")}


def test_a_repository_comes_back_as_it_was_added(catalog: Catalog) -> None:
    assert catalog.repositories.get("shop-1") == SHOP


def test_a_repository_without_a_date_gets_the_clocks(catalog: Catalog, clock: TurnableClock) -> None:
    assert catalog.repositories.add(replace(SHOP, id="new-1", created_at=0.0)).created_at == clock.now


def test_adding_a_known_id_returns_what_stands(catalog: Catalog) -> None:
    assert catalog.repositories.add(replace(SHOP, name="other")) == SHOP


def test_an_unknown_repository_is_none(catalog: Catalog) -> None:
    assert catalog.repositories.get("nobody") is None


def test_repositories_are_listed_by_id(catalog: Catalog) -> None:
    catalog.repositories.add(replace(SHOP, id="app-1"))
    assert [r.id for r in catalog.repositories.list()] == ["app-1", "shop-1"]


def test_removing_forgets_everything_of_that_repository_only(catalog: Catalog) -> None:
    catalog.repositories.add(replace(SHOP, id="app-1"))
    push(catalog, "other", "app-1")
    plan = planned(catalog, "run", push(catalog, "one"))
    catalog.publisher.publish(plan, [Ref("shop-1", "main", "a" * 40, "d", 1.0)])
    catalog.publisher.record(RunRecord("run", "shop-1", "done", 1.0))
    assert catalog.repositories.remove("shop-1") is True
    assert catalog.repositories.get("shop-1") is None
    assert catalog.events.list("shop-1") == []
    assert catalog.publisher.plan("run") is None
    assert catalog.publisher.refs("shop-1") == []
    assert catalog.publisher.last_run("shop-1") is None
    assert len(catalog.events.list("app-1")) == 1


def test_removing_what_is_not_there_says_so(catalog: Catalog) -> None:
    assert catalog.repositories.remove("nobody") is False


def test_a_run_of_a_removed_repository_cannot_publish_into_its_successor(catalog: Catalog) -> None:
    late = planned(catalog, "late")
    catalog.repositories.remove("shop-1")
    catalog.repositories.add(SHOP)
    with pytest.raises(LeaseLost):
        catalog.publisher.publish(late, [Ref("shop-1", "main", "a" * 40, "d", 1.0)])
    assert catalog.leases.acquire("shop-1", "next", 60).fence > late.fence
    with pytest.raises(LeaseLost):
        catalog.publisher.publish(late, [Ref("shop-1", "main", "a" * 40, "d", 1.0)])
    assert catalog.publisher.refs("shop-1") == []


def test_a_pushed_event_is_due_at_once(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    assert catalog.events.due("shop-1") == [event]
    assert (event.state, event.attempts, event.created_at, event.due_at) == (EventState.DUE, 0, clock.now, clock.now)
    assert (event.kind, event.target, event.source) == (EventKind.REF, "main", "test")


def test_a_redelivery_changes_nothing(catalog: Catalog) -> None:
    event = push(catalog, "one")
    assert catalog.events.push("shop-1", "one", EventKind.SHA, "b" * 40, "again") is False
    assert catalog.events.list("shop-1") == [event]


def test_two_repositories_may_get_the_same_delivery(catalog: Catalog) -> None:
    catalog.repositories.add(replace(SHOP, id="app-1"))
    push(catalog, "one")
    assert catalog.events.push("app-1", "one", EventKind.REF, "main", "test") is True


def test_an_event_of_an_unknown_repository_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UnknownRepository):
        catalog.events.push("nobody", "one", EventKind.REF, "main", "test")


def test_due_is_oldest_first_and_list_newest_first(catalog: Catalog) -> None:
    for delivery in "abc":
        push(catalog, delivery)
    assert [e.delivery for e in catalog.events.due()] == ["a", "b", "c"]
    assert [e.delivery for e in catalog.events.list("shop-1", limit=2)] == ["c", "b"]


def test_due_of_one_repository_leaves_out_others(catalog: Catalog) -> None:
    catalog.repositories.add(replace(SHOP, id="app-1"))
    push(catalog, "one")
    push(catalog, "two", "app-1")
    assert [e.delivery for e in catalog.events.due("app-1")] == ["two"]
    assert [e.delivery for e in catalog.events.due()] == ["one", "two"]


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


def test_failing_backs_off_longer_each_time_and_ends_dead(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    waits = []
    for attempt in range(1, 6):
        plan = planned(catalog, f"run{attempt}", event)
        catalog.events.fail(plan, f"no luck {attempt}")
        catalog.leases.release(catalog.leases.acquire("shop-1", f"run{attempt}", 1))
        (event,) = catalog.events.list("shop-1")
        assert (event.attempts, event.error) == (attempt, f"no luck {attempt}")
        assert catalog.events.due() == []
        waits.append(event.due_at - clock.now)
        clock.turn(waits[-1])
    assert waits == sorted(set(waits))
    assert event.state is EventState.DEAD
    assert catalog.events.due() == []


def test_a_failed_event_is_due_again_after_its_backoff(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    catalog.events.fail(planned(catalog, "run", event), "no luck")
    clock.turn(catalog.events.list("shop-1")[0].due_at - clock.now)
    assert [e.id for e in catalog.events.due()] == [event.id]


def test_failing_leaves_done_events_alone(catalog: Catalog) -> None:
    plan = planned(catalog, "run", push(catalog, "one"))
    catalog.publisher.publish(plan, [])
    catalog.events.fail(plan, "clustering failed")
    assert states(catalog) == {"one": EventState.DONE}


def test_an_error_of_any_text_is_kept_readable(catalog: Catalog) -> None:
    catalog.events.fail(planned(catalog, "run", push(catalog, "one")), "bad \udcff name \0 é")
    assert "é" in catalog.events.list("shop-1")[0].error


def test_a_dead_event_can_be_revived_and_no_other(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    assert catalog.events.retry(event.id) is False
    for attempt in range(5):
        clock.turn(1_000)
        catalog.events.fail(planned(catalog, f"run{attempt}", event), "no luck")
        catalog.leases.release(catalog.leases.acquire("shop-1", f"run{attempt}", 1))
    assert catalog.events.retry(event.id) is True
    assert [(e.id, e.attempts) for e in catalog.events.due()] == [(event.id, 0)]


def test_a_dead_event_that_a_plan_names_stays_dead(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    for attempt in range(5):
        clock.turn(1_000)
        catalog.events.fail(planned(catalog, f"run{attempt}", event), "no luck")
    clock.turn(1_000)
    catalog.publisher.publish(planned(catalog, "last", event), [])
    assert states(catalog) == {"one": EventState.DEAD}


def test_events_of_a_run_whose_lease_ran_out_are_due_again(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "one")
    planned(catalog, "run", event, seconds=10)
    assert catalog.events.due() == []
    clock.turn(10)
    assert [e.id for e in catalog.events.due()] == [event.id]


def test_events_of_a_run_that_released_without_publishing_are_due_again(catalog: Catalog) -> None:
    event = push(catalog, "one")
    planned(catalog, "run", event)
    lease = catalog.leases.current("shop-1")
    assert lease is not None
    catalog.leases.release(lease)
    assert [e.id for e in catalog.events.due()] == [event.id]


def test_an_event_that_kills_every_run_dies_too(catalog: Catalog, clock: TurnableClock) -> None:
    event = push(catalog, "poison")
    for attempt in range(5):
        assert [e.id for e in catalog.events.due()] == [event.id]
        planned(catalog, f"run{attempt}", event, seconds=10)
        clock.turn(11)
    catalog.leases.acquire("shop-1", "last", 10)
    (event,) = catalog.events.list("shop-1")
    assert (event.state, event.attempts) == (EventState.DEAD, 5)
    assert catalog.events.due() == []


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


def test_a_heartbeat_ages(catalog: Catalog, clock: TurnableClock) -> None:
    assert catalog.heartbeats.age("pipelines") is None
    catalog.heartbeats.beat("pipelines")
    clock.turn(5)
    assert catalog.heartbeats.age("pipelines") == 5
    catalog.heartbeats.beat("pipelines")
    assert catalog.heartbeats.age("pipelines") == 0


def test_a_healthy_catalog_answers_ping_and_stays_as_it_is(catalog: Catalog) -> None:
    push(catalog, "one")
    catalog.ping()
    assert states(catalog) == {"one": EventState.DUE}


def test_an_event_is_reported_with_the_run_that_took_it_last(catalog: Catalog, clock: TurnableClock) -> None:
    event, other = push(catalog, "one"), push(catalog, "other")
    report = catalog.events.report("shop-1", event.id)
    assert report is not None
    assert (report.event, report.run, report.taken_at) == (event, None, None)
    plan = planned(catalog, "run", event)
    record = RunRecord("run", "shop-1", "done", 7.0, 9.0)
    catalog.publisher.record(record)
    catalog.publisher.publish(plan, [])
    report = catalog.events.report("shop-1", event.id)
    assert report is not None
    assert (report.event.stage.value, report.run, report.taken_at) == ("done", record, 7.0)
    untouched = catalog.events.report("shop-1", other.id)
    assert untouched is not None
    assert (untouched.event.stage.value, untouched.run) == ("received", None)
    assert catalog.events.report("shop-1", other.id + 1) is None
    assert catalog.events.report("nobody", event.id) is None
