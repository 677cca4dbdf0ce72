"""A followed checkout is ready before it is asked about."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from aura_core.errors import AuraError, SnapshotNotReady, StoreUnavailable, SyncInProgress
from aura_core.indexing.steps.report import Progress
from aura_core.model.snapshot import WORKTREE
from aura_core.ports.stores import Stores
from aura_core.service import Aura, Keeper, follower
from tests.support import PATIENCE_SECONDS, GitRepository


def index(aura: Aura, repo: str, progress: Progress) -> None:
    aura.index(repo, progress=progress)


@pytest.fixture
def aura(stores: Stores) -> Aura:
    return Aura(stores, local=True)


@pytest.fixture
def repo(aura: Aura, shop: GitRepository) -> str:
    return aura.add(str(shop.path), from_cli=True).id


@pytest.fixture
def keep(aura: Aura) -> Iterator[Callable[..., Keeper]]:
    made: list[Keeper] = []

    def keeper(bring_in: follower.BringIn = index, *, everything: bool = False) -> Keeper:
        made.append(Keeper(aura, bring_in, everything=everything))
        aura.keeper = made[-1]
        return made[-1]

    yield keeper
    for one in made:
        one.stop()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def ready(aura: Aura, repo: str) -> bool:
    wanted = aura.target(repo)
    return aura.stores.snapshots.info(repo, wanted) is not None


def test_a_question_begins_it_and_edits_and_commits_are_brought_in(
    aura: Aura, repo: str, shop: GitRepository, keep: Callable[..., Keeper]
) -> None:
    keep()
    with suppress(SnapshotNotReady):
        aura.locate(repo)
    until(lambda: ready(aura, repo))
    shop.write({"shop/prices.py": "def edited_price():\n    return 1\n"})
    until(lambda: ready(aura, repo))
    at = aura.locate(repo)
    assert at.sha.startswith(WORKTREE)
    assert aura.graph(repo)[2].node("shop/prices.py::edited_price") is not None
    sha = shop.commit({})
    until(lambda: aura.stores.snapshots.info(repo, sha) is not None)
    assert aura.locate(repo).sha == sha


def test_questions_about_the_published_head_follow_nothing(aura: Aura, repo: str, keep: Callable[..., Keeper]) -> None:
    keeper = keep()
    with pytest.raises(AuraError):
        aura.locate(repo, local=False)
    assert not keeper._followed


def test_a_burst_of_edits_is_brought_in_once(
    aura: Aura, repo: str, shop: GitRepository, keep: Callable[..., Keeper]
) -> None:
    aura.index(repo)
    brought: list[str] = []

    def bring_in(aura: Aura, repo: str, progress: Progress) -> None:
        brought.append(aura.target(repo))
        aura.index(repo, progress=progress)

    keep(bring_in).follow(aura.repository(repo))
    time.sleep(0.3)
    for number in range(20):
        shop.write({f"shop/m{number}.py": f"x = {number}\n"})
        time.sleep(0.005)
    until(lambda: brought and ready(aura, repo))
    assert len(brought) <= 3


def test_everything_that_is_registered_is_followed_when_that_is_asked_for(
    aura: Aura,
    repo: str,
    shop: GitRepository,
    keep: Callable[..., Keeper],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(follower, "ROLL_CALL_SECONDS", 0.05)
    keeper = keep(everything=True)
    until(lambda: repo in keeper._followed)
    other = GitRepository(tmp_path / "other")
    other.commit({"a.py": "def a():\n    pass\n"})
    later = aura.add(str(other.path), from_cli=True).id
    until(lambda: later in keeper._followed and ready(aura, later))


def test_only_a_few_are_followed_at_once(
    aura: Aura, repo: str, keep: Callable[..., Keeper], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(follower, "MOST", 1)
    keeper = keep()
    keeper.follow(aura.repository(repo))
    other = GitRepository(tmp_path / "other")
    other.commit({"a.py": "a = 1\n"})
    second = aura.add(str(other.path), from_cli=True)
    keeper.follow(second)
    assert list(keeper._followed) == [second.id]
    assert not aura.stores.sources.is_watched(aura.repository(repo))


def test_a_sync_that_is_in_the_way_is_waited_for(
    aura: Aura,
    repo: str,
    keep: Callable[..., Keeper],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(follower, "AGAIN_SECONDS", 0.01)
    tried: list[int] = []

    def busy(aura: Aura, repo: str, progress: Progress) -> None:
        tried.append(1)
        if len(tried) < 3:
            raise SyncInProgress("busy")
        aura.index(repo, progress=progress)

    keep(busy).follow(aura.repository(repo))
    until(lambda: ready(aura, repo))
    assert len(tried) == 3
    assert caplog.records == []


def test_what_fails_is_said_once_and_tried_again_at_the_next_change(
    aura: Aura, repo: str, shop: GitRepository, keep: Callable[..., Keeper], caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[int] = []

    def broken(aura: Aura, repo: str, progress: Progress) -> None:
        tried.append(1)
        raise StoreUnavailable("the disk is full")

    with caplog.at_level(logging.WARNING, "aura.watch"):
        keep(broken).follow(aura.repository(repo))
        until(lambda: tried)
        for number in (1, 2):
            before = len(tried)
            shop.write({"shop/a.py": f"x = {number}\n"})
            until(lambda before=before: len(tried) > before)
    assert [r.getMessage() for r in caplog.records] == [f"{repo}: the disk is full"]


def test_where_changes_are_not_heard_the_files_are_looked_at_and_that_is_said(
    aura: Aura,
    repo: str,
    shop: GitRepository,
    keep: Callable[..., Keeper],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aura_core.sources.worktree.watcher.is_remote", lambda path: True)
    monkeypatch.setattr(follower, "SCAN_SECONDS", 0.05)
    with caplog.at_level(logging.WARNING, "aura.watch"):
        keeper = keep()
        keeper.follow(aura.repository(repo))
        until(lambda: ready(aura, repo))
        shop.write({"shop/prices.py": "x = 1\n"})
        until(lambda: ready(aura, repo))
    assert "remote" in keeper.problems()[repo]
    assert [r.getMessage() for r in caplog.records] == [
        f"{repo}: its files are looked at one by one: {keeper.problems()[repo]}"
    ]


def test_a_repository_that_was_removed_is_left_and_followed_again_when_it_is_back(
    aura: Aura, repo: str, shop: GitRepository, keep: Callable[..., Keeper]
) -> None:
    keeper = keep()
    keeper.follow(aura.repository(repo))
    until(lambda: ready(aura, repo))
    first = keeper._followed[repo]
    aura.remove(repo)
    shop.write({"shop/a.py": "x = 1\n"})
    until(lambda: not first.is_alive())
    keeper.follow(aura.add(str(shop.path), from_cli=True))
    assert keeper._followed[repo] is not first
    until(lambda: ready(aura, repo))


def test_stopping_ends_what_runs_and_leaves_nothing(aura: Aura, repo: str, keep: Callable[..., Keeper]) -> None:
    began = threading.Event()

    def long(aura: Aura, repo: str, progress: Progress) -> None:
        began.set()
        while True:
            progress("parse", 0, 1)
            time.sleep(0.01)

    keeper = keep(long)
    keeper.follow(aura.repository(repo))
    assert began.wait(PATIENCE_SECONDS)
    keeper.stop()
    keeper.follow(aura.repository(repo))
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("follow-", "watch-"))]
    assert not aura.stores.sources.is_watched(aura.repository(repo))
