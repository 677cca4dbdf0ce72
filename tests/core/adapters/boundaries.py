"""Something else happens exactly between two transactions."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aura_core.adapters.database import Database


@contextmanager
def at_boundary(number: int, act: Callable[[], None], home: Path | None = None) -> Iterator[list[int]]:
    """Call ``act`` before transaction ``number`` of this process, and count transactions. While a writer of vectors
    holds its lock in ``home``, others wait: ``act`` comes after that.
    """
    seen, done = [0], [False]
    real = {name: getattr(Database, name) for name in ("read", "write")}

    def hooked(name: str) -> Callable[[Database], object]:
        def enter(self: Database) -> object:
            seen[0] += 1
            if seen[0] >= number and not done[0] and not (home is not None and _held(home)):
                done[0] = True
                act()
            return real[name](self)

        return enter

    for name in real:
        setattr(Database, name, hooked(name))
    try:
        yield seen
    finally:
        for name, method in real.items():
            setattr(Database, name, method)


def _held(home: Path) -> bool:
    for file in home.glob("vectors-*.lock"):
        with file.open() as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False
