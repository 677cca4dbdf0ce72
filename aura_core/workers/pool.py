"""Runs a step over many files in batches, in one process or several, with the same result."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from aura_core.workers.children import map_in_children, may_fork, run_in_child

Batch = TypeVar("Batch")
Item = TypeVar("Item")
Result = TypeVar("Result")

MIN_JOBS = 300
"""Fewer jobs than this are not worth a process."""

JOBS_A_WORKER = 100
"""Each process has at least this many jobs: it takes memory."""

MANY_FILES = 500
"""Files in one step after which a garbage collection, a few hundredths of a second, is not noticed."""


def workers_for(setting: int, jobs: int) -> int:
    """Return how many processes to use for so many jobs: 1 means none beside this one. A ``setting`` of 0 means one for
    each core.
    """
    if jobs < MIN_JOBS or not may_fork():
        return 1
    # Not every system has this call, but only Linux comes here: see ``may_fork``.
    return max(1, min(setting or len(os.sched_getaffinity(0)), jobs // JOBS_A_WORKER))


def run_batches(work: Callable[[Batch], Result], batches: Iterable[Batch], workers: int) -> Iterator[Result]:
    """Yield the result of ``work`` for every batch, in the order in which they finish. Several workers are forked
    children, which see nothing that changes here after their start.
    """
    if workers > 1:
        yield from map_in_children(work, batches, workers)
        return
    with without_cyclic_gc():
        for batch in batches:
            yield work(batch)


@contextmanager
def in_background(work: Callable[[], Result], workers: int) -> Iterator[Callable[[], Result]]:
    """Run ``work`` while this process does something else; the function that is yielded waits for its result. With one
    worker ``work`` runs when that function is called.
    """
    if workers > 1:
        with run_in_child(work) as wait_for_result:
            yield wait_for_result
    else:
        yield work


@contextmanager
def without_cyclic_gc() -> Iterator[None]:
    """Keep the garbage collector off while inside: parse trees and facts have no cycles or live shortly, and it is
    their largest single cost.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def release_memory(files: int) -> None:
    """Collect garbage after a step over so many files: cycles, and the interpreter's lists of free tuples, which lie
    all over the memory that the step took.
    """
    if files >= MANY_FILES:
        gc.collect()


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield ``items`` in runs of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
