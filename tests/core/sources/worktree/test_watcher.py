"""A watched checkout gives the answers of an unwatched one, and a question about it costs what changed."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.settings import Settings
from aura_core.sources import RepositorySources, identify
from tests.core.sources.open_path import open_path
from tests.core.sources.worktree.checkout_operations import OPERATIONS, runs, stash, switch, writes
from tests.core.sources.worktree.watched_checkout import WatchedCheckout
from tests.support import GitRepository


def test_a_question_and_an_edit_cost_no_full_scan(checkout: WatchedCheckout, full_scans: list[str | None]) -> None:
    assert checkout.worktree() is None
    full_scans.clear()
    checkout.repo.write({"a.py": "edited\n", "new.py": "new\n"})
    tree = checkout.worktree()
    assert tree is not None
    assert tree.dirty == ("a.py", "new.py")
    assert checkout.worktree() == tree
    checkout.repo.write({"a.py": "a\n", "new.py": None})
    assert checkout.worktree() is None
    assert full_scans == []
    assert checkout.watcher.problem == ""


def test_an_edit_made_a_moment_before_the_question_is_never_missed(checkout: WatchedCheckout) -> None:
    checkout.worktree()
    for number in range(20):
        checkout.repo.write({"a.py": f"edit {number}\n"})
        tree = checkout.worktree()
        assert tree is not None
        assert tree == checkout.worktree(watched=False)


def test_a_folder_that_went_and_came_back_is_heard(checkout: WatchedCheckout) -> None:
    checkout.worktree()
    for step in (runs("rm", "-rq", "--cached", "."), stash, writes({"pkg/new.py": "n\n"})):
        step(checkout.repo)
        assert checkout.worktree() == checkout.worktree(watched=False)


@given(steps=st.lists(st.sampled_from(OPERATIONS), min_size=4, max_size=10))
@limits(max_examples=12, deadline=None)
def test_after_any_operations_a_watcher_gives_the_answer_of_a_full_scan(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Callable[[GitRepository], None]]
) -> None:
    checkout = WatchedCheckout(tmp_path_factory.mktemp("watched"))
    try:
        checkout.worktree()
        for step in steps:
            try:
                step(checkout.repo)
            except (subprocess.CalledProcessError, FileExistsError, NotADirectoryError, IsADirectoryError):
                continue  # not possible after the steps before
            assert checkout.worktree() == checkout.worktree(watched=False), step.__name__
    finally:
        checkout.close()


@pytest.mark.parametrize("step", OPERATIONS, ids=lambda step: step.__name__)
def test_each_kind_of_change_is_seen(checkout: WatchedCheckout, step: Callable[[GitRepository], None]) -> None:
    checkout.worktree()
    step(checkout.repo)
    assert checkout.worktree() == checkout.worktree(watched=False)
    checkout.repo.write({"pkg2/after.py": "later\n"})
    assert checkout.worktree() == checkout.worktree(watched=False)


def test_a_switch_of_branches_is_one_full_scan_and_a_new_folder_two(
    checkout: WatchedCheckout, full_scans: list[str | None]
) -> None:
    checkout.worktree()
    switch(checkout.repo)
    checkout.worktree()
    full_scans.clear()
    checkout.repo.git("checkout", "-q", "side")
    checkout.worktree()
    assert len(full_scans) == 1
    full_scans.clear()
    checkout.repo.write({"fresh/a.py": "a\n"})
    checkout.worktree()
    assert len(full_scans) == 2  # what was in the new folder before it was listened to
    full_scans.clear()
    checkout.repo.write({"fresh/b.py": "b\n"})
    tree = checkout.worktree()
    assert tree is not None
    assert "fresh/b.py" in tree.dirty
    assert full_scans == []


def test_the_text_of_an_edit_is_the_one_that_was_hashed(checkout: WatchedCheckout) -> None:
    checkout.worktree()
    source = checkout.open()
    checkout.repo.write({"a.py": "first\n"})
    tree = source.worktree()
    assert tree is not None
    blob = next(f.blob for f in tree.files if f.path == "a.py")
    checkout.repo.write({"a.py": "second\n", "pkg/b.py": "other\n"})
    checkout.worktree()
    assert source.read(blob) == b"first\n"
    assert source.dirty_text(blob) == b"first\n"


def test_many_may_ask_at_once_while_files_change(checkout: WatchedCheckout) -> None:
    checkout.worktree()
    stop, failures = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            checkout.repo.write({"a.py": f"{number}\n" * 50, f"pkg/n{number % 5}.py": f"{number}\n"})

    def ask() -> None:
        for _ in range(15):
            try:
                checkout.worktree()
            except Exception as error:  # noqa: BLE001
                failures.append(error)

    writer, askers = threading.Thread(target=write), [threading.Thread(target=ask) for _ in range(3)]
    for thread in (writer, *askers):
        thread.start()
    for thread in askers:
        thread.join()
    stop.set()
    writer.join()
    assert failures == []
    assert checkout.worktree() == checkout.worktree(watched=False)


def test_the_home_inside_the_checkout_is_not_watched(tmp_path: Path, full_scans: list[str | None]) -> None:
    repo = GitRepository(tmp_path / "repo")
    repo.commit({"a.py": "a\n"})
    settings = Settings(home=repo.path / ".aura")
    sources = RepositorySources(settings)
    checkout_watcher = sources.watch(identify(str(repo.path), from_cli=True))
    source = open_path(repo.path, settings, sources)
    try:
        assert source.worktree() is None
        full_scans.clear()
        (settings.home / "store.db").write_bytes(b"x")
        assert source.worktree() is None
        assert full_scans == []
        assert checkout_watcher.folders == {""}
    finally:
        sources.close()
