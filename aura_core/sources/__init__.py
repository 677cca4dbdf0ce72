"""Where text comes from: git repositories and plain folders, read and never written."""

from aura_core.model.repository import Repository, RepositoryKind
from aura_core.settings import Settings
from aura_core.sources.git.mirror import MirrorSource
from aura_core.sources.identity import identify
from aura_core.sources.local import LocalSource
from aura_core.sources.rules.file_kinds import by_content, is_lfs_pointer, looks_binary, looks_generated
from aura_core.sources.source import FetchProgress, Source
from aura_core.sources.worktree.folder import FolderSource


def open_source(repository: Repository, settings: Settings) -> Source:
    """The source of a registered repository. Nothing is read until it is asked something."""
    if repository.kind is RepositoryKind.FOLDER:
        return FolderSource(repository, settings)
    return (
        MirrorSource(repository, settings)
        if repository.kind is RepositoryKind.MIRROR
        else LocalSource(repository, settings)
    )


__all__ = [
    "FetchProgress",
    "FolderSource",
    "LocalSource",
    "MirrorSource",
    "Source",
    "by_content",
    "identify",
    "is_lfs_pointer",
    "looks_binary",
    "looks_generated",
    "open_source",
]
