"""How a step goes through many files: in batches, in one process or several, with the same result."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from aura_core.workers.forking import aside, in_children, may_fork

A = TypeVar("A")
B = TypeVar("B")

SMALL = 300
"""Fewer jobs than this are not worth a process."""

EACH = 100
"""Jobs that there are for each process at least: it takes memory."""

MANY = 500
"""Files in one step after which a collection, a few hundredths of a second, is not noticed."""


def workers_for(wanted: int, jobs: int) -> int:
    """How many processes to use: 1 means none beside this one."""
    if jobs < SMALL or not may_fork():
        return 1
    return max(1, min(wanted or len(os.sched_getaffinity(0)), jobs // EACH))


def in_batches(work: Callable[[A], B], batches: Iterable[A], workers: int) -> Iterator[B]:
    """``work`` over ``batches``, in whatever order they finish; with several workers in children, which see nothing
    that comes after their start.
    """
    if workers > 1:
        yield from in_children(work, batches, workers)
        return
    with no_collection():
        for batch in batches:
            yield work(batch)


@contextmanager
def beside(work: Callable[[], B], workers: int) -> Iterator[Callable[[], B]]:
    """``work`` while this process does something else; what is given has its result. With one worker it begins when it
    is asked for that.
    """
    if workers > 1:
        with aside(work) as result:
            yield result
    else:
        yield work


class no_collection:  # noqa: N801  a context manager, used like a keyword
    """The garbage collector off while inside: parse trees and facts are acyclic or short-lived, and it is their
    largest single cost.
    """

    def __enter__(self) -> None:
        self._was = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was:
            gc.enable()


def give_back(files: int) -> None:
    """Give back the memory of a step over so many files: cycles, and the interpreter's lists of free tuples, which lie
    all over what it took.
    """
    if files >= MANY:
        gc.collect()


def chunks(items: Sequence[A], size: int) -> Iterator[Sequence[A]]:
    """``items`` in runs of at most ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
