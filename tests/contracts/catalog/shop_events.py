"""The repository of the catalog's tests, its events, and a run that plans them."""

from __future__ import annotations

from aura_core.model.repository import Event, EventKind, EventState, Plan, Repository, RepositoryKind
from aura_core.ports.catalog import Catalog

SHOP = Repository("shop-1", "shop", RepositoryKind.LOCAL, "/src/shop", "main", "api", 5.0)


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
