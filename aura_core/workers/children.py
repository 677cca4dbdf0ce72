"""Runs work in forked children. A child has all that this process holds, without reading or unpacking it again, returns
values, and changes nothing here.

A child never touches the stores: their connections are its parent's.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from aura_core.errors import WorkerLost
from aura_core.workers import ticker
from aura_core.workers.parent import end_with_parent

Batch = TypeVar("Batch")
Result = TypeVar("Result")


def may_fork() -> bool:
    """Return whether children may be forked. They may not beside other threads, whose locks nobody would release in a
    child; not from a daemonic process, which may have no children; and only on Linux, where a child ends with its
    parent.
    """
    others = set(threading.enumerate()) - {threading.current_thread()}
    is_alone = ticker.threads().issuperset(others)
    return is_alone and sys.platform == "linux" and not multiprocessing.current_process().daemon


def map_in_children(work: Callable[[Batch], Result], batches: Iterable[Batch], workers: int) -> Iterator[Result]:
    """Yield the result of ``work`` for every batch, in the order in which ``workers`` children finish. Raises what
    ``work`` raised, and ``WorkerLost``.
    """
    queue = iter(batches)
    with _children(work, workers) as children:
        busy = [child for child in children if child.start_next(queue)]
        while busy:
            ready = wait([child.pipe for child in busy])
            for child in [child for child in busy if child.pipe in ready]:
                result = child.result()
                if not child.start_next(queue):
                    busy.remove(child)
                yield result


@contextmanager
def run_in_child(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Run ``work`` in a child while this process does something else; the function that is yielded waits for its
    result. Raises like ``map_in_children``.
    """

    def answer(_: None) -> Result:
        return work()

    with _children(answer, 1) as (child,):
        child.start_next(iter([None]))
        yield child.result


class _Child(Generic[Batch, Result]):
    """A forked child that takes one batch at a time and gives one result for each: both sides never write at once, so
    no full pipe stops both.
    """

    def __init__(self, work: Callable[[Batch], Result]) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, child_pipe = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, child_pipe, self.pipe, os.getpid()), daemon=True)
        self.process.start()
        child_pipe.close()

    def start_next(self, queue: Iterator[Batch]) -> bool:
        """Begin with the next batch; return False when there is none."""
        for batch in queue:
            with self._detect_loss():
                self.pipe.send(batch)
            return True
        return False

    def result(self) -> Result:
        """Wait for the result of the batch and return it, or raise the child's error."""
        with self._detect_loss():
            value, error = self.pipe.recv()
        if error is not None:
            raise error
        return value  # type: ignore[no-any-return]

    def end(self) -> None:
        """Kill the child, whatever it is doing, and leave nothing behind."""
        self.pipe.close()
        self.process.kill()
        self.process.join()

    @contextmanager
    def _detect_loss(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, ConnectionError) as error:
            self.process.join()
            code = self.process.exitcode
            raise WorkerLost(
                f"A worker process ended with {code}.", remedy="Set AURA_WORKERS=1 if memory is short.", exit=code
            ) from error


@contextmanager
def _children(work: Callable[[Batch], Result], count: int) -> Iterator[list[_Child[Batch, Result]]]:
    children: list[_Child[Batch, Result]] = []
    try:
        with ticker.paused():
            children.extend(_Child(work) for _ in range(count))
        yield children
    finally:
        for child in children:  # also when the caller stops early or raises
            child.end()


def _serve(work: Callable[[Any], Any], pipe: Connection, parent_pipe: Connection, parent: int) -> None:
    """Answer batches until the parent closes the pipe. A child collects no garbage, and leaves Ctrl-C to its parent."""
    end_with_parent(parent, signal.SIGKILL)
    # Python's handlers were inherited from the parent, which may do something else in them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()
    parent_pipe.close()
    with suppress(EOFError, ConnectionError):  # the parent has no more batches
        while True:
            pipe.send(_answer(work, pipe.recv()))


def _answer(work: Callable[[Any], Any], batch: Any) -> tuple[Any, Exception | None]:
    try:
        return work(batch), None
    except Exception as error:  # noqa: BLE001  raised again in the parent
        error.add_note("".join(traceback.format_exception(error)))
        return None, error
