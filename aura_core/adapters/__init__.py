"""Stores over real engines; the only room that imports their clients."""

from aura_core.adapters.catalog.store import open_catalog
from aura_core.adapters.snapshots.store import open_snapshots
from aura_core.adapters.vectors.store import open_vectors

__all__ = ["open_catalog", "open_snapshots", "open_vectors"]
