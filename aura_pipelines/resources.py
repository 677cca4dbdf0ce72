"""What steps and sensors may ask for: the open stores of this process. Opened on first use, once, and never at import."""

from __future__ import annotations

import threading
from functools import cache

import dagster as dg

from aura_core.ports.stores import Stores
from aura_core.settings import Settings

_lock = threading.Lock()


@dg.resource(description="Catalog, snapshot store and vector store, as the AURA_ settings name them.")
def stores(_context: dg.InitResourceContext) -> Stores:
    """The stores of this process: sensors' ticks and all steps of a run share them."""
    with _lock:
        return opened(Settings())


@cache
def opened(settings: Settings) -> Stores:
    """Stores by settings, kept open until the process ends."""
    from aura_core.wiring import open_stores

    return open_stores(settings)
