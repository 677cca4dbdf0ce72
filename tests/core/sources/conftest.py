from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aura_core.ports.sources import Source
from aura_core.settings import Settings
from aura_core.sources import RepositorySources
from tests.core.sources.open_path import open_path
from tests.support import GitRepository

Opener = Callable[[Path | str], Source]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", private_mirror_hosts=("example.org",))


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "repo")


@pytest.fixture
def sources(settings: Settings) -> Iterator[RepositorySources]:
    sources = RepositorySources(settings)
    yield sources
    sources.close()


@pytest.fixture
def source_of(settings: Settings, sources: RepositorySources) -> Opener:
    """Opens the repository at a path; all sources of one test share what they remember."""
    return lambda path: open_path(path, settings, sources)
