"""A remote repository with one commit, and its mirror before the first fetch."""

from __future__ import annotations

from pathlib import Path

import pytest

from aura_core.settings import Settings
from aura_core.sources import MirrorSource
from tests.core.sources.git.mirror_address import mirrored
from tests.core.sources.open_path import open_mirror
from tests.support import GitRepository


@pytest.fixture
def remote(tmp_path: Path) -> GitRepository:
    repo = GitRepository(tmp_path / "remote")
    repo.commit({"a.py": "a"})
    return repo


@pytest.fixture
def mirror(remote: GitRepository, settings: Settings) -> MirrorSource:
    return open_mirror(mirrored(remote), settings)
