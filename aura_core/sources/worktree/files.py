"""Reading and hashing single files below a folder. Links are never followed and nothing is written."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

from aura_core.files import open_regular, read_regular
from aura_core.sources.paths import encode_path

HASH_STEP_BYTES = 1 << 20


def blob_id(data: bytes) -> str:
    """Return the hex id that git gives these bytes as a blob."""
    digest = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()


def read_file(root: Path, path: str, limit: int, *, whole: bool = True) -> bytes:
    """Return the bytes of a regular file below ``root``, at most ``limit``.

    Raises ``OSError``, also for a link and, when ``whole``, for a file of more bytes.
    """
    return read_regular(disk_path(root, path), limit, whole=whole, follows_links=False)


def hash_file(root: Path, path: str) -> str:
    """Return the blob id of a regular file of any size.

    Raises ``OSError``, also for a link and for a file whose size changes meanwhile.
    """
    with open_regular(disk_path(root, path), follows_links=False) as (file, size):
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
