"""Checkouts that this process watches: a question about one costs what changed since the last, not a look at every
file.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from aura_core.settings import Settings
from aura_core.sources.git.objects import GitObjects
from aura_core.sources.git.recent_trees import Key, key_of
from aura_core.sources.worktree.checkout import Checkout, deciding_files, look
from aura_core.sources.worktree.file_events import CannotWatch, Events, is_remote, sweep

WHOLE_SECONDS = 300.0
"""After this long everything is looked at anyway: a change that the system kept to itself (say a write through a
memory map) is found then.
"""

RETRY_SECONDS = 30.0
"""A watch that could not be had, or broke off, is tried again when this long has passed since the last try."""

LOOKS = 3
"""So often is a tree looked at whose folders change meanwhile, before it is taken as it is."""

GIT_NAMES = frozenset(("HEAD", "index", "ORIG_HEAD", "MERGE_HEAD", "packed-refs"))
"""What git writes into its own folder when it commits, switches, merges or stages."""

Stamps = tuple[object, ...]


class Watched:
    """One checkout. ``problem`` says why changes are not heard, "" when they are. Thread-safe."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path = path
        self.problem = ""
        self._settings = settings
        self._marks = settings.home / "watch"
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._events: Events | None = None
        self._heard: frozenset[str] = frozenset()
        self._checkout: Checkout | None = None
        self._stamps: Stamps = ()
        self._looked = self._tried = float("-inf")
        self._closed = False

    def look(self, source: GitObjects, head: str | None) -> Checkout | None:
        """The checkout as it is now, as ``checkout.look`` would find it."""
        with self._lock:
            if self._events is None or not self._events.settle():
                return self._begin(source, head)
            changed = self._events.take()
            if changed is None or not self._heard.isdisjoint(changed):
                self._heard = frozenset()  # a folder that went and came back is another one, which nobody listens to
                changed = None
            if (
                self._checkout is not None
                and changed is not None
                and self._stamps == self._stamp(source, head)
                and not self._is_old()
            ):
                revised = self._checkout.revised(source, changed) if changed else self._checkout
                if revised is not None:
                    self._checkout = revised
                    return revised
            return self._whole(source, head)

    def wait(self, seconds: float) -> bool:
        """Wait for a change; whether there was one. Where changes are not heard, just wait."""
        found = self._news.wait(seconds)
        self._news.clear()
        return found

    def wake(self) -> None:
        """End a wait."""
        self._news.set()

    def close(self) -> None:
        """Stop watching."""
        with self._lock:
            self._closed = True
            self._drop()
        self.wake()

    def _begin(self, source: GitObjects, head: str | None) -> Checkout | None:
        """Look at everything, and hear of changes from then on if that can be and was not tried a moment ago."""
        if self._events is not None:
            self.problem = "the system stopped telling what changes; a file with a name that is not UTF-8 does that"
        self._drop()
        if self._closed or time.monotonic() - self._tried < RETRY_SECONDS:
            return look(source, head)
        return self._whole(source, head)

    def _whole(self, source: GitObjects, head: str | None) -> Checkout | None:
        """Look at everything, again when there are folders that were not listened to while they were looked at."""
        self._checkout = None
        for _ in range(LOOKS):
            stamps, started = self._stamp(source, head), time.monotonic()
            checkout = look(source, head)
            if checkout is None:
                return None
            if self._events is not None and self._heard.issuperset(checkout.folders):
                checkout.select()
                self._checkout, self._stamps, self._looked = checkout, stamps, started
                return checkout
            if not self._listen(source, frozenset(checkout.folders)):
                return checkout
        return checkout  # folders come and go: the next question looks at everything again

    def _listen(self, source: GitObjects, folders: frozenset[str]) -> bool:
        """Hear of these folders from now on; whether that can be."""
        self._drop()
        self._tried = time.monotonic()
        try:
            self._events = self._open(source, folders)
        except CannotWatch as error:
            self.problem = str(error)
            return False
        self._heard, self.problem = folders, ""
        return True

    def _open(self, source: GitObjects, folders: frozenset[str]) -> Events:
        if is_remote(self.path):
            raise CannotWatch("its file system is remote, and changes made elsewhere are not heard of")
        git = Path(source.git.path)
        extra = [path for path in (git, git / "logs") if path.is_dir()]
        try:
            self._marks.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep(self._marks)
            return Events(self.path, folders, extra, GIT_NAMES, self._marks, self._news.set)
        except OSError as error:
            raise CannotWatch(f"{self._marks} cannot be written: {error.strerror or error}") from error

    def _drop(self) -> None:
        events, self._events = self._events, None
        if events is not None:
            events.close()

    def _is_old(self) -> bool:
        return time.monotonic() - self._looked > WHOLE_SECONDS

    @staticmethod
    def _stamp(source: GitObjects, head: str | None) -> Stamps:
        """What the files outside of the tree looked like that decide what a look finds, HEAD's commit among them."""
        return (*(_stamp_of(path) for path in deciding_files(source.git)), head)


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size


_watched: dict[Key, Watched] = {}
_guard = threading.Lock()


def watch(path: Path, settings: Settings) -> Watched:
    """Watch a checkout from now on, in this process."""
    with _guard:
        return _watched.setdefault(key_of(str(path), settings), Watched(path, settings))


def watched(path: Path, settings: Settings) -> Watched | None:
    """The watch of a checkout, if this process has one."""
    with _guard:
        return _watched.get(key_of(str(path), settings))


def unwatch(path: Path, settings: Settings) -> None:
    """Stop watching a checkout."""
    with _guard:
        found = _watched.pop(key_of(str(path), settings), None)
    if found is not None:
        found.close()


def current(source: GitObjects, head: str | None) -> Checkout | None:
    """The checkout as it is now: by its watch, or by a look at everything."""
    found = watched(source.path, source.settings)
    return look(source, head) if found is None else found.look(source, head)
