from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aura_core.settings import Settings
from aura_core.sources import Source, identify, open_source
from aura_core.sources.git import recent_trees
from tests.support import GitRepository

Opener = Callable[[Path | str], Source]


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    recent_trees._last.clear()
    yield
    recent_trees._last.clear()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def repo(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "repo")


@pytest.fixture
def source_of(settings: Settings) -> Opener:
    def opened(path: Path | str) -> Source:
        return open_source(identify(str(path), from_cli=True, home=settings.home), settings)

    return opened
