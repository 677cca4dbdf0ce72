"""Opens a repository by its path, as the command line does, with nothing remembered from earlier questions."""

from __future__ import annotations

from pathlib import Path

from aura_core.model.repository import Repository
from aura_core.ports.sources import Source
from aura_core.settings import Settings
from aura_core.sources import LocalSource, MirrorSource, RepositorySources, identify


def open_path(path: Path | str, settings: Settings, sources: RepositorySources | None = None) -> Source:
    """Open the repository at a path; with ``sources`` what they remember is used."""
    repository = identify(str(path), from_cli=True, home=settings.home)
    return (sources or RepositorySources(settings)).open(repository)


def open_local(path: Path | str, settings: Settings, sources: RepositorySources | None = None) -> LocalSource:
    """Open the checkout or bare repository at a path."""
    source = open_path(path, settings, sources)
    assert isinstance(source, LocalSource)
    return source


def open_mirror(repository: Repository, settings: Settings) -> MirrorSource:
    """Open the mirror of a remote repository."""
    source = RepositorySources(settings).open(repository)
    assert isinstance(source, MirrorSource)
    return source
