"""What every catalog promises of events: each is due until a run has done it, or it dies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aura_core.errors import UnknownRepository
from aura_core.model.repository import EventKind, EventState, RunRecord
from aura_core.ports.catalog import Catalog
from tests.contracts.catalog.shop_events import SHOP, planned, push, states
from tests.contracts.conftest import TurnableClock


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
