"""A sync that is stopped for longer than its lease lives, and goes on when others have worked: it changes nothing any
more.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aura_core import indexing
from aura_core.errors import AuraError
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.core.adapters.processes import CONTEXT
from tests.support import PATIENCE_SECONDS, GitRepository


def stop_at(home: Path, step: str, answers: Any) -> None:
    """Sync, and stop this very process when ``step`` begins (``publish``: just before the flip); say how it ended."""
    stores = open_stores(Settings(home=home, workers=1, lease_seconds=2))
    stops: list[str] = []

    def stop(name: str, *_: object) -> None:
        if name == step and not stops:
            stops.append(name)
            os.kill(os.getpid(), signal.SIGSTOP)

    real = stores.snapshots.flush
    stores.snapshots.flush = lambda: (stop("publish"), real())  # type: ignore[method-assign,assignment]
    try:
        answers.put(indexing.index(stores, stores.catalog.repositories.list()[0].id, progress=stop).digest)
    except AuraError as error:
        answers.put(error.code)


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    stores = open_stores(Settings(home=tmp_path / "aura-home", workers=1))
    yield stores
    stores.close()


def wait_until_stopped(pid: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("step", ["parse", "graph", "embed", "publish"])
def test_a_late_finisher_neither_publishes_nor_frees_the_lease_of_another(
    step: str, stores: Stores, shop: GitRepository
) -> None:
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    answers = CONTEXT.Queue()
    late = CONTEXT.Process(target=stop_at, args=(stores.settings.home, step, answers))
    late.start()
    assert late.pid is not None
    wait_until_stopped(late.pid)
    new = shop.commit({"shop/new.py": "def fresh():\n    pass\n"})
    done = indexing.index(stores, repo)
    assert done.sha == new, "who comes second waits until the lease runs out, and works then"
    lease = stores.catalog.leases.acquire(repo, "third", 60)
    os.kill(late.pid, signal.SIGCONT)
    assert answers.get(timeout=PATIENCE_SECONDS) == "lease_lost"
    late.join(PATIENCE_SECONDS)
    late.close()
    assert [(r.sha, r.digest) for r in stores.catalog.publisher.refs(repo)] == [(new, done.digest)]
    assert stores.catalog.leases.current(repo) == lease
