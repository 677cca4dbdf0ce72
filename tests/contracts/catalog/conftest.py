"""Every catalog begins with one repository."""

from __future__ import annotations

import pytest

from aura_core.ports.catalog import Catalog
from tests.contracts.catalog.shop_events import SHOP


@pytest.fixture(autouse=True)
def _shop(catalog: Catalog) -> None:
    catalog.repositories.add(SHOP)
