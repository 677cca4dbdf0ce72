"""Questions about a working tree that changes all the time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aura_core.errors import SnapshotNotReady
from aura_core.model.snapshot import is_worktree
from aura_core.ports.stores import Stores
from aura_core.service import Aura
from tests.support import GitRepository


@contextmanager
def written(file: Path) -> Iterator[None]:
    """A log that grows while inside, every few milliseconds."""
    ending = threading.Event()

    def write() -> None:
        with file.open("a") as log:
            while not ending.wait(0.002):
                log.write("one more line\n")
                log.flush()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def test_a_checkout_in_which_a_log_is_written_can_be_asked(stores: Stores, shop: GitRepository) -> None:
    aura = Aura(stores, local=True)
    repo = aura.add(str(shop.path), from_cli=True).id
    aura.index(repo)
    with written(shop.path / "server.txt"):
        shop.write({"shop/new.py": "def brand_new():\n    pass\n"})
        asked = aura.asked_now(repo)
        aura.index(repo)
        time.sleep(0.05)
        with pytest.raises(SnapshotNotReady):
            aura.at(repo)
        snapshot = asked.at(repo)
    assert is_worktree(snapshot.sha)
    assert snapshot.view.node("shop/new.py::brand_new") is not None
    assert snapshot.view.node("server.txt") is not None


def test_edits_that_were_read_before_the_question_are_no_answer(stores: Stores, shop: GitRepository) -> None:
    aura = Aura(stores, local=True)
    repo = aura.add(str(shop.path), from_cli=True).id
    shop.write({"shop/new.py": "new = 1\n"})
    aura.index(repo)
    shop.write({"shop/new.py": "new = 2\n"})
    asked = aura.asked_now(repo)
    with pytest.raises(SnapshotNotReady):
        asked.at(repo)
    aura.index(repo)
    shop.write({"shop/new.py": "new = 3\n"})
    assert is_worktree(asked.at(repo).sha), "read after the question"
    with pytest.raises(SnapshotNotReady):
        aura.asked_now(repo).at(repo)


def test_a_folder_in_which_a_log_is_written_can_be_indexed(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / "code.py").write_text("def here():\n    pass\n")
    aura = Aura(stores, local=True)
    repo = aura.add(str(folder), from_cli=True).id
    with written(folder / "server.txt"):
        report = aura.index(repo)
    assert report.steps
    assert aura.at(repo, report.sha).view.node("code.py::here") is not None


def test_edits_may_become_ready_while_something_indexes_them(stores: Stores, shop: GitRepository) -> None:
    aura = Aura(stores)
    repo = aura.add(str(shop.path), from_cli=True).id
    assert not aura.may_become_ready(repo)
    lease = stores.catalog.leases.acquire(repo, "run", 60)
    assert aura.may_become_ready(repo)
    stores.catalog.leases.release(lease)
    stores.catalog.heartbeats.beat("pipelines")
    assert aura.may_become_ready(repo)
