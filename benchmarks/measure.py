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
class ProcessCost:
    """The cost of a command and all its descendants: CPU and wall seconds, the largest sum of PSS (MB); its output."""

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
) -> ProcessCost:
    """Run a command to its end and measure it.

    Memory is sampled, so a peak shorter than ``every`` seconds can be missed. ``quiet`` drops its progress messages.
    """
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    stderr = subprocess.DEVNULL if quiet else None
    child = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment(env or {}), cwd=cwd
    )
    samples = [0.0]
    sampler = threading.Thread(target=_sample_memory, args=(child, samples, every), daemon=True)
    sampler.start()
    out, _ = child.communicate()
    sampler.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return ProcessCost(cpu, time.perf_counter() - start, max(samples), child.returncode, out)


def memory_mb(pid: int) -> float:
    """Return the proportional set size of a process and all its descendants: shared pages count once."""
    return sum(_pss(child) for child in _process_tree(pid)) / 1024


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """Return the present environment with more variables.

    Bytecode is cached as on a user's machine; otherwise every start would compile.
    """
    return {**{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}, **extra}


def _sample_memory(child: subprocess.Popen[str], samples: list[float], every: float) -> None:
    while child.poll() is None:
        samples.append(memory_mb(child.pid))
        time.sleep(every)


def _process_tree(pid: int) -> list[int]:
    pids = [pid]
    for parent in pids:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                pids += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return pids


def _pss(pid: int) -> int:
    """Return the proportional set size of a process in kilobytes."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                _, size, *_ = line.split()
                return int(size)
    except OSError:
        pass
    return 0
