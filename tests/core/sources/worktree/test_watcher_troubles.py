"""A watch that is not to be trusted is replaced by full scans, its problem is named, and its end leaves nothing."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

import pytest

from aura_core.sources.worktree import watcher
from aura_core.sources.worktree.file_events import is_remote
from tests.core.sources.worktree.checkout_operations import odd_name
from tests.core.sources.worktree.watched_checkout import WatchedCheckout
from tests.support import PATIENCE_SECONDS


def test_without_room_for_watches_everything_is_scanned_and_the_problem_is_named(
    checkout: WatchedCheckout, monkeypatch: pytest.MonkeyPatch, full_scans: list[str | None]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError('OS file watch limit reached. about ["/somewhere"]')

    monkeypatch.setattr("watchfiles._rust_notify.RustNotify", refuse)  # documented by watchfiles, despite its name
    assert checkout.worktree() is None
    assert "max_user_watches" in checkout.watcher.problem
    checkout.repo.write({"a.py": "edited\n"})
    tree = checkout.worktree()
    assert tree is not None
    assert tree.dirty == ("a.py",)
    assert len(full_scans) == 2
    monkeypatch.undo()
    monkeypatch.setattr(watcher, "RETRY_SECONDS", 0.0)
    checkout.worktree()
    assert checkout.watcher.problem == ""


def test_a_remote_file_system_is_not_trusted(checkout: WatchedCheckout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "is_remote", lambda path: True)
    checkout.worktree()
    assert "remote" in checkout.watcher.problem
    assert not is_remote(checkout.repo.path)


def test_a_watch_that_breaks_off_is_begun_again_after_a_while(
    checkout: WatchedCheckout, monkeypatch: pytest.MonkeyPatch, full_scans: list[str | None]
) -> None:
    checkout.worktree()
    (listener,) = (thread for thread in threading.enumerate() if thread.name == "watch-repo")
    odd_name(checkout.repo)  # a name that the library cannot spell
    listener.join(PATIENCE_SECONDS)
    assert checkout.worktree() == checkout.worktree(watched=False)
    assert checkout.watcher.folders is None
    assert "not UTF-8" in checkout.watcher.problem
    checkout.repo.write({"a.py": "edited\n"})
    assert checkout.worktree() == checkout.worktree(watched=False)
    os.unlink(bytes(checkout.repo.path) + b"/\xe9.py")
    monkeypatch.setattr(watcher, "RETRY_SECONDS", 0.0)
    assert checkout.worktree() == checkout.worktree(watched=False)
    assert checkout.watcher.problem == ""
    full_scans.clear()
    checkout.repo.write({"a.py": "edited again\n"})
    tree = checkout.worktree()
    assert full_scans == []
    assert tree == checkout.worktree(watched=False)


class SilentNotify:
    """Watches folders and never tells of a change."""

    def __init__(self, *_: object) -> None:
        pass

    def watch(self, _burst: int, _step: int, _idle: int, stop: threading.Event) -> str:
        stop.wait(0.01)
        return "timeout"

    def close(self) -> None:
        pass


def test_a_watch_that_sends_no_events_is_not_trusted(
    checkout: WatchedCheckout, monkeypatch: pytest.MonkeyPatch, full_scans: list[str | None]
) -> None:
    monkeypatch.setattr("aura_core.sources.worktree.file_events.SETTLE_SECONDS", 0.05)
    monkeypatch.setattr("watchfiles._rust_notify.RustNotify", SilentNotify)
    checkout.worktree()
    assert checkout.watcher.folders is not None
    full_scans.clear()
    checkout.repo.write({"a.py": "edited\n"})
    tree = checkout.worktree()
    assert tree is not None
    assert tree.dirty == ("a.py",)
    assert full_scans


def test_now_and_then_everything_is_scanned_anyway(
    checkout: WatchedCheckout, monkeypatch: pytest.MonkeyPatch, full_scans: list[str | None]
) -> None:
    checkout.worktree()
    full_scans.clear()
    monkeypatch.setattr(watcher, "FULL_SCAN_SECONDS", 0.0)
    checkout.worktree()
    assert len(full_scans) == 1


def inotify_handles() -> int:
    count = 0
    for handle in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            count += "inotify" in os.readlink(f"/proc/self/fd/{handle}")
    return count


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
def test_a_watch_that_is_closed_leaves_nothing(checkout: WatchedCheckout) -> None:
    before = inotify_handles()
    checkout.worktree()
    assert inotify_handles() == before + 1
    checkout.repo.write({"one/more/folder.py": "x\n"})
    checkout.worktree()
    assert inotify_handles() == before + 1
    checkout.close()
    assert inotify_handles() == before
    assert list((checkout.home / "watch").iterdir()) == []
    assert not any(thread.name.startswith("watch-") for thread in threading.enumerate())
    assert checkout.worktree() == checkout.worktree(watched=False)
    assert inotify_handles() == before


def test_marks_of_dead_processes_are_swept(checkout: WatchedCheckout) -> None:
    marks = checkout.home / "watch" / "999999999-dead"
    marks.mkdir(parents=True)
    (marks / "1").touch()
    os.utime(marks, (0, 0))
    checkout.worktree()
    assert not marks.exists()
