"""The life of a run: its lease, its plan, how it goes on after an interruption, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from aura_core.errors import LeaseLost, NoPlan, StoreUnavailable, UnknownRepository, UnknownRevision
from aura_core.fingerprint import index_versions
from aura_core.indexing.trees import heads_of, store_worktree
from aura_core.indexing.unreadable import can_be_completed
from aura_core.model.repository import Event, EventKind, Lease, Plan, Ref, Repository, RepositoryKind, RunRecord
from aura_core.model.snapshot import WORKTREE
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.workers.ticker import PeriodicThread

RENEWALS = 3
"""How often a lease is renewed in the time that it lives: two renewals in a row may fail before it expires."""

NO_REF = ""
"""Ref of a target that is indexed by its sha alone and moves nothing."""

AFTER_PUBLISHING = "cluster"
"""The step that works on what is published already, so it never waits for a new snapshot."""


class PlanState(StrEnum):
    """What has become of the plan that a run saved."""

    ABSENT = "absent"  # the run saved none, or one without targets
    OPEN = "open"  # its targets are still to be published
    PUBLISHED = "published"  # readers get all of its targets
    OVERTAKEN = "overtaken"  # a later sync has moved one of its refs; publishing it would move readers back


class Resumption(StrEnum):
    """How a step that runs alone, again, or long after others gets its plan."""

    CONTINUE = "continue"  # follow the saved plan
    PLAN_AGAIN = "plan again"  # plan the heads as they are now; nothing to do when they are published
    FOLLOW_PUBLISHED = "follow published"  # plan what readers get now; nothing to do when that is nothing


class Case(NamedTuple):
    """How steps resume in one state of a plan: those up to publishing, and the one after it."""

    until_publishing: Resumption
    after_publishing: Resumption


RESUMPTIONS: Final[Mapping[PlanState, Case]] = MappingProxyType(
    {
        PlanState.ABSENT: Case(Resumption.PLAN_AGAIN, Resumption.FOLLOW_PUBLISHED),
        PlanState.OPEN: Case(Resumption.CONTINUE, Resumption.CONTINUE),
        PlanState.PUBLISHED: Case(Resumption.PLAN_AGAIN, Resumption.CONTINUE),
        PlanState.OVERTAKEN: Case(Resumption.PLAN_AGAIN, Resumption.FOLLOW_PUBLISHED),
    }
)
"""All cases in which a step looks for its plan."""


def require_repository(stores: Stores, repo: str) -> Repository:
    """Return the registered repository of this id. Raises ``UnknownRepository``."""
    repository = stores.catalog.repositories.get(repo)
    if repository is None:
        ids = [r.id for r in stores.catalog.repositories.list()]
        raise UnknownRepository(
            f"There is no repository {repo!r}.", remedy="Add it with `aura repos add PATH_OR_URL`.", known=ids
        )
    return repository


def plan_run(
    stores: Stores, repo: str, run: str, holder: str = "", source: Source | None = None, *, force: bool = False
) -> Plan | None:
    """Take the lease, claim due events, look at the heads and save the plan of the run. ``holder`` gets the lease: the
    run itself by default.

    Return None when everything that is due is published already; those events are marked done. With ``force``, what is
    published is planned too. Raises
    ``SyncInProgress`` while another holder's lease is live. When anything else ends it, the events are given back with
    a backoff and the lease is freed.
    """
    repository = require_repository(stores, repo)
    lease = stores.catalog.leases.acquire(repo, holder or run, stores.settings.lease_seconds)
    draft = Plan(run, repo, lease.fence, (), (), time.time())
    # From here on every way out has to release the lease, Ctrl-C included.
    try:
        events = stores.catalog.events.due(repo, lease.fence)
        draft = replace(draft, events=tuple(e.id for e in events))
        stores.catalog.publisher.record(RunRecord(run, repo, "running", time.time()))
        stores.catalog.publisher.save_plan(draft)
        with keep_lease(stores, draft):  # a first fetch may take longer than a lease lives
            plan = _with_targets(stores, repository, source or stores.sources.open(repository), draft, events, force)
        stores.catalog.publisher.save_plan(plan)
        if not plan.targets:
            stores.catalog.publisher.publish(plan, ())  # marks the events done
    except BaseException as error:
        finish(stores, draft, str(error) or type(error).__name__)
        raise
    if plan.targets:
        return plan
    finish(stores, plan)
    return None


def find_plan(stores: Stores, run: str, holder: str = "") -> Plan:
    """Return the plan that ``run`` saved, with a live lease. Raises ``NoPlan``, also when a later sync has published
    another commit, or ``SyncInProgress`` while another holder works.
    """
    plan = stores.catalog.publisher.plan(run)
    if plan is None:
        raise NoPlan(f"Run {run} has no plan.", remedy="Materialise from `parse` on, or launch the whole job.")
    lease = stores.catalog.leases.acquire(plan.repo, holder or run, stores.settings.lease_seconds)
    with _released_on_error(stores, lease):
        if plan_state(stores, plan) is PlanState.OVERTAKEN:
            raise NoPlan(f"Run {run} was overtaken by a later sync.", remedy="Launch the whole job.")
        return _under_lease(stores, plan, lease)


def resume(stores: Stores, repo: str, run: str, step: str, holder: str = "", *, force: bool = False) -> Plan | None:
    """Return the plan that ``step`` of ``run`` follows, by the table ``RESUMPTIONS``, or None when there is nothing to
    do. ``holder`` gets the lease: the run itself by default. With ``force``, also a published plan is followed.

    Raises what ``plan_run`` and ``find_plan`` raise.
    """
    # Under the lease nobody else publishes, so that what is looked at here stays true.
    lease = stores.catalog.leases.acquire(repo, holder or run, stores.settings.lease_seconds)
    with _released_on_error(stores, lease):
        plan = stores.catalog.publisher.plan(run)
        state = plan_state(stores, plan)
        resumption = RESUMPTIONS[state].until_publishing
        if step == AFTER_PUBLISHING:
            resumption = RESUMPTIONS[state].after_publishing
        elif force and state is PlanState.PUBLISHED:
            resumption = Resumption.CONTINUE
        if plan is not None and resumption is Resumption.CONTINUE:
            return _under_lease(stores, plan, lease)
        if resumption is Resumption.FOLLOW_PUBLISHED:
            return _plan_published(stores, run, lease)
        return plan_run(stores, repo, run, holder, force=force)


def plan_state(stores: Stores, plan: Plan | None) -> PlanState:
    """Return what has become of a plan. It is overtaken even when all of its own targets are published.

    Fences decide and no clock: a plan carries the fence under which it was last the newest, and a ref the fence of the
    sync that moved it. The answer stays true while the caller holds the lease.
    """
    if plan is None or not plan.targets:
        return PlanState.ABSENT
    targets, refs = dict(plan.targets), {ref.name: ref for ref in stores.catalog.publisher.refs(plan.repo)}
    if any(name in targets and ref.sha != targets[name] and ref.fence > plan.fence for name, ref in refs.items()):
        return PlanState.OVERTAKEN
    is_published = all(
        name in refs and refs[name].sha == sha if name != NO_REF else stores.snapshots.info(plan.repo, sha) is not None
        for name, sha in plan.targets
    )
    return PlanState.PUBLISHED if is_published else PlanState.OPEN


def abandon(stores: Stores, repo: str, holder: str, error: str, run: str = "") -> None:
    """Give up what ``holder`` did for ``run`` (itself by default) and did not end: its events are due after a backoff
    and its lease is free. Does nothing when ``holder`` does not hold the lease.
    """
    lease = stores.catalog.leases.unreleased(repo)
    if lease is None or lease.holder != holder:
        return
    plan = stores.catalog.publisher.plan(run or holder)
    if plan is not None and plan.fence == lease.fence:
        finish(stores, plan, error)
    stores.catalog.leases.release(lease)


def finish(stores: Stores, plan: Plan, error: str | None = None) -> None:
    """End a run: record it, give its events back when it failed, and release the lease, even if the rest fails.

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
    """Renew the plan's lease from a thread while inside, and once more at the end, so that the run's next step has the
    lease's whole time.

    Raises ``LeaseLost`` at the end when another holder took the lease over.
    """
    lost = threading.Event()

    def renew() -> bool:
        try:
            _renew(stores, plan)
        except LeaseLost:
            lost.set()
        except StoreUnavailable:
            pass  # the next renewal may come through before the lease runs out
        return not lost.is_set()

    with PeriodicThread(renew, stores.settings.lease_seconds / RENEWALS, f"lease-{plan.repo}"):
        yield
    if lost.is_set():
        raise LeaseLost(
            f"The lease of {plan.repo} was taken over while this step worked.",
            remedy="Sync again; what was published stays.",
        )
    _renew(stores, plan)


def refs_of(plan: Plan, digests: Mapping[str, str]) -> list[Ref]:
    """Return the refs that a plan moves, published now; ``digests`` are those of its snapshots, by sha."""
    now = time.time()
    return [Ref(plan.repo, name, sha, digests[sha], now) for name, sha in plan.targets if name != NO_REF]


def _renew(stores: Stores, plan: Plan) -> None:
    stores.catalog.leases.renew(_lease_of(plan), stores.settings.lease_seconds)


def _lease_of(plan: Plan) -> Lease:
    # To renew or release a lease, only its repository and its fence count.
    return Lease(plan.repo, plan.run, plan.fence, 0.0, 0.0)


@contextmanager
def _released_on_error(stores: Stores, lease: Lease) -> Iterator[None]:
    try:
        yield
    except BaseException:
        stores.catalog.leases.release(lease)
        raise


def _under_lease(stores: Stores, plan: Plan, lease: Lease) -> Plan:
    """Return the plan under the fence of a lease. When another holder had the lease meanwhile, the plan is saved with
    the new fence, or its own publishing would fail.
    """
    if lease.fence == plan.fence:
        return plan
    plan = replace(plan, fence=lease.fence)
    stores.catalog.publisher.save_plan(plan)
    return plan


def _plan_published(stores: Stores, run: str, lease: Lease) -> Plan | None:
    """Plan what readers get now, the newest ref first; None, and the lease is free, when nothing is published."""
    refs = sorted(
        stores.catalog.publisher.refs(lease.repo), key=lambda ref: (ref.fence, ref.published_at), reverse=True
    )
    if not refs:
        stores.catalog.leases.release(lease)
        return None
    plan = Plan(run, lease.repo, lease.fence, (), tuple((r.name, r.sha) for r in refs), time.time())
    stores.catalog.publisher.save_plan(plan)
    return plan


def _with_targets(
    stores: Stores, repository: Repository, source: Source, draft: Plan, events: Sequence[Event], force: bool
) -> Plan:
    """Add to a draft what is to be published: the tracked head and each exact commit that an event asks for, without
    those that are published already, unless ``force``. Events whose commit does not exist fail, each by itself.
    """
    source.fetch(commits=[e.target for e in events if e.kind is EventKind.SHA])
    targets, rejects = list(_heads(stores, source, repository)), dict[int, str]()
    for event in events:
        if event.kind is EventKind.SHA:
            try:
                targets.append((NO_REF, source.resolve(event.target)))
            except UnknownRevision as error:
                rejects[event.id] = str(error)
    for event_id, error_text in rejects.items():
        _reject(stores, draft, event_id, error_text)
    return replace(
        draft,
        events=tuple(event_id for event_id in draft.events if event_id not in rejects),
        targets=tuple(t for t in dict.fromkeys(targets) if force or not _is_published(stores, source, draft.repo, *t)),
    )


def _heads(stores: Stores, source: Source, repository: Repository) -> Iterator[tuple[str, str]]:
    """Yield the heads. A folder is stored as it is now, each file as it was when it was read, so that the steps go on
    with that although the folder changes meanwhile.
    """
    if repository.kind is not RepositoryKind.FOLDER:
        yield from heads_of(source, repository)
        return
    tree = source.worktree()
    if tree is not None:
        if not _is_published(stores, source, repository.id, WORKTREE, tree.snapshot):
            store_worktree(stores, source, repository.id, tree)
        yield WORKTREE, tree.snapshot


def _reject(stores: Stores, draft: Plan, event_id: int, error: str) -> None:
    """Fail one event of a draft under a plan of its own; the others go on."""
    # Failing goes by plan, and the draft's own plan goes on with the other events.
    alone = replace(draft, run=f"{draft.run}/{event_id}", events=(event_id,))
    stores.catalog.publisher.save_plan(alone)
    stores.catalog.events.fail(alone, error)


def _is_published(stores: Stores, source: Source, repo: str, ref: str, sha: str) -> bool:
    info = stores.snapshots.info(repo, sha)
    if info is None or info.versions != index_versions() or can_be_completed(stores, source, repo, sha):
        return False
    if ref == NO_REF:
        return True
    return any(r.name == ref and r.sha == sha and r.digest == info.digest for r in stores.catalog.publisher.refs(repo))
