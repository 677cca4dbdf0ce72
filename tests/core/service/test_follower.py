"""A followed checkout is indexed before it is asked about."""

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
from aura_core.service import Aura, CheckoutFollower, follower
from tests.support import PATIENCE_SECONDS, GitRepository


@pytest.fixture
def aura(stores: Stores) -> Aura:
    return Aura(stores, local=True)


@pytest.fixture
def repo(aura: Aura, shop: GitRepository) -> str:
    return aura.add(str(shop.path), from_cli=True).id


Start = Callable[..., CheckoutFollower]


@pytest.fixture
def start(aura: Aura) -> Iterator[Start]:
    followers: list[CheckoutFollower] = []

    def index(repo: str, progress: Progress) -> None:
        aura.index(repo, progress=progress)

    def start_follower(index: follower.IndexCheckout = index, *, everything: bool = False) -> CheckoutFollower:
        aura.follower = CheckoutFollower(aura.stores, index, everything=everything)
        followers.append(aura.follower)
        return aura.follower

    yield start_follower
    for each in followers:
        each.stop()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def ready(aura: Aura, repo: str) -> bool:
    return aura.stores.snapshots.info(repo, aura.local_target(repo)) is not None


def test_a_question_begins_it_and_edits_and_commits_are_brought_in(
    aura: Aura, repo: str, shop: GitRepository, start: Start
) -> None:
    start()
    with suppress(SnapshotNotReady):
        aura.at(repo)
    until(lambda: ready(aura, repo))
    shop.write({"shop/prices.py": "def edited_price():\n    return 1\n"})
    until(lambda: ready(aura, repo))
    snapshot = aura.at(repo)
    assert snapshot.sha.startswith(WORKTREE)
    assert snapshot.graph().node("shop/prices.py::edited_price") is not None
    sha = shop.commit({})
    until(lambda: aura.stores.snapshots.info(repo, sha) is not None)
    assert aura.at(repo).sha == sha


def test_questions_about_the_published_head_follow_nothing(aura: Aura, repo: str, start: Start) -> None:
    watcher = start()
    with pytest.raises(AuraError):
        aura.at(repo, local=False)
    assert watcher.followed() == []


def test_a_burst_of_edits_is_brought_in_once(aura: Aura, repo: str, shop: GitRepository, start: Start) -> None:
    aura.index(repo)
    targets: list[str] = []

    def index(repo: str, progress: Progress) -> None:
        targets.append(aura.local_target(repo))
        aura.index(repo, progress=progress)

    start(index).follow(aura.repository(repo))
    time.sleep(0.3)
    for number in range(20):
        shop.write({f"shop/m{number}.py": f"x = {number}\n"})
        time.sleep(0.005)
    until(lambda: targets and ready(aura, repo))
    assert len(targets) <= 3


def test_everything_that_is_registered_is_followed_when_that_is_asked_for(
    aura: Aura,
    repo: str,
    shop: GitRepository,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(follower, "DISCOVERY_SECONDS", 0.05)
    watcher = start(everything=True)
    until(lambda: repo in watcher.followed())
    other = GitRepository(tmp_path / "other")
    other.commit({"a.py": "def a():\n    pass\n"})
    later = aura.add(str(other.path), from_cli=True).id
    until(lambda: later in watcher.followed() and ready(aura, later))


def test_only_a_few_are_followed_at_once(
    aura: Aura, repo: str, start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(follower, "MAX_CHECKOUTS", 1)
    watcher = start()
    watcher.follow(aura.repository(repo))
    other = GitRepository(tmp_path / "other")
    other.commit({"a.py": "a = 1\n"})
    second = aura.add(str(other.path), from_cli=True)
    watcher.follow(second)
    assert watcher.followed() == [second.id]
    assert not aura.stores.sources.is_watched(aura.repository(repo))


def test_a_sync_that_is_in_the_way_is_waited_for(
    aura: Aura,
    repo: str,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.01)
    attempts: list[int] = []

    def busy(repo: str, progress: Progress) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise SyncInProgress("busy")
        aura.index(repo, progress=progress)

    start(busy).follow(aura.repository(repo))
    until(lambda: ready(aura, repo))
    assert len(attempts) == 3
    assert caplog.records == []


def test_what_fails_is_said_once_and_tried_again_at_the_next_change(
    aura: Aura, repo: str, shop: GitRepository, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    attempts: list[int] = []

    def broken(repo: str, progress: Progress) -> None:
        attempts.append(1)
        raise StoreUnavailable("the disk is full")

    with caplog.at_level(logging.WARNING, "aura.watch"):
        start(broken).follow(aura.repository(repo))
        until(lambda: attempts)
        for number in (1, 2):
            before = len(attempts)
            shop.write({"shop/a.py": f"x = {number}\n"})
            until(lambda before=before: len(attempts) > before)
    assert [r.getMessage() for r in caplog.records] == [f"{repo}: the disk is full"]


def test_where_changes_are_not_heard_the_files_are_looked_at_and_that_is_said(
    aura: Aura,
    repo: str,
    shop: GitRepository,
    start: Start,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("aura_core.sources.worktree.watcher.is_remote", lambda path: True)
    monkeypatch.setattr(follower, "SCAN_SECONDS", 0.05)
    with caplog.at_level(logging.WARNING, "aura.watch"):
        watcher = start()
        watcher.follow(aura.repository(repo))
        until(lambda: ready(aura, repo))
        shop.write({"shop/prices.py": "x = 1\n"})
        until(lambda: ready(aura, repo))
    assert "remote" in watcher.problems()[repo]
    assert [r.getMessage() for r in caplog.records] == [
        f"{repo}: its files are looked at one by one: {watcher.problems()[repo]}"
    ]


def test_a_repository_that_was_removed_is_left_and_followed_again_when_it_is_back(
    aura: Aura, repo: str, shop: GitRepository, start: Start
) -> None:
    watcher = start()
    watcher.follow(aura.repository(repo))
    until(lambda: ready(aura, repo))
    aura.remove(repo)
    shop.write({"shop/a.py": "x = 1\n"})
    until(lambda: watcher.followed() == [])
    watcher.follow(aura.add(str(shop.path), from_cli=True))
    assert watcher.followed() == [repo]
    until(lambda: ready(aura, repo))


def test_stopping_ends_what_runs_and_leaves_nothing(aura: Aura, repo: str, start: Start) -> None:
    began = threading.Event()

    def long(repo: str, progress: Progress) -> None:
        began.set()
        while True:
            progress("parse", 0, 1)
            time.sleep(0.01)

    watcher = start(long)
    watcher.follow(aura.repository(repo))
    assert began.wait(PATIENCE_SECONDS)
    watcher.stop()
    watcher.follow(aura.repository(repo))
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("follow-", "watch-"))]
    assert not aura.stores.sources.is_watched(aura.repository(repo))
