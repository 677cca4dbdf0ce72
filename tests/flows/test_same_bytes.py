"""The same tree gives the same bytes, whatever the hash seed and the number of workers: real commands in real
processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from aura_core.workers.pool import MIN_JOBS
from tests.core.linking.hostile_tree import HostileTree
from tests.support import PATIENCE_SECONDS, SHOP, GitRepository

pytestmark = pytest.mark.slow

RUNS = ((1, 2), (2, 3), (3, 1), (4, 4)) if "AURA_TEST_LONG" in os.environ else ((1, 2), (2, 3))
"""Hash seeds and numbers of workers that are compared with seed 0 and one worker."""


def aura(home: Path, seed: int, workers: int, *arguments: str) -> bytes:
    env = {**os.environ, "AURA_HOME": str(home), "PYTHONHASHSEED": str(seed), "AURA_WORKERS": str(workers)}
    done = subprocess.run(
        [sys.executable, "-m", "aura_cli", *arguments], env=env, capture_output=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def outputs(repository: Path, home: Path, seed: int, workers: int) -> dict[str, object]:
    """What indexing from nothing gives: the export, and the views with their search index and vectors."""
    aura(home, seed, workers, "index", str(repository))
    views = {file.name: sha256(file.read_bytes()).hexdigest() for file in home.rglob("*.view")}
    assert views
    return {"export": aura(home, seed, 1, "graph", "export", "--repo", str(repository)), "views": views}


def many_files(path: Path) -> GitRepository:
    """A repository with so many files that several processes work on it."""
    random, hostile = Random(7), HostileTree()
    for _ in range(60):
        hostile.add(random)
        hostile.edit(random)
    many = {
        f"many/m{i}.py": f"from shop.cart import Cart\ndef f{i}(x): return Cart().add(x) or x.g{i % 7}()\n"
        for i in range(MIN_JOBS)
    }
    repository = GitRepository(path)
    repository.commit({**SHOP, **hostile.tree(), **many})
    return repository


def test_exports_and_views_are_the_same_bytes_under_any_hash_seed_and_number_of_workers(tmp_path: Path) -> None:
    repository = many_files(tmp_path / "tree")
    first = outputs(repository.path, tmp_path / "home-0", seed=0, workers=1)
    assert first["export"].count(b"\n") > 3 * MIN_JOBS  # type: ignore[attr-defined]
    for seed, workers in RUNS:
        assert outputs(repository.path, tmp_path / f"home-{seed}", seed, workers) == first


STEP_BY_STEP = """
import sys
from aura_core import indexing
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
stores = open_stores(Settings())
repo = Aura(stores).add(sys.argv[1], from_cli=True).id
context = indexing.StepContext.open(stores, indexing.plan_run(stores, repo, "run"))
for step in (indexing.parse, indexing.graph, indexing.embed, indexing.snapshot, indexing.cluster):
    print(step(context).counts)
"""


def test_steps_that_run_by_themselves_give_the_same_bytes_with_several_workers(tmp_path: Path) -> None:
    repository, results = many_files(tmp_path / "tree"), []
    for workers in ("1", "2", "3"):
        home = tmp_path / f"home-{workers}"
        env = {**os.environ, "AURA_HOME": str(home), "AURA_WORKERS": workers}
        command = [sys.executable, "-W", "error", "-c", STEP_BY_STEP, str(repository.path)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        results.append(
            (done.stdout, {file.name: sha256(file.read_bytes()).hexdigest() for file in home.rglob("*.view")})
        )
    assert results == results[:1] * 3


DIES_IN = """
import os, signal, sys
from aura_core import indexing
from aura_core.errors import WorkerLost
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
moment = sys.argv[2]
dies = False
def progress(step, done, total):
    global dies
    dies = dies or moment == f"{step} begins" and done == 0
os.register_at_fork(after_in_child=lambda: dies and os.kill(os.getpid(), signal.SIGKILL))
stores = open_stores(Settings())
repo = Aura(stores).add(sys.argv[1], from_cli=True).id
try:
    indexing.index(stores, repo, progress=progress)
except WorkerLost as error:
    print(error.details["exit"], len(stores.catalog.publisher.refs(repo)), stores.catalog.leases.current(repo))
"""


@pytest.mark.parametrize("moment", ["parse begins", "graph begins", "cluster begins"])
def test_when_workers_are_killed_nothing_is_published_and_the_next_index_is_whole(moment: str, tmp_path: Path) -> None:
    repository, home = many_files(tmp_path / "tree"), tmp_path / "home"
    env = {**os.environ, "AURA_HOME": str(home), "AURA_WORKERS": "2"}
    command = [sys.executable, "-W", "error", "-c", DIES_IN, str(repository.path), moment]
    killed = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert (killed.stdout, killed.stderr) == (f"-9 {int(moment == 'cluster begins')} None\n", "")
    assert outputs(repository.path, home, 0, 2) == outputs(repository.path, tmp_path / "other", 0, 1)
