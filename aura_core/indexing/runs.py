"""What a run will do: take the lease, claim due events, resolve heads; and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from aura_core.errors import LeaseLost, NoPlan, StoreUnavailable, UnknownRepository, UnknownRevision
from aura_core.fingerprint import index_versions
from aura_core.indexing.trees import publishable
from aura_core.model.repository import Event, EventKind, Lease, Plan, Ref, Repository, RunRecord
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.workers.ticker import Beat

BEATS = 3
"""How often a lease is renewed in the time that it lives."""

NO_REF = ""
"""Ref of a target that is indexed by its sha alone and moves nothing."""


def require(stores: Stores, repo: str) -> Repository:
    """The registered repository of this id. Raises ``UnknownRepository``."""
    found = stores.catalog.repositories.get(repo)
    if found is None:
        known = [r.id for r in stores.catalog.repositories.list()]
        raise UnknownRepository(
            f"There is no repository {repo!r}.", remedy="Add it with `aura repos add PATH_OR_URL`.", known=known
        )
    return found


def plan(stores: Stores, repo: str, run: str, holder: str = "") -> Plan | None:
    """Take the lease, claim due events, look at the heads and save the plan of the run. ``holder`` has the lease: the
    run itself by default.

    None when everything that is due is published already (those events are marked done). Raises ``SyncInProgress``
    while another holder's lease is live; whatever ends it otherwise gives the events back with a backoff and frees the
    lease.
    """
    repository = require(stores, repo)
    lease = stores.catalog.leases.acquire(repo, holder or run, stores.settings.lease_seconds)
    draft = Plan(run, repo, lease.fence, (), (), time.time())
    try:
        events = stores.catalog.events.due(repo, lease.fence)
        draft = replace(draft, events=tuple(e.id for e in events))
        stores.catalog.publisher.record(RunRecord(run, repo, "running", time.time()))
        stores.catalog.publisher.save_plan(draft)
        with keep_lease(stores, draft):  # a first fetch may take longer than a lease lives
            made = _targets(stores, repository, draft, events)
        stores.catalog.publisher.save_plan(made)
        if not made.targets:
            stores.catalog.publisher.publish(made, ())
    except BaseException as error:
        finish(stores, draft, str(error) or type(error).__name__)
        raise
    if made.targets:
        return made
    finish(stores, made)
    return None


def find_plan(stores: Stores, run: str, holder: str = "") -> Plan:
    """The plan that ``run`` saved, with a live lease. Raises ``NoPlan``, or ``SyncInProgress`` while another holder
    works.
    """
    found = stores.catalog.publisher.plan(run)
    if found is None:
        raise NoPlan(f"Run {run} has no plan.", remedy="Materialise from `parse` on, or launch the whole job.")
    lease = stores.catalog.leases.acquire(found.repo, holder or run, stores.settings.lease_seconds)
    if lease.fence == found.fence:
        return found
    moved = replace(found, fence=lease.fence)
    stores.catalog.publisher.save_plan(moved)
    return moved


def finish(stores: Stores, plan: Plan, error: str | None = None) -> None:
    """End a run: record it, give its events back when it failed, and release the lease, whatever the rest comes to.

    Raises ``UnknownRepository`` when the repository was removed meanwhile.
    """
    try:
        if error is not None:
            stores.catalog.events.fail(plan, error)
        state = "done" if error is None else "failed"
        stores.catalog.publisher.record(
            RunRecord(plan.run, plan.repo, state, plan.created_at, time.time(), error or "")
        )
    finally:
        stores.catalog.leases.release(_lease_of(plan))


@contextmanager
def keep_lease(stores: Stores, plan: Plan) -> Iterator[None]:
    """Renew the plan's lease from a thread while inside, and once more at the end, so that the run's next step finds
    it whole.

    Raises ``LeaseLost`` at the end when somebody else took it over.
    """
    lost = threading.Event()

    def beat() -> bool:
        try:
            _renew(stores, plan)
        except LeaseLost:
            lost.set()
        except StoreUnavailable:
            pass  # the next beat may come through before the lease runs out
        return not lost.is_set()

    with Beat(beat, stores.settings.lease_seconds / BEATS, f"lease-{plan.repo}"):
        yield
    if lost.is_set():
        raise LeaseLost(
            f"The lease of {plan.repo} was taken over while this step worked.",
            remedy="Sync again; what was published stays.",
        )
    _renew(stores, plan)


def _renew(stores: Stores, plan: Plan) -> None:
    stores.catalog.leases.renew(_lease_of(plan), stores.settings.lease_seconds)


def _lease_of(plan: Plan) -> Lease:
    return Lease(plan.repo, plan.run, plan.fence, 0.0, 0.0)


def _targets(stores: Stores, repository: Repository, draft: Plan, events: Sequence[Event]) -> Plan:
    """The draft with what is to be published; without the events that no commit answers, which have failed by then."""
    source = stores.sources.open(repository)
    source.fetch(commits=[e.target for e in events if e.kind is EventKind.SHA])
    wanted, lost = _wanted(source, repository, events)
    _reject(stores, draft, lost)
    answered = tuple(e for e in draft.events if e not in {event.id for event, _ in lost})
    return replace(draft, events=answered, targets=tuple(t for t in wanted if not _published(stores, draft.repo, *t)))


def _wanted(
    source: Source, repository: Repository, events: Sequence[Event]
) -> tuple[list[tuple[str, str]], list[tuple[Event, str]]]:
    """(ref, sha) pairs to index: the tracked head and each exact commit asked for; and the events that no commit
    answers.
    """
    wanted = list(publishable(source, repository))
    lost = []
    for event in events:
        if event.kind is EventKind.SHA:
            try:
                wanted.append((NO_REF, source.resolve(event.target)))
            except UnknownRevision as error:
                lost.append((event, str(error)))
    return list(dict.fromkeys(wanted)), lost


def _reject(stores: Stores, draft: Plan, lost: Sequence[tuple[Event, str]]) -> None:
    for event, error in lost:
        alone = replace(draft, run=f"{draft.run}/{event.id}", events=(event.id,))
        stores.catalog.publisher.save_plan(alone)
        stores.catalog.events.fail(alone, error)


def _published(stores: Stores, repo: str, ref: str, sha: str) -> bool:
    info = stores.snapshots.info(repo, sha)
    if info is None or info.versions != index_versions():
        return False
    if ref == NO_REF:
        return True
    return any(r.name == ref and r.sha == sha and r.digest == info.digest for r in stores.catalog.publisher.refs(repo))


def published_refs(plan: Plan, digests: dict[str, str]) -> list[Ref]:
    """The refs that a plan moves, with the digests of their snapshots."""
    now = time.time()
    return [Ref(plan.repo, name, sha, digests[sha], now) for name, sha in plan.targets if name != NO_REF]


__all__ = ["NO_REF", "find_plan", "finish", "keep_lease", "plan", "published_refs", "require"]
