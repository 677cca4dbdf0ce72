"""Ends a process when its parent has ended, in whatever way."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

_PR_SET_PDEATHSIG = 1
"""Option of prctl(2): the signal that the kernel sends to a process when the thread that started it ends."""

POLL_SECONDS = 1.0
"""How often the thread looks whether the parent still runs."""


def end_with_parent(parent: int, number: signal.Signals, kill_group_after: float | None = None) -> None:
    """Send this process the signal ``number`` when its parent, the process ``parent``, ends; now if it has ended.

    On Linux the kernel does it. Elsewhere a thread does, and also where ``kill_group_after`` is given: so many seconds
    after the signal the thread kills every process of this one's group. Forked children, which may have no second
    thread, leave that out.
    """
    if sys.platform == "linux" and kill_group_after is None:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        # The parent may have ended before the kernel was asked, and then no signal comes.
        if os.getppid() != parent:
            os.kill(os.getpid(), number)
    else:
        threading.Thread(target=_watch, args=(parent, number, kill_group_after), name="parent", daemon=True).start()


def _watch(parent: int, number: signal.Signals, kill_group_after: float | None) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), number)
    if kill_group_after is not None:
        time.sleep(kill_group_after)
        os.killpg(os.getpgid(0), signal.SIGKILL)
