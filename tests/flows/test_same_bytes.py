"""The same tree gives the same bytes, whatever the hash seed and the number of workers: real commands in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from random import Random

from aura_core.indexing.pool import SMALL
from tests.core.linking.hostile import Hostile
from tests.support import SHOP, GitRepository

RUNS = ((1, 2), (2, 3), (3, 1), (4, 4)) if "AURA_TEST_LONG" in os.environ else ((1, 2),)
"""Hash seeds and numbers of workers that are compared with seed 0 and one worker."""


def aura(home: Path, seed: int, workers: int, *arguments: str) -> bytes:
    env = {**os.environ, "AURA_HOME": str(home), "PYTHONHASHSEED": str(seed), "AURA_WORKERS": str(workers)}
    done = subprocess.run([sys.executable, "-m", "aura_cli", *arguments], env=env, capture_output=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def outputs(repository: Path, home: Path, seed: int, workers: int) -> dict[str, object]:
    """What indexing from nothing gives: the export, and the views with their search index and vectors."""
    aura(home, seed, workers, "index", str(repository))
    views = {file.name: sha256(file.read_bytes()).hexdigest() for file in home.rglob("*.view")}
    assert views
    return {"export": aura(home, seed, 1, "graph", "export", "--repo", str(repository)), "views": views}


def test_exports_and_views_are_the_same_bytes_under_any_hash_seed_and_number_of_workers(tmp_path: Path) -> None:
    random, hostile = Random(7), Hostile()
    for _ in range(60):
        hostile.add(random)
        hostile.edit(random)
    many = {f"many/m{i}.py": f"from shop.cart import Cart\ndef f{i}(x): return Cart().add(x) or x.g{i % 7}()\n" for i in range(SMALL)}
    repository = GitRepository(tmp_path / "tree")
    repository.commit({**SHOP, **hostile.tree(), **many})
    first = outputs(repository.path, tmp_path / "home-0", seed=0, workers=1)
    assert first["export"].count(b"\n") > 3 * SMALL  # type: ignore[attr-defined]
    for seed, workers in RUNS:
        assert outputs(repository.path, tmp_path / f"home-{seed}", seed, workers) == first
