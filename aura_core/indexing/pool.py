"""Parsing in processes: the same bytes whatever the number of workers."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

SMALL = 300
"""Fewer jobs than this are not worth the start of a process."""

MANY = 500
"""Files in one step after which a collection, a few hundredths of a second, is not noticed."""


def workers_for(wanted: int, jobs: int) -> int:
    """How many processes to use: 1 means none beside this one. Daemonic processes (Celery's workers) may have no children."""
    if jobs < SMALL or multiprocessing.current_process().daemon:
        return 1
    return max(1, wanted or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)))


def in_batches(work: Callable[[A], B], batches: Iterable[A], workers: int) -> Iterator[B]:
    """``work`` over ``batches``, in whatever order they finish; at most two batches per worker wait at a time."""
    if workers <= 1:
        with no_collection():
            for batch in batches:
                yield work(batch)
        return
    os.environ["PYTHONSAFEPATH"] = "1"  # a spawned interpreter would import modules of the current folder, which may be the repository's
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(os.getpid(),)) as pool:
        pending: set[Future[B]] = set()
        for batch in batches:
            pending.add(pool.submit(work, batch))
            if len(pending) >= 2 * workers:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield from (f.result() for f in done)
        while pending:
            done, pending = wait(pending, return_when=FIRST_COMPLETED)
            yield from (f.result() for f in done)


class no_collection:  # noqa: N801  a context manager, used like a keyword
    """The garbage collector off while inside: parse trees and facts are acyclic or short-lived, and it is their largest single cost."""

    def __enter__(self) -> None:
        self._was = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was:
            gc.enable()


def give_back(files: int) -> None:
    """Give back the memory of a step over so many files: cycles, and the interpreter's lists of free tuples, which lie all over what it took."""
    if files >= MANY:
        gc.collect()


def chunks(items: Sequence[A], size: int) -> Iterator[Sequence[A]]:
    """``items`` in runs of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _begin(parent: int) -> None:
    """A worker ends with its parent, leaves Ctrl-C to it, and collects no garbage."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)
    gc.disable()
