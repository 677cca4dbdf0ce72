"""The cache of views: one folder of files, the views that this process keeps open, a lock for each builder, and what
is deleted when the folder is full.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from aura_core.embedding import static_embedder
from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.files import locked
from aura_core.fingerprint import Artifact, version_of
from aura_core.lru import LruCache
from aura_core.ports.stores import Stores
from aura_core.private_files import make_private_folder
from aura_core.views import FileIdentity, View, files_below

LEFTOVER_SECONDS = 3_600.0
"""Age after which an unfinished file, or a lock, belongs to a process that has died."""

MAX_OPEN_VIEWS = 8
"""Views that a process keeps open: they are maps of files, whose memory it shares with all other processes."""


class FileStatus(NamedTuple):
    """Tells a file from another one of its name: files are never written again in place."""

    device: int
    inode: int
    size: int


class OpenView(NamedTuple):
    """An open view, and the files that it maps."""

    view: View
    files: list[FileStatus]


class OpenViews(LruCache[Path, OpenView]):
    """The views that this process keeps open, by file. ``verified`` are files of views whose bytes it has compared with
    their checksums.
    """

    def __init__(self) -> None:
        super().__init__(MAX_OPEN_VIEWS)
        self.verified: set[FileIdentity] = set()


def view_file(stores: Stores, digest: str) -> Path:
    """Return where the view of a snapshot's digest is stored, under the present embedder and layout."""
    return stores.settings.cache_folder / "views" / f"{digest}{_suffix()}"


def open_view(stores: Stores, digest: str) -> View | None:
    """Return the view of a snapshot's digest and mark it, with the base views that it adds to, as used now; None when
    the folder has none or a file is damaged.
    """
    file, views = view_file(stores, digest), stores.resources.get(OpenViews)
    cached = views.pop(file)  # goes back below only if its files are still the same
    try:
        if cached is None or cached.files != _statuses(file, cached.view):
            view = View.open(file, views.verified)
            cached = OpenView(view, _statuses(file, view))
        for entry in cached.view.stack:
            os.utime(file.with_name(entry.name))
    except (FileNotFoundError, StoreCorrupt):
        return None
    views.put(file, cached)
    return cached.view


def last_uses(folder: Path) -> Mapping[str, float]:
    """Return when each view in the folder that the present code can read was used last, by digest."""
    suffix = _suffix()
    with os.scandir(folder) as entries:
        return {
            entry.name.removesuffix(suffix): entry.stat().st_mtime for entry in entries if entry.name.endswith(suffix)
        }


def evict(folder: Path, max_bytes: int, keep: Path) -> None:
    """Delete views, least recently used first, until the folder has at most ``max_bytes``. A base view is deleted
    after the views that add to it, and ``keep`` stays. Open maps stay readable; a view whose base was deleted meanwhile
    is built again by its next reader.
    """
    statuses = {file: status for file in folder.iterdir() if (status := _status(file)) is not None}
    for file, status in statuses.items():
        if file.suffix != ".view" and status.st_mtime < time.time() - LEFTOVER_SECONDS:
            file.unlink(missing_ok=True)
    views = {file: status for file, status in statuses.items() if file.suffix == ".view"}
    size = sum(status.st_size for status in views.values())
    if size <= max_bytes:
        return
    bases = {file: [file.with_name(name) for name in files_below(file)] for file in views}
    users = Counter(base for row in bases.values() for base in row)
    # One at a time: each deletion may free the views below it.
    while size > max_bytes:
        free = [file for file in views if not users[file] and file != keep]
        if not free:
            return
        oldest = min(free, key=lambda file: (views[file].st_mtime, file.name))
        size -= views.pop(oldest).st_size
        users.subtract(bases[oldest])
        oldest.unlink(missing_ok=True)


@contextmanager
def build_lock(file: Path) -> Iterator[None]:
    """Let one builder of a view work at a time, across processes. Raises ``StoreUnavailable``."""
    lock = file.with_suffix(".lock")
    try:
        make_private_folder(file.parent)
    except OSError as error:
        raise StoreUnavailable(
            f"The view cache {file.parent} cannot be written: {error}.", remedy="Set AURA_CACHE to a folder you own."
        ) from error
    with locked(lock):
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)  # who waits for it finds the view built, or builds the same one again


def _statuses(file: Path, view: View) -> list[FileStatus]:
    """Return what the files of a view are now. Raises ``FileNotFoundError``."""
    statuses = [file.with_name(entry.name).stat() for entry in view.stack]
    return [FileStatus(status.st_dev, status.st_ino, status.st_size) for status in statuses]


def _suffix() -> str:
    return f"-{static_embedder().id}-{version_of(Artifact.VIEWS)}.view"


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None
