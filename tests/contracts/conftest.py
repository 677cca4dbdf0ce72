"""Stores of every adapter, on a clock that the test turns. A server's adapter is one more parameter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aura_core.adapters import open_catalog, open_snapshots, open_vectors
from aura_core.ports.catalog import Catalog
from aura_core.ports.snapshots import SnapshotStore
from aura_core.ports.vectors import VectorStore
from aura_core.settings import Settings
from aura_core.workers.process_identity import Processes


@dataclass
class TurnableClock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture(params=["files", "one database"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = "" if request.param == "files" else f"sqlite:///{tmp_path}/aura.db"
    return Settings(home=tmp_path, database_url=url)


@dataclass
class FakeProcesses:
    """The process that a store works for, and those that have ended."""

    this: str = "machine 1 100"
    ended: tuple[str, ...] = ()


@pytest.fixture
def processes() -> FakeProcesses:
    return FakeProcesses()


@pytest.fixture
def catalog(settings: Settings, clock: TurnableClock, processes: FakeProcesses) -> Iterator[Catalog]:
    table = Processes(lambda: processes.this, lambda identity: identity in processes.ended)
    opened = open_catalog(settings, clock=clock, jitter=lambda: 0.5, processes=table)
    yield opened
    opened.close()


@pytest.fixture
def snapshots(settings: Settings, clock: TurnableClock) -> Iterator[SnapshotStore]:
    opened = open_snapshots(settings, clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def vectors(settings: Settings, clock: TurnableClock) -> Iterator[VectorStore]:
    opened = open_vectors(settings, clock=clock)
    yield opened
    opened.close()
