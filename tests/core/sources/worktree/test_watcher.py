"""A watched checkout gives the answers of an unwatched one, and a question about it costs what changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.settings import Settings
from aura_core.sources import RepositorySources, identify
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.worktree import watcher
from aura_core.sources.worktree.checkout import Checkout
from aura_core.sources.worktree.checkout_scan import scan_checkout
from aura_core.sources.worktree.file_events import is_remote
from tests.core.sources.open_path import open_path
from tests.core.sources.worktree.watched_checkout import WatchedCheckout
from tests.support import PATIENCE_SECONDS, GitRepository


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[WatchedCheckout]:
    checkout = WatchedCheckout(tmp_path)
    yield checkout
    checkout.close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine events come late; that is no broken watch."""
    monkeypatch.setattr("aura_core.sources.worktree.file_events.SETTLE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def full_scans(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """One entry, HEAD's commit, for each full scan."""
    heads: list[str | None] = []

    def scan(source: GitObjects, head: str | None) -> Checkout | None:
        heads.append(head)
        return scan_checkout(source, head)

    monkeypatch.setattr(watcher, "scan_checkout", scan)
    return heads


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


def by_rename(repo: GitRepository) -> None:
    """As many editors save."""
    (repo.path / "a.py.tmp~").write_text("written aside\n")
    os.replace(repo.path / "a.py.tmp~", repo.path / "a.py")


def stash(repo: GitRepository) -> None:
    repo.git("stash", "--include-untracked")


def pop(repo: GitRepository) -> None:
    subprocess.run(["git", "stash", "pop"], cwd=repo.path, capture_output=True, check=False)


def switch(repo: GitRepository) -> None:
    repo.git("checkout", "-q", "-f", "-B", "side")
    repo.commit({"pkg/b.py": "side\n", "side.py": "s\n"})
    repo.git("checkout", "-q", "-f", "main")


def rebase(repo: GitRepository) -> None:
    repo.git("checkout", "-q", "-f", "-B", "topic")
    repo.commit({"topic.py": "t\n"})
    repo.git("checkout", "-q", "main")
    repo.commit({"main.py": "m\n"})
    repo.git("checkout", "-q", "topic")
    repo.git("rebase", "-q", "main")


def odd_name(repo: GitRepository) -> None:
    with open(bytes(repo.path) + b"/\xe9.py", "w") as file:
        file.write("latin\n")


def inner_repository(repo: GitRepository) -> None:
    folder = repo.path / "inner"
    folder.mkdir(exist_ok=True)
    (folder / "i.py").write_text("i\n")
    repo.git("init", "-q", "inner")


def swap_folder(repo: GitRepository) -> None:
    shutil.rmtree(repo.path / "pkg", ignore_errors=True)
    (repo.path / "pkg").write_text("now a file\n")


def move_folder(repo: GitRepository) -> None:
    if (repo.path / "pkg").is_dir():
        os.replace(repo.path / "pkg", repo.path / f"moved{time.monotonic_ns()}")


def link(repo: GitRepository) -> None:
    (repo.path / "a.py").unlink(missing_ok=True)
    (repo.path / "a.py").symlink_to("pkg")


def writes(files: dict[str, str | bytes]) -> Callable[[GitRepository], None]:
    def write(repo: GitRepository) -> None:
        for name, data in files.items():
            file = repo.path / name
            if any(above.is_file() for above in file.parents) or file.is_dir():
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.unlink(missing_ok=True)
            file.write_bytes(data if isinstance(data, bytes) else data.encode())

    write.__name__ = f"write {' '.join(files)[:40]}"
    return write


def runs(*command: str) -> Callable[[GitRepository], None]:
    def run(repo: GitRepository) -> None:
        subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@example.invalid", *command],
            cwd=repo.path,
            capture_output=True,
            check=False,
        )

    run.__name__ = " ".join(command)
    return run


def test_a_folder_that_went_and_came_back_is_heard(checkout: WatchedCheckout) -> None:
    checkout.worktree()
    for step in (runs("rm", "-rq", "--cached", "."), stash, writes({"pkg/new.py": "n\n"})):
        step(checkout.repo)
        assert checkout.worktree() == checkout.worktree(watched=False)


OPERATIONS = [
    writes({"a.py": "one\n"}),
    writes({"a.py": "two, longer\n"}),
    writes({"pkg/new.py": "n\n", "x.log": "ignored\n"}),
    writes({"deep/er/est.py": "d\n"}),
    writes({"raw": b"\0binary"}),
    writes({"raw": "text now\n"}),
    writes({"build/out.py": "o\n"}),
    writes({".gitignore": "*.tmp\n"}),
    writes({".auraignore": "pkg/\n"}),
    writes({".auraignore": ""}),
    writes({"pkg/.gitattributes": "*.py linguist-generated\n"}),
    writes({"env/pyvenv.cfg": "", "env/lib.py": "l\n"}),
    writes({f"many/m{n}.py": f"{n}\n" for n in range(600)}),
    writes({"big.txt": "x" * 1_100_000}),
    *(by_rename, stash, pop, switch, rebase, odd_name, inner_repository, swap_folder, move_folder, link),
    runs("add", "--all"),
    runs("add", "-N", "."),
    runs("commit", "-qam", "c"),
    runs("reset", "-q", "--hard"),
    runs("rm", "-rq", "--cached", "."),
    runs("reset", "-q", "--soft", "HEAD~1"),
    runs("clean", "-fdxq"),
    runs("sparse-checkout", "set", "pkg"),
    runs("sparse-checkout", "disable"),
    runs("update-index", "--skip-worktree", "a.py"),
    runs("config", "core.excludesFile", "/dev/null"),
    runs("rm", "-q", "pkg/sub/c.py"),
]


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
