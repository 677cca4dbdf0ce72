"""Fixtures that every folder shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from aura_core.ports.stores import Stores
from aura_core.settings import Settings
from tests.support import SHOP, GitRepository

# A busy machine is no defect: nothing fails for the time that it takes.
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _own_environment() -> Iterator[None]:
    """No variable of whoever runs the tests decides how they end: settings, colours, widths, buffers, and proxies
    between us and our own servers.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [n for n in os.environ if n.startswith("AURA_") and not n.startswith("AURA_TEST_")]:
            patch.delenv(name)
        theirs = (
            "FORCE_COLOR",
            "PY_COLORS",
            "GITHUB_ACTIONS",
            "COLUMNS",
            "LINES",
            "GIT_DIR",
            "GIT_WORK_TREE",
            "GIT_INDEX_FILE",
            "PYTHONUNBUFFERED",
        )
        for name in theirs:
            patch.delenv(name, raising=False)
        for name in ("no_proxy", "NO_PROXY"):
            patch.setenv(name, "*")
        yield


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's home."""
    monkeypatch.setenv("AURA_HOME", str(tmp_path / "aura-home"))
    monkeypatch.setenv("AURA_WORKERS", "1")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with a home of the test's own."""
    return Settings(home=tmp_path / "aura-home", workers=1)


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    """Real embedded stores."""
    from aura_core.wiring import open_stores

    opened = open_stores(settings)
    yield opened
    opened.close()


@pytest.fixture
def shop(tmp_path: Path) -> GitRepository:
    """A committed repository with a small package."""
    repository = GitRepository(tmp_path / "shop")
    repository.commit(SHOP, "Open the shop.")
    return repository
