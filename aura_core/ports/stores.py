"""The open stores of one process, passed to every verb."""

from __future__ import annotations

from dataclasses import dataclass

from aura_core.ports.catalog import Catalog
from aura_core.ports.snapshots import SnapshotStore
from aura_core.ports.vectors import VectorStore
from aura_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Stores:
    """Settings and the stores that they name. Opened once, in ``aura_core.wiring``."""

    settings: Settings
    catalog: Catalog
    snapshots: SnapshotStore
    vectors: VectorStore

    def close(self) -> None:
        """Give every connection and map back."""
        self.catalog.close()
        self.snapshots.close()
        self.vectors.close()
