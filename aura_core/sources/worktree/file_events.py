"""What the system says about changes in some folders (inotify and its likes), heard by one thread."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from aura_core.sources.paths import from_bytes

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

STEP_MS = 20
"""How long a burst of changes must have been silent to be taken in; a silent watch costs 0.3 % of a core at this pace.
"""

BURST_MS = 100
"""A burst is taken in after this long even when it goes on."""

IDLE_MS = 1_000
MANY = 500
"""With more changed paths than this it is cheaper to look at everything."""

SETTLE_SECONDS = 2.0
_REMOTE = (
    "nfs",
    "cifs",
    "smb",
    "9p",
    "fuse.sshfs",
    "virtiofs",
    "vboxsf",
    "prl_fs",
    "drvfs",
    "afs",
    "ceph",
    "glusterfs",
)


class CannotWatch(Exception):
    """Changes cannot be heard here; the text says why."""


class Events:
    """Changes directly inside some folders, since they were taken last. ``changed`` is called from the thread whenever
    there are new ones.

    ``extra`` folders lie elsewhere; in them only ``names`` matter. In ``marks``, a folder of our own, files are made
    that tell how far the system's queue has been read. Raises ``CannotWatch``.
    """

    def __init__(
        self,
        root: Path,
        folders: Collection[str],
        extra: Collection[Path],
        names: Collection[str],
        marks: Path,
        changed: Callable[[], None],
    ) -> None:
        self._root = os.fspath(root)
        self._extra = {os.fspath(path) for path in extra}
        self._names = names
        self._marks = tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=marks)
        self._changed = changed
        self._heard = threading.Condition()
        self._stop = threading.Event()
        self._paths: set[str] = set()
        self._seen: set[str] = set()
        self._made = 0
        self._all = self._broken = False
        try:
            self._notify = _notify(
                [os.path.join(self._root, folder).rstrip("/") for folder in folders], [*self._extra, self._marks]
            )
        except CannotWatch:
            os.rmdir(self._marks)
            raise
        self._thread = threading.Thread(target=self._listen, name=f"watch-{root.name}", daemon=True)
        self._thread.start()

    def settle(self) -> bool:
        """Wait until everything that happened before this call has been heard; False when that cannot be known."""
        with self._heard:
            self._made += 1
            name = os.path.join(self._marks, f"{self._made}")
        try:
            with open(name, "x"):
                pass
            os.unlink(name)
        except OSError:
            return False
        with self._heard:
            heard = self._heard.wait_for(lambda: name in self._seen or self._broken, SETTLE_SECONDS)
            self._seen.discard(name)
            return heard and not self._broken

    def take(self) -> set[str] | None:
        """Working paths that changed since the last call, below the root; None when they were too many to name."""
        with self._heard:
            taken = None if self._all else self._paths
            self._paths, self._all = set(), False
            return taken

    def close(self) -> None:
        """Stop hearing; the system's watches are given back."""
        self._stop.set()
        self._thread.join(SETTLE_SECONDS)
        self._notify.close()
        with suppress(OSError):
            for left in os.scandir(self._marks):
                os.unlink(left)
            os.rmdir(self._marks)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                found = self._notify.watch(BURST_MS, STEP_MS, IDLE_MS, self._stop)
            except (RuntimeError, OSError):  # a path that is not UTF-8, or a watch that was lost
                break
            if not isinstance(found, str):
                self._hear({path for _, path in found})
        with self._heard:
            self._broken = True
            self._heard.notify_all()
        self._changed()

    def _hear(self, paths: set[str]) -> None:
        marks = {path for path in paths if os.path.dirname(path) == self._marks}
        extra = {path for path in paths if os.path.dirname(path) in self._extra or path in self._extra}
        others = paths - marks - extra - {self._marks}
        with self._heard:
            self._seen |= marks
            self._paths |= {from_bytes(os.fsencode(path[len(self._root) :].strip("/"))) for path in others}
            if len(self._paths) > MANY:
                self._paths, self._all = set(), True
            self._heard.notify_all()
        if others or any(os.path.basename(path) in self._names for path in extra):
            self._changed()


def _notify(folders: list[str], extra: list[str]) -> RustNotify:
    from watchfiles._rust_notify import RustNotify

    try:
        return RustNotify([*folders, *extra], False, False, 300, False, False)
    except UnicodeEncodeError as error:
        raise CannotWatch("a folder's name is not UTF-8") from error
    except OSError as error:
        raise CannotWatch(_reason(error, len(folders))) from error


def _reason(error: OSError, folders: int) -> str:
    text = str(error)
    if "limit" in text or "Too many open files" in text or error.errno in (24, 28):
        return f"{folders:,} folders are to be watched and the system allows no more watches; raise fs.inotify.max_user_watches or max_user_instances"
    return f"the system refused to watch {folders:,} folders: {text}"


def is_remote(path: Path) -> bool:
    """Whether a path lies on a file system whose changes may be made elsewhere and never be heard of here."""
    try:
        mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return False
    inside = [
        (fields[4], fields[fields.index("-") + 1])
        for fields in mounts
        if path.is_relative_to(fields[4].replace("\\040", " "))
    ]
    _, kind = max(inside, key=lambda mount: len(mount[0]), default=("", ""))
    return kind.startswith(_REMOTE)


def sweep(marks: Path) -> None:
    """Remove the marks of processes that ended without doing it."""
    for left in marks.iterdir():
        pid = left.name.partition("-")[0]
        with suppress(OSError):  # another process sweeps too
            if pid.isdigit() and not _is_alive(int(pid)) and time.time() - left.stat().st_mtime > SETTLE_SECONDS:
                for mark in left.iterdir():
                    mark.unlink(missing_ok=True)
                left.rmdir()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
