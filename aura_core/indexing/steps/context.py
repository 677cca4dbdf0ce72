"""The context that the five steps of a sync share, so that no step opens the source or reads a tree again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aura_core.indexing.runs import require_repository
from aura_core.indexing.snapshot_reader import manifest_of
from aura_core.indexing.steps.report import Progress, StepReport, silent
from aura_core.indexing.trees import tree_of
from aura_core.model.repository import Plan, Repository
from aura_core.model.snapshot import Manifest, Tree
from aura_core.ports.sources import Source
from aura_core.ports.stores import Stores
from aura_core.settings import Settings


@dataclass(frozen=True, slots=True)
class StepContext:
    """One run of steps over a plan whose lease is held. ``trees`` are those read so far, by sha."""

    stores: Stores
    plan: Plan
    repository: Repository
    source: Source
    progress: Progress = silent
    trees: dict[str, Tree] = field(default_factory=dict)

    @classmethod
    def open(
        cls, stores: Stores, plan: Plan, progress: Progress | None = None, source: Source | None = None
    ) -> StepContext:
        """Open the plan's repository, unless its ``source`` is open already. Raises ``UnknownRepository``."""
        repository = require_repository(stores, plan.repo)
        return cls(stores, plan, repository, source or stores.sources.open(repository), progress or silent)

    @property
    def settings(self) -> Settings:
        """The settings that name the stores."""
        return self.stores.settings

    @property
    def repo(self) -> str:
        """The repository's id."""
        return self.repository.id

    @property
    def shas(self) -> list[str]:
        """The snapshots that the plan makes."""
        return [sha for _, sha in self.plan.targets]

    @property
    def first_sha(self) -> str:
        """The snapshot after which reports are named."""
        return next(iter(self.shas))

    def tree(self, sha: str) -> Tree:
        """Return the files of one of the plan's snapshots, read once."""
        if sha not in self.trees:
            self.trees[sha] = tree_of(self.stores, self.source, self.repo, sha)
        return self.trees[sha]

    def manifest(self, sha: str) -> Manifest:
        """Return the manifest that the graph step wrote. Raises ``StoreCorrupt`` when there is none."""
        return manifest_of(self.stores, self.repo, sha)


Step = Callable[[StepContext], StepReport]
"""One of the five steps of a sync. May be repeated; raises ``RowsGone`` when the parse step has to be."""
