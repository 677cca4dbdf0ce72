"""A watched checkout is answered for as an unwatched one, and costs what changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from aura_core.settings import Settings
from aura_core.sources import identify, open_source
from aura_core.sources.worktree import watching
from aura_core.sources.worktree.file_events import Events, is_remote
from tests.core.sources.desk import Desk
from tests.support import PATIENCE_SECONDS, GitRepository


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no watch that keeps silent."""
    monkeypatch.setattr("aura_core.sources.worktree.file_events.SETTLE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each time that everything was looked at."""
    seen: list[str] = []
    whole = watching.look
    monkeypatch.setattr(watching, "look", lambda source, head: seen.append("whole") or whole(source, head))  # type: ignore[func-returns-value]
    return seen


def test_a_question_and_an_edit_cost_no_look_at_everything(desk: Desk, looks: list[str]) -> None:
    assert desk.ask() is None
    looks.clear()
    desk.repo.write({"a.py": "edited\n", "new.py": "new\n"})
    tree = desk.ask()
    assert tree is not None
    assert tree.dirty == ("a.py", "new.py")
    assert desk.ask() == tree
    desk.repo.write({"a.py": "a\n", "new.py": None})
    assert desk.ask() is None
    assert looks == []
    assert desk.watch.problem == ""


def test_an_edit_made_a_moment_before_the_question_is_never_missed(desk: Desk) -> None:
    desk.ask()
    for number in range(20):
        desk.repo.write({"a.py": f"edit {number}\n"})
        tree = desk.ask()
        assert tree is not None
        assert tree == desk.ask(watched=False)


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


def test_a_folder_that_went_and_came_back_is_heard(desk: Desk) -> None:
    desk.ask()
    for step in (runs("rm", "-rq", "--cached", "."), stash, writes({"pkg/new.py": "n\n"})):
        step(desk.repo)
        assert desk.ask() == desk.ask(watched=False)


OPERATIONS = [
    writes({"a.py": "one\n"}), writes({"a.py": "two, longer\n"}),
    writes({"pkg/new.py": "n\n", "x.log": "ignored\n"}), writes({"deep/er/est.py": "d\n"}),
    writes({"raw": b"\0binary"}), writes({"raw": "text now\n"}), writes({"build/out.py": "o\n"}), writes({".gitignore": "*.tmp\n"}),
    writes({".auraignore": "pkg/\n"}), writes({".auraignore": ""}), writes({"pkg/.gitattributes": "*.py linguist-generated\n"}),
    writes({"env/pyvenv.cfg": "", "env/lib.py": "l\n"}), writes({f"many/m{n}.py": f"{n}\n" for n in range(600)}),
    writes({"big.txt": "x" * 1_100_000}),
    by_rename, stash, pop, switch, rebase, odd_name, inner_repository, swap_folder, move_folder, link,
    runs("add", "--all"), runs("add", "-N", "."), runs("commit", "-qam", "c"), runs("reset", "-q", "--hard"), runs("rm", "-rq", "--cached", "."),
    runs("reset", "-q", "--soft", "HEAD~1"), runs("clean", "-fdxq"), runs("sparse-checkout", "set", "pkg"), runs("sparse-checkout", "disable"),
    runs("update-index", "--skip-worktree", "a.py"), runs("config", "core.excludesFile", "/dev/null"), runs("rm", "-q", "pkg/sub/c.py"),
]  # fmt: skip


@given(steps=st.lists(st.sampled_from(OPERATIONS), min_size=4, max_size=10))
@limits(max_examples=12, deadline=None)
def test_whatever_happens_to_a_checkout_its_watch_says_what_a_look_says(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Callable[[GitRepository], None]]
) -> None:
    desk = Desk(tmp_path_factory.mktemp("watched"))
    try:
        desk.ask()
        for step in steps:
            try:
                step(desk.repo)
            except (subprocess.CalledProcessError, FileExistsError, NotADirectoryError, IsADirectoryError):
                continue  # not possible after the steps before
            assert desk.ask() == desk.ask(watched=False), step.__name__
    finally:
        desk.close()


@pytest.mark.parametrize("step", OPERATIONS, ids=lambda step: step.__name__)
def test_each_kind_of_change_is_seen(desk: Desk, step: Callable[[GitRepository], None]) -> None:
    desk.ask()
    step(desk.repo)
    assert desk.ask() == desk.ask(watched=False)
    desk.repo.write({"pkg2/after.py": "later\n"})
    assert desk.ask() == desk.ask(watched=False)


def test_a_switch_of_branches_is_one_look_and_a_new_folder_too(desk: Desk, looks: list[str]) -> None:
    desk.ask()
    switch(desk.repo)
    desk.ask()
    looks.clear()
    desk.repo.git("checkout", "-q", "side")
    desk.ask()
    assert len(looks) == 1
    looks.clear()
    desk.repo.write({"fresh/a.py": "a\n"})
    desk.ask()
    assert len(looks) == 2  # what was in the new folder before it was listened to
    looks.clear()
    desk.repo.write({"fresh/b.py": "b\n"})
    tree = desk.ask()
    assert tree is not None
    assert "fresh/b.py" in tree.dirty
    assert looks == []


def test_the_text_of_an_edit_is_the_one_that_was_hashed(desk: Desk) -> None:
    desk.ask()
    source = open_source(identify(str(desk.repo.path), from_cli=True), desk.settings)
    desk.repo.write({"a.py": "first\n"})
    tree = source.worktree()
    assert tree is not None
    blob = next(f.blob for f in tree.files if f.path == "a.py")
    desk.repo.write({"a.py": "second\n", "pkg/b.py": "other\n"})
    desk.ask()
    assert source.read(blob) == b"first\n"
    assert source.dirty_text(blob) == b"first\n"


def test_without_room_for_watches_everything_is_looked_at_and_that_is_said(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, looks: list[str]
) -> None:
    import watchfiles._rust_notify

    def refuse(*_: object) -> None:
        raise OSError('OS file watch limit reached. about ["/somewhere"]')

    monkeypatch.setattr(watchfiles._rust_notify, "RustNotify", refuse)
    assert desk.ask() is None
    assert "max_user_watches" in desk.watch.problem
    desk.repo.write({"a.py": "edited\n"})
    tree = desk.ask()
    assert tree is not None
    assert tree.dirty == ("a.py",)
    assert len(looks) == 2
    monkeypatch.undo()
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.0)
    desk.ask()
    assert desk.watch.problem == ""


def test_a_remote_file_system_is_not_trusted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "is_remote", lambda path: True)
    desk.ask()
    assert "remote" in desk.watch.problem
    assert not is_remote(desk.repo.path)


def test_a_watch_that_breaks_off_is_begun_again_after_a_while(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, looks: list[str]
) -> None:
    desk.ask()
    first = desk.watch._events
    assert first is not None
    odd_name(desk.repo)  # a name that the library cannot spell
    deadline = time.monotonic() + PATIENCE_SECONDS
    while first._thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert desk.ask() == desk.ask(watched=False)
    assert desk.watch._events is None
    assert "not UTF-8" in desk.watch.problem
    desk.repo.write({"a.py": "edited\n"})
    assert desk.ask() == desk.ask(watched=False)
    os.unlink(bytes(desk.repo.path) + b"/\xe9.py")
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.0)
    assert desk.ask() == desk.ask(watched=False)
    assert desk.watch.problem == ""
    looks.clear()
    desk.repo.write({"a.py": "edited again\n"})
    tree = desk.ask()
    assert looks == []
    assert tree == desk.ask(watched=False)


def test_a_watch_that_keeps_silent_is_not_trusted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, looks: list[str]
) -> None:
    desk.ask()
    looks.clear()
    monkeypatch.setattr("aura_core.sources.worktree.file_events.SETTLE_SECONDS", 0.05)
    monkeypatch.setattr(Events, "_hear", lambda self, paths: None)
    desk.repo.write({"a.py": "edited\n"})
    tree = desk.ask()
    assert tree is not None
    assert tree.dirty == ("a.py",)
    assert looks


def test_now_and_then_everything_is_looked_at_anyway(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, looks: list[str]
) -> None:
    desk.ask()
    looks.clear()
    monkeypatch.setattr(watching, "WHOLE_SECONDS", 0.0)
    desk.ask()
    assert looks == ["whole"]


def test_many_may_ask_at_once_while_files_change(desk: Desk) -> None:
    desk.ask()
    stop, failures = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            desk.repo.write({"a.py": f"{number}\n" * 50, f"pkg/n{number % 5}.py": f"{number}\n"})

    def ask() -> None:
        for _ in range(15):
            try:
                desk.ask()
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
    assert desk.ask() == desk.ask(watched=False)


def test_the_home_inside_the_checkout_is_not_watched(tmp_path: Path, looks: list[str]) -> None:
    repo = GitRepository(tmp_path / "repo")
    repo.commit({"a.py": "a\n"})
    settings = Settings(home=repo.path / ".aura")
    watch = watching.watch(repo.path, settings)
    source = open_source(identify(str(repo.path), from_cli=True, home=settings.home), settings)
    try:
        assert source.worktree() is None
        looks.clear()
        (settings.home / "store.db").write_bytes(b"x")
        assert source.worktree() is None
        assert looks == []
        assert watch._events is not None
        assert not any(folder.startswith(".aura") for folder in watch._heard)
    finally:
        watching.unwatch(repo.path, settings)


def inotify_handles() -> int:
    found = 0
    for handle in os.listdir("/proc/self/fd"):
        try:
            found += "inotify" in os.readlink(f"/proc/self/fd/{handle}")
        except OSError:
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="inotify")
def test_a_watch_that_is_closed_leaves_nothing(desk: Desk) -> None:
    before = inotify_handles()
    desk.ask()
    assert inotify_handles() == before + 1
    desk.repo.write({"one/more/folder.py": "x\n"})
    desk.ask()
    assert inotify_handles() == before + 1
    desk.close()
    assert inotify_handles() == before
    assert list((desk.home / "watch").iterdir()) == []
    assert not any(thread.name.startswith("watch-") for thread in threading.enumerate())
    assert desk.ask() == desk.ask(watched=False)
    assert inotify_handles() == before


def test_marks_of_dead_processes_are_swept(desk: Desk) -> None:
    left = desk.home / "watch" / "999999999-dead"
    left.mkdir(parents=True)
    (left / "1").touch()
    os.utime(left, (0, 0))
    desk.ask()
    assert not left.exists()
