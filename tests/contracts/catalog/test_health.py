"""What every catalog says of its own health."""

from __future__ import annotations

from aura_core.model.repository import EventState
from aura_core.ports.catalog import Catalog
from tests.contracts.catalog.shop_events import push, states
from tests.contracts.conftest import TurnableClock


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
