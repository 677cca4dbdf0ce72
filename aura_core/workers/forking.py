"""Work in forked children. They have all that this process holds without reading or unpacking it again, give back
values, and change nothing here.

A child never touches the stores: their connections are its parent's.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from aura_core.errors import WorkerLost
from aura_core.workers import ticker

A = TypeVar("A")
B = TypeVar("B")

_DEATH_OF_PARENT = 1
"""PR_SET_PDEATHSIG of prctl(2)."""


def may_fork() -> bool:
    """Whether children may be forked. Not beside other threads, whose locks nobody would open in a child; not from
    Celery's daemonic workers, which may have no children; and on Linux alone, where a child ends with its parent.
    """
    alone = ticker.threads().issuperset(set(threading.enumerate()) - {threading.current_thread()})
    return alone and sys.platform == "linux" and not multiprocessing.current_process().daemon


def in_children(work: Callable[[A], B], batches: Iterable[A], workers: int) -> Iterator[B]:
    """``work`` over ``batches`` in so many children, in whatever order they finish. Raises what ``work`` raised, and
    ``WorkerLost``.
    """
    waiting = iter(batches)
    with _children(work, workers) as children:
        busy = [child for child in children if child.take(waiting)]
        while busy:
            ready = wait([child.pipe for child in busy])
            for child in [child for child in busy if child.pipe in ready]:
                found = child.result()
                if not child.take(waiting):
                    busy.remove(child)
                yield found


@contextmanager
def aside(work: Callable[[], B]) -> Iterator[Callable[[], B]]:
    """``work`` in a child, while this process does something else; what is given waits for its result."""
    with each_aside(work() for _ in range(1)) as following:
        yield following


@contextmanager
def each_aside(values: Iterator[B]) -> Iterator[Callable[[], B]]:
    """The values of an iterator, made in a child that is one ahead; what is given waits for the next."""

    def answer(_: None) -> B:
        return next(values)

    def following() -> B:
        found = child.result()
        child.take(repeat(None))
        return found

    with _children(answer, 1) as (child,):
        child.take(repeat(None))
        yield following


class _Child(Generic[A, B]):
    """Takes one batch at a time and has one result for each: neither side ever writes while the other does, so no full
    pipe stops both.
    """

    def __init__(self, work: Callable[[A], B]) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, theirs, self.pipe, os.getpid()), daemon=True)
        self.process.start()
        theirs.close()

    def take(self, waiting: Iterator[A]) -> bool:
        """Begin with the next batch; False when there is none."""
        for batch in waiting:
            with self._lost():
                self.pipe.send(batch)
            return True
        return False

    def result(self) -> B:
        """What came of the batch."""
        with self._lost():
            found, error = self.pipe.recv()
        if error is not None:
            raise error
        return found  # type: ignore[no-any-return]

    def end(self) -> None:
        """Leave nothing behind, whatever it is doing."""
        self.pipe.close()
        self.process.kill()
        self.process.join()

    @contextmanager
    def _lost(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, ConnectionError) as error:
            self.process.join()
            code = self.process.exitcode
            raise WorkerLost(
                f"A worker process ended with {code}.", remedy="Set AURA_WORKERS=1 if memory is short.", exit=code
            ) from error


@contextmanager
def _children(work: Callable[[A], B], number: int) -> Iterator[list[_Child[A, B]]]:
    children: list[_Child[A, B]] = []
    try:
        with ticker.at_rest():
            children.extend(_Child(work) for _ in range(number))
        yield children
    finally:
        for child in children:
            child.end()


def _serve(work: Callable[[Any], Any], pipe: Connection, parents: Connection, parent: int) -> None:
    """The life of a child. It collects no garbage."""
    end_with_parent(parent)
    gc.disable()
    parents.close()
    with suppress(EOFError, ConnectionError):  # the parent wants no more
        while True:
            pipe.send(_answer(work, pipe.recv()))


def end_with_parent(parent: int) -> None:
    """From now on this process ends when the thread does that began it, leaves Ctrl-C to that, and ends when it is
    told to.
    """
    ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _answer(work: Callable[[Any], Any], batch: Any) -> tuple[Any, Exception | None]:
    try:
        return work(batch), None
    except Exception as error:  # noqa: BLE001  raised again in the parent
        error.add_note("".join(traceback.format_exception(error)))
        return None, error
