"""Keeps Aura's folders and files readable by their owner only, also those of earlier versions."""

from __future__ import annotations

import contextlib
import logging
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

OTHERS = 0o077
"""Permission bits of everybody but the owner."""

UMASK = 0o077

HOME_FILES = ("catalog.db*", "store.db*", "vectors-*", "token", "run.json", "*.lock", "*.migrating")
HOME_FOLDERS = ("mirrors", "logs", "watch", "progress", "dagster")

_log = logging.getLogger("aura.home")


@contextlib.contextmanager
def private_umask() -> Iterator[None]:
    """Make every file and folder that this process and its children create private, until the end of the block."""
    before = os.umask(UMASK)
    try:
        yield
    finally:
        os.umask(before)


def create_private(file: Path) -> None:
    """Create an empty file for its owner only, unless it exists. What SQLite puts beside a file gets its mode.

    Raises ``OSError``.
    """
    # A file that exists is never opened: closing it would free the locks that SQLite holds on it in this process, and
    # another process would then delete the write-ahead log that this one still uses.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def make_private_folder(folder: Path) -> None:
    """Create a folder for its owner only, and so the missing ones above it. Raises ``OSError``."""
    for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        path.mkdir(mode=0o700, exist_ok=True)


def close_home(home: Path, cache: Path) -> None:
    """Take the rights of others away from a home and its cache. What others own, and what is not Aura's, stays."""
    changed = [path for path in (home, cache) if _is_own_folder(path) and _close(path)]
    folders = [*(home / name for name in HOME_FOLDERS), *(path for path in changed if path == cache)]
    files = [path for pattern in HOME_FILES for path in home.glob(pattern)]
    changed += _close_all(files)
    for folder in folders:
        # What a private folder holds cannot be reached, so only one that was open is searched.
        if folder in changed or _close(folder):
            changed += [folder, *_close_all(_all_below(folder))]
    if changed:
        first, *_ = changed
        _log.warning("%s could be read by others; it and %d more are private now", first, len(changed) - 1)


def _is_own_folder(folder: Path) -> bool:
    """Return whether a folder may be closed as a whole: not one that everybody uses, nor one above the user's home."""
    try:
        is_shared = bool(folder.stat().st_mode & stat.S_ISVTX)
        return not is_shared and not Path.home().resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


def _all_below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        yield from (Path(parent, name) for name in (*folders, *files))


def _close_all(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if _close(path)]


def _close(path: Path) -> bool:
    """Take the rights of others away from a file or folder of this user, and return whether it had any."""
    try:
        status = path.lstat()
        mode = stat.S_IMODE(status.st_mode)
        if stat.S_ISLNK(status.st_mode) or status.st_uid != os.geteuid() or not mode & OTHERS:
            return False
        path.chmod(mode & ~OTHERS)
    except OSError:  # deleted meanwhile, or on a file system without rights
        return False
    return True
