"""A sync killed at any step leaves the old answer, and the next sync gives the digest of one that was never killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aura_core import indexing
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from aura_core.settings import Settings
from aura_core.wiring import open_stores
from tests.support import PATIENCE_SECONDS, SHOP, GitRepository

SYNC = """
import sys
from aura_core import indexing
from aura_core.settings import Settings
from aura_core.wiring import open_stores
print(indexing.index(open_stores(Settings()), sys.argv[1]).digest)
"""

DIES_AT = """
import os, signal, sys
from aura_core import indexing
from aura_core.settings import Settings
from aura_core.wiring import open_stores
repo, step, survives = sys.argv[1], sys.argv[2], int(sys.argv[3])
calls = 0
def progress(name, done, total):
    global calls
    if name == step:
        calls += 1
        if calls > survives:
            os.kill(os.getpid(), signal.SIGKILL)
stores = open_stores(Settings())
if step == "publish":
    stores.snapshots.flush = lambda: os.kill(os.getpid(), signal.SIGKILL)
indexing.index(stores, repo, progress=progress)
"""


@pytest.mark.parametrize(
    ("step", "survives"),
    [
        ("parse", 0),
        ("parse", 1),
        ("graph", 0),
        ("graph", 2),
        ("embed", 0),
        ("embed", 1),
        ("snapshot", 1),
        ("publish", 0),
    ],
)
def test_a_killed_sync_is_completed_by_the_next_one(
    step: str, survives: int, tmp_path: Path, shop: GitRepository
) -> None:
    settings = Settings(home=tmp_path / "aura-home", workers=1)
    stores = open_stores(settings)
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    old = indexing.index(stores, repo)
    shop.commit(
        {
            "shop/more.py": "from shop.prices import total_price\n\n\ndef twice():\n    return total_price([]) * 2\n",
            "shop/cart.py": None,
        }
    )
    killed = subprocess.run(
        [sys.executable, "-c", DIES_AT, repo, step, str(survives)],
        env={**os.environ, "AURA_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [r.digest for r in stores.catalog.publisher.refs(repo)] == [old.digest]
    assert indexing.ensure_view(stores, repo, old.sha).node("shop/cart.py::Cart") is not None
    waits: list[str] = []
    again = indexing.index(stores, repo, progress=lambda step, _done, _total: waits.append(step))
    assert not [step for step in waits if step.startswith("waiting")], "the lease of a killed process is free"
    assert again.digest == clean_digest(tmp_path, shop)
    stores.close()


def clean_digest(tmp_path: Path, repository: GitRepository) -> str:
    """The digest of an index made from nothing."""
    stores: Stores = open_stores(Settings(home=tmp_path / "clean-home", workers=1))
    repo = Aura(stores).add(str(repository.path), from_cli=True).id
    digest = indexing.index(stores, repo).digest
    stores.close()
    return digest


def test_two_processes_may_sync_two_repositories_at_once(tmp_path: Path, settings: Settings) -> None:
    stores = open_stores(settings)
    names = []
    for n in range(2):
        repository = GitRepository(tmp_path / f"r{n}")
        repository.commit({**SHOP, f"extra{n}.py": f"def only_{n}():\n    pass\n"})
        names.append(Aura(stores).add(str(repository.path), from_cli=True).id)
    env = {**os.environ, "AURA_HOME": str(settings.home)}
    both = [
        subprocess.Popen([sys.executable, "-c", SYNC, name], env=env, stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    digests = [child.communicate(timeout=PATIENCE_SECONDS)[0].strip() for child in both]
    assert [child.returncode for child in both] == [0, 0]
    assert digests == [stores.catalog.publisher.refs(name)[0].digest for name in names]
    stores.close()


def test_two_syncs_of_one_repository_give_one_index(stores: Stores, settings: Settings, shop: GitRepository) -> None:
    repo = Aura(stores).add(str(shop.path), from_cli=True).id
    env = {**os.environ, "AURA_HOME": str(settings.home)}
    both = [
        subprocess.Popen([sys.executable, "-c", SYNC, repo], env=env, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    digests = {child.communicate(timeout=PATIENCE_SECONDS)[0].strip() for child in both}
    assert [child.returncode for child in both] == [0, 0]
    assert digests == {stores.catalog.publisher.refs(repo)[0].digest}
