"""Atomic writes, file locks, and files that others may have put there."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aura_core.errors import StoreUnavailable
from aura_core.files import locked, read_regular, write_atomically


@pytest.mark.parametrize("durable", [False, True])
def test_a_file_gets_its_new_content_and_nothing_else_stays(tmp_path: Path, durable: bool) -> None:
    file = tmp_path / "state.json"
    write_atomically(file, b"old")
    write_atomically(file, [b"new ", memoryview(b"content")], durable=durable)
    assert file.read_bytes() == b"new content"
    assert list(tmp_path.iterdir()) == [file]


def test_the_permissions_are_those_of_the_caller(tmp_path: Path) -> None:
    write_atomically(tmp_path / "secret", b"x", mode=0o600)
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_writer_that_fails_leaves_the_old_content(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    write_atomically(file, b"old")

    def data() -> Iterator[bytes]:
        yield b"half"
        raise ValueError("no more data")

    with pytest.raises(ValueError, match="no more data"):
        write_atomically(file, data())
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_folder_that_is_missing_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "missing" / "file", b"")


def test_threads_hold_a_lock_one_after_another(tmp_path: Path) -> None:
    counts = {"inside": 0, "most": 0}

    def work() -> None:
        with locked(tmp_path / "lock"):
            counts["inside"] += 1
            counts["most"] = max(counts.values())
            time.sleep(0.01)
            counts["inside"] -= 1

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == {"inside": 0, "most": 1}


@pytest.mark.parametrize("seconds", [0, 0.05])
def test_a_lock_that_another_holds_for_too_long_is_a_timeout(tmp_path: Path, seconds: float) -> None:
    with locked(tmp_path / "lock"), pytest.raises(TimeoutError), locked(tmp_path / "lock", seconds=seconds):
        pytest.fail("both hold the lock")
    with locked(tmp_path / "lock", seconds=seconds) as descriptor:
        assert os.fstat(descriptor).st_size == 0


def test_a_child_that_inherits_the_descriptor_holds_the_lock_after_its_parent(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with locked(file) as descriptor:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=[descriptor])
    with child, open(file, "rb") as other:
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        child.communicate(b"\n")
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_lock_that_cannot_be_opened_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable) as refused, locked(tmp_path / "missing" / "lock"):
        pytest.fail("there is no such folder")
    assert refused.value.remedy == f"Make {tmp_path / 'missing'} writable for this user."


def test_a_regular_file_is_read_and_nothing_else_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "fifo")
    assert read_regular(tmp_path / "a", 3) == read_regular(tmp_path / "link", 3) == b"abc"
    assert read_regular(tmp_path / "a", 2, whole=False) == b"ab"
    for path, limit in ((tmp_path / "a", 2), (tmp_path / "fifo", 9), (tmp_path / "loop", 9), (tmp_path, 9)):
        with pytest.raises(OSError):  # noqa: PT011
            read_regular(path, limit)
    for device in (Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(OSError, match="not a regular file"):
            read_regular(device, 9)
    with pytest.raises(OSError):  # noqa: PT011
        read_regular(tmp_path / "link", 9, follows_links=False)
