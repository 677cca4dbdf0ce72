"""Which process holds something, in a text that other processes of this machine can check, also after it has ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

_PROC = Path("/proc")
_BOOT = _PROC / "sys/kernel/random/boot_id"
_ENDED = frozenset({"Z", "X"})
"""States of a process that has ended and that its parent has not asked about yet."""


class _Identity(NamedTuple):
    """``machine`` is the boot of the machine and the process namespace (a container has its own), ``start`` the time in
    ticks since the boot: an id is given again, an id with its start is not.
    """

    machine: str
    pid: int
    start: str


def this_process() -> str:
    """Return the identity of this process; "" where the system does not tell it, as on macOS."""
    if sys.platform != "linux":
        return ""
    try:
        start, _ = _start_and_state(os.getpid())
        return f"{_machine()} {os.getpid()} {start}"
    except (OSError, ValueError):
        return ""


def has_ended(identity: str) -> bool:
    """Return whether the process of an identity has surely ended. False for one of another machine, another boot or
    another container, of which nothing can be known here, and for "".
    """
    parsed = _parse(identity)
    if parsed is None:
        return False
    try:
        if parsed.machine != _machine():
            return False
        start, state = _start_and_state(parsed.pid)
    except (FileNotFoundError, ProcessLookupError):
        return not _exists(parsed.pid)
    except (OSError, ValueError):
        return False
    return start != parsed.start or state in _ENDED


@dataclass(frozen=True, slots=True)
class Processes:
    """How a store learns which process it works for, and whether another one has ended."""

    this: Callable[[], str] = this_process
    has_ended: Callable[[str], bool] = has_ended


def _parse(identity: str) -> _Identity | None:
    parts = identity.split(" ")
    return _Identity(parts[0], int(parts[1]), parts[2]) if len(parts) == 3 and parts[1].isdigit() else None


def _exists(pid: int) -> bool:
    """Return whether the kernel knows a process, also one of another user that /proc may hide."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _machine() -> str:
    return f"{_BOOT.read_text('ascii').strip()}/{os.readlink(_PROC / 'self/ns/pid')}"


def _start_and_state(pid: int) -> tuple[str, str]:
    """Return the start in ticks and the state of a process: fields 22 and 3 of proc_pid_stat(5)."""
    # The second field is the program's name in brackets, which may hold spaces and brackets itself.
    fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].decode("ascii").split()
    return fields[19], fields[0]
