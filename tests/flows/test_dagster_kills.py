"""A Dagster run killed at any step leaves the old answer, and the next run gives the digest of one that was never
killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from aura_pipelines.run_progress import STEPS
from tests.support import PATIENCE_SECONDS, GitRepository

RUN = """
import os, signal, sys
import dagster as dg
from aura_core import indexing
from aura_core.settings import Settings
from aura_pipelines.definitions import build_defs
from aura_pipelines.dagster_client import JOB
repo, dies_at = sys.argv[1:]
if dies_at == "publish":
    from aura_pipelines.resources import open_once
    open_once(Settings()).snapshots.flush = lambda: os.kill(os.getpid(), signal.SIGKILL)
elif dies_at:
    step = getattr(indexing, dies_at)
    def dying(context):
        step(context)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(indexing, dies_at, dying)
with dg.DagsterInstance.local_temp() as instance:
    instance.add_dynamic_partitions("repository", [repo])
    sys.exit(not build_defs().resolve_job_def(JOB).execute_in_process(partition_key=repo, instance=instance).success)
"""


@pytest.mark.slow
@pytest.mark.parametrize("step", [*STEPS, "publish"])
def test_a_killed_run_is_made_good_by_the_next_one(step: str, tmp_path: Path, shop: GitRepository, clean: str) -> None:
    settings = Settings(home=tmp_path / "aura-home", workers=1)
    stores = open_stores(settings)
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    Aura(stores).sync(repo, source="test")
    assert _run(settings, repo, step) == -signal.SIGKILL
    published = [r.digest for r in stores.catalog.publisher.refs(repo)]
    assert published == ([clean] if step in ("snapshot", "cluster") else [])
    # The lease of a process that is gone on this machine is free at once.
    assert stores.catalog.leases.current(repo) is None
    assert _run(settings, repo, "") == 0
    assert [r.digest for r in stores.catalog.publisher.refs(repo)] == [clean]
    assert [e.state.value for e in stores.catalog.events.list(repo)] == ["done"]
    assert stores.catalog.leases.current(repo) is None
    stores.close()


@pytest.fixture
def clean(tmp_path: Path, shop: GitRepository) -> str:
    """The digest of an index that nobody disturbed."""
    stores = open_stores(Settings(home=tmp_path / "clean-home", workers=1))
    aura = Aura(stores)
    digest = aura.index(aura.add(str(shop.path), from_cli=True).id).digest
    stores.close()
    return digest


def _run(settings: Settings, repo: str, dies_at: str) -> int:
    """Run the job in a process of its own; its exit code."""
    env = {**os.environ, "AURA_HOME": str(settings.home)}
    return subprocess.run(
        [sys.executable, "-c", RUN, repo, dies_at], env=env, capture_output=True, timeout=PATIENCE_SECONDS, check=False
    ).returncode
