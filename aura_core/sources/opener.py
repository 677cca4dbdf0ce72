"""Opens sources by the kind of their repository, and holds what they share in one process."""

from __future__ import annotations

from pathlib import Path

from aura_core.model.repository import Repository, RepositoryKind
from aura_core.ports.sources import Source
from aura_core.settings import Settings
from aura_core.sources.git.commit_selection import recent_selections
from aura_core.sources.git.mirror import MirrorSource
from aura_core.sources.local_source import LocalSource
from aura_core.sources.worktree.folder import FolderSource
from aura_core.sources.worktree.watcher import CheckoutWatcher, Watchers


class RepositorySources:
    """Opens checkouts, mirrors and plain folders. See ``ports.sources.SourceOpener``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._selections = recent_selections()
        self._watchers = Watchers(settings)

    def open(self, repository: Repository) -> Source:
        """Return the source of a repository. Nothing is read before its first question."""
        match repository.kind:
            case RepositoryKind.FOLDER:
                return FolderSource(repository, self._settings)
            case RepositoryKind.MIRROR:
                return MirrorSource(repository, self._settings, self._selections)
            case RepositoryKind.LOCAL:
                return LocalSource(repository, self._settings, self._selections, self._watchers.checkout)

    def watch(self, repository: Repository) -> CheckoutWatcher:
        """Watch a local checkout from now on; its sources then read only what changed."""
        return self._watchers.add(Path(repository.origin))

    def is_watched(self, repository: Repository) -> bool:
        """Return whether ``watch`` was called for a checkout, and ``unwatch`` not yet."""
        return self._watchers.get(Path(repository.origin)) is not None

    def unwatch(self, repository: Repository) -> None:
        """Stop watching a checkout."""
        self._watchers.remove(Path(repository.origin))

    def with_settings(self, settings: Settings) -> RepositorySources:
        """Return an opener that goes by other settings and watches nothing yet."""
        return RepositorySources(settings)

    def close(self) -> None:
        """Stop all watchers."""
        self._watchers.close()
