"""Files that several processes write and read: atomic writes and file locks; files that others may have put there."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

from aura_core.errors import StoreUnavailable

POLL_SECONDS = 0.1
"""How often a lock with a time limit is tried."""


# O_NONBLOCK: a FIFO in the place of the file must not block. Windows has none of these flags.
_READ_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
_NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def open_regular(path: Path | str | bytes, *, follows_links: bool = True) -> Iterator[tuple[BinaryIO, int]]:
    """Open a regular file for reading; yields it and its size in bytes. Never waits: raises ``OSError``, also for a
    FIFO, a device, a folder, and, unless ``follows_links``, a link.
    """
    descriptor = os.open(path, _READ_FLAGS if follows_links else _READ_FLAGS | _NOT_FOLLOWED)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        yield file, status.st_size


def read_regular(path: Path | str | bytes, limit: int, *, whole: bool = True, follows_links: bool = True) -> bytes:
    """Return the bytes of a regular file, at most ``limit``. Raises ``OSError`` as ``open_regular`` does and, when
    ``whole``, for a file of more bytes.
    """
    with open_regular(path, follows_links=follows_links) as (file, _):
        data = file.read(limit + 1 if whole else limit)
    if whole and len(data) > limit:
        raise OSError(errno.EFBIG, "it is larger than the size limit")
    return data


def write_atomically(
    file: Path, data: bytes | Iterable[bytes | memoryview], *, durable: bool = False, mode: int = 0o600
) -> None:
    """Write a file so that a reader sees its old content or its new content, never a part.

    The data goes into a ``.partial`` file beside it, which then takes its name. ``durable``: the file is on disk when
    this returns. ``mode``: permission bits, less the umask. Raises ``OSError``; then the old content stays.
    """
    # Each thread has its own, so that two writers of one file cannot mix their data.
    partial_file = file.with_name(f"{file.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        with open(partial_file, "wb", opener=partial(os.open, mode=mode)) as out:
            out.writelines([data] if isinstance(data, bytes) else data)
            if durable:
                out.flush()
                os.fsync(out.fileno())
        partial_file.replace(file)
    finally:
        partial_file.unlink(missing_ok=True)
    if durable:
        sync_to_disk(file.parent)


def sync_to_disk(path: Path) -> None:
    """Make a file's content durable, or the names in a folder: of files that were created or renamed in it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(file: Path, *, seconds: float | None = None) -> Iterator[int]:
    """Hold the lock ``file`` alone among all threads and processes; yields its descriptor.

    The kernel frees the lock when its holder dies: the lock lives as long as the descriptor is open in any process
    that inherited it. ``seconds``: how long to wait for the present holder, for ever when None, not at all when 0.
    Raises ``TimeoutError`` after that, and ``StoreUnavailable`` when the file cannot be opened.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"{file} cannot be opened: {error.strerror}.", remedy=f"Make {file.parent} writable for this user."
        ) from error
    try:
        if seconds is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        else:
            _lock_before(time.monotonic() + seconds, descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock_before(deadline: float, descriptor: int) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise TimeoutError("another process holds the lock") from error
            time.sleep(POLL_SECONDS)
