"""What is done again and again in a thread of its own, and stands aside while this process forks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Beat:
    """Calls ``beat`` every so many seconds while inside, until that says False."""

    def __init__(self, beat: Callable[[], bool], seconds: float, name: str) -> None:
        self._beat, self._seconds, self._name = beat, seconds, name

    def __enter__(self) -> None:
        self.start()
        _beats.add(self)

    def __exit__(self, *_: object) -> None:
        _beats.discard(self)
        self.stop()

    def start(self) -> None:
        """Begin, or go on."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._stopped,), name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """After this there is no thread."""
        self._stopped.set()
        self._thread.join()

    def _run(self, stopped: threading.Event) -> None:
        while not stopped.wait(self._seconds) and self._beat():
            pass


_beats: set[Beat] = set()


def threads() -> set[threading.Thread]:
    """Those of all beats."""
    return {beat._thread for beat in _beats}


@contextmanager
def at_rest() -> Iterator[None]:
    """No beat has a thread while inside. For a process in which no other thread could begin or end one."""
    resting = list(_beats)
    for beat in resting:
        beat.stop()
    try:
        yield
    finally:
        for beat in resting:
            beat.start()
