"""The open stores of one process, passed to every verb."""

from __future__ import annotations

from dataclasses import dataclass, field

from aura_core.ports.catalog import Catalog
from aura_core.ports.resources import Resources
from aura_core.ports.snapshots import SnapshotStore
from aura_core.ports.sources import SourceOpener
from aura_core.ports.vectors import VectorStore
from aura_core.settings import Settings


@dataclass(frozen=True, slots=True)
class Stores:
    """Settings, the stores that they name, and what the process remembers of them in ``resources``.

    Opened once, in ``aura_core.wiring``.
    """

    settings: Settings
    catalog: Catalog
    snapshots: SnapshotStore
    vectors: VectorStore
    sources: SourceOpener
    resources: Resources = field(default_factory=Resources)

    def close(self) -> None:
        """Stop the watchers of checkouts, close the resources, then every connection and mapped file."""
        self.sources.close()
        self.resources.close()
        self.catalog.close()
        self.snapshots.close()
        self.vectors.close()
