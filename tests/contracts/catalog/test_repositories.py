"""What every catalog promises of repositories."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aura_core.errors import LeaseLost
from aura_core.model.repository import Ref, RunRecord
from aura_core.ports.catalog import Catalog
from tests.contracts.catalog.shop_events import SHOP, planned, push
from tests.contracts.conftest import TurnableClock


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
