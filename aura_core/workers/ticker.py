"""Work that is repeated in a thread of its own, which pauses while this process forks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class PeriodicThread:
    """Calls ``work`` every ``seconds`` while inside, until it returns False."""

    def __init__(self, work: Callable[[], bool], seconds: float, name: str) -> None:
        self._work, self._seconds, self._name = work, seconds, name

    def __enter__(self) -> None:
        self.start()
        _running.add(self)

    def __exit__(self, *_: object) -> None:
        _running.discard(self)
        self.stop()

    def start(self) -> None:
        """Start the thread, or a new one after a pause."""
        self._stop = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(self._stop,), name=self._name, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End the thread and wait for its end."""
        self._stop.set()
        self.thread.join()

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._seconds) and self._work():
            pass


_running: set[PeriodicThread] = set()
"""All of this process: whoever forks must know every thread."""


def threads() -> set[threading.Thread]:
    """Return the threads of all periodic work."""
    return {periodic.thread for periodic in _running}


@contextmanager
def paused() -> Iterator[None]:
    """Stop all periodic work while inside. The caller is the only thread that may begin or end such work meanwhile."""
    periodic_threads = list(_running)
    for periodic in periodic_threads:
        periodic.stop()
    try:
        yield
    finally:
        for periodic in periodic_threads:
            periodic.start()
