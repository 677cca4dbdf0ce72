"""The folder of views: their names, one builder at a time, and what goes when it is full."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from aura_core.embedding import static_embedder
from aura_core.errors import StoreCorrupt, StoreUnavailable
from aura_core.fingerprint import Artifact, version_of
from aura_core.ports.stores import Stores
from aura_core.views import FileIdentity, View, files_below

LEFTOVER_SECONDS = 3_600.0
"""Age after which a file that was being written, or a lock, belongs to a process that is gone."""


MOST_OPEN = 8
"""Views that a process keeps open: they are maps of files, which it shares with all others."""


class _Open(NamedTuple):
    """An open view, and the files that it maps."""

    view: View
    files: list[tuple[int, int, int]]


_open: OrderedDict[Path, _Open] = OrderedDict()
_verified: set[FileIdentity] = set()
"""Files of views whose bytes this process has compared with their checksums."""
_lock = threading.Lock()


def view_file(stores: Stores, digest: str) -> Path:
    """Where the view of a snapshot's digest lives, under the present embedder and layout."""
    return stores.settings.cache_folder / "views" / f"{digest}{_suffix()}"


def opened(file: Path) -> View | None:
    """The view of a file, marked as used now with all that it stands on; None when there is none or it is not whole."""
    with _lock:
        mine = _open.pop(file, None)
    try:
        view = mine.view if mine is not None and mine.files == _files(file, mine.view) else View.open(file, _verified)
        for entry in view.stack:
            os.utime(file.with_name(entry.name))
        files = mine.files if mine is not None and view is mine.view else _files(file, view)
    except (FileNotFoundError, StoreCorrupt):
        return None
    with _lock:
        _open[file] = _Open(view, files)
        while len(_open) > MOST_OPEN:
            _open.popitem(last=False)
    return view


def _files(file: Path, view: View) -> list[tuple[int, int, int]]:
    """What the files of a view are: a file is never written again in place, so that another one of this name is told
    by its number.
    """
    found = [file.with_name(entry.name).stat() for entry in view.stack]
    return [(status.st_dev, status.st_ino, status.st_size) for status in found]


def digests_at_hand(folder: Path) -> Mapping[str, float]:
    """When each view in the folder that the present code can read was used last, by digest."""
    suffix = _suffix()
    with os.scandir(folder) as entries:
        return {
            entry.name.removesuffix(suffix): entry.stat().st_mtime for entry in entries if entry.name.endswith(suffix)
        }


def evict(folder: Path, limit: int, keep: Path) -> None:
    """Delete views, least recently used first, until the folder holds at most ``limit`` bytes. What a view stands on
    goes after it, and
    ``keep`` stays. Open maps stay readable; a view whose ground went meanwhile is made again by its next reader.
    """
    sizes = {file: status for file in folder.iterdir() if (status := _status(file)) is not None}
    for file, status in sizes.items():
        if file.suffix != ".view" and status.st_mtime < time.time() - LEFTOVER_SECONDS:
            file.unlink(missing_ok=True)
    views = {file: status for file, status in sizes.items() if file.suffix == ".view"}
    held = sum(status.st_size for status in views.values())
    if held <= limit:
        return
    below = {file: [file.with_name(name) for name in files_below(file)] for file in views}
    users = Counter(ground for grounds in below.values() for ground in grounds)
    while held > limit:
        free = [file for file in views if not users[file] and file != keep]
        if not free:
            return
        oldest = min(free, key=lambda file: (views[file].st_mtime, file.name))
        held -= views.pop(oldest).st_size
        users.subtract(below[oldest])
        oldest.unlink(missing_ok=True)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """One builder of a view at a time, across processes."""
    lock = file.with_suffix(".lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("w")
    except OSError as error:
        raise StoreUnavailable(
            f"The view cache {file.parent} cannot be written: {error}.", remedy="Set AURA_CACHE to a folder you own."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)  # who waits for it finds the view made, or makes the same one beside another


def _suffix() -> str:
    return f"-{static_embedder().id}-{version_of(Artifact.VIEWS)}.view"


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None
