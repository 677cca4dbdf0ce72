"""Watches checkouts, so that a question about one costs only what changed since the last question."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from aura_core.settings import Settings
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.worktree.checkout import Checkout
from aura_core.sources.worktree.checkout_scan import deciding_files, scan_checkout
from aura_core.sources.worktree.file_events import CannotWatch, FileEvents, is_remote, remove_stale_marks

FULL_SCAN_SECONDS = 300.0
"""After this long everything is scanned anyway: that finds a change of which the system sent no event (for example a
write through a memory map).
"""

RETRY_SECONDS = 30.0
"""When events cannot be had, or have stopped, this much time passes before the next try."""

MAX_SCANS = 3
"""A tree whose folders change during the scan is scanned this often, then it is taken as it is."""

GIT_FILES = frozenset(("HEAD", "index", "ORIG_HEAD", "MERGE_HEAD", "packed-refs"))
"""Files that git writes into its own folder when it commits, switches, merges or stages."""

FileStats = tuple[object, ...]


class CheckoutWatcher:
    """Keeps the scan of one checkout up to date by the file events of the system. Thread-safe.

    ``problem`` says why changes are not heard, "" while they are.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        self.problem = ""
        self._path = path
        self._mark_folder = settings.home / "watch"
        self._lock = threading.Lock()
        self._change = threading.Event()
        self._events: FileEvents | None = None
        self._event_folders: frozenset[str] = frozenset()
        self._checkout: Checkout | None = None
        self._stats: FileStats = ()
        self._scan_time = self._listen_time = float("-inf")
        self._is_closed = False

    @property
    def folders(self) -> frozenset[str] | None:
        """Return the folders whose events are heard ("" is the top); None while events are not heard at all."""
        return self._event_folders if self._events is not None else None

    def checkout(self, source: GitObjects, head: str | None) -> Checkout | None:
        """Return the checkout as it is now, equal to what ``scan_checkout`` would return."""
        with self._lock:
            if self._events is None or not self._events.settle():
                return self._restart(source, head)
            paths = self._events.take()
            if paths is None or not self._event_folders.isdisjoint(paths):
                # A folder that was removed and came back is another inode, whose events nobody hears.
                self._event_folders = frozenset()
                return self._full_scan(source, head)
            if self._checkout is not None and self._stats == self._stats_outside(source, head) and not self._is_old():
                checkout = self._checkout.rescan(source, paths) if paths else self._checkout
                if checkout is not None:
                    self._checkout = checkout
                    return checkout
            return self._full_scan(source, head)

    def wait(self, seconds: float) -> bool:
        """Wait for a change, and return whether there was one. Where changes are not heard, just wait."""
        has_changed = self._change.wait(seconds)
        self._change.clear()
        return has_changed

    def close(self) -> None:
        """Stop watching, and end a ``wait``."""
        with self._lock:
            self._is_closed = True
            self._stop_events()
        self._change.set()

    def _restart(self, source: GitObjects, head: str | None) -> Checkout | None:
        """Scan everything, and listen from then on unless that was tried a moment ago."""
        if self._events is not None:
            self.problem = "the system stopped telling what changes; a file with a name that is not UTF-8 does that"
        self._stop_events()
        if self._is_closed or time.monotonic() - self._listen_time < RETRY_SECONDS:
            return scan_checkout(source, head)
        return self._full_scan(source, head)

    def _full_scan(self, source: GitObjects, head: str | None) -> Checkout | None:
        """Scan everything, again while there are folders whose events were not heard during the scan."""
        self._checkout = None
        for _ in range(MAX_SCANS):
            # Before the scan: what changes during it is then noticed by the next question.
            stats, start = self._stats_outside(source, head), time.monotonic()
            checkout = scan_checkout(source, head)
            if checkout is None:
                return None
            if self._events is not None and self._event_folders.issuperset(checkout.folders):
                checkout.select()
                self._checkout, self._stats, self._scan_time = checkout, stats, start
                return checkout
            if not self._listen(source, frozenset(checkout.folders)):
                return checkout
        return checkout  # folders come and go: the next question scans everything again

    def _listen(self, source: GitObjects, folders: frozenset[str]) -> bool:
        """Hear the events of these folders from now on, and return whether that is possible."""
        self._stop_events()
        self._listen_time = time.monotonic()
        try:
            self._events = self._open_events(source, folders)
        except CannotWatch as error:
            self.problem = str(error)
            return False
        self._event_folders, self.problem = folders, ""
        return True

    def _open_events(self, source: GitObjects, folders: frozenset[str]) -> FileEvents:
        if is_remote(self._path):
            raise CannotWatch("its file system is remote, and changes made elsewhere are not heard of")
        git = Path(source.git.path)
        git_folders = [path for path in (git, git / "logs") if path.is_dir()]
        try:
            self._mark_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove_stale_marks(self._mark_folder)
            return FileEvents(self._path, folders, git_folders, GIT_FILES, self._mark_folder, self._change.set)
        except OSError as error:
            raise CannotWatch(f"{self._mark_folder} cannot be written: {error.strerror or error}") from error

    def _stop_events(self) -> None:
        events, self._events = self._events, None
        if events is not None:
            events.close()

    def _is_old(self) -> bool:
        return time.monotonic() - self._scan_time > FULL_SCAN_SECONDS

    @staticmethod
    def _stats_outside(source: GitObjects, head: str | None) -> FileStats:
        """Return the stats of the files outside the tree that decide what a scan finds, and HEAD's commit."""
        return (*(_stat(path) for path in deciding_files(source.git)), head)


def _stat(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


class Watchers:
    """The watchers of one process, by the path of their checkout. Thread-safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._by_path: dict[Path, CheckoutWatcher] = {}
        self._lock = threading.Lock()

    def add(self, path: Path) -> CheckoutWatcher:
        """Return the watcher of a checkout, a new one when there is none."""
        with self._lock:
            return self._by_path.setdefault(path, CheckoutWatcher(path, self._settings))

    def get(self, path: Path) -> CheckoutWatcher | None:
        """Return the watcher of a checkout, None when it is not watched."""
        with self._lock:
            return self._by_path.get(path)

    def remove(self, path: Path) -> None:
        """Stop watching a checkout."""
        with self._lock:
            watcher = self._by_path.pop(path, None)
        if watcher is not None:
            watcher.close()

    def close(self) -> None:
        """Stop watching all checkouts."""
        with self._lock:
            watchers, self._by_path = self._by_path, {}
        for watcher in watchers.values():
            watcher.close()

    def checkout(self, source: GitObjects, head: str | None) -> Checkout | None:
        """Return the checkout as it is now: from its watcher when it has one, else by a full scan."""
        watcher = self.get(source.path)
        return scan_checkout(source, head) if watcher is None else watcher.checkout(source, head)
