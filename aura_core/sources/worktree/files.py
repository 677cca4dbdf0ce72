"""Reading and hashing single files below a folder. Links are never followed and nothing is written."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from aura_core.sources.paths import encode_path

HASH_STEP_BYTES = 1 << 20
# O_NONBLOCK: a FIFO that replaced the file must not block. Windows has none of these flags.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)


def blob_id(data: bytes) -> str:
    """Return the hex id that git gives these bytes as a blob."""
    digest = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def read_file(root: Path, path: str, limit: int, *, whole: bool = True) -> bytes:
    """Return the bytes of a regular file below ``root``, at most ``limit``.

    Raises ``OSError``, also for a link and, when ``whole``, for a file of more bytes.
    """
    with _regular_file(root, path) as (file, _):
        data = file.read(limit + 1 if whole else limit)
    if whole and len(data) > limit:
        raise OSError(errno.EFBIG, "it grew beyond the size limit")
    return data


def hash_file(root: Path, path: str) -> str:
    """Return the blob id of a regular file of any size.

    Raises ``OSError``, also for a link and for a file whose size changes meanwhile.
    """
    with _regular_file(root, path) as (file, size):
        digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
        byte_count = 0
        while data := file.read(HASH_STEP_BYTES):
            digest.update(data)
            byte_count += len(data)
    if byte_count != size:
        raise OSError(errno.EAGAIN, "it changed while it was read")
    return digest.hexdigest()


def read_link(root: Path, path: str) -> bytes:
    """Return the target of a link, as git stores it. Raises ``OSError``."""
    return os.readlink(disk_path(root, path))


def disk_path(root: Path, path: str) -> bytes:
    """Return the full path of a working path below ``root``."""
    return os.path.join(os.fsencode(root), encode_path(path))


@contextmanager
def _regular_file(root: Path, path: str) -> Iterator[tuple[BinaryIO, int]]:
    """Open a regular file; yields it and its size in bytes. Raises ``OSError``, also for anything else."""
    descriptor = os.open(disk_path(root, path), _OPEN_FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file")
        yield file, status.st_size
