"""Collects the file events that the system sends for some folders (by inotify or the like), in one thread."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from aura_core.sources.paths import decode_path

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

STEP_MS = 20
"""A burst of events ends when none came for this long. At this pace an idle watch costs 0.3 % of a core."""

BURST_MS = 100
"""A burst is delivered after this long even when more events come."""

IDLE_MS = 1_000
POLL_DELAY_MS = 300
"""Used by the library only where it polls, which it never does here; it must be given."""

MAX_PATHS = 500
"""With more changed paths than this a full scan is cheaper."""

SETTLE_SECONDS = 2.0
"""``settle`` waits at most this long for the event of its mark."""
NO_MORE_HANDLES = (24, 28)
"""EMFILE and ENOSPC: the limits of inotify instances and of inotify watches."""

_REMOTE_FILE_SYSTEMS = (
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


class FileEvents:
    """The paths that changed directly inside some folders since they were taken last.

    ``git_folders`` lie outside the tree; in them only files named in ``git_files`` matter. ``on_change`` is called
    from the thread whenever something changed. In ``mark_folder``, a folder of our own, mark files are created: once
    the event of a mark has come, so have the events of everything before it. Raises ``CannotWatch``.
    """

    def __init__(
        self,
        root: Path,
        folders: Collection[str],
        git_folders: Collection[Path],
        git_files: Collection[str],
        mark_folder: Path,
        on_change: Callable[[], None],
    ) -> None:
        self._root = os.fspath(root)
        self._git_folders = {os.fspath(path) for path in git_folders}
        self._git_files = git_files
        self._marks = tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=mark_folder)
        self._on_change = on_change
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._paths: set[str] = set()
        self._seen_marks: set[str] = set()
        self._mark_count = 0
        self._has_too_many = self._is_broken = False
        try:
            self._notify = _open_notify(
                [os.path.join(self._root, folder).rstrip("/") for folder in folders], [*self._git_folders, self._marks]
            )
        except CannotWatch:
            os.rmdir(self._marks)
            raise
        self._thread = threading.Thread(target=self._listen, name=f"watch-{root.name}", daemon=True)
        self._thread.start()

    def settle(self) -> bool:
        """Wait until the events of everything before this call have come; return False when that cannot be known."""
        with self._news:
            self._mark_count += 1
            mark = os.path.join(self._marks, f"{self._mark_count}")
        try:
            # The system delivers events in order: the mark's event comes after those of earlier changes.
            with open(mark, "x"):
                pass
            os.unlink(mark)
        except OSError:
            return False
        with self._news:
            is_seen = self._news.wait_for(lambda: mark in self._seen_marks or self._is_broken, SETTLE_SECONDS)
            self._seen_marks.discard(mark)
            return is_seen and not self._is_broken

    def take(self) -> set[str] | None:
        """Return the working paths below the root that changed since the last call; None when they are too many."""
        with self._news:
            paths = None if self._has_too_many else self._paths
            self._paths, self._has_too_many = set(), False
            return paths

    def close(self) -> None:
        """Stop listening and give the system's watches back."""
        self._stop.set()
        self._thread.join(SETTLE_SECONDS)
        self._notify.close()
        with suppress(OSError):
            for mark in os.scandir(self._marks):
                os.unlink(mark)
            os.rmdir(self._marks)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                events = self._notify.watch(BURST_MS, STEP_MS, IDLE_MS, self._stop)
            except (RuntimeError, OSError):  # a path that is not UTF-8, or a watch that was lost
                break
            if not isinstance(events, str):  # "timeout", "stop" or "signal"
                self._collect({path for _, path in events})
        with self._news:
            self._is_broken = True
            self._news.notify_all()
        self._on_change()

    def _collect(self, paths: set[str]) -> None:
        marks = {path for path in paths if os.path.dirname(path) == self._marks}
        git_paths = {path for path in paths if os.path.dirname(path) in self._git_folders or path in self._git_folders}
        tree_paths = paths - marks - git_paths - {self._marks}
        with self._news:
            self._seen_marks |= marks
            self._paths |= {decode_path(os.fsencode(path[len(self._root) :].strip("/"))) for path in tree_paths}
            if len(self._paths) > MAX_PATHS:
                self._paths, self._has_too_many = set(), True
            self._news.notify_all()
        if tree_paths or any(os.path.basename(path) in self._git_files for path in git_paths):
            self._on_change()


def _open_notify(folders: list[str], other_folders: list[str]) -> RustNotify:
    """Watch folders, without what is below them, by the backend of watchfiles.

    The documented ``watchfiles.watch`` starts to watch at an unknown moment. Here it must be before the scan, so the
    backend is opened directly, as https://watchfiles.helpmanual.io/api/rust_backend/ describes.
    """
    from watchfiles._rust_notify import RustNotify

    debug, force_polling, recursive, ignore_permission_denied = False, False, False, False
    try:
        return RustNotify(
            [*folders, *other_folders], debug, force_polling, POLL_DELAY_MS, recursive, ignore_permission_denied
        )
    except UnicodeEncodeError as error:
        raise CannotWatch("a folder's name is not UTF-8") from error
    except OSError as error:
        raise CannotWatch(_reason(error, len(folders))) from error


def _reason(error: OSError, folders: int) -> str:
    text = str(error)
    if "limit" in text or "Too many open files" in text or error.errno in NO_MORE_HANDLES:
        return (
            f"{folders:,} folders are to be watched and the system allows no more watches; "
            "raise fs.inotify.max_user_watches or max_user_instances"
        )
    return f"the system refused to watch {folders:,} folders: {text}"


class _Mount(NamedTuple):
    point: str
    file_system: str


def is_remote(path: Path) -> bool:
    """Return whether a path lies on a file system that other machines change without an event here."""
    try:
        mounts = [_mount(line.split()) for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return False
    # mountinfo writes a space in a path as \040
    inside = [mount for mount in mounts if path.is_relative_to(mount.point.replace("\\040", " "))]
    innermost = max(inside, key=lambda mount: len(mount.point), default=_Mount("", ""))
    return innermost.file_system.startswith(_REMOTE_FILE_SYSTEMS)


def _mount(fields: list[str]) -> _Mount:
    """Read a line of mountinfo (proc_pid_mountinfo(5)): optional fields end at "-", then comes the file system."""
    _id, _parent, _device, _root, point, *_rest = fields
    return _Mount(point, fields[fields.index("-") + 1])


def remove_stale_marks(mark_folder: Path) -> None:
    """Remove the marks of processes that ended without doing it."""
    for folder in mark_folder.iterdir():
        pid, _, _ = folder.name.partition("-")
        with suppress(OSError):  # another process does the same
            if pid.isdigit() and not _is_alive(int(pid)) and time.time() - folder.stat().st_mtime > SETTLE_SECONDS:
                for mark in folder.iterdir():
                    mark.unlink(missing_ok=True)
                folder.rmdir()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
