"""Leases against a simple model: actors with clocks of their own, any order of steps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from aura_core.adapters.catalog import SqlCatalog, open_catalog
from aura_core.errors import LeaseLost, SyncInProgress
from aura_core.model.repository import EventKind, EventState, Lease, Plan, Ref, Repository, RepositoryKind
from aura_core.settings import Settings
from tests.core.adapters.boundaries import at_boundary

REPO = "shop-1"
SECONDS = 10.0
ACTORS = 3


class Protocol(RuleBasedStateMachine):
    """``holder``, ``fence`` and ``expires`` are what the lease's row should say; ``leases`` what each actor believes to have."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = 1_000_000.0
        self.skews = [0.0] * ACTORS
        self.catalogs: list[SqlCatalog] = []
        self.leases: list[Lease | None] = [None] * ACTORS
        self.holder, self.fence, self.expires = "", 0, 0.0
        self.published = 0
        self.pushed = 0
        self.claimed: dict[int, int] = {}
        self.done: set[int] = set()

    @initialize(skews=st.lists(st.sampled_from([-3_600.0, -7.0, 0.0, 7.0, 3_600.0]), min_size=ACTORS, max_size=ACTORS))
    def open(self, skews: list[float]) -> None:
        self.skews = skews
        home = Settings(home=Path(self.folder.name))
        self.catalogs = [open_catalog(home, clock=lambda n=number: self.at(n), jitter=lambda: 0.5) for number in range(ACTORS)]  # type: ignore[misc]
        self.catalogs[0].repositories.add(Repository(REPO, "shop", RepositoryKind.LOCAL, "/src/shop"))

    def at(self, actor: int) -> float:
        return self.now + self.skews[actor]

    @rule(seconds=st.sampled_from([0.5, 4.0, 9.0, 10.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(actor=st.integers(0, ACTORS - 1))
    def acquire(self, actor: int) -> None:
        name = f"run{actor}"
        if self.holder not in ("", name) and self.expires > self.at(actor):
            with pytest.raises(SyncInProgress) as refused:
                self.catalogs[actor].leases.acquire(REPO, name, SECONDS)
            assert refused.value.details["holder"] == self.holder
            return
        lease = self.catalogs[actor].leases.acquire(REPO, name, SECONDS)
        if self.holder != name:
            self.fence += 1
            self.claimed.clear()
        self.holder, self.expires = name, self.at(actor) + SECONDS
        assert (lease.fence, lease.expires_at) == (self.fence, self.expires)
        self.leases[actor] = lease

    @rule(actor=st.integers(0, ACTORS - 1))
    def renew(self, actor: int) -> None:
        lease = self.leases[actor]
        if lease is None:
            return
        if lease.fence == self.fence and self.holder:
            self.catalogs[actor].leases.renew(lease, SECONDS)
            self.expires = self.at(actor) + SECONDS
        else:
            with pytest.raises(LeaseLost):
                self.catalogs[actor].leases.renew(lease, SECONDS)

    @rule(actor=st.integers(0, ACTORS - 1))
    def release(self, actor: int) -> None:
        lease = self.leases[actor]
        if lease is None:
            return
        self.catalogs[actor].leases.release(lease)
        if lease.fence == self.fence:
            self.holder, self.expires = "", 0.0

    @rule()
    def push(self) -> None:
        self.pushed += 1
        assert self.catalogs[0].events.push(REPO, str(self.pushed), EventKind.REF, "main", "test")

    @rule(actor=st.integers(0, ACTORS - 1), publish=st.booleans())
    def plan_and_perhaps_publish(self, actor: int, publish: bool) -> None:
        lease = self.leases[actor]
        if lease is None:
            return
        catalog = self.catalogs[actor]
        due = tuple(e.id for e in catalog.events.due(REPO, lease.fence))
        plan = Plan(f"run{actor}", REPO, lease.fence, due, (("main", str(lease.fence)),), 1.0)
        if lease.fence != self.fence or not self.holder or self.expires <= self.at(actor):
            for late in (lambda: catalog.publisher.save_plan(plan), lambda: catalog.publisher.publish(plan, [self.ref(lease)])):
                with pytest.raises(LeaseLost):
                    late()
            return
        catalog.publisher.save_plan(plan)
        self.claimed |= dict.fromkeys(due, lease.fence)
        if publish:
            catalog.publisher.publish(plan, [self.ref(lease)])
            assert lease.fence >= self.published, "readers moved back"
            self.published = lease.fence
            self.done |= set(due)
            for event in due:
                del self.claimed[event]

    @rule(actor=st.integers(0, ACTORS - 1))
    def fail(self, actor: int) -> None:
        lease = self.leases[actor]
        if lease is not None:
            mine = tuple(event for event, fence in self.claimed.items() if fence == lease.fence)
            self.catalogs[actor].events.fail(Plan(f"run{actor}", REPO, lease.fence, tuple(range(1, self.pushed + 1)), ()), "no luck")
            for event in mine:
                del self.claimed[event]

    def ref(self, lease: Lease) -> Ref:
        return Ref(REPO, "main", str(lease.fence), "", 1.0)

    @precondition(lambda self: self.catalogs)
    @invariant()
    def readers_get_what_the_newest_publisher_wrote(self) -> None:
        assert [int(r.sha) for r in self.catalogs[0].publisher.refs(REPO)] == ([self.published] if self.published else [])

    @precondition(lambda self: self.catalogs)
    @invariant()
    def whoever_looks_sees_the_lease_that_the_model_has(self) -> None:
        for actor, catalog in enumerate(self.catalogs):
            seen = catalog.leases.current(REPO)
            live = bool(self.holder) and self.expires > self.at(actor)
            assert (None if seen is None else (seen.holder, seen.fence)) == ((self.holder, self.fence) if live else None)

    @precondition(lambda self: self.catalogs)
    @invariant()
    def no_event_is_lost_or_done_twice(self) -> None:
        states = {e.id: e.state for e in self.catalogs[0].events.list(REPO, 10_000)}
        assert len(states) == self.pushed
        assert {e for e, state in states.items() if state is EventState.DONE} == self.done
        assert {e for e, state in states.items() if state is EventState.CLAIMED} == set(self.claimed)

    def teardown(self) -> None:
        for catalog in self.catalogs:
            catalog.close()
        self.folder.cleanup()


def test_the_lease_does_what_the_model_says_whatever_the_clocks() -> None:
    run_state_machine_as_test(Protocol, settings=hypothesis_settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True))


@pytest.fixture
def time() -> list[float]:
    """What the clock of the rivals shows."""
    return [1_000_000.0]


@pytest.fixture
def rivals(tmp_path: Path, time: list[float]) -> Iterator[list[SqlCatalog]]:
    """Two that want to sync one repository for which an event is due."""
    opened = [open_catalog(Settings(home=tmp_path), clock=lambda: time[0]) for _ in range(2)]
    opened[0].repositories.add(Repository(REPO, "shop", RepositoryKind.LOCAL, "/src/shop"))
    opened[0].events.push(REPO, "1", EventKind.REF, "main", "test")
    yield opened
    for catalog in opened:
        catalog.close()


def prepared(catalog: SqlCatalog, run: str, *, claims: bool = True) -> Plan:
    lease = catalog.leases.acquire(REPO, run, SECONDS)
    plan = Plan(run, REPO, lease.fence, tuple(e.id for e in catalog.events.due(REPO, lease.fence)), (("main", run),), 1.0)
    if claims:
        catalog.publisher.save_plan(plan)
    return plan


def published(catalog: SqlCatalog, plan: Plan) -> None:
    catalog.publisher.publish(plan, [Ref(REPO, "main", plan.run, "", 1.0)])


@pytest.mark.parametrize("boundary", range(1, 5))
def test_a_publish_is_whole_or_not_at_all_wherever_another_takes_over(rivals: list[SqlCatalog], time: list[float], boundary: int) -> None:
    late, new = rivals
    plan = prepared(late, "late")

    def take_over() -> None:
        time[0] += SECONDS + 1
        published(new, prepared(new, "new"))

    with at_boundary(boundary, take_over) as transactions:
        try:
            published(late, plan)
            winner = "late"
        except LeaseLost:
            winner = "new"
    assert winner == ("new" if transactions[0] >= boundary else "late")
    assert [ref.sha for ref in late.publisher.refs(REPO)] == [winner]
    assert [e.state for e in late.events.list(REPO)] == [EventState.DONE]


@pytest.mark.parametrize("boundary", range(1, 5))
def test_a_plan_takes_no_events_from_who_took_over(rivals: list[SqlCatalog], time: list[float], boundary: int) -> None:
    late, new = rivals
    plan, theirs = prepared(late, "late", claims=False), []

    def take_over() -> None:
        time[0] += SECONDS + 1
        theirs.append(prepared(new, "new"))

    with at_boundary(boundary, take_over):
        if boundary == 1:
            with pytest.raises(LeaseLost):
                late.publisher.save_plan(plan)
        else:
            late.publisher.save_plan(plan)
    if theirs:
        published(new, theirs[0])
        assert [e.state for e in late.events.list(REPO)] == [EventState.DONE]


@pytest.mark.parametrize("boundary", range(1, 5))
def test_a_lease_has_one_holder_wherever_two_ask_at_once(rivals: list[SqlCatalog], boundary: int) -> None:
    one, other = rivals
    with at_boundary(boundary, lambda: other.leases.acquire(REPO, "other", SECONDS) and None) as transactions:
        try:
            one.leases.acquire(REPO, "one", SECONDS)
            holder = "one"
        except SyncInProgress:
            holder = "other"
    assert holder == ("other" if transactions[0] >= boundary else "one")
    lease = one.leases.current(REPO)
    assert (lease.holder, lease.fence) == (holder, 1) if lease is not None else False
