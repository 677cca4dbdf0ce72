"""CPU seconds and memory of a process tree, from the operating system's own accounting (Linux)."""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Measured:
    """One finished command: CPU seconds of it and all its descendants, wall seconds, the largest sum of PSS seen (MB),
    its output.
    """

    cpu: float
    wall: float
    peak_mb: float
    code: int
    out: str


def run(
    command: Sequence[str],
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    every: float = 0.1,
    *,
    quiet: bool = False,
) -> Measured:
    """Run a command to its end and measure it. Memory is sampled, so a peak shorter than ``every`` seconds can be
    missed. ``quiet`` drops what it says of its progress.
    """
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    stderr = subprocess.DEVNULL if quiet else None
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment(env or {}), cwd=cwd
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(child, peak, every), daemon=True)
    watcher.start()
    out, _ = child.communicate()
    watcher.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(cpu, time.perf_counter() - started, peak[0], child.returncode, out)


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The present environment with some more, and with bytecode cached as on a user's machine: without it every start
    compiles.
    """
    return {**{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}, **extra}


def _watch(child: subprocess.Popen[str], peak: list[float], every: float) -> None:
    while child.poll() is None:
        peak[0] = max(peak[0], sum(_pss(pid) for pid in _tree(child.pid)) / 1024)
        time.sleep(every)


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += [int(x) for x in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _pss(pid: int) -> int:
    """Kilobytes."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
