"""What steps and sensors get from Dagster: the open stores of this process, opened once, at the first use."""

from __future__ import annotations

import threading
from functools import cache

import dagster as dg

from aura_core.ports.stores import Stores
from aura_core.settings import Settings

_lock = threading.Lock()


@dg.resource(description="Catalog, snapshot store and vector store, as the AURA_ settings name them.")
def stores(_context: dg.InitResourceContext) -> Stores:
    """Return the stores of this process: the ticks of sensors and all steps of a run share them."""
    with _lock:
        return open_once(Settings())


@cache
def open_once(settings: Settings) -> Stores:
    """Return the stores that the settings name, open until the process ends."""
    from aura_core.wiring import open_stores

    return open_stores(settings)
