"""Which plan a step follows that may run alone, again, or long after others: the run's own, or a new one when that is
of no use any more.
"""

from __future__ import annotations

import time

from aura_core.indexing.runs import NO_REF, find_plan, finish, plan
from aura_core.model.repository import Plan
from aura_core.ports.stores import Stores

AFTER_PUBLISHING = "cluster"
"""The step that works on what is published already, so it never waits for a new snapshot."""


def resume(stores: Stores, repo: str, run: str, step: str, holder: str = "") -> Plan | None:
    """The plan that ``step`` of ``run`` follows, with its lease taken by ``holder`` (the run itself by default); None
    when there is nothing to do.

    A run that was planned goes on with its plan, unless that has been published, or overtaken by a later sync:
    publishing it then would move readers back. Everything else plans the heads as they are now. Raises what ``plan``
    and ``find_plan`` raise.
    """
    found = stores.catalog.publisher.plan(run)
    if step == AFTER_PUBLISHING:
        usable = found is not None and found.targets and not _overtaken(stores, found)
        return find_plan(stores, run, holder) if usable else _published(stores, repo, run, holder)
    if found is None or not found.targets or _overtaken(stores, found) or _settled(stores, found):
        return plan(stores, repo, run, holder)
    return find_plan(stores, run, holder)


def abandon(stores: Stores, repo: str, holder: str, error: str, run: str = "") -> None:
    """Give up what ``holder`` did for ``run`` (itself by default) and did not end: its events are due after a backoff
    and its lease is free.
    """
    lease = stores.catalog.leases.current(repo)
    if lease is None or lease.holder != holder:
        return
    found = stores.catalog.publisher.plan(run or holder)
    if found is not None and found.fence == lease.fence:
        finish(stores, found, error)
    stores.catalog.leases.release(lease)


def _overtaken(stores: Stores, found: Plan) -> bool:
    """Whether another sync has moved a ref of the plan since it was made."""
    wanted = dict(found.targets)
    refs = stores.catalog.publisher.refs(found.repo)
    return any(r.name in wanted and r.sha != wanted[r.name] and r.published_at > found.created_at for r in refs)


def _settled(stores: Stores, found: Plan) -> bool:
    """Whether all that the plan wanted is published."""
    at = {r.name: r.sha for r in stores.catalog.publisher.refs(found.repo)}
    return all(
        at.get(name) == sha if name != NO_REF else stores.snapshots.info(found.repo, sha) is not None
        for name, sha in found.targets
    )


def _published(stores: Stores, repo: str, run: str, holder: str) -> Plan | None:
    """A plan of what readers get now, newest first."""
    refs = sorted(stores.catalog.publisher.refs(repo), key=lambda r: r.published_at, reverse=True)
    if not refs:
        return None
    lease = stores.catalog.leases.acquire(repo, holder or run, stores.settings.lease_seconds)
    made = Plan(run, repo, lease.fence, (), tuple((r.name, r.sha) for r in refs), time.time())
    stores.catalog.publisher.save_plan(made)
    return made
