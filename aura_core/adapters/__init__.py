"""Stores over real engines; the only room that imports their clients."""

from aura_core.adapters.catalog import open_catalog
from aura_core.adapters.lru import LruCache
from aura_core.adapters.snapshots import open_snapshots
from aura_core.adapters.vectors import open_vectors

__all__ = ["LruCache", "open_catalog", "open_snapshots", "open_vectors"]
