"""Locks between processes that the kernel frees when their holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aura_core.errors import StoreUnavailable


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold ``file`` alone among all threads and processes; waits for its turn. Raises ``StoreUnavailable`` when it
    cannot be made.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(
            f"{file} cannot be opened: {error.strerror}.", remedy="Make AURA_HOME writable for this user."
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
