"""Leases against a simple model: actors with clocks of their own, any order of steps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from aura_core.adapters.catalog.events import BACKOFF_SECONDS, MAX_ATTEMPTS
from aura_core.adapters.catalog.store import SqlCatalog, open_catalog
from aura_core.errors import LeaseLost, SyncInProgress
from aura_core.model.repository import EventKind, EventState, Lease, Plan, Ref, Repository, RepositoryKind
from aura_core.settings import Settings
from aura_core.workers.process_identity import Processes
from tests.core.adapters.boundaries import at_boundary

REPO = "shop-1"
SECONDS = 10.0
ACTORS = 3
ANYONE = st.integers(0, ACTORS - 1)


@dataclass
class Request:
    """What the row of an event should say."""

    due_at: float
    state: EventState = EventState.DUE
    attempts: int = 0
    fence: int = 0

    def lose(self) -> None:
        """One more attempt came to nothing."""
        self.attempts += 1
        self.state = EventState.DEAD if self.attempts >= MAX_ATTEMPTS else EventState.DUE


class Protocol(RuleBasedStateMachine):
    """``holder``, ``fence``, ``expires``, ``process`` and ``requests`` are what the rows should say; ``leases`` and
    ``plans`` what each actor believes to have. An actor that dies goes on in a new process, which remembers nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.now = 1_000_000.0
        self.skews = [0.0] * ACTORS
        self.catalogs: list[SqlCatalog] = []
        self.leases: list[Lease | None] = [None] * ACTORS
        self.plans: list[Plan | None] = [None] * ACTORS
        self.holder, self.fence, self.expires, self.process = "", 0, 0.0, ""
        self.processes = [f"machine {number} 0" for number in range(ACTORS)]
        self.ended: set[str] = set()
        self.published = 0
        self.requests: dict[int, Request] = {}

    @initialize(skews=st.lists(st.sampled_from([-3_600.0, -7.0, 0.0, 7.0, 3_600.0]), min_size=ACTORS, max_size=ACTORS))
    def open(self, skews: list[float]) -> None:
        self.skews = skews
        home = Settings(home=Path(self.folder.name))
        self.catalogs = [
            open_catalog(
                home,
                clock=lambda n=number: self.at(n),  # type: ignore[misc]
                jitter=lambda: 0.5,
                processes=Processes(lambda n=number: self.processes[n], self.ended.__contains__),  # type: ignore[misc]
            )
            for number in range(ACTORS)
        ]
        self.catalogs[0].repositories.add(Repository(REPO, "shop", RepositoryKind.LOCAL, "/src/shop"))

    def at(self, actor: int) -> float:
        return self.now + self.skews[actor]

    def is_theirs(self, fence: int, actor: int) -> bool:
        """Whether the lease is held under this fence, as this actor's clock has it."""
        return fence == self.fence and self.holder != "" and self.expires > self.at(actor)

    def is_live(self, actor: int) -> bool:
        """Whether anybody holds the lease, as this actor's clock has it."""
        return self.holder != "" and self.expires > self.at(actor) and self.process not in self.ended

    @rule(actor=ANYONE)
    def die(self, actor: int) -> None:
        self.ended.add(self.processes[actor])
        self.processes[actor] = f"machine {actor} {len(self.ended)}"
        self.leases[actor] = self.plans[actor] = None

    @rule(seconds=st.sampled_from([0.5, 4.0, 9.0, 10.0, 30.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(actor=ANYONE)
    def acquire(self, actor: int) -> None:
        name = f"run{actor}"
        if self.holder != name and self.is_live(actor):
            with pytest.raises(SyncInProgress) as refused:
                self.catalogs[actor].leases.acquire(REPO, name, SECONDS)
            assert refused.value.details["holder"] == self.holder
            return
        lease = self.catalogs[actor].leases.acquire(REPO, name, SECONDS)
        if self.holder != name:
            self.fence += 1
            for request in self.requests.values():
                if request.state is EventState.CLAIMED:
                    request.lose()
        self.holder, self.expires, self.process = name, self.at(actor) + SECONDS, self.processes[actor]
        assert (lease.fence, lease.expires_at) == (self.fence, self.expires)
        self.leases[actor] = lease

    @rule(actor=ANYONE)
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

    @rule(actor=ANYONE)
    def release(self, actor: int) -> None:
        lease = self.leases[actor]
        if lease is None:
            return
        self.catalogs[actor].leases.release(lease)
        if lease.fence == self.fence:
            self.holder, self.expires = "", 0.0

    @rule()
    def push(self) -> None:
        number = len(self.requests) + 1
        assert self.catalogs[0].events.push(REPO, str(number), EventKind.REF, "main", "test")
        self.requests[number] = Request(self.at(0))

    @rule(actor=ANYONE, everything=st.booleans())
    def plan(self, actor: int, everything: bool) -> None:
        """Claim what is due, or name every event there has ever been."""
        lease = self.leases[actor]
        if lease is not None:
            due = [event.id for event in self.catalogs[actor].events.due(REPO, lease.fence)]
            self.plans[actor] = Plan(
                f"run{actor}", REPO, lease.fence, tuple(self.requests if everything else due), (), 1.0
            )
            self.save(actor)

    @rule(actor=ANYONE)
    def save(self, actor: int) -> None:
        plan = self.plans[actor]
        if plan is None:
            return
        if not self.is_theirs(plan.fence, actor):
            with pytest.raises(LeaseLost):
                self.catalogs[actor].publisher.save_plan(plan)
            return
        self.catalogs[actor].publisher.save_plan(plan)
        for event in plan.events:
            if self.requests[event].state in (EventState.DUE, EventState.CLAIMED):
                self.requests[event].state, self.requests[event].fence = EventState.CLAIMED, plan.fence

    @rule(actor=ANYONE)
    def publish(self, actor: int) -> None:
        plan = self.plans[actor]
        if plan is None:
            return
        ref = Ref(REPO, "main", str(plan.fence), "", 1.0)
        if not self.is_theirs(plan.fence, actor):
            with pytest.raises(LeaseLost):
                self.catalogs[actor].publisher.publish(plan, [ref])
            return
        self.catalogs[actor].publisher.publish(plan, [ref])
        assert plan.fence >= self.published, "readers moved back"
        self.published = plan.fence
        for request in self.held_by(plan):
            request.state = EventState.DONE

    @rule(actor=ANYONE)
    def fail(self, actor: int) -> None:
        plan = self.plans[actor]
        if plan is not None:
            self.catalogs[actor].events.fail(plan, "no luck")
            for request in self.held_by(plan):
                request.lose()
                request.due_at = self.at(actor) + BACKOFF_SECONDS * 2 ** (request.attempts - 1)

    # What takes luck to meet step by step.

    @rule(actor=ANYONE, other=ANYONE, late=st.sampled_from(["fail", "publish", "save"]))
    def another_takes_over_and_the_first_comes_late(self, actor: int, other: int, late: str) -> None:
        self.push()
        for each in (actor, other):
            self.now += 2 * SECONDS
            self.acquire(each)
            self.plan(each, everything=False)
        getattr(self, late)(actor)

    @rule(actor=ANYONE, other=ANYONE)
    def one_dies_at_work_and_another_takes_over_at_once(self, actor: int, other: int) -> None:
        self.push()
        self.now += 2 * SECONDS
        self.acquire(actor)
        self.plan(actor, everything=False)
        self.die(actor)
        self.acquire(other)
        self.plan(other, everything=False)
        self.publish(other)

    @rule(actor=ANYONE, end=st.sampled_from(["fail", "publish"]))
    def a_plan_goes_on_after_its_end(self, actor: int, end: str) -> None:
        self.push()
        self.now += 2 * SECONDS
        self.acquire(actor)
        self.plan(actor, everything=False)
        getattr(self, end)(actor)
        self.publish(actor)
        self.plan(actor, everything=True)

    @rule(actor=ANYONE)
    def a_run_has_two_plans_and_publishes_the_first(self, actor: int) -> None:
        self.now += 2 * SECONDS
        self.acquire(actor)
        plans = []
        for _ in range(2):
            self.push()
            self.plan(actor, everything=False)
            plans.append(self.plans[actor])
        self.plans[actor], _ = plans
        self.publish(actor)

    @rule()
    def retry(self) -> None:
        for number, request in self.requests.items():
            assert self.catalogs[0].events.retry(number) == (request.state is EventState.DEAD)
            if request.state is EventState.DEAD:
                request.state, request.attempts, request.due_at = EventState.DUE, 0, self.at(0)

    def held_by(self, plan: Plan) -> list[Request]:
        claimed = [self.requests[event] for event in plan.events]
        return [request for request in claimed if request.state is EventState.CLAIMED and request.fence == plan.fence]

    @precondition(lambda self: self.catalogs)
    @invariant()
    def readers_get_what_the_newest_publisher_wrote(self) -> None:
        assert [int(r.sha) for r in self.catalogs[0].publisher.refs(REPO)] == (
            [self.published] if self.published else []
        )

    @precondition(lambda self: self.catalogs)
    @invariant()
    def whoever_looks_sees_the_lease_that_the_model_has(self) -> None:
        for actor, catalog in enumerate(self.catalogs):
            seen = catalog.leases.current(REPO)
            assert (None if seen is None else (seen.holder, seen.fence)) == (
                (self.holder, self.fence) if self.is_live(actor) else None
            )

    @precondition(lambda self: self.catalogs)
    @invariant()
    def no_event_is_lost_or_done_twice(self) -> None:
        states = {e.id: (e.state, e.attempts, e.due_at) for e in self.catalogs[0].events.list(REPO, 10_000)}
        assert states == {number: (w.state, w.attempts, w.due_at) for number, w in self.requests.items()}

    @precondition(lambda self: self.catalogs)
    @invariant()
    def what_waits_or_was_left_is_due(self) -> None:
        for actor, catalog in enumerate(self.catalogs):
            for fence in (None, self.fence):
                due = [n for n, request in self.requests.items() if self.is_due(request, actor, fence)]
                assert [event.id for event in catalog.events.due(REPO, fence)] == due

    def is_due(self, request: Request, actor: int, fence: int | None) -> bool:
        if request.state is EventState.DUE:
            return request.due_at <= self.at(actor)
        is_live = request.fence == self.fence and self.is_live(actor)
        return request.state is EventState.CLAIMED and (not is_live or request.fence == fence)

    def teardown(self) -> None:
        for catalog in self.catalogs:
            catalog.close()
        self.folder.cleanup()


@pytest.mark.slow
def test_the_lease_does_what_the_model_says_whatever_the_clocks() -> None:
    run_state_machine_as_test(
        Protocol, settings=hypothesis_settings(max_examples=25, stateful_step_count=30, deadline=None, derandomize=True)
    )


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
    plan = Plan(
        run, REPO, lease.fence, tuple(e.id for e in catalog.events.due(REPO, lease.fence)), (("main", run),), 1.0
    )
    if claims:
        catalog.publisher.save_plan(plan)
    return plan


def published(catalog: SqlCatalog, plan: Plan) -> None:
    catalog.publisher.publish(plan, [Ref(REPO, "main", plan.run, "", 1.0)])


@pytest.mark.parametrize("boundary", range(1, 5))
def test_a_publish_is_whole_or_not_at_all_wherever_another_takes_over(
    rivals: list[SqlCatalog], time: list[float], boundary: int
) -> None:
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
