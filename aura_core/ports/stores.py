"""The open stores of one process, passed to every verb."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from aura_core.ports.catalog import Catalog
from aura_core.ports.resources import Resources
from aura_core.ports.snapshots import SnapshotStore
from aura_core.ports.sources import SourceOpener
from aura_core.ports.vectors import VectorStore
from aura_core.settings import Settings

FIXED_SETTINGS: Final = frozenset({"home", "database_url", "gc_grace_hours"})
"""Settings that the stores read once, when they are opened."""


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

    def with_settings(self, **changes: Any) -> Stores:
        """Return the same open stores under changed settings, which the sources read too; ``replace`` would leave the
        old ones there. Raises ``ValueError`` for a setting that is fixed once the stores are open.
        """
        fixed = sorted(FIXED_SETTINGS & changes.keys())
        if fixed:
            raise ValueError(f"Open stores keep {', '.join(fixed)}: open others.")
        settings = replace(self.settings, **changes)
        return replace(self, settings=settings, sources=self.sources.with_settings(settings))

    def close(self) -> None:
        """Stop the watchers of checkouts, close the resources, then every connection and mapped file."""
        self.sources.close()
        self.resources.close()
        self.catalog.close()
        self.snapshots.close()
        self.vectors.close()
